import type { Failure } from '#src/payment/payment.js';

export type Letter = 'S' | 'U' | 'F' | 'A';

/** A line of the table of order-code reference 3.5, copied from the document and not from the product. */
export interface ResultLine {
  readonly code: string;
  readonly status: Letter;
  readonly class: 'RENDER' | 'RETRY_SAME' | 'BACKOFF' | 'FAIL_SHOW' | 'FAIL_CONFIG' | 'FAIL_SUPPORT' | 'CLOSE' | 'CHECK';
}

const lines = (status: Letter, cls: ResultLine['class'], ...codes: string[]): ResultLine[] =>
  codes.map((code) => ({ code, status, class: cls }));

/** All codes of the table. "FAIL_CONFIG, then FAIL_SUPPORT" counts as FAIL_CONFIG: what a till is told is the same. */
export const LISTED: readonly ResultLine[] = [
  ...lines('U', 'RENDER', 'PAYMENT_IN_PROCESS'),
  ...lines('U', 'BACKOFF', 'REQUEST_TRAFFIC_EXCEED_LIMIT'),
  ...lines('U', 'RETRY_SAME', 'UNKNOWN_EXCEPTION'),
  ...lines('F', 'FAIL_SUPPORT', 'ACCESS_DENIED', 'INVALID_CLIENT', 'KEY_NOT_FOUND', 'MERCHANT_NOT_REGISTERED'),
  ...lines('F', 'FAIL_SUPPORT', 'PROCESS_FAIL', 'PAYMENT_AMOUNT_INVALID'),
  ...lines('F', 'FAIL_CONFIG', 'BUSINESS_NOT_SUPPORT', 'CURRENCY_NOT_SUPPORT', 'INVALID_CONTRACT', 'INVALID_SIGNATURE'),
  ...lines('F', 'FAIL_CONFIG', 'MEDIA_TYPE_NOT_ACCEPTABLE', 'METHOD_NOT_SUPPORTED', 'NO_INTERFACE_DEF', 'PARAM_ILLEGAL'),
  ...lines('F', 'CLOSE', 'ORDER_IS_CLOSED'),
  ...lines('F', 'CHECK', 'REPEAT_REQ_INCONSISTENT'),
  ...lines('F', 'FAIL_SHOW', 'RISK_REJECT', 'PAYMENT_AMOUNT_EXCEED_LIMIT', 'PAYMENT_COUNT_EXCEED_LIMIT'),
  ...lines('F', 'FAIL_SHOW', 'UNAVAILABLE_PAYMENT_METHOD', 'USER_AMOUNT_EXCEED_LIMIT', 'USER_BALANCE_NOT_ENOUGH'),
  ...lines('F', 'FAIL_SHOW', 'USER_KYC_NOT_QUALIFIED', 'USER_NOT_EXIST', 'USER_PAYMENT_VERIFICATION_FAILED'),
  ...lines('F', 'FAIL_SHOW', 'USER_STATUS_ABNORMAL'),
];

/** Ten codes nobody has heard of, and what their letter makes of them. */
export const INVENTED: readonly ResultLine[] = [
  ...lines('S', 'CHECK', 'SUCCESS', 'WONDERFUL_NEWS'),
  ...lines('U', 'RETRY_SAME', 'SOMETHING_PENDING', 'TRY_AGAIN_LATER', 'payment_in_process'),
  ...lines('A', 'RETRY_SAME', 'ACCEPTED_SOMEHOW'),
  ...lines('F', 'FAIL_SUPPORT', 'BRAND_NEW_REFUSAL', 'WALLET_ON_HOLIDAY', 'E0001', 'RISK_REJECT_2'),
];

export const ALL_RESULTS: readonly ResultLine[] = [...LISTED, ...INVENTED];

const NEW_SALE_MAY_WORK = new Set(['USER_PAYMENT_VERIFICATION_FAILED', 'PAYMENT_COUNT_EXCEED_LIMIT']);

/** What the till API contract says a refusal of this class is (`failure`); undefined for a class that refuses nothing. */
export function failureFor(line: ResultLine): Failure | undefined {
  switch (line.class) {
    case 'FAIL_SHOW':
      return {
        reason: 'refused',
        resultCode: line.code,
        advice: NEW_SALE_MAY_WORK.has(line.code) ? 'new_sale_may_work' : 'other_means',
      };
    case 'FAIL_CONFIG':
    case 'FAIL_SUPPORT':
      return { reason: 'refused', resultCode: line.code, advice: 'call_support' };
    case 'CLOSE':
      return { reason: 'expired', resultCode: line.code, advice: 'new_sale_may_work' };
    default:
      return undefined;
  }
}

/** The next step of the cashier after a failure (till API contract, `next.action`). */
export function actionAfter(advice: Failure['advice']): string {
  return { new_sale_may_work: 'start_new_sale', other_means: 'offer_other_means', call_support: 'call_support' }[advice];
}
