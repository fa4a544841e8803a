import type { Instant } from '../base/clock.js';
import type { Asker, LastResult, PaymentRequestId } from '../payment/payment.js';
import type { Refund, RefundRequestId, RefundState } from '../payment/refund.js';
import type { Db } from './database-kind.js';

/** A row of `refunds` as the driver gives it. */
export interface RefundRow {
  readonly refund_request_id: string;
  readonly payment_request_id: string;
  readonly refund_reference: string;
  readonly is_undo: 0 | 1;
  readonly currency: string;
  readonly value: string;
  readonly reason: string | null;
  readonly asked_by: string;
  readonly request_path: string;
  readonly request_body: Buffer;
  readonly request_sha256: string;
  readonly state: string;
  readonly refund_id: string | null;
  readonly refunded_at: number | null;
  readonly settlement_currency: string | null;
  readonly settlement_value: string | null;
  readonly settlement_quote: string | null;
  readonly last_result: string | null;
  readonly version: number;
  readonly created_at: number;
  readonly updated_at: number;
}

function refundFromRow(row: RefundRow): Refund {
  const { settlement_currency: currency, settlement_value: value, settlement_quote: quote } = row;
  const amount = currency === null || value === null ? null : { currency, value };
  return {
    refundRequestId: row.refund_request_id as RefundRequestId,
    paymentRequestId: row.payment_request_id as PaymentRequestId,
    refundReference: row.refund_reference,
    isUndo: row.is_undo === 1,
    amount: { currency: row.currency, value: row.value },
    reason: row.reason,
    askedBy: JSON.parse(row.asked_by) as Asker,
    request: { path: row.request_path, body: row.request_body, bodySha256: row.request_sha256 },
    state: row.state as RefundState,
    refundId: row.refund_id,
    refundedAt: row.refunded_at as Instant | null,
    settlement:
      amount === null && quote === null
        ? null
        : { amount, quote: quote === null ? null : (JSON.parse(quote) as Record<string, unknown>) },
    lastResult: row.last_result === null ? null : (JSON.parse(row.last_result) as LastResult),
    createdAt: row.created_at as Instant,
    updatedAt: row.updated_at as Instant,
    version: row.version,
  };
}

/** The refunds of a payment, oldest first. */
export async function refundsOf(on: Db, paymentRequestId: string): Promise<Refund[]> {
  const rows = await on<RefundRow>('refunds')
    .where('payment_request_id', paymentRequestId)
    .orderBy([{ column: 'created_at' }, { column: 'refund_request_id' }]);
  return rows.map(refundFromRow);
}
