import type { ClearingFileName } from './clearing-name.js';
import type { ReportPiece, SectionReader } from './clearing-sections.js';
import { MOST_RUN_LINES } from './plain-blocks.js';
import { plainLayout } from './plain-layout.js';
import { createPlainLines, type PlainLines } from './plain-run.js';

/** Longer lines are no report lines: they are told, and the file is given up instead of being collected in memory. Bytes before the newline. */
export const LONGEST_LINE = 64 * 1024;
export const TOO_LONG = `this line is longer than ${LONGEST_LINE} bytes, or a quote is never closed`;
/** At most so many bytes are added to a stretch at once. */
export const PIECE_BYTES = 64 * 1024;
const BYTE_ORDER_MARK = '\uFEFF';
/** Bytes of lines that are sorted at once; with what is stored of them, most of what an import holds in memory. */
const MOST_BYTES = 4 * 1024 * 1024;
const FEWEST_BYTES = LONGEST_LINE + 2 * PIECE_BYTES;
/** No line that is read byte by byte is shorter: its time alone is longer. */
const SHORTEST_LINE = 20;
export const NEWLINE = 0x0a;
export const RETURN = 0x0d;

/** The bytes of a file that stand in memory: lines that were read byte by byte, and what is not read yet. */
export interface Stretch {
  /** Whether a piece can be added; else store what `plain` holds and `restart`. */
  hasRoom(bytes: number): boolean;
  add(piece: Uint8Array): void;
  /** Reads the lines that are there whole; false when one is no text, and nothing behind it is read, as behind one at which `reader` gave up. */
  readLines(pieces: ReportPiece[]): boolean;
  /** Reads what stands behind the last line end. */
  readRest(pieces: ReportPiece[]): boolean;
  /** What is not read yet. */
  rest(): Uint8Array;
  /** Physical number of the next line. */
  line(): number;
  /** How many lines were not read byte by byte so far. */
  texts(): number;
  /** The lines that were read byte by byte; null while there are none. */
  plain(): PlainLines | null;
  restart(): void;
}

/** A carriage return alone ends the lines of this file, as far as its first line shows. */
export function endsWithReturns(bytes: Uint8Array): boolean {
  const first = bytes.findIndex((byte) => byte === RETURN || byte === NEWLINE);
  return first >= 0 && bytes[first] === RETURN && first + 1 < bytes.length && bytes[first + 1] !== NEWLINE;
}

/** The reader of text rejects bytes that are no UTF-8 with it. */
export function isNoText(thrown: unknown): boolean {
  return thrown instanceof TypeError && 'code' in thrown && thrown.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
}

const withoutReturn = (text: string) => (text.endsWith('\r') ? text.slice(0, -1) : text);

function sectionOf({ kind }: ClearingFileName): 'items' | 'fees' | null {
  if (kind === 'transactionItems') return 'items';
  return kind === 'feeItems' ? 'fees' : null;
}

/** Begins with a file of about `size` bytes. */
export function createStretch(name: ClearingFileName, reader: SectionReader, size: number): Stretch {
  const section = sectionOf(name);
  const bytes = Buffer.allocUnsafe(Math.min(MOST_BYTES, Math.max(FEWEST_BYTES, size + PIECE_BYTES)));
  const mostLines = Math.min(MOST_RUN_LINES, Math.ceil(bytes.length / SHORTEST_LINE));
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let plain: PlainLines | null = null;
  /** Whether the next line may be read byte by byte: it is one of the details, below a right header. */
  let isPlain = false;
  let [start, end, line, texts] = [0, 0, 1, 0];

  function readAsText(from: number, to: number, pieces: ReportPiece[]): boolean {
    texts += 1;
    if (to - from > LONGEST_LINE) {
      reader.giveUp(line, TOO_LONG, pieces);
      return true;
    }
    try {
      const text = withoutReturn(decoder.decode(bytes.subarray(from, to)));
      reader.read(line, (line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text).split(','), pieces);
    } catch (thrown) {
      if (!isNoText(thrown)) throw thrown;
      return false;
    }
    const details = section === null ? undefined : reader.details();
    isPlain = details !== undefined;
    if (details === undefined || section === null || plain !== null) return true;
    const layout = plainLayout(details);
    if (layout === undefined) isPlain = false;
    else plain = createPlainLines(bytes, layout, section, mostLines);
    return true;
  }

  return {
    hasRoom: (many) => end + many <= bytes.length && (plain?.count() ?? 0) + (end - start + many) / SHORTEST_LINE < mostLines,
    add(piece) {
      bytes.set(piece, end);
      end += piece.length;
    },
    readLines(pieces) {
      const last = bytes.subarray(start, end).lastIndexOf(NEWLINE) + start;
      for (; start <= last && bytes[last] === NEWLINE; line += 1) {
        const next = isPlain && plain !== null ? plain.take(start, line) : -1;
        if (next >= 0) {
          start = next;
          continue;
        }
        const stop = bytes.indexOf(NEWLINE, start);
        if (!readAsText(start, stop, pieces)) return false;
        if (reader.isOver()) return true;
        start = stop + 1;
      }
      return end - start <= LONGEST_LINE || readAsText(start, end, pieces);
    },
    readRest(pieces) {
      if (start === end || reader.isOver()) return true;
      if (!readAsText(start, end, pieces)) return false;
      start = end;
      line += 1;
      return true;
    },
    rest: () => bytes.subarray(start, end),
    line: () => line,
    texts: () => texts,
    plain: () => (plain !== null && plain.count() > 0 ? plain : null),
    restart() {
      plain?.clear();
      bytes.copyWithin(0, start, end);
      end -= start;
      start = 0;
    },
  };
}
