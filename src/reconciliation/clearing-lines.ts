import type { Money } from '../payment/money.js';
import type { LineFields } from './clearing-sections.js';
import type { DirectedMoney, RowIds, TheirLine } from './recon-words.js';

/** One detail line of a transactionItems or feeItems report, as the books keep it. */
export interface ClearingLine extends RowIds {
  /** Physical line from 1, headers counted. */
  readonly line: number;
  /** `transactionTime` as it stands in the report. */
  readonly time: string;
  /** Null where the report has no such columns, and for fees. */
  readonly amount: Money | null;
  /** What it settles to; for fees what is taken or given back. */
  readonly settlement: DirectedMoney;
  /** Null for transactionItems. */
  readonly feeType: string | null;
  /** Columns that this version does not know, by header name; null when there are none. */
  readonly unknown: LineFields | null;
}

/** The own and the other id of a row or a line, as they count for its type. */
function idsOf({ type, paymentRequestId, paymentId, refundRequestId, refundId }: RowIds) {
  return type === 'payment' ? { own: paymentRequestId, theirs: paymentId } : { own: refundRequestId, theirs: refundId };
}

/**
 * By what books and reports are sorted and merged: payments first, then refunds, each by our own id; what does not name our id comes
 * last, by theirs. Compared character by character.
 */
export function matchKey(row: RowIds): string {
  const { own, theirs } = idsOf(row);
  const type = row.type === 'payment' ? 'p' : 'r';
  return own === null ? `~${type}${theirs}` : `${type}${own}`;
}

/** The upstream's own id with its type, or null where it is not known. */
export function theirKey(row: RowIds): string | null {
  const { theirs } = idsOf(row);
  return theirs === null ? null : `${row.type === 'payment' ? 'p' : 'r'}${theirs}`;
}

export function ownIdOf(row: RowIds): string | null {
  return idsOf(row).own;
}

export function theirIdOf(row: RowIds): string | null {
  return idsOf(row).theirs;
}

/** A checked detail line of a transactionItems (`settlement`) or feeItems (`fee`) report. */
export function clearingLine(line: number, fields: LineFields, unknown: LineFields, of: 'settlement' | 'fee'): ClearingLine {
  const value = fields['transactionAmountValue'];
  const currency = fields['transactionAmountCurrency'];
  return {
    line,
    type: fields['transactionType'] === 'REFUND' ? 'refund' : 'payment',
    paymentRequestId: fields['paymentRequestId'] ?? null,
    paymentId: fields['paymentId'] ?? null,
    refundRequestId: fields['refundRequestId'] ?? null,
    refundId: fields['refundId'] ?? null,
    time: fields['transactionTime'] ?? '',
    amount: value === undefined || currency === undefined ? null : { currency, value },
    settlement: {
      currency: fields[`${of}AmountCurrency`] ?? '',
      value: fields[`${of}AmountValue`] ?? '',
      direction: fields['fundDirection'] === 'C' ? 'C' : 'D',
    },
    feeType: fields['feeType'] ?? null,
    unknown: withLone(hasAny(unknown) ? unknown : null, value ?? '', currency ?? ''),
  };
}

/** Half an amount is none: what stands there alone is kept beside the columns that nobody here knows. */
export function withLone(unknown: LineFields | null, value: string, currency: string): LineFields | null {
  if ((value === '') === (currency === '')) return unknown;
  return { ...unknown, ...(value === '' ? { transactionAmountCurrency: currency } : { transactionAmountValue: value }) };
}

function hasAny(fields: LineFields): boolean {
  for (const _name in fields) return true;
  return false;
}

/** The line as the comparison reads it. */
export function theirLine(line: ClearingLine, file: string, day: string): TheirLine {
  const { type, paymentRequestId, paymentId, refundRequestId, refundId, amount, settlement } = line;
  return { type, paymentRequestId, paymentId, refundRequestId, refundId, amount, settlement, file, line: line.line, day };
}

/** Lines as the short text that is stored; `readJsonLines` reads it back. */
export function linesText(lines: readonly ClearingLine[]): string {
  return JSON.stringify(
    lines.map((line): StoredLine => {
      const { amount, settlement } = line;
      return [
        line.line,
        line.type === 'payment' ? 0 : 1,
        line.paymentRequestId,
        line.paymentId,
        line.refundRequestId,
        line.refundId,
        line.time,
        amount?.currency ?? null,
        amount?.value ?? null,
        settlement.currency,
        settlement.value,
        settlement.direction,
        line.feeType,
        line.unknown,
      ];
    }),
  );
}

type StoredLine = readonly [
  line: number,
  type: 0 | 1,
  paymentRequestId: string | null,
  paymentId: string | null,
  refundRequestId: string | null,
  refundId: string | null,
  time: string,
  currency: string | null,
  value: string | null,
  settledCurrency: string,
  settledValue: string,
  direction: 'C' | 'D',
  feeType: string | null,
  unknown: LineFields | null,
];

/** What `linesText` wrote. */
export function readJsonLines(text: string): ClearingLine[] {
  // By index: taking a million lines apart by pattern costs more than reading them.
  return (JSON.parse(text) as StoredLine[]).map((stored) => {
    const [currency, value] = [stored[7], stored[8]];
    return {
      line: stored[0],
      type: stored[1] === 0 ? 'payment' : 'refund',
      paymentRequestId: stored[2],
      paymentId: stored[3],
      refundRequestId: stored[4],
      refundId: stored[5],
      time: stored[6],
      amount: currency === null || value === null ? null : { currency, value },
      settlement: { currency: stored[9], value: stored[10], direction: stored[11] },
      feeType: stored[12],
      unknown: stored[13],
    };
  });
}
