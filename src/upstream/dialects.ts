import type { Dialect } from './dialect.js';
import { alipayplusOrderCode } from './dialects/alipayplus-order-code.js';

/** Every pay API this version speaks. */
export const dialects: readonly Dialect[] = [alipayplusOrderCode];
