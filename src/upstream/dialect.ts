import type { Instant } from '../base/clock.js';
import type { RefundToAsk, SaleToPlace } from '../payment/pay-outcome.js';
import type { Failure } from '../payment/payment.js';
import type { ClientProfile, MerchantProfile } from './shop-profile.js';
import type { SignatureEncoding } from './signature.js';

export type ResultStatus = 'S' | 'A' | 'U' | 'F';

/** The action classes of order-code reference 3.5. */
export type ResultClass = 'RENDER' | 'RETRY_SAME' | 'BACKOFF' | 'FAIL_SHOW' | 'FAIL_CONFIG' | 'FAIL_SUPPORT' | 'CLOSE' | 'CHECK';

/** What one result code means. `status` is the letter it is listed with; with another letter the code counts as unlisted. */
export interface ResultRule {
  readonly status: ResultStatus;
  readonly class: ResultClass;
  /** Only where the class alone does not say what the cashier should do. */
  readonly advice?: Failure['advice'];
}

/** What the answer to a cancel means by its code; an unlisted F is a refusal. */
export type CancelRule = 'nothingToCancel' | 'alreadyClosed' | 'windowOver';

/** What an F to a refund means by its code. `CHECK`: it contradicts what we know, and an inquiry has to confirm it. Each is final else. */
export type RefundClass = Extract<ResultClass, 'FAIL_SHOW' | 'FAIL_CONFIG' | 'FAIL_SUPPORT' | 'CHECK'>;

/** One pay API of the message family, as a table. Code walks the table; what it cannot say widens the table, not the callers. */
export interface Dialect {
  readonly id: string;
  /** For people. */
  readonly title: string;
  /** What stands before the paths below unless the configuration names another `basePath`. */
  readonly basePath: string;
  readonly paths: { readonly pay: string; readonly inquire: string; readonly cancel: string; readonly refund?: string };
  readonly signing: {
    readonly algorithmText: string;
    readonly encoding: SignatureEncoding;
    readonly requestTime: 'isoOffset' | 'isoUtc' | 'epochMs';
  };
  /** The pay request's fields in the order they are written: a literal, no branches. Undefined members are left out. */
  readonly payBody: (order: PayBodyParts) => Readonly<Record<string, unknown>>;
  readonly resultCodes: Readonly<Record<string, ResultRule>>;
  readonly unlistedCodes: Readonly<Record<ResultStatus, ResultClass>>;
  readonly cancelCodes: Readonly<Record<string, CancelRule>>;
  /** A refund's fields in the order they are written. Left out, or without `paths.refund`: this API takes no refunds. */
  readonly refundBody?: (refund: RefundToAsk) => Readonly<Record<string, unknown>>;
  /** An unlisted F is `FAIL_SUPPORT`. */
  readonly refundCodes: Readonly<Record<string, RefundClass>>;
  /** The inquiry's way to say that there is no such order. */
  readonly inquiryNotFound: readonly string[];
  readonly expiry: { readonly defaultMs: number; readonly longestMs: number };
}

export interface PayBodyParts {
  readonly place: SaleToPlace;
  readonly merchant: MerchantProfile;
  readonly client: ClientProfile;
  /** Upstream's clock; null sends no `paymentExpiryTime`. */
  readonly expiresAt: Instant | null;
}

/** The rule for a result: the word first, when it stands with its own letter; else the letter. */
export function classOf(
  dialect: Dialect,
  status: ResultStatus,
  code: string,
): { class: ResultClass; listed: boolean; advice: ResultRule['advice'] } {
  const rule = Object.hasOwn(dialect.resultCodes, code) ? dialect.resultCodes[code] : undefined;
  // These two describe the request, not the order: taking them by another letter could end or forget a payment.
  const anyLetter = rule !== undefined && (rule.class === 'BACKOFF' || rule.class === 'CHECK') && status !== 'S';
  if (rule !== undefined && (rule.status === status || anyLetter))
    return { class: rule.class, listed: true, advice: rule.advice };
  // "No such order" may be said too early and never ends a payment, wherever it stands (till API contract, `failed`).
  if (status === 'F' && dialect.inquiryNotFound.includes(code)) return { class: 'CHECK', listed: false, advice: undefined };
  return { class: dialect.unlistedCodes[status], listed: false, advice: undefined };
}

/** What a refusal tells a till (till API contract, `failure`). */
export function failureOf(dialect: Dialect, code: string, status: ResultStatus): Failure {
  const rule = classOf(dialect, status, code);
  switch (rule.class) {
    case 'CLOSE':
      return { reason: 'expired', resultCode: code, advice: 'new_sale_may_work' };
    case 'FAIL_SHOW':
      return { reason: 'refused', resultCode: code, advice: rule.advice ?? 'other_means' };
    default:
      return { reason: 'refused', resultCode: code, advice: 'call_support' };
  }
}
