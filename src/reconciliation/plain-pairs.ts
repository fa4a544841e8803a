import { MARK, MARKS, type OpenBlock } from './open-block.js';
import { OUR_MARK, OUR_MARKS, type OurPage } from './our-page.js';

/** Payments and lines that say the same to the letter, by where both stand: nothing is made of them but what is listed and added up. */
export interface PlainPairs {
  readonly count: number;
  readonly pages: readonly OurPage[];
  /** Which row of each page. */
  readonly rows: Int32Array;
  readonly blocks: readonly OpenBlock[];
  /** Which line of each block. */
  readonly lines: Int32Array;
}

/** Collects plain pairs. */
export interface GrowingPairs extends PlainPairs {
  count: number;
  readonly pages: OurPage[];
  readonly blocks: OpenBlock[];
}

/** Room for `most` of them. */
export function growingPairs(most: number): GrowingPairs {
  return { count: 0, pages: [], rows: new Int32Array(most), blocks: [], lines: new Int32Array(most) };
}

export function addPair(pairs: GrowingPairs, page: OurPage, row: number, block: OpenBlock, line: number): void {
  pairs.pages.push(page);
  pairs.rows[pairs.count] = row;
  pairs.blocks.push(block);
  pairs.lines[pairs.count] = line;
  pairs.count += 1;
}

const COMMA = 0x2c;
const PAYMENT_LETTER = 'p'.charCodeAt(0);

/**
 * Whether `compareTheirs` would find a row and the only line under its key matched, and both bases agree: a completed payment, both amounts
 * and the direction the same, and none of them missing. False where anything differs, be it only in writing: then the rules for all pairs decide.
 */
export function isPlainPair(page: OurPage, row: number, block: OpenBlock, line: number): boolean {
  if (!page.isPlain || !block.isPlain) return false;
  const ours = row * OUR_MARKS;
  const theirs = line * MARKS;
  const { marks } = block;
  if (page.marks[ours + OUR_MARK.isCompleted] !== 1) return false;
  // A payment names no refund.
  if (marks[theirs + MARK.otherBegin] !== marks[theirs + MARK.otherEnd]) return false;
  const begin = (page.marks[ours + OUR_MARK.keyEnd] as number) + 1;
  const shift = (marks[theirs + MARK.moneyBegin] as number) - begin;
  const end = page.marks[ours + OUR_MARK.moneyEnd] as number;
  if (end + shift !== marks[theirs + MARK.moneyEnd]) return false;
  let before = COMMA;
  for (let at = begin; at < end; at += 1) {
    const byte = page.bytes[at] as number;
    if (byte !== block.bytes[at + shift] || (byte === COMMA && before === COMMA)) return false;
    before = byte;
  }
  return true;
}

/** What some plain pairs come to in one currency and basis; `value` is signed and exact. */
export interface PlainSum {
  readonly basis: 'transaction' | 'settlement';
  readonly currency: string;
  readonly count: number;
  readonly value: number;
}

/** Pairs have at most 15 digits, and this much can still be added to it without loss. */
const MOST_EXACT = 2 ** 52;

/** The sum under way: pairs are added in the order in which they come, and their currency is nearly always that of the one before. */
interface Running {
  readonly basis: PlainSum['basis'];
  /** The three letters of the currency as one number. */
  code: number;
  count: number;
  value: number;
}

function endSum(running: Running, sums: PlainSum[]): void {
  const { basis, code, count, value } = running;
  if (count > 0) sums.push({ basis, currency: String.fromCharCode(code >> 16, (code >> 8) & 255, code & 255), count, value });
  running.count = 0;
  running.value = 0;
}

/** Adds the value and currency that begin at `begin`; gives the place behind both. */
function addMoney(running: Running, sums: PlainSum[], bytes: Buffer, begin: number, isUp: boolean): number {
  let amount = 0;
  let at = begin;
  for (; bytes[at] !== COMMA; at += 1) amount = amount * 10 + (bytes[at] as number) - 0x30;
  const code = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  if (code !== running.code || Math.abs(running.value) > MOST_EXACT) endSum(running, sums);
  running.code = code;
  running.count += 1;
  running.value += isUp ? amount : -amount;
  return at + 5;
}

/** What these pairs come to in each currency and basis, possibly in several portions. */
export function sumsOf({ count, blocks, lines }: PlainPairs): readonly PlainSum[] {
  const sums: PlainSum[] = [];
  const transaction: Running = { basis: 'transaction', code: 0, count: 0, value: 0 };
  const settlement: Running = { basis: 'settlement', code: 0, count: 0, value: 0 };
  for (let pair = 0; pair < count; pair += 1) {
    const { bytes, marks } = blocks[pair] as OpenBlock;
    const from = (lines[pair] as number) * MARKS;
    const isUp = bytes[marks[from + MARK.keyBegin] as number] === PAYMENT_LETTER;
    const next = addMoney(transaction, sums, bytes, marks[from + MARK.moneyBegin] as number, isUp);
    addMoney(settlement, sums, bytes, next, isUp);
  }
  endSum(transaction, sums);
  endSum(settlement, sums);
  return sums;
}
