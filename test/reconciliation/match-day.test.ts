import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dayTotals } from '#src/reconciliation/day-totals.js';
import { matchDay } from '#src/reconciliation/match-day.js';
import type { ComparedLine, LineExceptionKind, OurRow, TheirLine, Verdict } from '#src/reconciliation/recon-words.js';
import { seededSuite } from '../support/seeded.js';
import { DAYS, dayOf, LEFT, lineOf, paidRow, refundRow } from './recon-samples.js';

const told = (lines: readonly ComparedLine[]) => lines.map(({ verdict, exception }) => exception?.kind ?? verdict);

function one(ours: readonly OurRow[], theirs: readonly TheirLine[], change = {}): ComparedLine {
  const lines = matchDay(dayOf(ours, theirs, change));
  assert.equal(lines.length, 1);
  return lines[0] as ComparedLine;
}

describe('a clearing day', () => {
  it('pairs a payment by our id, and by theirs where ours is missing', () => {
    const row = paidRow(1);
    for (const theirs of [lineOf(row, 4), lineOf(row, 4, { paymentRequestId: null }), lineOf(row, 4, { paymentId: null })]) {
      assert.equal(one([row], [theirs]).verdict, 'matched');
    }
  });

  it('pairs a refund by its own ids, never by those of its payment', () => {
    const [payment, refund] = [paidRow(1), refundRow(1)];
    const lines = matchDay(dayOf([payment, refund], [lineOf(payment, 4), lineOf(refund, 5)]));
    assert.deepEqual(told(lines), ['matched', 'matched']);
    const lonely = matchDay(dayOf([payment], [lineOf(payment, 4), lineOf(refundRow(7, { paymentRequestId: 'SHOP1-1' }), 5)]));
    assert.deepEqual(told(lonely), ['matched', 'refund_unmatched']);
  });

  it('finds what was cut off at midnight in the neighbouring cycle, from both sides', () => {
    const row = paidRow(1);
    const late = lineOf(row, 4, { day: DAYS.after });
    assert.equal(one([row], [late]).verdict, 'shifted');
    const early = paidRow(2, { day: DAYS.before });
    assert.equal(one([early], [lineOf(early, 4, { day: DAYS.day })]).verdict, 'shifted');
  });

  it('calls nothing missing before the next cycle is there whole, nor while its own is not', () => {
    const row = paidRow(1);
    assert.equal(one([row], [], { isNextComplete: false }).verdict, 'waiting');
    assert.equal(one([row], [], { isComplete: false }).verdict, 'waiting');
    assert.equal(one([row], []).exception?.kind, 'paid_here_missing_there');
    assert.equal(one([refundRow(1)], []).exception?.kind, 'refund_missing_there');
  });

  it('takes a cancelled payment that is absent there for right', () => {
    assert.equal(one([paidRow(1, { standing: 'cancelled' })], []).verdict, 'matched');
  });

  const odd: ReadonlyArray<[what: string, kind: LineExceptionKind, ours: OurRow[], theirs: TheirLine[]]> = [
    ['a line of another system', 'foreign_line', [], [lineOf(paidRow(1, { paymentRequestId: 'SHOP12-1' }), 4)]],
    ['a line of ours that no book knows', 'paid_there_unknown_here', [], [lineOf(paidRow(1), 4)]],
    ['a refund of ours that no book knows', 'refund_unmatched', [], [lineOf(refundRow(1), 4)]],
    [
      'a cancelled payment that was cleared',
      'cancelled_here_paid_there',
      [paidRow(1, { standing: 'cancelled' })],
      [lineOf(paidRow(1), 4)],
    ],
    [
      'a failed payment that was cleared',
      'failed_here_paid_there',
      [paidRow(1, { standing: 'failed', day: null })],
      [lineOf(paidRow(1), 4)],
    ],
    [
      'a payment without an end that was cleared',
      'paid_there_unknown_here',
      [paidRow(1, { standing: 'undecided', day: null })],
      [lineOf(paidRow(1), 4)],
    ],
    [
      'a refused refund that was cleared',
      'refund_unmatched',
      [refundRow(1, { standing: 'failed', day: null })],
      [lineOf(refundRow(1), 4)],
    ],
    ['another amount', 'amount_differs', [paidRow(1)], [lineOf(paidRow(1), 4, { amount: { currency: 'JPY', value: '1981' } })]],
    [
      'another currency',
      'currency_differs',
      [paidRow(1)],
      [lineOf(paidRow(1), 4, { amount: { currency: 'HKD', value: '1980' } })],
    ],
    [
      'a payment that takes money from us',
      'amount_differs',
      [paidRow(1)],
      [lineOf(paidRow(1), 4, { settlement: { currency: 'USD', value: '1327', direction: 'D' } })],
    ],
    [
      'another settled amount, where the report has no other',
      'amount_differs',
      [paidRow(1)],
      [lineOf(paidRow(1), 4, { amount: null, settlement: { currency: 'USD', value: '1328', direction: 'C' } })],
    ],
    ['a line two cycles late', 'paid_here_missing_there', [paidRow(1)], [lineOf(paidRow(1), 4, { day: DAYS.wayAfter })]],
    ['a line two cycles early', 'paid_there_unknown_here', [paidRow(1, { day: DAYS.wayAfter })], [lineOf(paidRow(1), 4)]],
  ];
  for (const [what, kind, ours, theirs] of odd) {
    it(`makes ${kind} out of ${what}`, () => {
      const found = one(ours, theirs);
      assert.equal(found.exception?.kind, kind);
      assert.ok((found.exception?.cause ?? '').length > 10, 'it says what is wrong');
      assert.ok((found.exception?.act ?? '').length > 10, 'it says what to do');
    });
  }

  it('asks about a payment without an end that was cleared, and about no other', () => {
    const undecided = one([paidRow(1, { standing: 'undecided', day: null })], [lineOf(paidRow(1), 4)]);
    assert.equal(undecided.inquire, true);
    assert.equal(one([paidRow(1, { standing: 'failed', day: null })], [lineOf(paidRow(1), 4)]).inquire, false);
  });

  it('takes the line of the own day for the first, and every other for a duplicate', () => {
    const row = paidRow(1);
    const twice = matchDay(dayOf([row], [lineOf(row, 4), lineOf(row, 9)]));
    assert.deepEqual(told(twice), ['matched', 'duplicate_line']);
    assert.equal(twice[1]?.theirs?.line, 9);
    const yesterday = lineOf(row, 3, { day: DAYS.before });
    assert.deepEqual(told(matchDay(dayOf([row], [yesterday, lineOf(row, 4)]))), ['matched']);
    const thatDay = matchDay({ ...dayOf([row], [yesterday, lineOf(row, 4)]), day: DAYS.before });
    assert.deepEqual(told(thatDay), ['duplicate_line']);
  });

  it('does not doubt a settled amount where the payment itself agrees, and shows the difference in the settlement totals', () => {
    const row = paidRow(1);
    const lines = matchDay(dayOf([row], [lineOf(row, 4, { settlement: { currency: 'USD', value: '1300', direction: 'C' } })]));
    assert.deepEqual(told(lines), ['matched']);
    const [transaction, settlement] = dayTotals(lines, DAYS.day, 'USD');
    assert.deepEqual(transaction?.matched, { count: 1, value: '1980' });
    assert.deepEqual(
      [settlement?.matched.count, settlement?.exceptions.value, settlement?.theirExceptions.value],
      [0, '1327', '1300'],
    );
  });
});

