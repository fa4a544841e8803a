import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { ClearingFileName } from './clearing-name.js';
import {
  createSectionReader,
  pieceOfError,
  type ReportHeaders,
  type ReportPiece,
  type SectionReader,
} from './clearing-sections.js';
import {
  createStretch,
  endsWithReturns,
  isNoText,
  LONGEST_LINE,
  NEWLINE,
  PIECE_BYTES,
  RETURN,
  type Stretch,
  TOO_LONG,
} from './clearing-stretch.js';
import type { PlainLines } from './plain-run.js';

/** How the files are written, as far as it is known; a broken line is told and the next one read. */
const CSV = {
  info: true,
  relax_column_count: true,
  skip_records_with_error: true,
  max_record_size: LONGEST_LINE,
} as const;
const QUOTE = 0x22;
/** What ends a line here and when lines are read byte by byte: the one and the other in the same file, too. */
const LINE_ENDS = ['\r\n', '\n'];
/** The parser looks by itself what ends the first line: a carriage return alone. */
const UNKNOWN_LINE_ENDS: string[] = [];

interface RawRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Where the file stops being text; undefined while it is. */
interface TextWatch {
  broken: { readonly line: number } | undefined;
}

/** Line ends that stand inside of quotes. */
function linesInside(record: readonly string[]): number {
  return record.reduce((sum, cell) => (cell.includes('\n') ? sum + cell.split('\n').length - 1 : sum), 0);
}

/** Text out of bytes, up to the first byte that is no UTF-8: what stands before it is read all the same. */
async function* textOf(bytes: AsyncIterable<Uint8Array>, from: number, watch: TextWatch): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: from > 1 });
  let line = from;
  try {
    for await (const chunk of bytes) {
      const text = decoder.decode(chunk, { stream: true });
      yield text;
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) line += 1;
    }
    yield decoder.decode();
  } catch (thrown) {
    if (!isNoText(thrown)) throw thrown;
    watch.broken = { line };
  }
}

/** The parser's own complaint about a line that it skips. */
interface Skipped {
  readonly code?: string;
  readonly lines?: number;
}

function brokenText({ code }: Skipped): string {
  return code === 'CSV_MAX_RECORD_SIZE' ? TOO_LONG : 'a quote stands where none may be, or is not closed';
}

/** The rest of a source, behind bytes that were taken from it already. */
async function* joined(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Complaints that come where the parser gave up: the quote that was not closed stands where the line began. */
const GIVEN_UP: readonly unknown[] = ['CSV_QUOTE_NOT_CLOSED', 'CSV_MAX_RECORD_SIZE'];

/** Reads with the CSV parser from physical line `from` on; gives the number of the line behind the last one. */
async function* quotedLines(
  text: AsyncIterable<string>,
  { from, ends }: { readonly from: number; readonly ends: string[] },
  reader: SectionReader,
): AsyncGenerator<ReportBatch, number> {
  const skipped: ReportPiece[] = [];
  let begins = 1;
  let hasGivenUp = false;
  const parser = parse({
    ...CSV,
    record_delimiter: ends,
    on_record(record, { lines }) {
      begins = lines + 1;
      return record;
    },
    on_skip(why: Skipped | undefined) {
      const lines = why?.lines ?? begins;
      const isGivenUp = GIVEN_UP.includes(why?.code);
      // Behind the first one the same quote is still open.
      if (!isGivenUp || !hasGivenUp)
        skipped.push(pieceOfError(from - 1 + (isGivenUp ? begins : lines), null, brokenText(why ?? {})));
      hasGivenUp ||= isGivenUp;
      begins = lines + 1;
      return undefined;
    },
  });
  // What breaks the source breaks the parser, and so the loop below.
  pipeline(Readable.from(text), parser, () => {});
  let next = from;
  for await (const { record, info } of parser as AsyncIterable<RawRecord>) {
    const pieces = skipped.splice(0);
    reader.read(from - 1 + info.lines - linesInside(record), record, pieces);
    next = from + info.lines;
    yield { pieces, plain: null };
  }
  yield { pieces: skipped.splice(0), plain: null };
  return next;
}

async function* inPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of bytes)
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
}

