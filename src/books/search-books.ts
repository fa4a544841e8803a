import { type Instant, instant } from '../base/clock.js';
import type { Payment, StateName } from '../payment/payment.js';
import type { Database } from './database-kind.js';
import { type PaymentRow, paymentFromRow, readableOnly } from './payment-rows.js';

/** The place in the list, newest first by (`createdAt`, `paymentRequestId`), after which a page begins. */
export interface SearchPlace {
  readonly createdAt: Instant;
  readonly paymentRequestId: string;
}

/** What a person looks for; null says nothing. */
export interface PaymentSearch {
  readonly state: StateName | null;
  readonly laneId: string | null;
  /** Created at or after, before. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** The first characters of the till's reference. */
  readonly reference: string | null;
  /** Ours, the upstream's, the till's reference or one of a refund, whole. */
  readonly id: string | null;
  readonly currency: string | null;
  readonly value: string | null;
  readonly limit: number;
  readonly after: SearchPlace | null;
}

/** A page; it may be short or empty although `next` is not null: then as many rows were looked at as one call may. */
export interface SearchPage {
  readonly payments: readonly Payment[];
  readonly next: SearchPlace | null;
}

export interface SearchBooks {
  search(wanted: PaymentSearch): Promise<SearchPage>;
}

/** However many payments there are, a call looks at no more rows than this. */
const MOST_LOOKED_AT = 2000;

/** Finds payments for people: one index leads, the rest is compared over a bounded number of its rows. */
export function createSearchBooks({ db }: Database): SearchBooks {
  async function idsOf(id: string): Promise<readonly string[]> {
    const ofRefunds = db('refunds').where('refund_request_id', id).orWhere('refund_id', id).select('payment_request_id');
    const found = await db<PaymentRow>('payments')
      .where('payment_request_id', id)
      .orWhere('upstream_payment_id', id)
      .orWhere('sale_reference', id)
      .orWhereIn('payment_request_id', ofRefunds)
      .limit(MOST_LOOKED_AT)
      .select('payment_request_id');
    return found.map(({ payment_request_id }) => payment_request_id);
  }

  /** Undefined when more begin so than one call may look at: then time leads, and the beginning is compared row by row. */
  async function idsOfReference(beginning: string): Promise<readonly string[] | undefined> {
    const found = await db<PaymentRow>('payments')
      .where('sale_reference', '>=', beginning)
      // References are ASCII and sorted by bytes: nothing that begins so comes after this.
      .andWhere('sale_reference', '<', `${beginning}\u007f`)
      .limit(MOST_LOOKED_AT + 1)
      .select('payment_request_id');
    return found.length > MOST_LOOKED_AT ? undefined : found.map(({ payment_request_id }) => payment_request_id);
  }

  async function idsNamed({ id, reference }: PaymentSearch): Promise<readonly string[] | undefined> {
    if (id !== null) return idsOf(id);
    return reference === null ? undefined : idsOfReference(reference);
  }

  return {
    async search(wanted) {
      const { from, to, after, limit } = wanted;
      // The leading index is named by equality; sorting is that of the index, so that no row beyond the bound is read.
      const led = db<PaymentRow>('payments').select('*');
      const named = await idsNamed(wanted);
      if (named !== undefined) void led.whereIn('payment_request_id', [...named]);
      else if (wanted.value !== null) void led.where('value', wanted.value);
      else if (wanted.state !== null && wanted.state !== 'paid') void led.where('state', wanted.state);
      else if (wanted.laneId !== null) void led.where('lane_id', wanted.laneId);
      if (from !== null) void led.where('created_at', '>=', from);
      if (to !== null) void led.where('created_at', '<', to);
      if (after !== null)
        void led.whereRaw('(created_at, payment_request_id) < (?, ?)', [after.createdAt, after.paymentRequestId]);
      const bounded = led
        .orderBy([
          { column: 'created_at', order: 'desc' },
          { column: 'payment_request_id', order: 'desc' },
        ])
        .limit(MOST_LOOKED_AT);
      const rows: PaymentRow[] = await bounded;
      const fitting: PaymentRow[] = [];
      for (const row of rows) {
        if (fits(row, wanted)) fitting.push(row);
        if (fitting.length > limit) break;
      }
      const page = fitting.slice(0, limit);
      const last = fitting.length > limit ? page.at(-1) : rows.length === MOST_LOOKED_AT ? rows.at(-1) : undefined;
      const next = last && { createdAt: instant(last.created_at), paymentRequestId: last.payment_request_id };
      return { payments: readableOnly(page, paymentFromRow), next: next ?? null };
    },
  };
}

function fits(row: PaymentRow, wanted: PaymentSearch): boolean {
  return (
    (wanted.state === null || row.state === wanted.state) &&
    (wanted.laneId === null || row.lane_id === wanted.laneId) &&
    (wanted.reference === null || row.sale_reference.startsWith(wanted.reference)) &&
    (wanted.value === null || row.value === wanted.value) &&
    (wanted.currency === null || row.currency === wanted.currency)
  );
}
