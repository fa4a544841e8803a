import assert from 'node:assert/strict';
import { addMs, type Instant } from '#src/base/clock.js';
import type { LaneId, Payment, PaymentRequestId } from '#src/payment/payment.js';
import type { RefundRequestId } from '#src/payment/refund.js';
import { type BooksBench, CANCEL, openBench } from '../support/books-bench.js';
import type { NewPlace, PlaceKind } from '../support/books-places.js';

/** What the payment centre relies on, whichever database it is. */
export function paymentBooksSuite(kind: PlaceKind): void {
  let place: NewPlace;
  let bench: BooksBench;

  before(function () {
    return kind.prepare(this);
  });
  beforeEach(async function () {
    place = await kind.make(this);
    bench = await openBench(place);
  });
  afterEach(async () => {
    await bench.close();
    await place.remove();
  });

  it('gives back every byte and digit it was given', async () => {
    const payment = await bench.opened();
    const found = await bench.payments.find(payment.paymentRequestId);
    assert.deepEqual(found, payment);
    assert.equal(found?.amount.value, '9007199254740993');
    assert.deepEqual(Buffer.from(found.request.body), Buffer.from('{"a":"\u0000\u20ac"}'));
  });

  it('gives the same payment for the same sale, and a conflict for another under its name', async () => {
    const payment = await bench.opened('lane-1', 'SAME');
    const again = await bench.payments.open(bench.fresh('lane-1', 'SAME'));
    assert.ok('payment' in again && !again.isNew);
    assert.equal(again.payment.paymentRequestId, payment.paymentRequestId);
    const other = bench.fresh('lane-1', 'SAME');
    const conflict = await bench.payments.open({ ...other, sale: { ...other.sale, description: 'Coffee' } });
    assert.ok('conflict' in conflict);
    assert.equal(conflict.conflict.paymentRequestId, payment.paymentRequestId);
  });

  it('knows no payment under a name that is none', async () => {
    for (const name of ['', 'TEST1-0', 'a\u0000b', '\ud800', "'; drop table payments; --"])
      assert.equal(await bench.payments.find(name as PaymentRequestId), undefined);
  });

  it('lets one payment hold a lane, also when ten come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => bench.payments.open(bench.fresh())));
    assert.equal(answers.filter((a) => 'payment' in a && a.isNew).length, 1);
    assert.equal(answers.filter((a) => 'laneBusy' in a).length, 9);
    const other = await bench.payments.open(bench.fresh('lane-2'));
    assert.ok('payment' in other);
  });

  it('stores one payment for one sale, also when ten repeats come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => bench.payments.open(bench.fresh('lane-1', 'TEN'))));
    const ids = answers.map((a) => ('payment' in a ? a.payment.paymentRequestId : 'refused'));
    assert.equal(new Set(ids).size, 1);
    assert.equal(answers.filter((a) => 'payment' in a && a.isNew).length, 1);
  });

  it('frees the lane with the end of the payment', async () => {
    await bench.record(await bench.opened(), CANCEL);
    assert.equal(await bench.payments.openOnLane('lane-1' as LaneId), undefined);
    await bench.opened();
  });

  it('takes a change only from whoever saw the newest revision', async () => {
    const payment = await bench.opened();
    await bench.record(payment, { kind: 'callStarted', call: 'pay' });
    assert.equal(await bench.payments.record(payment, bench.change(payment, CANCEL)), 'overtaken');
    assert.equal((await bench.payments.find(payment.paymentRequestId))?.life.state, 'submitting');
    const journal = await bench.open.db('journal').where('payment_request_id', payment.paymentRequestId);
    assert.equal(journal.length, 2, 'an overtaken change leaves no trace');
    assert.equal(await bench.payments.reschedule(payment, null), false);
  });

  it('takes one of ten changes that come at once, and numbers its journal without a gap', async () => {
    let payment = await bench.opened();
    for (let round = 0; round < 5; round += 1) {
      const asked = bench.change(payment, { kind: 'inquiryAsked', because: 'test' });
      const before = payment;
      const answers = await Promise.all(Array.from({ length: 10 }, () => bench.payments.record(before, asked)));
      const taken = answers.filter((answer) => answer !== 'overtaken');
      assert.equal(taken.length, 1);
      payment = taken[0] ?? payment;
    }
    const journal = await bench.open.db('journal').where('payment_request_id', payment.paymentRequestId).orderBy('id');
    assert.deepEqual(
      journal.map(({ seq }) => seq),
      [1, 2, 3, 4, 5, 6],
    );
  });

  it('raises the version only with what a till can see', async () => {
    const received = await bench.opened();
    const sent = await bench.record(received, { kind: 'callStarted', call: 'pay' });
    assert.equal(sent.version, received.version + 1);
    const asked = await bench.record(sent, { kind: 'inquiryAsked', because: 'test' });
    assert.equal(asked.version, sent.version);
    assert.equal(asked.revision, sent.revision + 1);
    assert.equal(asked.updatedAt, sent.updatedAt);
  });

  it('rings after the commit, for the payment and its lane', async () => {
    const payment = await bench.opened();
    assert.deepEqual(bench.rings, [payment.paymentRequestId, 'lane:lane-1']);
  });

  it('keeps both clocks beside every move', async () => {
    await bench.record(await bench.opened(), { kind: 'callStarted', call: 'pay' });
    const line = await bench.open.db('journal').orderBy('id', 'desc').first();
    assert.equal(line.upstream_at - line.at, 600_000);
  });

  it('undoes everything of a change whose companion fails, or says that it was weighed before', async () => {
    const payment = await bench.opened();
    const change = bench.change(payment, CANCEL);
    const failing = async () => {
      throw new Error('the companion fails');
    };
    await assert.rejects(bench.payments.recordWith(payment, change, failing), /companion/);
    assert.equal(await bench.payments.recordWith(payment, change, async () => false), 'weighedBefore');
    assert.deepEqual(await bench.payments.find(payment.paymentRequestId), payment);
    assert.equal(bench.rings.length, 2, 'and nobody was told');
  });

  it('makes every unfinished payment due after a restart, and leaves ended ones alone', async () => {
    const ended = await bench.record(await bench.opened(), CANCEL);
    await bench.payments.reschedule(ended, null);
    const waiting = await bench.opened('lane-2');
    await bench.payments.reschedule(waiting, addMs(bench.clock.now(), 3_600_000));
    await bench.payments.makeUnfinishedDue();
    assert.deepEqual(await bench.payments.takeDue('u', 10, []), { taken: [waiting.paymentRequestId], nextAt: null });
  });

  it('gives out what is due, oldest first, no more than asked for, nothing that is at work; and says when the next comes', async () => {
    const ids: PaymentRequestId[] = [];
    for (const [index, lane] of ['lane-1', 'lane-2', 'lane-3', 'lane-4'].entries()) {
      const payment = await bench.opened(lane);
      ids.push(payment.paymentRequestId);
      await bench.payments.reschedule(payment, addMs(bench.clock.now(), 1000 * index));
    }
    const [first, second, third, fourth] = ids;
    assert.ok(first && second && third && fourth);
    await bench.clock.advance(2000);
    assert.deepEqual((await bench.payments.takeDue('u', 1, [])).taken, [first]);
    for (const id of ids.slice(1)) await bench.claims.release(id);
    const { taken, nextAt } = await bench.payments.takeDue('u', 5, [first]);
    assert.deepEqual([...taken].sort(), [second, third].sort());
    assert.equal(nextAt, addMs(bench.clock.now(), 1000));
  });

  it('gives out nothing of another upstream than the one it was asked for, nor its times', async () => {
    const payment = await bench.opened();
    await bench.claims.release(payment.paymentRequestId);
    assert.deepEqual(await bench.payments.takeDue('another', 5, []), { taken: [], nextAt: null });
    assert.deepEqual((await bench.payments.takeDue('u', 5, [])).taken, [payment.paymentRequestId]);
  });

  it('pages through payments newest first without a gap, while new ones come in', async () => {
    const made: string[] = [];
    for (let n = 0; n < 7; n += 1) {
      const payment = await bench.record(await bench.opened(), CANCEL);
      made.unshift(payment.paymentRequestId);
      if (n % 2 === 0) await bench.clock.advance(1);
    }
    const seen: string[] = [];
    let after: { createdAt: Instant; paymentRequestId: string } | null = null;
    for (;;) {
      const page: readonly Payment[] = await bench.reading.list({
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
      await bench.clock.advance(1);
      await bench.record(await bench.opened(), CANCEL);
    }
    assert.deepEqual(
      seen.slice(1).every((id, index) => (seen[index] ?? '') > id),
      true,
      'newest first',
    );
    assert.deepEqual([...seen].sort(), [...made].sort());
  });

  it('stores a refund with its bytes beside its payment, one of two that overtake each other, and never more than was paid', async () => {
    const opened = await bench.opened();
    const facts = { paymentId: 'P', paidAt: null, pspId: null, walletBrandName: null, mppPaymentId: null };
    const paid = await bench.record(opened, { kind: 'notifiedPaid', facts: { ...facts, customerId: null, settlement: null } });
    const body = Buffer.from('{"refundReason":"\u8fd4\u54c1\u0000"}');
    const wanted = (name: string, value: string) => ({
      refundRequestId: `TEST1-${name}-${value}` as RefundRequestId,
      refundReference: name,
      isUndo: false,
      amount: { currency: 'JPY', value },
      reason: null,
      askedBy: { kind: 'operator', name: 'kim' } as const,
      request: { path: '/v1/payments/refund', body, bodySha256: 'a'.repeat(64) },
    });
    const open = (name: string, value: string, on = paid) => {
      const refund = wanted(name, value);
      const { refundRequestId, amount, isUndo } = refund;
      const evidence = { kind: 'refundAsked', refundRequestId, amount, isUndo, of: on.amount, by: 'terminal' } as const;
      return bench.payments.openRefund(on, bench.change(on, evidence), refund);
    };
    const both = await Promise.all([open('one', '9007199254740992'), open('two', '9007199254740992')]);
    assert.equal(both.filter((answer) => answer === 'overtaken').length, 1);
    const [stored, ...others] = await bench.reading.refunds(paid.paymentRequestId);
    assert.equal(others.length, 0);
    assert.deepEqual(Buffer.from(stored?.request.body ?? ''), body);
    assert.deepEqual([stored?.amount.value, stored?.state, stored?.version], ['9007199254740992', 'pending', 1]);
    // Whoever decided wrongly is stopped by the rows themselves, and nothing of it stays.
    const now = await bench.payments.find(paid.paymentRequestId);
    assert.ok(now !== undefined);
    await assert.rejects(open('three', '2', { ...now, life: paid.life }), /do not exceed it/);
    assert.equal((await bench.payments.find(paid.paymentRequestId))?.revision, now.revision);
    // Nor does a second one under a name that another process has stored meanwhile.
    const name = stored?.refundReference ?? '';
    assert.equal(await open(name, '1', now), 'weighedBefore');
    assert.equal((await bench.payments.find(paid.paymentRequestId))?.revision, now.revision);
    assert.equal((await bench.reading.refunds(paid.paymentRequestId)).length, 1);
  });
}
