import { wholeSecondsUtc } from '../../base/clock.js';
import type { Dialect, PayBodyParts } from '../dialect.js';
import { REBELL, REBELL_PAY_CODES } from './sibling-words.js';

/** Rebell, agreement mode: a customer who has agreed before is charged (sibling reference 1). */
export const rebellAgreement: Dialect = {
  ...REBELL,
  id: 'rebell_agreement',
  title: 'Rebell agreement',
  brand: 'Rebell',
  payBody,
  resultCodes: {
    ...REBELL_PAY_CODES,
    // The answer names no amount, so an inquiry has to confirm it before anything is called paid (till API contract, `paid`).
    SUCCESS: { status: 'S', class: 'PAID', withCode: 'RENDER' },
    ACCEPT: { status: 'A', class: 'UNDER_WAY', withCode: 'RENDER' },
    INVALID_ACCESS_TOKEN: { status: 'F', class: 'FAIL_SHOW' },
    ORDER_AMOUNT_EXCEED_CONTRACT_LIMIT: { status: 'U', class: 'UNDER_WAY' },
    CONTRACT_DEFAULT_PAY_METHOD_INVALID: { status: 'U', class: 'UNDER_WAY' },
  },
  unlistedCodes: {
    S: { class: 'CHECK', withCode: 'RENDER' },
    A: { class: 'UNDER_WAY', withCode: 'RENDER' },
    U: { class: 'RETRY_SAME' },
    F: { class: 'FAIL_SUPPORT' },
  },
  expiry: { sent: 'always', defaultMs: 60_000, longestMs: 60_000 },
  takes: { expiresInSeconds: false, goodsAtMost: 100, buyer: true },
};

/** Sibling reference 1.3: the fields of the cashier mode, and the agreement. */
function payBody({ place, merchant, client, expiresAt, agreement }: PayBodyParts): Readonly<Record<string, unknown>> {
  return {
    productCode: client.productCode,
    paymentRequestId: place.paymentRequestId,
    paymentAmount: { currency: place.amount.currency, value: place.amount.value },
    paymentAuthCode: agreement?.token,
    paymentExpiryTime: expiresAt === null ? undefined : wholeSecondsUtc(expiresAt),
    paymentNotifyUrl: client.notifyUrl,
    cashierNotifyUrl: client.cashierNotifyUrl,
    order: {
      orderDescription: place.sale.description,
      merchant: merchant.store && { store: { externalStoreId: merchant.store.referenceStoreId } },
    },
  };
}
