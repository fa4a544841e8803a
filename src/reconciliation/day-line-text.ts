import { MARK, MARKS, type OpenBlock } from './open-block.js';
import { type PlainPair, plainDayLine } from './plain-pair.js';
import type { PlainPairs } from './plain-pairs.js';
import type { DayLine, LineMoney, ListedLine } from './recon-ports.js';
import type { Verdict } from './recon-words.js';
import { writeBytes, writeDigits } from './write-bytes.js';

/** Lines in a pack, at most: what is read to list one page. */
export const MOST_IN_A_PACK = 500;
const AMOUNTS = ['ours', 'theirs', 'oursSettled', 'theirsSettled'] as const;
const VERDICTS: readonly Verdict[] = ['matched', 'shifted', 'waiting', 'exception'];

/** A day has as many lines as sales, so they are kept short: names of files once a row, amounts that agree once a line, plain pairs as one text. */
interface ShortLines {
  readonly files: readonly string[];
  readonly lines: ReadonlyArray<ShortLine | string>;
}

type ShortLine = readonly [
  verdict: number,
  isRefund: 0 | 1,
  paymentRequestId: string | null,
  refundRequestId: string | null,
  file: number,
  line: number | null,
  exceptionId: string | null,
  ours: string | null,
  /** 0: as ours. */
  theirs: string | null | 0,
  oursSettled: string | null,
  theirsSettled: string | null | 0,
  /** Ours, theirs and both settled, as far as the totals count them; left out where they count all of it. */
  counted?: readonly [string | null, string | null, string | null, string | null],
];

/** A plain pair as one text: file, line, type, our ids and both amounts, none of which has a space. */
function plainText({ type, line, paymentRequestId, refundRequestId, amount, settlement }: PlainPair, file: number): string {
  const money = `${amount.currency} ${amount.value} ${settlement.currency} ${settlement.value}`;
  return `${file} ${line} ${type === 'refund' ? 1 : 0} ${paymentRequestId} ${refundRequestId ?? ''} ${money}`;
}

/** What a plain pair begins with that was listed by where it stands: file, line, key, id of the refund's payment, money, as in its block. */
const BY_PLACE = '=';

function readPlace(text: string, files: readonly string[]): DayLine {
  const [file, line, key = '', other = '', value = '', currency = '', settledValue = '', settledCurrency = ''] = text.split(',');
  const isPayment = key.startsWith('p');
  const own = key.slice(1);
  return plainDayLine({
    type: isPayment ? 'payment' : 'refund',
    file: files[Number(file)] ?? '',
    line: Number(line),
    paymentRequestId: isPayment ? own : other,
    refundRequestId: isPayment ? null : own,
    amount: { currency, value },
    settlement: { currency: settledCurrency, value: settledValue },
  });
}

function readPlain(text: string, files: readonly string[]): DayLine {
  if (text.startsWith(BY_PLACE)) return readPlace(text.slice(1), files);
  const cells = text.split(' ');
  const money = (at: number) => ({ currency: cells[at] as string, value: cells[at + 1] as string });
  return plainDayLine({
    type: cells[2] === '1' ? 'refund' : 'payment',
    file: files[Number(cells[0])] ?? '',
    line: Number(cells[1]),
    paymentRequestId: cells[3] as string,
    refundRequestId: cells[4] || null,
    amount: money(5),
    settlement: money(7),
  });
}

function shortLine(
  { type, verdict, paymentRequestId, refundRequestId, line, exceptionId, money, counted }: DayLine,
  file: number,
): ShortLine {
  const { ours, theirs, oursSettled, theirsSettled } = money;
  const short = [
    VERDICTS.indexOf(verdict),
    type === 'refund' ? 1 : 0,
    paymentRequestId,
    refundRequestId,
    file,
    line,
    exceptionId,
    ours,
    theirs === ours ? 0 : theirs,
    oursSettled,
    theirsSettled === oursSettled ? 0 : theirsSettled,
  ] as const;
  if (AMOUNTS.every((name) => counted[name] === money[name])) return short;
  return [...short, [counted.ours, counted.theirs, counted.oursSettled, counted.theirsSettled]];
}

/** Some lines as one text: they wait as it until they are stored, and lie in the books as it. */
export interface PackedLines {
  readonly lines: number;
  readonly body: string;
}

const FIRST_BYTES = 64 * 1024;
/** What quotes, commas and the number of a file may add to the bytes of a line. */
const LINE_EXTRA = 32;
const MOST_BYTES_OF_CHARACTER = 3;
const QUOTE = 0x22;
const COMMA = 0x2c;
const EQUALS = BY_PLACE.charCodeAt(0);

