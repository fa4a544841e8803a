import { REPORT_LAYOUTS } from './clearing-layout.js';
import type { ClearingLine } from './clearing-lines.js';
import type { ReportKind } from './clearing-name.js';
import type { LineFields, ReportHeaders } from './clearing-sections.js';
import type { KeptLine } from './recon-ports.js';

/** A line as it stands in its file, for whoever has to show it to the upstream. */
export interface LineInFile {
  /** The line, put together again out of its cells: to the letter but for quotes that CSV does not need. Null where the header line is not known. */
  readonly raw: string | null;
  /** What stands in each column, by the names and in the order of the file's header. */
  readonly columns: LineFields;
}

/** The cells of a line by the names that the report has for them. */
function cellsOf(kind: ReportKind, found: ClearingLine | KeptLine): LineFields {
  if ('fields' in found) return { ...found.fields, ...found.unknown };
  const { type, amount, settlement, unknown } = found;
  const of = kind === 'feeItems' ? 'fee' : 'settlement';
  const known = {
    feeType: found.feeType,
    transactionType: type === 'refund' ? 'REFUND' : 'PAYMENT',
    paymentRequestId: found.paymentRequestId,
    paymentId: found.paymentId,
    refundRequestId: found.refundRequestId,
    refundId: found.refundId,
    transactionTime: found.time,
    transactionAmountValue: amount?.value,
    transactionAmountCurrency: amount?.currency,
    [`${of}AmountValue`]: settlement.value,
    [`${of}AmountCurrency`]: settlement.currency,
    fundDirection: settlement.direction,
  };
  const filled = Object.entries(known).filter((cell): cell is [string, string] => cell[1] !== null && cell[1] !== undefined);
  return { ...Object.fromEntries(filled), ...unknown };
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** A stored line as its file has it. */
export function lineInFile(kind: ReportKind, found: ClearingLine | KeptLine, headers: ReportHeaders | undefined): LineInFile {
  const cells = cellsOf(kind, found);
  const section = 'fields' in found ? found.section : 'detail';
  const header = headers?.[section];
  if (header === undefined) {
    const layout = REPORT_LAYOUTS[kind][section]?.columns.map((column) => column.header) ?? [];
    const names = [...new Set([...layout, ...Object.keys(cells)])].filter((name) => cells[name] !== undefined);
    return { raw: null, columns: Object.fromEntries(names.map((name) => [name, cells[name]])) };
  }
  const cellUnder = (name: string) => (Object.hasOwn(cells, name) ? (cells[name] ?? '') : '');
  const all = header.map((name) => [name.trim(), cellUnder(name.trim())] as const);
  return { raw: all.map(([, cell]) => quoted(cell)).join(','), columns: Object.fromEntries(all) };
}
