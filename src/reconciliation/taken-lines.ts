import { CELL, type PlainLayout } from './plain-layout.js';

/** Lines of one layout that were read byte by byte, and where their cells stand. */
export interface Taken {
  readonly bytes: Buffer;
  readonly layout: PlainLayout;
  /** `layout.stride` of each line. */
  readonly cells: Int32Array;
  /** Of each line: begin and end of our own id. */
  readonly own: Int32Array;
  readonly numbers: Int32Array;
  /** Of the upstream's ids; `NO_ID` where there is none. */
  readonly hashes: Float64Array;
  count: number;
  /** Bytes of the longest line. */
  longest: number;
}

export const NO_ID = -1;
const PAYMENT_LETTER = 'P'.charCodeAt(0);

export function isPayment({ bytes, cells, layout }: Taken, index: number): boolean {
  return bytes[cells[index * layout.stride + 2 * CELL.type] as number] === PAYMENT_LETTER;
}
