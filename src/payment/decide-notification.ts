import type { Alarm } from './alarms.js';
import { isCancelledByUndo } from './decide-undo.js';
import {
  cancelWasSent,
  confirmRuled,
  contradict,
  endFailed,
  endPaid,
  failureAt,
  isOver,
  kept,
  paidAfterEnd,
  withAlert,
} from './moves.js';
import type { Alert, Decision, Evidence, Moment, PaymentLife } from './payment.js';
import { isExpired } from './timing.js';

type NotificationEvidence = Extract<Evidence, { kind: 'notifiedPaid' | 'notifiedFailed' | 'notifiedOdd' }>;

/** What a verified notification does. Its ids, amount and acquirer were compared before; `notifiedOdd` is one that did not fit. */
export function decideNotification(life: PaymentLife, evidence: NotificationEvidence, at: Moment): Decision {
  if (evidence.kind === 'notifiedOdd') return decideOdd(life, evidence, at);
  if (isOver(life)) return afterEnd(life, evidence, at);
  if (cancelWasSent(life)) {
    // The cancel's own answer decides; where that was a refusal, an inquiry has to say so, and is made now.
    return kept({ ...life, askNow: life.cancel?.verdict !== null || life.askNow });
  }
  const alarm: Alarm | undefined = life.state === 'received' ? 'notified_before_sent' : undefined;
  if (evidence.kind === 'notifiedPaid')
    return { ...endPaid(life, evidence.facts, 'notification', at), ...(alarm && { alarm }) } as Decision;
  const failure = failureAt(evidence.failure, evidence.unlisted, isExpired(life, at));
  return endFailed({ ...life, paymentId: life.paymentId ?? evidence.paymentId }, failure, 'notification', at, alarm);
}

function afterEnd(life: PaymentLife, evidence: Exclude<NotificationEvidence, { kind: 'notifiedOdd' }>, at: Moment): Decision {
  if (evidence.kind === 'notifiedPaid') {
    if (life.state === 'paid') return kept(confirmRuled(life, evidence.facts));
    return contradict(life, paidAfterEnd(life), at.local, evidence.facts.paymentId, 'paid_after_end');
  }
  if (life.state !== 'paid' || isCancelledByUndo(life)) return kept(life);
  return contradict(life, 'failed_after_paid', at.local, evidence.paymentId, 'failed_after_paid');
}

function decideOdd(life: PaymentLife, evidence: Extract<NotificationEvidence, { kind: 'notifiedOdd' }>, at: Moment): Decision {
  const kind = evidence.saysPaid ? oddKind(life, evidence.moneyDiffers) : 'amount_differs';
  const alert: Alert = { kind, at: at.local, paymentId: evidence.paymentId };
  if (isOver(life)) return kept(withAlert(life, alert), 'money_differs');
  return kept({ ...life, askNow: true, oddMoney: life.oddMoney ?? { ...alert, kind: 'amount_differs' } }, 'money_differs');
}

/** Money for this sale under another order, after we told the till it had ended, is money after the end. */
function oddKind(life: PaymentLife, moneyDiffers: boolean): Alert['kind'] {
  return moneyDiffers || (life.state !== 'failed' && life.state !== 'cancelled') ? 'amount_differs' : paidAfterEnd(life);
}
