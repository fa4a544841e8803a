import { assertNever } from '../base/assert.js';
import { addMs } from '../base/clock.js';
import type { Alarm } from './alarms.js';
import { isForPeople } from './gone-elsewhere.js';
import { sameMoney } from './money.js';
import { isOver, kept } from './moves.js';
import type { RefundOutcome, RefundThere } from './pay-outcome.js';
import type { Decision, Evidence, Moment, PaymentLife } from './payment.js';
import {
  goneElsewhere,
  isUndone,
  leftToRefund,
  type MoneyBack,
  moneyBackOf,
  type OpenRefund,
  type RefundChange,
  type RefundedFacts,
  type RefundRequestId,
} from './refund.js';
import { CANCEL_ALARM_MS } from './timing.js';

type RefundAsked = Extract<Evidence, { kind: 'refundAsked' }>;

/**
 * A till, a person, or an undo wants a part back. The sum of all refunds that are not refused never exceeds the payment. Where money went
 * back that these books know nothing of, a part may be that very money: then only a person may ask for it.
 */
export function decideRefundAsked(life: PaymentLife, asked: RefundAsked, at: Moment): Decision {
  const back = moneyBackOf(life);
  const { undo } = back;
  const isWanted = asked.isUndo
    ? undo?.state === 'pending' && undo.by === 'refund' && undo.refundRequestId === null && back.open.length === 0
    : life.state === 'paid' && !isUndone(life) && !isForPeople(life, asked.by);
  const value = BigInt(asked.amount.value);
  const fits = asked.amount.currency === asked.of.currency && value > 0n && value <= leftToRefund(asked.of, life);
  if (!isWanted || !fits) return { kind: 'illegal', life };
  const fresh: OpenRefund = {
    refundRequestId: asked.refundRequestId,
    amount: asked.amount,
    isUndo: asked.isUndo,
    state: 'pending',
    createdAt: at.local,
    tries: 0,
    firstSentAt: null,
    lastSentAt: null,
    underWay: false,
    unclear: false,
    refusal: null,
  };
  const next: MoneyBack = {
    ...back,
    undo: asked.isUndo && undo !== null ? { ...undo, refundRequestId: asked.refundRequestId, amount: asked.amount } : undo,
    asked: String(BigInt(back.asked) + value),
    open: [...back.open, fresh],
  };
  return kept({ ...life, moneyBack: next });
}

/** The bytes of a refund are about to leave. An earlier send whose outcome never came on record counts as silence. */
export function decideRefundStarted(life: PaymentLife, id: RefundRequestId, at: Moment): Decision {
  const refund = openRefund(life, id);
  if (refund === undefined || !isOver(life)) return { kind: 'illegal', life };
  const isLost = refund.underWay;
  const started: OpenRefund = {
    ...refund,
    tries: refund.tries + 1,
    firstSentAt: refund.firstSentAt ?? at.local,
    lastSentAt: at.local,
    underWay: true,
    unclear: refund.unclear || isLost,
    state: isLost ? 'in_doubt' : refund.state,
  };
  return withRefund(life, started);
}

/** What an answer (or silence) to a refund does. Only S makes it refunded, only a final F refused. */
export function decideRefundAnswer(life: PaymentLife, id: RefundRequestId, outcome: RefundOutcome, at: Moment): Decision {
  const refund = openRefund(life, id);
  // An inquiry settled it while this send was under way.
  if (refund === undefined) return kept(life);
  if (!refund.underWay) return { kind: 'illegal', life };
  const ended: OpenRefund = { ...refund, underWay: false };
  switch (outcome.kind) {
    case 'refunded':
      return settled(life, refund, 'refunded', outcome.facts);
    case 'refused':
      // The F may describe only the repeat, while an earlier send moved the money: an inquiry made after it has to say so.
      if (refund.unclear || outcome.toCheck) {
        const doubted = withRefund(life, { ...ended, state: 'in_doubt', refusal: outcome.code }, 'refund_refused');
        return { ...doubted, life: { ...doubted.life, askNow: true, inquiriesHere: 0 } };
      }
      return settled(life, refund, 'refused', undefined, outcome.operations ? 'refund_refused' : undefined);
    case 'underWay':
      return withRefund(life, { ...ended, unclear: true });
    case 'odd':
      return withRefund(life, { ...ended, unclear: true, state: 'in_doubt' }, 'refund_differs');
    case 'noAnswer': {
      const isLate = refund.firstSentAt !== null && at.local > addMs(refund.firstSentAt, CANCEL_ALARM_MS);
      const alarm: Alarm | undefined = isLate ? 'refund_unanswered' : undefined;
      return outcome.bytesMayHaveLeft
        ? withRefund(life, { ...ended, unclear: true, state: 'in_doubt' }, alarm)
        : withRefund(life, ended, alarm);
    }
    default:
      return assertNever(outcome);
  }
}

/**
 * What an inquiry that says paid tells of the refunds that have not ended: one it lists as done is done; one whose refusal waits for this
 * inquiry is refused when it is not listed, or listed as failed. `listed`: undefined where this API lists no refunds; then nothing confirms
 * the refusal, and the same bytes are due again. `askedHere`: the inquiry was begun after that refusal.
 */
