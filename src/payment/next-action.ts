import { addMs, type Instant } from '../base/clock.js';
import { type GiveBackStep, giveBackSteps } from './next-give-back.js';
import type { CancelFacts, ClockEvidence, Moment, PaymentLife } from './payment.js';
import {
  ATTEMPT_LEASE_MS,
  ATTENTION_FIRST_MS,
  DENSE_INQUIRIES_MS,
  expiryOf,
  FIRST_SEND_WITHIN_MS,
  offsetOf,
  REPEAT_WITHIN_MS,
  repeatAt,
  SLOWED_INQUIRY_MS,
  SLOWEST_MS,
  type TimingRules,
} from './timing.js';

/** Beyond every duration that a rule compares with. */
const LONG_AGO_MS = 3_600_000;

/** What is due next, and when (our clock; a time in the past means now). */
export type NextAction =
  | { readonly do: 'nothing' }
  | { readonly do: 'send' | 'inquire' | 'cancel'; readonly at: Instant }
  | GiveBackStep
  | { readonly do: 'note'; readonly what: ClockEvidence; readonly at: Instant };

/** Pure: a payment's life, the time and the rhythm give the one thing that is due next. Every unfinished state has one. */
export function nextAction(stored: PaymentLife, at: Moment, rules: TimingRules, slowed: boolean): NextAction {
  const life = withoutFuture(stored, at);
  if (life.sends.underWay && life.sends.lastAt !== null && life.state !== 'received') {
    return { do: 'note', what: 'attemptLost', at: addMs(life.sends.lastAt, ATTEMPT_LEASE_MS) };
  }
  switch (life.state) {
    case 'received':
      return whenReceived(life, at);
    case 'submitting':
      return whenSubmitting(life, at, rules);
    case 'awaiting_payer':
      return whenAwaitingPayer(life, at, rules, slowed);
    case 'in_doubt':
      return whenInDoubt(life, at, rules, slowed);
    case 'cancelling':
      return whenCancelling(life, at, rules, slowed);
    case 'needs_attention':
      return whenNeedingAttention(life, at, rules, slowed);
    case 'paid':
    case 'failed':
    case 'cancelled':
      return whenEnded(life, at, rules, slowed);
  }
}

/** Times written before the clock of this machine was set back and the bridge restarted count as long ago, so that nothing waits for them. */
function withoutFuture(life: PaymentLife, at: Moment): PaymentLife {
  const known = [
    life.stateSince,
    life.createdAt,
    life.inquiredAt,
    life.sends.firstAt,
    life.sends.lastAt,
    life.sends.lastEndedAt,
    life.cancel?.askedAt,
    life.cancel?.firstSentAt,
    life.cancel?.lastSentAt,
  ];
  if (known.every((time) => time == null || time <= at.local)) return life;
  const longAgo = addMs(at.local, -LONG_AGO_MS);
  const past = <T extends Instant | null>(time: T): T => (time !== null && time > at.local ? (longAgo as T) : time);
  const { sends, cancel } = life;
  return {
    ...life,
    stateSince: past(life.stateSince),
    createdAt: past(life.createdAt),
    inquiredAt: past(life.inquiredAt),
    sends: { ...sends, firstAt: past(sends.firstAt), lastAt: past(sends.lastAt), lastEndedAt: past(sends.lastEndedAt) },
    cancel: cancel && {
      ...cancel,
      askedAt: past(cancel.askedAt),
      firstSentAt: past(cancel.firstSentAt),
      lastSentAt: past(cancel.lastSentAt),
    },
  };
}

/** The due time to store beside the row; null when nothing is due any more. */
export function dueAtOf(action: NextAction): Instant | null {
  return action.do === 'nothing' ? null : action.at;
}

function whenReceived(life: PaymentLife, at: Moment): NextAction {
  const tooOldAt = addMs(life.createdAt, FIRST_SEND_WITHIN_MS);
  if (at.local > tooOldAt) return { do: 'note', what: 'saleTooOld', at: tooOldAt };
  return { do: 'send', at: life.createdAt };
}

