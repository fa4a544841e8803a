import { finished } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { everyTurn } from '../base/clock.js';
import { pieceOfError, type ReportPiece, type SectionReader } from './clearing-sections.js';
import { LONGEST_LINE, TOO_LONG } from './clearing-stretch.js';
import type { PlainLines } from './plain-run.js';

/** A stretch of a file: what was read as text, and lines that were read byte by byte, which are gone with the next batch. */
export interface ReportBatch {
  readonly pieces: readonly ReportPiece[];
  readonly plain: PlainLines | null;
}

/** How the files are written, as far as it is known; a broken line is told and the next one read. */
const CSV = { relax_column_count: true, skip_records_with_error: true, max_record_size: LONGEST_LINE } as const;

/** The parser's own complaint about a line that it skips. */
interface Skipped {
  readonly code?: string;
  readonly lines?: number;
  /** Where its last cell ended, in all that was given. */
  readonly bytes?: number;
  /** Cells of this record so far. */
  readonly column?: number;
}

/** Complaints behind which the parser reads nothing sensible any more: the quote that was not closed stands where the line began. */
const GIVEN_UP: readonly unknown[] = ['CSV_QUOTE_NOT_CLOSED', 'CSV_MAX_RECORD_SIZE'];

function brokenText({ code }: Skipped): string {
  return code === 'CSV_MAX_RECORD_SIZE' ? TOO_LONG : 'a quote stands where none may be, or is not closed';
}

/** Line ends that stand inside of quotes. */
function linesInside(record: readonly string[]): number {
  return record.reduce((sum, cell) => (cell.includes('\n') ? sum + cell.split('\n').length - 1 : sum), 0);
}

/** Where text begins that only a parser of CSV can read: its physical line, and what ends lines; none: the parser looks by itself. */
export interface QuotedStart {
  readonly from: number;
  readonly ends: string[];
}

/** The parser, as a function of what it is given. */
function createRecords({ from, ends }: QuotedStart, reader: SectionReader) {
  const pieces: ReportPiece[] = [];
  /** Counted in what was given here: the line of the open record, and where it begins. */
  let [begins, beginsAt, given] = [1, 0, 0];
  let next = from;

  const giveUp = (message: string) => reader.giveUp(from - 1 + begins, message, pieces);
  const parser = parse({
    ...CSV,
    record_delimiter: ends,
    on_record(record: readonly string[], { lines, bytes }) {
      // The parser's own limit leaves commas out.
      if (bytes - beginsAt > LONGEST_LINE + 1) giveUp(TOO_LONG);
      reader.read(from - 1 + lines - linesInside(record), record, pieces);
      begins = lines + 1;
      beginsAt = bytes;
      next = from + lines;
      return null;
    },
    on_skip(why: Skipped | undefined) {
      const { code, lines = begins, bytes = beginsAt, column = 0 } = why ?? {};
      if (GIVEN_UP.includes(code)) giveUp(brokenText(why ?? {}));
      if (!reader.isOver()) pieces.push(pieceOfError(from - 1 + lines, null, brokenText(why ?? {})));
      if (column > LONGEST_LINE) giveUp(TOO_LONG);
      begins = lines + 1;
      beginsAt = Math.max(beginsAt, bytes);
      return undefined;
    },
  });
  // What breaks it rejects the piece that did.
  parser.on('error', () => {});

  return {
    async take(text: string): Promise<readonly ReportPiece[]> {
      given += Buffer.byteLength(text);
      await new Promise<void>((resolve, reject) => {
        parser.write(text, (error) => (error ? reject(error) : resolve()));
      });
      if (given - beginsAt > LONGEST_LINE + 1) giveUp(TOO_LONG);
      return pieces.splice(0);
    },
    async end(): Promise<readonly ReportPiece[]> {
      parser.resume();
      parser.end();
      await finished(parser);
      return pieces.splice(0);
    },
    close: () => void parser.destroy(),
    next: () => next,
  };
}

/**
 * Reads with the CSV parser until `reader` gives up, and gives the number of the line behind the last one. Everything else has its turn between
 * two pieces of `text`.
 */
export async function* quotedLines(
  text: AsyncIterable<string>,
  start: QuotedStart,
  reader: SectionReader,
): AsyncGenerator<ReportBatch, number> {
  const records = createRecords(start, reader);
  try {
    for await (const piece of text) {
      if (piece === '') continue;
      yield { pieces: await records.take(piece), plain: null };
      if (reader.isOver()) return records.next();
      await everyTurn();
    }
    yield { pieces: await records.end(), plain: null };
    return records.next();
  } finally {
    records.close();
  }
}