/** Only the parser of CSV can tell where the lines of this piece end. */
function needsParser(piece: Uint8Array, stretch: Stretch): boolean {
  if (piece.includes(QUOTE)) return true;
  return stretch.line() === 1 && endsWithReturns(stretch.rest());
}

function lineEnds(stretch: Stretch): string[] {
  if (stretch.line() > 1) return LINE_ENDS;
  const rest = stretch.rest();
  const first = rest.findIndex((byte) => byte === RETURN || byte === NEWLINE);
  return first >= 0 && (rest[first] === NEWLINE || rest[first + 1] === NEWLINE) ? LINE_ENDS : UNKNOWN_LINE_ENDS;
}

/** Reads byte by byte what is plain, and goes over to the parser where a quote comes, which is ten times slower. */
async function* plainLines(
  source: AsyncGenerator<Uint8Array, undefined>,
  stretch: Stretch,
  reader: SectionReader,
  watch: TextWatch,
): AsyncGenerator<ReportBatch, number> {
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    if (!stretch.hasRoom(next.value.length)) {
      yield { pieces: [], plain: stretch.plain() };
      stretch.restart();
    }
    stretch.add(next.value);
    const pieces: ReportPiece[] = [];
    let isText = true;
    let isForParser = needsParser(next.value, stretch);
    if (!isForParser) {
      isText = stretch.readLines(pieces);
      isForParser = stretch.rest().length > LONGEST_LINE;
    }
    yield { pieces, plain: null };
    if (!isText) {
      await source.return(undefined);
      watch.broken = { line: stretch.line() };
      break;
    }
    if (!isForParser) continue;
    yield { pieces: [], plain: stretch.plain() };
    const from = stretch.line();
    const text = textOf(joined(stretch.rest(), source), from, watch);
    return yield* quotedLines(text, { from, ends: lineEnds(stretch) }, reader);
  }
  const pieces: ReportPiece[] = [];
  if (watch.broken === undefined && !stretch.readRest(pieces)) watch.broken = { line: stretch.line() };
  yield { pieces, plain: stretch.plain() };
  return stretch.line();
}

/** A stretch of a file: what was read as text, and lines that were read byte by byte, which are gone with the next batch. */
export interface ReportBatch {
  readonly pieces: readonly ReportPiece[];
  readonly plain: PlainLines | null;
}

/**
 * Reads one part of a report as a stream, some lines at a time: memory does not grow with the file. Nothing is skipped silently: every
 * line becomes a piece, a plain line, or an error with its line and column, and a file with one error is to be refused whole. Quoted fields,
 * CRLF and a byte order mark are fine; columns go by their header name, unknown ones are kept. Rejects only when `bytes` does. `size` is
 * about what the file has, bytes; `told` hears of its header lines.
 */
export async function* readClearingBatches(
  name: ClearingFileName,
  bytes: AsyncIterable<Uint8Array>,
  size = 0,
  told?: (headers: ReportHeaders) => void,
): AsyncGenerator<ReportBatch> {
  const reader = createSectionReader(name, told);
  const watch: TextWatch = { broken: undefined };
  const next = yield* plainLines(inPieces(bytes), createStretch(name, reader, size), reader, watch);
  const pieces: ReportPiece[] = [];
  if (watch.broken !== undefined)
    pieces.push(pieceOfError(watch.broken.line, null, 'this line, or one soon after it, holds bytes that are not UTF-8'));
  const missing = reader.missing();
  if (missing !== undefined) pieces.push(pieceOfError(next, null, missing));
  yield { pieces, plain: null };
}

/** The same, piece by piece; the plain lines of a stretch come behind what else stands in it. */
export async function* readClearingFile(name: ClearingFileName, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ReportPiece> {
  for await (const { pieces, plain } of readClearingBatches(name, bytes)) {
    yield* pieces;
    if (plain === null) continue;
    const read: ReportPiece[] = [];
    const reader = createSectionReader({ ...name, part: 1 });
    reader.read(0, plain.headers, read);
    for (const [line, text] of plain.texts()) reader.read(line, text.split(','), read);
    yield* read;
  }
}
