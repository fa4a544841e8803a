import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { COLUMN_FORMS, type Column, REPORT_LAYOUTS, type SectionLayout } from './clearing-layout.js';
import type { ClearingFileName } from './clearing-name.js';

/** One line of a report by column name; a column that is empty or missing is absent. */
export type LineFields = Readonly<Partial<Record<string, string>>>;

/** What reading a report brings, in the order of the file. `line` is the physical line from 1, headers counted. */
export type ReportPiece =
  | { readonly kind: 'summary' | 'detail'; readonly line: number; readonly fields: LineFields; readonly unknown: LineFields }
  | { readonly kind: 'error'; readonly line: number; readonly column: string | null; readonly message: string };

/** Longer lines are no report lines: the parser gives up on them instead of collecting them in memory, bytes. */
const LONGEST_LINE = 64 * 1024;
/** How the files are written, as far as it is known; a broken line is told and the next one read. */
const CSV = {
  bom: true,
  info: true,
  relax_column_count: true,
  skip_records_with_error: true,
  max_record_size: LONGEST_LINE,
} as const;
/** Antom's reports end with it; a report that ends so is whole (order-code reference 6.2). */
const END_MARK = '<END>';

interface Section {
  readonly kind: 'summary' | 'detail';
  readonly layout: SectionLayout;
  readonly headers: readonly string[];
}

/** What comes next in the file. */
type Expecting = 'summaryHeader' | 'summaryLine' | 'detailHeader' | 'details';

interface Reading {
  readonly name: ClearingFileName;
  expecting: Expecting;
  section: Section | undefined;
  hasEnded: boolean;
}

const error = (line: number, column: string | null, message: string): ReportPiece => ({ kind: 'error', line, column, message });

function headerErrors(line: number, headers: readonly string[], { columns }: SectionLayout): ReportPiece[] {
  const twice = headers.find((header, index) => headers.indexOf(header) !== index);
  return [
    ...(twice === undefined ? [] : [error(line, twice, `the column ${twice} stands in this header twice`)]),
    ...columns
      .filter(({ header, need }) => need !== 'welcome' && !headers.includes(header))
      .map(({ header }) => error(line, header, `the column ${header} is missing in this header`)),
  ];
}

function fieldError(line: number, { header, form, need }: Column, text: string | undefined): ReportPiece | undefined {
  if (text === undefined) return need === 'filled' ? error(line, header, `${header} is empty`) : undefined;
  const { pattern, words } = COLUMN_FORMS[form];
  return pattern.test(text) ? undefined : error(line, header, `${header} must be ${words}`);
}

/** Which payment or refund a detail line is about can be told. */
function idError(line: number, fields: LineFields): ReportPiece | undefined {
  const { transactionType } = fields;
  const isNamed = (one: string, other: string) => fields[one] !== undefined || fields[other] !== undefined;
  if (transactionType === 'PAYMENT' && !isNamed('paymentRequestId', 'paymentId'))
    return error(line, 'paymentRequestId', 'a PAYMENT names neither paymentRequestId nor paymentId');
  if (transactionType === 'REFUND' && !isNamed('refundRequestId', 'refundId'))
    return error(line, 'refundRequestId', 'a REFUND names neither refundRequestId nor refundId');
  return undefined;
}

function readLine(line: number, { kind, layout, headers }: Section, cells: readonly string[]): ReportPiece[] {
  if (cells.length !== headers.length) {
    return [error(line, null, `this line has ${cells.length} fields, its header has ${headers.length}`)];
  }
  const known = new Set(layout.columns.map(({ header }) => header));
  const fields: Record<string, string> = {};
  const unknown: Record<string, string> = {};
  headers.forEach((header, index) => {
    const text = cells[index] ?? '';
    if (text !== '') (known.has(header) ? fields : unknown)[header] = text;
  });
  const errors = layout.columns
    .filter(({ header }) => headers.includes(header))
    .map((column) => fieldError(line, column, fields[column.header]));
  const found = [...errors, idError(line, fields)].filter((one) => one !== undefined);
  return found.length > 0 ? found : [{ kind, line, fields, unknown }];
}