/** Writes a line of a block as a pair is listed; gives the place behind it. */
function writePlace(out: Buffer, begin: number, file: number, { bytes, marks }: OpenBlock, line: number): number {
  const from = line * MARKS;
  const piece = (at: number, first: number, last: number) =>
    writeBytes(out, at, bytes, marks[from + first] as number, marks[from + last] as number);
  out[begin] = QUOTE;
  out[begin + 1] = EQUALS;
  let at = writeDigits(out, begin + 2, file);
  out[at] = COMMA;
  at = piece(at + 1, MARK.begin, MARK.keyEnd);
  out[at] = COMMA;
  at = piece(at + 1, MARK.otherBegin, MARK.otherEnd);
  out[at] = COMMA;
  at = piece(at + 1, MARK.moneyBegin, MARK.moneyEnd);
  out[at] = QUOTE;
  return at + 1;
}

/** Packs lines as they come, byte by byte: those that wait for the disk are many, and as objects they keep the memory busy. */
export function createPacker() {
  const packs: PackedLines[] = [];
  let out = Buffer.allocUnsafe(FIRST_BYTES);
  let bytes = 0;
  let lines = 0;
  let files: string[] = [];
  const numberOf = (file: string) => (files.includes(file) ? files.indexOf(file) : files.push(file) - 1);

  const end = () => {
    const body = `{"files":${JSON.stringify(files)},"lines":[${out.toString('utf8', 0, bytes)}]}`;
    if (lines > 0) packs.push({ lines, body });
    [bytes, lines, files] = [0, 0, []];
  };
  const begin = (most: number) => {
    if (bytes + most > out.length) out = Buffer.concat([out], 2 * (bytes + most));
    if (lines > 0) out[bytes++] = COMMA;
  };
  const ended = () => {
    lines += 1;
    if (lines === MOST_IN_A_PACK) end();
  };

  return {
    packs,
    add(some: readonly ListedLine[]) {
      for (const line of some) {
        const file = line.file === null ? -1 : numberOf(line.file);
        const text = JSON.stringify('verdict' in line ? shortLine(line, file) : plainText(line, file));
        begin(text.length * MOST_BYTES_OF_CHARACTER + 1);
        bytes += out.write(text, bytes);
        ended();
      }
    },
    /** `fileOf` gives the name of a file. */
    addPlain({ count, blocks, lines: at }: PlainPairs, fileOf: (fileId: number) => string) {
      let [fileId, file] = [-1, -1];
      for (let pair = 0; pair < count; pair += 1) {
        const block = blocks[pair] as OpenBlock;
        const line = at[pair] as number;
        // Each pack numbers its files anew.
        if (block.fileId !== fileId || lines === 0) {
          fileId = block.fileId;
          file = numberOf(fileOf(fileId));
        }
        begin((block.marks[line * MARKS + MARK.end] as number) - (block.marks[line * MARKS + MARK.begin] as number) + LINE_EXTRA);
        bytes = writePlace(out, bytes, file, block, line);
        ended();
      }
    },
    /** Packs what has not filled a pack yet. */
    end,
  };
}

/** The lines of a pack, whole. */
export function readLines(text: string): readonly DayLine[] {
  const stored = JSON.parse(text) as ShortLines | readonly DayLine[];
  // As the first version of the table has them: whole.
  if (!('files' in stored)) return stored.map((line) => ({ ...line, counted: line.money }));
  const { files, lines } = stored;
  return lines.map((line) => (typeof line === 'string' ? readPlain(line, files) : readShort(line, files)));
}

function readShort(line: ShortLine, files: readonly string[]): DayLine {
  const [verdict, isRefund, paymentRequestId, refundRequestId, file, at, exceptionId, ours, theirs, oursSettled, theirsSettled] =
    line;
  const money: LineMoney = {
    ours,
    theirs: theirs === 0 ? ours : theirs,
    oursSettled,
    theirsSettled: theirsSettled === 0 ? oursSettled : theirsSettled,
  };
  return {
    type: isRefund === 1 ? 'refund' : 'payment',
    verdict: VERDICTS[verdict] ?? 'exception',
    paymentRequestId,
    refundRequestId,
    file: files[file] ?? null,
    line: at,
    exceptionId,
    money,
    counted: countedIn(line) ?? money,
  };
}

function countedIn(line: ShortLine): LineMoney | undefined {
  const counted = line[11];
  return counted && { ours: counted[0], theirs: counted[1], oursSettled: counted[2], theirsSettled: counted[3] };
}
