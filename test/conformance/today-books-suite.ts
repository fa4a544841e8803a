import assert from 'node:assert/strict';
import { addMs, type Instant, instant } from '#src/base/clock.js';
import { createNeedsBooks, type NeedsBooks, type WaitingList } from '#src/books/needs-books.js';
import { createSalesBooks, type SalesBooks } from '#src/books/sales-books.js';
import type { PaidFacts, Payment } from '#src/payment/payment.js';
import { type BooksBench, openBench } from '../support/books-bench.js';
import type { NewPlace, PlaceKind } from '../support/books-places.js';

const HOUR_MS = 3_600_000;
const NO_FACTS: PaidFacts = {
  paymentId: null,
  paidAt: null,
  pspId: null,
  walletBrandName: null,
  mppPaymentId: null,
  customerId: null,
  settlement: null,
};

/** Sales by hour and what waits for a person, whichever database it is. */
export function todayBooksSuite(kind: PlaceKind): void {
  let place: NewPlace;
  let bench: BooksBench;
  let sales: SalesBooks;
  let needs: NeedsBooks;

  before(function () {
    return kind.prepare(this);
  });
  beforeEach(async function () {
    place = await kind.make(this);
    bench = await openBench(place);
    sales = createSalesBooks(bench.open);
    needs = createNeedsBooks(bench.open);
  });
  afterEach(async () => {
    await bench.close();
    await place.remove();
  });

  const change = (id: string, columns: Record<string, unknown>) =>
    bench.open.db('payments').where('payment_request_id', id).update(columns);

  async function paid(paidAt: Instant | null, currency = 'JPY', value = '1980'): Promise<Payment> {
    const payment = await bench.record(await bench.opened(), { kind: 'notifiedPaid', facts: { ...NO_FACTS, paidAt } });
    await change(payment.paymentRequestId, { currency, value });
    return payment;
  }

  async function refunded(id: string, columns: Record<string, unknown>): Promise<void> {
    const made = bench.clock.now();
    const { length } = await bench.open.db('refunds').select('refund_request_id');
    await bench.open.db('refunds').insert({
      refund_request_id: `R-${length}`,
      payment_request_id: id,
      refund_reference: `ref-${length}`,
      is_undo: 0,
      currency: 'JPY',
      value: '500',
      asked_by: '{}',
      request_path: '/refund',
      request_body: Buffer.from('{}'),
      request_sha256: '0',
      state: 'refunded',
      version: 1,
      created_at: made,
      updated_at: made,
      ...columns,
    });
  }

  it('sums what was paid by hour and by currency, exactly, where a float would have rounded', async () => {
    const from = bench.clock.now();
    await paid(from, 'JPY', '9007199254740993');
    await paid(addMs(from, HOUR_MS - 1), 'JPY', '9007199254740993');
    await paid(addMs(from, HOUR_MS), 'JPY', '1');
    await paid(addMs(from, 23 * HOUR_MS + 5), 'USD', '1980');
    await paid(addMs(from, -1));
    await paid(addMs(from, 24 * HOUR_MS));
    await bench.opened();
    assert.deepEqual(await sales.paidByHour(from, addMs(from, 24 * HOUR_MS)), [
      { currency: 'JPY', hour: 0, count: 2, value: '18014398509481986', undone: false },
      { currency: 'JPY', hour: 1, count: 1, value: '1', undone: false },
      { currency: 'USD', hour: 23, count: 1, value: '1980', undone: false },
    ]);
  });

  it('counts a payment whose time of payment nobody named when it ended, and tells undone ones apart', async () => {
    const from = addMs(bench.clock.now(), -1000);
    await paid(null);
    const undone = await paid(null);
    await change(undone.paymentRequestId, { clearing_standing: 'cancelled' });
    assert.deepEqual(await sales.paidByHour(from, addMs(from, HOUR_MS)), [
      { currency: 'JPY', hour: 0, count: 1, value: '1980', undone: false },
      { currency: 'JPY', hour: 0, count: 1, value: '1980', undone: true },
    ]);
  });

  it('sums confirmed refunds by the time of the refund, and no others', async () => {
    const from = bench.clock.now();
    const { paymentRequestId: id } = await paid(from);
    await refunded(id, { refunded_at: from });
    await refunded(id, { refunded_at: null, value: '9007199254740993' });
    await refunded(id, { refunded_at: addMs(from, HOUR_MS) });
    await refunded(id, { state: 'in_doubt' });
    await refunded(id, { refunded_at: addMs(from, 1), currency: 'USD', value: '7' });
    assert.deepEqual(await sales.refundedBetween(from, addMs(from, HOUR_MS)), [
      { currency: 'JPY', count: 2, value: '9007199254741493' },
      { currency: 'USD', count: 1, value: '7' },
    ]);
  });

  const referencesIn = ({ rows }: WaitingList) => rows.map(({ reference }) => reference);

  it('lists the oldest payments that need attention, and counts how many more there are', async () => {
    for (const reference of ['A', 'B', 'C', 'D']) {
      const { paymentRequestId } = await bench.opened(`lane-${'ABCD'.indexOf(reference) + 1}`, reference);
      await change(paymentRequestId, { state: 'needs_attention', holds_lane: 0 });
      await bench.clock.advance(1000);
    }
    const [all, two] = [await needs.attention(4), await needs.attention(2)];
    assert.deepEqual([referencesIn(all), all.more, all.isMoreCounted], [['A', 'B', 'C', 'D'], 0, true]);
    assert.deepEqual([referencesIn(two), two.more, two.isMoreCounted], [['A', 'B'], 2, true]);
    assert.deepEqual(two.rows[0]?.amount, { currency: 'JPY', value: '9007199254740993' });
  });

  it('lists refunds without an end that are old enough, and refused undos of which something is left', async () => {
    const payment = await paid(bench.clock.now());
    const id = payment.paymentRequestId;
    await refunded(id, { state: 'pending' });
    await refunded(id, { state: 'refused' });
    const before = addMs(bench.clock.now(), 1);
    await bench.clock.advance(1000);
    await refunded(id, { state: 'in_doubt' });
    assert.equal((await needs.openRefunds(9, before)).rows.length, 1);
    assert.deepEqual(referencesIn(await needs.openRefunds(9, addMs(bench.clock.now(), 1))), [
      payment.saleReference,
      payment.saleReference,
    ]);
    const undo = {
      by: 'refund',
      state: 'refused',
      amount: payment.amount,
      at: before,
      asker: { kind: 'terminal', id: 'T01' },
      cancel: null,
      refundRequestId: null,
    };
    const withUndo = (asked: string) =>
      JSON.stringify({ ...payment.life, moneyBack: { undo, late: null, asked, refunded: '0', open: [] } });
    await change(id, { undo_state: 'refused', life: withUndo('500'), value: '1980' });
    assert.deepEqual((await needs.refusedUndos(9)).rows, [
      {
        since: before,
        paymentRequestId: id,
        reference: payment.saleReference,
        amount: { currency: 'JPY', value: '1980' },
        day: null,
        count: null,
        by: null,
      },
    ]);
    await change(id, { life: withUndo('1980') });
    assert.deepEqual(referencesIn(await needs.refusedUndos(9)), [], 'all of it is on its way back');
  });

  it('lists days with open exceptions of the run in force, sealed ones for themselves and only what was found lately', async () => {
    const { db } = bench.open;
    const at = bench.clock.now();
    for (const [day, sealed_at] of [
      ['2026-03-02', null],
      ['2026-03-03', at],
      ['2026-03-04', null],
    ] as const) {
      await db('clearing_days').insert({ day, run: 2, next_run: 4, changes: 0, totals: '[]', sealed_by: null, sealed_at });
      const found = (run: number, state: string, id: string) =>
        db('clearing_exceptions').insert({
          day,
          run,
          seq: 1,
          id,
          kind: 'foreign_line',
          cause: 'c',
          act: 'a',
          state,
          found_at: at,
        });
      await found(1, 'open', `${day} old`);
      await found(3, 'open', `${day} staged`);
      await found(2, 'resolved', `${day} resolved`);
      if (day !== '2026-03-04') await found(2, 'open', `${day} open`);
    }
    const late = (since: number) => needs.sealedDaysWithExceptions(9, instant(since));
    assert.deepEqual(
      [(await late(at - 1)).rows.map(({ day, count, since }) => [day, count, since]), (await late(at)).rows],
      [[['2026-03-03', 1, at]], []],
    );
    const { rows, more } = await needs.daysWithExceptions(9);
    assert.deepEqual([rows.map(({ day, count, since }) => [day, count, since]), more], [[['2026-03-02', 1, at]], 0]);
  });

  it('lists open rulings oldest first with who proposed them, and alerts and strange notifications until somebody has dealt with them', async () => {
    const { db } = bench.open;
    for (const [reference, state] of [
      ['FIRST', 'open'],
      ['OVER', 'rejected'],
      ['SECOND', 'open'],
    ] as const) {
      const { paymentRequestId } = await bench.opened(`lane-${1 + ['FIRST', 'OVER', 'SECOND'].indexOf(reference)}`, reference);
      const by = { proposed_by: 'olga', proposed_at: bench.clock.now() };
      await db('rulings').insert({ payment_request_id: paymentRequestId, ruled_as: 'paid', reason: 'r', state, ...by });
    }
    const open = await needs.openRulings(9);
    assert.deepEqual([referencesIn(open), open.rows[0]?.by], [['FIRST', 'SECOND'], 'olga']);
    const raw = { upstreamId: 'u', path: '/hooks', headers: {}, body: Buffer.from('{}'), verdict: 'good' };
    const { id } = await bench.notifications.store(raw);
    await bench.notifications.quarantine(id, null, 'unknownPayment');
    assert.deepEqual(referencesIn(await needs.quarantined(9)), [null]);
    await db('notifications').where({ id }).update({ dealt_at: bench.clock.now(), dealt_by: 'olga' });
    assert.deepEqual(referencesIn(await needs.quarantined(9)), []);
    const { paymentRequestId } = await bench.opened('lane-4', 'ALERTED');
    for (const kind of ['paid_after_failed', 'amount_differs'])
      await db('alerts').insert({ payment_request_id: paymentRequestId, kind, at: bench.clock.now() });
    assert.deepEqual(referencesIn(await needs.alerts(9)), ['ALERTED', 'ALERTED']);
    await db('alerts').where({ kind: 'amount_differs' }).update({ dealt_at: bench.clock.now(), dealt_by: 'olga' });
    assert.deepEqual(referencesIn(await needs.alerts(9)), ['ALERTED']);
  });
}
