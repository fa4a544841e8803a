import { addMs, type Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Money } from '../payment/money.js';
import type { Heard, Upstream } from '../payment/pay-outcome.js';
import type { Payment } from '../payment/payment.js';
import { agreementRefusal } from './agreement-refusal.js';
import { type Agreements, withoutTokens, withTokens } from './agreement-token.js';
import {
  type CallPlan,
  cancelPlan,
  inquiryPlan,
  isTooMany,
  payPlan,
  refundPlan,
  type Said,
  type WithResult,
} from './call-plans.js';
import type { AnswerContext } from './classify-answer.js';
import { freezePayRequest, freezeRefundRequest, sha256 } from './frozen-body.js';
import { CancelAnswer, readMessage } from './message-fields.js';
import { createReplayCheck, type GivenAnswer } from './replay-check.js';
import type { CodeRules } from './scan-code.js';
import type { ClientProfile, MerchantProfile } from './shop-profile.js';
import { type CallParts, type CallResult, signedCall, unsentCall } from './signed-call.js';

/** After a traffic limit the whole client id asks less often for this long (order-code reference 3.5, BACKOFF). */
const SLOWED_FOR_MS = 60_000;

/** One configured upstream, ready to call. */
export interface PayClientParts extends CallParts {
  readonly id: string;
  readonly acquirerId: string | undefined;
  readonly client: ClientProfile;
  readonly merchants: ReadonlyMap<string, MerchantProfile>;
  /** Asked at every sale and send: a reload puts others in force. */
  readonly agreements: () => Agreements;
  /** Most of one sale that charges an agreement. */
  readonly maxAmount: Money | undefined;
  readonly codeRules: CodeRules;
  /** The newest signed answers that earlier processes got, oldest first. */
  readonly answeredBefore: readonly GivenAnswer[];
  readonly timeoutsMs: { readonly pay: number; readonly inquiry: number; readonly cancel: number; readonly refund: number };
  readonly clock: Clock;
  readonly log: Log;
}

/** Freeze, sign, send, verify, parse, classify: one path for every call. None of the calls ever rejects. */
export function createPayClient(parts: PayClientParts): Upstream {
  const { dialect, clock, log } = parts;
  let slowedUntil = Number.NEGATIVE_INFINITY;
  const isOld = createReplayCheck(parts.id, log, clock, parts.answeredBefore);

  function slowDown(call: string): void {
    slowedUntil = clock.elapsedMs() + SLOWED_FOR_MS;
    log.warn('upstream asked to slow down', { upstreamId: parts.id, call });
  }

  async function call<A extends WithResult, T>(plan: CallPlan<A, T>): Promise<Heard<T>> {
    const askedAtMs = clock.elapsedMs();
    const result = await sent(parts, plan);
    diagnose(parts, plan.call, result);
    if (isTooMany(result)) slowDown(plan.call);
    if (result.kind !== 'verified') return heard(plan.nothing(result), result, false, undefined);
    const answer = readMessage(plan.schema, result.body, dialect);
    if (answer === undefined) {
      log.warn('upstream answer is signed and cannot be read', { upstreamId: parts.id, call: plan.call });
      return heard(plan.malformed, result, true, undefined);
    }
    if (answer.result.resultCode === 'REQUEST_TRAFFIC_EXCEED_LIMIT') slowDown(plan.call);
    const said: Said = plan.said?.(answer) ?? answer.result;
    const outcome = plan.classify(answer);
    const whose = plan.whose(answer);
    const isReplay =
      whose !== 'ours' &&
      plan.proves(outcome) &&
      isOld({ message: result.message, givenTo: plan.givenTo, askedAtMs, isOneOfAKind: whose === 'theirs' });
    return heard(isReplay ? plan.replayed : outcome, result, true, said);
  }

  const contextOf = (payment: Payment): AnswerContext => ({
    dialect,
    payment,
    acquirerId: parts.acquirerId,
    offsetMs: parts.upstreamClock.offsetMs,
    codeRules: parts.codeRules,
    lateCode: parts.client.cashierNotifyUrl !== undefined,
  });

  return {
    id: parts.id,
    defaultLifeMs: dialect.expiry.defaultMs,
    codeless: dialect.takes.buyer,
    refusalOf: (sale) => agreementRefusal(sale, parts.agreements(), parts.maxAmount),
    freeze(place) {
      const merchant = parts.merchants.get(place.merchantId);
      if (merchant === undefined) throw new Error(`no merchant ${place.merchantId} is configured`);
      const upstreamNow = addMs(clock.now(), parts.upstreamClock.offsetMs());
      return freezePayRequest(dialect, place, merchant, parts.client, upstreamNow, parts.agreements());
    },
    pay: (payment) => call(payPlan(payment, parts.timeoutsMs.pay, contextOf(payment))),
    inquire: (payment) => call(inquiryPlan(payment, parts.timeoutsMs.inquiry, contextOf(payment))),
    cancel: (payment) => call(cancelPlan(payment, parts.timeoutsMs.cancel, contextOf(payment))),
    freezeRefund: freezeRefundBy(dialect),
    refund: (payment, refund) => call(refundPlan(refund, parts.timeoutsMs.refund, contextOf(payment))),
    clockOffsetMs: () => parts.upstreamClock.offsetMs(),
    slowed: () => clock.elapsedMs() < slowedUntil,
  };
}

