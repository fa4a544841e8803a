import {
  BLOCK_LINES,
  type BlockSection,
  ENTRY_DIGITS,
  HASH_DIGITS,
  hashOfBytes,
  type LineBlock,
  PLACE_DIGITS,
  PLAIN_HEAD,
} from './line-blocks.js';
import { CELL, type PlainLayout, scanLine } from './plain-layout.js';
import { writeBytes, writeDigits, writeHex } from './write-bytes.js';

/** A run has at most so many lines: their number has two bytes wherever it is sorted with something else. */
export const MOST_RUN_LINES = 65_536;

/** Lines that were read byte by byte, sorted. */
export interface PlainRun {
  readonly lines: number;
  /** Signed smallest units. */
  readonly value: bigint;
  readonly blocks: readonly LineBlock[];
}

/** Collects the plain lines of one file, as many as its bytes have room for. */
export interface PlainLines {
  readonly headers: readonly string[];
  /** Takes the line that begins at `at`; gives where the next one begins, -1 when it is not plain and was not taken. */
  take(at: number, line: number): number;
  count(): number;
  /** Physical number and text of each line that was taken. */
  texts(): ReadonlyArray<readonly [line: number, text: string]>;
  /** What was taken, sorted. */
  sorted(): PlainRun;
  /** Forgets what was taken: its bytes may be written over. */
  clear(): void;
}

/** Larger sums are kept without floats. */
const MOST_FLOAT = 2 ** 52;
/** Bytes of a key that are sorted as one number, seven bits each, above the line's own number: less than 53 bits. */
const PREFIX_BYTES = 5;
const NUMBER = MOST_RUN_LINES;

/** The lines under one layout, and where their cells stand. */
interface Taken {
  readonly bytes: Buffer;
  readonly layout: PlainLayout;
  readonly cells: Int32Array;
  readonly numbers: Int32Array;
  /** Of the upstream's ids; `NO_ID` where there is none. */
  readonly hashes: Float64Array;
  count: number;
  /** Bytes of the longest line. */
  longest: number;
}

const NO_ID = -1;
const PAYMENT_LETTER = 'P'.charCodeAt(0);

function isPayment({ bytes, cells, layout }: Taken, index: number): boolean {
  return bytes[cells[index * layout.stride + 2 * CELL.type] as number] === PAYMENT_LETTER;
}

/** Where the cell of our own id, or the upstream's, begins in `cells`. */
function cellAt(taken: Taken, index: number, forPayment: number, forRefund: number): number {
  return index * taken.layout.stride + 2 * (isPayment(taken, index) ? forPayment : forRefund);
}

const ownAt = (taken: Taken, index: number) => cellAt(taken, index, CELL.paymentRequestId, CELL.refundRequestId);
const theirsAt = (taken: Taken, index: number) => cellAt(taken, index, CELL.paymentId, CELL.refundId);

function compareOwn(taken: Taken, a: number, b: number): number {
  const { bytes, cells } = taken;
  const [one, other] = [ownAt(taken, a), ownAt(taken, b)];
  let left = cells[one] as number;
  let right = cells[other] as number;
  const [leftEnd, rightEnd] = [cells[one + 1] as number, cells[other + 1] as number];
  for (; left < leftEnd && right < rightEnd; left += 1, right += 1)
    if (bytes[left] !== bytes[right]) return (bytes[left] as number) - (bytes[right] as number);
  return leftEnd - left - (rightEnd - right) || a - b;
}

/** Bytes that all own ids of these lines begin with. */
function commonOf(taken: Taken, lines: Int32Array): number {
  const { bytes, cells } = taken;
  if (lines.length === 0) return 0;
  const first = ownAt(taken, lines[0] as number);
  const from = cells[first] as number;
  let common = (cells[first + 1] as number) - from;
  for (let at = 1; at < lines.length; at += 1) {
    const own = ownAt(taken, lines[at] as number);
    const begin = cells[own] as number;
    common = Math.min(common, (cells[own + 1] as number) - begin);
    for (let index = 0; index < common; index += 1) if (bytes[begin + index] !== bytes[from + index]) common = index;
  }
  return common;
}

const prefixOf = (words: Float64Array, at: number) => Math.floor((words[at] as number) / NUMBER);

