import { invariant } from '../base/assert.js';
import { addMs, type Clock, utcText } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Change, PaymentBooks, StoredMessage } from './books-port.js';
import { cancelWindowEnd } from './clearing-day.js';
import { dueAtOf, nextAction } from './next-action.js';
import type { Upstream } from './pay-outcome.js';
import type { CallName, Decision, Evidence, LastResult, Moment, Payment, PaymentRequestId } from './payment.js';
import type { RefundChange } from './refund.js';
import { saysTheSame } from './same-sale.js';
import type { TimingRules } from './timing.js';
import { decide } from './transitions.js';

/** What the payment's rules need to know of the upstream a payment belongs to. */
export interface PaymentUpstream {
  readonly upstream: Upstream;
  readonly timing: TimingRules;
}

export interface EvidenceParts {
  readonly books: PaymentBooks;
  readonly clock: Clock;
  readonly log: Log;
  readonly upstreamOf: (upstreamId: string) => PaymentUpstream;
}

/** What was heard: of a call with the message to store, of a notification without (it is stored on its own). */
export interface HeardWords {
  readonly call: CallName;
  readonly message?: StoredMessage;
  readonly verified: boolean;
  readonly resultStatus: string | null;
  readonly resultCode: string | null;
}

/** What came of an evidence. */
export interface Weighed {
  readonly payment: Payment;
  readonly decision: Decision;
  /** False when it had been weighed before, and changed nothing now. */
  readonly weighed: boolean;
}

/** More overtakings in a row than this mean a bug, not a race. */
const MOST_OVERTAKINGS = 50;

/** Both clocks now, for one upstream. */
export function momentFor(clock: Clock, upstream: Upstream): Moment {
  const local = clock.now();
  return { local, upstream: addMs(local, upstream.clockOffsetMs()) };
}

/**
 * The only writer of payments: reads the row, decides, records. When somebody else was faster, the evidence is weighed again
 * against what now stands. `alongWith` rides in the same transaction.
 */
export async function applyEvidence(
  parts: EvidenceParts,
  id: PaymentRequestId,
  evidence: Evidence,
  beside?: {
    /** The words that were the evidence; a `message` is stored with them. */
    readonly heard?: HeardWords;
    /** `weighedBefore`: another process has weighed this very evidence, and nothing was recorded. */
    readonly record?: (payment: Payment, change: Change) => Promise<Payment | 'overtaken' | 'weighedBefore'>;
  },
): Promise<Weighed> {
  for (let overtakings = 0; overtakings < MOST_OVERTAKINGS; overtakings += 1) {
    const payment = await parts.books.find(id);
    invariant(payment !== undefined, `payment ${id} is in the books`);
    const change = changeFor(parts, payment, evidence, beside?.heard);
    const recorded = await (beside?.record ?? parts.books.record)(payment, change);
    if (recorded === 'overtaken') continue;
    if (recorded === 'weighedBefore') return { payment, decision: { kind: 'kept', life: payment.life }, weighed: false };
    report(parts.log, payment, change);
    return { payment: recorded, decision: change.decision, weighed: true };
  }
  throw new Error(`payment ${id} was overtaken ${MOST_OVERTAKINGS} times in a row`);
}

function changeFor(parts: EvidenceParts, payment: Payment, evidence: Evidence, heard: HeardWords | undefined): Change {
  const { upstream, timing } = parts.upstreamOf(payment.upstreamId);
  const at = momentFor(parts.clock, upstream);
  const decided = decide(payment.life, evidence, at);
  const decision = heard === undefined ? decided : withLastResult(decided, heard, at);
  const dueAt = dueAtOf(nextAction(decision.life, at, timing, upstream.slowed()));
  return { evidence, decision, dueAt, at, message: heard?.message, refunds: refundsOf(decided, heard, at) };
}

/** What became of refunds; the answer to one is the newest word about it. */
function refundsOf(decided: Decision, heard: HeardWords | undefined, at: Moment): readonly RefundChange[] {
  const refunds = decided.kind === 'kept' ? (decided.refunds ?? []) : [];
  if (heard?.call !== 'refund') return refunds;
  const lastResult = lastResultOf(heard, at);
  return refunds.map((change) => ({ ...change, lastResult }));
}

function lastResultOf({ call, verified, resultStatus, resultCode }: HeardWords, at: Moment): LastResult {
  return { call, at: at.local, verified, resultStatus, resultCode };
}

/** The same word again leaves the last result as it was: a till that waits for a change should not be woken by it. */
function withLastResult(decision: Decision, heard: HeardWords, at: Moment): Decision {
  const known = decision.life.lastResult;
  const fresh = lastResultOf(heard, at);
  return known !== null && saysTheSame(known, fresh) ? decision : { ...decision, life: { ...decision.life, lastResult: fresh } };
}

function report(log: Log, before: Payment, { decision, evidence }: Change): void {
  const fields = {
    paymentRequestId: before.paymentRequestId,
    laneId: before.laneId,
    upstreamId: before.upstreamId,
    state: decision.life.state,
  };
  if (decision.kind === 'illegal') {
    log.warn('evidence came when it could not move the payment', { ...fields, why: evidence.kind });
    return;
  }
  if (decision.alarm !== undefined)
    log.alarm('payment needs a look', { ...fields, why: decision.alarm, ...cancelUntil(evidence) });
  if (decision.kind === 'moved') log.info('payment moved', { ...fields, why: evidence.kind });
}

/** Money that came after the end can be cancelled only for a while; afterwards it takes a refund. */
function cancelUntil(evidence: Evidence): { readonly until?: string } {
  if (evidence.kind !== 'notifiedPaid' || evidence.facts.paidAt === null) return {};
  return { until: utcText(cancelWindowEnd(evidence.facts.paidAt)) };
}
