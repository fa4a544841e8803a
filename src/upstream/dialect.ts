import type { Instant } from '../base/clock.js';
import type { RefundToAsk, SaleToPlace } from '../payment/pay-outcome.js';
import type { Failure } from '../payment/payment.js';
import type { ClientProfile, MerchantProfile } from './shop-profile.js';
import type { SignatureEncoding } from './signature.js';

export type ResultStatus = 'S' | 'A' | 'U' | 'F';

/**
 * The action classes of order-code reference 3.5, and what the sibling APIs add. `PAID`: the pay answer itself means paid. `UNDER_WAY`:
 * accepted, nothing to scan is expected: inquire soon. `AWAIT_CODE`: accepted, the code may come later by a message of its own; where
 * none can come it is `RENDER`. `INQUIRE`: the order may exist or not: ask at once. `RENDER_AND_ASK`: draw the code, and ask at once.
 */
export type ResultClass =
  | 'RENDER'
  | 'RENDER_AND_ASK'
  | 'AWAIT_CODE'
  | 'PAID'
  | 'UNDER_WAY'
  | 'INQUIRE'
  | 'RETRY_SAME'
  | 'BACKOFF'
  | 'FAIL_SHOW'
  | 'FAIL_CONFIG'
  | 'FAIL_SUPPORT'
  | 'CLOSE'
  | 'CHECK';

/** What one result code means. `status` is the letter it is listed with; with another letter the code counts as unlisted. */
export interface ResultRule {
  readonly status: ResultStatus;
  readonly class: ResultClass;
  /** The class of an answer that carries a code, where that makes a difference. */
  readonly withCode?: ResultClass;
  /** Only where the class alone does not say what the cashier should do. */
  readonly advice?: Failure['advice'];
  /** A word of an inquiry by which the order was cancelled: money that was paid went back as a whole (sibling reference 3.7). */
  readonly isCancelled?: boolean;
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
  /** What customers know it by, on the glass and on the receipt, at most 7 columns; null: they know only the brand of their own wallet. */
  readonly brand: string | null;
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
  readonly unlistedCodes: Readonly<Record<ResultStatus, UnlistedRule>>;
  /** Where the pay answer carries what is drawn; `none`: the customer is charged without scanning anything. */
  readonly codeAt: 'orderCodeForm' | 'redirectActionForm' | 'none';
  readonly cancelCodes: Readonly<Record<string, CancelRule>>;
  /** A refund's fields in the order they are written. Left out, or without `paths.refund`: this API takes no refunds. */
  readonly refundBody?: (refund: RefundToAsk) => Readonly<Record<string, unknown>>;
  /** An unlisted F is `FAIL_SUPPORT`. */
  readonly refundCodes: Readonly<Record<string, RefundClass>>;
  /** How an inquiry says what became of the payment. */
  readonly inquirySays: SaysBy;
  /** Whether an inquiry lists the refunds of a payment. Where it does not, that one is missing there says nothing about it. */
  readonly inquiryListsRefunds: boolean;
  /** The inquiry's way to say that there is no such order. */
  readonly inquiryNotFound: readonly string[];
  readonly notificationSays: SaysBy;
  /** REST guides of some wallets show amounts as JSON numbers: whole ones are read, none is ever written. */
  readonly readsNumericAmounts?: boolean;
  readonly expiry: ExpiryRule;
  /** What a till may say in a sale beyond the amount. */
  readonly takes: { readonly expiresInSeconds: boolean; readonly goodsAtMost: number; readonly buyer: boolean };
}

/** What a code that is not listed means, by its letter. */
export interface UnlistedRule {
  readonly class: ResultClass;
  readonly withCode?: ResultClass;
}

/**
 * Where a message says what became of a payment. `paymentResult` and `result`: a result of the family. `paymentStatus`: one of the words
 * in `words`, with the meaning given there; a code beside a refusing word is looked up among the result codes.
 */
export type SaysBy =
  | { readonly at: 'paymentResult'; readonly needed: boolean }
  /** Final only under this `notifyType`. */
  | { readonly at: 'result'; readonly finalUnder: string }
  | { readonly at: 'paymentStatus'; readonly words: Readonly<Record<string, ResultRule>> };

/**
 * When `paymentExpiryTime` is sent. `shorter`: only a till's wish below the longest life has an effect. `always`: the till's wish, else the
 * default. `never`: the default life begins with the last send.
 */
export interface ExpiryRule {
  readonly sent: 'shorter' | 'always' | 'never';
  readonly defaultMs: number;
  readonly longestMs: number;
}

export interface PayBodyParts {
  readonly place: SaleToPlace;
  readonly merchant: MerchantProfile;
  readonly client: ClientProfile;
  /** Upstream's clock; null sends no `paymentExpiryTime`. */
  readonly expiresAt: Instant | null;
  /** Stands for the agreement of the sale; `undefined` where no agreement is charged. */
  readonly agreement: { readonly token: string; readonly paymentMethodType: string | undefined } | undefined;
}

/** The rule for a result: the word first, when it stands with its own letter; else the letter. `hasCode`: the answer carries a code. */
export function classOf(
  dialect: Dialect,
  status: ResultStatus,
  code: string,
  hasCode = false,
): { class: ResultClass; listed: boolean; advice: ResultRule['advice'] } {
  const rule = Object.hasOwn(dialect.resultCodes, code) ? dialect.resultCodes[code] : undefined;
  // These two describe the request, not the order: taking them by another letter could end or forget a payment.
  const anyLetter = rule !== undefined && (rule.class === 'BACKOFF' || rule.class === 'CHECK') && status !== 'S';
  if (rule !== undefined && (rule.status === status || anyLetter))
    return { class: (hasCode && rule.withCode) || rule.class, listed: true, advice: rule.advice };
  // "No such order" may be said too early and never ends a payment, wherever it stands (till API contract, `failed`).
  if (status === 'F' && dialect.inquiryNotFound.includes(code)) return { class: 'CHECK', listed: false, advice: undefined };
  const unlisted = dialect.unlistedCodes[status];
  return { class: (hasCode && unlisted.withCode) || unlisted.class, listed: false, advice: undefined };
}

const REFUSING: ReadonlySet<ResultClass> = new Set(['FAIL_SHOW', 'FAIL_CONFIG', 'FAIL_SUPPORT', 'CLOSE']);

/** Whether a class says that the payment did not come about; every other describes a request, or says nothing final. */
export function refuses(cls: ResultClass): boolean {
  return REFUSING.has(cls);
}

/** What a refusal of this class tells a till (till API contract, `failure`). */
export function failureBy(rule: Pick<ResultRule, 'class' | 'advice'>, code: string): Failure {
  switch (rule.class) {
    case 'CLOSE':
      return { reason: 'expired', resultCode: code, advice: 'new_sale_may_work' };
    case 'FAIL_SHOW':
      return { reason: 'refused', resultCode: code, advice: rule.advice ?? 'other_means' };
    default:
      return { reason: 'refused', resultCode: code, advice: 'call_support' };
  }
}
