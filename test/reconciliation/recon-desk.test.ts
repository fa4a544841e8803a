import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { createActBooks } from '#src/books/act-books.js';
import { openBooks } from '#src/books/database.js';
import type { OpenBooks } from '#src/books/database-kind.js';
import { createDayBooks, takeDay } from '#src/books/day-books.js';
import { createOurRows } from '#src/books/our-rows.js';
import { clearingDayOf } from '#src/payment/clearing-day.js';
import { type Money, moneyText } from '#src/payment/money.js';
import type { MoneyBack } from '#src/payment/refund.js';
import { createPacker, type PackedLines } from '#src/reconciliation/day-line-text.js';
import { type DayTotals, dayTotals } from '#src/reconciliation/day-totals.js';
import { matchDay } from '#src/reconciliation/match-day.js';
import { figureOf, pickLines, SIDES, VERDICTS } from '#src/reconciliation/pick-lines.js';
import type { DayLine } from '#src/reconciliation/recon-ports.js';
import type { ComparedLine, OurRow, TheirLine } from '#src/reconciliation/recon-words.js';
import { waitingText } from '#src/technician/waiting-text.js';
import { until } from '../process/program.js';
import { type NewPlace, PLACES } from '../support/books-places.js';
import { countedUnits, csvSums, someSums, totalSums } from '../support/day-pages.js';
import { samplePayment } from '../support/payment-samples.js';
import { INSTANCE, LATE_FACTS, openReconBench, type ReconBench, SET, textFile } from '../support/recon-bench.js';
import { cycleFiles, reportName } from '../support/report-files.js';
import { seededSuite } from '../support/seeded.js';
import { DAYS, LEFT, lineOf, paidRow, refundRow } from './recon-samples.js';

const SAMPLES = fileURLToPath(new URL('../../../test/reconciliation/samples', import.meta.url));

const sampleFiles = () =>
  readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.csv'))
    .map((name) => textFile(basename(name), readFileSync(join(SAMPLES, name), 'utf8')));

const filesOf = (day: string, lines: readonly TheirLine[]) =>
  [...cycleFiles(day, lines)].map(([name, text]) => textFile(name, text));

