import type { Instant } from '../base/clock.js';
import { isFinal, type LaneId, type Payment, type PaymentRequestId, STATES } from '../payment/payment.js';
import type { Refund } from '../payment/refund.js';
import type { Database } from './database-kind.js';
import { listPayments, type PaymentFilter } from './list-payments.js';
import { findByOrder, findPayment, type PaymentRow, paymentFromRow, readableOnly } from './payment-rows.js';
import { refundsOf } from './refund-rows.js';

export interface ReadingBooks {
  find(id: PaymentRequestId): Promise<Payment | undefined>;
  /** The newest payment of an upstream that has this id there. */
  findByOrder(upstreamId: string, paymentId: string): Promise<Payment | undefined>;
  list(filter: PaymentFilter): Promise<readonly Payment[]>;
  /** The newest payment of a lane, open or ended. */
  newestOnLane(laneId: LaneId): Promise<Payment | undefined>;
  /** The refunds of a payment, those of an undo included, oldest first. */
  refunds(paymentRequestId: string): Promise<readonly Refund[]>;
  /** How many payments stand in each state; states nobody is in are left out. */
  countByState(): Promise<readonly (readonly [state: string, count: number])[]>;
  /** How many have something due at this instant. */
  countDue(at: Instant): Promise<number>;
  /** The payments that hold their lanes. */
  open(): Promise<readonly Payment[]>;
  /** Lanes that are held by a payment which cannot be read: they take no sale. */
  blockedLanes(): Promise<readonly string[]>;
}

export function createReadingBooks({ db }: Database): ReadingBooks {
  return {
    find: (id) => findPayment(db, id),
    findByOrder: (upstreamId, paymentId) => findByOrder(db, upstreamId, paymentId),
    list: (filter) => listPayments(db, filter),
    async newestOnLane(laneId) {
      const held = await db<PaymentRow>('payments')
        .where({ lane_id: laneId as string, holds_lane: 1 })
        .first();
      if (held !== undefined) return paymentFromRow(held);
      const row = await db<PaymentRow>('payments')
        .where('lane_id', laneId)
        .orderBy('created_at', 'desc')
        .orderBy('payment_request_id', 'desc')
        .first();
      return row && paymentFromRow(row);
    },
    async open() {
      return readableOnly(await db<PaymentRow>('payments').where('holds_lane', 1), paymentFromRow);
    },
    async blockedLanes() {
      const held = await db<PaymentRow>('payments').where('holds_lane', 1);
      const readable = new Set(readableOnly(held, paymentFromRow).map(({ paymentRequestId }) => paymentRequestId as string));
      return held.filter((row) => !readable.has(row.payment_request_id)).map((row) => row.lane_id);
    },
    refunds: (paymentRequestId) => refundsOf(db, paymentRequestId),
    async countByState() {
      const unfinished = STATES.filter((state) => !isFinal(state));
      const rows: { state: string; count: number | string }[] = await db('payments')
        .whereIn('state', unfinished)
        .groupBy('state')
        .select('state', db.raw('count(*) as count'));
      // What has ended is counted when it ends: counting a million rows would hold up whoever else asks the books.
      const ended: typeof rows = await db('ended_payments').where('count', '>', 0).select('state', 'count');
      return [...rows, ...ended].map(({ state, count }) => [state, Number(count)] as const);
    },
    async countDue(at) {
      const [row] = await db('payments').where('due_at', '<=', at).count({ count: '*' });
      return Number(row?.['count'] ?? 0);
    },
  };
}
