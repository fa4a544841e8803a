import { COLUMN_FORMS, type Column, REPORT_LAYOUTS, type SectionLayout } from './clearing-layout.js';
import type { ClearingFileName } from './clearing-name.js';

/** One line of a report by column name; a column that is empty or missing is absent. */
export type LineFields = Readonly<Partial<Record<string, string>>>;

/** For cells under names that a file chose: in it `__proto__` and `constructor` are names like any other. */
export function fieldsByName(): Record<string, string> {
  return Object.create(null) as Record<string, string>;
}

/** What reading a report brings, in the order of the file. `line` is the physical line from 1, headers counted. */
export type ReportPiece =
  | { readonly kind: 'summary' | 'detail'; readonly line: number; readonly fields: LineFields; readonly unknown: LineFields }
  | { readonly kind: 'error'; readonly line: number; readonly column: string | null; readonly message: string };

/** Antom's reports end with it; a report that ends so is whole (order-code reference 6.2). */
const END_MARK = '<END>';
/** No report has so many columns: a line of them is held in memory cell by cell, by name, and thousands of lines at once. */
const MOST_COLUMNS = 256;
/** Empty lines say nothing, and a file of nothing else would be read for minutes. */
const MOST_EMPTY = 10_000;

/** One cell of a section: its header, and the column it is read as; undefined for one that is only kept. */
export interface CellPlan {
  readonly header: string;
  readonly column: Column | undefined;
}

/** The cells of a section in the order of the file. */
export interface SectionCells {
  readonly cells: readonly CellPlan[];
}

interface Section extends SectionCells {
  readonly kind: 'summary' | 'detail';
}

/** What comes next in the file. */
type Expecting = 'summaryHeader' | 'summaryLine' | 'detailHeader' | 'details';

const MISSING: Readonly<Record<Expecting, string | undefined>> = {
  summaryHeader: 'the header of the summary section is missing',
  summaryLine: 'the line of the summary section is missing',
  detailHeader: 'the header of the details is missing',
  details: undefined,
};

/** The piece that says that something is wrong at a line; `column` null: with the line as a whole. */
export function pieceOfError(line: number, column: string | null, message: string): ReportPiece {
  return { kind: 'error', line, column, message };
}

function headerErrors(line: number, headers: readonly string[], { columns }: SectionLayout): ReportPiece[] {
  const twice = headers.find((header, index) => headers.indexOf(header) !== index);
  return [
    ...(twice === undefined ? [] : [pieceOfError(line, twice, `the column ${twice} stands in this header twice`)]),
    ...columns
      .filter(({ header, need }) => need !== 'welcome' && !headers.includes(header))
      .map(({ header }) => pieceOfError(line, header, `the column ${header} is missing in this header`)),
  ];
}

function fieldError(line: number, { header, form, need }: Column, text: string): ReportPiece | undefined {
  if (text === '') return need === 'filled' ? pieceOfError(line, header, `${header} is empty`) : undefined;
  const { pattern, words } = COLUMN_FORMS[form];
  return pattern.test(text) ? undefined : pieceOfError(line, header, `${header} must be ${words}`);
}

/** Which payment or refund a detail line is about can be told. */
function idError(line: number, fields: LineFields): ReportPiece | undefined {
  const { transactionType } = fields;
  const isNamed = (one: string, other: string) => fields[one] !== undefined || fields[other] !== undefined;
  if (transactionType === 'PAYMENT' && !isNamed('paymentRequestId', 'paymentId'))
    return pieceOfError(line, 'paymentRequestId', 'a PAYMENT names neither paymentRequestId nor paymentId');
  if (transactionType === 'REFUND' && !isNamed('refundRequestId', 'refundId'))
    return pieceOfError(line, 'refundRequestId', 'a REFUND names neither refundRequestId nor refundId');
  return undefined;
}

const NOTHING: LineFields = {};

