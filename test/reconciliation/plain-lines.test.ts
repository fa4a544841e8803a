import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readClearingBatches, readClearingFile } from '#src/reconciliation/clearing-file.js';
import { clearingLine, matchKey, theirIdOf } from '#src/reconciliation/clearing-lines.js';
import { parseClearingName } from '#src/reconciliation/clearing-name.js';
import type { ReportPiece } from '#src/reconciliation/clearing-sections.js';
import { BLOCK_LINES, hashKey, placesUnder, readLines } from '#src/reconciliation/line-blocks.js';
import { seededSuite } from '../support/seeded.js';

const HEADERS = [
  'transactionType',
  'paymentRequestId',
  'paymentId',
  'refundRequestId',
  'refundId',
  'transactionTime',
  'transactionAmountValue',
  'transactionAmountCurrency',
  'settlementAmountValue',
  'settlementAmountCurrency',
  'fundDirection',
  'note',
];
const name = parseClearingName('transactionItems_1020000000000000001_USD_2026030500000101_2188000000000001_001.csv');
assert.ok(name !== undefined);

const usual = <T>(some: readonly T[], odd: readonly T[]) =>
  fc.oneof({ weight: 40, arbitrary: fc.constantFrom(...some) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
const ODD_TEXTS = ['', ' ', '日本', 'x'.repeat(65), 'a b', '\t'];
const anId = (prefix: string) =>
  fc.oneof(
    { weight: 30, arbitrary: fc.stringMatching(/^[0-9a-f]{6,7}$/).map((text) => `${prefix}${text}`) },
    {
      weight: 20,
      arbitrary: fc.constantFrom(`${prefix}1`, `${prefix}11`, `${prefix}1111112`, `${prefix}1111111`, `${prefix}111111`, prefix),
    },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  );
const anAmount = usual(['0', '1', '1980', '99999999'], ['01', '-1', '123456789012345', '1234567890123456', '1.5', '']);
const aCurrency = usual(['JPY', 'USD'], ['', 'jpy', 'USDT', 'U1D']);
const aTime = usual(
  ['2026-03-05T10:16:07+08:00', '2026-03-05T10:16:07Z', '2026-03-05T10:16:07.123-0830'],
  [
    '',
    '2026-02-29T10:16:07Z',
    '2100-02-29T10:16:07Z',
    '2026-03-05 10:16:07Z',
    '2026-03-05T10:16:07',
    '2026-03-05T10:16:07.Z',
    '2026-03-05T10:16:07.1234567891Z',
  ],
);

/** Cells of a line, nearly always right. */
const cells = fc
  .tuple(
    usual(['PAYMENT', 'PAYMENT', 'REFUND'], ['', 'payment', 'PAYMENTS']),
    anId('SHOP1-'),
    fc.option(anId('9'), { nil: '' }),
    anId('SHOP1-r'),
    fc.option(anId('8'), { nil: '' }),
    aTime,
    anAmount,
    aCurrency,
    anAmount,
    aCurrency,
    usual(['C', 'D'], ['', 'X', 'CC']),
    usual(['', 'Ginza 4'], ['Kö', '\t']),
  )
  .map((all) => all.join(','));
const aFile = fc.record({
  lines: fc.array(
    usual([0, 1, 2], [3, 4]).chain((kind) => (kind < 3 ? cells : fc.constant(kind === 3 ? '' : 'one,two'))),
    {
      maxLength: 60,
    },
  ),
  end: fc.constantFrom('\n', '\r\n'),
  isOpen: fc.boolean(),
  start: fc.constantFrom('', '\ufeff'),
  cut: fc.integer({ min: 1, max: 4000 }),
});

async function* cutAt(text: string, cut: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut);
}

async function piecesOf(source: AsyncIterable<ReportPiece>): Promise<ReportPiece[]> {
  const pieces: ReportPiece[] = [];
  for await (const piece of source) pieces.push(piece);
  return pieces.toSorted((a, b) => a.line - b.line);
}

describe('lines of a report that are read byte by byte', () => {
  const seeded = seededSuite();
  const textOf = ({ lines, end, isOpen, start }: typeof aFile extends fc.Arbitrary<infer T> ? T : never, headers: string) =>
    `${start}${[headers, ...lines].join(end)}${isOpen ? '' : end}`;

  it('come to what the parser of CSV makes of them, errors and all', async () => {
    await fc.assert(
      fc.asyncProperty(aFile, async (file) => {
        const plain = await piecesOf(readClearingFile(name, cutAt(textOf(file, HEADERS.join(',')), file.cut)));
        const quoted = await piecesOf(readClearingFile(name, cutAt(textOf(file, `"${HEADERS.join('","')}"`), file.cut)));
        assert.deepEqual(plain, quoted);
      }),
      seeded.runs(),
    );
  });

  it('have days that the calendar has and no others, leap years too, byte by byte as by the parser of CSV', async () => {
    const days = [
      '0000',
      '0004',
      '0100',
      '1600',
      '1900',
      '2000',
      '2023',
      '2024',
      '2026',
      '2028',
      '2100',
      '2400',
      '9996',
      '9999',
    ].flatMap((year) =>
      Array.from({ length: 14 * 33 }, (_unused, n) =>
        [year, Math.floor(n / 33), n % 33].map((part) => String(part).padStart(2, '0')).join('-'),
      ),
    );
    const lines = days.map((day, n) => `PAYMENT,SHOP1-${n},9${n},,,${day}T10:16:07Z,1,JPY,1,USD,C,`).join('\n');
    const wrong = days.flatMap((day, n) => {
      const at = Date.parse(`${day}T00:00:00Z`);
      return Number.isNaN(at) || !new Date(at).toISOString().startsWith(day) ? [n + 2] : [];
    });
    for (const header of [HEADERS.join(','), `"${HEADERS.join('","')}"`]) {
      const [told, taken]: [number[], number[]] = [[], []];
      for await (const { pieces, plain } of readClearingBatches(name, cutAt(`${header}\n${lines}\n`, 50_000))) {
        for (const { kind, line } of pieces) (kind === 'error' ? told : taken).push(line);
        taken.push(...(plain?.texts() ?? []).map(([line]) => line));
      }
      assert.deepEqual([told, told.length + taken.length], [wrong, days.length]);
    }
  });

  it('are sorted, stored and found by the id of the upstream as they came', async () => {
    await fc.assert(
      fc.asyncProperty(aFile, async (file) => {
        const text = textOf(file, HEADERS.join(','));
        const details = new Map(
          (await piecesOf(readClearingFile(name, cutAt(text, file.cut)))).flatMap((piece) =>
            piece.kind === 'detail'
              ? [[piece.line, clearingLine(piece.line, piece.fields, piece.unknown, 'settlement')] as const]
              : [],
          ),
        );
        for await (const { plain } of readClearingBatches(name, cutAt(text, file.cut))) {
          if (plain === null) continue;
          const { blocks, lines, value } = plain.sorted();
          const items = blocks.filter(({ section }) => section === 'items');
          const read = items.flatMap(({ body }) => readLines(body));
          assert.equal(lines, read.length);
          for (const line of read) assert.deepEqual(line, details.get(line.line));
          const keyed = read.map((line) => [matchKey(line), line.line] as const);
          assert.deepEqual(
            keyed,
            keyed.toSorted(([a, one], [b, other]) => (a < b ? -1 : a > b ? 1 : one - other)),
          );
          for (const [at, { firstKey, lastKey }] of items.entries())
            assert.deepEqual(
              [firstKey, lastKey],
              [keyed[at * BLOCK_LINES]?.[0], keyed[Math.min((at + 1) * BLOCK_LINES, lines) - 1]?.[0]],
            );
          const sum = read.reduce(
            (all, { settlement }) => all + BigInt(`${settlement.direction === 'C' ? '' : '-'}${settlement.value}`),
            0n,
          );
          assert.equal(value, sum);
          for (const [place, line] of read.entries()) {
            const theirs = theirIdOf(line);
            if (theirs === null) continue;
            const hash = hashKey(theirs);
            const around = blocks.filter((one) => one.section === 'ids' && one.firstKey <= hash && one.lastKey >= hash);
            assert.ok(around.some(({ body }) => placesUnder(body, hash).includes(place)));
          }
        }
      }),
      seeded.runs(),
    );
  });

  it('are stored as the same text in whatever order the columns of the file stand', async () => {
    const order = [3, 0, 10, 1, 2, 4, 11, 5, 7, 6, 8, 9];
    const shuffled = (line: string) => {
      const all = line.split(',');
      return order.map((at) => all[at]).join(',');
    };
    const bodiesOf = async (lines: readonly string[]) => {
      const bodies: string[] = [];
      for await (const { plain } of readClearingBatches(name, cutAt(lines.join('\n'), 997)))
        if (plain !== null) bodies.push(...plain.sorted().blocks.map(({ body }) => body));
      return bodies;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(cells, { minLength: 1, maxLength: 40 }), async (details) => {
        const lines = [HEADERS.join(','), ...details];
        assert.deepEqual(await bodiesOf(lines), await bodiesOf(lines.map(shuffled)));
      }),
      seeded.runs(),
    );
  });

  it('are nearly all of a file: what is left to the reader of text is the exception', async () => {
    const lines = Array.from(
      { length: 1000 },
      (_unused, n) => `PAYMENT,SHOP1-${n},9${n},,,2026-03-05T10:16:07+08:00,1,JPY,1,USD,C,`,
    );
    const text = `${HEADERS.join(',')}\n${lines.join('\n')}\n`;
    let plain = 0;
    for await (const batch of readClearingBatches(name, cutAt(text, 997))) plain += batch.plain?.count() ?? 0;
    assert.equal(plain, 1000);
  });
});
