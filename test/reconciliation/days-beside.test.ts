import assert from 'node:assert/strict';
import { createActBooks } from '#src/books/act-books.js';
import { createDayBooks } from '#src/books/day-books.js';
import { toldException } from '#src/reconciliation/exception-sentences.js';
import type { TheirLine } from '#src/reconciliation/recon-words.js';
import { type NewPlace, PLACES } from '../support/books-places.js';
import { openReconBench, type ReconBench, textFile } from '../support/recon-bench.js';
import { cycleFiles, reportName } from '../support/report-files.js';
import { DAYS, lineOf, paidRow, refundRow } from './recon-samples.js';

const [BEFORE, DAY, AFTER, FAR] = ['2026-03-04', DAYS.day, DAYS.after, '2026-03-07'];
const filesOf = (day: string, lines: readonly TheirLine[]) =>
  [...cycleFiles(day, lines)].map(([name, text]) => textFile(name, text));

for (const kind of PLACES) {
  describe(`clearing days beside each other in ${kind.name}`, () => {
    let place: NewPlace;
    let bench: ReconBench;
    before(function () {
      return kind.prepare(this);
    });
    beforeEach(async function () {
      place = await kind.make(this);
      bench = await openReconBench(place);
      await bench.clock.advance(10 * 86_400_000);
    });
    afterEach(async () => {
      await bench.close();
      await place.remove();
    });

    const take = async (day: string, ...lines: readonly TheirLine[]) => {
      const answer = await bench.desk.import(filesOf(day, lines));
      assert.equal(answer.kind, 'imported', JSON.stringify(answer));
    };
    const found = async (day: string) =>
      (await bench.desk.exceptions(day, 0, 50)).items.map((one) => `${one.kind} ${one.refundRequestId ?? one.paymentRequestId}`);
    const outdated = async (day: string) => (await bench.desk.day(day)).compareAgain;
    const close = async (day: string) => {
      const done = await bench.desk.close(day, 'kim');
      return typeof done === 'object' ? 'done' : done;
    };
    const theirs = async (day: string) => {
      const [own] = (await bench.desk.day(day)).totals;
      return [own?.theirs.count ?? 0, own?.theirShifted.count ?? 0, own?.ours.count ?? 0];
    };

    describe('whose reports list a payment twice', () => {
      const row = paidRow(1);

      it('tell the second line, whether the report of its own day came first or last', async () => {
        await bench.insert([row]);
        await take(AFTER, lineOf(row, 4, { day: AFTER }));
        await bench.desk.run(AFTER);
        assert.deepEqual([await found(AFTER), await theirs(AFTER), await outdated(AFTER)], [[], [1, 1, 0], false]);
        await take(DAY, lineOf(row, 4));
        await bench.desk.run(DAY);
        assert.deepEqual([await found(DAY), await outdated(AFTER), await close(AFTER)], [[], true, 'newFiles']);
        await bench.desk.run(AFTER);
        assert.deepEqual(await found(AFTER), ['duplicate_line SHOP1-1']);
        assert.equal(await outdated(AFTER), false);
      });

      it('tell it on the open day when the other one is sealed, and count the row once', async () => {
        await bench.insert([row]);
        await take(AFTER, lineOf(row, 4, { day: AFTER }));
        await bench.desk.run(AFTER);
        assert.equal(await close(AFTER), 'done');
        await take(DAY, lineOf(row, 4));
        await bench.desk.run(DAY);
        assert.deepEqual(await found(DAY), ['duplicate_line SHOP1-1']);
        const [own] = (await bench.desk.day(DAY)).totals;
        const figures = [own?.ours.count, own?.shifted.count, own?.theirs.count, own?.theirExceptions.count, own?.matched.count];
        assert.deepEqual(figures, [1, 1, 1, 1, 0]);
        assert.deepEqual(await theirs(AFTER), [1, 1, 0], 'the sealed day stays');
      });

      it('tell it when the two stand on either side of its own day, before any further cycle is there', async () => {
        await bench.insert([row]);
        await take(BEFORE, lineOf(row, 4, { day: BEFORE }));
        await take(DAY);
        await take(AFTER, lineOf(row, 4, { day: AFTER }));
        for (const day of [BEFORE, DAY, AFTER]) await bench.desk.run(day);
        assert.deepEqual([await found(BEFORE), await found(DAY), await found(AFTER)], [[], [], ['duplicate_line SHOP1-1']]);
      });

      it('count late money once, on the day whose report had it first', async () => {
        const late = { became: 'left', refunds: [], elsewhere: null, left: row.amount, cancelledOn: null } as const;
        const failed = paidRow(1, { standing: 'failed', day: null, late });
        await bench.insert([failed]);
        await take(AFTER, lineOf(row, 4, { day: AFTER }));
        await bench.desk.run(AFTER);
        assert.deepEqual(await theirs(AFTER), [1, 0, 1]);
        await take(DAY, lineOf(row, 4));
        assert.equal(await outdated(AFTER), true);
        for (const day of [DAY, AFTER]) await bench.desk.run(day);
        assert.deepEqual(
          [await theirs(DAY), await theirs(AFTER)],
          [
            [1, 0, 1],
            [1, 0, 0],
          ],
        );
        assert.deepEqual(await found(AFTER), ['duplicate_line SHOP1-1']);
      });
    });

    it('count late money once, although the day that counted it is sealed before the report of the other one comes', async () => {
      const row = paidRow(1);
      const late = { became: 'left', refunds: [], elsewhere: null, left: row.amount, cancelledOn: null } as const;
      await bench.insert([paidRow(1, { standing: 'failed', day: null, late })]);
      await take(AFTER, lineOf(row, 4, { day: AFTER }));
      await bench.desk.run(AFTER);
      const [one] = (await bench.desk.exceptions(AFTER, 0, 5)).items;
      await bench.desk.resolve(one?.id ?? '', 'lee', 'the merchant knows');
      assert.equal(await close(AFTER), 'done');
      await take(DAY, lineOf(row, 4));
      await bench.desk.run(DAY);
      assert.deepEqual([await theirs(DAY), await found(DAY)], [[1, 0, 0], ['duplicate_line SHOP1-1']]);
    });

    it('count late money where it counts, although an exception about it was resolved on another day before that', async () => {
      const row = paidRow(1);
      const late = { became: 'left', refunds: [], elsewhere: null, left: row.amount, cancelledOn: null } as const;
      await bench.insert([paidRow(1, { standing: 'failed', day: null, late })]);
      const resolveAll = async (day: string) => {
        for (const { id } of (await bench.desk.exceptions(day, 0, 5)).items) await bench.desk.resolve(id, 'lee', 'by hand');
      };
      await take(AFTER, lineOf(row, 4, { day: AFTER }));
      await bench.desk.run(AFTER);
      await resolveAll(AFTER);
      await take(DAY, lineOf(row, 4));
      await bench.desk.run(DAY);
      await bench.desk.run(AFTER);
      await resolveAll(AFTER);
      assert.equal(await close(AFTER), 'done');
      const before = [await theirs(DAY), await found(DAY)];
      await bench.desk.run(DAY);
      assert.deepEqual([await theirs(DAY), await found(DAY)], before);
      assert.deepEqual(
        [await theirs(DAY), await theirs(AFTER)],
        [
          [1, 0, 1],
          [1, 0, 0],
        ],
      );
    });

    it('count late money of a sale that was cancelled on one of them once, whichever is compared and sealed first', async () => {
      const row = paidRow(1);
      const late = { became: 'left', refunds: [], elsewhere: null, left: row.amount, cancelledOn: null } as const;
      await bench.insert([paidRow(1, { standing: 'cancelled', late })]);
      await take(AFTER, lineOf(row, 4, { day: AFTER }));
      await bench.desk.run(AFTER);
      assert.deepEqual([await found(AFTER), await theirs(AFTER)], [['cancelled_here_paid_there SHOP1-1'], [1, 0, 1]]);
      for (const { id } of (await bench.desk.exceptions(AFTER, 0, 5)).items) await bench.desk.resolve(id, 'lee', 'by hand');
      assert.equal(await close(AFTER), 'done');
      await take(DAY, lineOf(row, 4));
      await bench.desk.run(DAY);
      assert.deepEqual([await found(DAY), await theirs(DAY)], [['duplicate_line SHOP1-1'], [1, 0, 0]]);
    });

    describe('of which one gets a row after it was compared', () => {
      const [early, late, back] = [paidRow(1), paidRow(2), refundRow(1)];

      it('are not sealed over it: it is compared again', async () => {
        await bench.insert([early]);
        await take(DAY, lineOf(early, 4));
        await take(AFTER);
        await bench.desk.run(DAY);
        await bench.insert([late, back]);
        assert.deepEqual([await outdated(DAY), await close(DAY)], [true, 'newFiles']);
        await bench.desk.run(DAY);
        assert.deepEqual(await found(DAY), ['paid_here_missing_there SHOP1-2', 'refund_missing_there SHOP1-R1']);
      });

      it('have it told once by the next whole day when that one is sealed, whatever is sealed and compared after that', async () => {
        await bench.insert([early]);
        await take(DAY, lineOf(early, 4));
        await bench.desk.run(DAY);
        assert.equal(await close(DAY), 'done');
        await bench.insert([late]);
        await take(AFTER);
        await bench.desk.run(AFTER);
        assert.deepEqual(await found(AFTER), ['paid_here_missing_there SHOP1-2']);
        const { items } = await bench.desk.exceptions(AFTER, 0, 5);
        assert.match(items[0]?.cause ?? '', /SHOP1-2 was completed on 2026-03-05 after that day was compared and sealed/);
        await bench.desk.resolve(items[0]?.id ?? '', 'lee', 'a ticket is open');
        assert.deepEqual([await outdated(AFTER), await close(AFTER)], [false, 'done']);
        await bench.insert([back]);
        await take(FAR);
        await bench.desk.run(FAR);
        assert.deepEqual(await found(FAR), ['refund_missing_there SHOP1-R1'], 'only what came since');
        const day = await bench.desk.day(DAY);
        assert.deepEqual([day.totals[0]?.ours.count, (await bench.desk.lines(DAY, 0, 9)).items.length], [1, 1]);
      });

      it('do not tell what a report of the day or of the next one lists', async () => {
        await bench.insert([early]);
        await take(DAY, lineOf(early, 4), lineOf(late, 5));
        await bench.desk.run(DAY);
        for (const { id } of (await bench.desk.exceptions(DAY, 0, 9)).items) await bench.desk.resolve(id, 'lee', 'asked');
        assert.equal(await close(DAY), 'done');
        const third = paidRow(3);
        await bench.insert([late, third]);
        await take(AFTER, lineOf(third, 4, { day: AFTER }));
        await bench.desk.run(AFTER);
        assert.deepEqual([await found(AFTER), await theirs(AFTER)], [[], [1, 1, 0]]);
      });
    });

    it('look into a late report of a sealed one before they call a row missing', async () => {
      const row = paidRow(1, { day: AFTER });
      await bench.insert([row]);
      const [items, ...others] = filesOf(DAY, []);
      assert.ok(items !== undefined);
      assert.equal((await bench.desk.import([items, ...others])).kind, 'imported');
      await take(AFTER);
      await take(FAR);
      await bench.desk.run(DAY);
      assert.equal(await close(DAY), 'done');
      await bench.desk.run(AFTER);
      assert.deepEqual(await found(AFTER), ['paid_here_missing_there SHOP1-1']);
      const text = cycleFiles(DAY, [lineOf(row, 4)]).get(reportName('transactionItems', DAY)) ?? '';
      const part = textFile(reportName('transactionItems', DAY, 1), text.split('\n').slice(2).join('\n'));
      assert.equal((await bench.desk.import([part])).kind, 'imported');
      assert.equal(await outdated(AFTER), true);
      await bench.desk.run(AFTER);
      assert.deepEqual([await found(AFTER), (await bench.desk.day(AFTER)).totals[0]?.shifted.count], [[], 1]);
    });

    it('miss the payment of which late money went back by a refund, when no report lists it', async () => {
      const back = refundRow(1);
      const late = { became: 'left', refunds: [], elsewhere: null, left: back.amount, cancelledOn: null } as const;
      await bench.insert([paidRow(1, { standing: 'failed', day: null, late }), back]);
      await take(DAY, lineOf(back, 4));
      await bench.desk.run(DAY);
      assert.deepEqual(await found(DAY), [], 'the next cycle may list it');
      await take(AFTER);
      await bench.desk.run(DAY);
      assert.deepEqual(await found(DAY), ['paid_here_missing_there SHOP1-1']);
      assert.match(
        (await bench.desk.exceptions(DAY, 0, 5)).items[0]?.cause ?? '',
        /payment SHOP1-1 ended unpaid here and stands in no report; the money came after that/,
      );
    });

    it('miss that payment on a later day, once, when theirs was sealed before the next cycle came, and ask for a comparison where it was not', async () => {
      const back = refundRow(1);
      const late = { became: 'left', refunds: [], elsewhere: null, left: back.amount, cancelledOn: null } as const;
      await bench.insert([paidRow(1, { standing: 'failed', day: null, late }), back]);
      await take(DAY, lineOf(back, 4));
      await bench.desk.run(DAY);
      await take(AFTER);
      assert.deepEqual([await outdated(DAY), await close(DAY)], [true, 'newFiles']);
      // As if the next cycle had come behind the seal.
      await bench.open.db('clearing_files').where('day', AFTER).update({ state: 'refused' });
      await bench.desk.run(DAY);
      assert.deepEqual([await found(DAY), await close(DAY)], [[], 'done']);
      await bench.open.db('clearing_files').where('day', AFTER).update({ state: 'arrived' });
      await bench.desk.run(AFTER);
      assert.deepEqual(await found(AFTER), ['paid_here_missing_there SHOP1-1']);
      for (const { id } of (await bench.desk.exceptions(AFTER, 0, 5)).items)
        await bench.desk.resolve(id, 'lee', 'a ticket is open');
      assert.deepEqual([await outdated(AFTER), await close(AFTER)], [false, 'done']);
      await take(FAR);
      await bench.desk.run(FAR);
      assert.deepEqual(await found(FAR), []);
    });

    it('miss that payment, too, when it went back only after the day of its refund was sealed', async () => {
      const back = refundRow(1);
      const late = { became: 'left', refunds: [], elsewhere: null, left: back.amount, cancelledOn: null } as const;
      await bench.insert([paidRow(1, { standing: 'failed', day: null, late })]);
      await take(DAY, lineOf(back, 4));
      await bench.desk.run(DAY);
      for (const { id } of (await bench.desk.exceptions(DAY, 0, 5)).items) await bench.desk.resolve(id, 'lee', 'by hand');
      assert.equal(await close(DAY), 'done');
      await bench.insert([back]);
      await take(AFTER);
      await bench.desk.run(AFTER);
      assert.deepEqual(await found(AFTER), ['paid_here_missing_there SHOP1-1']);
    });

    it('keep a row on the day whose report told that its amount differs, when its own report lists it as well', async () => {
      const row = paidRow(1);
      const wrong = lineOf(row, 4, { day: AFTER, amount: { currency: 'JPY', value: '1' } });
      await bench.insert([row]);
      await take(AFTER, wrong);
      await bench.desk.run(AFTER);
      assert.deepEqual(await found(AFTER), ['amount_differs SHOP1-1']);
      await take(DAY, lineOf(row, 4));
      assert.equal(await outdated(AFTER), true);
      for (const { id } of (await bench.desk.exceptions(AFTER, 0, 5)).items)
        await bench.desk.resolve(id, 'lee', 'a ticket is open');
      await bench.open.db('clearing_files').where('day', DAY).update({ state: 'refused' });
      await bench.desk.run(AFTER);
      assert.equal(await close(AFTER), 'done');
      await bench.open.db('clearing_files').where('day', DAY).update({ state: 'arrived' });
      await bench.desk.run(DAY);
      assert.deepEqual(await found(DAY), ['duplicate_line SHOP1-1']);
    });

    it('take no sale of an upstream for one that came late, because it is compared only since', async () => {
      const other = paidRow(2);
      await bench.insert([paidRow(1), other]);
      await bench.open.db('payments').where('payment_request_id', other.paymentRequestId).update({ upstream_id: 'v' });
      const [one, both] = [bench.deskOf(['u']), bench.deskOf(['u', 'v'])];
      await take(DAY, lineOf(paidRow(1), 4));
      await one.run(DAY);
      assert.equal(typeof (await one.close(DAY, 'kim')), 'object');
      await bench.insert([paidRow(3)]);
      await take(AFTER);
      await both.run(AFTER);
      assert.deepEqual(await found(AFTER), ['paid_here_missing_there SHOP1-3'], 'only what did come late');
    });

    it('are not compared before they have begun, as long as no file is there', async () => {
      assert.equal(await bench.desk.run('2099-01-01'), 'notBegun');
      assert.equal((await bench.desk.day('2099-01-01')).compared, false);
      await take('2099-01-01');
      assert.equal(typeof (await bench.desk.run('2099-01-01')), 'object');
    });

    it('are compared although somebody resolves meanwhile, and keep what was resolved', async () => {
      const rows = [paidRow(1), paidRow(2)];
      await bench.insert(rows);
      await take(DAY);
      await take(AFTER);
      await bench.desk.run(DAY);
      const { items } = await bench.desk.exceptions(DAY, 0, 5);
      assert.equal(items.length, 2);
      const run = bench.desk.run(DAY);
      for (const { id } of items) await bench.desk.resolve(id, 'lee', 'a ticket is open');
      assert.equal(typeof (await run), 'object');
      assert.deepEqual((await bench.desk.day(DAY)).exceptions, { open: 0, resolved: 2 });
    });

    it('can have a half file taken back until they are sealed, and the whole one brought under the same name', async () => {
      const rows = [paidRow(1), paidRow(2)];
      await bench.insert(rows);
      const [whole, ...others] = filesOf(DAY, [lineOf(paidRow(1), 4), lineOf(paidRow(2), 5)]);
      assert.ok(whole !== undefined);
      let text = '';
      for await (const bytes of whole.open()) text += Buffer.from(bytes).toString();
      const half = textFile(whole.name, text.trimEnd().split('\n').slice(0, -1).join('\n'));
      assert.equal((await bench.desk.import([half, ...others])).kind, 'imported');
      await take(AFTER);
      await bench.desk.run(DAY);
      assert.deepEqual((await found(DAY)).toSorted(), [
        'paid_here_missing_there SHOP1-2',
        'totals_differ null',
        'totals_differ null',
        'totals_differ null',
      ]);
      assert.equal((await bench.desk.import([whole])).kind, 'file_conflict');
      for (const name of ['no such file', `${whole.name}\0`, reportName('transactionItems', DAY, 7)])
        assert.equal(await bench.desk.takeBack(name, 'kim', 'cut off'), 'unknown');
      assert.deepEqual(await bench.desk.takeBack(whole.name, 'kim', 'cut off'), { day: DAY });
      assert.deepEqual([await outdated(DAY), await bench.desk.lineOfFile(whole.name, 4)], [true, undefined]);
      assert.deepEqual(await bench.open.db('clearing_blocks').where('section', 'items').limit(1), [], 'its lines are gone');
      const act = (await createActBooks(bench.open).about(DAY)).at(-1);
      assert.deepEqual(
        [act?.who, act?.what, act?.why, act?.detail],
        ['kim', 'clearing.take_back', 'cut off', { file: whole.name, sha256: half.sha256 }],
      );
      assert.equal((await bench.desk.import([whole])).kind, 'imported');
      await bench.desk.run(DAY);
      assert.deepEqual([await found(DAY), await close(DAY)], [[], 'done']);
      assert.equal(await bench.desk.takeBack(whole.name, 'kim', 'too late'), 'sealed');
      assert.equal((await bench.desk.lineOfFile(whole.name, 4))?.line, 4);
    });

    it('store more exceptions at once than a statement takes values', async () => {
      const days = createDayBooks(bench.open, bench.clock);
      const run = await days.beginRun(DAY);
      const one = {
        kind: 'late_file',
        ...toldException('act.late'),
        paymentRequestId: null,
        refundRequestId: null,
        file: null,
      } as const;
      const ids = await days.addExceptions(
        DAY,
        run,
        Array.from({ length: 33_000 }, (_unused, line) => ({ ...one, line })),
      );
      assert.equal(new Set(ids).size, 33_000);
    });
  });
}
