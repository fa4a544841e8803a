import { assertNever } from '../base/assert.js';
import { cancelWasSent, doubt, endCancelled, endFailed, endPaid, enter, isOver, kept, moved } from './moves.js';
import type { PayOutcome } from './pay-outcome.js';
import type { Decision, Moment, PaymentLife } from './payment.js';

/** What an answer (or silence) to a pay request does. The send it belongs to ends here. */
export function decidePayAnswer(before: PaymentLife, outcome: PayOutcome, at: Moment): Decision {
  if (!before.sends.underWay) return { kind: 'illegal', life: before };
  const life = sendEnded(before, outcome, at);
  if (life.state === 'submitting') return whenSubmitting(life, before.sends.unclear, outcome, at);
  if (life.state === 'cancelling' && !cancelWasSent(life)) return whenCancelling(life, before.sends.unclear, outcome, at);
  return kept(life, !isOver(life) && outcome.kind === 'inDoubt' ? 'code_unusable' : undefined);
}

function sendEnded(life: PaymentLife, outcome: PayOutcome, at: Moment): PaymentLife {
  const left = outcome.kind !== 'silent' || outcome.bytesMayHaveLeft;
  const said =
    outcome.kind === 'codeIssued' || outcome.kind === 'accepted' || outcome.kind === 'inDoubt' ? outcome.paymentId : null;
  return {
    ...life,
    paymentId: life.paymentId ?? said,
    code: outcome.kind === 'codeIssued' ? outcome.code : life.code,
    sends: {
      ...life.sends,
      underWay: false,
      lastEndedAt: at.local,
      bytesMayHaveLeft: life.sends.bytesMayHaveLeft || left,
      unclear: life.sends.unclear || outcome.kind !== 'refused',
      slowed: outcome.kind === 'slowDown',
    },
  };
}

function whenSubmitting(life: PaymentLife, unclearBefore: boolean, outcome: PayOutcome, at: Moment): Decision {
  switch (outcome.kind) {
    case 'codeIssued':
      if (at.upstream >= outcome.code.expiresAt) return doubt(life, 'codeExpired', null, at);
      return moved({ ...enter(life, 'awaiting_payer', at), askNow: life.askNow || outcome.askNow === true });
    case 'accepted':
      return doubt(life, ACCEPTED_AS[outcome.awaits], null, at);
    case 'paid':
      return endPaid(life, outcome.facts, 'pay_answer', at);
    case 'refused':
      // The F may describe only the repeat, while the earlier send placed the order.
      if (unclearBefore) return doubt(life, 'refusedAfterSilence', null, at, 'refused_after_silence');
      return endFailed(life, outcome.failure, 'pay_answer', at, outcome.operations ? 'configuration_refused' : undefined);
    case 'retrySame':
    case 'slowDown':
    case 'silent':
      return kept(life);
    case 'inDoubt':
      return doubt(life, outcome.why, outcome.cancelBecause, at, alarmOf(outcome));
    default:
      return assertNever(outcome);
  }
}

const ACCEPTED_AS = { code: 'codeLater', debit: 'underWay', nothing: 'statusUnknown' } as const;

function alarmOf(outcome: Extract<PayOutcome, { kind: 'inDoubt' }>) {
  if (outcome.why === 'amountDiffers') return 'money_differs';
  if (outcome.why === 'idConflict') return 'id_conflict';
  return outcome.why === 'unexpectedSuccess' ? 'unexpected_success' : 'code_unusable';
}

/** The cancel was asked for while the send was under way, and no cancel has left yet. */
function whenCancelling(life: PaymentLife, unclearBefore: boolean, outcome: PayOutcome, at: Moment): Decision {
  if (outcome.kind === 'refused' && !unclearBefore) {
    return endFailed(life, outcome.failure, 'pay_answer', at, outcome.operations ? 'configuration_refused' : undefined);
  }
  if (outcome.kind === 'paid') return endPaid(life, outcome.facts, 'pay_answer', at);
  if (!life.sends.bytesMayHaveLeft) return endCancelled(life, 'not_sent', at);
  return kept(life);
}
