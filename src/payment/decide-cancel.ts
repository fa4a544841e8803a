import { assertNever } from '../base/assert.js';
import type { Alarm } from './alarms.js';
import { decideUndoCancelAnswer, undoCancel } from './decide-undo.js';
import { cancelWasSent, endCancelled, enter, isOver, kept, moved } from './moves.js';
import type { CancelOutcome } from './pay-outcome.js';
import type { Asker, CancelFacts, Decision, Moment, PaymentLife } from './payment.js';
import { CANCEL_ALARM_MS, isExpired } from './timing.js';

/** A cashier, an operator or the bridge wants the payment gone. */
export function decideCancelAsked(life: PaymentLife, by: Asker, at: Moment): Decision {
  if (isOver(life)) return { kind: 'illegal', life };
  if (life.state === 'cancelling') return kept(life);
  const cancel = freshCancel(life, by, at);
  if (life.state === 'needs_attention') return kept({ ...life, cancel, inquiriesHere: cancel.inquired ? life.inquiriesHere : 0 });
  const nothingLeft =
    life.state === 'received' || (life.state === 'submitting' && !life.sends.underWay && !life.sends.bytesMayHaveLeft);
  if (nothingLeft) return endCancelled({ ...life, cancel }, 'not_sent', at);
  return moved({ ...enter(life, 'cancelling', at), cancel, cancelBecause: null });
}

/** A cancel already under way beside `needs_attention` goes on; one that was refused is begun again, starting with its inquiry. */
function freshCancel(life: PaymentLife, by: Asker, at: Moment): CancelFacts {
  const { cancel } = life;
  if (cancel !== null && cancel.verdict === null) return cancel;
  return {
    by,
    askedAt: at.local,
    inquired: false,
    firstSentAt: cancel?.firstSentAt ?? null,
    lastSentAt: null,
    tries: 0,
    verdict: null,
  };
}

/** What an answer (or silence) to a cancel does. Only S makes it cancelled at once. */
export function decideCancelAnswer(life: PaymentLife, outcome: CancelOutcome, at: Moment): Decision {
  const undoing = undoCancel(life);
  if (undoing !== undefined) return decideUndoCancelAnswer(life, undoing, outcome, at);
  const { cancel } = life;
  if (cancel === null || !cancelWasSent(life)) return { kind: 'illegal', life };
  if (isOver(life)) return kept(life);
  switch (outcome.kind) {
    case 'done':
      return endCancelled(life, 'cancel_answer', at);
    case 'nothingToCancel':
    case 'alreadyClosed':
      // Before expiry the order may still come into being: the same cancel goes on.
      return isExpired(life, at) ? withVerdict(life, cancel, 'absent') : kept(life);
    case 'windowOver':
      return withVerdict(life, cancel, 'windowOver');
    case 'refused':
      return withVerdict(life, cancel, 'refused', 'cancel_refused');
    case 'noAnswer':
      return kept(
        life,
        cancel.firstSentAt !== null && at.local - cancel.firstSentAt > CANCEL_ALARM_MS ? 'cancel_unanswered' : undefined,
      );
    default:
      return assertNever(outcome);
  }
}

function withVerdict(life: PaymentLife, cancel: CancelFacts, verdict: CancelFacts['verdict'], alarm?: Alarm): Decision {
  // Counted anew, so that the inquiry which decides is one that was made after this answer.
  return kept({ ...life, cancel: { ...cancel, verdict }, askNow: true, inquiriesHere: 0 }, alarm);
}