function whenSubmitting(life: PaymentLife, at: Moment, rules: TimingRules): NextAction {
  const { count, firstAt, lastEndedAt, slowed } = life.sends;
  const since = lastEndedAt ?? life.stateSince;
  const pause = rules.payPausesMs[count - 1];
  if (pause === undefined) return { do: 'note', what: 'sendsSpent', at: since };
  const sendAt = addMs(since, slowed ? 2 * pause : pause);
  const lastChance = addMs(firstAt ?? life.stateSince, REPEAT_WITHIN_MS);
  if (sendAt > lastChance || at.local > lastChance) return { do: 'note', what: 'tooLateToRepeat', at: since };
  return { do: 'send', at: sendAt };
}

function whenAwaitingPayer(life: PaymentLife, at: Moment, rules: TimingRules, slowed: boolean): NextAction {
  const expiry = expiryOf(life, offsetOf(at)) ?? life.stateSince;
  const first = addMs(life.stateSince, rules.inquiryPausesMs?.[0] ?? rules.inquiryFirstAfterMs);
  const inquireAt = life.askNow ? notTooSoon(life.stateSince, life, slowed) : inquiryAt(life, first, rules, slowed);
  return inquireAt < expiry && at.local < expiry
    ? { do: 'inquire', at: inquireAt }
    : { do: 'note', what: 'codeExpired', at: expiry };
}

function whenInDoubt(life: PaymentLife, at: Moment, rules: TimingRules, slowed: boolean): NextAction {
  const expiry = expiryOf(life, offsetOf(at)) ?? life.stateSince;
  const deadline = addMs(expiry, rules.graceAfterExpiryMs);
  const inquireAt = doubtInquiryAt(life, expiry, rules, slowed);
  const mustAskFirst = life.cancelBecause !== null && life.inquiriesHere === 0;
  if (mustAskFirst || (inquireAt < deadline && at.local < deadline)) return { do: 'inquire', at: inquireAt };
  return { do: 'note', what: 'deadlinePassed', at: deadline };
}

function doubtInquiryAt(life: PaymentLife, expiry: Instant, rules: TimingRules, slowed: boolean): Instant {
  if (life.askNow) return notTooSoon(life.stateSince, life, slowed);
  // What has just been accepted is not asked about in the same breath.
  const accepted = life.doubt === 'underWay' || life.doubt === 'codeLater';
  const first = accepted ? addMs(life.stateSince, rules.inquiryPausesMs?.[0] ?? rules.inquiryEveryMs[0]) : life.stateSince;
  if (life.doubt !== 'codeExpired') return inquiryAt(life, first, rules, slowed);
  // After expiry the upstream is closing the order and will tell: asking at +5 s and at the deadline is enough (order-code reference 1.4).
  const asked = life.inquiriesHere > 0 && life.inquiredAt !== null;
  const next = asked ? addMs(life.inquiredAt, 2 * rules.inquiryFirstAfterMs) : addMs(expiry, rules.inquiryFirstAfterMs);
  return notTooSoon(next, life, slowed);
}

/** The regular rhythm: at `first`, then at the pauses that are listed, else every 3 s for 30 s, then every 5 s. */
function inquiryAt(life: PaymentLife, first: Instant, rules: TimingRules, slowed: boolean): Instant {
  if (life.inquiriesHere === 0 || life.inquiredAt === null) return notTooSoon(first, life, slowed);
  const dense = life.inquiredAt - life.stateSince < DENSE_INQUIRIES_MS;
  // Whoever lists pauses lets them grow: what comes after the last one is the wider rhythm.
  const even = rules.inquiryEveryMs[dense && rules.inquiryPausesMs === undefined ? 0 : 1];
  return notTooSoon(addMs(life.inquiredAt, rules.inquiryPausesMs?.[life.inquiriesHere] ?? even), life, slowed);
}

/** While the client id is slowed, an order is asked about at most once in 10 s. */
function notTooSoon(next: Instant, life: PaymentLife, slowed: boolean): Instant {
  return slowed && life.inquiredAt !== null ? later(next, addMs(life.inquiredAt, SLOWED_INQUIRY_MS)) : next;
}

