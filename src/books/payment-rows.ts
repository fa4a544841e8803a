import { invariant } from '../base/assert.js';
import type { Instant } from '../base/clock.js';
import type { LaneId, Payment, PaymentLife, PaymentRequestId, Sale, StateName } from '../payment/payment.js';
import { holdsLane } from '../payment/payment.js';

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
}

export function paymentFromRow(row: PaymentRow): Payment {
  const life = JSON.parse(row.life) as PaymentLife;
  invariant(life.state === row.state, `payment ${row.payment_request_id}: state column and life agree`);
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

export function saleFromRow(row: PaymentRow): Sale {
  return JSON.parse(row.sale) as Sale;
}

/** The columns that follow from a life. */
export function lifeColumns(life: PaymentLife): { state: StateName; holds_lane: 0 | 1; under_way: 0 | 1; life: string } {
  return {
    state: life.state,
    holds_lane: holdsLane(life.state) ? 1 : 0,
    under_way: life.sends.underWay ? 1 : 0,
    life: JSON.stringify(life),
  };
}