/** Sends the bytes of a plan with the tokens in their places; without an agreement that is still known nothing leaves. */
async function sent(parts: PayClientParts, { call, path, body, sha256: wanted, deadlineMs }: SendPlan): Promise<CallResult> {
  const toSend = withTokens(body, parts.agreements());
  const kept = withoutTokens(body);
  if (toSend !== undefined && (wanted === undefined || wanted === sha256(toSend)))
    return signedCall(parts, call, path, toSend, deadlineMs, kept);
  parts.log.alarm('the agreement of a payment has left the configuration; its request cannot be sent', { upstreamId: parts.id });
  return unsentCall(parts, call, path, kept);
}

type SendPlan = Pick<CallPlan<WithResult, unknown>, 'call' | 'path' | 'body' | 'sha256' | 'deadlineMs'>;

/** null where the dialect has no refund, or the configuration names no path for it. */
function freezeRefundBy({ paths, refundBody }: CallParts['dialect']): Upstream['freezeRefund'] {
  const { refund: path } = paths;
  if (path === undefined || refundBody === undefined) return null;
  return (refund) => freezeRefundRequest(path, refundBody(refund));
}

function heard<T>(outcome: T, result: CallResult, verified: boolean, said: Said | undefined): Heard<T> {
  return {
    outcome,
    call: result.message.call,
    message: result.message,
    verified,
    resultStatus: said?.resultStatus ?? null,
    resultCode: said?.resultCode ?? null,
  };
}

/** Says what was wrong with an answer that counts as no result; an unsigned refusal is often a wrong key or client id. */
function diagnose(parts: PayClientParts, call: string, result: CallResult): void {
  const at = { upstreamId: parts.id, call };
  if (result.kind === 'silent') {
    parts.log.warn('upstream did not answer', { ...at, why: result.message.silence ?? 'silence' });
    return;
  }
  if (result.kind === 'verified') {
    if (result.keyVersionUnknown) parts.log.warn('upstream signed with an unknown key version; the only configured key fits', at);
    return;
  }
  const status = result.message.answer?.status;
  const refusal = readMessage(CancelAnswer, result.body)?.result;
  const fields = { ...at, why: result.why, ...(status !== undefined && { status }) };
  if (refusal?.resultStatus === 'F') {
    parts.log.alarm('upstream refused without a good signature; counted as no result', {
      ...fields,
      resultCode: refusal.resultCode,
    });
  } else {
    parts.log.warn('upstream answer counts as no result', fields);
  }
}
