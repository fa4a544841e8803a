import { assertNever } from '../base/assert.js';
import type { Instant } from '../base/clock.js';
import { decideCancelAnswer, decideCancelAsked } from './decide-cancel.js';
import { decideInquiry } from './decide-inquiry.js';
import { decideNotification } from './decide-notification.js';
import { decidePayAnswer } from './decide-pay-answer.js';
import { decideRefundAnswer, decideRefundAsked, decideRefundStarted } from './decide-refund.js';
import { decideRuling } from './decide-ruling.js';
import { decideUndoAsked, decideUndoCancelStarted, decideUndoImpossible, undoCancel } from './decide-undo.js';
import { askAgain, cancelByBridge, doubt, enter, kept, moved, neverSent } from './moves.js';
import type { ClockEvidence, Decision, Evidence, Moment, PaymentLife, ScanCode } from './payment.js';

/** A stored sale of which nothing has left yet. */
export function newLife(at: Instant, requestedExpiry: Instant | null, defaultLifeMs: number, codeless = false): PaymentLife {
  return {
    state: 'received',
    stateSince: at,
    createdAt: at,
    sends: {
      count: 0,
      firstAt: null,
      lastAt: null,
      lastEndedAt: null,
      underWay: false,
      bytesMayHaveLeft: false,
      unclear: false,
      slowed: false,
    },
    defaultLifeMs,
    requestedExpiry,
    paymentId: null,
    code: null,
    ...(codeless && { codeless }),
    doubt: null,
    cancelBecause: null,
    cancel: null,
    inquiredAt: null,
    inquiriesHere: 0,
    askNow: false,
    alertToConfirm: false,
    paid: null,
    failure: null,
    cancelledBy: null,
    cancelReason: null,
    endedBy: null,
    oddMoney: null,
    alerts: [],
    lastResult: null,
  };
}

/** The only table of legal moves: (life, evidence, time) gives the next life. Pure; never calls anything. */
export function decide(life: PaymentLife, evidence: Evidence, at: Moment): Decision {
  switch (evidence.kind) {
    case 'callStarted':
      if (evidence.call === 'refund') return decideRefundStarted(life, evidence.refundRequestId, at);
      return decideCallStarted(life, evidence.call, at);
    case 'payAnswered':
      return decidePayAnswer(life, evidence.outcome, at);
    case 'inquiryAnswered':
      return decideInquiry(life, evidence.outcome, at, evidence.elsewhere);
    case 'cancelAnswered':
      return decideCancelAnswer(life, evidence.outcome, at);
    case 'notifiedPaid':
    case 'notifiedFailed':
    case 'notifiedOdd':
      return decideNotification(life, evidence, at);
    case 'clock':
      return decideClock(life, evidence.what, at);
    case 'codeArrived':
      return decideCodeArrived(life, evidence.code, at);
    case 'codeUnusable':
      return awaitsCode(life)
        ? kept({ ...life, cancelBecause: life.cancelBecause ?? evidence.because, askNow: true }, 'code_unusable')
        : kept(life);
    case 'cancelAsked':
      return decideCancelAsked(life, evidence.by, at);
    case 'inquiryAsked':
      return kept(askAgain(life));
    case 'ruled':
      return decideRuling(life, evidence.as, at);
    case 'undoAsked':
      return decideUndoAsked(life, evidence, at);
    case 'undoImpossible':
      return decideUndoImpossible(life);
    case 'refundAsked':
      return decideRefundAsked(life, evidence, at);
    case 'refundAnswered':
      return decideRefundAnswer(life, evidence.refundRequestId, evidence.outcome, at);
    default:
      return assertNever(evidence);
  }
}

function decideCallStarted(life: PaymentLife, call: 'pay' | 'inquiry' | 'cancel', at: Moment): Decision {
  if (call === 'inquiry') {
    return kept({ ...life, inquiredAt: at.local, inquiriesHere: life.inquiriesHere + 1, askNow: false });
  }
  if (call === 'cancel') {
    const undoing = undoCancel(life);
    if (undoing !== undefined) return decideUndoCancelStarted(life, undoing, at);
    if (life.cancel === null || (life.state !== 'cancelling' && life.state !== 'needs_attention'))
      return { kind: 'illegal', life };
    const { cancel } = life;
    const sent = { ...cancel, firstSentAt: cancel.firstSentAt ?? at.local, lastSentAt: at.local, tries: cancel.tries + 1 };
    return kept({ ...life, cancel: sent });
  }
  if (life.state !== 'received' && life.state !== 'submitting') return { kind: 'illegal', life };
  if (life.sends.underWay) return { kind: 'illegal', life };
  const sends = {
    ...life.sends,
    count: life.sends.count + 1,
    firstAt: life.sends.firstAt ?? at.local,
    lastAt: at.local,
    underWay: true,
    slowed: false,
  };
  return life.state === 'received' ? moved(enter({ ...life, sends }, 'submitting', at)) : kept({ ...life, sends });
}

function awaitsCode({ state, doubt: why, code }: PaymentLife): boolean {
  return state === 'in_doubt' && (why === 'codeLater' || why === 'underWay') && code === null;
}

/** Only a payment that was accepted and has no code yet takes one that comes by itself. */
function decideCodeArrived(life: PaymentLife, code: ScanCode, at: Moment): Decision {
  if (!awaitsCode(life) || life.cancelBecause !== null) return kept(life);
  const known = { ...life, code };
  if (at.upstream >= code.expiresAt) return doubt(known, 'codeExpired', null, at);
  return moved(enter(known, 'awaiting_payer', at));
}

function decideClock(life: PaymentLife, what: ClockEvidence, at: Moment): Decision {
  switch (what) {
    case 'saleTooOld':
      return life.state === 'received' ? neverSent(life, at) : { kind: 'illegal', life };
    case 'sendsSpent':
    case 'tooLateToRepeat':
      if (life.state !== 'submitting' || life.sends.underWay) return { kind: 'illegal', life };
      if (!life.sends.bytesMayHaveLeft) return neverSent(life, at);
      return doubt(life, what === 'sendsSpent' ? 'silence' : 'tooLateToRepeat', null, at);
    case 'attemptLost':
      if (!life.sends.underWay) return { kind: 'illegal', life };
      return kept({
        ...life,
        sends: { ...life.sends, underWay: false, bytesMayHaveLeft: true, unclear: true, lastEndedAt: at.local },
      });
    case 'codeExpired':
      return life.state === 'awaiting_payer' ? doubt(life, 'codeExpired', null, at) : { kind: 'illegal', life };
    case 'deadlinePassed':
      return life.state === 'in_doubt'
        ? moved(cancelByBridge(life, life.cancelBecause ?? 'deadline', false, at))
        : { kind: 'illegal', life };
    case 'laneHeldTooLong':
      if (life.state !== 'in_doubt' && life.state !== 'cancelling') return { kind: 'illegal', life };
      return moved(enter(life, 'needs_attention', at), 'needs_attention');
    default:
      return assertNever(what);
  }
}
