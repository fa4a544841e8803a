import { assertNever } from '../base/assert.js';
import { isBooksTrouble } from '../base/bridge-error.js';
import { applyEvidence, type EvidenceParts, momentFor } from './apply-evidence.js';
import { dueAtOf, nextAction } from './next-action.js';
import type { Heard } from './pay-outcome.js';
import type { Evidence, Payment, PaymentRequestId } from './payment.js';

/** While the books cannot be written, what was heard waits so long between two tries. */
const BOOKS_PAUSE_MS = 1000;
/** One payment can do this many due things in a row before others get their turn. */
const MOST_STEPS = 20;

/**
 * Does everything that is due for one payment: commit, call, commit. The caller holds the payment, so that no second call for it is
 * made in this process meanwhile. Returns the payment as it then stands; `undefined` when there is none.
 */
export async function advancePayment(
  parts: EvidenceParts,
  id: PaymentRequestId,
  mayCall: () => boolean,
): Promise<Payment | undefined> {
  let payment = await parts.books.find(id);
  for (let steps = 0; payment !== undefined && steps < MOST_STEPS; steps += 1) {
    const { upstream, timing } = parts.upstreamOf(payment.upstreamId);
    const at = momentFor(parts.clock, upstream);
    const action = nextAction(payment.life, at, timing, upstream.slowed());
    if (action.do === 'nothing' || action.at > at.local || !mayCall()) {
      const dueAt = dueAtOf(action);
      if (dueAt !== payment.dueAt) await parts.books.reschedule(payment, dueAt);
      return payment;
    }
    payment = await doDue(parts, payment, action, mayCall);
  }
  return payment;
}

type DueAction = Exclude<ReturnType<typeof nextAction>, { do: 'nothing' }>;

async function doDue(parts: EvidenceParts, payment: Payment, action: DueAction, mayCall: () => boolean): Promise<Payment> {
  const id = payment.paymentRequestId;
  const { upstream } = parts.upstreamOf(payment.upstreamId);
  const record = (evidence: Evidence, heard: Heard<unknown>) => recordHeard(parts, id, evidence, heard, mayCall);
  switch (action.do) {
    case 'note':
      return (await applyEvidence(parts, id, { kind: 'clock', what: action.what })).payment;
    case 'send': {
      const started = await applyEvidence(parts, id, { kind: 'callStarted', call: 'pay' });
      // Somebody ended or cancelled it between the look and the commit: nothing has left, nothing leaves.
      if (started.decision.kind === 'illegal') return started.payment;
      const heard = await upstream.pay(started.payment);
      return record({ kind: 'payAnswered', outcome: heard.outcome }, heard);
    }
    case 'inquire': {
      const started = await applyEvidence(parts, id, { kind: 'callStarted', call: 'inquiry' });
      const heard = await upstream.inquire(started.payment);
      return record({ kind: 'inquiryAnswered', outcome: heard.outcome }, heard);
    }
    case 'cancel': {
      const started = await applyEvidence(parts, id, { kind: 'callStarted', call: 'cancel' });
      if (started.decision.kind === 'illegal') return started.payment;
      const heard = await upstream.cancel(started.payment);
      return record({ kind: 'cancelAnswered', outcome: heard.outcome }, heard);
    }
    default:
      return assertNever(action);
  }
}

/** What was heard is not lost to a passing trouble of the books: it is recorded as soon as they can be written again. */
async function recordHeard(
  parts: EvidenceParts,
  id: PaymentRequestId,
  evidence: Evidence,
  heard: Heard<unknown>,
  mayGoOn: () => boolean,
): Promise<Payment> {
  for (;;) {
    try {
      return (await applyEvidence(parts, id, evidence, { heard })).payment;
    } catch (error) {
      if (!isBooksTrouble(error) || !mayGoOn()) throw error;
      await parts.clock.sleep(BOOKS_PAUSE_MS);
    }
  }
}
