import { type Instant, instant } from '../base/clock.js';
import type { LaneId, Payment } from '../payment/payment.js';
import { type Database, type DatabaseKind, type Db, inTransaction } from './database-kind.js';
import { type PaymentRow, paymentFromRow, readableOnly } from './payment-rows.js';

/** An event of a lane as stored; ids rise strictly over all lanes and restarts. */
export type LaneEvent =
  | { readonly id: number; readonly laneId: LaneId; readonly at: Instant; readonly kind: 'payment'; readonly payment: Payment }
  | {
      readonly id: number;
      readonly laneId: LaneId;
      readonly at: Instant;
      readonly kind: 'display';
      readonly display: Readonly<Record<string, unknown>>;
    };

/** Events older than this are pruned; the till API promises seven days. */
export const EVENTS_KEPT_MS = 8 * 24 * 3_600_000;

const PRUNED_AT_ONCE = 2000;

interface EventRow {
  readonly id: number;
  readonly lane_id: string;
  readonly at: number;
  readonly kind: string;
  readonly payment_request_id: string | null;
  readonly body: string;
}

/** The part of a payment that changes; the rest is read from its row when the event is replayed. */
interface PaymentAsItStood {
  readonly life: Payment['life'];
  readonly version: number;
  readonly updatedAt: number;
}

export async function insertPaymentEvent(kind: DatabaseKind, trx: Db, payment: Payment): Promise<void> {
  const { life, version, updatedAt } = payment;
  // No till is told who paid, so an event for tills need not hold it.
  const paid = life.paid && { ...life.paid, customerId: null };
  // Nor what is still under way of its refunds, which may be many.
  const moneyBack = life.moneyBack && { ...life.moneyBack, late: null, open: [] };
  const body: PaymentAsItStood = { life: { ...life, paid, ...(moneyBack && { moneyBack }) }, version, updatedAt };
  await insertEvent(kind, trx, {
    lane_id: payment.laneId,
    at: payment.updatedAt,
    kind: 'payment',
    payment_request_id: payment.paymentRequestId,
    body: JSON.stringify(body),
  });
}

/**
 * An id is drawn before its row can be seen, and who has read up to an id never looks before it again. So events of one lane are written
 * one after the other: the next id is drawn when the one before it can be seen.
 */
async function insertEvent(kind: DatabaseKind, trx: Db, row: Omit<EventRow, 'id' | 'payment_request_id'> & Partial<EventRow>) {
  await kind.takeTurns(trx, `lane ${row.lane_id}`);
  await trx('lane_events').insert(row);
}

export interface LaneEventBooks {
  /** `paymentRequestId`: whose code the change is about; null: nobody's. */
  recordDisplay(laneId: string, at: Instant, display: unknown, paymentRequestId: string | null): Promise<void>;
  events(query: { readonly laneId: string; readonly afterId: number; readonly limit: number }): Promise<readonly LaneEvent[]>;
  /** null for a lane without events. */
  newestEventId(laneId: string): Promise<number | null>;
  /** Throws away some thousands of the oldest events that nobody may ask for any more. */
  prune(now: Instant): Promise<void>;
}

export function createLaneEventBooks({ db, kind }: Database): LaneEventBooks {
  const rows = () => db<EventRow>('lane_events');
  return {
    async recordDisplay(laneId, at, display, paymentRequestId) {
      const about = { payment_request_id: paymentRequestId };
      const row = { lane_id: laneId, at, kind: 'display', body: JSON.stringify(display), ...about };
      await inTransaction(db, (trx) => insertEvent(kind, trx, row));
    },
    async events({ laneId, afterId, limit }) {
      // What cannot be read is left out, and must not look like the end of the stream.
      for (let after = afterId; ; ) {
        const found = await rows().where('lane_id', laneId).andWhere('id', '>', after).orderBy('id').limit(limit);
        const payments = await paymentsOf(db, found);
        const events = found.flatMap((row) => eventFromRow(row, payments) ?? []);
        const last = found.at(-1);
        if (events.length > 0 || last === undefined || found.length < limit) return events;
        after = last.id;
      }
    },
    async newestEventId(laneId) {
      const row = await rows().where('lane_id', laneId).orderBy('id', 'desc').first('id');
      return row?.id ?? null;
    },
    async prune(now) {
      // Some at a time: after a long stop nobody has to wait for a million of them.
      const old = rows()
        .where('at', '<', now - EVENTS_KEPT_MS)
        .orderBy('at')
        .limit(PRUNED_AT_ONCE)
        .select('id');
      await rows().whereIn('id', old).delete();
    },
  };
}

async function paymentsOf(db: Db, events: readonly EventRow[]): Promise<ReadonlyMap<string, Payment>> {
  const ids = [...new Set(events.flatMap((row) => row.payment_request_id ?? []))];
  if (ids.length === 0) return new Map();
  const found = readableOnly(await db<PaymentRow>('payments').whereIn('payment_request_id', ids), paymentFromRow);
  return new Map(found.map((payment) => [payment.paymentRequestId, payment]));
}

function eventFromRow(row: EventRow, payments: ReadonlyMap<string, Payment>): LaneEvent | undefined {
  const base = { id: row.id, laneId: row.lane_id as LaneId, at: instant(row.at) };
  const body = readBody(row);
  if (body === undefined) return undefined;
  if (row.kind === 'display') return { ...base, kind: 'display', display: body };
  const payment = payments.get(row.payment_request_id ?? '');
  if (payment === undefined) return undefined;
  const stood = body as unknown as PaymentAsItStood;
  return { ...base, kind: 'payment', payment: { ...payment, ...stood, updatedAt: instant(stood.updatedAt) } };
}

function readBody({ body }: EventRow): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
