import { type Instant, instant } from '../base/clock.js';
import type { LaneId, Payment, PaymentRequestId, StateName } from '../payment/payment.js';
import type { Refund } from '../payment/refund.js';
import type { Database } from './database-kind.js';
import { findByOrder, findPayment, type PaymentRow, paymentFromRow, readableOnly } from './payment-rows.js';
import { refundsOf } from './refund-rows.js';

/** Which payments to list, newest first by (`createdAt`, `paymentRequestId`); `lanes` bounds what the asker may see. */
export interface PaymentFilter {
  readonly lanes: readonly string[];
  readonly saleReference: string | null;
  readonly state: StateName | null;
  readonly limit: number;
  /** Only payments that come after this one in the order. */
  readonly after: { readonly createdAt: Instant; readonly paymentRequestId: string } | null;
}

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
  function page(filter: PaymentFilter): Promise<PaymentRow[]> {
    const search = db<PaymentRow>('payments').whereIn('lane_id', [...filter.lanes]);
    if (filter.saleReference !== null) void search.andWhere('sale_reference', filter.saleReference);
    if (filter.state !== null) void search.andWhere('state', filter.state);
    if (filter.after !== null) {
      const { createdAt, paymentRequestId } = filter.after;
      // A row value is compared member by member, the way the index is sorted.
      void search.andWhereRaw('(created_at, payment_request_id) < (?, ?)', [createdAt, paymentRequestId]);
    }
    return search
      .orderBy([
        { column: 'created_at', order: 'desc' },
        { column: 'payment_request_id', order: 'desc' },
      ])
      .limit(filter.limit)
      .then((rows) => rows);
  }

  return {
    find: (id) => findPayment(db, id),
    findByOrder: (upstreamId, paymentId) => findByOrder(db, upstreamId, paymentId),
    async list(filter) {
      const payments: Payment[] = [];
      let { after } = filter;
      // A row that cannot be read is left out, and must not look like the end of the list.
      for (;;) {
        const wanted = filter.limit - payments.length;
        const rows = await page({ ...filter, after, limit: wanted });
        payments.push(...readableOnly(rows, paymentFromRow));
        const last = rows.at(-1);
        if (last === undefined || rows.length < wanted || payments.length >= filter.limit) return payments;
        after = { createdAt: instant(last.created_at), paymentRequestId: last.payment_request_id };
      }
    },
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
      const rows: { state: string; count: number | string }[] = await db('payments')
        .groupBy('state')
        .select('state', db.raw('count(*) as count'));
      return rows.map(({ state, count }) => [state, Number(count)] as const);
    },
    async countDue(at) {
      const [row] = await db('payments').where('due_at', '<=', at).count({ count: '*' });
      return Number(row?.['count'] ?? 0);
    },
  };
}