function readHeader(reading: Reading, line: number, cells: readonly string[]): ReportPiece[] {
  const { summary, detail } = REPORT_LAYOUTS[reading.name.kind];
  const isSummary = reading.expecting === 'summaryHeader' && summary !== undefined;
  const layout = isSummary ? summary : detail;
  const headers = cells.map((cell) => cell.trim());
  reading.section = { kind: isSummary ? 'summary' : 'detail', layout, headers };
  reading.expecting = isSummary ? 'summaryLine' : 'details';
  return headerErrors(line, headers, layout);
}

function readRecord(reading: Reading, line: number, cells: readonly string[]): ReportPiece[] {
  if (cells.length === 1 && cells[0]?.trim() === '') return [];
  if (reading.hasEnded) return [error(line, null, `something stands behind ${END_MARK}`)];
  if (cells.length === 1 && cells[0] === END_MARK) {
    reading.hasEnded = true;
    return [];
  }
  if (reading.section === undefined || reading.expecting === 'summaryHeader' || reading.expecting === 'detailHeader') {
    return readHeader(reading, line, cells);
  }
  const pieces = readLine(line, reading.section, cells);
  if (reading.expecting === 'summaryLine') reading.expecting = 'detailHeader';
  return pieces;
}

const MISSING: Readonly<Record<Expecting, string | undefined>> = {
  summaryHeader: 'the header of the summary section is missing',
  summaryLine: 'the line of the summary section is missing',
  detailHeader: 'the header of the details is missing',
  details: undefined,
};

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
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  try {
    for await (const chunk of bytes) {
      const text = decoder.decode(chunk, { stream: true });
      line += text.split('\n').length - 1;
      yield text;
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

function brokenText({ code }: Skipped): string {
  if (code === 'CSV_MAX_RECORD_SIZE') return `this line is longer than ${LONGEST_LINE} characters, or a quote is never closed`;
  return 'a quote stands where none may be, or is not closed';
}

/**
 * Reads one part of a report as a stream: memory does not grow with the file. Nothing is skipped silently: every line becomes a piece or
 * an error with its line and column, and a file with one error is to be refused whole. Quoted fields, CRLF and a byte order mark are
 * fine; columns go by their header name, unknown ones are kept. Rejects only when `bytes` does.
 */
export async function* readClearingFile(name: ClearingFileName, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ReportPiece> {
  const { summary } = REPORT_LAYOUTS[name.kind];
  // Only the first part has the summary section; each part repeats the detail header.
  const expecting = summary !== undefined && name.part === 0 ? 'summaryHeader' : 'detailHeader';
  const reading: Reading = { name, expecting, section: undefined, hasEnded: false };
  const watch: TextWatch = { broken: undefined };
  const skipped: ReportPiece[] = [];
  const parser = parse({
    ...CSV,
    on_skip(why: Skipped | undefined) {
      skipped.push(error(why?.lines ?? 1, null, brokenText(why ?? {})));
      return undefined;
    },
  });
  // What breaks the source breaks the parser, and so the loop below.
  pipeline(Readable.from(textOf(bytes, watch)), parser, () => {});
  let next = 1;
  for await (const { record, info } of parser as AsyncIterable<RawRecord>) {
    yield* skipped.splice(0);
    yield* readRecord(reading, info.lines - linesInside(record), record);
    next = info.lines + 1;
  }
  yield* skipped.splice(0);
  if (watch.broken !== undefined)
    yield error(watch.broken.line, null, 'this line, or one soon after it, holds bytes that are not UTF-8');
  const missing = MISSING[reading.expecting];
  if (missing !== undefined) yield error(next, null, missing);
}
