import type { Clock } from '../base/clock.js';
import type { Doorbell } from '../base/doorbell.js';
import { killPoint } from '../base/kill-point.js';
import type { Change, DueQueue, NewPayment, NewRefund, PaymentBooks } from '../payment/books-port.js';
import type { Payment } from '../payment/payment.js';
import type { Claims } from './claims.js';
import { type Database, type Db, inTransaction } from './database-kind.js';
import { findSaleRow, type OpenedPayment, openOnLane, openPayment } from './open-payment.js';
import { findPayment, type PaymentRow, paymentFromRow, saleFromRow } from './payment-rows.js';
import { recordChange, storeRefund } from './record-payment.js';
import { findRefundRow, refundsOf } from './refund-rows.js';

/** What the books need beside the database. The doorbell rings after a commit, never before. */
export interface PaymentBooksParts {
  readonly database: Database;
  readonly claims: Claims;
  readonly clock: Clock;
  readonly doorbell: Doorbell;
}

/** Work to do in the same transaction as a record, e.g. marking the notification that was the evidence; false undoes everything. */
export type AlongWith = (trx: Db) => Promise<boolean>;

/** Thrown inside a transaction to undo it, and caught around it. */
const WEIGHED_BEFORE = new Error('this evidence was weighed before');

export interface StoredPaymentBooks extends PaymentBooks, DueQueue {
  recordWith(payment: Payment, change: Change, alongWith: AlongWith): Promise<Payment | 'overtaken' | 'weighedBefore'>;
  /** The upstreams that unfinished payments belong to. */
  upstreamsWithWork(): Promise<readonly string[]>;
}

export function createPaymentBooks({ database, claims, clock, doorbell }: PaymentBooksParts): StoredPaymentBooks {
  const { db, kind } = database;
  const rows = () => db<PaymentRow>('payments');

  function committed(payment: Payment, evidence: string): void {
    killPoint('record.committed', evidence);
    doorbell.ring(payment.paymentRequestId);
    doorbell.ring(`lane:${payment.laneId}`);
  }

  async function open(fresh: NewPayment): Promise<OpenedPayment> {
    const { columns, isStored } = claims.ofNew(fresh.paymentRequestId);
    const toOpen = { fresh, now: clock.now(), taken: columns };
    const opened = await inTransaction(db, (trx) => openPayment(kind, trx, toOpen));
    if ('payment' in opened && opened.isNew) {
      isStored();
      committed(opened.payment, 'saleAccepted');
    }
    return opened;
  }

  async function record(payment: Payment, change: Change): Promise<Payment | 'overtaken'> {
    const recorded = await inTransaction(db, (trx) => recordChange(kind, trx, payment, change, clock.now()));
    if (recorded !== 'overtaken') committed(recorded, change.evidence.kind);
    return recorded;
  }

  /** Undone as a whole when `alongWith` says false: then the evidence was weighed before. */
  async function recordWith(
    payment: Payment,
    change: Change,
    alongWith: AlongWith,
  ): Promise<Payment | 'overtaken' | 'weighedBefore'> {
    try {
      const recorded = await inTransaction(db, async (trx) => {
        const next = await recordChange(kind, trx, payment, change, clock.now());
        if (next !== 'overtaken' && !(await alongWith(trx))) throw WEIGHED_BEFORE;
        return next;
      });
      if (recorded !== 'overtaken') committed(recorded, change.evidence.kind);
      return recorded;
    } catch (error) {
      if (error === WEIGHED_BEFORE) return 'weighedBefore';
      throw error;
    }
  }

  const openRefund = (payment: Payment, change: Change, refund: NewRefund) =>
    recordWith(payment, change, (trx) => storeRefund(trx, payment, change, refund, clock.now()));

  return {
    open,
    find: (id) => findPayment(db, id),
    record,
    recordWith,
    openRefund,
    ...refundReader(db),
    openOnLane: (laneId) => openOnLane(db, laneId),
    async findSale(terminalId, saleReference) {
      const row = await findSaleRow(db, terminalId, saleReference);
      return row && { payment: paymentFromRow(row), sale: saleFromRow(row) };
    },
    takeDue: claims.takeDue,
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
    async makeUnfinishedDue() {
      const now = clock.now();
      await inTransaction(db, async (trx) => {
        // Two processes that start at once would wait for each other's rows.
        await kind.takeTurns(trx, 'unfinished');
        const unfinished = trx<PaymentRow>('payments').whereNotNull('due_at').andWhere('due_at', '>', now);
        claims.whereFree(unfinished);
        await unfinished.update({ due_at: now });
      });
    },
  };
}

function refundReader(db: Db): Pick<PaymentBooks, 'findRefund' | 'refundNamed' | 'refundsOf'> {
  return {
    findRefund: (id) => findRefundRow(db, { refund_request_id: id }),
    refundsOf: (id) => refundsOf(db, id),
    refundNamed: (id, reference) => findRefundRow(db, { payment_request_id: id, refund_reference: reference }),
  };
}
