import type { Instant } from '../base/clock.js';
import type { Change } from './books-port.js';
import type { RuledAs } from './decide-ruling.js';
import type { Payment, PaymentRequestId } from './payment.js';

/** What one person proposes for a payment that needs attention, and what another made of it. */
export interface Ruling {
  readonly id: string;
  readonly paymentRequestId: PaymentRequestId;
  readonly as: RuledAs;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: Instant;
  /** `void`: evidence of the upstream ended the payment first. */
  readonly state: 'open' | 'confirmed' | 'rejected' | 'void';
  readonly decidedBy: string | null;
  readonly decidedAt: Instant | null;
  /** Why it was rejected; null for all others, and where nobody said. */
  readonly decidedWhy: string | null;
}

/** Port of `payment/`; implemented by `books/ruling-books.ts`. Every verb that writes records the act of the person in its transaction. */
export interface RulingBooks {
  /** Stores a proposal while the payment needs attention and has no open one; else says what is in the way. */
  propose(
    ruling: Pick<Ruling, 'paymentRequestId' | 'as' | 'reason' | 'proposedBy'>,
    at: Instant,
  ): Promise<{ readonly ruling: Ruling } | { readonly open: Ruling } | 'notNeeding'>;
  find(id: string): Promise<Ruling | undefined>;
  /** Newest first, or else oldest first; `limit` at most, those after the ruling `after`. */
  list(wanted: {
    readonly open: boolean | null;
    readonly limit: number;
    readonly after: string | null;
    readonly oldestFirst?: boolean;
  }): Promise<readonly Ruling[]>;
  ofPayment(paymentRequestId: string): Promise<readonly Ruling[]>;
  /** Ends the payment and closes the ruling in one transaction; `weighedBefore` when the ruling is not open any more. */
  confirm(ruling: Ruling, by: string, payment: Payment, change: Change): Promise<Payment | 'overtaken' | 'weighedBefore'>;
  /** False when it is not open any more. */
  reject(ruling: Ruling, by: string, reason: string | null, at: Instant): Promise<boolean>;
}
