import assert from 'node:assert/strict';
import { BridgeError } from '#src/base/bridge-error.js';
import { instant } from '#src/base/clock.js';
import { createAnswerBooks } from '#src/books/attempt-books.js';
import { openBooks } from '#src/books/database.js';
import { EVENTS_KEPT_MS, type LaneEvent } from '#src/books/lane-event-books.js';
import { createUpstreamAccountBooks, createUpstreamClockBooks, writeShop } from '#src/books/shop-books.js';
import type { TimelinePage } from '#src/books/timeline-books.js';
import type { LaneId } from '#src/payment/payment.js';
import type { RefundRequestId } from '#src/payment/refund.js';
import { type BooksBench, CANCEL, openBench } from '../support/books-bench.js';
import type { NewPlace, PlaceKind } from '../support/books-places.js';

/** Lane events, notifications, clocks, the shop and reading, whichever database it is. */
export function otherBooksSuite(kind: PlaceKind): void {
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

  const BODY = Buffer.from('{"paymentRequestId":"x","odd":"\u0000\u20ac"}');
  const RAW = { upstreamId: 'u', path: '/hooks', headers: { 'x-odd': 'a\u0000b' }, body: BODY, verdict: 'good' };

  it('keeps lane events for seven days and more, and then lets them go', async () => {
    await bench.opened();
    const before = await bench.events.newestEventId('lane-1');
    assert.ok(before !== null);
    await bench.clock.advance(7 * 24 * 3_600_000);
    await bench.events.prune(bench.clock.now());
    assert.equal((await bench.events.events({ laneId: 'lane-1', afterId: 0, limit: 10 })).length, 1);
    await bench.clock.advance(EVENTS_KEPT_MS - 7 * 24 * 3_600_000 + 1);
    await bench.events.prune(bench.clock.now());
    assert.equal((await bench.events.events({ laneId: 'lane-1', afterId: 0, limit: 10 })).length, 0);
    await bench.events.recordDisplay('lane-1', bench.clock.now(), {}, null);
    assert.ok(Number(await bench.events.newestEventId('lane-1')) > before, 'ids are never used again');
  });

  it('never shows a reader an event of a lane before an earlier one, however many write at once', async () => {
    const WRITERS = 8;
    const EACH = 12;
    let isOver = false;
    const read: LaneEvent[] = [];
    const reader = (async () => {
      for (let last = false; ; last = isOver) {
        const page = await bench.events.events({ laneId: 'lane-1', afterId: read.at(-1)?.id ?? 0, limit: 5 });
        read.push(...page);
        if (last && page.length === 0) return;
      }
    })();
    const write = async (writer: number) => {
      for (let n = 0; n < EACH; n += 1) await bench.events.recordDisplay('lane-1', bench.clock.now(), { writer, n }, null);
    };
    await Promise.all(Array.from({ length: WRITERS }, (_unused, writer) => write(writer)));
    isOver = true;
    await reader;
    assert.equal(read.length, WRITERS * EACH, 'every event was read, once');
    const all = await bench.events.events({ laneId: 'lane-1', afterId: 0, limit: 1000 });
    assert.deepEqual(
      read.map(({ id }) => id),
      all.map(({ id }) => id),
    );
  });

  it('tells of a payment as it stood at each event', async () => {
    const payment = await bench.opened();
    await bench.record(payment, CANCEL);
    const told = await bench.events.events({ laneId: 'lane-1', afterId: 0, limit: 10 });
    assert.deepEqual(
      told.map((event) => event.kind === 'payment' && [event.payment.life.state, event.payment.version]),
      [
        ['received', 1],
        ['cancelled', 2],
      ],
    );
  });

  it('keeps the bytes of a notification until somebody has applied it', async () => {
    const { id } = await bench.notifications.store(RAW);
    const [left] = await bench.notifications.unapplied();
    assert.deepEqual(left && { ...left, body: Buffer.from(left.body) }, { ...RAW, id, receivedAt: bench.clock.now() });
    const next = await bench.notifications.store(RAW);
    assert.ok(next.id > id);
    assert.equal(await bench.notifications.quarantine(id, null, 'unknownPayment'), true);
    assert.deepEqual(
      (await bench.notifications.unapplied()).map((one) => one.id),
      [next.id],
    );
  });

  it('lets one of two apply a notification, and undoes what the other made of it', async () => {
    const payment = await bench.opened();
    const { id } = await bench.notifications.store(RAW);
    const apply = async () => {
      for (;;) {
        const now = await bench.payments.find(payment.paymentRequestId);
        assert.ok(now !== undefined);
        const done = await bench.payments.recordWith(now, bench.change(now, { kind: 'inquiryAsked', because: 'test' }), (trx) =>
          bench.notifications.markApplied(trx, id, payment.paymentRequestId, null),
        );
        if (done !== 'overtaken') return done === 'weighedBefore' ? done : 'applied';
      }
    };
    assert.deepEqual((await Promise.all([apply(), apply(), apply()])).sort(), ['applied', 'weighedBefore', 'weighedBefore']);
    assert.equal((await bench.payments.find(payment.paymentRequestId))?.revision, payment.revision + 1);
  });

  it('tells the whole history of a payment in order, with its bytes', async () => {
    const payment = await bench.opened();
    const sent = await bench.record(payment, { kind: 'callStarted', call: 'pay' });
    await bench.clock.advance(5);
    const { id } = await bench.notifications.store({ ...RAW, body: Buffer.from('{"word":"抹茶"}') });
    await bench.payments.recordWith(sent, bench.change(sent, CANCEL), (trx) =>
      bench.notifications.markApplied(trx, id, payment.paymentRequestId, null),
    );
    const glass = { driver: 'virtual', port: 'virtual', state: 'cleared', confirmation: 'verified' };
    await bench.events.recordDisplay('lane-1', bench.clock.now(), glass, payment.paymentRequestId);
    await bench.events.recordDisplay('lane-1', bench.clock.now(), glass, 'TEST1-another');
    const { lines, all } = await bench.history.timelinePage(payment.paymentRequestId, { from: 0, limit: 100 });
    assert.deepEqual(
      lines.map(({ what }) => what),
      ['till', 'journal', 'journal', 'message', 'till', 'journal', 'notification', 'glass'],
    );
    assert.equal(lines.at(-2)?.detail['body'], '{"word":"抹茶"}');
    assert.deepEqual([lines[0]?.detail['asked'], lines[1]?.detail['seq']], ['sale', 1]);
    assert.equal(typeof lines[0]?.at, 'number');
    const pages: unknown[] = [];
    for (let from: number | null = 0; from !== null; ) {
      const page: TimelinePage = await bench.history.timelinePage(payment.paymentRequestId, { from, limit: 3 });
      assert.deepEqual([page.all, page.leftOut], [all, 0]);
      pages.push(...page.lines);
      from = page.next;
    }
    assert.deepEqual(pages, lines);
    const kept = await bench.history.message(payment.paymentRequestId, { part: 'notification', id });
    assert.equal(Buffer.from(kept?.body ?? []).toString(), '{"word":"抹茶"}');
    assert.equal(await bench.history.message('TEST1-another', { part: 'notification', id }), undefined);
  });

  it('finds the open payment of a lane before a newer one that has ended', async () => {
    const ended = await bench.record(await bench.opened(), CANCEL);
    assert.equal((await bench.reading.newestOnLane('lane-1' as LaneId))?.paymentRequestId, ended.paymentRequestId);
    const open = await bench.opened();
    await bench.record(await bench.opened('lane-2'), CANCEL);
    assert.equal((await bench.reading.newestOnLane('lane-1' as LaneId))?.paymentRequestId, open.paymentRequestId);
    assert.equal(await bench.reading.newestOnLane('lane-3' as LaneId), undefined);
  });

  it('remembers how far the clock of an upstream is off, newest word last', async () => {
    const clocks = createUpstreamClockBooks(bench.open, bench.clock);
    assert.equal(await clocks.known('u'), undefined);
    await clocks.remember('u', 600_000.4);
    await clocks.remember('u', -3.5);
    assert.equal(await clocks.known('u'), -3);
    const elsewhere = createUpstreamClockBooks(bench.open, bench.clock, 'another-machine');
    assert.equal(await elsewhere.known('u'), undefined, 'the clock of another machine is another clock');
  });

  it('remembers the account under which payments of an upstream are made, newest word last', async () => {
    const accounts = createUpstreamAccountBooks(bench.open, bench.clock);
    assert.equal(await accounts.account('u'), undefined);
    await accounts.rememberAccount('u', { dialect: 'd', clientId: 'ONE' });
    await accounts.rememberAccount('u', { dialect: 'd', clientId: 'TWO' });
    assert.deepEqual(await accounts.account('u'), { dialect: 'd', clientId: 'TWO' });
  });

  it('keeps the names of what has left the configuration', async () => {
    await writeShop(bench.open, bench.clock, { lanes: [{ id: 'lane-9', merchant: 'm', upstream: 'u' }], terminals: [] });
    const lanes = await bench.open.db('lanes').orderBy('lane_id').select('lane_id', 'configured');
    assert.deepEqual(
      lanes.map(({ lane_id, configured }) => [lane_id, configured]),
      [
        ['lane-1', 0],
        ['lane-2', 0],
        ['lane-3', 0],
        ['lane-4', 0],
        ['lane-9', 1],
      ],
    );
  });

  it('holds whole numbers up to the largest of JavaScript', async () => {
    const far = instant(Number.MAX_SAFE_INTEGER);
    await bench.payments.reschedule(await bench.opened(), far);
    const row = await bench.open.db('payments').first('due_at');
    assert.equal(row.due_at, far);
  });

  it('is not opened by a version that does not know its newest shape', async () => {
    await bench.open.db('knex_migrations').insert({ name: '9999-of-tomorrow', batch: 9, migration_time: new Date() });
    await bench.close();
    await assert.rejects(openBooks(place.place), (error) => error instanceof BridgeError && error.code === 'books.unfit');
  });

  it('takes no value of a wrong type, and none that no state can have', async () => {
    const clocks = () => bench.open.db('upstream_clocks');
    await assert.rejects(clocks().insert({ upstream_id: 'u', offset_ms: 'soon', measured_at: 1 }));
    await assert.rejects(clocks().insert({ upstream_id: null, offset_ms: 1, measured_at: 1 }));
    await bench.opened();
    await assert.rejects(bench.open.db('payments').update({ holds_lane: 2 }));
    await assert.rejects(bench.open.db('payments').update({ lane_id: 'nowhere' }), 'every payment has a lane that is known');
  });

  it('keeps the values of a failed statement out of its message', async () => {
    const insert = () => bench.open.db('upstream_clocks').insert({ upstream_id: 'secret-value', offset_ms: 1, measured_at: 1 });
    await insert();
    await assert.rejects(insert(), (error: Error) => !error.message.includes('secret-value') && /unique/i.test(error.message));
  });

  it('takes a stored text that cannot be read for the trouble of its own row, and quotes nothing of it', async () => {
    const payment = await bench.record(await bench.opened(), { kind: 'callStarted', call: 'pay' });
    const { paymentRequestId: payment_request_id } = payment;
    const BROKEN = '{"state":"SECRET';
    const bytes = { request_path: '/refund', request_body: Buffer.from('{}'), request_sha256: 'a'.repeat(64) };
    const times = { version: 1, created_at: 1, updated_at: 1 };
    const refund = { refund_request_id: 'TEST1-R', payment_request_id, refund_reference: 'R', is_undo: 0, state: 'pending' };
    const asked = { currency: 'JPY', value: '1', asked_by: BROKEN };
    await bench.open.db('refunds').insert({ ...refund, ...asked, ...bytes, ...times });
    await bench.open.db('payments').update({ life: BROKEN });
    for (const read of [
      () => bench.payments.findRefund('TEST1-R' as RefundRequestId),
      () => bench.payments.find(payment.paymentRequestId),
    ]) {
      const thrown = await read().then(
        () => assert.fail('it was read'),
        (error: unknown) => bench.open.kind.troubleOf(error),
      );
      assert.equal(thrown?.code, 'books.unreadableRow');
      assert.match(thrown.message, /^The (payment|refund) TEST1-\w+ .*Repair: /);
      assert.ok(!thrown.message.includes('SECRET') && !thrown.message.includes('state"'), thrown.message);
    }
    const { id } = await bench.notifications.store(RAW);
    await bench.open.db('notifications').update({ headers: BROKEN });
    assert.deepEqual(
      (await bench.notifications.unapplied()).map((left) => [left.id, left.headers]),
      [[id, {}]],
      'the message is applied all the same',
    );
    const heard = { payment_request_id, call: 'pay', phase: 'answered', at: 1, verdict: 'good' };
    const answers = [BROKEN, '{"signature":"S"}'].map((answer_headers) => ({ ...heard, answer_headers }));
    await bench.open.db('attempts').insert(answers);
    const known = await createAnswerBooks(bench.open).newest('u', 10);
    assert.deepEqual(
      known.map(({ signature }) => signature),
      ['S'],
    );
  });

  it('takes what our own code throws for no trouble of the books', () => {
    for (const mistake of [
      () => JSON.parse('{"state":"SECRET'),
      () => {
        throw new Error('lane lane-1 was taken and freed 20 times in a row');
      },
    ]) {
      assert.throws(mistake, (error) => bench.open.kind.troubleOf(error) === undefined);
    }
  });
}