/** Sorts lines of one type by our own id: by numbers made of the first bytes that differ, and what those leave open byte by byte. */
function sortByOwn(taken: Taken, lines: Int32Array): void {
  const { bytes, cells } = taken;
  const common = commonOf(taken, lines);
  const words = new Float64Array(lines.length);
  for (let at = 0; at < lines.length; at += 1) {
    const own = ownAt(taken, lines[at] as number);
    const begin = (cells[own] as number) + common;
    const end = cells[own + 1] as number;
    let word = 0;
    for (let index = begin; index < begin + PREFIX_BYTES; index += 1)
      word = word * 128 + (index < end ? (bytes[index] as number) : 0);
    words[at] = word * NUMBER + (lines[at] as number);
  }
  words.sort();
  // Not by the remainder, which is slow for floats.
  for (let at = 0; at < words.length; at += 1) lines[at] = (words[at] as number) - prefixOf(words, at) * NUMBER;
  for (let at = 0; at < words.length; ) {
    const prefix = prefixOf(words, at);
    let end = at + 1;
    while (end < words.length && prefixOf(words, end) === prefix) end += 1;
    if (end - at > 1) lines.subarray(at, end).sort((a, b) => compareOwn(taken, a, b));
    at = end;
  }
}

/** Payments, then refunds, each by our own id: the order of `matchKey`. */
function sortedLines(taken: Taken): Int32Array {
  const sorted = new Int32Array(taken.count);
  let payments = 0;
  for (let index = 0; index < taken.count; index += 1) if (isPayment(taken, index)) sorted[payments++] = index;
  let end = payments;
  for (let index = 0; index < taken.count; index += 1) if (!isPayment(taken, index)) sorted[end++] = index;
  sortByOwn(taken, sorted.subarray(0, payments));
  sortByOwn(taken, sorted.subarray(payments));
  return sorted;
}

/** Ids in a block of ids. */
const ID_ENTRIES = 1000;
const COMMA = 0x2c;
const NEWLINE = 0x0a;

/** One line as `PLAIN_HEAD` has it; gives the place behind it. */
function writeLine(out: Buffer, begin: number, taken: Taken, index: number): number {
  const { bytes, cells, layout, numbers } = taken;
  const from = index * layout.stride;
  const isOfPayment = isPayment(taken, index);
  const write = (at: number, cell: number) =>
    writeBytes(out, at, bytes, cells[from + 2 * cell] as number, cells[from + 2 * cell + 1] as number);
  let at = writeDigits(out, begin, numbers[index] as number);
  out[at] = COMMA;
  out[at + 1] = isOfPayment ? 0x70 : 0x72;
  at = write(at + 2, isOfPayment ? CELL.paymentRequestId : CELL.refundRequestId);
  out[at] = COMMA;
  at = write(at + 1, isOfPayment ? CELL.paymentId : CELL.refundId);
  out[at] = COMMA;
  at = write(at + 1, isOfPayment ? CELL.refundRequestId : CELL.paymentRequestId);
  out[at] = COMMA;
  at = write(at + 1, isOfPayment ? CELL.refundId : CELL.paymentId);
  for (let cell = CELL.time; 2 * cell < layout.stride; cell += 1) {
    out[at] = COMMA;
    at = write(at + 1, cell);
  }
  return at;
}

function keyText(taken: Taken, index: number): string {
  const own = ownAt(taken, index);
  const text = taken.bytes.toString('latin1', taken.cells[own], taken.cells[own + 1]);
  return `${isPayment(taken, index) ? 'p' : 'r'}${text}`;
}

/** What the line number, the letter of the key and further commas may add to the bytes of a line. */
const LINE_EXTRA = 32;

function lineBlocksOf(taken: Taken, section: BlockSection, sorted: Int32Array): LineBlock[] {
  const head = Buffer.from([PLAIN_HEAD, ...taken.layout.unknown].join(','));
  const out = Buffer.allocUnsafe(head.length + BLOCK_LINES * (taken.longest + LINE_EXTRA));
  head.copy(out);
  const blocks: LineBlock[] = [];
  for (let first = 0; first < sorted.length; first += BLOCK_LINES) {
    const end = Math.min(first + BLOCK_LINES, sorted.length);
    let place = head.length;
    for (let at = first; at < end; at += 1) {
      out[place] = NEWLINE;
      place = writeLine(out, place + 1, taken, sorted[at] as number);
    }
    const [firstKey, lastKey] = [keyText(taken, sorted[first] as number), keyText(taken, sorted[end - 1] as number)];
    blocks.push({ section, firstKey, lastKey, body: out.toString('latin1', 0, place) });
  }
  return blocks;
}

