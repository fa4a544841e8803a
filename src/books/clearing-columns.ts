import type { Instant } from '../base/clock.js';
import { clearingDayOf } from '../payment/clearing-day.js';
import type { PaidFacts, PaymentLife } from '../payment/payment.js';
import type { Standing } from '../reconciliation/recon-words.js';

/** By what a payment is found when a clearing day is compared; follows from its life. */
export interface ClearingColumns {
  readonly clearing_standing: Standing;
  /** `YYYY-MM-DD`, UTC+8; null while nothing is complete. */
  readonly clearing_day: string | null;
  readonly upstream_payment_id: string | null;
  readonly settled_currency: string | null;
  readonly settled_value: string | null;
}

/** How a life stands for the comparison: paid and undone by a cancel counts as cancelled, on the day it was paid. */
function standingOf(life: PaymentLife): { standing: Standing; at: Instant | null } {
  const { state, stateSince, moneyBack } = life;
  switch (state) {
    case 'paid': {
      const undo = moneyBack?.undo;
      const isUndone = undo?.by === 'cancel' && undo.state === 'done';
      return { standing: isUndone ? 'cancelled' : 'completed', at: paidAtOf(life) };
    }
    case 'cancelled':
      return { standing: 'cancelled', at: stateSince };
    case 'failed':
      return { standing: 'failed', at: null };
    default:
      return { standing: 'undecided', at: null };
  }
}

/**
 * When a paid payment was paid: the upstream's time, and where it named none, ours of the end; null for every other state. What people ruled
 * keeps the time of the ruling, whatever is told later: it stands in the figures and exports of sealed days.
 */
export function paidAtOf({ state, stateSince, endedBy, paid }: PaymentLife): Instant | null {
  if (state !== 'paid') return null;
  return endedBy === 'ruling' ? stateSince : (paid?.paidAt ?? stateSince);
}

/** The columns for a life. */
export function clearingColumns(life: PaymentLife): ClearingColumns {
  const { standing, at } = standingOf(life);
  const facts: PaidFacts | null = life.paid ?? life.moneyBack?.late ?? null;
  return {
    clearing_standing: standing,
    clearing_day: at === null ? null : clearingDayOf(at),
    upstream_payment_id: facts?.paymentId ?? life.paymentId,
    settled_currency: facts?.settlement?.amount?.currency ?? null,
    settled_value: facts?.settlement?.amount?.value ?? null,
  };
}
