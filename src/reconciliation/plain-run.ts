import { compareBytes } from './compare-bytes.js';
import { hashOfBytes, type LineBlock } from './line-blocks.js';
import { idBlocksOf, lineBlocksOf, MOST_RUN_LINES } from './plain-blocks.js';
import { CELL, type PlainLayout, scanLine } from './plain-layout.js';
import { isPayment, NO_ID, type Taken } from './taken-lines.js';

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

function compareOwn(taken: Taken, a: number, b: number): number {
  const { bytes, own } = taken;
  const [left, leftEnd] = [own[2 * a] as number, own[2 * a + 1] as number];
  const [right, rightEnd] = [own[2 * b] as number, own[2 * b + 1] as number];
  return compareBytes(bytes, left, leftEnd, bytes, right, rightEnd) || a - b;
}

/** Bytes that all own ids of these lines begin with. */
function commonOf(taken: Taken, lines: Int32Array): number {
  const { bytes, own } = taken;
  if (lines.length === 0) return 0;
  const first = 2 * (lines[0] as number);
  const from = own[first] as number;
  let common = (own[first + 1] as number) - from;
  for (let at = 1; at < lines.length; at += 1) {
    const line = 2 * (lines[at] as number);
    const begin = own[line] as number;
    common = Math.min(common, (own[line + 1] as number) - begin);
    for (let index = 0; index < common; index += 1) if (bytes[begin + index] !== bytes[from + index]) common = index;
  }
  return common;
}

const prefixOf = (words: Float64Array, at: number) => Math.floor((words[at] as number) / NUMBER);

/** Sorts lines of one type by our own id: by numbers made of the first bytes that differ, and what those leave open byte by byte. */
function sortByOwn(taken: Taken, lines: Int32Array): void {
  const { bytes, own } = taken;
  const common = commonOf(taken, lines);
  const words = new Float64Array(lines.length);
  for (let at = 0; at < lines.length; at += 1) {
    const line = 2 * (lines[at] as number);
    const begin = (own[line] as number) + common;
    const end = own[line + 1] as number;
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
    own: new Int32Array(2 * mostLines),
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
      const isOfPayment = isPayment(taken, taken.count);
      const own = from + 2 * (isOfPayment ? CELL.paymentRequestId : CELL.refundRequestId);
      // Which payment it is about tells the upstream's id alone, or nothing: the reader of text knows what to do.
      if (cells[own] === cells[own + 1]) return -1;
      taken.own[2 * taken.count] = cells[own] as number;
      taken.own[2 * taken.count + 1] = cells[own + 1] as number;
      taken.numbers[taken.count] = line;
      const theirs = from + 2 * (isOfPayment ? CELL.paymentId : CELL.refundId);
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
