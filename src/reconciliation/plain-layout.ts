import type { Column, ColumnForm } from './clearing-layout.js';
import type { SectionCells } from './clearing-sections.js';

/** The cells of a stored line, by their place in `PlainLine.cells`; columns that this version does not know come behind them. */
export const CELL = {
  type: 0,
  paymentRequestId: 1,
  paymentId: 2,
  refundRequestId: 3,
  refundId: 4,
  time: 5,
  value: 6,
  currency: 7,
  settledValue: 8,
  settledCurrency: 9,
  direction: 10,
  feeType: 11,
} as const;
const KNOWN_CELLS = Object.keys(CELL).length;

const CELL_OF: Readonly<Record<string, number>> = {
  transactionType: CELL.type,
  paymentRequestId: CELL.paymentRequestId,
  paymentId: CELL.paymentId,
  refundRequestId: CELL.refundRequestId,
  refundId: CELL.refundId,
  transactionTime: CELL.time,
  transactionAmountValue: CELL.value,
  transactionAmountCurrency: CELL.currency,
  settlementAmountValue: CELL.settledValue,
  settlementAmountCurrency: CELL.settledCurrency,
  feeAmountValue: CELL.settledValue,
  feeAmountCurrency: CELL.settledCurrency,
  fundDirection: CELL.direction,
  feeType: CELL.feeType,
};

type Form = ColumnForm | 'unknown';

interface PlainColumn {
  readonly form: Form;
  readonly cell: number;
  readonly isFilled: boolean;
}

/** How the detail lines under one header are read byte by byte. */
export interface PlainLayout {
  readonly headers: readonly string[];
  readonly columns: readonly PlainColumn[];
  /** Headers of the columns that this version does not know, in the order of the file. */
  readonly unknown: readonly string[];
  /** Numbers in a line's cells: begin and end of each. */
  readonly stride: number;
  /** The cells from our id of the payment to the direction stand one behind the other, as in `CELL`. */
  readonly isInOrder: boolean;
}

function plainColumn(column: Column, cell: number): PlainColumn {
  return { form: column.form, cell, isFilled: column.need === 'filled' };
}

/** The layout for a header; undefined where its lines are better left to the reader of text. */
export function plainLayout({ cells }: SectionCells): PlainLayout | undefined {
  const unknown: string[] = [];
  const columns: PlainColumn[] = [];
  for (const { header, column } of cells) {
    const cell = column === undefined ? KNOWN_CELLS + unknown.length : CELL_OF[header];
    if (cell === undefined) return undefined;
    if (column === undefined) {
      // They are stored as they stand, between commas.
      if (!/^[\x20-\x2b\x2d-\x7e]*$/.test(header) || header.includes('"')) return undefined;
      unknown.push(header);
    }
    columns.push(column === undefined ? { form: 'unknown', cell, isFilled: false } : plainColumn(column, cell));
  }
  const first = columns.findIndex(({ cell }) => cell === CELL.paymentRequestId);
  const isInOrder = CELLS_IN_ORDER.every((cell, index) => columns[first + index]?.cell === cell);
  return { headers: cells.map(({ header }) => header), columns, unknown, stride: 2 * (KNOWN_CELLS + unknown.length), isInOrder };
}

/** From our id of the payment to the direction. */
const CELLS_IN_ORDER = Array.from({ length: CELL.direction }, (_unused, index) => CELL.paymentRequestId + index);

const COMMA = 0x2c;
const QUOTE = 0x22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const MOST_ID = 64;
/** More digits are counted without floats, by the reader of text. */
const MOST_DIGITS = 15;

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;
const isCapital = (byte: number | undefined) => byte !== undefined && byte >= 0x41 && byte <= 0x5a;

function endOfDigits(bytes: Uint8Array, at: number): number {
  let end = at;
  while (isDigit(bytes[end])) end += 1;
  return end;
}

function endOfAmount(bytes: Uint8Array, at: number): number {
  const end = endOfDigits(bytes, at);
  return end - at > MOST_DIGITS || (bytes[at] === 0x30 && end - at > 1) ? -1 : end;
}

function endOfId(bytes: Uint8Array, at: number): number {
  let end = at;
  for (;;) {
    const byte = bytes[end] as number;
    if (byte < 0x21 || byte > 0x7e || byte === COMMA || byte === QUOTE) break;
    end += 1;
  }
  return end - at > MOST_ID ? -1 : end;
}

function endOfUnknown(bytes: Uint8Array, at: number): number {
  let end = at;
  for (;;) {
    const byte = bytes[end] as number;
    if (byte < 0x20 || byte > 0x7e || byte === COMMA || byte === QUOTE) return end;
    end += 1;
  }
}

function endOfWord(bytes: Uint8Array, at: number): number {
  let end = at;
  while (isCapital(bytes[end]) || (end > at && (isDigit(bytes[end]) || bytes[end] === 0x5f))) end += 1;
  return end - at > MOST_ID ? -1 : end;
}

