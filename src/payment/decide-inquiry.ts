import { elsewhereByInquiry, refundsByInquiry } from './decide-refund.js';
import { isCancelledByUndo, undoByInquiry } from './decide-undo.js';
import {
  cancelByBridge,
  cancelWasSent,
  confirmRuled,
  contradict,
  endCancelled,
  endFailed,
  endPaid,
  enter,
  failureAt,
  isOver,
  kept,
  moved,
  paidAfterEnd,
} from './moves.js';
import type { InquiryOutcome } from './pay-outcome.js';
import type { AlertKind, Decision, Moment, PaymentLife } from './payment.js';
import { moneyBackOf } from './refund.js';
import { isExpired } from './timing.js';

/** What the answer to an inquiry (or its silence) does. `elsewhere`: what it lists as given back that no refund of ours stands for. */
export function decideInquiry(before: PaymentLife, outcome: InquiryOutcome, at: Moment, elsewhere = '0'): Decision {
  const decided = elsewhereByInquiry(weigh(before, outcome, at), BigInt(elsewhere));
  // Silence and a refused question tell nothing about what went back.
  const isTold = outcome.kind !== 'noAnswer' && outcome.kind !== 'questionRefused' && isOver(decided.life);
  return isTold ? { ...decided, life: { ...decided.life, toldAt: at.local } } : decided;
}

function weigh(before: PaymentLife, outcome: InquiryOutcome, at: Moment): Decision {
  const life = outcome.kind === 'open' ? { ...before, paymentId: before.paymentId ?? outcome.paymentId } : before;
  switch (life.state) {
    case 'awaiting_payer':
    case 'submitting':
      return endIfDecided(life, outcome, at) ?? kept(noted(life, outcome, at), alarmOf(outcome));
    case 'in_doubt':
      return endIfDecided(life, outcome, at) ?? afterDoubtInquiry(noted(life, outcome, at), outcome, at);
    case 'cancelling':
    case 'needs_attention':
      return cancelWasSent(life) ? afterSentCancel(life, outcome, at) : beforeCancel(life, outcome, at);
    case 'received':
      return { kind: 'illegal', life };
    case 'paid':
    case 'failed':
    case 'cancelled':
      return withMoneyBack(life, afterEnd(life, outcome, at), outcome);
  }
}

/** Paid and closed are the upstream's word and end the payment; nothing else does. */
function endIfDecided(life: PaymentLife, outcome: InquiryOutcome, at: Moment): Decision | undefined {
  if (outcome.kind === 'paid' && !outcome.cancelledThere) return endPaid(life, outcome.facts, 'inquiry', at);
  if (outcome.kind === 'closedUnpaid') {
    return endFailed(life, failureAt(outcome.failure, outcome.unlisted, isExpired(life, at)), 'inquiry', at);
  }
  return undefined;
}

function noted(life: PaymentLife, outcome: InquiryOutcome, at: Moment): PaymentLife {
  if (outcome.kind !== 'oddMoney' || !isDifferentMoney(outcome) || life.oddMoney !== null) return life;
  return { ...life, oddMoney: { kind: 'amount_differs', at: at.local, paymentId: outcome.paymentId } };
}

/** An amount that was not said at all is no difference: it is asked for again, and a right one later leaves nothing to explain. */
type OddMoney = Extract<InquiryOutcome, { kind: 'oddMoney' }>;

function isDifferentMoney(outcome: OddMoney): boolean {
  return outcome.why !== 'amountAbsent' && outcome.why !== 'idAbsent';
}

function alarmOf(outcome: InquiryOutcome) {
  if (outcome.kind === 'oddMoney') return 'money_differs';
  return outcome.kind === 'questionRefused' ? 'inquiry_refused' : undefined;
}

function afterDoubtInquiry(life: PaymentLife, outcome: InquiryOutcome, at: Moment): Decision {
  if (life.cancelBecause !== null) return moved(cancelByBridge(life, life.cancelBecause, true, at), alarmOf(outcome));
  // Nobody can pay an order whose code never came: waiting for its end would only hold the lane.
  const codeless = life.codeless === true || life.doubt === 'codeLater';
  if (outcome.kind === 'open' && life.code === null && !codeless)
    return moved(cancelByBridge(life, 'code_missing', true, at), 'code_unusable');
  return kept(life, alarmOf(outcome));
}

/** One inquiry before the first cancel: a success wins, anything else clears the way for the cancel. */
function beforeCancel(life: PaymentLife, outcome: InquiryOutcome, at: Moment): Decision {
  const ended = endIfDecided(life, outcome, at);
  if (ended !== undefined) return ended;
  // An inquiry that was under way when the cancel was asked for is not the one before it.
  const cancel = life.cancel === null ? null : { ...life.cancel, inquired: life.inquiriesHere > 0 };
  return kept({ ...noted(life, outcome, at), cancel }, alarmOf(outcome));
}

/**
 * After a sent cancel only the cancel's own answer counts, except where that answer was "nothing there" or a refusal and this
 * inquiry was made after it (order-code reference 5.2; till API contract, `cancelling`).
 */
