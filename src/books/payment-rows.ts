import { BridgeError } from '../base/bridge-error.js';
import type { Instant } from '../base/clock.js';
import type { LaneId, Payment, PaymentLife, PaymentRequestId, Sale, StateName } from '../payment/payment.js';
import { holdsLane } from '../payment/payment.js';
import { type ClearingColumns, clearingColumns, paidAtOf } from './clearing-columns.js';
import type { Db } from './database-kind.js';
import { storedObject, unreadableRow } from './stored-json.js';
import { faultOfLife } from './stored-life.js';

/** A row of `payments` as the driver gives it. */
export interface PaymentRow {
  readonly payment_request_id: string;
  readonly lane_id: string;
  readonly terminal_id: string;
  readonly sale_reference: string;
  readonly upstream_id: string;
  readonly merchant_id: string;
  readonly currency: string;
  readonly value: string;
  readonly sale: string;
  readonly request_path: string;
  readonly request_body: Buffer;
  readonly request_sha256: string;
  readonly request_expires_at: number | null;
  readonly state: string;
  readonly holds_lane: 0 | 1;
  readonly under_way: 0 | 1;
  readonly life: string;
  readonly version: number;
  readonly revision: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly due_at: number | null;
  readonly undo_by: string | null;
  readonly undo_state: string | null;
  readonly paid_at: number | null;
}

/** The payment of a row. Throws `BridgeError` `books.unreadableRow` when its life cannot be read or lacks something, or says another state than its column. */
export function paymentFromRow(row: PaymentRow): Payment {
  const life = storedObject<PaymentLife>(row.life, nameOf(row), 'life');
  const fault = faultOfLife(life);
  if (fault !== undefined) throw unreadableRow(nameOf(row), `its ${fault} is missing or of another shape`);
  if (life.state !== row.state)
    throw unreadableRow(nameOf(row), `its state is ${row.state} in one place and ${life.state} in another`);
  return {
    paymentRequestId: row.payment_request_id as PaymentRequestId,
    laneId: row.lane_id as LaneId,
    terminalId: row.terminal_id,
    saleReference: row.sale_reference,
    upstreamId: row.upstream_id,
    merchantId: row.merchant_id,
    amount: { currency: row.currency, value: row.value },
    request: {
      path: row.request_path,
      body: row.request_body,
      bodySha256: row.request_sha256,
      expiresAt: row.request_expires_at as Instant | null,
    },
    life,
    version: row.version,
    revision: row.revision,
    updatedAt: row.updated_at as Instant,
    dueAt: row.due_at as Instant | null,
  };
}

/** The sale of a row; throws as `paymentFromRow` does. */
export function saleFromRow(row: PaymentRow): Sale {
  return storedObject<Sale>(row.sale, nameOf(row), 'sale');
}

/** What could be read; rows of a list that cannot be read are left out, so that they stop nobody else. */
export function readableOnly<Row, T>(rows: readonly Row[], read: (row: Row) => T): T[] {
  return rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch (error) {
      if (error instanceof BridgeError && error.code === 'books.unreadableRow') return [];
      throw error;
    }
  });
}

const nameOf = (row: PaymentRow) => `The payment ${row.payment_request_id} of ${row.lane_id}`;

/** The columns that follow from a life. */
export function lifeColumns(
  life: PaymentLife,
): Pick<PaymentRow, 'holds_lane' | 'under_way' | 'life' | 'undo_by' | 'undo_state' | 'paid_at'> &
  ClearingColumns & { readonly state: StateName } {
  const undo = life.moneyBack?.undo ?? null;
  return {
    state: life.state,
    holds_lane: holdsLane(life.state) ? 1 : 0,
    under_way: life.sends.underWay ? 1 : 0,
    life: JSON.stringify(life),
    undo_by: undo?.by ?? null,
    undo_state: undo?.state ?? null,
    paid_at: paidAtOf(life),
    ...clearingColumns(life),
  };
}

export async function findPayment(on: Db, id: PaymentRequestId): Promise<Payment | undefined> {
  // A signed message may name any text; PostgreSQL refuses to look for one with a zero in it, and no id of ours has one.
  if (id.includes('\0')) return undefined;
  const row = await on<PaymentRow>('payments').where('payment_request_id', id).first();
  return row && paymentFromRow(row);
}

/** The newest payment of an upstream that has this id there. */
export async function findByOrder(on: Db, upstreamId: string, paymentId: string): Promise<Payment | undefined> {
  if (paymentId.includes('\0')) return undefined;
  const row: PaymentRow | undefined = await on('payments')
    .where({ upstream_payment_id: paymentId, upstream_id: upstreamId })
    .orderBy('created_at', 'desc')
    .first();
  return row && paymentFromRow(row);
}
