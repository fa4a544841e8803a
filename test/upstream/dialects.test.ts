import { dialectSuite } from '../conformance/dialect-suite.js';
import { DIALECTS_WITH_PAGES } from '../support/dialect-pages.js';

for (const { dialect, page } of DIALECTS_WITH_PAGES) dialectSuite(dialect, page);