export function refundsByInquiry(
  life: PaymentLife,
  listed: readonly RefundThere[] | undefined,
  askedHere: boolean,
): Extract<Decision, { kind: 'kept' }> {
  return moneyBackOf(life).open.reduce<Extract<Decision, { kind: 'kept' }>>(
    (decision, refund) => {
      const next =
        listed === undefined
          ? byNothing(decision.life, refund, askedHere)
          : byInquiry(decision.life, refund, ofRefund(listed, refund), askedHere);
      if (next === undefined) return decision;
      return {
        ...next,
        alarm: next.alarm ?? decision.alarm,
        refunds: [...(decision.refunds ?? []), ...(next.refunds ?? [])],
      };
    },
    { kind: 'kept', life },
  );
}

/** Listed several times, as by an upstream that lists every attempt: one that worked counts, and all must have failed to count as failed. */
function ofRefund(listed: readonly RefundThere[], refund: OpenRefund): RefundThere | undefined {
  const mine = listed.filter(({ refundRequestId }) => refundRequestId === refund.refundRequestId);
  return (
    mine.find(({ resultStatus }) => resultStatus === 'S') ?? mine.find(({ resultStatus }) => resultStatus !== 'F') ?? mine[0]
  );
}

/** The money may have moved with the first send and nobody says so: only an answer to the same bytes can. */
function byNothing(life: PaymentLife, refund: OpenRefund, askedHere: boolean) {
  return refund.refusal !== null && askedHere ? withRefund(life, { ...refund, refusal: null }) : undefined;
}

function byInquiry(life: PaymentLife, refund: OpenRefund, there: RefundThere | undefined, askedHere: boolean) {
  if (there === undefined) {
    return refund.refusal !== null && askedHere ? settled(life, refund, 'refused', undefined, 'refund_refused') : undefined;
  }
  if (there.amount !== null && !sameMoney(there.amount, refund.amount))
    return withRefund(life, { ...refund, state: 'in_doubt', refusal: null }, 'refund_differs');
  if (there.resultStatus === 'S')
    return settled(life, refund, 'refunded', { refundId: there.refundId, refundedAt: there.at, settlement: null });
  if (refund.refusal === null) return undefined;
  return there.resultStatus === 'F'
    ? settled(life, refund, 'refused', undefined, 'refund_refused')
    : withRefund(life, { ...refund, refusal: null });
}

/**
 * What an inquiry lists of refunds that these books do not know: an older copy of them was put back, or somebody gave money back past the
 * bridge. A refund that has not left yet may be one of these asked for again, so it never leaves; no byte of it is there.
 */
export function elsewhereByInquiry(decision: Decision, elsewhere: bigint): Decision {
  const { life } = decision;
  if (decision.kind === 'illegal' || elsewhere <= goneElsewhere(life)) return decision;
  const told: PaymentLife = { ...life, moneyBack: { ...moneyBackOf(life), elsewhere: String(elsewhere) } };
  const neverSent = moneyBackOf(told).open.filter(({ firstSentAt }) => firstSentAt === null);
  const start: Kept = { kind: 'kept', life: told, refunds: decision.kind === 'kept' ? (decision.refunds ?? []) : [] };
  const ended = neverSent.reduce<Kept>((soFar, refund) => {
    const next = settled(soFar.life, refund, 'refused', undefined);
    return { ...next, refunds: [...(soFar.refunds ?? []), ...(next.refunds ?? [])] };
  }, start);
  const alarm = decision.alarm ?? 'refund_unknown_here';
  return decision.kind === 'moved' ? { kind: 'moved', life: ended.life, alarm } : { ...ended, alarm };
}

function openRefund(life: PaymentLife, id: RefundRequestId): OpenRefund | undefined {
  return moneyBackOf(life).open.find(({ refundRequestId }) => refundRequestId === id);
}

type Kept = Extract<Decision, { kind: 'kept' }>;

function withRefund(life: PaymentLife, next: OpenRefund, alarm?: Alarm): Kept {
  const back = moneyBackOf(life);
  const open = back.open.map((one) => (one.refundRequestId === next.refundRequestId ? next : one));
  const change: RefundChange = { refundRequestId: next.refundRequestId, state: next.state };
  return { kind: 'kept', life: { ...life, moneyBack: { ...back, open } }, alarm, refunds: [change] };
}

function settled(
  life: PaymentLife,
  refund: OpenRefund,
  state: 'refunded' | 'refused',
  facts: RefundedFacts | undefined,
  alarm?: Alarm,
): Kept {
  const back = moneyBackOf(life);
  const value = BigInt(refund.amount.value);
  const isDone = state === 'refunded';
  const next: MoneyBack = {
    ...back,
    undo: refund.isUndo && back.undo !== null ? { ...back.undo, state: isDone ? 'done' : 'refused' } : back.undo,
    asked: isDone ? back.asked : String(BigInt(back.asked) - value),
    refunded: isDone ? String(BigInt(back.refunded) + value) : back.refunded,
    open: back.open.filter(({ refundRequestId }) => refundRequestId !== refund.refundRequestId),
  };
  return {
    kind: 'kept',
    life: { ...life, moneyBack: next },
    alarm: refund.isUndo && !isDone ? 'undo_refused' : alarm,
    refunds: [{ refundRequestId: refund.refundRequestId, state, facts }],
  };
}
