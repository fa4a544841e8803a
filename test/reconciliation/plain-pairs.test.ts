import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ClearingLine, matchKey } from '#src/reconciliation/clearing-lines.js';
import { createPacker, readLines } from '#src/reconciliation/day-line-text.js';
import { createTotalsTally } from '#src/reconciliation/day-totals.js';
import { PLAIN_HEAD } from '#src/reconciliation/line-blocks.js';
import { openBlock } from '#src/reconciliation/open-block.js';
import { CELL_END, ourPageOfText, ROW_END } from '#src/reconciliation/our-page.js';
import { type PlainPair, plainPair } from '#src/reconciliation/plain-pair.js';
import { addPair, growingPairs, isPlainPair, sumsOf } from '#src/reconciliation/plain-pairs.js';
import type { OurRow } from '#src/reconciliation/recon-words.js';
import { seededSuite } from '../support/seeded.js';
import { DAYS, paidRow } from './recon-samples.js';

const FILE = 'f.csv';

/** A page as the books write it. */
function pageText(rows: readonly OurRow[]): string {
  const texts = rows.map(({ paymentRequestId, paymentId, amount, settlement, standing }) => {
    const money = [amount.value, amount.currency, settlement?.value ?? '', settlement?.currency ?? '', 'C'].join(',');
    return [`p${paymentRequestId}`, money, standing === 'undecided' ? '' : standing, paymentId ?? ''].join(CELL_END);
  });
  return texts.join(ROW_END);
}

function blockText(lines: readonly ClearingLine[]): string {
  const texts = lines.map((line) => {
    const { amount, settlement, paymentId, refundRequestId, refundId } = line;
    const ids = [matchKey(line), paymentId ?? '', refundRequestId ?? '', refundId ?? ''];
    const money = [amount?.value ?? '', amount?.currency ?? '', settlement.value, settlement.currency, settlement.direction];
    return [line.line, ...ids, '2026-03-05T10:16:07+08:00', ...money, ''].join(',');
  });
  return [PLAIN_HEAD, ...texts].join('\n');
}

function lineOf(row: OurRow, line: number, change: Partial<ClearingLine>): ClearingLine {
  const settlement = { ...(row.settlement ?? { currency: 'USD', value: '5' }), direction: 'C' as const };
  const { type, paymentRequestId, paymentId, refundRequestId, refundId, amount } = row;
  const ids = { type, paymentRequestId, paymentId, refundRequestId, refundId };
  return { ...ids, line, amount, settlement, time: '2026-03-05T10:16:07+08:00', feeType: null, unknown: null, ...change };
}

const usual = <T>(some: readonly T[], odd: readonly T[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...some) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
const aValue = usual(['1980', '0', '19'], ['198', '19800', '999999999999999']);
const aCurrency = usual(['JPY', 'USD'], ['EUR']);
const money = fc.record({ value: aValue, currency: aCurrency }, { noNullPrototype: true });
const aPair = fc.record({
  standing: usual(['completed'] as const, ['cancelled', 'undecided'] as const),
  amount: money,
  settlement: fc.option(money, { nil: null, freq: 12 }),
  paymentId: fc.constantFrom(null, '901', '\u00fc'),
  name: usual(['a'], ['\\', 'b'.repeat(60)]),
  change: usual<Partial<ClearingLine>>(
    [{}],
    [
      { amount: null },
      { amount: { value: '1980', currency: 'JPY' } },
      { settlement: { value: '19', currency: 'USD', direction: 'C' } },
      { settlement: { value: '1980', currency: 'JPY', direction: 'D' } },
      { refundRequestId: 'R' },
    ],
  ),
});

describe('payments and lines that are compared as bytes', () => {
  const seeded = seededSuite();

  it('are plain pairs where both taken apart are one, listed and added up as those are', () => {
    fc.assert(
      fc.property(fc.array(aPair, { minLength: 1, maxLength: 20 }), (pairs) => {
        const rows = pairs.map(({ change: _change, name, ...row }, n) =>
          paidRow(0, { ...row, paymentRequestId: `${n + 10}${name}` }),
        );
        const lines = rows.map((row, n) => lineOf(row, n + 4, pairs[n]?.change ?? {}));
        const page = ourPageOfText(pageText(rows), rows.length, DAYS.day);
        assert.ok(page !== undefined);
        const block = openBlock(1, blockText(lines));
        const hasBackslash = pairs.some(({ name }) => name === '\\');
        const plain = growingPairs(rows.length);
        const apart: PlainPair[] = [];
        rows.forEach((row, n) => {
          assert.deepEqual(page.rowAt(n), row);
          assert.deepEqual(block.lineAt(n), lines[n]);
          const pair = plainPair(row, lines[n] as ClearingLine, FILE, DAYS.day);
          // A backslash would have to be written as two.
          assert.equal(isPlainPair(page, n, block, n), pair !== undefined && !hasBackslash);
          if (pair === undefined || hasBackslash) return;
          apart.push(pair);
          addPair(plain, page, n, block, n);
        });
        const [one, other] = [createPacker(), createPacker()];
        one.addPlain(plain, () => FILE);
        other.add(apart);
        const listed = [one, other].map((packer) => {
          packer.end();
          return packer.packs.flatMap(({ body }) => readLines(body));
        });
        assert.deepEqual(listed[0], listed[1]);
        const [sums, whole] = [createTotalsTally(DAYS.day, 'USD'), createTotalsTally(DAYS.day, 'USD')];
        sums.addSums(sumsOf(plain));
        whole.addPlain(apart);
        assert.deepEqual(sums.totals(), whole.totals());
      }),
      seeded.runs(300),
    );
  });

  const broken: readonly (readonly [what: string, text: string, many: number])[] = [
    ['has another number of rows', pageText([paidRow(1), paidRow(2)]), 3],
    ['has rows behind its last one', pageText([paidRow(1), paidRow(2)]), 1],
    ['is not in order', pageText([paidRow(2), paidRow(1)]), 2],
    ['has an end of a cell in an id', pageText([paidRow(1, { paymentId: CELL_END })]), 1],
    ['has an end of a row in an id', pageText([paidRow(1, { paymentId: `${ROW_END}pz` })]), 1],
    ['has a comma in a currency', pageText([paidRow(1, { settlement: { value: '1', currency: 'A,B' } })]), 1],
  ];
  for (const [what, text, many] of broken)
    it(`are not taken out of a page that ${what}: it is read row by row`, () => {
      assert.equal(ourPageOfText(text, many, DAYS.day), undefined);
    });

  it('are listed in packs that are as long as they may be, with files of their own', () => {
    const rows = Array.from({ length: 1203 }, (_unused, n) => paidRow(n + 1000));
    const page = ourPageOfText(pageText(rows), rows.length, DAYS.day);
    const block = openBlock(7, blockText(rows.map((row, n) => lineOf(row, n + 4, {}))));
    assert.ok(page !== undefined);
    const plain = growingPairs(rows.length);
    for (const n of rows.keys()) addPair(plain, page, n, block, n);
    const packer = createPacker();
    packer.addPlain(plain, (fileId) => `file ${fileId}`);
    packer.end();
    assert.deepEqual(
      packer.packs.map(({ lines }) => lines),
      [500, 500, 203],
    );
    const listed = packer.packs.flatMap(({ body }) => readLines(body));
    assert.deepEqual(
      listed.map(({ paymentRequestId, file, line }) => [paymentRequestId, file, line]),
      rows.map(({ paymentRequestId }, n) => [paymentRequestId, 'file 7', n + 4]),
    );
  });
});
