import { everyTurn } from '../base/clock.js';
import type { ClearingFileName } from './clearing-name.js';
import {
  createSectionReader,
  pieceOfError,
  type ReportHeaders,
  type ReportPiece,
  type SectionReader,
} from './clearing-sections.js';
import { createStretch, endsWithReturns, isNoText, NEWLINE, PIECE_BYTES, RETURN, type Stretch } from './clearing-stretch.js';
import { quotedLines, type ReportBatch } from './quoted-lines.js';

const QUOTE = 0x22;
/** What ends a line here and when lines are read byte by byte: the one and the other in the same file, too. */
const LINE_ENDS = ['\r\n', '\n'];
/** The parser looks by itself what ends the first line: a carriage return alone. */
const UNKNOWN_LINE_ENDS: string[] = [];

/** Where the file stops being text; undefined while it is. */
interface TextWatch {
  broken: { readonly line: number } | undefined;
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

/** The rest of a source, behind bytes that were taken from it already. */
async function* joined(first: Uint8Array, rest: AsyncGenerator<Uint8Array, undefined>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** Bytes that the parser of CSV is given at once: it is done with them in some milliseconds, even where each line of them is wrong. */
const PARSED_AT_ONCE = 2 * 1024;

async function* inPieces(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of bytes) for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size);
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

/** Lines that are read as text before everything else has its turn: some milliseconds. */
const TEXTS_AT_ONCE = 4000;

/** Reads byte by byte what is plain, and goes over to the parser where a quote comes, which is ten times slower. */
async function* plainLines(
  source: AsyncGenerator<Uint8Array, undefined>,
  stretch: Stretch,
  reader: SectionReader,
  watch: TextWatch,
): AsyncGenerator<ReportBatch, number> {
  let texts = 0;
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    if (!stretch.hasRoom(next.value.length)) {
      yield { pieces: [], plain: stretch.plain() };
      stretch.restart();
    }
    stretch.add(next.value);
    if (needsParser(next.value, stretch)) {
      yield { pieces: [], plain: stretch.plain() };
      const from = stretch.line();
      const text = textOf(inPieces(joined(stretch.rest(), source), PARSED_AT_ONCE), from, watch);
      return yield* quotedLines(text, { from, ends: lineEnds(stretch) }, reader);
    }
    const pieces: ReportPiece[] = [];
    if (!stretch.readLines(pieces)) watch.broken = { line: stretch.line() };
    yield { pieces, plain: null };
    if (watch.broken !== undefined || reader.isOver()) break;
    if (stretch.texts() - texts < TEXTS_AT_ONCE) continue;
    texts = stretch.texts();
    await everyTurn();
  }
  const pieces: ReportPiece[] = [];
  if (watch.broken === undefined && !stretch.readRest(pieces)) watch.broken = { line: stretch.line() };
  yield { pieces, plain: stretch.plain() };
  return stretch.line();
}

/**
 * Reads one part of a report as a stream, some lines at a time: memory does not grow with the file. Nothing is skipped silently: every
 * line becomes a piece, a plain line, or an error with its line and column, and a file with one error is to be refused whole; behind a
 * line that is too long for one, or a header of too many columns, nothing is read. Quoted fields, CRLF and a byte order mark are fine; columns go by their header name, unknown
 * ones are kept. Rejects only when `bytes` does, and closes it when it is left early. `size` is about what the file has, bytes; `told` hears
 * of its header lines.
 */
export async function* readClearingBatches(
  name: ClearingFileName,
  bytes: AsyncIterable<Uint8Array>,
  size = 0,
  told?: (headers: ReportHeaders) => void,
): AsyncGenerator<ReportBatch> {
  const reader = createSectionReader(name, told);
  const watch: TextWatch = { broken: undefined };
  const source = inPieces(bytes, PIECE_BYTES);
  let next: number;
  try {
    next = yield* plainLines(source, createStretch(name, reader, size), reader, watch);
  } finally {
    await source.return(undefined);
  }
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
