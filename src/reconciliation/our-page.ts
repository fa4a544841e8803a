import { matchKey } from './clearing-lines.js';
import { compareBytes, placeOf } from './compare-bytes.js';
import type { OurRow, Standing } from './recon-words.js';

/** Where the pieces of a row stand in the bytes of its page, and whether it is completed. `money`: as a line of a report has it. */
export const OUR_MARK = { keyBegin: 0, keyEnd: 1, moneyEnd: 2, end: 3, isCompleted: 4 } as const;
export const OUR_MARKS = Object.keys(OUR_MARK).length;

/** Rows of ours in the order of their keys (`matchKey`), as bytes: most of them are compared without being taken apart. */
export interface OurPage {
  readonly count: number;
  readonly bytes: Buffer;
  /** `OUR_MARKS` of each row. */
  readonly marks: Int32Array;
  /** The money of a row stands in `bytes` from behind `keyEnd` on; otherwise only keys do. */
  readonly isPlain: boolean;
  rowAt(index: number): OurRow;
}

/** Control characters between cells and rows: no id that was ever made has one, and a page in which one stands is read by its rows. */
export const CELL_END = '\x1f';
export const ROW_END = '\x1e';
const CELL_BYTE = CELL_END.charCodeAt(0);
const ROW_BYTE = ROW_END.charCodeAt(0);
const COMMA = 0x2c;
const COMPLETED = Buffer.from('completed' satisfies Standing);

/** A page out of rows. */
export function ourPageOfRows(rows: readonly OurRow[]): OurPage {
  const keys = rows.map(matchKey);
  const bytes = Buffer.from(keys.join(''));
  const marks = new Int32Array(rows.length * OUR_MARKS);
  let at = 0;
  rows.forEach(({ standing }, index) => {
    const from = index * OUR_MARKS;
    marks[from + OUR_MARK.keyBegin] = at;
    at += Buffer.byteLength(keys[index] as string);
    marks[from + OUR_MARK.keyEnd] = at;
    marks[from + OUR_MARK.isCompleted] = standing === 'completed' ? 1 : 0;
  });
  return { count: rows.length, bytes, marks, isPlain: false, rowAt: (index) => rows[index] as OurRow };
}

/** Writes the marks of the row that begins at `begin` and gives where it ends; -1 when it cannot be taken apart for certain. */
function markRow(marks: Int32Array, from: number, bytes: Buffer, begin: number): number {
  const end = placeOf(ROW_BYTE, bytes, begin, bytes.length);
  const keyEnd = placeOf(CELL_BYTE, bytes, begin, end);
  const moneyEnd = placeOf(CELL_BYTE, bytes, keyEnd + 1, end);
  const standingEnd = placeOf(CELL_BYTE, bytes, moneyEnd + 1, end);
  if (standingEnd >= end || placeOf(CELL_BYTE, bytes, standingEnd + 1, end) < end) return -1;
  let commas = 0;
  for (let at = keyEnd + 1; at < moneyEnd; at += 1) if (bytes[at] === COMMA) commas += 1;
  if (commas !== 4) return -1;
  marks[from + OUR_MARK.keyBegin] = begin;
  marks[from + OUR_MARK.keyEnd] = keyEnd;
  marks[from + OUR_MARK.moneyEnd] = moneyEnd;
  marks[from + OUR_MARK.end] = end;
  const isCompleted = compareBytes(bytes, moneyEnd + 1, standingEnd, COMPLETED, 0, COMPLETED.length) === 0;
  marks[from + OUR_MARK.isCompleted] = isCompleted ? 1 : 0;
  return end;
}

/**
 * A page out of one text: `many` payments of `day`, in the order of their keys, with `ROW_END` between them. Each is its key; value, currency, settled
 * value, settled currency and `C` with commas between; standing; the upstream's id: with `CELL_END` between, empty where there is none.
 * Undefined when it cannot be taken apart for certain.
 */
export function ourPageOfText(text: string, many: number, day: string): OurPage | undefined {
  const bytes = Buffer.from(text);
  const marks = new Int32Array(many * OUR_MARKS);
  let at = 0;
  for (let index = 0; index < many; index += 1) {
    const from = index * OUR_MARKS;
    const end = markRow(marks, from, bytes, at);
    if (end < 0) return undefined;
    const before = from - OUR_MARKS;
    // The database was told the order, and not that the text has to keep it.
    if (index > 0 && compareKeys(bytes, marks, before, from) >= 0) return undefined;
    at = end + 1;
  }
  if (at !== bytes.length + 1) return undefined;
  const rowAt = (index: number) => {
    const from = index * OUR_MARKS;
    return paymentIn(bytes.toString('utf8', marks[from + OUR_MARK.keyBegin], marks[from + OUR_MARK.end]), day);
  };
  return { count: many, bytes, marks, isPlain: true, rowAt };
}

function compareKeys(bytes: Buffer, marks: Int32Array, one: number, other: number): number {
  const [a, aEnd] = [marks[one + OUR_MARK.keyBegin] as number, marks[one + OUR_MARK.keyEnd] as number];
  return compareBytes(
    bytes,
    a,
    aEnd,
    bytes,
    marks[other + OUR_MARK.keyBegin] as number,
    marks[other + OUR_MARK.keyEnd] as number,
  );
}

function paymentIn(text: string, day: string): OurRow {
  const [key = '', money = '', standing, paymentId] = text.split(CELL_END);
  const [value = '', currency = '', settledValue = '', settledCurrency = ''] = money.split(',');
  return {
    type: 'payment',
    paymentRequestId: key.slice(1),
    paymentId: paymentId || null,
    refundRequestId: null,
    refundId: null,
    standing: (standing || 'undecided') as Standing,
    day,
    amount: { currency, value },
    settlement: settledValue === '' || settledCurrency === '' ? null : { currency: settledCurrency, value: settledValue },
  };
}
