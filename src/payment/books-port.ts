import type { Instant } from '../base/clock.js';
import type {
  CallName,
  Decision,
  Evidence,
  FrozenRequest,
  LaneId,
  Moment,
  Payment,
  PaymentLife,
  PaymentRequestId,
  Sale,
} from './payment.js';
import type { Refund, RefundChange, RefundRequestId } from './refund.js';

export interface OpenedSale {
  readonly payment: Payment;
  readonly isNew: boolean;
}

/** Port of `payment/`; implemented by `books/payment-books.ts`. */
export interface PaymentBooks {
  /**
   * One transaction: the payment, its frozen request, its first journal line. The same terminal and reference again gives the stored
   * payment (`isNew: false`) or, with any field unequal, `conflict`. A lane that is held answers `laneBusy`. A new payment is taken for
   * this process at once, so that no other one starts with it.
   */
  open(payment: NewPayment): Promise<OpenedSale | { readonly conflict: Payment } | { readonly laneBusy: Payment }>;
  find(id: PaymentRequestId): Promise<Payment | undefined>;
  findSale(terminalId: string, saleReference: string): Promise<{ readonly payment: Payment; readonly sale: Sale } | undefined>;
  openOnLane(laneId: LaneId): Promise<Payment | undefined>;
  /** One transaction: the row (if the revision still matches), its journal line, its event for the lane. */
  record(payment: Payment, change: Change): Promise<Payment | 'overtaken'>;
  /**
   * Records the change as `record` does, and stores the new refund in the same transaction. `weighedBefore`: the payment has a refund of
   * this reference, stored by another process, and nothing was recorded. Throws when the refunds would exceed the payment.
   */
  openRefund(payment: Payment, change: Change, refund: NewRefund): Promise<Payment | 'overtaken' | 'weighedBefore'>;
  findRefund(id: RefundRequestId): Promise<Refund | undefined>;
  /** The refund of a payment by its asker's own name. */
  refundNamed(paymentRequestId: PaymentRequestId, refundReference: string): Promise<Refund | undefined>;
  /** All refunds of a payment, oldest first. */
  refundsOf(paymentRequestId: PaymentRequestId): Promise<readonly Refund[]>;
  /** Moves the due time without touching anything else; false when overtaken. */
  reschedule(payment: Payment, dueAt: Instant | null): Promise<boolean>;
}

/**
 * Port of `payment/`: which process works on a payment. Whoever took one is alone with it for as long as the longest call may last, and
 * a process that dies loses what it took after that time. Implemented by `books/`.
 */
export interface PaymentClaims {
  /** Takes the payment for this process, or keeps it for another call; false while another process has it. */
  take(id: PaymentRequestId): Promise<boolean>;
  /** Whether a call that begins now would be over before another process may take the payment; asks nobody. */
  stillHas(id: PaymentRequestId): boolean;
  /** Gives it back. A payment that this process has not taken is left alone. */
  release(id: PaymentRequestId): Promise<void>;
}

/** Port of `payment/`: what is due, and nobody works on. Implemented by `books/`. */
export interface DueQueue {
  /** Takes up to `most` payments of this upstream that are due for this process, oldest first; those `atWork` here already are left out. */
  takeDue(upstreamId: string, most: number, atWork: readonly PaymentRequestId[]): Promise<DueTurn>;
  /** After a restart every unfinished payment that no other process works on is simply due. */
  makeUnfinishedDue(): Promise<void>;
}

export interface DueTurn {
  readonly taken: readonly PaymentRequestId[];
  /** When the next one falls due, or is given up by a process that died; null when none waits. */
  readonly nextAt: Instant | null;
}

/** A refund to be stored; the rest follows from its first state. */
export type NewRefund = Pick<
  Refund,
  'refundRequestId' | 'refundReference' | 'isUndo' | 'amount' | 'reason' | 'askedBy' | 'request'
>;

export interface NewPayment {
  readonly paymentRequestId: PaymentRequestId;
  readonly upstreamId: string;
  readonly merchantId: string;
  readonly sale: Sale;
  readonly request: FrozenRequest;
  readonly life: PaymentLife;
  readonly dueAt: Instant;
}

/** One row change with everything that is stored beside it. */
export interface Change {
  readonly evidence: Evidence;
  readonly decision: Decision;
  readonly dueAt: Instant | null;
  readonly at: Moment;
  /** The message that was the evidence, to be stored in the same transaction. */
  readonly message?: StoredMessage | undefined;
  /** What became of refunds, to be written into their rows. */
  readonly refunds?: readonly RefundChange[];
}

/** What went over the wire, kept with its exact bytes. */
export interface StoredMessage {
  readonly call: CallName;
  readonly path: string;
  /** null for a call that is about to leave or was never answered. */
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
    readonly verdict: string;
  } | null;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** As it may be stored: agreement tokens are `***`. */
  readonly requestBody: Uint8Array;
  /** Lower-case hex, of the bytes that left; left out where they are `requestBody`. */
  readonly bodySha256?: string;
  readonly silence: string | null;
}
