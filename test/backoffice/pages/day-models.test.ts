import assert from 'node:assert/strict';
import { dayWord, linesOf, stripsOf } from '#src/backoffice/pages/day-models.js';
import { DAYS, lineOf, paidRow, refundRow } from '../../reconciliation/recon-samples.js';
import { type NewPlace, PLACES } from '../../support/books-places.js';
import { type DayPages, openDayPages } from '../../support/day-pages.js';
import { openReconBench, type ReconBench, textFile } from '../../support/recon-bench.js';
import { cycleFiles, reportName } from '../../support/report-files.js';

describe('the page of a clearing day', () => {
  let place: NewPlace;
  let bench: ReconBench;
  let pages: DayPages;
  beforeEach(async function () {
    const [sqlite] = PLACES;
    assert.ok(sqlite !== undefined);
    place = await sqlite.make(this);
    bench = await openReconBench(place);
    pages = await openDayPages(bench);
  });
  afterEach(async () => {
    await pages.close();
    await bench.close();
    await place.remove();
  });

  const files = (day: string, lines: Parameters<typeof cycleFiles>[1]) =>
    [...cycleFiles(day, lines)].map(([name, text]) => textFile(name, text));

  it('opens with every number of a strip the lines that it counts, in either currency', async () => {
    const rows = [paidRow(1), paidRow(2), refundRow(1), paidRow(3), paidRow(4, { settlement: null }), paidRow(5)];
    await bench.insert(rows);
    const [same, settledOtherwise, refund, other, unsettled] = rows.map((row, n) => lineOf(row, n + 4)) as [
      ...Array<ReturnType<typeof lineOf>>,
    ] & { 0: ReturnType<typeof lineOf> };
    assert.ok(settledOtherwise && refund && other && unsettled);
    const lines = [
      same,
      { ...settledOtherwise, settlement: { ...settledOtherwise.settlement, value: '1328' } },
      refund,
      { ...other, amount: { currency: 'JPY', value: '1' } },
      { ...unsettled, settlement: { ...same.settlement } },
    ];
    await bench.desk.import([...files(DAYS.day, lines), ...files(DAYS.after, [])]);
    const day = await bench.desk.run(DAYS.day);
    assert.ok(day !== 'sealed');
    const counted = stripsOf(day.totals).map(({ basis, sides }) =>
      sides.map(({ side, parts }) => [basis, side, ...parts.map(({ verdict, figure }) => `${verdict} ${figure.count}`)]),
    );
    assert.deepEqual(counted, [
      [
        ['transaction', 'ours', 'matched 4', 'shifted 0', 'waiting 0', 'exception 2'],
        ['transaction', 'theirs', 'matched 4', 'shifted 0', 'exception 1'],
      ],
      [
        ['settlement', 'ours', 'matched 2', 'shifted 0', 'waiting 0', 'exception 3'],
        ['settlement', 'theirs', 'matched 2', 'shifted 0', 'exception 2'],
      ],
    ]);
    const listed = async (basis: 'transaction' | 'settlement', verdict: 'matched' | 'exception') =>
      (await linesOf(bench.desk, DAYS.day, { verdict, basis }, 0, 100)).items.map((line) => line.paymentRequestId).toSorted();
    assert.equal((await listed('transaction', 'matched')).length, 4);
    assert.deepEqual(await listed('transaction', 'exception'), ['SHOP1-3', 'SHOP1-5']);
    assert.deepEqual(await listed('settlement', 'matched'), ['SHOP1-1', 'SHOP1-1']);
    assert.deepEqual(await listed('settlement', 'exception'), ['SHOP1-2', 'SHOP1-3', 'SHOP1-5']);
  });

  it('writes the amounts of a line with one point, on either side of zero, beside the number that it opens with', async () => {
    const rows = [paidRow(1), refundRow(1)];
    await bench.insert(rows);
    await bench.desk.import(
      files(
        DAYS.day,
        rows.map((row, n) => lineOf(row, n + 4)),
      ),
    );
    await bench.desk.run(DAYS.day);
    const page = await pages.get(`/days/${DAYS.day}/lines`);
    for (const amount of ['JPY\u00a01,980', 'JPY\u00a0\u2212500', 'USD\u00a013.27', 'USD\u00a0\u22123.35'])
      assert.ok(page.includes(`${amount}<`), amount);
    assert.doesNotMatch(page, /\d\.\.|\.\d+\.\d/);
  });

  it('counts and lists as matched what settles to nothing, which the reports give the direction D', async () => {
    const row = paidRow(1, { amount: { currency: 'JPY', value: '1' }, settlement: { currency: 'USD', value: '0' } });
    await bench.insert([row]);
    const line = lineOf(row, 4, { settlement: { currency: 'USD', value: '0', direction: 'D' } });
    await bench.desk.import([...files(DAYS.day, [line]), ...files(DAYS.after, [])]);
    const day = await bench.desk.run(DAYS.day);
    assert.ok(day !== 'sealed');
    assert.deepEqual(
      day.totals.map(({ basis, matched, theirs }) => [basis, matched, theirs]),
      [
        ['transaction', { count: 1, value: '1' }, { count: 1, value: '1' }],
        ['settlement', { count: 1, value: '0' }, { count: 1, value: '0' }],
      ],
    );
    const [listed] = (await linesOf(bench.desk, DAYS.day, { verdict: 'matched', basis: 'transaction' }, 0, 9)).items;
    assert.deepEqual([listed?.money.ours, listed?.money.theirs], ['JPY 1', 'JPY 1']);
  });

  it('has another word for a sealed day after which a file came, and for one whose files came after it was compared', async () => {
    await bench.desk.import([...files(DAYS.day, []), ...files(DAYS.after, [])]);
    await bench.desk.run(DAYS.day);
    const word = async () => {
      const { key, tone } = dayWord(await bench.desk.day(DAYS.day), DAYS.wayAfter);
      return [key, tone];
    };
    assert.deepEqual(await word(), ['day.state.ready', 'info']);
    const part = (n: number) => {
      const text = cycleFiles(DAYS.day, [lineOf(paidRow(n), 4)]).get(reportName('transactionItems', DAYS.day)) ?? '';
      return textFile(reportName('transactionItems', DAYS.day, n), text.split('\n').slice(2).join('\n'));
    };
    await bench.insert([paidRow(1), paidRow(2)]);
    await bench.desk.import([part(1)]);
    assert.deepEqual(await word(), ['day.state.again', 'info']);
    await bench.desk.run(DAYS.day);
    for (const { id } of (await bench.desk.exceptions(DAYS.day, 0, 50)).items) await bench.desk.resolve(id, 'lee', 'by hand');
    await bench.desk.close(DAYS.day, 'kim');
    assert.deepEqual(await word(), ['day.state.sealed', 'good']);
    await bench.desk.import([part(2)]);
    assert.deepEqual(await word(), ['day.state.late', 'wait']);
  });
});