for (const kind of PLACES) {
  describe(`clearing days in ${kind.name}`, () => {
    let place: NewPlace;
    let bench: ReconBench;
    before(function () {
      return kind.prepare(this);
    });
    beforeEach(async function () {
      place = await kind.make(this);
      bench = await openReconBench(place);
    });
    afterEach(async () => {
      await bench.close();
      await place.remove();
    });

    const kinds = async (day: string = DAYS.day) =>
      (await bench.desk.exceptions(day, 0, 1000)).items.map((one) => one.kind).toSorted();
    const csvOf = async (day: string) => {
      let csv = '';
      for await (const text of bench.desk.exportCsv(day)) csv += text;
      return csv;
    };
    const take = async (...files: ReturnType<typeof filesOf>) => {
      const answer = await bench.desk.import(files);
      assert.equal(answer.kind, 'imported', JSON.stringify(answer));
      return answer.kind === 'imported' ? answer.files : [];
    };

    it('take the sample files in, and the same ones again without effect', async () => {
      const first = await take(...sampleFiles());
      assert.equal(first.filter(({ unchanged }) => unchanged).length, 0);
      const again = await take(...sampleFiles());
      assert.deepEqual(
        again.map(({ name, lines, unchanged }) => [name, lines, unchanged]),
        first.map(({ name, lines }) => [name, lines, true]),
      );
      const day = await bench.desk.day(DAYS.day);
      assert.deepEqual(
        day.files.map(({ kind: what, state }) => [what, state]),
        [
          ['feeItems', 'arrived'],
          ['summary', 'arrived'],
          ['transactionItems', 'arrived'],
        ],
      );
    });

    it('refuse a request whole, with every error of every file, and let the good ones come again', async () => {
      const [items, fees] = filesOf(DAYS.day, [lineOf(paidRow(1), 4)]);
      assert.ok(items !== undefined && fees !== undefined);
      const bad = textFile(items.name, 'totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection\nx,-1,USD,Z\n');
      const answer = await bench.desk.import([fees, bad]);
      assert.ok(answer.kind === 'refused');
      assert.deepEqual(
        answer.errors.map(({ path, line, column }) => [path, line, column]),
        [
          [bad.path, 2, 'totalCount'],
          [bad.path, 2, 'settlementAmountValue'],
          [bad.path, 2, 'fundDirection'],
          [bad.path, 3, null],
        ],
      );
      const state = async () => (await bench.desk.day(DAYS.day)).files.find(({ name }) => name === items.name)?.state;
      assert.equal(await state(), 'refused');
      assert.equal((await take(items, fees)).filter(({ unchanged }) => unchanged).length, 0);
      assert.equal(await state(), 'arrived');
    });

    it('tell the first thousand errors, say that there are more, name every bad file, and read none on for nothing', async () => {
      const [items, fees, summary] = filesOf(DAYS.day, [lineOf(paidRow(1), 4)]);
      assert.ok(items !== undefined && fees !== undefined && summary !== undefined);
      const worse = (file: typeof items, line: string, many: number) => {
        let asked = 0;
        return {
          ...file,
          async *open() {
            for await (const chunk of file.open()) yield chunk;
            for (; asked < many; asked += 100) yield Buffer.from(`${line}\n`.repeat(100));
          },
          asked: () => asked,
        };
      };
      for (const line of ['x', 'x"']) {
        const exactly = worse(items, line, 1000);
        const full = await bench.desk.import([exactly]);
        assert.ok(full.kind === 'refused');
        assert.deepEqual([full.errors.length, full.message], [1000, 'nothing was imported: 1000 errors']);
        const long = worse(items, line, 1_000_000);
        const [other, third] = [worse(fees, line, 3), worse(summary, line, 3)];
        const answer = await bench.desk.import([long, other, third]);
        assert.ok(answer.kind === 'refused');
        assert.equal(answer.message, 'nothing was imported: the first 1002 errors; there are more');
        const paths = answer.errors.map(({ path }) => path);
        assert.deepEqual([...new Set(paths)], [items.path, fees.path, summary.path]);
        assert.equal(paths.filter((path) => path === items.path).length, 1000);
        assert.ok(long.asked() < 100_000, `${long.asked()} lines were read`);
      }
    });

    it('keep no line of a long file whose last line is wrong, although the first ones are stored while it is read', async () => {
      const name = reportName('transactionItems', DAYS.day);
      const lines = Array.from({ length: 12_000 }, (_unused, n) => lineOf(paidRow(n), n + 4));
      const note = ['', '', ',note'];
      const text = (cycleFiles(DAYS.day, lines).get(name) ?? '')
        .trimEnd()
        .split('\n')
        .map((line, at) => `${line}${note[at] ?? `,${'n'.repeat(400)}`}`)
        .join('\n');
      const answer = await bench.desk.import([textFile(name, text.replace(/C(,n+)$/, 'X$1'))]);
      assert.ok(answer.kind === 'refused');
      assert.deepEqual(
        answer.errors.map(({ line, column }) => [line, column]),
        [[12_003, 'fundDirection']],
      );
      assert.deepEqual(await bench.open.db('clearing_blocks').limit(1), []);
      await take(textFile(name, text));
      assert.notDeepEqual(await bench.open.db('clearing_blocks').limit(1), []);
    });

    it('never overwrite: another content is a conflict, another name a duplicate, and neither brings its neighbours in', async () => {
      const [items, ...others] = filesOf(DAYS.day, [lineOf(paidRow(1), 4)]);
      assert.ok(items !== undefined);
      await take(items);
      const text = cycleFiles(DAYS.day, [lineOf(paidRow(2), 4)]).get(items.name) ?? '';
      assert.equal((await bench.desk.import([textFile(items.name, text), ...others])).kind, 'file_conflict');
      const same = cycleFiles(DAYS.day, [lineOf(paidRow(1), 4)]).get(items.name) ?? '';
      const other = reportName('transactionItems', DAYS.after);
      assert.equal((await bench.desk.import([textFile(other, same), ...others])).kind, 'file_duplicate');
      assert.equal((await bench.desk.day(DAYS.day)).files.filter((file) => file.state === 'arrived').length, 1);
    });

    it('refuse the same lines under two names in one request, however short they are, and keep neither', async () => {
      const text = cycleFiles(DAYS.day, [lineOf(paidRow(1), 4)]).get(reportName('transactionItems', DAYS.day)) ?? '';
      assert.ok(text.length < 800);
      const short = text.replace(/0{8,}/g, '1');
      const names = [DAYS.day, DAYS.after].map((day) => reportName('transactionItems', day));
      for (const content of [text, short]) {
        const answer = await bench.desk.import(names.map((name) => textFile(name, content)));
        assert.equal(answer.kind, 'file_duplicate');
      }
      for (const day of [DAYS.day, DAYS.after])
        assert.deepEqual(
          (await bench.desk.day(day)).files.filter(({ state }) => state === 'arrived'),
          [],
        );
      assert.equal((await take(textFile(names[0] ?? '', text))).length, 1);
    });

    it('leave every import, run, resolution and seal in the trail of acts, and nothing that had no effect', async () => {
      const [paid, lost] = [paidRow(1), paidRow(2)];
      await bench.insert([paid, lost]);
      const files = [...filesOf(DAYS.day, [lineOf(paid, 4)]), ...filesOf(DAYS.after, [])];
      for (const _twice of [1, 2]) await bench.desk.import(files, 'kim');
      await bench.desk.run(DAYS.day, 'lee');
      const [found] = (await bench.desk.exceptions(DAYS.day, 0, 10)).items;
      assert.equal(await bench.desk.close(DAYS.day, 'ann'), 'open');
      await bench.desk.resolve(found?.id ?? '', 'lee', 'paid by hand');
      await bench.desk.close(DAYS.day, 'ann');
      assert.equal(await bench.desk.run(DAYS.day, 'lee'), 'sealed');
      const acts = createActBooks(bench.open);
      const about = async (id: string) => (await acts.about(id)).map(({ who, what, why }) => [who, what, why]);
      assert.deepEqual(await about(DAYS.day), [
        ...Array.from({ length: 3 }, () => ['kim', 'clearing.import', '']),
        ['lee', 'day.run', ''],
        ['ann', 'day.close', ''],
      ]);
      assert.deepEqual(await about(found?.id ?? ''), [['lee', 'exception.resolve', 'paid by hand']]);
      assert.equal((await acts.verify()).kind, 'whole');
    });

    it('take two empty cycles for what they are, although their files have the same bytes', async () => {
      await take(...filesOf(DAYS.day, []));
      await take(...filesOf(DAYS.after, []));
      await bench.desk.run(DAYS.day);
      assert.deepEqual(await kinds(), []);
    });

    it('name what has not arrived, whole kinds and parts in the middle', async () => {
      const text = (part: number) => {
        const whole = cycleFiles(DAYS.day, [lineOf(paidRow(part), 4)]).get(reportName('transactionItems', DAYS.day)) ?? '';
        return part === 0 ? whole : whole.split('\n').slice(2).join('\n');
      };
      await take(...[0, 2].map((part) => textFile(reportName('transactionItems', DAYS.day, part), text(part))));
      await bench.desk.run(DAYS.day);
      const { items } = await bench.desk.exceptions(DAYS.day, 0, 100);
      const causes = items.filter(({ kind: what }) => what.startsWith('file')).map(({ kind: what, cause }) => `${what} ${cause}`);
      assert.equal(causes.length, 3);
      assert.match(causes.join('\n'), /file_part_missing transactionItems_ lacks part 001/);
      assert.match(causes.join('\n'), /file_missing no part of feeItems_/);
    });

    it('stand as they were found until somebody resolves them, however often they are run, and then for ever', async () => {
      const [paid, lost] = [paidRow(1), paidRow(2)];
      await bench.insert([paid, lost]);
      await take(...filesOf(DAYS.day, [lineOf(paid, 4)]), ...filesOf(DAYS.after, []));
      const first = await bench.desk.run(DAYS.day);
      const { items } = await bench.desk.exceptions(DAYS.day, 0, 10);
      assert.deepEqual(
        items.map(({ kind: what, state, paymentRequestId }) => [what, state, paymentRequestId]),
        [['paid_here_missing_there', 'open', lost.paymentRequestId]],
      );
      const lines = await bench.desk.lines(DAYS.day, 0, 10);
      await bench.clock.advance(3 * 86_400_000);
      assert.deepEqual(await bench.desk.run(DAYS.day), first);
      assert.deepEqual(await bench.desk.lines(DAYS.day, 0, 10), lines);
      assert.equal((await bench.desk.exceptions(DAYS.day, 0, 10)).items[0]?.ageDays, 3);
      assert.equal(await bench.desk.close(DAYS.day, 'kim'), 'open');
      const resolved = await bench.desk.resolve(items[0]?.id ?? '', 'lee', 'paid by hand');
      assert.ok(typeof resolved === 'object');
      assert.deepEqual(
        [resolved.state, resolved.resolution?.by, resolved.resolution?.reason],
        ['resolved', 'lee', 'paid by hand'],
      );
      await bench.desk.run(DAYS.day);
      assert.equal((await bench.desk.exceptions(DAYS.day, 0, 10)).items[0]?.state, 'resolved');
    });

    it('are not sealed while they run and their reports are not there, whatever was resolved', async () => {
      const today = clearingDayOf(bench.clock.now());
      await bench.desk.run(today);
      for (const { id } of (await bench.desk.exceptions(today, 0, 50)).items) await bench.desk.resolve(id, 'lee', 'never mind');
      assert.equal(await bench.desk.close(today, 'kim'), 'running');
      assert.equal((await bench.desk.day(today)).sealed, false);
      await bench.clock.advance(86_400_000);
      const sealed = await bench.desk.close(today, 'kim');
      assert.ok(typeof sealed === 'object' && sealed.sealed);
    });

    it('never change once they are sealed: a late file is listed, and moves nothing', async () => {
      const paid = paidRow(1);
      await bench.insert([paid]);
      await take(...filesOf(DAYS.day, [lineOf(paid, 4)]), ...filesOf(DAYS.after, []));
      assert.equal(await bench.desk.close(DAYS.day, 'kim'), 'neverRun');
      await bench.desk.run(DAYS.day);
      const sealed = await bench.desk.close(DAYS.day, 'kim');
      assert.ok(typeof sealed === 'object' && sealed.sealed && sealed.sealedBy === 'kim');
      const lines = await bench.desk.lines(DAYS.day, 0, 10);
      const csv = await csvOf(DAYS.day);
      assert.equal(await bench.desk.run(DAYS.day), 'sealed');
      const part = cycleFiles(DAYS.day, [lineOf(paidRow(9), 4)]).get(reportName('transactionItems', DAYS.day)) ?? '';
      const late = textFile(reportName('transactionItems', DAYS.day, 1), part.split('\n').slice(2).join('\n'));
      assert.deepEqual(
        (await take(late)).map((file) => file.late),
        [true],
      );
      assert.deepEqual(await kinds(), ['late_file']);
      const after = await bench.desk.day(DAYS.day);
      assert.deepEqual(after.totals, sealed.totals);
      assert.deepEqual(await bench.desk.lines(DAYS.day, 0, 10), lines);
      assert.equal(await csvOf(DAYS.day), csv);
      assert.ok(after.files.some(({ name, state }) => name === late.name && state === 'arrived'));
      const [found] = (await bench.desk.exceptions(DAYS.day, 0, 10)).items;
      assert.equal(await bench.desk.resolve(found?.id ?? '', 'lee', 'seen'), 'sealed');
    });

    it('ask about what is paid there and has no end here', async () => {
      const doubt = paidRow(3, { standing: 'undecided', day: null });
      await bench.insert([doubt]);
      await take(...filesOf(DAYS.day, [lineOf(doubt, 4)]));
      await bench.desk.run(DAYS.day);
      assert.deepEqual(bench.inquired, [doubt.paymentRequestId]);
    });

    it('count money that came late with the line of it, once, and say what became of it, however often they are run', async () => {
      const gone = paidRow(1, { standing: 'failed', day: null, late: LEFT });
      const cancelled = paidRow(2, { standing: 'cancelled', late: LEFT, settlement: null });
      const [back, kept] = [refundRow(1, { amount: gone.amount, settlement: gone.settlement }), paidRow(3)];
      await bench.insert([gone, cancelled, back, kept]);
      const life = samplePayment('failed').life;
      const refunded: MoneyBack = { undo: null, late: LATE_FACTS, asked: '1980', refunded: '1980', open: [] };
      await bench.open
        .db('payments')
        .where('payment_request_id', gone.paymentRequestId)
        .update({ life: JSON.stringify({ ...life, moneyBack: refunded }) });
      const theirs = [lineOf(gone, 4, { paymentRequestId: null }), lineOf(cancelled, 5), lineOf(back, 6), lineOf(kept, 7)];
      await take(...filesOf(DAYS.day, theirs), ...filesOf(DAYS.after, []));
      const day = await bench.desk.run(DAYS.day);
      assert.ok(typeof day !== 'string');
      const [transaction, settlement] = day.totals;
      assert.deepEqual([transaction?.ours, transaction?.theirs], Array(2).fill({ count: 4, value: '3960' }));
      assert.deepEqual([settlement?.ours.value, settlement?.withoutSettlementAmount], ['1327', 1]);
      const { items } = await bench.desk.exceptions(DAYS.day, 0, 10);
      assert.deepEqual(
        items.map(({ kind: what, cause, act }) => [what, cause.split('; ').at(-1), act.split(',')[0]]).toSorted(),
        [
          ['cancelled_here_paid_there', 'JPY 1980 has not been given back', 'Give it back on the page of the payment'],
          [
            'failed_here_paid_there',
            'given back by refund SHOP1-R1 (2026-03-05)',
            'Nothing is to be given back: compare with the line of the refund',
          ],
        ],
      );
      const lines = await bench.desk.lines(DAYS.day, 0, 10);
      assert.deepEqual(
        lines.items.map(({ money }) => money.ours),
        lines.items.map(({ money }) => money.theirs),
      );
      assert.deepEqual(await bench.desk.run(DAYS.day), day);
      assert.deepEqual((await bench.desk.exceptions(DAYS.day, 0, 10)).items, items);
      assert.deepEqual(await bench.desk.lines(DAYS.day, 0, 10), lines);
    });

    it('are exported with every line, its verdict and what is wrong with it, and no cell is a formula', async () => {
      const paid = paidRow(1);
      await bench.insert([paid]);
      const odd = lineOf(paidRow(2, { paymentRequestId: '=1+1' }), 5);
      await take(...filesOf(DAYS.day, [lineOf(paid, 4), odd]), ...filesOf(DAYS.after, []));
      await bench.desk.run(DAYS.day);
      const csv = await csvOf(DAYS.day);
      const rows = csv.trimEnd().split('\r\n');
      assert.equal(rows.length, 3);
      const columns = 'type,verdict,paymentRequestId,refundRequestId,ours,theirs,oursSettled,theirsSettled,file,line';
      assert.ok(rows[0]?.startsWith(`${columns},exceptionKind,exceptionCause,exceptionState,exceptionReason,`), 'in this order');
      assert.ok(rows.some((row) => row.startsWith(`payment,matched,${paid.paymentRequestId},,1980,1980,13.27,13.27,`)));
      assert.ok(rows.some((row) => row.startsWith("payment,exception,'=1+1,") && row.includes('foreign_line')));
    });

    it('are exported with the same bytes once sealed, though a sale that was undecided then is paid by now', async () => {
      const undecided = paidRow(1, { standing: 'undecided' });
      await bench.insert([undecided]);
      await take(...filesOf(DAYS.day, [lineOf(undecided, 4)]), ...filesOf(DAYS.after, []));
      await bench.desk.run(DAYS.day);
      for (const { id } of (await bench.desk.exceptions(DAYS.day, 0, 10)).items) await bench.desk.resolve(id, 'kim', 'known');
      assert.ok(typeof (await bench.desk.close(DAYS.day, 'kim')) === 'object');
      const csv = await csvOf(DAYS.day);
      assert.match(csv, /paid_there_unknown_here/);
      await bench.open.db('payments').update({ state: 'paid', paid_at: Date.parse('2026-03-06T03:00:00Z') });
      assert.equal(await csvOf(DAYS.day), csv);
    });

    it('are listed exception by exception out of books of an older version, too, in which two had one place', async () => {
      await bench.insert([1, 2, 3].map((n) => paidRow(n)));
      await take(...filesOf(DAYS.day, []), ...filesOf(DAYS.after, []));
      await bench.desk.run(DAYS.day);
      const { db } = bench.open;
      await db('clearing_exceptions').update({ seq: 1 });
      for (const column of ['files_read', 'missing']) await db.raw(`alter table clearing_days drop column ${column}`);
      await db('knex_migrations').where('name', '0016-clearing-days').delete();
      await bench.close();
      bench = await openReconBench(place);
      const first = await bench.desk.exceptions(DAYS.day, 0, 2);
      const second = await bench.desk.exceptions(DAYS.day, Number(first.nextCursor), 2);
      assert.deepEqual(
        new Set([...first.items, ...second.items].map(({ paymentRequestId }) => paymentRequestId)),
        new Set(['SHOP1-1', 'SHOP1-2', 'SHOP1-3']),
      );
      assert.equal((await bench.desk.day(DAYS.day)).compareAgain, true, 'nobody knows which files that comparison had read');
    });

    it('are exported out of one comparison: one that is done anew meanwhile breaks the export off', async () => {
      await bench.insert(Array.from({ length: 600 }, (_unused, n) => paidRow(n + 1)));
      await bench.desk.run(DAYS.day);
      const parts = bench.desk.exportCsv(DAYS.day);
      for (const _header_and_first of [1, 2]) assert.equal((await parts.next()).done, false);
      await bench.desk.run(DAYS.day);
      await assert.rejects(parts.next(), /compared anew while it was exported/);
      let rows = 0;
      for await (const text of bench.desk.exportCsv(DAYS.day)) rows += text.split('\r\n').length - 1;
      assert.equal(rows, 601 + 3, 'the three reports that are missing are exceptions of their own');
    });

    it('leave out what upstreams took that no report is expected of, and match a line to such a row all the same', async () => {
      const [own, others, listed] = [paidRow(1), paidRow(2), paidRow(3)];
      const [back, othersBack] = [refundRow(1), refundRow(2)];
      await bench.insert([own, others, listed, back, othersBack]);
      const ids = [others, listed].map(({ paymentRequestId }) => paymentRequestId);
      await bench.open.db('payments').whereIn('payment_request_id', ids).update({ upstream_id: 'v' });
      await take(...filesOf(DAYS.day, [lineOf(own, 4), lineOf(listed, 5), lineOf(back, 6)]), ...filesOf(DAYS.after, []));
      const day = await bench.deskOf(['u']).run(DAYS.day);
      assert.deepEqual(await kinds(), []);
      assert.ok(typeof day !== 'string');
      const [total] = day.totals;
      assert.deepEqual([total?.ours, total?.matched, total?.theirs], Array(3).fill({ count: 3, value: '3460' }));
      await bench.deskOf(['u', 'v']).run(DAYS.day);
      assert.deepEqual(await kinds(), ['paid_here_missing_there', 'refund_missing_there']);
    });

    it('are not sealed over a file that the comparison in force has not read', async () => {
      const [paid, lost] = [paidRow(1), paidRow(2)];
      await bench.insert([paid, lost]);
      const [items, ...others] = filesOf(DAYS.day, [lineOf(paid, 4)]);
      assert.ok(items !== undefined);
      await take(...others);
      await bench.desk.run(DAYS.day);
      for (const { id } of (await bench.desk.exceptions(DAYS.day, 0, 50)).items) await bench.desk.resolve(id, 'lee', 'by hand');
      assert.equal((await bench.desk.day(DAYS.day)).compareAgain, false);
      await take(items);
      assert.equal((await bench.desk.day(DAYS.day)).compareAgain, true);
      assert.equal(await bench.desk.close(DAYS.day, 'kim'), 'newFiles');
      await bench.desk.run(DAYS.day);
      const sealed = await bench.desk.close(DAYS.day, 'kim');
      assert.ok(typeof sealed === 'object' && sealed.sealed && !sealed.compareAgain);
      assert.equal(sealed.totals[0]?.theirs.count, 1);
    });

    describe('sealed while rows wait for the next cycle', () => {
      const [paid, lost, back] = [paidRow(1), paidRow(2), refundRow(1)];
      const FAR = '2026-03-07';
      const found = async (day: string) =>
        (await bench.desk.exceptions(day, 0, 50)).items
          .map((one) => [one.kind, one.state, one.paymentRequestId, one.refundRequestId, one.file, one.line].join())
          .toSorted();
      const LOST = ['paid_here_missing_there,open,SHOP1-2,,,', 'refund_missing_there,open,SHOP1-1,SHOP1-R1,,'];
      const resolveAll = async (day: string) => {
        for (const { id } of (await bench.desk.exceptions(day, 0, 50)).items) await bench.desk.resolve(id, 'lee', 'by hand');
      };
      const close = async (day: string) => {
        const done = await bench.desk.close(day, 'kim');
        return typeof done === 'object' ? 'done' : done;
      };

      beforeEach(async () => {
        await bench.clock.advance(10 * 86_400_000);
        await bench.insert([paid, lost, back]);
        await take(...filesOf(DAYS.day, [lineOf(paid, 4)]));
      });

      /** Compares and seals the day, of which two rows wait. */
      async function seal(): Promise<void> {
        await bench.desk.run(DAYS.day);
        const { waiting } = await bench.desk.day(DAYS.day);
        assert.deepEqual(waiting, { count: 2, amounts: [{ currency: 'JPY', value: '1480' }], until: DAYS.after });
        const told =
          '2 rows wait for the next cycle (JPY 1480): if the reports of 2026-03-06 do not bring them either, an exception';
        assert.ok(waitingText(await bench.desk.day(DAYS.day)).startsWith(told), 'the command says so');
        assert.deepEqual([await found(DAYS.day), await close(DAYS.day)], [[], 'done']);
      }

      it('are told on the next day, once, which counts them nowhere and can be sealed when they are resolved', async () => {
        await seal();
        await take(...filesOf(DAYS.after, []), ...filesOf(FAR, []));
        const day = await bench.desk.run(DAYS.after);
        assert.deepEqual(await found(DAYS.after), LOST);
        const { items } = await bench.desk.exceptions(DAYS.after, 0, 50);
        assert.match(items[0]?.cause ?? '', /SHOP1-\w+ belongs to 2026-03-05, which is sealed, and stands in no report/);
        assert.ok(typeof day !== 'string');
        assert.deepEqual([day.totals, (await bench.desk.lines(DAYS.after, 0, 10)).items], [[], []]);
        assert.deepEqual(await bench.desk.run(DAYS.after), day);
        assert.deepEqual((await bench.desk.exceptions(DAYS.after, 0, 50)).items, items);
        await bench.desk.run(FAR);
        assert.deepEqual(await found(FAR), [], 'an open day between tells it itself');
        await resolveAll(DAYS.after);
        await bench.desk.run(DAYS.after);
        assert.equal(await close(DAYS.after), 'done');
        await bench.desk.run(FAR);
        assert.deepEqual([await found(FAR), await close(FAR)], [[], 'done']);
      });

      it('are shifted where the next day brings them, told by nobody where a late file did, and where the payment was undone since', async () => {
        await seal();
        await take(...filesOf(DAYS.after, [lineOf(lost, 4, { day: DAYS.after })]));
        await bench.desk.run(DAYS.after);
        assert.deepEqual(await found(DAYS.after), LOST.slice(1));
        assert.equal((await bench.desk.day(DAYS.after)).totals[0]?.theirShifted.count, 1);
        const text = cycleFiles(DAYS.day, [lineOf(back, 4)]).get(reportName('transactionItems', DAYS.day)) ?? '';
        await take(textFile(reportName('transactionItems', DAYS.day, 1), text.split('\n').slice(2).join('\n')));
        await bench.desk.run(DAYS.after);
        assert.deepEqual(await found(DAYS.after), []);
        await bench.open.db('clearing_files').where({ state: 'late' }).update({ state: 'refused' });
        await bench.open.db('refunds').update({ state: 'refused' });
        await bench.desk.run(DAYS.after);
        assert.deepEqual(await found(DAYS.after), []);
      });

      it('are handed on by a day that is sealed before its reports are there, whichever of the two is sealed first', async () => {
        const [items, ...others] = filesOf(DAYS.after, []);
        assert.ok(items !== undefined);
        await take(...others, ...filesOf(FAR, []));
        for (const day of [DAYS.after, FAR]) await bench.desk.run(day);
        assert.ok((await found(DAYS.after)).every((one) => one.startsWith('file_missing')));
        await resolveAll(DAYS.after);
        assert.equal(await close(DAYS.after), 'done');
        await seal();
        assert.deepEqual([(await bench.desk.day(FAR)).compareAgain, await close(FAR)], [true, 'newFiles']);
        await bench.desk.run(FAR);
        assert.deepEqual([await found(FAR), await close(FAR)], [LOST, 'open']);
        assert.equal((await bench.desk.day(FAR)).compareAgain, false);
      });

      it('are not, when the next cycle has come since they were compared: they are compared again', async () => {
        await bench.desk.run(DAYS.day);
        await take(...filesOf(DAYS.after, []));
        await bench.desk.run(DAYS.after);
        assert.deepEqual([(await bench.desk.day(DAYS.day)).compareAgain, await close(DAYS.day)], [true, 'newFiles']);
        await bench.desk.run(DAYS.day);
        assert.deepEqual([await found(DAYS.day), await close(DAYS.day), await found(DAYS.after)], [LOST, 'open', []]);
        assert.equal((await bench.desk.day(DAYS.day)).waiting.count, 0);
      });
    });

    it('list the files of a sealed day as they were, whatever is configured or refused afterwards', async () => {
      const [items, fees, summary] = filesOf(DAYS.day, [lineOf(paidRow(1), 4)]);
      assert.ok(items !== undefined && fees !== undefined && summary !== undefined);
      await bench.clock.advance(2 * 86_400_000);
      await take(items);
      await bench.desk.import([textFile(fees.name, 'x')]);
      await bench.desk.run(DAYS.day);
      for (const { id } of (await bench.desk.exceptions(DAYS.day, 0, 50)).items) await bench.desk.resolve(id, 'lee', 'by hand');
      const listed = (day: { readonly files: readonly { readonly name: string; readonly state: string }[] }) =>
        day.files.map(({ name, state }) => `${name.split('_')[0]} ${state}`).toSorted();
      const open = listed(await bench.desk.day(DAYS.day));
      assert.deepEqual(open, ['feeItems missing', 'feeItems refused', 'summary missing', 'transactionItems arrived']);
      const sealed = await bench.desk.close(DAYS.day, 'kim');
      assert.ok(typeof sealed === 'object');
      assert.deepEqual(listed(sealed), open);
      await bench.clock.advance(1000);
      await bench.desk.import([textFile(summary.name, 'x')]);
      const other = bench.deskOf([], [SET, { ...SET, settlementCurrency: 'EUR' }]);
      assert.deepEqual(listed(await other.day(DAYS.day)), open);
      await take(summary);
      assert.deepEqual(
        listed(await other.day(DAYS.day)),
        open.map((one) => one.replace('summary missing', 'summary arrived')).toSorted(),
      );
    });

    it('are listed exception by exception, each once, whatever was found and resolved in earlier runs', async () => {
      const rows = [1, 2, 3, 4].map((n) => paidRow(n));
      await bench.insert(rows);
      await take(...filesOf(DAYS.day, []), ...filesOf(DAYS.after, []));
      await bench.desk.run(DAYS.day);
      const first = (await bench.desk.exceptions(DAYS.day, 0, 50)).items;
      // Two are resolved and then found no more: they had the places that the others have now.
      for (const { id } of first.slice(0, 2)) await bench.desk.resolve(id, 'lee', 'by hand');
      const gone = first.slice(0, 2).flatMap(({ paymentRequestId }) => paymentRequestId ?? []);
      await bench.open.db('payments').whereIn('payment_request_id', gone).update({ clearing_day: DAYS.wayBefore });
      await bench.desk.run(DAYS.day);
      const all = (await bench.desk.exceptions(DAYS.day, 0, 50)).items.map(({ id }) => id);
      assert.equal(all.length, 4);
      const paged: string[] = [];
      for (let cursor: string | null = '0'; cursor !== null && paged.length < 9; ) {
        const page: Awaited<ReturnType<typeof bench.desk.exceptions>> = await bench.desk.exceptions(DAYS.day, Number(cursor), 1);
        paged.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      assert.deepEqual(paged, all);
    });

    it('match thousands of rows with lines that came in parts and in any order, each once and at its place', async () => {
      const sales = Array.from({ length: 2600 }, (_unused, n) => paidRow(10_000 + n));
      const back = Array.from({ length: 60 }, (_unused, n) => refundRow(10_000 + n));
      // Longer ids come between shorter ones.
      const more = Array.from({ length: 60 }, (_unused, n) =>
        paidRow(0, { paymentRequestId: `SHOP1-${10_100 + n}-x`, paymentId: `7${n}` }),
      );
      const rows = [...sales, ...back, ...more];
      await bench.insert(rows);
      const mixed = rows.toSorted((a, b) => ((a.paymentId ?? '') + a.type < (b.paymentId ?? '') + b.type ? 1 : -1));
      const name = reportName('transactionItems', DAYS.day);
      const all = cycleFiles(
        DAYS.day,
        mixed.map((row, n) => lineOf(row, n + 4)),
      );
      const [head = '', total = '', columns = '', ...details] = (all.get(name) ?? '').trimEnd().split('\n');
      const parts = [0, 1, 2].map((part) => {
        const own = details.filter((_line, n) => n % 3 === part);
        const first = part === 0 ? [head, total, columns] : [part === 2 ? columns.replace(/^(\w+)/, '"$1"') : columns];
        return textFile(reportName('transactionItems', DAYS.day, part), `${[...first, ...own].join('\n')}\n`);
      });
      const others = [...all].filter(([other]) => other !== name).map(([other, text]) => textFile(other, text));
      await take(...parts, ...others, ...filesOf(DAYS.after, []));
      const day = await bench.desk.run(DAYS.day);
      assert.deepEqual(await kinds(), []);
      assert.ok(typeof day !== 'string');
      const value = String(2660 * 1980 - 60 * 500);
      assert.deepEqual([day.totals[0]?.ours, day.totals[0]?.matched], Array(2).fill({ count: 2720, value }));
      const listed: string[] = [];
      for (let from: string | null = '0'; from !== null; ) {
        const page: Awaited<ReturnType<typeof bench.desk.lines>> = await bench.desk.lines(DAYS.day, Number(from), 500);
        for (const one of page.items)
          listed.push([one.verdict, one.paymentRequestId, one.refundRequestId, one.file, one.line, one.money.ours].join());
        from = page.nextCursor;
      }
      const wanted = mixed.map(({ type, paymentRequestId, refundRequestId }, n) => {
        const [part, at] = [n % 3, Math.floor(n / 3)];
        const file = reportName('transactionItems', DAYS.day, part);
        const money = type === 'payment' ? 'JPY 1980' : 'JPY -500';
        return ['matched', paymentRequestId, refundRequestId, file, at + (part === 0 ? 4 : 2), money].join();
      });
      assert.deepEqual(listed.toSorted(), wanted.toSorted());
    });

    it('read our rows as they are, in the order of their ids, whatever stands in an id of the upstream', async () => {
      const odd = [paidRow(3, { paymentId: 'a\x1fb' }), paidRow(1, { paymentId: 'c\x1ed' }), paidRow(2, { paymentId: null })];
      const more = [paidRow(5, { settlement: null }), paidRow(4, { standing: 'cancelled' })];
      await bench.insert([...odd, ...more]);
      const rows = createOurRows(bench.open);
      const rowsAfter = async (after: string, limit: number) => {
        const page = await rows.ofDay(DAYS.day, after, limit);
        return Array.from({ length: page.count }, (_unused, index) => page.rowAt(index));
      };
      const inOrder = [...odd, ...more].toSorted((a, b) => (a.paymentRequestId < b.paymentRequestId ? -1 : 1));
      assert.deepEqual(await rowsAfter('', 10), inOrder);
      const [first] = inOrder;
      assert.deepEqual(await rowsAfter(`p${first?.paymentRequestId}`, 2), inOrder.slice(1, 3));
      const last = inOrder.at(-1);
      assert.deepEqual(await rowsAfter(`p${last?.paymentRequestId}`, 2), []);
    });

    it('give a line of a file as it came, with the columns that nobody knows', async () => {
      const [items] = filesOf(DAYS.day, [lineOf(paidRow(1), 4), lineOf(paidRow(2), 5)]);
      assert.ok(items !== undefined);
      const text = (cycleFiles(DAYS.day, [lineOf(paidRow(1), 4), lineOf(paidRow(2), 5)]).get(items.name) ?? '')
        .split('\n')
        .map((line, index) => (index === 2 ? `${line},storeName` : index > 2 && line !== '' ? `${line},Ginza ${index}` : line))
        .join('\n');
      await take(textFile(items.name, text));
      const line = await bench.desk.lineOfFile(items.name, 5);
      assert.ok(line !== undefined && !('fields' in line));
      assert.equal(line.paymentRequestId, paidRow(2).paymentRequestId);
      assert.deepEqual({ ...line.unknown }, { storeName: 'Ginza 4' });
      assert.equal(await bench.desk.lineOfFile(items.name, 9), undefined);
    });
  });
}

describe('a clearing day of two processes', () => {
  let place: NewPlace;
  let bench: ReconBench;
  let other: OpenBooks;
  const shared = PLACES.find(({ name }) => name === 'PostgreSQL');
  before(function () {
    return shared?.prepare(this);
  });
  beforeEach(async function () {
    assert.ok(shared !== undefined);
    place = await shared.make(this);
    bench = await openReconBench(place);
    other = await openBooks(place.place);
  });
  afterEach(async () => {
    await other.close();
    await bench.close();
    await place.remove();
  });

  const packOf = (n: number): readonly PackedLines[] => {
    const packer = createPacker();
    packer.add([line(n)]);
    packer.end();
    return packer.packs;
  };
  const NO_MONEY = { ours: null, theirs: null, oursSettled: null, theirsSettled: null };
  const line = (n: number): DayLine => ({
    type: 'payment',
    verdict: 'matched',
    paymentRequestId: `SHOP1-${n}`,
    refundRequestId: null,
    file: null,
    line: null,
    exceptionId: null,
    money: NO_MONEY,
    counted: NO_MONEY,
  });

  it('comes out whole of the comparison that ends first, and the other one begins anew', async () => {
    const [one, two] = [createDayBooks(bench.open, bench.clock), createDayBooks(other, bench.clock)];
    const before = await one.find(DAYS.day);
    const run = await one.beginRun(DAYS.day);
    await one.addLines(DAYS.day, run, packOf(1));
    const later = await two.beginRun(DAYS.day);
    await two.addLines(DAYS.day, later, packOf(1));
    await one.addLines(DAYS.day, run, packOf(2));
    const result = { totals: [], filesRead: 0, basis: { complete: false, around: [], carried: [] } };
    assert.equal(await one.putInForce(before, run, result, 'kim'), 'done');
    const ids = async () => (await two.lines(DAYS.day, 0, 10)).items.map(({ paymentRequestId }) => paymentRequestId);
    assert.deepEqual(await ids(), ['SHOP1-1', 'SHOP1-2']);
    await two.addLines(DAYS.day, later, packOf(2));
    assert.equal(await two.putInForce(before, later, result, 'lee'), 'overtaken');
    assert.deepEqual(await ids(), ['SHOP1-1', 'SHOP1-2']);
    const stored: { run: number }[] = await bench.open.db('clearing_day_lines').where('day', DAYS.day).distinct('run');
    assert.deepEqual(stored, [{ run }], 'what was overtaken is gone');
  });

  it('never gets a file that counts while another process seals it', async () => {
    await bench.insert([paidRow(1)]);
    await bench.desk.import([...filesOf(DAYS.day, [lineOf(paidRow(1), 4)]), ...filesOf(DAYS.after, [])]);
    await bench.desk.run(DAYS.day);
    const text = cycleFiles(DAYS.day, [lineOf(paidRow(9), 4)]).get(reportName('transactionItems', DAYS.day)) ?? '';
    const part = textFile(reportName('transactionItems', DAYS.day, 1), text.split('\n').slice(2).join('\n'));
    let isOver = false;
    const sealing = await other.db.transaction();
    await takeDay(other.kind, sealing, DAYS.day);
    await sealing('clearing_days').where('day', DAYS.day).update({ sealed_by: 'kim', sealed_at: bench.clock.now() });
    const importing = bench.desk.import([part]).finally(() => {
      isOver = true;
    });
    const waits = "select 1 from pg_locks where locktype = 'advisory' and not granted";
    await until(async () => isOver || (await other.db.raw(waits)).rows.length > 0, 'the import waits, or is over');
    await sealing.commit();
    const answer = await importing;
    assert.ok(answer.kind === 'imported');
    assert.deepEqual(
      answer.files.map(({ late }) => late),
      [true],
    );
  });
});

describe('a day that is compared some hundred keys at a time', () => {
  const seeded = seededSuite();
  /** Any row with any lines for it, near and far, named by either id. */
  const story = fc.record({
    kind: fc.constantFrom('payment', 'refund'),
    known: fc.constantFrom(true, true, true, false),
    standing: fc.constantFrom('completed', 'completed', 'completed', 'failed', 'undecided'),
    day: fc.constantFrom(DAYS.day, DAYS.day, DAYS.before, DAYS.after, DAYS.wayBefore),
    late: fc.boolean(),
    value: fc.integer({ min: 1, max: 99_999 }),
    lines: fc.array(
      fc.record({
        day: fc.constantFrom(DAYS.day, DAYS.day, DAYS.day, DAYS.before, DAYS.after, DAYS.wayAfter),
        off: fc.constantFrom(0, 0, 0, 1),
        names: fc.constantFrom('both', 'both', 'ours', 'theirs', 'wrongOurs'),
      }),
      { maxLength: 3 },
    ),
  });
  type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

  function worldOf(stories: readonly Story[]): { ours: OurRow[]; theirs: TheirLine[] } {
    const ours: OurRow[] = [];
    const theirs: TheirLine[] = [];
    const numbers = new Map<string, number>();
    stories.forEach(({ kind, known, standing, day, late, value, lines }, n) => {
      const amount = { currency: 'JPY', value: String(value) };
      const make = kind === 'payment' ? paidRow : refundRow;
      const isLate = late && standing === 'failed' && kind === 'payment';
      const told = isLate ? { late: { ...LEFT, left: amount } } : {};
      const row = make(n + 1000, { standing, day: standing === 'completed' ? day : null, amount, ...told });
      if (known && kind === 'refund') ours.push(paidRow(n + 1000, { standing: 'failed', day: null, paymentId: null }));
      if (known) ours.push(row);
      for (const { day: lineDay, off, names } of lines) {
        const number = (numbers.get(lineDay) ?? 3) + 1;
        numbers.set(lineDay, number);
        const own = kind === 'payment' ? 'paymentRequestId' : 'refundRequestId';
        const other = kind === 'payment' ? 'paymentId' : 'refundId';
        const change = {
          both: {},
          ours: { [other]: null },
          theirs: { [own]: null },
          wrongOurs: { [own]: `${INSTANCE}-wrong-${lineDay}-${number}` },
        }[names];
        const file = reportName('transactionItems', lineDay);
        theirs.push(
          lineOf(row, number, { day: lineDay, file, amount: { currency: 'JPY', value: String(value + off) }, ...change }),
        );
      }
    });
    return { ours, theirs };
  }

  const signed = (money: Money | null, isUp: boolean) =>
    money === null ? null : moneyText(money).replace(' ', isUp || money.value === '0' ? ' ' : ' -');

  /** What people are to see of a compared line. */
  function listedAs({ verdict, ours, theirs }: ComparedLine) {
    const row = ours ?? theirs;
    const isUp = row?.type === 'payment';
    const isIn = theirs?.settlement.direction === 'C';
    return [
      ...[row?.type, verdict, row?.paymentRequestId, row?.refundRequestId, theirs?.file ?? null, theirs?.line ?? null],
      ...[signed(ours?.amount ?? null, isUp), signed(theirs?.amount ?? null, isIn)],
      ...[signed(ours?.settlement ?? null, isUp), signed(theirs?.settlement ?? null, isIn)],
    ];
  }

  /** Each number counts exactly the lines that are picked for it, and is their sum. */
  async function assertFiguresOpen(totals: readonly DayTotals[], items: readonly DayLine[]) {
    const read = async (from: number, limit: number) => ({
      items: items.slice(from, from + limit),
      next: from + limit < items.length ? from + limit : null,
    });
    for (const { basis, currency } of totals)
      for (const side of SIDES)
        for (const verdict of [null, ...VERDICTS]) {
          const pick = { basis, currency, side, verdict };
          const picked = await pickLines(read, pick, 0, 1000);
          const sum = picked.items.reduce((all, line) => all + countedUnits(line, basis, side), 0n);
          assert.deepEqual(figureOf(totals, pick), { count: picked.items.length, value: String(sum) }, JSON.stringify(pick));
        }
  }

  /** The same report with a quote in front, so that the parser of CSV reads it, and its lines are stored as they were before. */
  const quoted = (text: string) => text.replace(/^(\w+)/, '"$1"');

  it('comes to the same as one that is compared as a whole', async function () {
    this.timeout(120_000);
    const kind = PLACES[0];
    assert.ok(kind !== undefined);
    await fc.assert(
      fc.asyncProperty(fc.array(story, { minLength: 1, maxLength: 60 }), fc.boolean(), async (stories, isQuoted) => {
        const { ours, theirs } = worldOf(stories);
        const place = await kind.make(this);
        const bench = await openReconBench(place);
        try {
          await bench.insert(ours);
          for (const day of Object.values(DAYS)) {
            const own = theirs.filter((line) => line.day === day);
            const files = [...cycleFiles(day, own)].map(([name, text]) => textFile(name, isQuoted ? quoted(text) : text));
            assert.equal((await bench.desk.import(files)).kind, 'imported');
          }
          const day = await bench.desk.run(DAYS.day);
          const whole = matchDay({
            day: DAYS.day,
            instanceId: INSTANCE,
            ours,
            theirs,
            isComplete: true,
            isNextComplete: true,
          });
          assert.ok(typeof day !== 'string');
          assert.deepEqual(day.totals, dayTotals(whole, DAYS.day, 'USD'));
          const told = whole.map((line) => [...listedAs(line), line.exception?.kind ?? null]);
          const found = await bench.desk.exceptions(DAYS.day, 0, 1000);
          const kindOf = new Map(found.items.map((one) => [one.id, one.kind]));
          const { items } = await bench.desk.lines(DAYS.day, 0, 1000);
          const listed = items.map(({ type, verdict, paymentRequestId, refundRequestId, file, line, money, exceptionId }) => [
            ...[type, verdict, paymentRequestId, refundRequestId, file, line],
            ...[money.ours, money.theirs, money.oursSettled, money.theirsSettled],
            exceptionId === null ? null : (kindOf.get(exceptionId) ?? 'none'),
          ]);
          assert.deepEqual(listed.map(String).toSorted(), told.map(String).toSorted());
          await assertFiguresOpen(day.totals, items);
          let csv = '';
          for await (const text of bench.desk.exportCsv(DAYS.day)) csv += text;
          assert.deepEqual(someSums(csvSums(csv)), someSums(totalSums(day.totals)));
        } finally {
          await bench.close();
          await place.remove();
        }
      }),
      seeded.runs(25),
    );
  });
});
