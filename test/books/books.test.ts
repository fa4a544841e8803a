import { otherBooksSuite } from '../conformance/other-books-suite.js';
import { paymentBooksSuite } from '../conformance/payment-books-suite.js';
import { todayBooksSuite } from '../conformance/today-books-suite.js';
import { PLACES } from '../support/books-places.js';

for (const kind of PLACES) {
  describe(`payment books on ${kind.name}`, () => paymentBooksSuite(kind));
  describe(`the other books on ${kind.name}`, () => otherBooksSuite(kind));
  describe(`the books of the front page on ${kind.name}`, () => todayBooksSuite(kind));
}
