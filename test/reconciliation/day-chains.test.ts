import assert from 'node:assert/strict';
import { cycleAfter } from '#src/reconciliation/match-day.js';
import type { OurRow } from '#src/reconciliation/recon-words.js';
import { PLACES } from '../support/books-places.js';
import { openReconBench, type ReconBench, textFile } from '../support/recon-bench.js';
import { cycleFiles } from '../support/report-files.js';
import { type Seeded, seededSuite } from '../support/seeded.js';
import { lineOf, paidRow, refundRow } from './recon-samples.js';

const FIRST = '2026-03-01';
/** Days with sales, and the days behind them whose reports end every waiting. */
const DAYS = Array.from({ length: 4 }, (_unused, n) => cycleAfter(FIRST, n));
const BEHIND = [4, 5, 6].map((n) => cycleAfter(FIRST, n));
const ROWS = 10;
const STEPS = 14;

/** A row, and the days whose reports list it. */
interface Told {
  readonly row: OurRow;
  readonly day: string;
  readonly listedOn: readonly string[];
  /** Stored at once, or only after its day is sealed. */
  readonly isLate: boolean;
}

function someRows(random: Seeded): readonly Told[] {
  return Array.from({ length: ROWS }, (_unused, n) => {
    const day = random.pick(DAYS as [string, ...string[]]);
    const row = random.chance(0.7) ? paidRow(n, { day }) : refundRow(n, { day, paymentRequestId: 'SHOP1-old' });
    const [before, after] = [cycleAfter(day, -1), cycleAfter(day, 1)];
    const where = random.pick([[day], [day], [after], [before], [], [], [day, after], [before, after], [cycleAfter(day, 3)]]);
    return { row, day, listedOn: where.filter((one) => one >= FIRST), isLate: random.chance(0.25) };
  });
}

/** What a shop and its accountant do with the days, in any order. */
function workOf(bench: ReconBench, told: readonly Told[]) {
  const arrived = new Set<string>();
  const late = new Set<string>();
  const stored = new Set<Told>();
  return {
    arrived,
    late,
    async store(which: (one: Told) => boolean): Promise<void> {
      const fresh = told.filter((one) => !stored.has(one) && which(one));
      for (const one of fresh) stored.add(one);
      if (fresh.length > 0) await bench.insert(fresh.map(({ row }) => row));
    },
    async bring(day: string): Promise<void> {
      if (arrived.has(day)) return;
      arrived.add(day);
      if ((await bench.desk.day(day)).sealed) late.add(day);
      const lines = told.filter(({ listedOn }) => listedOn.includes(day)).map(({ row }, n) => lineOf(row, n + 4, { day }));
      const answer = await bench.desk.import([...cycleFiles(day, lines)].map(([name, text]) => textFile(name, text)));
      assert.equal(answer.kind, 'imported', JSON.stringify(answer));
    },
    async run(day: string) {
      const done = await bench.desk.run(day);
      assert.ok(typeof done === 'string' || !done.compareAgain, `${day} was compared, and is to be compared again`);
      return done;
    },
    /** Compares, resolves what is open and seals; a day must always come to that. */
    async seal(day: string): Promise<void> {
      for (let tries = 0; tries < 3; tries += 1) {
        if ((await this.run(day)) === 'sealed') return;
        for (const { id } of (await bench.desk.exceptions(day, 0, 500)).items) await bench.desk.resolve(id, 'lee', 'by hand');
        if (typeof (await bench.desk.close(day, 'kim')) === 'object') return;
      }
      assert.fail(`${day} could not be sealed`);
    },
  };
}

const idOf = (one: { readonly refundRequestId: string | null; readonly paymentRequestId: string | null }) =>
  String(one.refundRequestId ?? one.paymentRequestId);

