import assert from 'node:assert/strict';
import type { TheirLine } from '#src/reconciliation/recon-words.js';
import type { ReconRules } from '#src/reconciliation/run-day.js';
import { type NewPlace, PLACES } from '../support/books-places.js';
import { openReconBench, type ReconBench, SET, textFile } from '../support/recon-bench.js';
import { cycleFiles, reportName } from '../support/report-files.js';
import { DAYS, lineOf, paidRow } from './recon-samples.js';

const RULES: ReconRules = { ...SET, fees: [{ feeType: 'INTERCHANGE', rate: '0.01', onRefund: 'returned' }] };
const FEE_HEADER =
  'feeType,transactionType,paymentRequestId,paymentId,refundRequestId,refundId,transactionTime,feeAmountValue,feeAmountCurrency,fundDirection';
const SUMMARY_HEADER = 'clearingBatchId,summaryType,totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection';

const SETTLEMENT_HEADER = 'settlementBatchId,valueDate,settlementAmountValue,settlementAmountCurrency,fundDirection';
const BATCH_HEADER = 'clearingBatchId,clearingDate,settlementAmountValue,settlementAmountCurrency,fundDirection';

/** A settlement report of the day; part 000 has the total. */
function settlement(currency: string, stated: number, paid: number, part = 0) {
  const name = reportName('settlement', DAYS.day, part).replace('_USD_', `_${currency}_`);
  const total = `${SETTLEMENT_HEADER}\n2026030500000101,20260305,${stated},${currency},C\n`;
  const details = `${BATCH_HEADER}\n2026030300000101,20260303,${paid},${currency},C\n`;
  return textFile(name, `${part === 0 ? total : ''}${details}`);
}

/** What the batch that is paid there was cleared with. */
function cleared(currency: string, net: number) {
  const name = reportName('summary', '2026-03-03').replace('_USD_', `_${currency}_`);
  return textFile(name, `${SUMMARY_HEADER}\n2026030300000101,NET,1,${net},${currency},C\n`);
}

