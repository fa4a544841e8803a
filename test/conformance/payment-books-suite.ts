import assert from 'node:assert/strict';
import { addMs, type Instant } from '#src/base/clock.js';
import { createDoorbell } from '#src/base/doorbell.js';
import { openBooks } from '#src/books/database.js';
import type { OpenBooks } from '#src/books/database-kind.js';
import { createLaneEventBooks, EVENTS_KEPT_MS } from '#src/books/lane-event-books.js';
import { createPaymentBooks, type StoredPaymentBooks } from '#src/books/payment-books.js';
import { createReadingBooks } from '#src/books/reading-books.js';
import { writeShop } from '#src/books/shop-books.js';
import type { Change, NewPayment } from '#src/payment/books-port.js';
import type { Evidence, LaneId, Payment, PaymentRequestId } from '#src/payment/payment.js';
import { decide, newLife } from '#src/payment/transitions.js';
import type { NewPlace, PlaceKind } from '../support/books-places.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';

/** What the payment centre relies on, whichever database it is. */
export function paymentBooksSuite(kind: PlaceKind): void {
  let place: NewPlace;
  let open: OpenBooks;
  let books: StoredPaymentBooks;
  let clock: ManualClock;
  let rings: string[];
  let number = 0;

  before(function () {
    return kind.prepare(this);
  });
  beforeEach(async function () {
    place = await kind.make(this);
    open = await openBooks(place.place);
    clock = createManualClock();
    const doorbell = createDoorbell();
    rings = [];
    doorbell.listen((topic) => rings.push(topic));
    books = createPaymentBooks({ database: open, clock, doorbell });
    await writeShop(open, clock, {
      lanes: [1, 2].map((n) => ({ id: `lane-${n}`, merchant: 'm', upstream: 'u' })),
      terminals: [{ id: 'T01', lanes: ['lane-1', 'lane-2'] }],
    });
  });
  afterEach(async () => {
    await open.close();
    await place.remove();
  });

  function fresh(lane = 'lane-1', reference = `S-${number}`): NewPayment {
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
  }

  async function opened(lane?: string, reference?: string): Promise<Payment> {
    const answer = await books.open(fresh(lane, reference));
    assert.ok('payment' in answer && answer.isNew);
    return answer.payment;
  }

  function change(payment: Payment, evidence: Evidence): Change {
    const at = { local: clock.now(), upstream: addMs(clock.now(), 600_000) };
    return { evidence, decision: decide(payment.life, evidence, at), dueAt: addMs(clock.now(), 1000), at };
  }

  async function record(payment: Payment, evidence: Evidence): Promise<Payment> {
    const next = await books.record(payment, change(payment, evidence));
    assert.ok(next !== 'overtaken');
    return next;
  }

  const CANCEL: Evidence = { kind: 'cancelAsked', by: { kind: 'terminal', id: 'T01' } };

  it('gives back every byte and digit it was given', async () => {
    const payment = await opened();
    const found = await books.find(payment.paymentRequestId);
    assert.deepEqual(found, payment);
    assert.equal(found?.amount.value, '9007199254740993');
    assert.deepEqual(Buffer.from(found.request.body), Buffer.from('{"a":"\u0000\u20ac"}'));
  });

  it('gives the same payment for the same sale, and a conflict for another under its name', async () => {
    const payment = await opened('lane-1', 'SAME');
    const again = await books.open(fresh('lane-1', 'SAME'));
    assert.ok('payment' in again && !again.isNew);
    assert.equal(again.payment.paymentRequestId, payment.paymentRequestId);
    const other = fresh('lane-1', 'SAME');
    const conflict = await books.open({ ...other, sale: { ...other.sale, description: 'Coffee' } });
    assert.ok('conflict' in conflict);
    assert.equal(conflict.conflict.paymentRequestId, payment.paymentRequestId);
  });

  it('lets one payment hold a lane, also when ten come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => books.open(fresh())));
    assert.equal(answers.filter((a) => 'payment' in a && a.isNew).length, 1);
    assert.equal(answers.filter((a) => 'laneBusy' in a).length, 9);
    const other = await books.open(fresh('lane-2'));
    assert.ok('payment' in other);
  });

  it('frees the lane with the end of the payment', async () => {
    const payment = await opened();
    await record(payment, CANCEL);
    assert.equal(await books.openOnLane('lane-1' as LaneId), undefined);
    await opened();
  });

  it('takes a change only from whoever saw the newest revision', async () => {
    const payment = await opened();
    await record(payment, { kind: 'callStarted', call: 'pay' });
    assert.equal(await books.record(payment, change(payment, CANCEL)), 'overtaken');
    assert.equal((await books.find(payment.paymentRequestId))?.life.state, 'submitting');
    const journal = await open.db('journal').where('payment_request_id', payment.paymentRequestId);
    assert.equal(journal.length, 2, 'an overtaken change leaves no trace');
    assert.equal(await books.reschedule(payment, null), false);
  });

  it('raises the version only with what a till can see', async () => {
    const received = await opened();
    const sent = await record(received, { kind: 'callStarted', call: 'pay' });
    assert.equal(sent.version, received.version + 1);
    const asked = await record(sent, { kind: 'inquiryAsked', because: 'test' });
    assert.equal(asked.version, sent.version);
    assert.equal(asked.revision, sent.revision + 1);
    assert.equal(asked.updatedAt, sent.updatedAt);
  });

  it('rings after the commit, for the payment and its lane', async () => {
    const payment = await opened();
    assert.deepEqual(rings, [payment.paymentRequestId, 'lane:lane-1']);
  });

  it('keeps both clocks beside every move', async () => {
    const payment = await opened();
    await record(payment, { kind: 'callStarted', call: 'pay' });
    const line = await open.db('journal').orderBy('id', 'desc').first();
    assert.equal(line.upstream_at - line.at, 600_000);
  });

  it('undoes everything of a change whose companion fails', async () => {
    const payment = await opened();
    const failing = async () => {
      throw new Error('the companion fails');
    };
    await assert.rejects(books.record(payment, change(payment, CANCEL), failing), /companion/);
    assert.deepEqual(await books.find(payment.paymentRequestId), payment);
  });

  it('makes every unfinished payment due after a restart, and leaves ended ones alone', async () => {
    const ended = await record(await opened(), CANCEL);
    await books.reschedule(ended, null);
    const waiting = await opened('lane-2');
    await books.reschedule(waiting, addMs(clock.now(), 3_600_000));
    await books.makeUnfinishedDue(clock.now());
    assert.deepEqual(
      (await books.upcoming(10)).map(({ id, dueAt }) => [id, dueAt]),
      [[waiting.paymentRequestId, clock.now()]],
    );
  });

  it('pages through payments newest first without a gap, while new ones come in', async () => {
    const reading = createReadingBooks(open);
    const made: string[] = [];
    for (let n = 0; n < 7; n += 1) {
      const payment = await record(await opened(), CANCEL);
      made.unshift(payment.paymentRequestId);
      if (n % 2 === 0) await clock.advance(1);
    }
    const seen: string[] = [];
    let after: { createdAt: Instant; paymentRequestId: string } | null = null;
    for (;;) {
      const page: readonly Payment[] = await reading.list({
        lanes: ['lane-1'],
        saleReference: null,
        state: 'cancelled',
        limit: 3,
        after,
      });
      seen.push(...page.map((p) => p.paymentRequestId));
      const last = page.at(-1);
      if (last === undefined) break;
      after = { createdAt: last.life.createdAt, paymentRequestId: last.paymentRequestId };
      await clock.advance(1);
      await record(await opened(), CANCEL);
    }
    assert.deepEqual([...seen].sort(), [...made].sort());
  });

  it('keeps lane events for seven days and more, and then lets them go', async () => {
    const events = createLaneEventBooks(open);
    await opened();
    const before = await events.newestEventId('lane-1');
    assert.ok(before !== null);
    await clock.advance(7 * 24 * 3_600_000);
    await events.prune(clock.now());
    assert.equal((await events.events({ laneId: 'lane-1', afterId: 0, limit: 10 })).length, 1);
    await clock.advance(EVENTS_KEPT_MS - 7 * 24 * 3_600_000 + 1);
    await events.prune(clock.now());
    assert.equal((await events.events({ laneId: 'lane-1', afterId: 0, limit: 10 })).length, 0);
    await events.recordDisplay('lane-1', clock.now(), {});
    assert.ok(Number(await events.newestEventId('lane-1')) > before, 'ids are never used again');
  });
}