/** How often every row is counted as ours, and of which kinds it was told. */
async function seenOf({ desk }: ReconBench) {
  const counted = new Map<string, number>();
  const kinds = new Map<string, string[]>();
  for (const day of [...DAYS, ...BEHIND]) {
    for (const total of (await desk.day(day)).totals) {
      const sum = (
        ...names: readonly ('matched' | 'shifted' | 'waiting' | 'exceptions' | 'theirShifted' | 'theirExceptions')[]
      ) => [
        names.reduce((all, name) => all + total[name].count, 0),
        String(names.reduce((all, name) => all + BigInt(total[name].value), 0n)),
      ];
      assert.deepEqual([total.ours.count, total.ours.value], sum('matched', 'shifted', 'waiting', 'exceptions'), day);
      assert.deepEqual([total.theirs.count, total.theirs.value], sum('matched', 'theirShifted', 'theirExceptions'), day);
    }
    for (const line of (await desk.lines(day, 0, 500)).items)
      if (line.counted.ours !== null) counted.set(idOf(line), (counted.get(idOf(line)) ?? 0) + 1);
    for (const one of (await desk.exceptions(day, 0, 500)).items)
      kinds.set(idOf(one), [...(kinds.get(idOf(one)) ?? []), one.kind]);
  }
  return { counted, kinds };
}

async function tryChain(bench: ReconBench, random: Seeded): Promise<void> {
  await bench.clock.advance(60 * 86_400_000);
  const told = someRows(random);
  const work = workOf(bench, told);
  await bench.insert([paidRow(99, { paymentRequestId: 'SHOP1-old', paymentId: '1', day: '2026-01-01' })]);
  await work.store(({ isLate }) => !isLate);
  for (let step = 0; step < STEPS; step += 1) {
    const day = random.pick(DAYS as [string, ...string[]]);
    const what = random.fraction();
    if (what < 0.35) await work.bring(day);
    else if (what < 0.65) await work.run(day);
    else if (what < 0.85) await work.seal(day);
    else if ((await bench.desk.day(day)).sealed) await work.store((one) => one.day === day);
  }
  for (const day of DAYS) if (random.chance(0.8)) await work.bring(day);
  for (const day of DAYS.toSorted(() => random.fraction() - 0.5)) await work.seal(day);
  await work.store(() => true);
  for (const day of BEHIND) await work.bring(day);
  for (const day of BEHIND.slice(0, -1)) await work.seal(day);

  const { counted, kinds } = await seenOf(bench);
  for (const { row, day, listedOn, isLate } of told) {
    const id = idOf(row);
    const of = (kind: RegExp) => (kinds.get(id) ?? []).filter((one) => kind.test(one)).length;
    const about = `${id} of ${day}, listed on ${listedOn.join()}, late reports ${[...work.late].join()}, told ${kinds.get(id)?.join()}`;
    if (!isLate) assert.equal(counted.get(id), 1, `counted once: ${about}`);
    assert.ok((counted.get(id) ?? 0) <= 1, `counted once at most: ${about}`);
    const reports = listedOn.filter((one) => work.arrived.has(one));
    const near = reports.filter((one) => one <= cycleAfter(day, 1));
    if (near.length === 0) assert.equal(of(/missing_there/), 1, `missed once: ${about}`);
    const inTime = reports.filter((one) => !work.late.has(one));
    if (inTime.length === 2 && !isLate) assert.equal(of(/duplicate_line/), 1, `told to be there twice, once: ${about}`);
  }
}

describe('days that are brought, compared and sealed in any order, with rows that end late', function () {
  this.timeout(120_000);
  const random = seededSuite();

  for (const [kind, chains] of [
    [PLACES[0], 6],
    [PLACES[1], 1],
  ] as const)
    it(`add up, count each row once, and miss each one that no report lists, once (${kind?.name})`, async function () {
      assert.ok(kind !== undefined);
      await kind.prepare(this);
      for (let chain = 0; chain < chains; chain += 1) {
        const place = await kind.make(this);
        const bench = await openReconBench(place);
        try {
          await tryChain(bench, random);
        } finally {
          await bench.close();
          await place.remove();
        }
      }
    });
});