function afterSentCancel(before: PaymentLife, outcome: InquiryOutcome, at: Moment): Decision {
  const verdict = before.cancel?.verdict ?? null;
  const askedHere = before.inquiriesHere > 0;
  const asked = before.cancel !== null && !before.cancel.inquired ? { ...before.cancel, inquired: askedHere } : before.cancel;
  const life = { ...noted(before, outcome, at), cancel: asked };
  if (verdict === null || outcome.kind === 'noAnswer' || outcome.kind === 'questionRefused') return kept(life, alarmOf(outcome));
  if (outcome.kind === 'paid' && !outcome.cancelledThere) return endPaid(life, outcome.facts, 'inquiry', at);
  if (verdict === 'absent') {
    if (outcome.kind === 'notFound' || outcome.kind === 'closedUnpaid' || outcome.kind === 'paid')
      return endCancelled(life, 'cancel_answer', at);
  } else if (outcome.kind === 'closedUnpaid' && (verdict === 'windowOver' || life.state === 'needs_attention')) {
    return endFailed(life, { ...outcome.failure, reason: 'expired', advice: 'new_sale_may_work' }, 'inquiry', at);
  }
  if (life.state === 'needs_attention') return kept(life, alarmOf(outcome));
  return moved(enter(life, 'needs_attention', at), 'needs_attention');
}

/** The state stays; the inquiry only confirms or raises an alert. */
function afterEnd(before: PaymentLife, outcome: InquiryOutcome, at: Moment): Decision {
  if (outcome.kind === 'noAnswer' || outcome.kind === 'questionRefused') return kept(before, alarmOf(outcome));
  const told = outcome.kind === 'paid' && !outcome.cancelledThere ? confirmRuled(before, outcome.facts) : before;
  // Word of late money, and the upstream still calls the order open: one of the two is behind, and neither giving back nor leaving it is right yet.
  const life = { ...told, alertToConfirm: outcome.kind === 'open' && waitsForLateMoney(before) };
  // People called it paid while a cancel of ours was on its way, and the cancel got there.
  const isTakenBack = life.endedBy === 'ruling' && outcome.kind === 'paid' && outcome.cancelledThere && !isCancelledByUndo(life);
  if (life.state === 'paid' && isTakenBack) return unlessKnown(life, 'failed_after_paid', null, at);
  if (life.state === 'paid' && outcome.kind === 'closedUnpaid' && !isCancelledByUndo(life))
    return unlessKnown(life, 'failed_after_paid', null, at);
  if (life.state !== 'paid' && outcome.kind === 'paid' && !outcome.cancelledThere) {
    return unlessKnown(life, paidAfterEnd(life), outcome.facts.paymentId, at);
  }
  if (outcome.kind === 'oddMoney') {
    if (isDifferentMoney(outcome)) return unlessKnown(life, 'amount_differs', outcome.paymentId, at);
    // A success that cannot be compared, after we told the till it had ended, is money all the same.
    if (life.state !== 'paid') return unlessKnown(life, paidAfterEnd(life), outcome.paymentId, at);
  }
  return kept(life, alarmOf(outcome));
}

function waitsForLateMoney(life: PaymentLife): boolean {
  if (life.state === 'paid' || moneyBackOf(life).late !== null) return false;
  return life.alerts.some(({ kind }) => kind === paidAfterEnd(life));
}

/** What the same inquiry tells of money that goes back, and whether money that came after the end is there. */
function withMoneyBack(before: PaymentLife, decided: Decision, outcome: InquiryOutcome): Decision {
  if (decided.kind === 'illegal') return decided;
  const undone = undoByInquiry(before, withLateMoney(decided.life, outcome), outcome);
  if (outcome.kind !== 'paid') return kept(undone.life, decided.alarm ?? undone.alarm);
  const told = refundsByInquiry(undone.life, outcome.refunds, before.inquiriesHere > 0);
  return { ...told, alarm: decided.alarm ?? undone.alarm ?? told.alarm };
}

/** Confirmed by an inquiry that fits in everything and knows of no cancel: the upstream keeps the money. */
function withLateMoney(life: PaymentLife, outcome: InquiryOutcome): PaymentLife {
  const isLate = life.state !== 'paid' && outcome.kind === 'paid' && !outcome.cancelledThere;
  const back = moneyBackOf(life);
  return isLate && back.late === null ? { ...life, moneyBack: { ...back, late: outcome.facts } } : life;
}

const ALARM_OF = {
  failed_after_paid: 'failed_after_paid',
  paid_after_failed: 'paid_after_end',
  paid_after_cancelled: 'paid_after_end',
  amount_differs: 'money_differs',
} as const;

function unlessKnown(life: PaymentLife, kind: AlertKind, paymentId: string | null, at: Moment): Decision {
  const raised = contradict(life, kind, at.local, paymentId, ALARM_OF[kind]);
  // This inquiry is the confirmation itself.
  return { ...raised, life: { ...raised.life, alertToConfirm: false } };
}
