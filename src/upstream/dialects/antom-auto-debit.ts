import type { Dialect, PayBodyParts, ResultRule } from '../dialect.js';
import { SIBLING_REFUND_CODES, siblingRefundBody } from './sibling-words.js';

const refused = (cls: ResultRule['class'], advice?: ResultRule['advice']): ResultRule =>
  advice === undefined ? { status: 'F', class: cls } : { status: 'F', class: cls, advice };

/** Antom pay, Auto Debit: a customer who has agreed before is charged (sibling reference 3). */
export const antomAutoDebit: Dialect = {
  id: 'antom_auto_debit',
  title: 'Antom Auto Debit',
  brand: null,
  basePath: '/ams/api',
  paths: {
    pay: '/v1/payments/pay',
    inquire: '/v1/payments/inquiryPayment',
    cancel: '/v1/payments/cancel',
    refund: '/v1/payments/refund',
  },
  signing: { algorithmText: 'RSA256', encoding: 'percent', requestTime: 'epochMs' },
  payBody,
  // Sibling reference 3.5, all 37
  resultCodes: {
    SUCCESS: { status: 'S', class: 'PAID' },
    ACCESS_DENIED: refused('FAIL_SUPPORT'),
    CURRENCY_NOT_SUPPORT: refused('FAIL_SUPPORT'),
    EXPIRED_CODE: refused('FAIL_SHOW'),
    INVALID_ACCESS_TOKEN: refused('FAIL_SHOW'),
    INVALID_CONTRACT: refused('FAIL_SUPPORT'),
    INVALID_MERCHANT_STATUS: refused('FAIL_SUPPORT'),
    INVALID_PAYMENT_CODE: refused('FAIL_SHOW'),
    INVALID_PAYMENT_METHOD_META_DATA: refused('FAIL_SUPPORT'),
    KEY_NOT_FOUND: refused('FAIL_SUPPORT'),
    MERCHANT_KYB_NOT_QUALIFIED: refused('FAIL_SUPPORT'),
    MERCHANT_NOT_REGISTERED: refused('FAIL_SUPPORT'),
    NO_INTERFACE_DEF: refused('FAIL_SUPPORT'),
    NO_PAY_OPTIONS: refused('FAIL_SUPPORT'),
    ORDER_IS_CANCELED: refused('FAIL_SHOW', 'new_sale_may_work'),
    ORDER_IS_CLOSED: refused('FAIL_SHOW', 'new_sale_may_work'),
    ORDER_NOT_EXIST: refused('INQUIRE'),
    PARAM_ILLEGAL: refused('FAIL_SUPPORT'),
    PAYMENT_AMOUNT_EXCEED_LIMIT: refused('FAIL_SHOW'),
    PAYMENT_COUNT_EXCEED_LIMIT: refused('FAIL_SHOW'),
    PAYMENT_NOT_QUALIFIED: refused('FAIL_SUPPORT'),
    PROCESS_FAIL: refused('FAIL_SUPPORT'),
    REPEAT_REQ_INCONSISTENT: refused('CHECK'),
    RISK_REJECT: refused('FAIL_SHOW'),
    SETTLE_CONTRACT_NOT_MATCH: refused('FAIL_SUPPORT'),
    // The only API of the family in which a system error is final.
    SYSTEM_ERROR: refused('FAIL_SUPPORT'),
    USER_AMOUNT_EXCEED_LIMIT: refused('FAIL_SHOW'),
    USER_BALANCE_NOT_ENOUGH: refused('FAIL_SHOW'),
    USER_KYC_NOT_QUALIFIED: refused('FAIL_SHOW'),
    USER_NOT_EXIST: refused('FAIL_SUPPORT'),
    USER_PAYMENT_VERIFICATION_FAILED: refused('FAIL_SHOW'),
    USER_STATUS_ABNORMAL: refused('FAIL_SHOW'),
    // Here: still debiting. With an order code the same word means: show the code.
    PAYMENT_IN_PROCESS: { status: 'U', class: 'UNDER_WAY' },
    REQUEST_TRAFFIC_EXCEED_LIMIT: { status: 'U', class: 'BACKOFF' },
    UNKNOWN_EXCEPTION: { status: 'U', class: 'INQUIRE' },
    VERIFY_TIMES_EXCEED_LIMIT: refused('FAIL_SHOW'),
    VERIFY_UNMATCHED: refused('FAIL_SHOW'),
  },
  unlistedCodes: {
    S: { class: 'CHECK' },
    A: { class: 'UNDER_WAY' },
    U: { class: 'RETRY_SAME' },
    F: { class: 'FAIL_SUPPORT' },
  },
  codeAt: 'none',
  // Sibling reference 3.7 (the page's own list was not to be had)
  cancelCodes: { ORDER_NOT_EXIST: 'nothingToCancel', CANCEL_WINDOW_EXCEED: 'windowOver' },
  refundBody: siblingRefundBody,
  refundCodes: SIBLING_REFUND_CODES,
  inquirySays: {
    at: 'paymentStatus',
    words: {
      SUCCESS: { status: 'S', class: 'PAID' },
      FAIL: { status: 'F', class: 'FAIL_SHOW' },
      PROCESSING: { status: 'U', class: 'UNDER_WAY' },
      PENDING: { status: 'U', class: 'UNDER_WAY' },
      CANCELLED: { status: 'F', class: 'FAIL_SHOW', advice: 'new_sale_may_work', isCancelled: true },
    },
  },
  // Sibling reference 3.7
  inquiryListsRefunds: true,
  inquiryNotFound: ['ORDER_NOT_EXIST'],
  notificationSays: { at: 'result', finalUnder: 'PAYMENT_RESULT' },
  // A time of ours would be wrong in both directions when a clock is off: the contract's minute applies (sibling reference 3.3).
  expiry: { sent: 'never', defaultMs: 60_000, longestMs: 60_000 },
  takes: { expiresInSeconds: false, goodsAtMost: 100, buyer: true },
};

/** Sibling reference 3.3. */
function payBody({ place, merchant, client, agreement }: PayBodyParts): Readonly<Record<string, unknown>> {
  const amount = { currency: place.amount.currency, value: place.amount.value };
  const { store } = merchant;
  return {
    productCode: 'AGREEMENT_PAYMENT',
    paymentRequestId: place.paymentRequestId,
    paymentAmount: amount,
    paymentMethod: { paymentMethodType: agreement?.paymentMethodType, paymentMethodId: agreement?.token },
    order: {
      referenceOrderId: place.sale.saleReference,
      orderDescription: place.sale.description,
      orderAmount: amount,
      merchant: {
        referenceMerchantId: merchant.referenceMerchantId,
        merchantMCC: merchant.merchantMCC,
        merchantName: merchant.merchantName,
        merchantDisplayName: merchant.merchantDisplayName,
        merchantAddress: merchant.merchantAddress,
        store: store && { ...store, storeTerminalId: store.storeTerminalId ?? place.sale.terminalId },
      },
      goods: place.sale.goods ?? undefined,
      env: client.terminalType === undefined ? undefined : { terminalType: client.terminalType },
    },
    settlementStrategy: client.settlementCurrency === undefined ? undefined : { settlementCurrency: client.settlementCurrency },
    paymentNotifyUrl: client.notifyUrl,
  };
}
