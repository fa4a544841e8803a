import type { Instant } from '../base/clock.js';
import type { StoredMessage } from './books-port.js';
import type { Money } from './money.js';
import type {
  CallName,
  CancelReason,
  DoubtReason,
  Failure,
  FrozenRequest,
  PaidFacts,
  Payment,
  PaymentRequestId,
  Sale,
  ScanCode,
} from './payment.js';
import type { Refund, RefundedFacts, RefundRequestId } from './refund.js';

/** What a cashier should do after a refusal. */
export type RefusalAdvice = 'new_sale_may_work' | 'other_means' | 'call_support';

/** The answer to a pay request. "Refused", "odd" and "silent" are different members on purpose. */
export type PayOutcome =
  /** `askNow`: the order was there before, so somebody may have paid it already. */
  | { readonly kind: 'codeIssued'; readonly paymentId: string | null; readonly code: ScanCode; readonly askNow?: boolean }
  /** Under way, nothing to scan: a code that comes by a message of its own, a debit, or an answer that only an inquiry can explain. */
  | { readonly kind: 'accepted'; readonly paymentId: string | null; readonly awaits: 'code' | 'debit' | 'nothing' }
  /** Only dialects in which the pay answer itself can mean paid. */
  | { readonly kind: 'paid'; readonly facts: PaidFacts }
  /** A verified F; `failure` is what it means when nothing unclear came before it. `operations`: our set-up is at fault. */
  | { readonly kind: 'refused'; readonly failure: Failure; readonly operations: boolean }
  /** Something came back that settles nothing: the same bytes are due again. */
  | {
      readonly kind: 'retrySame';
      readonly why: 'statusUnknown' | 'httpStatus' | 'unsignedAnswer' | 'badSignature' | 'malformedAnswer' | 'replayedAnswer';
    }
  | { readonly kind: 'slowDown' }
  /** The order may exist and cannot be used as it is; `cancelBecause` when waiting for the deadline would help nobody. */
  | {
      readonly kind: 'inDoubt';
      readonly why: DoubtReason;
      readonly cancelBecause: CancelReason | null;
      readonly paymentId: string | null;
    }
  | { readonly kind: 'silent'; readonly bytesMayHaveLeft: boolean };

/** The answer to an inquiry, already compared with our id, amount, currency, acquirer and order id. */
export type InquiryOutcome =
  | {
      readonly kind: 'paid';
      readonly facts: PaidFacts;
      readonly cancelledThere: boolean;
      /** The refunds that the answer lists; left out where the API lists none. */
      readonly refunds?: readonly RefundThere[] | undefined;
    }
  /** Says paid, but something differs from ours or is missing: never `paid`. */
  | { readonly kind: 'oddMoney'; readonly why: string; readonly paymentId: string | null }
  | { readonly kind: 'open'; readonly paymentId: string | null }
  /** A verified F about the payment itself; `failure` reads it as if before expiry, `unlisted` lets expiry decide. */
  | {
      readonly kind: 'closedUnpaid';
      readonly failure: Failure;
      readonly unlisted: boolean;
      /** It says that the order was cancelled; left out where it says only that it is not paid. */
      readonly cancelledThere?: true;
    }
  | { readonly kind: 'notFound' }
  /** The question itself was refused: our set-up is at fault; says nothing about the payment. */
  | { readonly kind: 'questionRefused'; readonly code: string }
  | { readonly kind: 'noAnswer' };

export type CancelOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'nothingToCancel' }
  | { readonly kind: 'alreadyClosed' }
  | { readonly kind: 'windowOver' }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'noAnswer' };

/** A refund as an inquiry lists it. */
export interface RefundThere {
  readonly refundRequestId: string;
  readonly resultStatus: string;
  /** null when it was not said. */
  readonly amount: Money | null;
  readonly refundId: string | null;
  readonly at: Instant | null;
}

/** The answer to a refund, already compared with our amount and acquirer. */
export type RefundOutcome =
  | { readonly kind: 'refunded'; readonly facts: RefundedFacts }
  /**
   * A verified F. `toCheck`: the word contradicts what is known of payment and refund, so that an inquiry has to confirm it. `operations`:
   * our set-up is at fault.
   */
  | { readonly kind: 'refused'; readonly code: string; readonly toCheck: boolean; readonly operations: boolean }
  /** A verified word that settles nothing: the same bytes are due again. */
  | { readonly kind: 'underWay' }
  /** Says refunded, but something differs from ours: never `refunded`. */
  | { readonly kind: 'odd'; readonly why: string }
  | { readonly kind: 'noAnswer'; readonly bytesMayHaveLeft: boolean };

/** An outcome with the exact messages that prove it, and what to show as the last result. */
export interface Heard<T> {
  readonly outcome: T;
  readonly call: CallName;
  readonly message: StoredMessage;
  readonly verified: boolean;
  readonly resultStatus: string | null;
  readonly resultCode: string | null;
}

/** Port of `payment/` for one configured upstream; implemented by `upstream/pay-client.ts`. */
export interface Upstream {
  readonly id: string;
  /** Ms an order lives when nobody names an expiry. */
  readonly defaultLifeMs: number;
  /** Customers are charged without scanning anything. */
  readonly codeless: boolean;
  /** Why the agreement of a sale cannot be charged so much; undefined when it can, or none is named. */
  refusalOf(sale: Sale): SaleRefusal | undefined;
  /** Builds the exact bytes of the pay request, once. */
  freeze(sale: SaleToPlace): FrozenRequest;
  /** Never rejects: whatever happens on the way is an outcome. */
  pay(payment: Payment): Promise<Heard<PayOutcome>>;
  inquire(payment: Payment): Promise<Heard<InquiryOutcome>>;
  cancel(payment: Payment): Promise<Heard<CancelOutcome>>;
  /** Builds the exact bytes of a refund, once; null where this upstream takes none. */
  readonly freezeRefund: ((refund: RefundToAsk) => Refund['request']) | null;
  /** Sends the stored bytes of a refund. */
  refund(payment: Payment, refund: Refund): Promise<Heard<RefundOutcome>>;
  /** Upstream's clock minus ours, ms, from verified answers only; 0 until the first. */
  clockOffsetMs(): number;
  /** While true, each order of this client id is asked about at most once in 10 s. */
  slowed(): boolean;
}

/** What the bytes of a refund are made of. */
export interface RefundToAsk {
  readonly payment: Payment;
  readonly refundRequestId: RefundRequestId;
  readonly amount: Money;
  readonly reason: string | null;
}

/** A field of a sale and what is wrong with it, for the till. */
export interface SaleRefusal {
  readonly path: string;
  readonly message: string;
}

export interface SaleToPlace {
  readonly paymentRequestId: PaymentRequestId;
  readonly sale: Sale;
  readonly amount: Money;
  readonly merchantId: string;
}
