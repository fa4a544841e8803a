import assert from 'node:assert/strict';
import type { DayTotals } from '#src/reconciliation/day-totals.js';
import type { NewPlace } from '../support/books-places.js';
import { openReconBench, SET, textFile } from '../support/recon-bench.js';
import { createSeeded, type Seeded } from '../support/seeded.js';
import { type PlantedDay, plantedDay } from './planted-day.js';

/** Faults that each make one exception, by the kind that must be found. */
export const CORPUS: Readonly<Record<string, string>> = {
  paid_here_missing_there: 'clearing_payment_missing',
  refund_missing_there: 'clearing_refund_missing',
  amount_differs: 'clearing_amount_differs',
  currency_differs: 'clearing_currency_differs',
  duplicate_line: 'clearing_line_twice',
  fee_differs: 'clearing_fee_differs',
  cancelled_here_paid_there: 'clearing_cancelled_listed',
  failed_here_paid_there: 'clearing_failed_listed',
  foreign_line: 'clearing_foreign_line',
  paid_there_unknown_here: 'clearing_unknown_payment',
  refund_unmatched: 'clearing_unknown_refund',
  file_missing: 'clearing_file_missing',
  file_part_missing: 'clearing_part_missing',
  totals_differ: 'clearing_totals_differ',
  late_file: 'none',
};

const RULES = [
  {
    ...SET,
    fees: [
      { feeType: 'INTERCHANGE', rate: '0.01', onRefund: 'returned' as const },
      { feeType: 'SERVICE', rate: '0.002', onRefund: 'none' as const },
    ],
  },
];

/** A day with one fault, somewhere in it. */
export function aloneOf(kind: string, seed: number): PlantedDay {
  const seeded = createSeeded(seed);
  const name = CORPUS[kind] ?? '';
  const few = ['clearing_cancelled_listed', 'clearing_failed_listed', 'clearing_foreign_line', 'clearing_unknown_payment'];
  return plantedDay(seeded, (payments, refunds) => {
    const most = few.includes(name) ? 1 : name === 'clearing_refund_missing' ? refunds : payments;
    return name === 'none' ? [] : [{ name, nth: seeded.whole(1, most) }];
  });
}

/** Several kinds in one day, three of them on one payment. */
export function mixedDay(seed: number): PlantedDay {
  const seeded = createSeeded(seed);
  return plantedDay(seeded, (payments) => {
    const nth = seeded.whole(1, payments);
    const changed = seeded.pick(['clearing_amount_differs', 'clearing_currency_differs']);
    const missing = (nth % payments) + 1;
    return [
      { name: changed, nth: 1 },
      { name: 'clearing_line_twice', nth: 1 },
      { name: 'clearing_fee_differs', nth: 1 },
      ...(missing === 1 ? [] : [{ name: 'clearing_payment_missing', nth: missing }]),
      { name: 'clearing_refund_missing', nth: 1 },
      { name: 'clearing_cancelled_listed', nth: 1 },
      { name: 'clearing_failed_listed', nth: 1 },
      { name: 'clearing_foreign_line', nth: seeded.whole(1, 9) },
      { name: 'clearing_unknown_payment', nth: seeded.whole(1, 9) },
      { name: 'clearing_unknown_refund', nth: seeded.whole(1, 9) },
      { name: 'clearing_totals_differ', nth: 1 },
    ];
  });
}

function tie(totals: DayTotals): void {
  const { ours, matched, shifted, waiting, exceptions, theirs, theirShifted, theirExceptions } = totals;
  const sum = (...figures: (typeof ours)[]) => ({
    count: figures.reduce((all, { count }) => all + count, 0),
    value: String(figures.reduce((all, { value }) => all + BigInt(value), 0n)),
  });
  assert.deepEqual(sum(matched, shifted, waiting, exceptions), ours, 'our side ties');
  assert.deepEqual(sum(matched, theirShifted, theirExceptions), theirs, 'their side ties');
}

/** Compares the day on books of its own and holds what was found against the account book's labels: all of them, and nothing else. */
export async function judgeDay(day: PlantedDay, place: NewPlace, isLate = false): Promise<number> {
  const bench = await openReconBench(place, RULES);
  try {
    await bench.insert(day.ours);
    const imported = await bench.desk.import(day.files.map(({ name, content }) => textFile(name, content)));
    assert.equal(imported.kind, 'imported', JSON.stringify(imported));
    const run = await bench.desk.run(day.date);
    assert.ok(typeof run !== 'string');
    run.totals.forEach(tie);
    const told = async () =>
      (await bench.desk.exceptions(day.date, 0, 1000)).items
        .map(({ kind, paymentRequestId, refundRequestId }) => `${kind} ${paymentRequestId} ${refundRequestId}`)
        .toSorted();
    const wanted = day.planted
      .map(({ kind, paymentRequestId, refundRequestId }) => `${kind} ${paymentRequestId} ${refundRequestId}`)
      .toSorted();
    assert.deepEqual(await told(), wanted);
    if (!isLate) return wanted.length;
    assert.ok(typeof (await bench.desk.close(day.date, 'kim')) === 'object');
    const [first] = day.files;
    assert.ok(first !== undefined);
    const name = first.name.replace(/_\d{3}\.csv$/, '_900.csv');
    const text = first.content.split('\n').slice(2).join('\n');
    assert.equal((await bench.desk.import([textFile(name, text)])).kind, 'imported');
    assert.deepEqual(await told(), ['late_file null null']);
    assert.deepEqual((await bench.desk.day(day.date)).totals, run.totals);
    return 1;
  } finally {
    await bench.close();
  }
}

/** A seed of its own for each kind and number of a run. */
export function seedOf({ seed }: Pick<Seeded, 'seed'>, kind: string, n: number): number {
  return (seed * 1_000 + Object.keys(CORPUS).indexOf(kind) * 100 + n) >>> 0;
}