function whenCancelling(life: PaymentLife, at: Moment, rules: TimingRules, slowed: boolean): NextAction {
  const { cancel } = life;
  if (cancel === null) return { do: 'inquire', at: life.stateSince };
  const next = cancelStep(life, cancel, at, rules, slowed);
  // The lane is given back on time, but never before the cancel was tried once: after a long stop that usually settles it.
  if (cancel.firstSentAt === null) return next;
  const released = addMs(cancel.firstSentAt, rules.laneReleaseAfterMs);
  const expiry = expiryOf(life, offsetOf(at));
  const heldUntil =
    expiry === null ? released : earlier(released, addMs(expiry, rules.graceAfterExpiryMs + rules.laneReleaseAfterMs));
  return next.at < heldUntil && at.local < heldUntil ? next : { do: 'note', what: 'laneHeldTooLong', at: heldUntil };
}

function cancelStep(
  life: PaymentLife,
  cancel: CancelFacts,
  at: Moment,
  rules: TimingRules,
  slowed: boolean,
): { do: 'inquire' | 'cancel'; at: Instant } {
  if (!cancel.inquired) return { do: 'inquire', at: cancel.askedAt };
  // Somebody has a reason to ask at once; the answered inquiry leaves the cancel as due as it was.
  if (cancel.verdict === null && life.askNow) return { do: 'inquire', at: notTooSoon(life.stateSince, life, slowed) };
  if (cancel.verdict === null) return { do: 'cancel', at: cancelAt(life, cancel, at, rules) };
  // A refusal, or "no such order": the inquiry after it decides.
  const asked = life.inquiriesHere > 0 && life.inquiredAt !== null;
  const next = asked ? addMs(life.inquiredAt, rules.inquiryEveryMs[1]) : (cancel.lastSentAt ?? cancel.askedAt);
  return { do: 'inquire', at: notTooSoon(next, life, slowed) };
}

/** "Closed already" counts only when the order has expired, so that no pause reaches far beyond that. */
function cancelAt(life: PaymentLife, cancel: CancelFacts, at: Moment, rules: TimingRules): Instant {
  const next = repeatAt(cancel.askedAt, cancel, rules.cancelEveryMs);
  const expiry = expiryOf(life, offsetOf(at));
  if (expiry === null || cancel.lastSentAt === null) return next;
  const over = addMs(expiry, rules.graceAfterExpiryMs);
  return cancel.lastSentAt < over ? earlier(next, over) : next;
}

/** The end stays; money may have to go back, and an alert may have to be confirmed. The step that is due first. */
function whenEnded(life: PaymentLife, at: Moment, rules: TimingRules, slowed: boolean): NextAction {
  const asks: readonly NextAction[] = life.alertToConfirm || life.askNow ? [{ do: 'inquire', at: growingInquiryAt(life) }] : [];
  const steps = [...asks, ...giveBackSteps(life, at, rules)].map(
    (step): NextAction => (step.do === 'inquire' ? { ...step, at: notTooSoon(step.at, life, slowed) } : step),
  );
  return steps.reduce<NextAction>(
    (first, step) => (first.do === 'nothing' || (step.do !== 'nothing' && step.at < first.at) ? step : first),
    { do: 'nothing' },
  );
}

function whenNeedingAttention(life: PaymentLife, at: Moment, rules: TimingRules, slowed: boolean): NextAction {
  const { cancel } = life;
  const inquireAt = life.askNow ? notTooSoon(life.stateSince, life, slowed) : growingInquiryAt(life);
  if (cancel === null || cancel.verdict !== null) return { do: 'inquire', at: inquireAt };
  if (!cancel.inquired) return { do: 'inquire', at: cancel.askedAt };
  const cancelDue = cancelAt(life, cancel, at, rules);
  return cancelDue <= inquireAt ? { do: 'cancel', at: cancelDue } : { do: 'inquire', at: inquireAt };
}

/** 30 s after the state began, then after a pause that doubles up to 5 min, for ever. In a final state the first is due at once. */
function growingInquiryAt(life: PaymentLife): Instant {
  if (life.inquiriesHere === 0 || life.inquiredAt === null) {
    return life.state === 'needs_attention' ? addMs(life.stateSince, ATTENTION_FIRST_MS) : life.stateSince;
  }
  return addMs(life.inquiredAt, Math.min(ATTENTION_FIRST_MS * 2 ** Math.min(life.inquiriesHere, 10), SLOWEST_MS));
}

function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}

function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}
