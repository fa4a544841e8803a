import { wholeSecondsUtc8 } from '../../base/clock.js';
import type { Dialect, PayBodyParts, ResultRule } from '../dialect.js';
import { SIBLING_REFUND_CODES, siblingRefundBody, WALLET_CANCEL_CODES } from './sibling-words.js';

const refused = (cls: ResultRule['class']): ResultRule => ({ status: 'F', class: cls });

/** A wallet's cashier behind the Mini Program OpenAPI (sibling reference 2). */
export const miniProgramCashier: Dialect = {
  id: 'mini_program_cashier',
  title: 'Mini Program cashier',
  brand: null,
  basePath: '',
  paths: { pay: '/v1/payments/pay', inquire: '/v1/payments/inquiryPayment', cancel: '/v1/payments/cancel' },
  signing: { algorithmText: 'RSA256', encoding: 'percent', requestTime: 'isoOffset' },
  payBody,
  // Sibling reference 2.6: S is acceptance, never money (2.5).
  resultCodes: {
    SUCCESS: { status: 'S', class: 'RENDER' },
    REPEAT_REQUEST: { status: 'S', class: 'INQUIRE', withCode: 'RENDER_AND_ASK' },
    NO_INTERFACE_DEF: refused('FAIL_SUPPORT'),
    MSG_PARSE_ERROR: refused('FAIL_SUPPORT'),
    FUNCTION_NOT_MATCH: refused('FAIL_SUPPORT'),
    INVALID_CLIENT: refused('FAIL_SUPPORT'),
    INVALID_SIGNATURE: refused('FAIL_SUPPORT'),
    INVALID_CLIENT_STATUS: refused('FAIL_SUPPORT'),
    PAYMENT_AMOUNT_EXCEED_LIMIT: refused('FAIL_SHOW'),
    USER_NOT_EXIST: refused('FAIL_SUPPORT'),
    USER_STATUS_ABNORMAL: refused('FAIL_SHOW'),
    USER_BALANCE_NOT_ENOUGH: refused('FAIL_SHOW'),
    PARTNER_NOT_EXIST: refused('FAIL_SUPPORT'),
    UNKNOWN_EXCEPTION: { status: 'U', class: 'RETRY_SAME' },
    // The family's common codes, which the page only points to.
    PROCESS_FAIL: refused('FAIL_SUPPORT'),
    PARAM_ILLEGAL: refused('FAIL_SUPPORT'),
    INVALID_API: refused('FAIL_SUPPORT'),
    ACCESS_DENIED: refused('FAIL_SUPPORT'),
    EXPIRED_ACCESS_TOKEN: refused('FAIL_SUPPORT'),
    REQUEST_TRAFFIC_EXCEED_LIMIT: refused('BACKOFF'),
    // On no page of this API; in every dialect it means that an order with our id exists (till API contract, `failed`).
    REPEAT_REQ_INCONSISTENT: refused('CHECK'),
  },
  unlistedCodes: {
    S: { class: 'CHECK', withCode: 'RENDER' },
    A: { class: 'INQUIRE', withCode: 'RENDER' },
    U: { class: 'RETRY_SAME' },
    F: { class: 'FAIL_SUPPORT' },
  },
  codeAt: 'redirectActionForm',
  cancelCodes: WALLET_CANCEL_CODES,
  // The path differs by wallet: only a configured refundPath switches it on.
  refundBody: siblingRefundBody,
  refundCodes: SIBLING_REFUND_CODES,
  // Sibling reference 2.7
  inquirySays: {
    at: 'paymentStatus',
    words: {
      SUCCESS: { status: 'S', class: 'PAID' },
      FAIL: { status: 'F', class: 'FAIL_SHOW' },
      PROCESSING: { status: 'U', class: 'UNDER_WAY' },
      CANCELLED: { status: 'F', class: 'FAIL_SHOW', advice: 'new_sale_may_work', isCancelled: true },
    },
  },
  inquiryListsRefunds: false,
  inquiryNotFound: ['ORDER_NOT_EXIST'],
  notificationSays: { at: 'paymentResult', needed: false },
  expiry: { sent: 'always', defaultMs: 180_000, longestMs: 180_000 },
  takes: { expiresInSeconds: true, goodsAtMost: 1, buyer: false },
};

/** Sibling reference 2.3: `goods` is one object here, no list; of `goods` and `merchant` only what the page shows. */
function payBody({ place, merchant, client, expiresAt }: PayBodyParts): Readonly<Record<string, unknown>> {
  const amount = { currency: place.amount.currency, value: place.amount.value };
  const [goods] = place.sale.goods ?? [];
  return {
    productCode: client.productCode,
    paymentRequestId: place.paymentRequestId,
    paymentAmount: amount,
    paymentExpiryTime: expiresAt === null ? undefined : wholeSecondsUtc8(expiresAt),
    paymentNotifyUrl: client.notifyUrl,
    order: {
      referenceOrderId: place.sale.saleReference,
      orderDescription: place.sale.description,
      orderAmount: amount,
      merchant: {
        referenceMerchantId: merchant.referenceMerchantId,
        merchantMCC: merchant.merchantMCC,
        merchantName: merchant.merchantName,
        merchantDisplayName: merchant.merchantDisplayName,
        merchantAddress: { region: merchant.merchantAddress.region, city: merchant.merchantAddress.city },
      },
      goods: goods && { referenceGoodsId: goods.referenceGoodsId, goodsName: goods.goodsName },
      env: client.terminalType === undefined ? undefined : { terminalType: client.terminalType },
    },
  };
}
