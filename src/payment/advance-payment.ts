import { assertNever, invariant } from '../base/assert.js';
import { isBooksTrouble } from '../base/bridge-error.js';
import { applyEvidence, type EvidenceParts, momentFor } from './apply-evidence.js';
import type { PaymentClaims } from './books-port.js';
import { elsewhereOf } from './gone-elsewhere.js';
import { dueAtOf, type NextAction, nextAction } from './next-action.js';
import { openUndoRefund } from './open-refund.js';
import type { Heard } from './pay-outcome.js';
import type { Evidence, Payment, PaymentRequestId } from './payment.js';
import type { Refund, RefundRequestId } from './refund.js';

export interface AdvanceParts extends EvidenceParts {
  readonly claims: PaymentClaims;
  /** A new id: the instance's prefix and at least 80 random bits. */
  readonly newRefundId: () => RefundRequestId;
}

/** While the books cannot be written, what was heard waits so long between two tries. */
const BOOKS_PAUSE_MS = 1000;
/** One payment can do this many due things in a row before others get their turn. */
const MOST_STEPS = 20;

/**
 * Does everything that is due for one payment: commit, call, commit. The caller has taken the payment, so that no second call for it is
 * made meanwhile, in this process or another. Returns the payment as it then stands; `undefined` when there is none.
 */
export async function advancePayment(
  parts: AdvanceParts,
  id: PaymentRequestId,
  mayCall: () => boolean,
): Promise<Payment | undefined> {
  const found = await parts.books.find(id);
  if (found === undefined) return undefined;
  let payment = await withoutLostSend(parts, found);
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const { upstream, timing } = parts.upstreamOf(payment.upstreamId);
    const at = momentFor(parts.clock, upstream);
    const action = nextAction(payment.life, at, timing, upstream.slowed());
    if (action.do === 'nothing' || action.at > at.local || !mayCall()) {
      const dueAt = dueAtOf(action);
      if (dueAt !== payment.dueAt) await parts.books.reschedule(payment, dueAt);
      return payment;
    }
    if (action.do === 'note') payment = (await applyEvidence(parts, id, { kind: 'clock', what: action.what })).payment;
    else if (isUndoStep(action)) payment = await stepOfUndo(parts, payment, action.do);
    else {
      const called = await call(parts, payment, action, mayCall);
      if (called === 'lost') return parts.books.find(id);
      payment = called;
    }
  }
  return payment;
}

/**
 * A send without an outcome when nobody works on the payment: whoever sent it is gone, for a claim lasts longer than any call. What
 * became of it nobody will ever say here.
 */
async function withoutLostSend(parts: AdvanceParts, payment: Payment): Promise<Payment> {
  if (!payment.life.sends.underWay) return payment;
  return (await applyEvidence(parts, payment.paymentRequestId, { kind: 'clock', what: 'attemptLost' })).payment;
}

type UndoStep = Extract<NextAction, { readonly do: 'undoLate' | 'openRefund' }>;

function isUndoStep(action: NextAction): action is UndoStep {
  return action.do === 'undoLate' || action.do === 'openRefund';
}

/** Steps of an undo that need no call: money that came late is to go back; an undo gets its refund. */
async function stepOfUndo(parts: AdvanceParts, payment: Payment, what: UndoStep['do']): Promise<Payment> {
  const { paymentRequestId: id, amount: of } = payment;
  if (what === 'undoLate') {
    const by = { kind: 'bridge', because: 'late_payment' } as const;
    return (await applyEvidence(parts, id, { kind: 'undoAsked', by, of })).payment;
  }
  const opened = await openUndoRefund(parts, payment);
  return opened ?? (await applyEvidence(parts, id, { kind: 'undoImpossible' })).payment;
}

type Call = Exclude<
  NextAction,
  { readonly do: 'nothing' } | { readonly do: 'note' } | { readonly do: 'undoLate' | 'openRefund' }
>;

