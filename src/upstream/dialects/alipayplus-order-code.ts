import { wholeSecondsUtc8 } from '../../base/clock.js';
import type { RefundToAsk } from '../../payment/pay-outcome.js';
import type { Dialect, PayBodyParts, ResultRule } from '../dialect.js';

const refusedBy = (cls: ResultRule['class'], advice?: ResultRule['advice']): ResultRule =>
  advice === undefined ? { status: 'F', class: cls } : { status: 'F', class: cls, advice };

/** Alipay+ ACQP, merchant-presented mode, order code (order-code reference 2 to 5). */
export const alipayplusOrderCode: Dialect = {
  id: 'alipayplus_order_code',
  title: 'Alipay+ order code',
  brand: 'Alipay+',
  basePath: '/aps/api',
  paths: {
    pay: '/v1/payments/pay',
    inquire: '/v1/payments/inquiryPayment',
    cancel: '/v1/payments/cancelPayment',
    refund: '/v1/payments/refund',
  },
  signing: { algorithmText: 'RSA256', encoding: 'percent', requestTime: 'isoOffset' },
  payBody,
  // order-code reference 3.5
  resultCodes: {
    PAYMENT_IN_PROCESS: { status: 'U', class: 'RENDER' },
    REQUEST_TRAFFIC_EXCEED_LIMIT: { status: 'U', class: 'BACKOFF' },
    UNKNOWN_EXCEPTION: { status: 'U', class: 'RETRY_SAME' },
    ACCESS_DENIED: refusedBy('FAIL_SUPPORT'),
    BUSINESS_NOT_SUPPORT: refusedBy('FAIL_CONFIG'),
    CURRENCY_NOT_SUPPORT: refusedBy('FAIL_CONFIG'),
    INVALID_CLIENT: refusedBy('FAIL_SUPPORT'),
    INVALID_CONTRACT: refusedBy('FAIL_CONFIG'),
    INVALID_SIGNATURE: refusedBy('FAIL_CONFIG'),
    KEY_NOT_FOUND: refusedBy('FAIL_SUPPORT'),
    MEDIA_TYPE_NOT_ACCEPTABLE: refusedBy('FAIL_CONFIG'),
    METHOD_NOT_SUPPORTED: refusedBy('FAIL_CONFIG'),
    NO_INTERFACE_DEF: refusedBy('FAIL_CONFIG'),
    PARAM_ILLEGAL: refusedBy('FAIL_CONFIG'),
    MERCHANT_NOT_REGISTERED: refusedBy('FAIL_SUPPORT'),
    ORDER_IS_CLOSED: refusedBy('CLOSE'),
    REPEAT_REQ_INCONSISTENT: refusedBy('CHECK'),
    PROCESS_FAIL: refusedBy('FAIL_SUPPORT'),
    RISK_REJECT: refusedBy('FAIL_SHOW'),
    PAYMENT_AMOUNT_EXCEED_LIMIT: refusedBy('FAIL_SHOW'),
    PAYMENT_AMOUNT_INVALID: refusedBy('FAIL_SUPPORT'),
    PAYMENT_COUNT_EXCEED_LIMIT: refusedBy('FAIL_SHOW', 'new_sale_may_work'),
    UNAVAILABLE_PAYMENT_METHOD: refusedBy('FAIL_SHOW'),
    USER_AMOUNT_EXCEED_LIMIT: refusedBy('FAIL_SHOW'),
    USER_BALANCE_NOT_ENOUGH: refusedBy('FAIL_SHOW'),
    USER_KYC_NOT_QUALIFIED: refusedBy('FAIL_SHOW'),
    USER_NOT_EXIST: refusedBy('FAIL_SHOW'),
    USER_PAYMENT_VERIFICATION_FAILED: refusedBy('FAIL_SHOW', 'new_sale_may_work'),
    USER_STATUS_ABNORMAL: refusedBy('FAIL_SHOW'),
  },
  unlistedCodes: {
    S: { class: 'CHECK' },
    A: { class: 'RETRY_SAME' },
    U: { class: 'RETRY_SAME' },
    F: { class: 'FAIL_SUPPORT' },
  },
  codeAt: 'orderCodeForm',
  // order-code reference 5.2
  cancelCodes: { ORDER_NOT_EXIST: 'nothingToCancel', ORDER_IS_CLOSED: 'alreadyClosed', CANCEL_WINDOW_EXCEED: 'windowOver' },
  // order-code reference 5.3
  refundBody,
  refundCodes: {
    REFUND_AMOUNT_EXCEED: 'FAIL_SHOW',
    REFUND_WINDOW_EXCEED: 'FAIL_SHOW',
    USER_NOT_EXIST: 'FAIL_SHOW',
    USER_STATUS_ABNORMAL: 'FAIL_SHOW',
    ORDER_NOT_EXIST: 'CHECK',
    ORDER_IS_CLOSED: 'CHECK',
    REPEAT_REQ_INCONSISTENT: 'CHECK',
    BUSINESS_NOT_SUPPORT: 'FAIL_CONFIG',
    INVALID_CONTRACT: 'FAIL_CONFIG',
    PARAM_ILLEGAL: 'FAIL_CONFIG',
    INVALID_SIGNATURE: 'FAIL_CONFIG',
    MEDIA_TYPE_NOT_ACCEPTABLE: 'FAIL_CONFIG',
    METHOD_NOT_SUPPORTED: 'FAIL_CONFIG',
    NO_INTERFACE_DEF: 'FAIL_CONFIG',
    ACCESS_DENIED: 'FAIL_SUPPORT',
    INVALID_CLIENT: 'FAIL_SUPPORT',
    KEY_NOT_FOUND: 'FAIL_SUPPORT',
    PROCESS_FAIL: 'FAIL_SUPPORT',
  },
  inquirySays: { at: 'paymentResult', needed: false },
  inquiryListsRefunds: true,
  inquiryNotFound: ['ORDER_NOT_EXIST'],
  notificationSays: { at: 'paymentResult', needed: true },
  expiry: { sent: 'shorter', defaultMs: 180_000, longestMs: 180_000 },
  takes: { expiresInSeconds: true, goodsAtMost: 100, buyer: false },
};

