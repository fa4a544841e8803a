import {
  BLOCK_LINES,
  type BlockSection,
  ENTRY_DIGITS,
  HASH_DIGITS,
  type LineBlock,
  PLACE_DIGITS,
  PLAIN_HEAD,
} from './line-blocks.js';
import { CELL } from './plain-layout.js';
import { isPayment, NO_ID, type Taken } from './taken-lines.js';
import { writeBytes, writeDigits, writeHex } from './write-bytes.js';

/** A run has at most so many lines: their number has two bytes wherever it is sorted with something else. */
export const MOST_RUN_LINES = 65_536;

/** Ids in a block of ids. */
const ID_ENTRIES = 1000;
const COMMA = 0x2c;
const NEWLINE = 0x0a;

/** A payment whose cells follow each other as those of `PLAIN_HEAD` do; gives the place behind it. */
function writeAsItStands(out: Buffer, begin: number, { bytes, cells, layout, numbers }: Taken, index: number): number {
  const from = index * layout.stride;
  let at = writeDigits(out, begin, numbers[index] as number);
  out[at] = COMMA;
  out[at + 1] = 0x70;
  at = writeBytes(
    out,
    at + 2,
    bytes,
    cells[from + 2 * CELL.paymentRequestId] as number,
    cells[from + 2 * CELL.direction + 1] as number,
  );
  // No type of fee.
  out[at] = COMMA;
  at += 1;
  for (let cell = CELL.feeType + 1; 2 * cell < layout.stride; cell += 1) {
    out[at] = COMMA;
    at = writeBytes(out, at + 1, bytes, cells[from + 2 * cell] as number, cells[from + 2 * cell + 1] as number);
  }
  return at;
}

/** One line as `PLAIN_HEAD` has it; gives the place behind it. */
function writeLine(out: Buffer, begin: number, taken: Taken, index: number): number {
  const { bytes, cells, layout, numbers } = taken;
  const from = index * layout.stride;
  const isOfPayment = isPayment(taken, index);
  if (isOfPayment && layout.isInOrder) return writeAsItStands(out, begin, taken, index);
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
  const text = taken.bytes.toString('latin1', taken.own[2 * index], taken.own[2 * index + 1]);
  return `${isPayment(taken, index) ? 'p' : 'r'}${text}`;
}

/** What the line number, the letter of the key and further commas may add to the bytes of a line. */
const LINE_EXTRA = 32;

/** Blocks of lines in this order. */
export function lineBlocksOf(taken: Taken, section: BlockSection, sorted: Int32Array): LineBlock[] {
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
export function idBlocksOf({ hashes }: Taken, sorted: Int32Array): LineBlock[] {
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
