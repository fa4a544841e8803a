import assert from 'node:assert/strict';
import { type NewPlace, PLACES } from '../support/books-places.js';
import { type DayPages, openDayPages } from '../support/day-pages.js';
import { openReconBench, type ReconBench, textFile } from '../support/recon-bench.js';
import { reportName } from '../support/report-files.js';
import { DAYS } from './recon-samples.js';

const TIME = `${DAYS.day}T12:00:00+08:00`;
const ITEMS = [
  'fundDirection,totalCount,settlementAmountCurrency,settlementAmountValue',
  'C,3,USD,663',
  'storeName,transactionType,paymentRequestId,paymentId,refundRequestId,refundId,transactionTime,settlementAmountValue,settlementAmountCurrency,fundDirection,transactionAmountCurrency,transactionAmountValue',
  `Ginza,PAYMENT,SHOP1-1,901,,,${TIME},1327,USD,C,JPY,1980`,
  `,REFUND,SHOP1-1,,SHOP1-R1,801,${TIME},335,USD,D,JPY,500`,
  `Ueno,REFUND,SHOP1-1,,SHOP1-R2,802,${TIME},329,USD,D,,500`,
];
const QUOTED = [...ITEMS.slice(2, 3), `"Ginza ""2"", Tokyo",PAYMENT,SHOP1-2,902,,,${TIME},1327,USD,C,JPY,1980`];
const FEES = [
  'totalCount,feeAmountValue,feeAmountCurrency,fundDirection',
  '1,3,USD,D',
  'feeType,transactionType,paymentRequestId,paymentId,refundRequestId,refundId,transactionTime,feeAmountValue,feeAmountCurrency,fundDirection,transactionAmountValue',
  `SERVICE,PAYMENT,SHOP1-1,901,,,${TIME},3,USD,D,1980`,
];
const SUMMARY = [
  'clearingBatchId,summaryType,totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection,remark',
  `${DAYS.day.replaceAll('-', '')}00000101,NET,3,660,USD,C,ok`,
];

describe('a line of a report file', () => {
  let place: NewPlace;
  let bench: ReconBench;
  let pages: DayPages;
  before(async function () {
    const [sqlite] = PLACES;
    assert.ok(sqlite !== undefined);
    place = await sqlite.make(this);
    bench = await openReconBench(place);
    pages = await openDayPages(bench);
  });
  after(async () => {
    await pages?.close();
    await bench?.close();
    await place?.remove();
  });

  it('is shown to the letter as it stands in the file, under the names and in the order of its header', async () => {
    const files: readonly (readonly [string, readonly string[], readonly number[]])[] = [
      [reportName('transactionItems', DAYS.day), ITEMS, [2, 4, 5, 6]],
      [reportName('transactionItems', DAYS.day, 1), QUOTED, [2]],
      [reportName('feeItems', DAYS.day), FEES, [2, 4]],
      [reportName('summary', DAYS.day), SUMMARY, [2]],
    ];
    const answer = await bench.desk.import(files.map(([name, lines]) => textFile(name, `${lines.join('\r\n')}\r\n`)));
    assert.equal(answer.kind, 'imported', JSON.stringify(answer));
    for (const [name, lines, numbers] of files)
      for (const number of numbers) {
        type Line = { raw: string; columns: Record<string, string> };
        const { raw, columns } = await pages.json<Line>(`/api/clearing-files/${name}/lines/${number}`);
        assert.equal(raw, lines[number - 1]);
        assert.deepEqual(Object.keys(columns), lines[number > 3 ? 2 : 0]?.split(','), `${name} ${number}`);
        const page = await pages.get(`/clearing-files/${name}/lines/${number}`);
        assert.ok(page.includes(raw.replaceAll('"', '&quot;')), raw);
        for (const [column, value] of Object.entries(columns))
          assert.ok(
            page.includes(`<bdi>${column}</bdi></th><td class="mono"><bdi>${value.replaceAll('"', '&quot;')}</bdi>`),
            column,
          );
      }
  });

  it('keeps what stands under names that every object has, whichever way its lines are stored', async () => {
    const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const time = `${DAYS.after}T12:00:00+08:00`;
    const items = (last: string) => [
      [ITEMS[2], ...odd, last].join(','),
      [`,PAYMENT,SHOP1-7,907,,,${time},1327,USD,C,JPY,1980`, ...odd.map((name) => `of ${name}`), 'x'].join(','),
      [`,PAYMENT,SHOP1-8,908,,,${time},1327,USD,C,JPY,1980`, ...odd.map(() => ''), ''].join(','),
    ];
    const batch = `${DAYS.after.replaceAll('-', '')}00000101`;
    const summary = [[SUMMARY[0], ...odd].join(','), [batch, 'NET,3,660,USD,C,ok', 'a', 'b', '', 'd'].join(',')];
    const files: readonly (readonly [string, readonly string[]])[] = [
      [reportName('transactionItems', DAYS.after, 1), items('plain')],
      // Such a name leaves its lines to the reader of text.
      [reportName('transactionItems', DAYS.after, 2), items('née')],
      [reportName('summary', DAYS.after), summary],
    ];
    const answer = await bench.desk.import(files.map(([name, lines]) => textFile(name, lines.join('\n'))));
    assert.equal(answer.kind, 'imported', JSON.stringify(answer));
    for (const [name, [header = '', ...lines]] of files)
      for (const [index, line] of lines.entries()) {
        const path = `/clearing-files/${name}/lines/${index + 2}`;
        const { raw, columns } = await pages.json<{ raw: string; columns: object }>(`/api${path}`);
        assert.equal(raw, line, path);
        assert.equal(Object.keys(columns).join(','), header);
        assert.equal(Object.values(columns).join(','), line);
        assert.ok((await pages.get(path)).includes(`<bdi>${raw}</bdi>`), path);
      }
  });

  it('is shown by its columns out of a file of an older version, of which the header is not known', async () => {
    const name = reportName('transactionItems', DAYS.day);
    const [row] = await bench.open.db('clearing_files').where({ name }).select('figures');
    const { headers: _new, ...figures } = JSON.parse(row.figures) as { headers: unknown };
    await bench.open
      .db('clearing_files')
      .where({ name })
      .update({ figures: JSON.stringify(figures) });
    const found = await bench.desk.lineOfFile(name, 4);
    assert.equal(found?.raw, null);
    const { paymentRequestId, transactionAmountValue, storeName } = found?.columns ?? {};
    assert.deepEqual([paymentRequestId, transactionAmountValue, storeName], ['SHOP1-1', '1980', 'Ginza']);
  });
});
