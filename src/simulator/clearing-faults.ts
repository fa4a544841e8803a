import type { ClearingEntry } from './clearing-entries.js';
import type { FaultLevel } from './fault-row.js';

/** A difference that was planted, as the account book labels it: which exception somebody who compares must find, and where. */
export interface PlantedDifference {
  readonly fault: string;
  readonly kind: string;
  readonly paymentRequestId: string | null;
  readonly refundRequestId: string | null;
}

/** What a planted line fault is about. */
export interface LineFault {
  readonly name: string;
  readonly level: FaultLevel;
  readonly does: string;
  /** What it picks the `nth` of. */
  readonly picks: 'entry' | 'payment' | 'refund' | 'cancelled' | 'closed' | 'nothing';
}

/** Faults of clearing files; `nth` picks the entry in the order of time. Each makes one exception of the kind it is named after. */
export const CLEARING_FAULTS: readonly LineFault[] = [
  { name: 'clearing_payment_missing', level: 3, picks: 'payment', does: 'a payment is in no report' },
  { name: 'clearing_refund_missing', level: 3, picks: 'refund', does: 'a refund is in no report' },
  { name: 'clearing_next_cycle', level: 1, picks: 'entry', does: 'an entry stands in the reports of the next day' },
  { name: 'clearing_amount_differs', level: 3, picks: 'entry', does: 'an entry has another transaction amount' },
  { name: 'clearing_currency_differs', level: 3, picks: 'entry', does: 'an entry has another transaction currency' },
  { name: 'clearing_line_twice', level: 3, picks: 'entry', does: 'an entry is listed twice' },
  { name: 'clearing_fee_differs', level: 3, picks: 'payment', does: 'the service fee of a payment is one unit more' },
  { name: 'clearing_cancelled_listed', level: 3, picks: 'cancelled', does: 'a cancelled order is listed as paid' },
  { name: 'clearing_failed_listed', level: 3, picks: 'closed', does: 'an order that was closed unpaid is listed as paid' },
  { name: 'clearing_foreign_line', level: 1, picks: 'nothing', does: 'a payment of another system is listed' },
  {
    name: 'clearing_unknown_payment',
    level: 3,
    picks: 'nothing',
    does: 'a payment with an id like ours is listed that was never made',
  },
  {
    name: 'clearing_unknown_refund',
    level: 3,
    picks: 'nothing',
    does: 'a refund with an id like ours is listed that was never made',
  },
  { name: 'clearing_file_missing', level: 1, picks: 'nothing', does: 'the fee report is not written' },
  { name: 'clearing_part_missing', level: 1, picks: 'nothing', does: 'the transaction report has a gap in its parts' },
  { name: 'clearing_totals_differ', level: 3, picks: 'nothing', does: 'the summary states one unit more' },
];

/** A clearing fault as it is planted. */
export interface PlantedFault {
  readonly name: string;
  /** From 1. */
  readonly nth: number;
}

/** The exception that an entry raises when it is missing. */
export function missingKind({ type }: ClearingEntry): string {
  return type === 'PAYMENT' ? 'paid_here_missing_there' : 'refund_missing_there';
}
