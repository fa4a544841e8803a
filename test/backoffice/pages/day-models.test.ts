import assert from 'node:assert/strict';
import { dayWord, stripsOf, weeksOf } from '#src/backoffice/pages/day-models.js';
import { unitsShown } from '#src/backoffice/pages/shown.js';
import { clearingWords } from '#src/backoffice/pages/timeline-rows.js';
import type { DayLine } from '#src/reconciliation/recon-ports.js';
import { DAYS, lineOf, paidRow, refundRow } from '../../reconciliation/recon-samples.js';
import { type NewPlace, PLACES } from '../../support/books-places.js';
import {
  countedUnits,
  csvRows,
  csvSums,
  type DayPages,
  openDayPages,
  someSums,
  totalSums,
  UPLOAD_TOKEN,
} from '../../support/day-pages.js';
import { openReconBench, type ReconBench, SET, textFile } from '../../support/recon-bench.js';
import { cycleFiles, reportName } from '../../support/report-files.js';

/** A number of the strip: its link, its count and its sum. */
const NUMBER = /lines\?([^"]*side=[^"]*)"[^>]*>(\d+)<\/a> <span class="value">([^<]*)</g;

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

  const ANY = { currency: null, side: null } as const;
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
    assert.ok(typeof day !== 'string');
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
      (await bench.desk.lines(DAYS.day, 0, 100, { verdict, basis, ...ANY })).items
        .map((line) => line.paymentRequestId)
        .toSorted();
    assert.equal((await listed('transaction', 'matched')).length, 4);
    assert.deepEqual(await listed('transaction', 'exception'), ['SHOP1-3', 'SHOP1-5']);
    assert.deepEqual(await listed('settlement', 'matched'), ['SHOP1-1', 'SHOP1-1']);
    assert.deepEqual(await listed('settlement', 'exception'), ['SHOP1-2', 'SHOP1-3', 'SHOP1-5']);
  });

  /** Two currencies and every way to be counted or not: matched, shifted, waiting, failed here, twice there, unsettled, cancelled, foreign. */
  async function mixedDay() {
    const won = { amount: { currency: 'KRW', value: '20000' }, settlement: { currency: 'USD', value: '1450' } };
    const rows = {
      yen: paidRow(1),
      won: paidRow(2, won),
      wonOther: paidRow(3, won),
      back: refundRow(1),
      failed: paidRow(4, { standing: 'failed', day: null }),
      twice: paidRow(5),
      early: paidRow(6, { day: DAYS.before }),
      late: paidRow(7),
      unsettled: paidRow(8, { settlement: null }),
      cancelled: paidRow(9, { standing: 'cancelled' }),
      lost: paidRow(10, won),
      settledOtherwise: paidRow(11),
    };
    await bench.insert(Object.values(rows));
    const { lost: _lost, late, cancelled, ...listed } = rows;
    const lines = Object.values(listed).map((row, n) => lineOf(row, n + 4, { day: DAYS.day }));
    const at = (row: (typeof lines)[number], change: object) => Object.assign(row, change);
    for (const line of lines) {
      if (line.paymentRequestId === 'SHOP1-3') at(line, { amount: { currency: 'JPY', value: '20000' } });
      if (line.paymentRequestId === 'SHOP1-11') at(line, { settlement: { currency: 'USD', value: '1300', direction: 'C' } });
    }
    const more = [lineOf(rows.twice, 0), lineOf(cancelled, 0), lineOf(paidRow(90, { paymentRequestId: 'OTHER-1', ...won }), 0)];
    await bench.desk.import([
      ...files(DAYS.day, [...lines, ...more]),
      ...files(DAYS.after, [lineOf(late, 4, { day: DAYS.after })]),
    ]);
    const day = await bench.desk.run(DAYS.day);
    assert.ok(typeof day !== 'string');
    return day;
  }

  it('opens with each number exactly the lines that it counts, in their currency, basis and side, and says how many and their sum', async () => {
    const { totals } = await mixedDay();
    const numbers = [...(await pages.get(`/days/${DAYS.day}`)).matchAll(NUMBER)];
    assert.equal(numbers.length, totals.length * 9);
    assert.deepEqual(new Set(totals.map(({ currency, basis }) => `${currency} ${basis}`)).size, 3);
    for (const [, link = '', count, value] of numbers) {
      const query = link.replaceAll('&amp;', '&');
      const page = await pages.get(`/days/${DAYS.day}/lines?${query}`);
      const asked = new URLSearchParams(query);
      const currency = asked.get('currency');
      assert.match(page, new RegExp(`class="figure">${count} lines, ${currency}\u00a0${value}<`), query);
      assert.equal(page.match(/<tr>\s*<td><(a|span) class="word"/g)?.length ?? 0, Number(count), query);
      const { items } = await pages.json<{ items: DayLine[] }>(`/api/days/${DAYS.day}/lines?${query}`);
      const [basis, side] = [asked.get('basis'), asked.get('side')] as ['transaction', 'ours'];
      const sum = items.reduce((all, line) => all + countedUnits(line, basis, side), 0n);
      assert.deepEqual([items.length, unitsShown(currency ?? '', String(sum))], [Number(count), value], query);
    }
    assert.ok(numbers.filter(([, , count]) => count !== '0').length > 15, 'most numbers count something');
    assert.equal(await pages.status(`/api/days/${DAYS.day}/lines?side=both`), 400);
  });

  it('lists amounts of which those that are not marked as left out add up to its figures, whole and number by number', async () => {
    const { totals } = await mixedDay();
    const ROW = /<tr>\s*<td><(?:a|span) class="word".*?<\/tr>/gs;
    const CELL = /<td class="num">(.*?)<\/td>/gs;
    const AMOUNT = /([A-Z]{3})\u00a0(\u2212?)([\d,.]+)( <small class="left-out">not counted<\/small>)?/;
    /** What is not marked, by column and currency; how much is. */
    const summed = async (query: string) => {
      const sums: Record<string, bigint> = {};
      let marked = 0;
      const page = await pages.get(`/days/${DAYS.day}/lines?${query}`);
      for (const [row] of page.matchAll(ROW))
        for (const [index, [, cell = '']] of [...row.matchAll(CELL)].entries())
          for (const [place, text] of cell.split('<br>').entries()) {
            const [, currency, sign, digits = '', left] = AMOUNT.exec(text) ?? [];
            if (currency === undefined) continue;
            if (left !== undefined) marked += 1;
            else {
              const name = `${index === 0 ? 'ours' : 'theirs'}${place === 0 ? '' : 'Settled'} ${currency}`;
              sums[name] = (sums[name] ?? 0n) + BigInt(`${sign === '' ? '' : '-'}${digits.replaceAll(/[,.]/g, '')}`);
            }
          }
      return { sums, marked };
    };
    const whole = await summed('');
    assert.deepEqual(someSums(whole.sums), someSums(totalSums(totals)));
    assert.ok(whole.marked > 4, String(whole.marked));
    for (const [, link = '', , value] of (await pages.get(`/days/${DAYS.day}`)).matchAll(NUMBER)) {
      const query = link.replaceAll('&amp;', '&');
      const asked = new URLSearchParams(query);
      const currency = asked.get('currency') ?? '';
      const name = `${asked.get('side')}${asked.get('basis') === 'settlement' ? 'Settled' : ''} ${currency}`;
      assert.equal(unitsShown(currency, String((await summed(query)).sums[name] ?? 0n)), value, query);
    }
    assert.match(await pages.get(`/days/${DAYS.day}/lines`, 'ja'), /JPY\u00a01,980 <small class="left-out">集計外</);
    assert.match(await pages.get(`/days/${DAYS.day}/lines`, 'zh'), /<small class="left-out">不计入</);
  });

  it('exports amounts that add up to its figures in every currency and basis, and every exception, with the till’s reference and time', async () => {
    await mixedDay();
    const fees = [{ feeType: 'SERVICE', rate: '0.002', onRefund: 'none' as const }];
    const day = await bench.deskOf([], [{ ...SET, fees }]).run(DAYS.day);
    assert.ok(typeof day !== 'string');
    const csv = await pages.get(`/api/days/${DAYS.day}/export.csv`);
    assert.deepEqual(someSums(csvSums(csv)), someSums(totalSums(day.totals)));
    const rows = csvRows(csv);
    const { items } = await pages.json<{ items: { kind: string; cause: string }[] }>(
      `/api/days/${DAYS.day}/exceptions?limit=500`,
    );
    const told = (all: readonly (readonly (string | undefined)[])[]) => all.map(String).toSorted();
    const exported = rows.filter((row) => row['exceptionKind'] !== '');
    assert.deepEqual(
      told(exported.map((row) => [row['exceptionKind'], row['exceptionCause']])),
      told(items.map(({ kind, cause }) => [kind, cause])),
    );
    const alone = exported.filter((row) => row['type'] === '');
    assert.ok(alone.length > 3 && alone.every((row) => row['exceptionKind'] === 'fee_differs' && row['ours'] === ''));
    const of = (id: string) => rows.find((row) => row['paymentRequestId'] === id);
    assert.deepEqual(
      ['saleReference', 'completedAtUtc8', 'completedAt'].map((name) => of('SHOP1-1')?.[name]),
      ['SHOP1-1', `${DAYS.day} 12:00:00`, `${DAYS.day}T04:00:00.000Z`],
    );
    assert.deepEqual([of('SHOP1-4')?.['ours'], of('SHOP1-4')?.['notCounted']], ['', 'ours JPY 1980; oursSettled USD 13.27']);
    const forPeople = await fetch(pages.address(`/days/${DAYS.day}/export.csv`));
    const bytes = Buffer.from(await forPeople.arrayBuffer());
    assert.ok(bytes.equals(Buffer.from(`\ufeff${csv}`)), 'the page gives the same bytes behind a byte order mark');
    await bench.deskOf([], [{ ...SET, fees }]).run(DAYS.day);
    assert.equal(await pages.get(`/api/days/${DAYS.day}/export.csv`), csv, 'compared again, the same bytes');
  });

  it('leads from totals that differ and from a late file to the file and to the line that states the figure, in money as people write it', async () => {
    const name = (kind: string, part = 0) => reportName(kind, DAYS.day, part);
    const texts = new Map(cycleFiles(DAYS.day, [lineOf(paidRow(1), 4)]));
    texts.set(name('transactionItems'), (texts.get(name('transactionItems')) ?? '').replace('1,1327,USD,C', '1,33015,USD,C'));
    texts.set(name('summary'), (texts.get(name('summary')) ?? '').replace('NET,1,1327', 'NET,1,1300'));
    await bench.insert([paidRow(1)]);
    await bench.desk.import([...[...texts].map(([file, text]) => textFile(file, text)), ...files(DAYS.after, [])]);
    await bench.desk.run(DAYS.day);
    type Told = { kind: string; cause: string; line: number | null; links: { file: string; line: string } };
    const told = async () => (await pages.json<{ items: Told[] }>(`/api/days/${DAYS.day}/exceptions`)).items;
    const [items, net] = await told();
    assert.ok(items !== undefined && net !== undefined);
    assert.match(items.cause, /transactionItems states USD 330\.15 and its lines come to USD 13\.27$/);
    assert.match(net.cause, /summary states USD 13\.00 net, transactions and fees come to USD 13\.27$/);
    const stated = await pages.json<{ fields: Record<string, string> }>(items.links.line);
    assert.equal(stated.fields['settlementAmountValue'], '33015');
    assert.equal((await pages.json<{ fields: object }>(net.links.line)).fields['summaryType' as never], 'NET');
    const file = await pages.json<Record<string, unknown>>(net.links.file);
    const text = texts.get(name('summary')) ?? '';
    assert.deepEqual(
      ['name', 'kind', 'date', 'state', 'size', 'sha256', 'lines'].map((one) => file[one]),
      [name('summary'), 'summary', DAYS.day, 'arrived', text.length, textFile('', text).sha256, 1],
    );
    assert.deepEqual((file['links'] as { stated: string[] }).stated, [net.links.line]);
    const page = await pages.get(`/days/${DAYS.day}`);
    for (const { links } of [items, net])
      for (const link of [links.file, links.line]) assert.ok(page.includes(`href="${link.replace('/api', '')}"`), link);
    assert.match(await pages.get(net.links.file.replace('/api', '')), /settlementAmountValue<.*>1300</s);
    for (const { id } of (await bench.desk.exceptions(DAYS.day, 0, 50)).items) await bench.desk.resolve(id, 'lee', 'by hand');
    await bench.desk.close(DAYS.day, 'kim');
    await bench.desk.import([textFile(name('summary', 1), text.replace('1300', '1301'))]);
    const late = (await told()).find(({ kind }) => kind === 'late_file');
    assert.equal((await pages.json<{ state: string }>(late?.links.file ?? '')).state, 'late');
    assert.equal(await pages.status(`/api/clearing-files/${name('feeItems', 9)}`), 404);
  });

  it('shows a cycle without lines as nothing on either side, and prints whose report it is and when', async () => {
    const before = await pages.get(`/days/${DAYS.day}`);
    assert.doesNotMatch(before, /our books 0, clearing files 0/);
    await bench.desk.import([...files(DAYS.day, []), ...files(DAYS.after, [])]);
    await bench.desk.run(DAYS.day);
    const page = await pages.get(`/days/${DAYS.day}`);
    assert.match(page, /Compared, and nothing to count: our books 0, clearing files 0\./);
    assert.match(page, /class="print-only">Example &lt;Shop&gt; · instance SHOP1 · printed \d{4}-\d\d-\d\d \d\d:\d\d:\d\d</);
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
    assert.ok(typeof day !== 'string');
    assert.deepEqual(
      day.totals.map(({ basis, matched, theirs }) => [basis, matched, theirs]),
      [
        ['transaction', { count: 1, value: '1' }, { count: 1, value: '1' }],
        ['settlement', { count: 1, value: '0' }, { count: 1, value: '0' }],
      ],
    );
    const [listed] = (await bench.desk.lines(DAYS.day, 0, 9, { verdict: 'matched', basis: 'transaction', ...ANY })).items;
    assert.deepEqual([listed?.money.ours, listed?.money.theirs], ['JPY 1', 'JPY 1']);
  });

  it('is there for no day that no calendar has', async () => {
    assert.deepEqual([await pages.status('/days/2026-02-30'), await pages.status('/days/2024-02-29')], [404, 200]);
  });

  it('and every page and call beside it answers at the ends of time, with a calendar of at most six weeks', async () => {
    for (const [month, weeks] of [
      ['2026-03', 6],
      ['2027-02', 4],
      ['9999-12', 0],
      ['no month', 0],
    ] as const)
      assert.equal(weeksOf(month).length, weeks, month);
    for (const month of [
      '0000-00',
      '0000-01',
      '0001-01',
      '1970-01',
      '2026-13',
      '9998-12',
      '9999-01',
      '9999-12',
      '99999-1',
      '-1-01',
    ])
      assert.match(await pages.get(`/days?month=${month}`), /<span class="quiet">2026-03</, month);
    assert.match(await pages.get('/days?month=9998-11'), /<span class="quiet">9998-11</);
    for (const date of ['0000-01-01', '0001-01-01', '1969-12-31', '1970-12-31', '9999-01-01', '9999-12-31', '10000-01-01']) {
      const pageStatuses = ['', '/lines', '/export.csv'].map((rest) => pages.status(`/days/${date}${rest}`));
      const callStatuses = ['', '/lines', '/exceptions', '/export.csv'].map((rest) => pages.status(`/api/days/${date}${rest}`));
      assert.deepEqual(
        [await Promise.all(pageStatuses), await Promise.all(callStatuses)],
        [
          [404, 404, 404],
          [400, 400, 400, 400],
        ],
        date,
      );
    }
    assert.ok(typeof (await bench.desk.run('1971-01-01')) === 'object');
    for (const date of ['1971-01-01', '9998-12-31']) {
      for (const path of [`/days/${date}`, `/days/${date}/lines`, `/api/days/${date}`]) await pages.get(path);
    }
  });

  it('has a form for files that says where in a file something is wrong, with a column or without', async () => {
    const name = reportName('transactionItems', DAYS.day, 1);
    const header = (cycleFiles(DAYS.day, []).get(reportName('transactionItems', DAYS.day)) ?? '').split('\n')[2] ?? '';
    const lines = [header, 'PAYMENT,1,2,3', `PAYMENT,SHOP1-1,901,,,${DAYS.day}T12:00:00+08:00,1980,JPY,13.27,USD,C`];
    for (const [language, places] of [
      ['en', ['line 2', 'line 3, settlementAmountValue']],
      ['ja', ['2 行目', '3 行目、settlementAmountValue']],
      ['zh', ['第 2 行', '第 3 行，settlementAmountValue']],
    ] as const) {
      const form = new FormData();
      form.append('csrf', UPLOAD_TOKEN);
      form.append('files', new Blob([lines.join('\n')]), name);
      const headers = { 'Accept-Language': language };
      const answer = await fetch(pages.address('/days/upload'), { method: 'POST', headers, body: form });
      assert.equal(answer.status, 400);
      assert.deepEqual(
        [...(await answer.text()).matchAll(/<td><bdi>([^<]*)<\/bdi><\/td>/g)].map(([, place]) => place),
        places,
      );
    }
  });

  it('is reached from every line and after every resolution with the exception in question on it, sealed or not', async () => {
    const strangers = Array.from({ length: 130 }, (_unused, n) => lineOf(paidRow(n + 1), n + 4));
    await bench.desk.import([...files(DAYS.day, strangers), ...files(DAYS.after, [])]);
    await bench.desk.run(DAYS.day);
    const leadsTo = async (address: string, init?: RequestInit) => {
      const answer = await fetch(address, init);
      const { pathname, search } = new URL(answer.url);
      return { at: `${pathname}${search}`, holds: async (id: string) => (await answer.text()).includes(`<tr id="${id}">`) };
    };
    const isReached = async (link: string) => {
      const { at, holds } = await leadsTo(pages.address(link));
      assert.ok(await holds(link.split('/').at(-1) ?? ''), `${link}: ${at}`);
      return at;
    };
    const linksOf = async (query: string) =>
      [...(await pages.get(`/days/${DAYS.day}/lines?${query}`)).matchAll(/href="(\/exceptions\/ex-[^"]*)"/g)].map(
        ([, link = '']) => link,
      );
    const far = await linksOf('from=100');
    assert.equal(far.length, 30);
    const at = new Set(await Promise.all(far.map(isReached)));
    assert.deepEqual([...at], [`/days/${DAYS.day}?from=101`]);
    const picked = await linksOf('verdict=exception&basis=transaction&currency=JPY&side=theirs');
    assert.equal(picked.length, 100);
    assert.equal(await isReached(picked[0] ?? ''), `/days/${DAYS.day}`);
    const last = far.at(-1) ?? '';
    const form = { method: 'POST', body: new URLSearchParams({ reason: 'asked them' }) };
    const ofPayment = clearingWords({ date: DAYS.day, exceptionId: last.split('/').at(-1), file: null }).links;
    assert.deepEqual(
      ofPayment.map(({ href }) => href),
      [last],
      'the timeline of the payment leads there as well',
    );
    const done = await leadsTo(pages.address(`${last}/resolve`), form);
    assert.equal(done.at, `/days/${DAYS.day}?from=101&told=resolved`);
    assert.ok(await done.holds(last.split('/').at(-1) ?? ''));
    const { items } = await bench.desk.exceptions(DAYS.day, 0, 500);
    for (const { id } of items) await bench.desk.resolve(id, 'lee', 'by hand');
    assert.ok(typeof (await bench.desk.close(DAYS.day, 'kim')) === 'object');
    assert.equal(await isReached(last), `/days/${DAYS.day}?from=101`);
    assert.equal(await pages.status('/exceptions/ex-0'), 404);
  });

  it('says of rows that wait how many and how much before it can be sealed, and afterwards', async () => {
    await bench.insert([paidRow(1)]);
    await bench.desk.import(files(DAYS.day, []));
    await bench.desk.run(DAYS.day);
    const { key, count } = dayWord(await bench.desk.day(DAYS.day), DAYS.wayAfter);
    assert.deepEqual([key, count], ['day.state.waiting', 1]);
    const hint = /1 rows wait for the next cycle \(JPY 1,980\): if the reports of 2026-03-06 do not bring them either/;
    assert.match(await pages.get(`/days/${DAYS.day}`), hint);
    assert.ok(typeof (await bench.desk.close(DAYS.day, 'kim')) === 'object');
    assert.match(await pages.get(`/days/${DAYS.day}`), hint);
    assert.match(await pages.get(`/days/${DAYS.day}`, 'ja'), /1 行が次の周期を待っています（JPY 1,980）/);
    assert.match(await pages.get(`/days/${DAYS.day}`, 'zh'), /1 行等待下一周期（JPY 1,980）/);
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
