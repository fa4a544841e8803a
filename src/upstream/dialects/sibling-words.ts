import type { RefundToAsk } from '../../payment/pay-outcome.js';
import type { CancelRule, Dialect, RefundClass, ResultRule, SaysBy } from '../dialect.js';

const refused = (cls: ResultRule['class'], advice?: ResultRule['advice']): ResultRule =>
  advice === undefined ? { status: 'F', class: cls } : { status: 'F', class: cls, advice };

/** The refusals and the unclear answers that both Rebell products share (sibling reference 1.5). */
export const REBELL_PAY_CODES: Readonly<Record<string, ResultRule>> = {
  PARAM_ILLEGAL: refused('FAIL_SUPPORT'),
  PROCESS_FAIL: refused('FAIL_SUPPORT'),
  ACCESS_DENIED: refused('FAIL_SUPPORT'),
  USER_NOT_EXIST: refused('FAIL_SHOW'),
  CURRENCY_NOT_SUPPORT: refused('FAIL_SUPPORT'),
  PAYMENT_AMOUNT_EXCEED_LIMIT: refused('FAIL_SHOW'),
  USER_AMOUNT_EXCEED_LIMIT: refused('FAIL_SHOW'),
  REPEAT_REQ_INCONSISTENT: refused('CHECK'),
  AUTH_CODE_ALREADY_USED: refused('FAIL_SHOW', 'new_sale_may_work'),
  PARTNER_STATUS_ABNORMAL: refused('FAIL_SUPPORT'),
  USER_STATUS_ABNORMAL: refused('FAIL_SHOW'),
  PARTNER_NOT_EXIST: refused('FAIL_SUPPORT'),
  RISK_REJECT: refused('FAIL_SHOW'),
  UNKNOWN_EXCEPTION: { status: 'U', class: 'RETRY_SAME' },
  // Listed for the inquiry only; nothing was executed wherever it stands (sibling reference 2.6).
  REQUEST_TRAFFIC_EXCEED_LIMIT: { status: 'U', class: 'BACKOFF' },
};

/** Sibling reference 1.6: `AUTH_SUCCESS` is money reserved and not taken, which nobody here asked for: not paid, not over. */
const REBELL_STATUSES: Readonly<Record<string, ResultRule>> = {
  SUCCESS: { status: 'S', class: 'PAID' },
  FAIL: { status: 'F', class: 'FAIL_SHOW' },
  PROCESSING: { status: 'U', class: 'UNDER_WAY' },
  AUTH_SUCCESS: { status: 'U', class: 'UNDER_WAY' },
};

/** Sibling reference 1.6; the wallets behind Mini Program are assumed to use the same words (2.7). */
export const WALLET_CANCEL_CODES: Readonly<Record<string, CancelRule>> = {
  ORDER_NOT_EXIST: 'nothingToCancel',
  CANCEL_WINDOW_EXCEED: 'windowOver',
};

/** The fields that every refund page of the siblings has in common (sibling reference 1.6, 2.7, 3.7); used only where a path is known. */
export function siblingRefundBody({ payment, refundRequestId, amount, reason }: RefundToAsk): Readonly<Record<string, unknown>> {
  const paymentId = payment.life.paymentId ?? payment.life.paid?.paymentId ?? undefined;
  return {
    refundRequestId,
    paymentId,
    paymentRequestId: paymentId === undefined ? payment.paymentRequestId : undefined,
    refundAmount: { currency: amount.currency, value: amount.value },
    refundReason: reason ?? undefined,
  };
}

/** As far as a page names any; what contradicts our books is asked about first. */
export const SIBLING_REFUND_CODES: Readonly<Record<string, RefundClass>> = {
  REFUND_AMOUNT_EXCEED: 'FAIL_SHOW',
  REFUND_WINDOW_EXCEED: 'FAIL_SHOW',
  REFUND_NOT_ALLOWED: 'FAIL_SHOW',
  ORDER_NOT_EXIST: 'CHECK',
  ORDER_IS_CLOSED: 'CHECK',
  REPEAT_REQ_INCONSISTENT: 'CHECK',
};

const says: SaysBy = { at: 'paymentStatus', words: REBELL_STATUSES };

/** Everything the two Rebell products have in common: one endpoint (sibling reference 1.2, 1.6, 1.8). */
export const REBELL: Pick<
  Dialect,
  | 'basePath'
  | 'paths'
  | 'signing'
  | 'codeAt'
  | 'cancelCodes'
  | 'refundBody'
  | 'refundCodes'
  | 'inquirySays'
  | 'inquiryListsRefunds'
  | 'inquiryNotFound'
  | 'notificationSays'
  | 'readsNumericAmounts'
> = {
  basePath: '',
  paths: { pay: '/v1/payments/pay', inquire: '/v1/payments/inquiryPayment', cancel: '/v1/payments/cancel' },
  signing: { algorithmText: 'SHA256withRSA', encoding: 'plain', requestTime: 'isoUtc' },
  codeAt: 'redirectActionForm',
  cancelCodes: WALLET_CANCEL_CODES,
  // v1 names a path and no fields: only a configured refundPath switches it on.
  refundBody: siblingRefundBody,
  refundCodes: SIBLING_REFUND_CODES,
  inquirySays: says,
  // Sibling reference 1.6: the answer's fields end with the amount.
  inquiryListsRefunds: false,
  inquiryNotFound: ['ORDER_NOT_EXIST'],
  notificationSays: says,
  readsNumericAmounts: true,
};