function readLine(line: number, { kind, cells: plans }: Section, cells: readonly string[], pieces: ReportPiece[]): void {
  if (cells.length !== plans.length) {
    pieces.push(pieceOfError(line, null, `this line has ${cells.length} fields, its header has ${plans.length}`));
    return;
  }
  const before = pieces.length;
  const fields: Record<string, string> = {};
  let unknown: Record<string, string> | undefined;
  // By index: a report has millions of cells, and this is where the time goes.
  for (let index = 0; index < plans.length; index += 1) {
    const { header, column } = plans[index] as CellPlan;
    const text = cells[index] as string;
    if (column === undefined) {
      if (text !== '') {
        unknown ??= fieldsByName();
        unknown[header] = text;
      }
      continue;
    }
    if (text !== '') fields[header] = text;
    const wrong = fieldError(line, column, text);
    if (wrong !== undefined) pieces.push(wrong);
  }
  const unnamed = idError(line, fields);
  if (unnamed !== undefined) pieces.push(unnamed);
  if (pieces.length === before) pieces.push({ kind, line, fields, unknown: unknown ?? NOTHING });
}

/** Reads the records of one report in their order. */
export interface SectionReader {
  /** `cells` of the record that begins at physical line `line`; what it is goes onto `pieces`. */
  read(line: number, cells: readonly string[], pieces: ReportPiece[]): void;
  /** The section whose lines come next, when they are details below a right header; undefined before, and behind the end. */
  details(): SectionCells | undefined;
  /** Tells what is wrong at a line, once: nothing is read any more. */
  giveUp(line: number, message: string, pieces: ReportPiece[]): void;
  /** It was given up: what stands behind that is not worth reading. */
  isOver(): boolean;
  /** What the report still lacks when nothing follows; undefined when it is whole, or was given up. */
  missing(): string | undefined;
}

/** The header lines of a report, cell by cell as they stand there. */
export type ReportHeaders = { readonly [section in 'summary' | 'detail']?: readonly string[] };

/** Tells summary and details apart, maps columns by header name and checks every field; `told` hears of each header line. */
export function createSectionReader(name: ClearingFileName, told?: (headers: ReportHeaders) => void): SectionReader {
  const { summary, detail } = REPORT_LAYOUTS[name.kind];
  // Only the first part has the summary section; each part repeats the detail header.
  let expecting: Expecting = summary !== undefined && name.part === 0 ? 'summaryHeader' : 'detailHeader';
  let section: Section | undefined;
  let hasEnded = false;
  let hasHeader = false;
  let isOver = false;
  let empty = 0;

  function giveUp(line: number, message: string, pieces: ReportPiece[]): void {
    if (!isOver) pieces.push(pieceOfError(line, null, message));
    isOver = true;
  }

  function readHeader(line: number, cells: readonly string[], pieces: ReportPiece[]): void {
    const isSummary = expecting === 'summaryHeader' && summary !== undefined;
    const layout = isSummary ? summary : detail;
    if (cells.length > MOST_COLUMNS) {
      giveUp(line, `this header has ${cells.length} columns, more than ${MOST_COLUMNS}`, pieces);
      return;
    }
    told?.({ [isSummary ? 'summary' : 'detail']: cells });
    const headers = cells.map((cell) => cell.trim());
    const plans = headers.map((header) => ({ header, column: layout.columns.find((column) => column.header === header) }));
    section = { kind: isSummary ? 'summary' : 'detail', cells: plans };
    expecting = isSummary ? 'summaryLine' : 'details';
    const errors = headerErrors(line, headers, layout);
    hasHeader = errors.length === 0;
    pieces.push(...errors);
  }

  return {
    read(line, cells, pieces) {
      if (isOver) return;
      if (cells.length === 1 && (cells[0] === '' || cells[0]?.trim() === '')) {
        empty += 1;
        if (empty > MOST_EMPTY) giveUp(line, `more than ${MOST_EMPTY} lines of this file are empty`, pieces);
        return;
      }
      if (hasEnded) {
        pieces.push(pieceOfError(line, null, `something stands behind ${END_MARK}`));
        return;
      }
      if (cells.length === 1 && cells[0] === END_MARK) {
        hasEnded = true;
        return;
      }
      if (section === undefined || expecting === 'summaryHeader' || expecting === 'detailHeader') {
        readHeader(line, cells, pieces);
        return;
      }
      readLine(line, section, cells, pieces);
      if (expecting === 'summaryLine') expecting = 'detailHeader';
    },
    details: () => (expecting === 'details' && hasHeader && !hasEnded ? section : undefined),
    giveUp,
    isOver: () => isOver,
    missing: () => (isOver ? undefined : MISSING[expecting]),
  };
}
