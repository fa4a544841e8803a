import { invariant } from '../base/assert.js';
import type { Instant } from '../base/clock.js';
import type { NewRefund } from '../payment/books-port.js';
import type { LastResult, Payment, PaymentRequestId } from '../payment/payment.js';
import type { GivingBack, Refund, RefundChange, RefundRequestId, RefundState } from '../payment/refund.js';
import { saysTheSame } from '../payment/same-sale.js';
import type { Db } from './database-kind.js';
import { storedObject } from './stored-json.js';

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

/** Throws `BridgeError` `books.unreadableRow` when one of its stored values cannot be read. */
function refundFromRow(row: RefundRow): Refund {
  const what = `The refund ${row.refund_request_id} of payment ${row.payment_request_id}`;
  const read = <T extends object>(text: string, column: string) => storedObject<T>(text, what, column);
  const { settlement_currency: currency, settlement_value: value, settlement_quote: quote } = row;
  const amount = currency === null || value === null ? null : { currency, value };
  return {
    refundRequestId: row.refund_request_id as RefundRequestId,
    paymentRequestId: row.payment_request_id as PaymentRequestId,
    refundReference: row.refund_reference,
    isUndo: row.is_undo === 1,
    amount: { currency: row.currency, value: row.value },
    reason: row.reason,
    askedBy: read<GivingBack>(row.asked_by, 'asked_by'),
    request: { path: row.request_path, body: row.request_body, bodySha256: row.request_sha256 },
    state: row.state as RefundState,
    refundId: row.refund_id,
    refundedAt: row.refunded_at as Instant | null,
    settlement:
      amount === null && quote === null
        ? null
        : { amount, quote: quote === null ? null : read<Record<string, unknown>>(quote, 'settlement_quote') },
    lastResult: row.last_result === null ? null : read<LastResult>(row.last_result, 'last_result'),
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

/** One refund by the columns that name it. */
export async function findRefundRow(
  on: Db,
  name: Partial<Pick<RefundRow, 'refund_request_id' | 'payment_request_id' | 'refund_reference'>>,
): Promise<Refund | undefined> {
  const row = await on<RefundRow>('refunds').where(name).first();
  return row && refundFromRow(row);
}

/** Stores a new refund. Throws when those of its payment that are not refused would exceed it: whoever decided was wrong. */
export async function insertRefund(trx: Db, payment: Payment, refund: NewRefund, now: Instant): Promise<void> {
  await trx<RefundRow>('refunds').insert({
    refund_request_id: refund.refundRequestId,
    payment_request_id: payment.paymentRequestId,
    refund_reference: refund.refundReference,
    is_undo: refund.isUndo ? 1 : 0,
    currency: refund.amount.currency,
    value: refund.amount.value,
    reason: refund.reason,
    asked_by: JSON.stringify(refund.askedBy),
    request_path: refund.request.path,
    request_body: Buffer.from(refund.request.body),
    request_sha256: refund.request.bodySha256,
    state: 'pending',
    version: 1,
    created_at: now,
    updated_at: now,
  });
  const all = await trx<RefundRow>('refunds')
    .where('payment_request_id', payment.paymentRequestId)
    .whereNot('state', 'refused')
    .select('currency', 'value');
  const sum = all.reduce((total, { value }) => total + BigInt(value), 0n);
  const isOne = all.every(({ currency }) => currency === payment.amount.currency);
  invariant(isOne && sum <= BigInt(payment.amount.value), `the refunds of ${payment.paymentRequestId} do not exceed it`);
}

/** Writes what became of a refund; its version rises when a till can see a difference. */
export async function updateRefund(trx: Db, change: RefundChange, now: Instant): Promise<void> {
  const before = await findRefundRow(trx, { refund_request_id: change.refundRequestId });
  invariant(before !== undefined, `refund ${change.refundRequestId} is in the books`);
  const { lastResult = null, facts } = change;
  const isNews = lastResult !== null && (before.lastResult === null || !saysTheSame(before.lastResult, lastResult));
  if (!isNews && before.state === change.state && facts === undefined) return;
  const { amount = null, quote = null } = facts?.settlement ?? {};
  await trx('refunds')
    .where('refund_request_id', change.refundRequestId)
    .update({
      state: change.state,
      ...(isNews && { last_result: JSON.stringify(lastResult) }),
      ...(facts !== undefined && {
        refund_id: facts.refundId,
        refunded_at: facts.refundedAt,
        settlement_currency: amount?.currency ?? null,
        settlement_value: amount?.value ?? null,
        settlement_quote: quote === null ? null : JSON.stringify(quote),
      }),
      version: before.version + 1,
      updated_at: now,
    });
}
