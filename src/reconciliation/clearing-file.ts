import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { ClearingFileName } from './clearing-name.js';
import { createSectionReader, pieceOfError, type ReportPiece, type SectionReader } from './clearing-sections.js';

/** Longer lines are no report lines: they are told and given up instead of being collected in memory, characters. */
const LONGEST_LINE = 64 * 1024;
/** How the files are written, as far as it is known; a broken line is told and the next one read. */
const CSV = {
  info: true,
  relax_column_count: true,
  skip_records_with_error: true,
  max_record_size: LONGEST_LINE,
} as const;
const BYTE_ORDER_MARK = '\uFEFF';

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
async function* textOf(bytes: AsyncIterable<Uint8Array>, watch: TextWatch): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 1;
  try {
    for await (const chunk of bytes) {
      const text = decoder.decode(chunk, { stream: true });
      yield text;
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) line += 1;
    }
    yield decoder.decode();
  } catch (thrown) {
    if (!(thrown instanceof TypeError && 'code' in thrown && thrown.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')) throw thrown;
    watch.broken = { line };
  }
}

/** The parser's own complaint about a line that it skips. */
interface Skipped {
  readonly code?: string;
  readonly lines?: number;
}

const TOO_LONG = `this line is longer than ${LONGEST_LINE} characters, or a quote is never closed`;

function brokenText({ code }: Skipped): string {
  return code === 'CSV_MAX_RECORD_SIZE' ? TOO_LONG : 'a quote stands where none may be, or is not closed';
}

async function* joined(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Reads with the CSV parser from physical line `from` on; gives the number of the line behind the last one. */
async function* quotedLines(
  text: AsyncIterable<string>,
  from: number,
  reader: SectionReader,
): AsyncGenerator<ReportPiece[], number> {
  const skipped: ReportPiece[] = [];
  const parser = parse({
    ...CSV,
    on_skip(why: Skipped | undefined) {
      skipped.push(pieceOfError(from - 1 + (why?.lines ?? 1), null, brokenText(why ?? {})));
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
    yield pieces;
  }
  yield skipped.splice(0);
  return next;
}

/** A carriage return alone ends the lines of this file, as far as its first line shows. */
function endsWithReturns(text: string): boolean {
  const first = text.search(/[\r\n]/);
  return first >= 0 && text[first] === '\r' && first + 1 < text.length && text[first + 1] !== '\n';
}

/** Lines without quotes need no parser, which is ten times slower: they are cut at their commas. */
async function* plainLines(text: AsyncIterator<string>, reader: SectionReader): AsyncGenerator<ReportPiece[], number> {
  let rest = '';
  let line = 1;
  let isStart = true;
  for (let next = await text.next(); next.done !== true; next = await text.next()) {
    let whole = rest + next.value;
    if (isStart && whole !== '') {
      if (whole.startsWith(BYTE_ORDER_MARK)) whole = whole.slice(1);
      isStart = false;
    }
    const end = whole.lastIndexOf('\n') + 1;
    const needsParser = next.value.includes('"') || whole.length - end > LONGEST_LINE || (line === 1 && endsWithReturns(whole));
    if (needsParser) return yield* quotedLines(joined(whole, text), line, reader);
    const pieces: ReportPiece[] = [];
    for (let at = 0; at < end; line += 1) {
      const stop = whole.indexOf('\n', at);
      readPlain(line, whole.slice(at, stop), reader, pieces);
      at = stop + 1;
    }
    rest = whole.slice(end);
    yield pieces;
  }
  const pieces: ReportPiece[] = [];
  if (rest !== '') readPlain(line, rest, reader, pieces);
  yield pieces;
  return rest === '' ? line : line + 1;
}

function readPlain(line: number, text: string, reader: SectionReader, pieces: ReportPiece[]): void {
  if (text.length > LONGEST_LINE) pieces.push(pieceOfError(line, null, TOO_LONG));
  else reader.read(line, (text.endsWith('\r') ? text.slice(0, -1) : text).split(','), pieces);
}

/**
 * Reads one part of a report as a stream, some lines at a time: memory does not grow with the file. Nothing is skipped silently: every
 * line becomes a piece or an error with its line and column, and a file with one error is to be refused whole. Quoted fields, CRLF and a
 * byte order mark are fine; columns go by their header name, unknown ones are kept. Rejects only when `bytes` does.
 */
export async function* readClearingBatches(
  name: ClearingFileName,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly ReportPiece[]> {
  const reader = createSectionReader(name);
  const watch: TextWatch = { broken: undefined };
  const next = yield* plainLines(textOf(bytes, watch), reader);
  const last: ReportPiece[] = [];
  if (watch.broken !== undefined)
    last.push(pieceOfError(watch.broken.line, null, 'this line, or one soon after it, holds bytes that are not UTF-8'));
  const missing = reader.missing();
  if (missing !== undefined) last.push(pieceOfError(next, null, missing));
  yield last;
}

/** The same, piece by piece. */
export async function* readClearingFile(name: ClearingFileName, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ReportPiece> {
  for await (const pieces of readClearingBatches(name, bytes)) yield* pieces;
}
