import { BrokenPromise } from '../base/assert.js';
import type { Instant } from '../base/clock.js';
import type { NewPayment, PaymentBooks } from '../payment/books-port.js';
import type { LaneId, Payment } from '../payment/payment.js';
import { sameSale } from '../payment/same-sale.js';
import type { DatabaseKind, Db } from './database-kind.js';
import { insertPaymentEvent } from './lane-event-books.js';
import { lifeColumns, type PaymentRow, paymentFromRow, saleFromRow } from './payment-rows.js';

/** What became of a new payment: stored, known already, in conflict with a stored one, or refused because its lane is held. */
export type OpenedPayment = Awaited<ReturnType<PaymentBooks['open']>>;

/** More turns of a lane than this between a look and an insert mean a bug, not a race. */
const MOST_TRIES = 20;

export async function findSaleRow(on: Db, terminalId: string, saleReference: string): Promise<PaymentRow | undefined> {
  return on<PaymentRow>('payments').where({ terminal_id: terminalId, sale_reference: saleReference }).first();
}

export async function openOnLane(on: Db, laneId: LaneId): Promise<Payment | undefined> {
  const row = await on<PaymentRow>('payments')
    .where({ lane_id: laneId as string, holds_lane: 1 })
    .first();
  return row && paymentFromRow(row);
}

/** A payment to be stored, at which time, with the columns that take it for this process. */
export interface PaymentToOpen {
  readonly fresh: NewPayment;
  readonly now: Instant;
  readonly taken: Readonly<Record<string, unknown>>;
}

/** Inserts the payment with its first journal line and its event, unless its name is taken or its lane is held. */
export async function openPayment(kind: DatabaseKind, trx: Db, toOpen: PaymentToOpen): Promise<OpenedPayment> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const there = await inTheWay(trx, toOpen.fresh);
    if (there !== undefined) return there;
    const payment = await insertPayment(kind, trx, toOpen);
    // Another process was faster between the look and the insert: what it stored can be seen now.
    if (payment !== undefined) return { payment, isNew: true };
  }
  throw new BrokenPromise(`lane ${toOpen.fresh.sale.laneId} was taken and freed ${MOST_TRIES} times in a row`);
}

/** What is there already under this name or on this lane; undefined when neither. */
async function inTheWay(trx: Db, { sale }: NewPayment): Promise<OpenedPayment | undefined> {
  const known = await knownSale(trx, sale);
  if (known !== undefined) return known;
  const held = await openOnLane(trx, sale.laneId);
  // Another process may have stored this very sale between the two looks: then it does not stand in its own way.
  return held && ((await knownSale(trx, sale)) ?? { laneBusy: held });
}

async function knownSale(trx: Db, sale: NewPayment['sale']): Promise<OpenedPayment | undefined> {
  const known = await findSaleRow(trx, sale.terminalId, sale.saleReference);
  if (known === undefined) return undefined;
  const payment = paymentFromRow(known);
  return sameSale(saleFromRow(known), sale) ? { payment, isNew: false } : { conflict: payment };
}

/** Undefined when the lane is held or the reference taken: the indexes say so, whoever looked before. */
async function insertPayment(kind: DatabaseKind, trx: Db, { fresh, now, taken }: PaymentToOpen): Promise<Payment | undefined> {
  const [row] = await trx<PaymentRow>('payments')
    .insert({ ...newRow(fresh, now), ...taken })
    .onConflict()
    .ignore()
    .returning('*');
  if (row === undefined) return undefined;
  const payment = paymentFromRow(row);
  await trx('journal').insert({
    payment_request_id: fresh.paymentRequestId,
    seq: 1,
    at: now,
    upstream_at: now,
    evidence: JSON.stringify({ kind: 'saleAccepted' }),
    decision: 'moved',
    from_state: 'received',
    to_state: 'received',
  });
  await insertPaymentEvent(kind, trx, payment);
  return payment;
}

function newRow({ sale, request, life, ...fresh }: NewPayment, now: Instant): PaymentRow {
  return {
    payment_request_id: fresh.paymentRequestId,
    lane_id: sale.laneId,
    terminal_id: sale.terminalId,
    sale_reference: sale.saleReference,
    upstream_id: fresh.upstreamId,
    merchant_id: fresh.merchantId,
    currency: sale.amount.currency,
    value: sale.amount.value,
    sale: JSON.stringify(sale),
    request_path: request.path,
    request_body: Buffer.from(request.body),
    request_sha256: request.bodySha256,
    request_expires_at: request.expiresAt,
    ...lifeColumns(life),
    version: 1,
    revision: 1,
    created_at: life.createdAt,
    updated_at: now,
    due_at: fresh.dueAt,
  };
}
