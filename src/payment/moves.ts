import type { Instant } from '../base/clock.js';
import type { Alarm } from './alarms.js';
import {
  type Alert,
  type AlertKind,
  type CancelReason,
  type Decision,
  type DoubtReason,
  type EndedBy,
  type Failure,
  isFinal,
  type Moment,
  type PaidFacts,
  type PaymentLife,
  type StateName,
} from './payment.js';

/** The state stays; facts may have changed. */
export function kept(life: PaymentLife, alarm?: Alarm): Decision {
  return { kind: 'kept', life, alarm };
}

export function moved(life: PaymentLife, alarm?: Alarm): Decision {
  return { kind: 'moved', life, alarm };
}

/** Enters a state: its clock and its inquiries start anew. */
export function enter(life: PaymentLife, state: StateName, at: Moment): PaymentLife {
  return { ...life, state, stateSince: at.local, inquiriesHere: 0, doubt: state === 'in_doubt' ? life.doubt : null };
}

/** Enters `in_doubt`; with `cancelBecause` one inquiry is made and then the cancel. */
export function doubt(
  life: PaymentLife,
  why: DoubtReason,
  cancelBecause: CancelReason | null,
  at: Moment,
  alarm?: Alarm,
): Decision {
  return moved({ ...enter(life, 'in_doubt', at), doubt: why, cancelBecause }, alarm);
}

/** Enters a final state. Authentic word of money that did not fit, heard before, becomes an alert now. */
function end(life: PaymentLife, state: 'paid' | 'failed' | 'cancelled', by: EndedBy, at: Moment): PaymentLife {
  const ended: PaymentLife = { ...enter(life, state, at), endedBy: by, askNow: false, cancelBecause: null };
  return life.oddMoney === null ? ended : withAlert({ ...ended, oddMoney: null }, life.oddMoney);
}

export function endPaid(life: PaymentLife, facts: PaidFacts, by: EndedBy, at: Moment): Decision {
  return moved({ ...end(life, 'paid', by, at), paid: facts, paymentId: life.paymentId ?? facts.paymentId });
}

export function endFailed(life: PaymentLife, failure: Failure, by: EndedBy, at: Moment, alarm?: Alarm): Decision {
  return moved({ ...end(life, 'failed', by, at), failure }, alarm);
}

export function endCancelled(life: PaymentLife, by: EndedBy, at: Moment): Decision {
  const asker = life.cancel?.by ?? { kind: 'bridge' as const, because: 'deadline' as const };
  return moved({
    ...end(life, 'cancelled', by, at),
    cancelledBy: asker.kind,
    cancelReason: asker.kind === 'bridge' ? asker.because : null,
  });
}

/** Ended by people. What the upstream says to it is asked until it answers: it may know better. */
export function endRuled(life: PaymentLife, as: 'paid' | 'failed' | 'cancelled', at: Moment): Decision {
  const ended = { ...end(life, as, 'ruling', at), alertToConfirm: true };
  if (as === 'paid') return moved({ ...ended, paid: { ...NOTHING_TOLD, paymentId: life.paymentId } });
  if (as === 'cancelled') return moved({ ...ended, cancelledBy: 'operator', cancelReason: null });
  return moved({ ...ended, failure: { reason: 'ruled', resultCode: null, advice: 'new_sale_may_work' } });
}

/** People know that it was paid; the rest only the upstream knows. */
const NOTHING_TOLD: PaidFacts = {
  paymentId: null,
  paidAt: null,
  pspId: null,
  walletBrandName: null,
  mppPaymentId: null,
  customerId: null,
  settlement: null,
};

/** What the upstream tells of a payment that people called paid before it did: receipts, refunds and clearing need it. */
export function confirmRuled(life: PaymentLife, facts: PaidFacts): PaymentLife {
  const isUntold = life.state === 'paid' && life.endedBy === 'ruling' && life.paid?.paidAt == null;
  return isUntold ? { ...life, paid: facts, paymentId: life.paymentId ?? facts.paymentId } : life;
}

/** Provably no byte left: the only end that needs no word of the upstream. */
export function neverSent(life: PaymentLife, at: Moment): Decision {
  return endFailed(life, { reason: 'never_sent', resultCode: null, advice: 'new_sale_may_work' }, 'not_sent', at);
}

/** Enters `cancelling` on the bridge's own behalf. `inquired` when the inquiry before the cancel has just been made. */
export function cancelByBridge(life: PaymentLife, because: CancelReason, inquired: boolean, at: Moment): PaymentLife {
  return {
    ...enter(life, 'cancelling', at),
    cancelBecause: null,
    cancel: {
      by: { kind: 'bridge', because },
      askedAt: at.local,
      inquired,
      firstSentAt: null,
      lastSentAt: null,
      tries: 0,
      verdict: null,
    },
  };
}

/** Adds an alert to a final payment, once per kind, and makes the inquiry that shall confirm it due. */
export function withAlert(life: PaymentLife, alert: Alert): PaymentLife {
  const known = life.alerts.some((a) => a.kind === alert.kind);
  return {
    ...life,
    alerts: known ? life.alerts : [...life.alerts, alert],
    alertToConfirm: true,
    inquiriesHere: 0,
  };
}

/** Contradicting evidence beside a final state: an alert, and the state stays. Said again it is nothing new (order-code reference 4.3). */
export function contradict(life: PaymentLife, kind: AlertKind, at: Instant, paymentId: string | null, alarm: Alarm): Decision {
  if (life.alerts.some((alert) => alert.kind === kind)) return kept(life);
  return kept(withAlert(life, { kind, at, paymentId }), alarm);
}

/** A failure as it reads at this time: an unlisted F at or after expiry means the order ran out (till API contract, `failure`). */
export function failureAt(failure: Failure, unlisted: boolean, expired: boolean): Failure {
  return unlisted && expired ? { reason: 'expired', resultCode: failure.resultCode, advice: 'new_sale_may_work' } : failure;
}

/** Word of a payment that contradicts a final `failed` or `cancelled`. */
export function paidAfterEnd(life: PaymentLife): 'paid_after_failed' | 'paid_after_cancelled' {
  return life.state === 'failed' ? 'paid_after_failed' : 'paid_after_cancelled';
}

/** True once the first cancel was put on record: from then on a success alone does not make the payment paid. */
export function cancelWasSent(life: PaymentLife): boolean {
  return life.cancel !== null && life.cancel.firstSentAt !== null;
}

export function isOver(life: PaymentLife): boolean {
  return isFinal(life.state);
}

/** Makes an inquiry due at once; in a final state it is repeated until the upstream answers. */
export function askAgain(life: PaymentLife): PaymentLife {
  return isFinal(life.state) ? { ...life, alertToConfirm: true, inquiriesHere: 0 } : { ...life, askNow: true };
}
