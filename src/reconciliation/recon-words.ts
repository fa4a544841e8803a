import type { Money } from '../payment/money.js';
import type { ToldException } from './exception-sentences.js';
import { isLateMoneyThere, type LateMoney } from './late-money.js';

/** How a row of ours stands on the day it is compared (till API contract 5). */
export type Standing =
  /** Money moved: a paid payment, a done refund. */
  | 'completed'
  /** Cancelled, or paid and taken back by a cancel: no clearing file lists it. */
  | 'cancelled'
  /** Failed, or a refused refund. */
  | 'failed'
  /** Not known yet. */
  | 'undecided';

/** What tells a payment or a refund apart, ours first, theirs where it is known. */
export interface RowIds {
  readonly type: 'payment' | 'refund';
  readonly paymentRequestId: string | null;
  readonly paymentId: string | null;
  readonly refundRequestId: string | null;
  readonly refundId: string | null;
}

/** One of our payments or refunds. */
export interface OurRow extends RowIds {
  readonly paymentRequestId: string;
  readonly standing: Standing;
  /** Clearing day `YYYY-MM-DD` (UTC+8) of its completion, for cancelled ones of the cancel; null: none yet. */
  readonly day: string | null;
  /** Unsigned. */
  readonly amount: Money;
  /** Unsigned, as the upstream's messages gave it; null: they did not. */
  readonly settlement: Money | null;
  /** Of a failed or cancelled payment that a line names: confirmed money that came after its end. */
  readonly late?: LateMoney;
}

/** Money with its direction: `C` to us, `D` from us. */
export interface DirectedMoney extends Money {
  readonly direction: 'C' | 'D';
}

/** One detail line of a transactionItems report. */
export interface TheirLine extends RowIds {
  readonly file: string;
  /** Physical line from 1, headers counted. */
  readonly line: number;
  /** Clearing day of its batch. */
  readonly day: string;
  /** Null where the report has no such columns. */
  readonly amount: Money | null;
  readonly settlement: DirectedMoney;
  /**
   * Of another day: `sealed` is the line that a sealed day has shown as the one of its row, which nothing changes any more; `late` came after
   * its day was sealed and counts nowhere.
   */
  readonly hold?: 'sealed' | 'late';
}

export type Verdict = 'matched' | 'shifted' | 'waiting' | 'exception';

/** Kinds that one line or row can raise; those about whole files are raised where the files are looked at. */
export type LineExceptionKind =
  | 'paid_there_unknown_here'
  | 'paid_here_missing_there'
  | 'cancelled_here_paid_there'
  | 'failed_here_paid_there'
  | 'amount_differs'
  | 'currency_differs'
  | 'duplicate_line'
  | 'refund_unmatched'
  | 'refund_missing_there'
  | 'foreign_line';

/** What is wrong, in a sentence, and what to do about it. */
export interface LineException extends ToldException {
  readonly kind: LineExceptionKind;
}

/** One line of a compared day: a row of ours, a line of theirs, or both. */
export interface ComparedLine {
  readonly verdict: Verdict;
  readonly ours: OurRow | null;
  readonly theirs: TheirLine | null;
  readonly exception: LineException | null;
  /** The row of ours is to be asked about: it may have been paid after all. */
  readonly inquire: boolean;
}

/** Signed smallest units: `C` and payments count up, `D` and refunds down. */
export function signedSettlement({ settlement }: TheirLine): bigint {
  return settlement.direction === 'C' ? BigInt(settlement.value) : -BigInt(settlement.value);
}

/** Whether the money of a line comes to us; what settles to nothing has no direction of its own (order-code reference 6.2: `D`). */
export function isToUs({ type, settlement }: TheirLine): boolean {
  return BigInt(settlement.value) === 0n ? type === 'payment' : settlement.direction === 'C';
}

/** Whether a row counts as nothing wherever it is listed: its money was undone by a cancel, or there never was any. */
export function isWorthNothing(row: OurRow): boolean {
  return (row.standing === 'cancelled' || row.late !== undefined) && !isLateMoneyThere(row);
}

/** What a row of ours is worth, signed. */
export function signedAmount(row: OurRow, money: Money): bigint {
  const { type } = row;
  if (isWorthNothing(row)) return 0n;
  return type === 'payment' ? BigInt(money.value) : -BigInt(money.value);
}
