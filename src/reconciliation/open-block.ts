import { type ClearingLine, matchKey, readJsonLines } from './clearing-lines.js';
import { placeOf } from './compare-bytes.js';
import { BLOCK_LINES, PLAIN_HEAD, plainLine, unknownNames } from './line-blocks.js';

/** Where the pieces of a line stand in the bytes of its block. `money`: both amounts and the direction, with the commas between them. */
export const MARK = { begin: 0, keyBegin: 1, keyEnd: 2, otherBegin: 3, otherEnd: 4, moneyBegin: 5, moneyEnd: 6, end: 7 } as const;
/** Marks of a line. */
export const MARKS = Object.keys(MARK).length;

/** A block of sorted lines as bytes: most of its lines are compared and listed without being taken apart. */
export interface OpenBlock {
  readonly fileId: number;
  readonly count: number;
  readonly bytes: Buffer;
  /** `MARKS` of each line. */
  readonly marks: Int32Array;
  /** Lines stand in `bytes` as `PLAIN_HEAD` has them, and inside of quotes as well; otherwise only their keys do. */
  readonly isPlain: boolean;
  lineAt(index: number): ClearingLine;
}

const COMMA = 0x2c;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;

/** Cells of both amounts and the direction. */
const MONEY_CELLS = 5;

/** Writes the marks of the line that begins at `begin`; gives the place behind it. */
function markLine(marks: Int32Array, from: number, bytes: Buffer, begin: number): number {
  const to = bytes.length;
  const keyBegin = placeOf(COMMA, bytes, begin, to) + 1;
  const keyEnd = placeOf(COMMA, bytes, keyBegin, to);
  const otherBegin = placeOf(COMMA, bytes, keyEnd + 1, to) + 1;
  const otherEnd = placeOf(COMMA, bytes, otherBegin, to);
  const time = placeOf(COMMA, bytes, otherEnd + 1, to) + 1;
  const moneyBegin = placeOf(COMMA, bytes, time, to) + 1;
  let moneyEnd = moneyBegin - 1;
  for (let cell = 0; cell < MONEY_CELLS; cell += 1) moneyEnd = placeOf(COMMA, bytes, moneyEnd + 1, to);
  const end = placeOf(NEWLINE, bytes, moneyEnd, to);
  marks[from + MARK.begin] = begin;
  marks[from + MARK.keyBegin] = keyBegin;
  marks[from + MARK.keyEnd] = keyEnd;
  marks[from + MARK.otherBegin] = otherBegin;
  marks[from + MARK.otherEnd] = otherEnd;
  marks[from + MARK.moneyBegin] = moneyBegin;
  marks[from + MARK.moneyEnd] = moneyEnd;
  marks[from + MARK.end] = end;
  return end + 1;
}

function plainBlock(fileId: number, body: string): OpenBlock {
  const bytes = Buffer.from(body);
  let marks = new Int32Array(BLOCK_LINES * MARKS);
  let count = 0;
  const headEnd = placeOf(NEWLINE, bytes, 0, bytes.length);
  for (let at = headEnd + 1; at < bytes.length; count += 1) {
    if ((count + 1) * MARKS > marks.length) {
      const more = new Int32Array(2 * marks.length);
      more.set(marks);
      marks = more;
    }
    at = markLine(marks, count * MARKS, bytes, at);
  }
  const unknown = unknownNames(bytes.toString('utf8', 0, headEnd));
  const lineAt = (index: number) => {
    const from = index * MARKS;
    return plainLine(bytes.toString('utf8', marks[from + MARK.begin], marks[from + MARK.end]), unknown);
  };
  return { fileId, count, bytes, marks, isPlain: !bytes.includes(BACKSLASH), lineAt };
}

/** Lines that were read as text: few, so that they may be objects. */
function textBlock(fileId: number, lines: readonly ClearingLine[]): OpenBlock {
  const keys = lines.map(matchKey);
  const bytes = Buffer.from(keys.join(''));
  const marks = new Int32Array(lines.length * MARKS);
  let at = 0;
  keys.forEach((key, index) => {
    marks[index * MARKS + MARK.keyBegin] = at;
    at += Buffer.byteLength(key);
    marks[index * MARKS + MARK.keyEnd] = at;
  });
  return { fileId, count: lines.length, bytes, marks, isPlain: false, lineAt: (index) => lines[index] as ClearingLine };
}

/** Opens the body of a stored block, whichever way it was written. */
export function openBlock(fileId: number, body: string): OpenBlock {
  return body.startsWith(PLAIN_HEAD) ? plainBlock(fileId, body) : textBlock(fileId, readJsonLines(body));
}
