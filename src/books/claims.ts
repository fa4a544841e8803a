import type { Knex } from 'knex';
import { type Clock, type Instant, instant } from '../base/clock.js';
import type { DueTurn, PaymentClaims } from '../payment/books-port.js';
import type { PaymentRequestId } from '../payment/payment.js';
import type { PaymentRow } from './payment-rows.js';

/** Which process works on a payment, and what is due for it; each kind of database has its own way. */
export interface Claims extends PaymentClaims {
  /** What is stored with a new payment so that it is taken from the start; `isStored` is called after the commit. */
  ofNew(id: PaymentRequestId): { readonly columns: Readonly<Record<string, unknown>>; isStored(): void };
  takeDue(upstreamId: string, most: number, atWork: readonly PaymentRequestId[]): Promise<DueTurn>;
  /** Narrows a search to payments that no other process works on. */
  whereFree(rows: Knex.QueryBuilder<PaymentRow, unknown>): void;
  /** Gives everything back, when the process ends in order. */
  releaseAll(): Promise<void>;
}

/** Who the claims are for. */
export interface ClaimWishes {
  readonly clock: Clock;
  /** The longest that a call may last, ms. */
  readonly longestCallMs: number;
}

/** The claims of a process that has the books to itself: it has every payment. */
export function soleClaims(db: Knex, { clock }: ClaimWishes): Claims {
  return {
    take: async () => true,
    stillHas: () => true,
    release: async () => {},
    ofNew: () => ({ columns: {}, isStored() {} }),
    async takeDue(upstreamId, most, atWork) {
      const rows: { payment_request_id: string; due_at: number }[] = await db('payments')
        .whereNotNull('due_at')
        .where('upstream_id', upstreamId)
        .whereNotIn('payment_request_id', [...atWork])
        .orderBy('due_at')
        .limit(most + 1)
        .select('payment_request_id', 'due_at');
      const now = clock.now();
      const due = rows.filter(({ due_at }) => due_at <= now).slice(0, most);
      const next: Instant | undefined = rows[due.length] && instant(rows[due.length]?.due_at ?? 0);
      return { taken: due.map((row) => row.payment_request_id as PaymentRequestId), nextAt: next ?? null };
    },
    whereFree() {},
    releaseAll: async () => {},
  };
}
