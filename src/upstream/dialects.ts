import type { Dialect } from './dialect.js';
import { alipayplusOrderCode } from './dialects/alipayplus-order-code.js';
import { antomAutoDebit } from './dialects/antom-auto-debit.js';
import { miniProgramCashier } from './dialects/mini-program-cashier.js';
import { rebellAgreement } from './dialects/rebell-agreement.js';
import { rebellCashier } from './dialects/rebell-cashier.js';

/** Every pay API this version speaks. */
export const dialects: readonly Dialect[] = [
  alipayplusOrderCode,
  miniProgramCashier,
  rebellCashier,
  rebellAgreement,
  antomAutoDebit,
];