/** order-code reference 3.1 and 3.2; the till's terminal id belongs into the store, not into `env`. */
function payBody({ place, merchant, client, expiresAt }: PayBodyParts): Readonly<Record<string, unknown>> {
  const amount = { currency: place.amount.currency, value: place.amount.value };
  const { store } = merchant;
  return {
    paymentRequestId: place.paymentRequestId,
    paymentAmount: amount,
    paymentMethod: { paymentMethodType: 'CONNECT_WALLET' },
    paymentFactor: { isInStorePayment: 'true', isCashierPayment: 'true', inStorePaymentScenario: 'OrderCode' },
    order: {
      referenceOrderId: place.sale.saleReference,
      orderDescription: place.sale.description,
      orderAmount: amount,
      merchant: {
        referenceMerchantId: merchant.referenceMerchantId,
        merchantName: merchant.merchantName,
        merchantDisplayName: merchant.merchantDisplayName,
        merchantMCC: merchant.merchantMCC,
        merchantRegisterDate: merchant.merchantRegisterDate,
        merchantAddress: merchant.merchantAddress,
        store: store && { ...store, storeTerminalId: store.storeTerminalId ?? place.sale.terminalId },
      },
      goods: place.sale.goods ?? undefined,
      env: { terminalType: client.terminalType, osType: client.osType, userAgent: client.userAgent },
    },
    paymentExpiryTime: expiresAt === null ? undefined : wholeSecondsUtc8(expiresAt),
    paymentNotifyUrl: client.notifyUrl,
    settlementStrategy: client.settlementCurrency === undefined ? undefined : { settlementCurrency: client.settlementCurrency },
    splitSettlementId: client.splitSettlementId,
  };
}

/** order-code reference 5.3: our id of the payment, which exists in any case. */
function refundBody({ payment, refundRequestId, amount, reason }: RefundToAsk): Readonly<Record<string, unknown>> {
  return {
    paymentRequestId: payment.paymentRequestId,
    refundRequestId,
    refundAmount: { currency: amount.currency, value: amount.value },
    refundReason: reason ?? undefined,
  };
}
