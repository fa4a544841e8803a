import { addMs } from '../base/clock.js';
import type { Alarm } from './alarms.js';
import { isInCancelWindow } from './clearing-day.js';
import { isOver, kept } from './moves.js';
import type { CancelOutcome, InquiryOutcome } from './pay-outcome.js';
import type { Decision, Evidence, Moment, PaymentLife } from './payment.js';
import {
  goneElsewhere,
  leftToRefund,
  type MoneyBack,
  moneyBackOf,
  moneyThere,
  type UndoCancel,
  type UndoFacts,
} from './refund.js';
import { CANCEL_ALARM_MS, offsetOf } from './timing.js';

type UndoAsked = Extract<Evidence, { kind: 'undoAsked' }>;

/**
 * The money shall go back as a whole: by cancel inside the window when nothing was refunded, else by a refund of what is left. One undo
 * per payment.
 */
export function decideUndoAsked(life: PaymentLife, asked: UndoAsked, at: Moment): Decision {
  const back = moneyBackOf(life);
  const left = leftToRefund(asked.of, life);
  if (!isOver(life) || moneyThere(life) === null || back.undo !== null || left <= 0n) return { kind: 'illegal', life };
  const by = undoWay(life, at);
  const undo: UndoFacts = {
    by,
    state: 'pending',
    amount: { currency: asked.of.currency, value: String(left) },
    at: at.local,
    asker: asked.by,
    cancel: by === 'cancel' ? { firstSentAt: null, lastSentAt: null, tries: 0, verdict: null } : null,
    refundRequestId: null,
  };
  return kept({ ...life, moneyBack: { ...back, undo } }, asked.by.kind === 'bridge' ? 'late_money' : undefined);
}

/** How an undo would be made now (order-code reference 5.2; the window is counted by the day of the payment in UTC+8). */
export function undoWay(life: PaymentLife, at: Moment): 'cancel' | 'refund' {
  // Without a time of payment the window is counted from the sale, which was no later.
  const paidAt = moneyThere(life)?.paidAt ?? addMs(life.createdAt, offsetOf(at));
  const isWhole = moneyBackOf(life).asked === '0' && goneElsewhere(life) === 0n;
  return isWhole && isInCancelWindow(paidAt, at.upstream) ? 'cancel' : 'refund';
}

/** The cancel of an undo that has not been answered for good; undefined when there is none. */
export function undoCancel(life: PaymentLife): UndoCancel | undefined {
  const { undo } = moneyBackOf(life);
  return undo?.state === 'pending' && undo.by === 'cancel' && undo.cancel !== null ? undo.cancel : undefined;
}

/** The cancel of an undo left and was not refused for good: that the order is told to be closed from then on contradicts nothing. */
export function isCancelledByUndo(life: PaymentLife): boolean {
  const { undo } = moneyBackOf(life);
  const wasSent = undo !== null && undo.cancel !== null && undo.cancel.firstSentAt !== null;
  return wasSent && undo.by === 'cancel' && undo.state !== 'refused';
}

/** The cancel of an undo is about to leave. */
export function decideUndoCancelStarted(life: PaymentLife, cancel: UndoCancel, at: Moment): Decision {
  const sent = { ...cancel, firstSentAt: cancel.firstSentAt ?? at.local, lastSentAt: at.local, tries: cancel.tries + 1 };
  return kept(withUndo(life, { cancel: sent }));
}

/** What an answer to the cancel of an undo does. Only S gives the money back; a refusal waits for what an inquiry says. */
export function decideUndoCancelAnswer(life: PaymentLife, cancel: UndoCancel, outcome: CancelOutcome, at: Moment): Decision {
  if (cancel.firstSentAt === null) return { kind: 'illegal', life };
  switch (outcome.kind) {
    case 'done':
      return kept(withUndo(life, { state: 'done' }));
    case 'windowOver':
      return kept(withVerdict(life, cancel, 'windowOver'));
    case 'alreadyClosed':
      // Also the word for a repeat whose first send was carried out and never answered.
      return kept(withVerdict(life, cancel, 'closed'));
    case 'nothingToCancel':
    case 'refused':
      return kept(withVerdict(life, cancel, 'refused'), 'cancel_refused');
    case 'noAnswer':
      return kept(life, at.local > addMs(cancel.firstSentAt, CANCEL_ALARM_MS) ? 'undo_unanswered' : undefined);
  }
}

/**
 * What an inquiry in a final state means for the undo. A sent cancel turns into a refund only when it was answered "window over" and an
 * inquiry made after that says paid (till API contract, `undo`).
 */
export function undoByInquiry(
  before: PaymentLife,
  life: PaymentLife,
  outcome: InquiryOutcome,
): { readonly life: PaymentLife; readonly alarm?: Alarm } {
  const cancel = undoCancel(life);
  if (cancel === undefined || cancel.firstSentAt === null) return { life };
  // The cancel has got there, whatever its repeat was answered.
  const isCancelledThere = (outcome.kind === 'paid' || outcome.kind === 'closedUnpaid') && outcome.cancelledThere === true;
  if (isCancelledThere) return { life: withUndo(life, { state: 'done' }) };
  if (cancel.verdict === null || before.inquiriesHere === 0) return { life };
  if (outcome.kind === 'paid' && cancel.verdict === 'windowOver') return { life: withUndo(life, { by: 'refund' }) };
  // Closed, and an inquiry made after that confirms it: as good as the S of the cancel (order-code reference 5.2).
  if (outcome.kind === 'closedUnpaid' && cancel.verdict === 'closed') return { life: withUndo(life, { state: 'done' }) };
  if (outcome.kind === 'paid' || outcome.kind === 'closedUnpaid')
    return { life: withUndo(life, { state: 'refused' }), alarm: 'undo_refused' };
  return { life };
}

/** The undo needs a refund and the upstream takes none: a person has to give the money back. */
export function decideUndoImpossible(life: PaymentLife): Decision {
  const { undo } = moneyBackOf(life);
  if (undo?.state !== 'pending' || undo.by !== 'refund' || undo.refundRequestId !== null) return { kind: 'illegal', life };
  return kept(withUndo(life, { state: 'refused' }), 'undo_refused');
}

function withUndo(life: PaymentLife, change: Partial<UndoFacts>): PaymentLife {
  const back: MoneyBack = moneyBackOf(life);
  return back.undo === null ? life : { ...life, moneyBack: { ...back, undo: { ...back.undo, ...change } } };
}

function withVerdict(life: PaymentLife, cancel: UndoCancel, verdict: UndoCancel['verdict']): PaymentLife {
  // Counted anew, so that the inquiry which decides is one that was made after this answer.
  return { ...withUndo(life, { cancel: { ...cancel, verdict } }), askNow: true, inquiriesHere: 0 };
}
