import assert from 'node:assert/strict';
import { addMs } from '#src/base/clock.js';
import { createDoorbell } from '#src/base/doorbell.js';
import type { Claims } from '#src/books/claims.js';
import { openBooks } from '#src/books/database.js';
import type { OpenBooks } from '#src/books/database-kind.js';
import { createLaneEventBooks, type LaneEventBooks } from '#src/books/lane-event-books.js';
import { createMessageBooks, type MessageBooks } from '#src/books/message-books.js';
import { createNotificationBooks, type NotificationBooks } from '#src/books/notification-books.js';
import { createPaymentBooks, type StoredPaymentBooks } from '#src/books/payment-books.js';
import { createReadingBooks, type ReadingBooks } from '#src/books/reading-books.js';
import { writeShop } from '#src/books/shop-books.js';
import { createTimelineBooks, type TimelineBooks } from '#src/books/timeline-books.js';
import type { Change, NewPayment } from '#src/payment/books-port.js';
import type { Evidence, LaneId, Payment, PaymentRequestId } from '#src/payment/payment.js';
import { decide, newLife } from '#src/payment/transitions.js';
import type { NewPlace } from './books-places.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

/** The books as one process has them, on a hand-turned clock, with what a test does to them. */
export interface BooksBench {
  readonly open: OpenBooks;
  readonly clock: ManualClock;
  readonly claims: Claims;
  readonly payments: StoredPaymentBooks;
  readonly events: LaneEventBooks;
  readonly notifications: NotificationBooks;
  readonly reading: ReadingBooks;
  readonly history: TimelineBooks & MessageBooks;
  /** Topics in the order they rang. */
  readonly rings: readonly string[];
  /** A sale of T01 that nobody has stored yet. */
  fresh(lane?: string, reference?: string): NewPayment;
  /** The same, stored; it must be new. */
  opened(lane?: string, reference?: string): Promise<Payment>;
  change(payment: Payment, evidence: Evidence): Change;
  /** Records what the evidence makes of the payment; it must not be overtaken. */
  record(payment: Payment, evidence: Evidence): Promise<Payment>;
  close(): Promise<void>;
}

export const CANCEL: Evidence = { kind: 'cancelAsked', by: { kind: 'terminal', id: 'T01' } };
/** Longest call that the claims are made for. */
export const LONGEST_CALL_MS = 8000;

let number = 0;

/** Opens the books at a place, for a shop with lanes `lane-1` to `lane-4`; called twice it is as with two processes. */
export async function openBench(place: NewPlace): Promise<BooksBench> {
  const open = await openBooks(place.place);
  const clock = createManualClock();
  const doorbell = createDoorbell();
  const rings: string[] = [];
  doorbell.listen((topic) => rings.push(topic));
  const claims = open.kind.claims(open.db, { clock, longestCallMs: LONGEST_CALL_MS });
  const payments = createPaymentBooks({ database: open, claims, clock, doorbell });
  const lanes = [1, 2, 3, 4].map((n) => `lane-${n}`);
  await writeShop(open, clock, {
    lanes: lanes.map((id) => ({ id, merchant: 'm', upstream: 'u' })),
    terminals: [{ id: 'T01', lanes }],
  });
  const fresh: BooksBench['fresh'] = (lane = 'lane-1', reference = `S-${number}`) => {
    number += 1;
    const now = clock.now();
    return {
      paymentRequestId: `TEST1-${number.toString(16).padStart(24, '0')}` as PaymentRequestId,
      upstreamId: 'u',
      merchantId: 'm',
      sale: {
        saleReference: reference,
        terminalId: 'T01',
        laneId: lane as LaneId,
        amount: { currency: 'JPY', value: '9007199254740993' },
        description: 'Tea 抹茶',
        expiresInSeconds: null,
        goods: null,
      },
      request: {
        path: '/v1/payments/pay',
        body: Buffer.from('{"a":"\u0000\u20ac"}'),
        bodySha256: 'f'.repeat(64),
        expiresAt: null,
      },
      life: newLife(now, null, 180_000),
      dueAt: now,
    };
  };
  const change: BooksBench['change'] = (payment, evidence) => {
    const at = { local: clock.now(), upstream: addMs(clock.now(), 600_000) };
    return { evidence, decision: decide(payment.life, evidence, at), dueAt: addMs(clock.now(), 1000), at };
  };
  return {
    open,
    clock,
    claims,
    payments,
    events: createLaneEventBooks(open),
    notifications: createNotificationBooks(open, clock),
    reading: createReadingBooks(open),
    history: { ...createTimelineBooks(open), ...createMessageBooks(open) },
    rings,
    fresh,
    change,
    async opened(lane, reference) {
      const answer = await payments.open(fresh(lane, reference));
      assert.ok('payment' in answer && answer.isNew);
      return answer.payment;
    },
    async record(payment, evidence) {
      const next = await payments.record(payment, change(payment, evidence));
      assert.ok(next !== 'overtaken');
      return next;
    },
    close: open.close,
  };
}