function callStarted(action: Call): Extract<Evidence, { kind: 'callStarted' }> {
  switch (action.do) {
    case 'send':
      return { kind: 'callStarted', call: 'pay' };
    case 'inquire':
      return { kind: 'callStarted', call: 'inquiry' };
    case 'cancel':
      return { kind: 'callStarted', call: 'cancel' };
    case 'refund':
      return { kind: 'callStarted', call: 'refund', refundRequestId: action.refundRequestId };
  }
}

/** One call between two commits. `lost` when the payment is not ours any more: then nothing has left. */
async function call(parts: AdvanceParts, payment: Payment, what: Call, mayGoOn: () => boolean): Promise<Payment | 'lost'> {
  const id = payment.paymentRequestId;
  // Its bytes never change; read after the look at the claim below, a slow answer of the books would let the claim run out during the call.
  const refund = what.do === 'refund' ? await parts.books.findRefund(what.refundRequestId) : undefined;
  if (!(await parts.claims.take(id))) return 'lost';
  const started = await applyEvidence(parts, id, callStarted(what));
  // Somebody ended or cancelled it between the look and the commit: nothing has left, nothing leaves.
  if (started.decision.kind === 'illegal') return started.payment;
  // The commit took so long that another process may take the payment before the call is over: it is not made, and counts as lost.
  if (!parts.claims.stillHas(id))
    return (await parts.claims.take(id)) ? await withoutLostSend(parts, (await parts.books.find(id)) ?? started.payment) : 'lost';
  const { evidence, heard } = await ask(parts, started.payment, what, refund);
  return recordHeard(parts, id, evidence, heard, mayGoOn);
}

/** What the upstream says to it; `refund` is the one that is called for. Asks nobody else, and never rejects. */
async function ask(
  parts: AdvanceParts,
  payment: Payment,
  what: Call,
  refund: Refund | undefined,
): Promise<{ readonly evidence: Evidence; readonly heard: Heard<unknown> }> {
  const { upstream } = parts.upstreamOf(payment.upstreamId);
  switch (what.do) {
    case 'send': {
      const heard = await upstream.pay(payment);
      return { heard, evidence: { kind: 'payAnswered', outcome: heard.outcome } };
    }
    case 'inquire': {
      const heard = await upstream.inquire(payment);
      return { heard, evidence: { kind: 'inquiryAnswered', outcome: heard.outcome } };
    }
    case 'cancel': {
      const heard = await upstream.cancel(payment);
      return { heard, evidence: { kind: 'cancelAnswered', outcome: heard.outcome } };
    }
    case 'refund': {
      const { refundRequestId } = what;
      invariant(refund !== undefined, `refund ${refundRequestId} is in the books`);
      const heard = await upstream.refund(payment, refund);
      return { heard, evidence: { kind: 'refundAnswered', refundRequestId, outcome: heard.outcome } };
    }
    default:
      return assertNever(what);
  }
}

/** The refunds that an inquiry lists are compared with the books. Nothing else is sent for this payment meanwhile, so none is missed. */
async function withElsewhere(parts: EvidenceParts, id: PaymentRequestId, evidence: Evidence): Promise<Evidence> {
  if (evidence.kind !== 'inquiryAnswered' || evidence.outcome.kind !== 'paid') return evidence;
  const listed = evidence.outcome.refunds ?? [];
  if (listed.length === 0) return evidence;
  const payment = await parts.books.find(id);
  invariant(payment !== undefined, `payment ${id} is in the books`);
  return { ...evidence, elsewhere: String(elsewhereOf(listed, await parts.books.refundsOf(id), payment.amount)) };
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
      return (await applyEvidence(parts, id, await withElsewhere(parts, id, evidence), { heard })).payment;
    } catch (error) {
      if (!isBooksTrouble(error) || !mayGoOn()) throw error;
      await parts.clock.sleep(BOOKS_PAUSE_MS);
    }
  }
}
