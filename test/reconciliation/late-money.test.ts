import assert from 'node:assert/strict';
import { instant, parseIsoTime } from '#src/base/clock.js';
import type { MoneyBack, OpenRefund, UndoFacts } from '#src/payment/refund.js';
import { dayTotals } from '#src/reconciliation/day-totals.js';
import { type LateMoney, lateMoneyOf } from '#src/reconciliation/late-money.js';
import { matchDay } from '#src/reconciliation/match-day.js';
import { samplePayment } from '../support/payment-samples.js';
import { LATE_FACTS } from '../support/recon-bench.js';
import { DAYS, dayOf, lineOf, paidRow, refundRow } from './recon-samples.js';

const AMOUNT = { currency: 'JPY', value: '1980' };
const REFUND = { id: 'SHOP1-R1', day: DAYS.after };

function undo(by: UndoFacts['by'], state: UndoFacts['state']): UndoFacts {
  const sent = parseIsoTime(`${DAYS.day}T10:00:00Z`) ?? instant(0);
  const cancel = by === 'refund' ? null : { firstSentAt: sent, lastSentAt: sent, tries: 1, verdict: null };
  return {
    by,
    state,
    amount: AMOUNT,
    at: sent,
    asker: { kind: 'bridge', because: 'late_payment' },
    cancel,
    refundRequestId: null,
  };
}

/** What became of 1980 late yen in a failed payment. */
function late(change: Partial<MoneyBack>): LateMoney {
  const back: MoneyBack = { undo: null, late: LATE_FACTS, asked: '0', refunded: '0', open: [], ...change };
  const refunds = back.refunded === '0' ? [] : [REFUND];
  const found = lateMoneyOf({ ...samplePayment('failed').life, moneyBack: back }, AMOUNT, refunds);
  assert.ok(found !== undefined);
  return found;
}

describe('money that came after a sale had ended unpaid, and is listed', () => {
  const given: ReadonlyArray<[what: string, late: LateMoney, cause: RegExp, act: RegExp]> = [
    [
      'given back by the bridge with a refund',
      late({ undo: undo('refund', 'done'), refunded: '1980' }),
      /given back by refund SHOP1-R1 \(2026-03-06\)/,
      /Nothing is to be given back: compare with the line of the refund/,
    ],
    [
      'given back by people with a refund',
      late({ refunded: '1980' }),
      /given back by refund SHOP1-R1 \(2026-03-06\)$/,
      /Nothing is to be given back/,
    ],
    [
      'undone by a cancel',
      late({ undo: undo('cancel', 'done') }),
      /given back by a cancel on 2026-03-05$/,
      /Nothing is to be given back; open a ticket/,
    ],
    ['going back', late({ undo: undo('cancel', 'pending') }), /JPY 1980 is being given back$/, /Give nothing back by hand/],
    [
      'going back by a refund of people',
      late({ open: [{} as OpenRefund] }),
      /JPY 1980 is being given back$/,
      /Give nothing back by hand/,
    ],
    ['refused to go back', late({ undo: undo('refund', 'refused') }), /JPY 1980 back was refused, a person/, /give back once/],
    [
      'refused, and given back in part by people',
      late({ undo: undo('refund', 'refused'), refunded: '500' }),
      /given back by refund SHOP1-R1 .*; giving JPY 1480 back was refused/,
      /give back once what is left/,
    ],
    ['left to people', late({}), /JPY 1980 has not been given back$/, /Give it back on the page of the payment/],
    [
      'given back past these books',
      late({ elsewhere: '1980' }),
      /JPY 1980 of it went back outside/,
      /Nothing is to be given back/,
    ],
  ];
  for (const [what, found, cause, act] of given) {
    it(`is told as ${what}`, () => {
      for (const standing of ['failed', 'cancelled'] as const) {
        const row = paidRow(1, { standing, day: standing === 'failed' ? null : DAYS.day, late: found });
        const [line] = matchDay(dayOf([row], [lineOf(paidRow(1), 4)]));
        assert.equal(line?.exception?.kind, `${standing}_here_paid_there`);
        assert.match(line.exception.cause, cause);
        assert.match(line.exception.cause, /an inquiry confirmed it/);
        assert.match(line.exception.act, act);
      }
    });
  }

  it('is told as before while no inquiry has confirmed it', () => {
    assert.equal(lateMoneyOf(samplePayment('failed').life, AMOUNT, []), undefined);
    const [line] = matchDay(dayOf([paidRow(1, { standing: 'failed', day: null })], [lineOf(paidRow(1), 4)]));
    assert.match(line?.exception?.act ?? '', /^Inquire first; give the money back on the page of the payment/);
  });

  it('counts as ours with its line, so that its refund leaves what the shop keeps', () => {
    const gone = paidRow(1, { standing: 'failed', day: null, late: late({ refunded: '1980' }) });
    const back = refundRow(1, { amount: AMOUNT, settlement: { currency: 'USD', value: '1327' } });
    const kept = paidRow(2);
    const theirs = [lineOf(paidRow(1), 4), lineOf(back, 5), lineOf(kept, 6), lineOf(paidRow(1), 7)];
    const [transaction, settlement] = dayTotals(matchDay(dayOf([gone, back, kept], theirs.slice(0, 3))), DAYS.day, 'USD');
    assert.deepEqual(transaction?.ours, { count: 3, value: '1980' });
    assert.deepEqual(transaction.theirs, transaction.ours);
    assert.deepEqual([transaction.exceptions, transaction.theirExceptions], Array(2).fill({ count: 1, value: '1980' }));
    assert.deepEqual([settlement?.ours, settlement?.exceptions.value], [{ count: 3, value: '1327' }, '1327']);
    const twice = dayTotals(matchDay(dayOf([gone, back, kept], theirs)), DAYS.day, 'USD');
    assert.deepEqual(twice[0]?.ours, transaction.ours, 'listed twice it counts once');
    const unsettled = dayTotals(
      matchDay(dayOf([{ ...gone, settlement: null }, back, kept], theirs.slice(0, 3))),
      DAYS.day,
      'USD',
    );
    assert.deepEqual([unsettled[1]?.withoutSettlementAmount, unsettled[1]?.ours.value], [1, '0']);
  });

  it('counts nothing where a cancel undid it, nor on a day that has no line of it', () => {
    const found = late({ undo: undo('cancel', 'done') });
    const undone = paidRow(1, { standing: 'cancelled', late: found });
    const [total] = dayTotals(matchDay(dayOf([undone], [lineOf(paidRow(1), 4)])), DAYS.day, 'USD');
    assert.deepEqual([total?.ours.count, total?.theirs.count], [0, 1]);
    const elsewhere = paidRow(1, { standing: 'cancelled', late: late({}) });
    const lines = matchDay(dayOf([elsewhere], [lineOf(paidRow(1), 4, { day: DAYS.after })]));
    assert.deepEqual(
      dayTotals(lines, DAYS.day, 'USD').filter(({ ours }) => ours.count > 0),
      [],
    );
  });
});
