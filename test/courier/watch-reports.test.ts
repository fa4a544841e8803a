import assert from 'node:assert/strict';
import { createLog } from '#src/base/log.js';
import { createClearingBooks } from '#src/books/clearing-books.js';
import { createOurRows } from '#src/books/our-rows.js';
import { createReportWatch, type ReportWatch } from '#src/courier/watch-reports.js';
import { until } from '../process/program.js';
import { DAYS, paidRow } from '../reconciliation/recon-samples.js';
import { SET, textFile } from '../support/recon-bench.js';
import { reportName } from '../support/report-files.js';
import { openReportBench, type ReportBench, reportsOf } from './report-bench.js';

const HOUR_MS = 3_600_000;
const LOOK_MS = 5 * 60_000;

describe('the watch over reports', () => {
  let bench: ReportBench;
  let lines: string[];
  let watch: ReportWatch;
  let stop: AbortController;
  let watching: Promise<void>;
  let looks: number;

  beforeEach(async function () {
    bench = await openReportBench(this);
    // 08:40 in UTC+8 on the morning after the clearing day.
    bench.clock.jumpWall(22 * HOUR_MS + 40 * 60_000);
    lines = [];
    looks = 0;
    stop = new AbortController();
    await bench.recon.insert([paidRow(1), paidRow(2)]);
    watch = createReportWatch({
      expected: [{ ...SET, alarmAt: '12:00+08:00' }],
      reports: bench.desk(),
      desk: bench.recon.desk,
      books: createClearingBooks(bench.recon.open, bench.clock),
      rows: createOurRows(bench.recon.open),
      clock: { ...bench.clock, sleep: pausing },
      log: createLog((line) => lines.push(line)),
    });
  });
  afterEach(async () => {
    stop.abort();
    await watching;
    await bench.close();
  });

  const day = () => bench.recon.desk.day(DAYS.day);
  const alarms = () => lines.filter((line) => line.includes('"alarm":true'));
  /** The watch sleeps only between its looks. */
  function pausing(ms: number, until?: AbortSignal) {
    looks += 1;
    return bench.clock.sleep(ms, until);
  }
  const looked = (count: number) => until(() => looks >= count, 'a look is over', 30_000);
  async function begin() {
    watching = watch.watch(stop.signal);
    await looked(1);
  }
  /** Turns the clock, from look to look. */
  async function turn(ms: number) {
    for (let turned = 0; turned < ms; turned += LOOK_MS) {
      const next = looks + 1;
      await bench.clock.advance(LOOK_MS);
      await looked(next);
    }
  }

  it('fetches yesterday in the morning and compares it as soon as it is whole', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day));
    await begin();
    const { compared, files } = await day();
    assert.deepEqual([compared, files.map(({ state }) => state)], [true, ['arrived', 'arrived', 'arrived']]);
    assert.deepEqual(bench.server.changes, []);
  });

  it('looks again after half an hour, no earlier, and takes a cycle that comes late', async () => {
    await begin();
    const before = bench.server.connections();
    await turn(5 * 60_000);
    assert.equal(bench.server.connections(), before);
    bench.put(DAYS.after, reportsOf(DAYS.day));
    await turn(25 * 60_000);
    assert.equal(bench.server.connections(), before + 1);
    assert.ok((await day()).compared);
    assert.deepEqual(alarms(), []);
  });

  it('raises one alarm after the alarm time, says of five days that the server keeps seven, and is quiet once the files came', async () => {
    await begin();
    await turn(HOUR_MS);
    assert.deepEqual([alarms(), await watch.late()], [[], []]);
    bench.clock.jumpWall(3 * HOUR_MS);
    await turn(5 * 60_000);
    await turn(5 * 60_000);
    assert.equal(alarms().length, 1, lines.join('\n'));
    assert.match(alarms()[0] ?? '', /reports of 2026-03-05 are not there whole/);
    assert.deepEqual(
      (await watch.late()).map(({ isUrgent }) => isUrgent),
      [false],
    );
    bench.clock.jumpWall(4 * 24 * HOUR_MS);
    await turn(30 * 60_000);
    const urgent = alarms().filter((line) => line.includes('keeps files for 7 days only'));
    assert.equal(urgent.length, 1, lines.join('\n'));
    bench.put(DAYS.wayAfter, reportsOf(DAYS.day));
    await turn(30 * 60_000);
    assert.ok((await watch.late()).every((one) => one.day !== DAYS.day));
  });

  it('compares a day anew of which somebody has brought a file meanwhile, with its next look at the server', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day));
    await begin();
    const name = reportName('transactionItems', DAYS.day);
    const text = reportsOf(DAYS.day, 3).get(name) ?? '';
    const part = textFile(reportName('transactionItems', DAYS.day, 1), text.split('\n').slice(2).join('\n'));
    assert.equal((await bench.recon.desk.import([part])).kind, 'imported');
    assert.deepEqual([(await day()).compared, (await day()).compareAgain], [true, true]);
    await turn(HOUR_MS / 2);
    assert.equal((await day()).compareAgain, false);
  });

  it('does not compare a sealed day anew when a file of it comes late, and raises one alarm for each', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day));
    await begin();
    for (const { id } of (await bench.recon.desk.exceptions(DAYS.day, 0, 100)).items)
      await bench.recon.desk.resolve(id, 'a', 'test');
    const sealed = await bench.recon.desk.close(DAYS.day, 'a');
    assert.ok(typeof sealed !== 'string', String(sealed));
    bench.put(
      DAYS.after,
      new Map(
        [...reportsOf(DAYS.day)].map(([name, text]) => [
          name.replace('_000.csv', '_001.csv'),
          text.split('\n').slice(2).join('\n'),
        ]),
      ),
    );
    await turn(HOUR_MS / 2);
    assert.deepEqual((await day()).totals, sealed.totals);
    const { items } = await bench.recon.desk.exceptions(DAYS.day, 0, 100);
    assert.ok(items.some(({ kind }) => kind === 'late_file'));
    await turn(HOUR_MS / 2);
    const told = alarms().filter((line) => line.includes('came after its day was sealed'));
    assert.equal(told.length, 2, lines.join('\n'));
    assert.ok(told.some((line) => line.includes('transactionItems_')));
  });
});
