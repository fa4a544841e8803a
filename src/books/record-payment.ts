import type { Instant } from '../base/clock.js';
import { killPoint } from '../base/kill-point.js';
import type { Change, NewRefund } from '../payment/books-port.js';
import { isFinal, type Payment } from '../payment/payment.js';
import { tillSees } from '../payment/same-sale.js';
import { listAlerts } from './alert-rows.js';
import { insertMessage } from './attempt-books.js';
import type { DatabaseKind, Db } from './database-kind.js';
import { insertPaymentEvent } from './lane-event-books.js';
import { lifeColumns } from './payment-rows.js';
import { findRefundRow, insertRefund, updateRefund } from './refund-rows.js';
import { voidRulings } from './ruling-rows.js';

/** Writes one change: the row if its revision still matches, the message, the journal line, the event for the lane. */
export async function recordChange(
  kind: DatabaseKind,
  trx: Db,
  payment: Payment,
  change: Change,
  now: Instant,
): Promise<Payment | 'overtaken'> {
  killPoint('record.decided', change.evidence.kind);
  const next = await updatePayment(trx, payment, change);
  if (next === 'overtaken') return next;
  await insertJournal(trx, payment, change);
  await listAlerts(trx, payment.paymentRequestId, payment.life, next.life);
  if (change.message !== undefined) await insertMessage(trx, payment.paymentRequestId, change.message, now, refundIn(change));
  if (change.evidence.kind === 'callStarted' && change.decision.kind !== 'illegal')
    await insertMessage(trx, payment.paymentRequestId, change.evidence.call, now, refundIn(change));
  if (payment.life.state === 'needs_attention' && isFinal(next.life.state) && change.evidence.kind !== 'ruled')
    await voidRulings(trx, payment.paymentRequestId, now);
  for (const refund of change.refunds ?? []) await updateRefund(trx, refund, now);
  if (next.version !== payment.version) await insertPaymentEvent(kind, trx, next);
  // Last, for everybody who ends a payment at this time waits here until the commit.
  if (next.life.state !== payment.life.state && isFinal(next.life.state))
    await trx('ended_payments')
      .insert({ state: next.life.state, count: 1 })
      .onConflict('state')
      .merge({ count: trx.raw('ended_payments.count + 1') });
  return next;
}

/**
 * Stores the new refund of a change that has just been recorded, unless the decision left no room for one. False when the payment has one
 * of this reference: whoever stored it has moved the revision, so it can be seen here.
 */
export async function storeRefund(
  trx: Db,
  payment: Payment,
  { decision }: Change,
  refund: NewRefund,
  now: Instant,
): Promise<boolean> {
  if (decision.kind === 'illegal') return true;
  const { paymentRequestId: payment_request_id } = payment;
  const known = await findRefundRow(trx, { payment_request_id, refund_reference: refund.refundReference });
  if (known === undefined) await insertRefund(trx, payment, refund, now);
  return known === undefined;
}

/** The refund that the evidence is about; null for all other evidence. */
function refundIn({ evidence }: Change): string | null {
  return 'refundRequestId' in evidence ? evidence.refundRequestId : null;
}

async function updatePayment(trx: Db, payment: Payment, change: Change): Promise<Payment | 'overtaken'> {
  const { life } = change.decision;
  const version = payment.version + (tillSees(life) === tillSees(payment.life) ? 0 : 1);
  const next: Payment = {
    ...payment,
    life,
    version,
    revision: payment.revision + 1,
    updatedAt: version === payment.version ? payment.updatedAt : change.at.local,
    dueAt: change.dueAt,
  };
  const changed = await trx('payments')
    .where({ payment_request_id: payment.paymentRequestId, revision: payment.revision })
    .update({
      ...lifeColumns(life),
      version: next.version,
      revision: next.revision,
      updated_at: next.updatedAt,
      due_at: change.dueAt,
    });
  return changed === 1 ? next : 'overtaken';
}

async function insertJournal(trx: Db, payment: Payment, change: Change): Promise<void> {
  await trx('journal').insert({
    payment_request_id: payment.paymentRequestId,
    // The revision is the sequence: both rise by one with every record.
    seq: payment.revision + 1,
    at: change.at.local,
    upstream_at: change.at.upstream,
    evidence: JSON.stringify(change.evidence, withoutSecrets),
    decision: change.decision.kind,
    from_state: payment.life.state,
    to_state: change.decision.life.state,
    alarm: change.decision.kind === 'illegal' ? null : (change.decision.alarm ?? null),
  });
}

/** Who paid, and the code, stand in the payment and in the message as it came: the journal, kept for ever, needs neither. */
function withoutSecrets(name: string, value: unknown): unknown {
  if (name === 'customerId') return undefined;
  if (name === 'code' && typeof value === 'object' && value !== null && 'expiresAt' in value)
    return { expiresAt: value.expiresAt };
  return value;
}
