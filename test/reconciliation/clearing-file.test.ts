import assert from 'node:assert/strict';
import { createReadStream, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { readClearingBatches, readClearingFile } from '#src/reconciliation/clearing-file.js';
import { type ClearingFileName, parseClearingName } from '#src/reconciliation/clearing-name.js';
import type { ReportPiece } from '#src/reconciliation/clearing-sections.js';
import { seededSuite } from '../support/seeded.js';

// The compiled test lies in dist/test/reconciliation, the files stay beside the source.
const SAMPLES = fileURLToPath(new URL('../../../test/reconciliation/samples', import.meta.url));
const HEADER =
  'transactionType,paymentRequestId,paymentId,refundRequestId,refundId,transactionTime,transactionAmountValue,transactionAmountCurrency,' +
  'settlementAmountValue,settlementAmountCurrency,fundDirection';
const SUMMARY = 'totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection\n1,1327,USD,C\n';
const LINE = 'PAYMENT,SHOP1-1,9001,,,2026-03-05T10:16:07+08:00,1980,JPY,1327,USD,C';

function nameOf(kind: string, part = '000'): ClearingFileName {
  const name = parseClearingName(`${kind}_1020000000000000001_USD_2026030500000101_2188000000000001_${part}.csv`);
  assert.ok(name !== undefined);
  return name;
}

async function piecesOf(source: AsyncIterable<ReportPiece>): Promise<ReportPiece[]> {
  const pieces: ReportPiece[] = [];
  for await (const piece of source) pieces.push(piece);
  return pieces.toSorted((a, b) => a.line - b.line);
}

async function read(name: ClearingFileName, ...chunks: readonly (string | Uint8Array)[]): Promise<ReportPiece[]> {
  const bytes = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk as string);
  })();
  return piecesOf(readClearingFile(name, bytes));
}

const errorsIn = (pieces: readonly ReportPiece[]) =>
  pieces.flatMap((piece) => (piece.kind === 'error' ? [`${piece.line} ${piece.column}: ${piece.message}`] : []));

describe('names of report files', () => {
  it('tell kind, participant, currency, batch, agreement, part and clearing day', () => {
    const { kind, participantId, settlementCurrency, batchId, participantAgreementId, part, day } = nameOf('feeItems', '012');
    assert.deepEqual(
      [kind, participantId, settlementCurrency, batchId, participantAgreementId, part, day],
      ['feeItems', '1020000000000000001', 'USD', '2026030500000101', '2188000000000001', 12, '2026-03-05'],
    );
  });

  for (const wrong of [
    'transactionItems_1_USD_2026030500000101_2_000.CSV',
    'transactionItems_1_usd_2026030500000101_2_000.csv',
    'transactionItems_1_USD_2026023000000101_2_000.csv',
    'transactionItems_1_USD_2026030500000101_2_0.csv',
    'transactionItems_1_USD_2026030_2_000.csv',
    'transactions_1_USD_2026030500000101_2_000.csv',
    '../transactionItems_1_USD_2026030500000101_2_000.csv',
    'transactionItems_1_USD_2026030500000101_2_000.csv.part',
  ]) {
    it(`are not read out of ${wrong}`, () => assert.equal(parseClearingName(wrong), undefined));
  }
});