function endOfCapitals(bytes: Uint8Array, at: number, many: number): number {
  for (let end = at; end < at + many; end += 1) if (!isCapital(bytes[end])) return end === at ? at : -1;
  return at + many;
}

const PAYMENT = Buffer.from('PAYMENT');
const REFUND = Buffer.from('REFUND');

function endOfType(bytes: Uint8Array, at: number): number {
  const wanted = bytes[at] === PAYMENT[0] ? PAYMENT : REFUND;
  for (let index = 0; index < wanted.length; index += 1) if (bytes[at + index] !== wanted[index]) return -1;
  return at + wanted.length;
}

const twoDigits = (bytes: Uint8Array, at: number) => ((bytes[at] as number) - 0x30) * 10 + (bytes[at + 1] as number) - 0x30;
/** By month, from 1; February in a leap year. */
const MOST_DAYS = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether the year that begins at `at` has a 29th of February. */
function isLeapYear(bytes: Uint8Array, at: number): boolean {
  const [century, year] = [twoDigits(bytes, at), twoDigits(bytes, at + 2)];
  return (year === 0 ? century : year) % 4 === 0;
}

/** Whether there is a time like the one that begins at `at`, which has digits where they belong. */
function canBe(bytes: Uint8Array, at: number): boolean {
  const [month, day] = [twoDigits(bytes, at + 5), twoDigits(bytes, at + 8)];
  if (day < 1 || day > (MOST_DAYS[month] ?? 0) || (day === 29 && month === 2 && !isLeapYear(bytes, at))) return false;
  return twoDigits(bytes, at + 11) < 24 && twoDigits(bytes, at + 14) < 60 && twoDigits(bytes, at + 17) < 60;
}

/** `2026-03-05T10:16:07` by what stands in each place; 0 is a digit. */
const TIME_SHAPE = Buffer.from('0000-00-00T00:00:00');

function endOfTime(bytes: Uint8Array, at: number): number {
  for (let index = 0; index < TIME_SHAPE.length; index += 1) {
    const byte = bytes[at + index];
    const wanted = TIME_SHAPE[index];
    if (wanted === 0x30 ? !isDigit(byte) : byte !== wanted) return -1;
  }
  if (!canBe(bytes, at)) return -1;
  let end = at + TIME_SHAPE.length;
  if (bytes[end] === 0x2e) {
    const from = end + 1;
    end = endOfDigits(bytes, from);
    if (end === from || end - from > 9) return -1;
  }
  if (bytes[end] === 0x5a) return end + 1;
  if (bytes[end] !== 0x2b && bytes[end] !== 0x2d) return -1;
  const minutes = bytes[end + 3] === 0x3a ? end + 4 : end + 3;
  const isOffset = isDigit(bytes[end + 1]) && isDigit(bytes[end + 2]) && isDigit(bytes[minutes]) && isDigit(bytes[minutes + 1]);
  return isOffset && twoDigits(bytes, end + 1) < 24 && twoDigits(bytes, minutes) < 60 ? minutes + 2 : -1;
}

/** Where the cell that begins at `at` ends; -1, or an end where no comma stands, when it is not plainly of its form. */
function endOfCell(form: Form, bytes: Uint8Array, at: number): number {
  switch (form) {
    case 'id':
      return endOfId(bytes, at);
    case 'amount':
      return endOfAmount(bytes, at);
    case 'currency':
      return endOfCapitals(bytes, at, 3);
    case 'direction':
      return bytes[at] === 0x43 || bytes[at] === 0x44 ? at + 1 : at;
    case 'time':
      return endOfTime(bytes, at);
    case 'word':
      return endOfWord(bytes, at);
    case 'type':
      return endOfType(bytes, at);
    case 'unknown':
      return endOfUnknown(bytes, at);
    default:
      return -1;
  }
}

/**
 * Reads the line that begins at `at`; a line end follows somewhere in `bytes`. Writes begin and end of each cell into `cells` from `from` on and
 * gives where the next line begins; -1 for a line that is not plainly right: whether it is, and what is wrong with it, the reader of text knows.
 */
export function scanLine({ columns }: PlainLayout, bytes: Uint8Array, at: number, cells: Int32Array, from: number): number {
  let begin = at;
  const last = columns.length - 1;
  for (let index = 0; index <= last; index += 1) {
    const { form, cell, isFilled } = columns[index] as PlainColumn;
    const end = endOfCell(form, bytes, begin);
    if (end < begin || (isFilled && end === begin)) return -1;
    cells[from + 2 * cell] = begin;
    cells[from + 2 * cell + 1] = end;
    if (index < last && bytes[end] !== COMMA) return -1;
    begin = end + 1;
  }
  if (bytes[begin - 1] === NEWLINE) return begin;
  return bytes[begin - 1] === RETURN && bytes[begin] === NEWLINE ? begin + 1 : -1;
}
