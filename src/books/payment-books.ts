import { type Clock, type Instant, instant } from '../base/clock.js';
import type { Doorbell } from '../base/doorbell.js';
import type { Change, NewPayment, PaymentBooks } from '../payment/books-port.js';
import type { Payment, PaymentRequestId } from '../payment/payment.js';
import { tillSees } from '../payment/same-sale.js';
import { insertMessage } from './attempt-books.js';
import { type Database, type Db, inTransaction } from './database-kind.js';
import { insertPaymentEvent } from './lane-event-books.js';
import { findSaleRow, type OpenedPayment, openOnLane, openPayment } from './open-payment.js';
import { lifeColumns, type PaymentRow, paymentFromRow, saleFromRow } from './payment-rows.js';

/** What the books need beside the database. The doorbell rings after a commit, never before. */
export interface PaymentBooksParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly doorbell: Doorbell;
}

/** Work to do in the same transaction as a record, e.g. marking the notification that was the evidence. */
export type AlongWith = (trx: Db) => Promise<void>;

export interface StoredPaymentBooks extends PaymentBooks {
  record(payment: Payment, change: Change, alongWith?: AlongWith): Promise<Payment | 'overtaken'>;
  /** The upstreams that unfinished payments belong to. */
  upstreamsWithWork(): Promise<readonly string[]>;
  /** Payments whose pay request was on its way when the process ended. */
  underWay(): Promise<readonly PaymentRequestId[]>;
  /** After a restart every unfinished payment is simply due. */
  makeUnfinishedDue(now: Instant): Promise<void>;
  /** The due ones first, then those that come next; ids and times only. */
  upcoming(limit: number): Promise<ReadonlyArray<{ readonly id: PaymentRequestId; readonly dueAt: Instant }>>;
}

export function createPaymentBooks({ database, clock, doorbell }: PaymentBooksParts): StoredPaymentBooks {
  const { db, kind } = database;
  const rows = () => db<PaymentRow>('payments');

  async function find(id: PaymentRequestId): Promise<Payment | undefined> {
    // A signed message may name any text; PostgreSQL refuses to look for one with a zero in it, and no id of ours has one.
    if (id.includes('\0')) return undefined;
    const row = await rows().where('payment_request_id', id).first();
    return row && paymentFromRow(row);
  }

  function rang(payment: Payment): void {
    doorbell.ring(payment.paymentRequestId);
    doorbell.ring(`lane:${payment.laneId}`);
  }

  async function open(fresh: NewPayment): Promise<OpenedPayment> {
    const opened = await inTransaction(db, (trx) => openPayment(kind, trx, fresh, clock.now()));
    if ('payment' in opened && opened.isNew) rang(opened.payment);
    return opened;
  }

  async function record(payment: Payment, change: Change, alongWith?: AlongWith): Promise<Payment | 'overtaken'> {
    const recorded = await inTransaction(db, async (trx) => {
      const next = await updatePayment(trx, payment, change);
      if (next === 'overtaken') return next;
      await insertJournal(trx, payment, change);
      if (change.message !== undefined) await insertMessage(trx, payment.paymentRequestId, change.message, clock.now());
      if (change.evidence.kind === 'callStarted' && change.decision.kind !== 'illegal')
        await insertMessage(trx, payment.paymentRequestId, change.evidence.call, clock.now());
      if (next.version !== payment.version) await insertPaymentEvent(kind, trx, next);
      await alongWith?.(trx);
      return next;
    });
    if (recorded !== 'overtaken') rang(recorded);
    return recorded;
  }

  return {
    open,
    find,
    record,
    openOnLane: (laneId) => openOnLane(db, laneId),
    async findSale(terminalId, saleReference) {
      const row = await findSaleRow(db, terminalId, saleReference);
      return row && { payment: paymentFromRow(row), sale: saleFromRow(row) };
    },
    async upcoming(limit) {
      const next = await rows().whereNotNull('due_at').orderBy('due_at').limit(limit).select('payment_request_id', 'due_at');
      return next.map((row) => ({ id: row.payment_request_id as PaymentRequestId, dueAt: instant(row.due_at ?? 0) }));
    },
    async reschedule(payment, dueAt) {
      const changed = await rows()
        .where({ payment_request_id: payment.paymentRequestId, revision: payment.revision })
        .update({ due_at: dueAt });
      return changed === 1;
    },
    async upstreamsWithWork() {
      const found = await rows().whereNotNull('due_at').distinct('upstream_id');
      return found.map(({ upstream_id }) => upstream_id);
    },
    async underWay() {
      const found = await rows().where('under_way', 1).select('payment_request_id');
      return found.map((row) => row.payment_request_id as PaymentRequestId);
    },
    async makeUnfinishedDue(now) {
      await rows().whereNotNull('due_at').andWhere('due_at', '>', now).update({ due_at: now });
    },
  };
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
    evidence: JSON.stringify(change.evidence),
    decision: change.decision.kind,
    from_state: payment.life.state,
    to_state: change.decision.life.state,
    alarm: change.decision.kind === 'illegal' ? null : (change.decision.alarm ?? null),
  });
}