describe('the totals of a clearing day', () => {
  const seeded = seededSuite();

  it('are net, count cancelled ones as nothing, and count rows without a settled amount apart', () => {
    const [paid, refund, unsettled] = [paidRow(1), refundRow(2), paidRow(3, { settlement: null })];
    const cancelled = paidRow(4, { standing: 'cancelled' });
    const lines = matchDay(
      dayOf(
        [paid, refund, unsettled, cancelled],
        [paid, refund, unsettled].map((row, i) => lineOf(row, 4 + i)),
      ),
    );
    const [transaction, settlement] = dayTotals(lines, DAYS.day, 'USD');
    assert.deepEqual(transaction?.ours, { count: 3, value: String(1980 - 500 + 1980) });
    assert.deepEqual(transaction?.theirs, transaction?.ours);
    assert.deepEqual(settlement?.ours, { count: 2, value: String(1327 - 335) });
    assert.deepEqual(settlement?.theirs, settlement?.ours);
    assert.equal(settlement?.withoutSettlementAmount, 1);
  });

  /** Any row with any lines for it, on any of five days, right or wrong. */
  const story = fc.record({
    kind: fc.constantFrom('payment', 'refund'),
    known: fc.boolean(),
    standing: fc.constantFrom('completed', 'completed', 'completed', 'cancelled', 'failed', 'undecided'),
    day: fc.constantFrom(...Object.values(DAYS)),
    value: fc.integer({ min: 1, max: 99_999 }),
    settled: fc.option(fc.integer({ min: 0, max: 999 })),
    late: fc.boolean(),
    lines: fc.array(
      fc.record({
        day: fc.constantFrom(...Object.values(DAYS)),
        off: fc.constantFrom(0, 0, 0, 1),
        settledOff: fc.constantFrom(0, 0, 1),
        withAmount: fc.constantFrom(true, true, false),
        direction: fc.constantFrom('C', 'D'),
        currency: fc.constantFrom('JPY', 'JPY', 'HKD'),
      }),
      { maxLength: 3 },
    ),
  });

  type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

  function worldOf(stories: readonly Story[]): { ours: OurRow[]; theirs: TheirLine[] } {
    const ours: OurRow[] = [];
    const theirs: TheirLine[] = [];
    stories.forEach(({ kind, known, standing, day, value, settled, late, lines }, n) => {
      const make = kind === 'payment' ? paidRow : refundRow;
      const row = make(n, {
        standing,
        day: standing === 'completed' || standing === 'cancelled' ? day : null,
        amount: { currency: 'JPY', value: String(value) },
        settlement: settled === null ? null : { currency: 'USD', value: String(settled) },
        ...(late && kind === 'payment' && (standing === 'failed' || standing === 'cancelled') && { late: LEFT }),
      });
      if (known) ours.push(row);
      lines.forEach((one, i) => {
        const settlement = { currency: 'USD', value: String((settled ?? 7) + one.settledOff), direction: one.direction };
        const amount = one.withAmount ? { currency: one.currency, value: String(value + one.off) } : null;
        theirs.push(lineOf(row, 10 * n + i, { day: one.day, amount, settlement }));
      });
    });
    return { ours, theirs };
  }

  const value = ({ value: text }: { value: string }) => BigInt(text);

  it('tie in every currency and basis, whatever a day brings', () => {
    fc.assert(
      fc.property(fc.array(story, { maxLength: 12 }), fc.boolean(), (stories, isNextComplete) => {
        const { ours, theirs } = worldOf(stories);
        const lines = matchDay(dayOf(ours, theirs, { isNextComplete }));
        for (const t of dayTotals(lines, DAYS.day, 'USD')) {
          assert.equal(t.ours.count, t.matched.count + t.shifted.count + t.waiting.count + t.exceptions.count);
          assert.equal(value(t.ours), value(t.matched) + value(t.shifted) + value(t.waiting) + value(t.exceptions));
          assert.equal(t.theirs.count, t.matched.count + t.theirShifted.count + t.theirExceptions.count);
          assert.equal(value(t.theirs), value(t.matched) + value(t.theirShifted) + value(t.theirExceptions));
        }
        const own = ours.filter(({ day, standing }) => day === DAYS.day && standing === 'completed');
        const lateLines = lines.filter(
          ({ ours: row, theirs: line, exception }) =>
            row?.late !== undefined && line !== null && exception?.kind !== 'duplicate_line',
        );
        const counted = dayTotals(lines, DAYS.day, 'USD').filter(({ basis }) => basis === 'transaction');
        assert.equal(
          counted.reduce((sum, t) => sum + t.ours.count, 0),
          own.length + lateLines.length,
        );
      }),
      seeded.runs(1_000),
    );
  });

  it('stand on every row and every line of the day exactly once, in the same order whatever order they came in', () => {
    fc.assert(
      fc.property(fc.array(story, { maxLength: 12 }), (stories) => {
        const { ours, theirs } = worldOf(stories);
        const lines = matchDay(dayOf(ours, theirs));
        const ofDay = theirs.filter(({ day }) => day === DAYS.day);
        assert.deepEqual(new Set(lines.flatMap((each) => each.theirs ?? [])), new Set(ofDay));
        assert.equal(lines.filter((each) => each.theirs !== null).length, ofDay.length);
        for (const row of ours.filter(
          ({ day, standing }) => day === DAYS.day && (standing === 'completed' || standing === 'cancelled'),
        )) {
          const own = lines.filter((each) => each.ours === row && each.exception?.kind !== 'duplicate_line');
          assert.equal(own.length, 1);
        }
        assert.deepEqual(matchDay(dayOf(ours.toReversed(), theirs.toReversed())), lines);
      }),
      seeded.runs(500),
    );
  });

  it('find nothing wrong in a day on which both books say the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<'payment' | 'refund' | 'cancelled' | 'shifted'>('payment', 'refund', 'cancelled', 'shifted')),
        (kinds) => {
          const rows = kinds.map((kind, n) =>
            kind === 'refund' ? refundRow(n) : paidRow(n, kind === 'cancelled' ? { standing: 'cancelled' } : {}),
          );
          const theirs = rows.flatMap((row, n) =>
            kinds[n] === 'cancelled' ? [] : [lineOf(row, n + 4, kinds[n] === 'shifted' ? { day: DAYS.after } : {})],
          );
          const wanted: Verdict[] = kinds.map((kind) => (kind === 'shifted' ? 'shifted' : 'matched'));
          assert.deepEqual(told(matchDay(dayOf(rows, theirs))).toSorted(), wanted.toSorted());
        },
      ),
      seeded.runs(),
    );
  });
});
