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

export interface OpenedSale {
  readonly payment: Payment;
  readonly isNew: boolean;
}

/** Port of `payment/`; implemented by `books/payment-books.ts`. */
export interface PaymentBooks {
  /**
   * One transaction: the payment, its frozen request, its first journal line. The same terminal and reference again gives the stored
   * payment (`isNew: false`) or, with any field unequal, `conflict`. A lane that is held answers `laneBusy`.
   */
  open(payment: NewPayment): Promise<OpenedSale | { readonly conflict: Payment } | { readonly laneBusy: Payment }>;
  find(id: PaymentRequestId): Promise<Payment | undefined>;
  findSale(terminalId: string, saleReference: string): Promise<{ readonly payment: Payment; readonly sale: Sale } | undefined>;
  openOnLane(laneId: LaneId): Promise<Payment | undefined>;
  /** One transaction: the row (if the revision still matches), its journal line, its event for the lane. */
  record(payment: Payment, change: Change): Promise<Payment | 'overtaken'>;
  /** Moves the due time without touching anything else; false when overtaken. */
  reschedule(payment: Payment, dueAt: Instant | null): Promise<boolean>;
}

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
  readonly requestBody: Uint8Array;
  readonly silence: string | null;
}