describe('report files', () => {
  const seeded = seededSuite();
  const samples = readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.csv'));

  it('of the samples are read whole, each with as many details as its summary counts', async () => {
    assert.equal(samples.length, 7);
    for (const sample of samples) {
      const name = parseClearingName(basename(sample));
      assert.ok(name !== undefined, sample);
      const pieces = await piecesOf(readClearingFile(name, createReadStream(join(SAMPLES, sample))));
      assert.deepEqual(errorsIn(pieces), [], sample);
      const counted = pieces.find(({ kind }) => kind === 'summary');
      if (counted === undefined || counted.kind === 'error' || counted.fields['totalCount'] === undefined) continue;
      assert.equal(pieces.filter(({ kind }) => kind === 'detail').length, Number(counted.fields['totalCount']), sample);
    }
  });

  it('give the same with CRLF, with a byte order mark, with quotes, and without a line end at the end', async () => {
    const plain = `${SUMMARY}${HEADER}\n${LINE}\n`;
    const name = nameOf('transactionItems');
    const wanted = await read(name, plain);
    assert.deepEqual(
      wanted.map(({ kind, line }) => [kind, line]),
      [
        ['summary', 2],
        ['detail', 4],
      ],
    );
    const quoted = plain.replace(/[^,\n]+/g, '"$&"');
    for (const [what, text] of Object.entries({
      crlf: plain.replaceAll('\n', '\r\n'),
      mark: `\ufeff${plain}`,
      quoted,
      open: plain.slice(0, -1),
      ended: `${plain}<END>\n`,
    })) {
      assert.deepEqual(await read(name, text), wanted, what);
    }
  });

  it('may end their lines one way and the other, with quotes as without', async () => {
    const lines = [...`${SUMMARY}${HEADER}`.split('\n'), LINE, LINE];
    const name = nameOf('transactionItems');
    const wanted = await read(name, `${lines.join('\n')}\n`);
    assert.equal(wanted.length, 3);
    for (const quoted of [
      lines,
      lines.map((line) => line.replace(/^\w+/, '"$&"')),
      [...lines.slice(0, -1), `"${LINE.replaceAll(',', '","')}"`],
    ])
      for (const odd of [0, 1])
        assert.deepEqual(
          await read(name, quoted.map((line, index) => `${line}${index % 2 === odd ? '\r' : ''}\n`).join('')),
          wanted,
        );
  });

  it('go by header name: another order of the columns and unknown ones change nothing, and unknown ones are kept', async () => {
    const headers = HEADER.split(',').toReversed();
    const cells = LINE.split(',').toReversed();
    const text = `${SUMMARY}promoCode,${headers.join(',')}\nSPRING,${cells.join(',')}\n`;
    const [, detail] = await read(nameOf('transactionItems'), text);
    const [, usual] = await read(nameOf('transactionItems'), `${SUMMARY}${HEADER}\n${LINE}\n`);
    assert.ok(detail?.kind === 'detail' && usual?.kind === 'detail');
    assert.deepEqual(detail.fields, usual.fields);
    assert.deepEqual({ ...detail.unknown }, { promoCode: 'SPRING' });
  });

  it('have a summary section in part 000 only', async () => {
    const later = await read(nameOf('transactionItems', '001'), `${HEADER}\n${LINE}\n`);
    assert.deepEqual(
      later.map(({ kind, line }) => [kind, line]),
      [['detail', 2]],
    );
  });

  it('of an empty cycle are no error', async () => {
    const summary = 'totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection\n0,0,USD,D\n';
    const pieces = await read(nameOf('transactionItems'), `${summary}${HEADER}\n`);
    assert.deepEqual(
      pieces.map(({ kind }) => kind),
      ['summary'],
    );
  });

  for (const [what, text, wanted] of [
    ['an empty file', '', ['1 null: the header of the summary section is missing']],
    ['a file that ends after its summary', SUMMARY, ['3 null: the header of the details is missing']],
    [
      'a line with a field too few',
      `${SUMMARY}${HEADER}\n${LINE.slice(0, -2)}\n`,
      ['4 null: this line has 10 fields, its header has 11'],
    ],
    [
      'amounts with a sign or a point, other directions, and times without an offset',
      `${SUMMARY}${HEADER}\n${LINE.replace('1327', '-13.27').replace(/C$/, 'c').replace('+08:00', '')}\n`,
      [
        '4 transactionTime: transactionTime must be a time with its offset, like 2026-03-05T10:16:07+08:00',
        '4 settlementAmountValue: settlementAmountValue must be an amount in whole smallest units, digits only',
        '4 fundDirection: fundDirection must be C (to us) or D (from us)',
      ],
    ],
    [
      'a header without a needed column, and one that stands twice',
      `${SUMMARY}${HEADER.replace('refundId', 'paymentId')}\n`,
      [
        '3 paymentId: the column paymentId stands in this header twice',
        '3 refundId: the column refundId is missing in this header',
      ],
    ],
    [
      'a payment and a refund that name no id',
      `${SUMMARY}${HEADER}\n${LINE.replace('SHOP1-1,9001', ',')}\n${LINE.replace('PAYMENT', 'REFUND')}\n`,
      [
        '4 paymentRequestId: a PAYMENT names neither paymentRequestId nor paymentId',
        '5 refundRequestId: a REFUND names neither refundRequestId nor refundId',
      ],
    ],
    [
      'times and dates that no calendar and no clock has',
      `${SUMMARY}${HEADER}\n${['2026-13-45T77:99:99', '2026-02-29T10:16:07', '2026-03-05T24:00:00']
        .map((time) => LINE.replace('2026-03-05T10:16:07', time))
        .join('\n')}\n${LINE.replace('+08:00', '+08:75')}\n`,
      [4, 5, 6, 7].map(
        (line) => `${line} transactionTime: transactionTime must be a time with its offset, like 2026-03-05T10:16:07+08:00`,
      ),
    ],
    [
      'a quote that is never closed, where it begins',
      `${SUMMARY}${HEADER}\n${LINE},"\n${LINE}\n${LINE}\n`.replace(`${LINE},"`, LINE.replace('SHOP1-1', '"SHOP1-1')),
      ['4 null: a quote stands where none may be, or is not closed'],
    ],
    [
      'a quote that is not closed for longer than any line, where it begins',
      `${SUMMARY}${HEADER}\n${LINE}\n${LINE.replace('SHOP1-1', '"SHOP1-1')}\n${`${LINE}\n`.repeat(1000)}`,
      ['5 null: this line is longer than 65536 bytes, or a quote is never closed'],
    ],
    [
      'something behind the end mark',
      `${SUMMARY}${HEADER}\n${LINE}\n<END>\n${LINE}\n`,
      ['6 null: something stands behind <END>'],
    ],
    [
      'a quote in the middle of a field, and the error after it as well',
      `${SUMMARY}${HEADER}\nPAY"MENT,x\n${LINE.replace('USD', 'us')}\n`,
      [
        '4 null: a quote stands where none may be, or is not closed',
        '5 settlementAmountCurrency: settlementAmountCurrency must be a currency of three capital letters',
      ],
    ],
  ] as const) {
    it(`tell every error with line and column: ${what}`, async () => {
      assert.deepEqual(errorsIn(await read(nameOf('transactionItems'), text)).toSorted(), [...wanted].toSorted());
    });
  }

  it('that are not UTF-8 are told, with what stands before the wrong byte', async () => {
    const pieces = await read(nameOf('transactionItems'), `${SUMMARY}${HEADER}\n${LINE}\n`, Uint8Array.of(0xe3, 0x41));
    assert.deepEqual(
      pieces.map(({ kind, line }) => [kind, line]),
      [
        ['summary', 2],
        ['detail', 4],
        ['error', 5],
      ],
    );
  });

  it('give the same however the bytes are cut', async () => {
    const bytes = Buffer.from(`\ufeff${SUMMARY}${HEADER},note\n${LINE},"抹茶 ""A""\n2"\n${LINE},\n`);
    const whole = await read(nameOf('transactionItems'), bytes);
    assert.equal(whole.length, 3);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      assert.deepEqual(
        await read(nameOf('transactionItems'), bytes.subarray(0, cut), bytes.subarray(cut)),
        whole,
        `cut at ${cut}`,
      );
    }
  });

  it('lose no line, whatever stands in it: each is a detail or an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.stringMatching(/^[A-Za-z0-9,;:+ -]{1,40}$/), { maxLength: 20 }), async (lines) => {
        const told = new Set(
          (await read(nameOf('transactionItems', '001'), `${HEADER}\n${lines.join('\n')}\n`)).map(({ line }) => line),
        );
        lines.forEach((text, index) => {
          if (text.trim() !== '') assert.ok(told.has(index + 2), `line ${index + 2}: ${text}`);
        });
      }),
      seeded.runs(),
    );
  });

  const EMPTY = 'more than 10000 lines of this file are empty';
  const LONG = 'this line is longer than 65536 bytes, or a quote is never closed';
  const QUOTE = 'a quote stands where none may be, or is not closed';
  for (const [what, head, piece, wanted] of [
    ['one line of commas', `${SUMMARY}${HEADER}\n`, ',', `4 null: ${LONG}`],
    ['one line of letters', `${SUMMARY}${HEADER}\n`, 'a', `4 null: ${LONG}`],
    ['one line of commas behind a quoted cell', `${SUMMARY}${HEADER}\n"a"`, ',', `4 null: ${LONG}`],
    ['one line of commas and quotes', `${SUMMARY}${HEADER}\n`, ',"', `4 null: ${LONG}`],
    ['one line of quotes', `${SUMMARY}${HEADER}\n`, '"', `4 null: ${LONG}`],
    ['one line of quoted cells', `${SUMMARY}${HEADER}\n`, '"",', `4 null: ${LONG}`],
    ['one record of short lines', `${SUMMARY}${HEADER}\n`, `"\n"${','.repeat(5000)}`, `4 null: ${LONG}`],
    ['one record that is wrong again and again', `${SUMMARY}${HEADER}\n`, `x"${','.repeat(40_000)}"\n",`, `4 null: ${QUOTE}`],
    ['one line of carriage returns', `${SUMMARY}${HEADER}\n`, '\r', `4 null: ${LONG}`],
    ['carriage returns alone', '', '\r', `10001 null: ${EMPTY}`],
    ['empty lines', `${SUMMARY}${HEADER}\n`, '\n', `10004 null: ${EMPTY}`],
    ['lines of a blank', `${SUMMARY}${HEADER}\n`, ' \r\n', `10004 null: ${EMPTY}`],
    ['lines of an empty quoted cell', `${SUMMARY}${HEADER}\n`, '""\n', `10004 null: ${EMPTY}`],
    ['a header of many columns', SUMMARY, ',a', `3 null: ${LONG}`],
  ] as const) {
    it(`are closed after the first piece that cannot be a report, however long they are: ${what}`, async () => {
      let [bytes, isClosed] = [0, false];
      const endless = (async function* () {
        try {
          yield Buffer.from(head);
          for (const block = Buffer.from(piece.repeat(Math.ceil((64 * 1024) / piece.length))); ; bytes += block.length) {
            assert.ok(bytes < 1024 * 1024, 'it reads on and on');
            yield block;
          }
        } finally {
          isClosed = true;
        }
      })();
      const [first, ...others] = errorsIn(await piecesOf(readClearingFile(nameOf('transactionItems'), endless)));
      assert.deepEqual([first, isClosed], [wanted, true]);
      assert.ok(others.length < 30, others.slice(0, 3).join());
    });
  }

  it('may have lines of 65536 bytes and not a byte more, and headers of 256 columns and not one more, quoted or not', async () => {
    const name = nameOf('transactionItems', '001');
    for (const header of [HEADER, HEADER.replace('refundId', '"refundId"')]) {
      const told = async (text: string) => errorsIn(await read(name, text.slice(0, 40_000), text.slice(40_000)));
      const lineOf = (bytes: number) => told(`${header}\n${','.repeat(bytes)}\n${LINE}\n`);
      assert.deepEqual(await lineOf(65_536), ['2 null: this line has 65537 fields, its header has 11']);
      assert.deepEqual(await lineOf(65_537), [`2 null: ${LONG}`]);
      const columns = (many: number) =>
        told(
          `${header}${Array.from({ length: many - 11 }, (_unused, n) => `,c${n}`).join('')}\n${LINE}${','.repeat(many - 11)}\n`,
        );
      assert.deepEqual(await columns(256), []);
      assert.deepEqual(await columns(257), ['1 null: this header has 257 columns, more than 256']);
    }
  });

  it('are handed on some lines at a time, and everything else has its turn meanwhile, also where each line has a wrong quote', async () => {
    const name = nameOf('transactionItems', '001');
    for (const line of ['x"\n', `${LINE.replace('SHOP1-1', '"SHOP1-1"')}\n`, 'x\n']) {
      const once = (async function* () {
        yield Buffer.from(`${HEADER}\n${line.repeat(Math.ceil((256 * 1024) / line.length))}`);
      })();
      let [turns, isDone, most] = [0, false, 0];
      const others = (async () => {
        for (; !isDone; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      })();
      for await (const { pieces } of readClearingBatches(name, once)) most = Math.max(most, pieces.length);
      isDone = true;
      await others;
      assert.ok(turns >= 4, `${turns} turns for ${line}`);
      // Each wrong quote costs the parser far more time than a line.
      assert.ok(most <= ((line.includes('"') ? 4 : 64) * 1024) / line.length + 1, `${most} pieces at once for ${line}`);
    }
  });

  it('are closed by whoever stops reading them', async () => {
    for (const line of [LINE, LINE.replace('SHOP1-1', '"SHOP1-1"')]) {
      let isClosed = false;
      const endless = (async function* () {
        try {
          yield Buffer.from(`${SUMMARY}${HEADER}\n`);
          for (;;) yield Buffer.from(`${line}\n`);
        } finally {
          isClosed = true;
        }
      })();
      let batches = 0;
      for await (const _batch of readClearingBatches(nameOf('transactionItems'), endless)) {
        batches += 1;
        if (batches > 3) break;
      }
      assert.ok(isClosed, line);
    }
  });

  it('that break off while they are read reject: half a file is no file', async () => {
    const broken = (async function* () {
      yield Buffer.from(`${SUMMARY}${HEADER}\n${LINE}\n`);
      throw new Error('EIO');
    })();
    await assert.rejects(piecesOf(readClearingFile(nameOf('transactionItems'), broken)), /EIO/);
  });
});
