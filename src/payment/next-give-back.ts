import { type Instant, instant } from '../base/clock.js';
import { undoCancel } from './decide-undo.js';
import { askBeforeAt, askBehindAt, isToldSince } from './gone-elsewhere.js';
import type { Moment, PaymentLife } from './payment.js';
import { moneyBackOf, type RefundRequestId } from './refund.js';
import { repeatAt, type TimingRules } from './timing.js';

/** What giving money back needs next. */
export type GiveBackStep =
  | { readonly do: 'inquire' | 'cancel'; readonly at: Instant }
  /** The undo of money that came late begins; the refund of an undo is stored. */
  | { readonly do: 'undoLate' | 'openRefund'; readonly at: Instant }
  | { readonly do: 'refund'; readonly refundRequestId: RefundRequestId; readonly at: Instant };

/** Everything that is due for money that goes back, in no order; empty for nearly every payment. */
export function giveBackSteps(life: PaymentLife, at: Moment, rules: TimingRules): readonly GiveBackStep[] {
  const back = life.moneyBack;
  if (back === undefined) return [];
  const { undo, late, open } = back;
  const steps: GiveBackStep[] = [];
  // Times written before the clock of this machine was set back count as the start of this run: nothing waits for them, and what was asked
  // since then keeps its rhythm.
  const begun = instant(Math.min(rules.booksSince, at.local));
  const due = (time: Instant): Instant => (time > at.local ? begun : time);
  if (late !== null && undo === null && rules.latePayment === 'undo') steps.push({ do: 'undoLate', at: life.stateSince });
  const cancel = undoCancel(life);
  if (undo !== null && cancel !== undefined) {
    if (cancel.verdict !== null) steps.push({ do: 'inquire', at: askBehindAt(life, due(cancel.lastSentAt ?? undo.at), rules) });
    else if (cancel.lastSentAt !== null && cancel.lastSentAt > at.local) steps.push({ do: 'cancel', at: at.local });
    else steps.push({ do: 'cancel', at: repeatAt(due(undo.at), cancel, rules.cancelEveryMs) });
  }
  // What refunds under way will leave is known when they have ended: one that is refused belongs into this refund.
  const isTold = isToldSince(life, at, rules);
  if (undo?.state === 'pending' && undo.by === 'refund' && undo.refundRequestId === null && open.length === 0)
    steps.push(isTold ? { do: 'openRefund', at: due(undo.at) } : { do: 'inquire', at: askBeforeAt(life, due(undo.at), rules) });
  for (const refund of open) {
    const { refundRequestId, lastSentAt } = refund;
    if (refund.refusal !== null) steps.push({ do: 'inquire', at: askBehindAt(life, due(lastSentAt ?? refund.createdAt), rules) });
    else if (refund.firstSentAt === null && !isTold)
      steps.push({ do: 'inquire', at: askBeforeAt(life, due(refund.createdAt), rules) });
    else if (lastSentAt !== null && lastSentAt > at.local) steps.push({ do: 'refund', refundRequestId, at: at.local });
    else steps.push({ do: 'refund', refundRequestId, at: repeatAt(due(refund.createdAt), refund, rules.cancelEveryMs) });
  }
  return steps;
}

/** Whether money goes back at this moment and the end is not known yet. */
export function isGivingBack(life: PaymentLife): boolean {
  const { undo, open } = moneyBackOf(life);
  return undo?.state === 'pending' || open.length > 0;
}
