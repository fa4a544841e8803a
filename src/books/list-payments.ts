import { type Instant, instant } from '../base/clock.js';
import type { Payment, StateName } from '../payment/payment.js';
import type { Db } from './database-kind.js';
import { type PaymentRow, paymentFromRow, readableOnly } from './payment-rows.js';

/** Which payments to list, newest first by (`createdAt`, `paymentRequestId`); `lanes` bounds what the asker may see. */
export interface PaymentFilter {
  readonly lanes: readonly string[];
  readonly saleReference: string | null;
  readonly state: StateName | null;
  readonly limit: number;
  /** Only payments that come after this one in the order. */
  readonly after: { readonly createdAt: Instant; readonly paymentRequestId: string } | null;
}

const NEWEST_FIRST: { column: string; order: 'desc' }[] = [
  { column: 'created_at', order: 'desc' },
  { column: 'payment_request_id', order: 'desc' },
];

/** The newest keys of one lane, out of one index. */
function keysOfLane(db: Db, lane: string, filter: PaymentFilter) {
  const search = db<PaymentRow>('payments').where('lane_id', lane);
  if (filter.state !== null) void search.andWhere('state', filter.state);
  if (filter.after !== null) {
    const { createdAt, paymentRequestId } = filter.after;
    // A row value is compared member by member, the way the index is sorted.
    void search.andWhereRaw('(created_at, payment_request_id) < (?, ?)', [createdAt, paymentRequestId]);
  }
  return search.orderBy(NEWEST_FIRST).limit(filter.limit).select('created_at', 'payment_request_id');
}

/** Lane by lane, for no index has the payments of several lanes in the order of the list. */
async function page(db: Db, filter: PaymentFilter): Promise<PaymentRow[]> {
  const [first, ...others] = filter.lanes.map((lane, n) => db.from(keysOfLane(db, lane, filter).as(`lane_${n}`)).select('*'));
  if (first === undefined) return [];
  const keys: Pick<PaymentRow, 'created_at' | 'payment_request_id'>[] = await db
    .from(first.unionAll(others).as('lanes'))
    .orderBy(NEWEST_FIRST)
    .limit(filter.limit);
  if (keys.length === 0) return [];
  return db<PaymentRow>('payments')
    .whereIn(
      'payment_request_id',
      keys.map(({ payment_request_id }) => payment_request_id),
    )
    .orderBy(NEWEST_FIRST)
    .then((rows) => rows);
}

/** A reference is new to its till, so few payments have the same. */
function named(db: Db, saleReference: string, filter: PaymentFilter): Promise<PaymentRow[]> {
  const search = db<PaymentRow>('payments').where('sale_reference', saleReference);
  void search.whereIn('lane_id', [...filter.lanes]);
  if (filter.state !== null) void search.andWhere('state', filter.state);
  if (filter.after !== null) {
    const { createdAt, paymentRequestId } = filter.after;
    void search.andWhereRaw('(created_at, payment_request_id) < (?, ?)', [createdAt, paymentRequestId]);
  }
  return search
    .orderBy(NEWEST_FIRST)
    .limit(filter.limit)
    .then((rows) => rows);
}

/** Payments that can be read, newest first. */
export async function listPayments(db: Db, filter: PaymentFilter): Promise<readonly Payment[]> {
  const payments: Payment[] = [];
  let { after } = filter;
  // A row that cannot be read is left out, and must not look like the end of the list.
  for (;;) {
    const wanted = filter.limit - payments.length;
    const question = { ...filter, after, limit: wanted };
    const rows = filter.saleReference === null ? await page(db, question) : await named(db, filter.saleReference, question);
    payments.push(...readableOnly(rows, paymentFromRow));
    const last = rows.at(-1);
    if (last === undefined || rows.length < wanted || payments.length >= filter.limit) return payments;
    after = { createdAt: instant(last.created_at), paymentRequestId: last.payment_request_id };
  }
}
