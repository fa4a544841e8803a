import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClearingBooks } from '#src/books/clearing-books.js';
import { createLookedFiles } from '#src/courier/looked-files.js';
import type { FetchAnswer } from '#src/courier/report-desk.js';
import { DAYS } from '../reconciliation/recon-samples.js';
import { textFile } from '../support/recon-bench.js';
import { reportName } from '../support/report-files.js';
import { STRANGERS_KEY } from '../support/sftp-server.js';
import { cycleFolder, openReportBench, type ReportBench, reportsOf } from './report-bench.js';

const DAY_MS = 86_400_000;
const ITEMS = reportName('transactionItems', DAYS.day);

describe('fetching reports', () => {
  let bench: ReportBench;
  beforeEach(async function () {
    bench = await openReportBench(this);
    // The morning after the clearing day.
    bench.clock.jumpWall(DAY_MS);
  });
  afterEach(() => bench.close());

  const fetchDay = () => bench.desk().fetch(DAYS.day, 'console:tests');
  const states = ({ files }: FetchAnswer) => files.map(({ name, state }) => [name.split('_')[0], state]);
  const outcomes = ({ notTaken }: FetchAnswer) => notTaken.map(({ name, outcome }) => [name.split('_')[0], outcome]);
  const WHOLE = [
    ['feeItems', 'arrived'],
    ['summary', 'arrived'],
    ['transactionItems', 'arrived'],
  ];

  it('brings the three reports of a day into the books, says what they hash to, and changes nothing on the server', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day));
    const { TMPDIR } = process.env;
    process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'ocbridge-fetch-'));
    const own = tmpdir();
    const steps = new Set<string | undefined>();
    const desk = bench.desk();
    const looking = setInterval(() => steps.add(desk.progress()?.doing), 1);
    const answer = await desk.fetch(DAYS.day, 'console:tests');
    clearInterval(looking);
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
    assert.ok(steps.has('calling') && steps.has('looking'), `whoever waits is told: ${[...steps].join(', ')}`);
    assert.equal(desk.progress(), null);
    assert.deepEqual([answer.complete, states(answer), answer.notTaken, answer.troubles], [true, WHOLE, [], []]);
    assert.deepEqual(bench.server.changes, []);
    const hashes = answer.files.map((file) => ('sha256' in file ? file.sha256 : ''));
    for (const hash of hashes)
      assert.ok(
        bench.logLines.some((line) => line.includes(hash)),
        hash,
      );
    assert.deepEqual(readdirSync(own), [], 'nothing is left on our disk');
    rmSync(own, { recursive: true });
  });

  it('has no effect when the same files are fetched again, and reads a PKCS#8 key as well', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day));
    await fetchDay();
    writeFileSync(bench.keyFile, bench.server.clientKeyPkcs8);
    const again = await fetchDay();
    assert.ok(again.complete);
    assert.deepEqual(
      again.files.map((file) => 'unchanged' in file && file.unchanged),
      [true, true, true],
    );
  });

  it('takes a file of known name and other content for a conflict, overwrites nothing, and brings the others in', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day));
    rmSync(join(bench.server.folder, cycleFolder(DAYS.after), reportName('summary', DAYS.day)));
    await fetchDay();
    bench.put(DAYS.after, reportsOf(DAYS.day, 3));
    bench.put(DAYS.after, new Map([...reportsOf(DAYS.day)].filter(([name]) => name.startsWith('summary'))));
    const answer = await fetchDay();
    assert.deepEqual(outcomes(answer), [['transactionItems', 'file_conflict']]);
    assert.ok(answer.complete, 'what was missing came in beside it');
    assert.ok(bench.logLines.some((line) => line.includes('not taken in') && line.includes('"alarm":true')));
  });

  it('hands nothing to a server with another host key, tells its fingerprint, and does not try again', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day));
    const hostKeySha256 = `SHA256:${'A'.repeat(43)}`;
    const { troubles, files } = await bench.desk({ hostKeySha256 }).fetch(DAYS.day, 'console:tests');
    assert.deepEqual(
      troubles.map(({ code }) => code),
      ['reports.hostKeyDiffers'],
    );
    assert.ok(troubles[0]?.message.includes(bench.server.hostKeySha256));
    assert.equal(files.filter(({ state }) => state === 'arrived').length, 0);
    assert.equal(bench.server.connections(), 1);
  });

  it('takes the fingerprint in hex as well', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day));
    const hex = Buffer.from(bench.server.hostKeySha256.slice('SHA256:'.length), 'base64').toString('hex');
    assert.ok((await bench.desk({ hostKeySha256: hex }).fetch(DAYS.day, 'console:tests')).complete);
  });

  it('tells a refused login once, and never writes key material into a log or an answer', async () => {
    writeFileSync(bench.keyFile, STRANGERS_KEY);
    const refused = await fetchDay();
    assert.deepEqual(
      refused.troubles.map(({ code }) => code),
      ['reports.loginRefused'],
    );
    writeFileSync(bench.keyFile, `${STRANGERS_KEY.slice(0, 400)}CANARY${STRANGERS_KEY.slice(406)}`);
    const broken = await fetchDay();
    assert.equal(broken.troubles.length, 1);
    const told = [...bench.logLines, JSON.stringify([refused, broken])].join('\n');
    for (const secret of [STRANGERS_KEY.slice(40, 90), STRANGERS_KEY.slice(360, 400), 'CANARY'])
      for (const part of secret.split('\n').filter((text) => text.length > 5)) assert.ok(!told.includes(part), part);
  });

  it('tells a server that nobody answers at after some tries with growing pauses', async () => {
    const port = bench.server.port;
    await bench.server.close();
    const { troubles } = await bench.desk({ port }).fetch(DAYS.day, 'console:tests');
    assert.deepEqual(
      troubles.map(({ code }) => code),
      ['reports.unreachable'],
    );
    assert.deepEqual(bench.pauses, [2_000, 10_000]);
  });

  it('leaves a file that grows alone until it stops growing', async () => {
    const reports = reportsOf(DAYS.day);
    bench.put(DAYS.after, reports);
    const path = join(bench.server.folder, cycleFolder(DAYS.after), ITEMS);
    const text = reports.get(ITEMS) ?? '';
    writeFileSync(path, text.slice(0, 50));
    let looks = 0;
    bench.server.onList((folder) => {
      if (folder !== cycleFolder(DAYS.after)) return;
      looks += 1;
      if (looks === 2) appendFileSync(path, text.slice(50));
    });
    assert.ok((await fetchDay()).complete);
    assert.deepEqual(bench.pauses, [5_000, 15_000]);
  });

  it('calls a file that never stops growing, or is empty, one for later, and takes it the next time', async () => {
    const reports = reportsOf(DAYS.day);
    bench.put(DAYS.after, new Map([...reports, [ITEMS, '']]));
    const first = await fetchDay();
    assert.deepEqual([outcomes(first), first.complete], [[['transactionItems', 'later']], false]);
    assert.deepEqual(
      first.files.filter(({ state }) => state === 'missing').map(({ kind }) => kind),
      ['transactionItems'],
    );
    bench.put(DAYS.after, reports);
    assert.ok((await fetchDay()).complete);
  });

  it('takes a file that grows between the second look and its last byte for one that is not whole', async () => {
    const reports = reportsOf(DAYS.day);
    bench.put(DAYS.after, reports);
    const path = join(bench.server.folder, cycleFolder(DAYS.after), ITEMS);
    bench.server.onRead((name, offset) => {
      if (name === ITEMS && offset === 0) appendFileSync(path, 'x');
      return undefined;
    });
    const answer = await fetchDay();
    assert.deepEqual(outcomes(answer), [['transactionItems', 'later']]);
  });

  it('survives a transfer that is broken off: nothing half is taken in, and the next connection brings it', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day, 2_000));
    let breaks = 0;
    bench.server.onRead((name, offset) => {
      if (name !== ITEMS || offset === 0 || breaks > 0) return undefined;
      breaks += 1;
      return 'breakOff';
    });
    const answer = await fetchDay();
    assert.deepEqual([breaks, answer.complete, states(answer), bench.server.connections()], [1, true, WHOLE, 2]);
  });

  it('gives a server that falls silent in the middle of a file up after its time-out, and tries again', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day, 2_000));
    let silences = 0;
    bench.server.onRead((name, offset) => {
      if (name !== ITEMS || offset === 0 || silences > 0) return undefined;
      silences += 1;
      return 'silence';
    });
    const work = fetchDay();
    await bench.clock.until(() => silences === 1, 'the server is silent');
    await bench.clock.advance(30_000);
    const answer = await work;
    assert.deepEqual([answer.complete, bench.server.connections()], [true, 2]);
  });

  it('calls a file that vanished one for later, before it is read as well as while it is read', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day));
    let looks = 0;
    bench.server.onList((folder) => {
      if (folder !== cycleFolder(DAYS.after)) return;
      looks += 1;
      if (looks === 2) rmSync(join(bench.server.folder, folder, ITEMS));
    });
    bench.server.onRead((name) => (name.startsWith('feeItems') ? 'vanish' : undefined));
    const answer = await fetchDay();
    assert.deepEqual(outcomes(answer), [
      ['feeItems', 'later'],
      ['transactionItems', 'later'],
    ]);
    assert.match(answer.notTaken.map(({ message }) => message).join(), /is gone/);
  });

  it('leaves alone what has no report name, belongs to another participant or to another day', async () => {
    bench.put(DAYS.after, reportsOf(DAYS.day));
    const strange = [
      ITEMS.replace('1020000000000000001', '1020000000000000002'),
      `${ITEMS}.tmp`,
      'readme.txt',
      reportName('transactionItems', DAYS.before),
      reportName('settlement', DAYS.day),
      'transactionItems_..%2f..%2fetc_USD_2026030500000101_1_000.csv',
    ];
    bench.put(DAYS.after, new Map(strange.map((name) => [name, 'x'])));
    const answer = await fetchDay();
    assert.ok(answer.complete);
    assert.deepEqual([...bench.server.opened].toSorted(), [...reportsOf(DAYS.day).keys()].toSorted());
  });

  it('tells every error of a file that cannot be read as a report, and takes the others in', async () => {
    bench.put(DAYS.after, new Map([...reportsOf(DAYS.day), [ITEMS, 'totalCount\nmany\n']]));
    const answer = await fetchDay();
    assert.deepEqual(outcomes(answer), [['transactionItems', 'refused']]);
    assert.ok((answer.notTaken[0]?.errors.length ?? 0) > 0);
    assert.equal(answer.files.filter(({ state }) => state === 'arrived').length, 2);
  });

  it('finds a cycle that was produced days too late, in the folder of that day', async () => {
    bench.clock.jumpWall(2 * DAY_MS);
    bench.put(DAYS.wayAfter, reportsOf(DAYS.day));
    assert.ok((await fetchDay()).complete);
  });

  describe('again and again, as a running bridge does', () => {
    const never = new AbortController().signal;
    const days = new Set([DAYS.day]);
    const pathOf = (name: string) => join(bench.server.folder, cycleFolder(DAYS.after), name);
    const alarms = () => bench.logLines.filter((line) => line.includes('"alarm":true'));
    /** Names that were read since. */
    const readBy = async (visit: () => Promise<unknown>) => {
      const before = bench.server.opened.length;
      await visit();
      return bench.server.opened.slice(before).toSorted();
    };
    const otherContent = () => {
      const text = readFileSync(pathOf(ITEMS), 'utf8');
      const other = text.replace(',C\n', ',D\n');
      assert.notEqual(other, text);
      bench.put(DAYS.after, new Map([[ITEMS, other]]));
    };

    it('reads no file twice that lies there as it did, and tells a bad one, and another content of the same name and size, once', async () => {
      const SUMMARY = reportName('summary', DAYS.day);
      const good = reportsOf(DAYS.day);
      bench.put(DAYS.after, new Map([...good, [SUMMARY, 'x\n']]));
      for (const name of [ITEMS, SUMMARY]) utimesSync(pathOf(name), 1000, 1000);
      const desk = bench.desk();
      const visit = () => desk.fetchMissing(days, never);
      assert.equal((await readBy(visit)).length, 3);
      assert.deepEqual(await readBy(visit), []);
      assert.equal(alarms().length, 1);
      otherContent();
      utimesSync(pathOf(ITEMS), 1001, 1001);
      bench.put(DAYS.after, new Map([[SUMMARY, good.get(SUMMARY) ?? '']]));
      assert.deepEqual(await readBy(visit), [SUMMARY, ITEMS]);
      assert.deepEqual(await readBy(visit), []);
      assert.equal(alarms().length, 2);
      assert.match(alarms()[1] ?? '', /file_conflict/);
      const arrived = (await bench.recon.desk.day(DAYS.day)).files.map(({ state }) => state);
      assert.deepEqual(arrived, ['arrived', 'arrived', 'arrived']);
    });

    it('reads what is in the books once after a start, and so finds what was replaced while it did not run', async () => {
      const files = reportsOf(DAYS.day);
      bench.put(DAYS.after, files);
      await bench.recon.desk.import([...files].map(([name, text]) => textFile(name, text)));
      otherContent();
      const desk = bench.desk();
      const outcome = await desk.fetchMissing(days, never);
      assert.deepEqual(
        outcome.files.map((file) => [file.name.split('_')[0], file.outcome, file.outcome === 'imported' && file.entry.unchanged]),
        [
          ['feeItems', 'imported', true],
          ['summary', 'imported', true],
          ['transactionItems', 'file_conflict', false],
        ],
      );
      assert.deepEqual(await readBy(() => desk.fetchMissing(days, never)), []);
      assert.equal(alarms().length, 1);
    });

    it('brings the whole file whose name a half one had taken by hand, as soon as that one is taken back', async () => {
      const files = reportsOf(DAYS.day);
      const whole = files.get(ITEMS) ?? '';
      const half = `${whole.trimEnd().split('\n').slice(0, -1).join('\n')}\n`;
      assert.equal((await bench.recon.desk.import([textFile(ITEMS, half)])).kind, 'imported');
      bench.put(DAYS.after, files);
      const desk = bench.desk();
      const visit = () => desk.fetchMissing(days, never);
      const outcomeOf = async () => (await visit()).files.find(({ name }) => name === ITEMS)?.outcome;
      assert.deepEqual([await outcomeOf(), await outcomeOf()], ['file_conflict', undefined]);
      assert.deepEqual(await bench.recon.desk.takeBack(ITEMS, 'kim', 'cut off'), { day: DAYS.day });
      assert.deepEqual([await outcomeOf(), await outcomeOf()], ['imported', undefined]);
    });

    it('reads some files a visit of what is in the books, none of it twice, and none of a sealed day', async () => {
      const reports = new Map(reportsOf(DAYS.day, 60));
      const lines = (reports.get(ITEMS) ?? '').trimEnd().split('\n');
      for (const [n, line] of lines.slice(3).entries())
        reports.set(reportName('transactionItems', DAYS.day, n), [...lines.slice(n === 0 ? 0 : 2, 3), line, ''].join('\n'));
      const answer = await bench.recon.desk.import([...reports].map(([name, text]) => textFile(name, text)));
      assert.equal(answer.kind, 'imported', JSON.stringify(answer));
      const books = createClearingBooks(bench.recon.open, bench.clock);
      const offered = [...reports].map(([name, text]) => ({ name, size: text.length, modifiedAt: 1000, where: `there/${name}` }));
      const lookedAt = createLookedFiles({ books, desk: bench.recon.desk });
      /** Asks about each file twice, as two looks do. */
      const visit = async (looked = lookedAt) => {
        const { isKnown } = looked.visit(days);
        const wanted: typeof offered = [];
        for (const file of offered) if (!(await isKnown(file))) wanted.push(file);
        for (const file of offered) assert.equal(await isKnown(file), !wanted.includes(file), file.name);
        for (const file of wanted) await looked.looked(file);
        return wanted.length;
      };
      assert.deepEqual([await visit(), await visit(), await visit()], [50, 12, 0]);
      await bench.recon.desk.run(DAYS.day);
      for (const { id } of (await bench.recon.desk.exceptions(DAYS.day, 0, 200)).items)
        await bench.recon.desk.resolve(id, 'a', 'test');
      const sealed = await bench.recon.desk.close(DAYS.day, 'a');
      assert.ok(typeof sealed !== 'string', String(sealed));
      assert.equal(await visit(createLookedFiles({ books, desk: bench.recon.desk })), 0);
    });
  });
});
