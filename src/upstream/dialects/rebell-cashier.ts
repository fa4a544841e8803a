import { wholeSecondsUtc } from '../../base/clock.js';
import type { Dialect, PayBodyParts } from '../dialect.js';
import { REBELL, REBELL_PAY_CODES } from './sibling-words.js';

/** Rebell, cashier mode: the customer scans the address of the wallet's cashier (sibling reference 1). */
export const rebellCashier: Dialect = {
  ...REBELL,
  id: 'rebell_cashier',
  title: 'Rebell cashier',
  brand: 'Rebell',
  payBody,
  resultCodes: {
    ...REBELL_PAY_CODES,
    SUCCESS: { status: 'S', class: 'RENDER' },
    ACCEPT: { status: 'A', class: 'AWAIT_CODE', withCode: 'RENDER' },
    INVALID_ACCESS_TOKEN: { status: 'F', class: 'FAIL_SUPPORT' },
    // Worded like refusals and not final: the wallet may let the customer go on (sibling reference 1.5).
    ORDER_AMOUNT_EXCEED_CONTRACT_LIMIT: { status: 'U', class: 'INQUIRE' },
    CONTRACT_DEFAULT_PAY_METHOD_INVALID: { status: 'U', class: 'INQUIRE' },
  },
  unlistedCodes: {
    S: { class: 'CHECK', withCode: 'RENDER' },
    // Accepted by whatever word: the address may still come (till API contract, deadlines).
    A: { class: 'AWAIT_CODE', withCode: 'RENDER' },
    U: { class: 'RETRY_SAME' },
    F: { class: 'FAIL_SUPPORT' },
  },
  expiry: { sent: 'always', defaultMs: 180_000, longestMs: 180_000 },
  takes: { expiresInSeconds: true, goodsAtMost: 100, buyer: false },
};

/** Sibling reference 1.3; of `order` only what Rebell's own pages show. */
function payBody({ place, merchant, client, expiresAt }: PayBodyParts): Readonly<Record<string, unknown>> {
  return {
    productCode: client.productCode,
    paymentRequestId: place.paymentRequestId,
    paymentAmount: { currency: place.amount.currency, value: place.amount.value },
    paymentExpiryTime: expiresAt === null ? undefined : wholeSecondsUtc(expiresAt),
    paymentNotifyUrl: client.notifyUrl,
    cashierNotifyUrl: client.cashierNotifyUrl,
    order: {
      orderDescription: place.sale.description,
      merchant: merchant.store && { store: { externalStoreId: merchant.store.referenceStoreId } },
    },
  };
}