describe('reports that belong together', () => {
  let place: NewPlace;
  let bench: ReconBench;
  beforeEach(async function () {
    const [sqlite] = PLACES;
    assert.ok(sqlite !== undefined);
    place = await sqlite.make(this);
    bench = await openReconBench(place, [RULES]);
  });
  afterEach(async () => {
    await bench.close();
    await place.remove();
  });

  async function found(kind: string, ...files: ReturnType<typeof textFile>[]): Promise<readonly string[]> {
    const answer = await bench.desk.import(files);
    assert.equal(answer.kind, 'imported', JSON.stringify(answer));
    await bench.desk.run(DAYS.day);
    const { items } = await bench.desk.exceptions(DAYS.day, 0, 100);
    return items.filter((one) => one.kind === kind).map(({ cause }) => cause);
  }

  it('are those of one currency and agreement: two settlements under one batch number are each paid as they were cleared', async () => {
    const files = [settlement('USD', 100, 100), settlement('EUR', 200, 200), cleared('EUR', 200), cleared('USD', 100)];
    assert.deepEqual(await found('totals_differ', ...files), []);
  });

  it('tell a settlement that is paid otherwise than the batch of its own currency was cleared', async () => {
    const files = [settlement('USD', 100, 100), settlement('EUR', 200, 200), cleared('EUR', 100), cleared('USD', 100)];
    const causes = await found('totals_differ', ...files);
    assert.equal(causes.length, 1);
    assert.match(causes[0] ?? '', /is paid with EUR 2\.00 and was cleared with EUR 1\.00/);
  });

  it('of a settlement are not added up while a part is missing, and the part is told', async () => {
    const causes = await found('file_part_missing', settlement('USD', 200, 100, 1));
    assert.deepEqual(causes, [`settlement_ lacks part 000 (${reportName('settlement', DAYS.day)})`]);
    assert.deepEqual(await found('totals_differ', settlement('USD', 200, 100)), []);
    assert.deepEqual(await found('file_part_missing'), []);
    const more = settlement('USD', 200, 50, 3);
    assert.deepEqual(await found('totals_differ', more), []);
    assert.deepEqual(await found('file_part_missing'), [`settlement_ lacks part 002 (${reportName('settlement', DAYS.day, 2)})`]);
  });

  it('under other ids than the configured ones are named beside those that are missing', async () => {
    const rows = [lineOf(paidRow(1), 4)];
    const filesOf = (day: string) => [...cycleFiles(day, rows)];
    const foreign = filesOf(DAYS.day).map(([name, text]) => textFile(name.replace(SET.participantAgreementId, '77'), text));
    const [others, own] = [{ ...SET, participantAgreementId: '77' }, SET].map(
      ({ participantId, settlementCurrency, participantAgreementId }) =>
        `${participantId} ${settlementCurrency} ${participantAgreementId}`,
    );
    const causes = await found('file_missing', ...foreign);
    assert.equal(causes.length, 3);
    for (const cause of causes)
      assert.ok(cause.endsWith(`; reports of ${others} have arrived, configured is ${own}: compare the ids`), cause);
    const rest = await found('file_missing', ...filesOf(DAYS.after).map(([name, text]) => textFile(name, text)));
    assert.deepEqual(rest, causes, 'files of another day are no others');
  });

  it('in another currency than their file says are refused where they are totals or batches', async () => {
    const { name } = settlement('USD', 100, 100);
    const text = `${SETTLEMENT_HEADER}\n2026030500000101,20260305,100,EUR,C\n${BATCH_HEADER}\n2026030300000101,20260303,100,GBP,C\n`;
    const answer = await bench.desk.import([textFile(name, text)]);
    assert.ok(answer.kind === 'refused');
    assert.deepEqual(
      answer.errors.map(({ line, column }) => [line, column]),
      [
        [2, 'settlementAmountCurrency'],
        [4, 'settlementAmountCurrency'],
      ],
    );
  });

  it('are refused with a time that no clock has', async () => {
    const files = [...cycleFiles(DAYS.day, [lineOf(paidRow(1), 4)])].map(([name, text]) =>
      textFile(name, text.replace('T12:00:00', 'T77:00:00')),
    );
    const answer = await bench.desk.import(files);
    assert.ok(answer.kind === 'refused');
    assert.deepEqual(
      answer.errors.map(({ line, column }) => [line, column]),
      [[4, 'transactionTime']],
    );
  });

  const withoutNet = (lines: readonly TheirLine[]) =>
    [...cycleFiles(DAYS.day, lines)].map(([name, text]) =>
      textFile(name, name.startsWith('summary') ? `${SUMMARY_HEADER}\n` : text),
    );

  it('prove no cycle without a NET line in the summary', async () => {
    assert.deepEqual(await found('totals_differ', ...withoutNet([lineOf(paidRow(1), 4)])), [
      'batch 2026030500000101 USD: summary has no NET line, although there are transactions or fees',
    ]);
  });

  it('need no NET line for an empty cycle', async () => {
    assert.deepEqual(await found('totals_differ', ...withoutNet([])), []);
  });

  it('show the lines of totals and batches as they came, too', async () => {
    const file = settlement('USD', 100, 100);
    await found('totals_differ', file);
    const lines = await Promise.all([1, 2, 4].map((line) => bench.desk.lineOfFile(file.name, line)));
    assert.deepEqual(
      lines.map((line) => (line !== undefined && 'fields' in line ? [line.section, line.fields['settlementAmountValue']] : null)),
      [null, ['summary', '100'], ['detail', '100']],
    );
  });

  interface Fee {
    readonly ids: string;
    readonly value: number;
  }

  /** A cycle of one payment, and fees under any ids. */
  function withFees(line: TheirLine, fees: readonly Fee[]): ReturnType<typeof textFile>[] {
    const sum = fees.reduce((all, { value }) => all + value, 0);
    const head = `totalCount,feeAmountValue,feeAmountCurrency,fundDirection\n${fees.length},${sum},USD,D\n${FEE_HEADER}\n`;
    const rows = fees.map(({ ids, value }) => `INTERCHANGE,PAYMENT,${ids},,,2026-03-05T12:00:00+08:00,${value},USD,D\n`);
    return [...cycleFiles(DAYS.day, [line])].map(([name, text]) =>
      textFile(name, name.startsWith('feeItems') ? head + rows.join('') : text),
    );
  }

  for (const [what, ids, item] of [
    ['our id alone', 'SHOP1-1,', {}],
    ['the upstream’s id alone', ',901', {}],
    ['both where the payment names the upstream’s alone', 'SHOP1-1,901', { paymentRequestId: null }],
    ['the upstream’s alone as the payment does', ',901', { paymentRequestId: null }],
  ] as const) {
    it(`of fees are compared with the payment that they name by ${what}`, async () => {
      const row = paidRow(1);
      await bench.insert([row]);
      assert.deepEqual(await found('fee_differs', ...withFees(lineOf(row, 4, item), [{ ids, value: 13 }])), []);
    });

    it(`of fees are told once, with the arithmetic, when the fee named by ${what} is wrong`, async () => {
      const row = paidRow(1);
      await bench.insert([row]);
      assert.deepEqual(await found('fee_differs', ...withFees(lineOf(row, 4, item), [{ ids, value: 14 }])), [
        'INTERCHANGE: USD 13.27 x -0.01 = USD -0.13 by contract, USD -0.14 in the report',
      ]);
    });
  }

  it('of fees say nothing of a payment of another system', async () => {
    const foreign = lineOf(paidRow(7, { paymentRequestId: 'OTHER-7' }), 4);
    assert.deepEqual(await found('fee_differs', ...withFees(foreign, [])), []);
  });

  it('of fees are compared with a payment of ours that no book knows', async () => {
    assert.equal((await found('fee_differs', ...withFees(lineOf(paidRow(7), 4), []))).length, 1);
  });

  it('of fees count a fee under each of the two ids, and tell one of a payment that is not listed', async () => {
    const row = paidRow(1);
    await bench.insert([row]);
    const fees = [
      { ids: 'SHOP1-1,', value: 13 },
      { ids: ',901', value: 13 },
      { ids: ',902', value: 5 },
    ];
    assert.deepEqual((await found('fee_differs', ...withFees(lineOf(row, 4), fees))).toSorted(), [
      'INTERCHANGE: USD 13.27 x -0.01 = USD -0.13 by contract, USD -0.26 in the report',
      'INTERCHANGE: a fee for a payment that this cycle does not list',
    ]);
  });
});