/** Where the upstream's ids stand: hash and place of each, sorted. */
function idBlocksOf({ hashes }: Taken, sorted: Int32Array): LineBlock[] {
  const words = new Float64Array(sorted.length);
  let count = 0;
  for (let place = 0; place < sorted.length; place += 1) {
    const hash = hashes[sorted[place] as number] as number;
    if (hash !== NO_ID) words[count++] = hash * MOST_RUN_LINES + place;
  }
  const entries = words.subarray(0, count).sort();
  const out = Buffer.allocUnsafe(ID_ENTRIES * ENTRY_DIGITS);
  const blocks: LineBlock[] = [];
  for (let first = 0; first < count; first += ID_ENTRIES) {
    const end = Math.min(first + ID_ENTRIES, count);
    let to = 0;
    for (let at = first; at < end; at += 1) {
      const word = entries[at] as number;
      const hash = Math.floor(word / MOST_RUN_LINES);
      to = writeHex(out, to, hash, HASH_DIGITS);
      to = writeHex(out, to, word - hash * MOST_RUN_LINES, PLACE_DIGITS);
    }
    const body = out.toString('latin1', 0, to);
    const last = body.length - ENTRY_DIGITS;
    blocks.push({ section: 'ids', firstKey: body.slice(0, HASH_DIGITS), lastKey: body.slice(last, last + HASH_DIGITS), body });
  }
  return blocks;
}

/** Digits as a number; `scanLine` has let no more pass than a float holds. */
function amountOf(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + (bytes[at] as number) - 0x30;
  return value;
}

const OURS_LETTER = 'C'.charCodeAt(0);

/** Begins to collect plain lines of a section out of `bytes`. */
export function createPlainLines(bytes: Buffer, layout: PlainLayout, section: 'items' | 'fees', mostLines: number): PlainLines {
  const cells = new Int32Array(mostLines * layout.stride);
  const taken: Taken = {
    bytes,
    layout,
    cells,
    numbers: new Int32Array(mostLines),
    hashes: new Float64Array(mostLines),
    count: 0,
    longest: 0,
  };
  let value = 0n;
  let small = 0;

  function add(from: number): void {
    const settled = from + 2 * CELL.settledValue;
    const amount = amountOf(bytes, cells[settled] as number, cells[settled + 1] as number);
    small += bytes[cells[from + 2 * CELL.direction] as number] === OURS_LETTER ? amount : -amount;
    if (Math.abs(small) < MOST_FLOAT) return;
    value += BigInt(small);
    small = 0;
  }

  return {
    headers: layout.headers,
    take(at, line) {
      const from = taken.count * layout.stride;
      const next = scanLine(layout, bytes, at, cells, from);
      if (next < 0) return -1;
      const own = ownAt(taken, taken.count);
      // Which payment it is about tells the upstream's id alone, or nothing: the reader of text knows what to do.
      if (cells[own] === cells[own + 1]) return -1;
      taken.numbers[taken.count] = line;
      const theirs = theirsAt(taken, taken.count);
      const [begin, end] = [cells[theirs] as number, cells[theirs + 1] as number];
      taken.hashes[taken.count] = begin === end ? NO_ID : hashOfBytes(bytes, begin, end);
      taken.count += 1;
      taken.longest = Math.max(taken.longest, next - at);
      add(from);
      return next;
    },
    count: () => taken.count,
    texts: () =>
      Array.from({ length: taken.count }, (_unused, index) => {
        const all = cells.subarray(index * layout.stride, (index + 1) * layout.stride);
        const [first, last] = [layout.columns[0], layout.columns.at(-1)];
        const text = bytes.toString('latin1', all[2 * (first?.cell ?? 0)], all[2 * (last?.cell ?? 0) + 1]);
        return [taken.numbers[index] as number, text] as const;
      }),
    sorted() {
      const sorted = sortedLines(taken);
      const blocks = lineBlocksOf(taken, section, sorted);
      return {
        lines: taken.count,
        value: value + BigInt(small),
        blocks: section === 'items' ? [...blocks, ...idBlocksOf(taken, sorted)] : blocks,
      };
    },
    clear() {
      taken.count = 0;
      taken.longest = 0;
      value = 0n;
      small = 0;
    },
  };
}
