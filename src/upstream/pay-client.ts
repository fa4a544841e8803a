import type { z } from 'zod';
import { addMs, type Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { CancelOutcome, Heard, InquiryOutcome, PayOutcome, RefundOutcome, Upstream } from '../payment/pay-outcome.js';
import type { Payment } from '../payment/payment.js';
import type { Refund } from '../payment/refund.js';
import { type AnswerContext, classifyCancelAnswer, classifyInquiryAnswer, classifyPayAnswer } from './classify-answer.js';
import { classifyRefundAnswer } from './classify-refund.js';
import { freezePayRequest, freezeRefundRequest } from './frozen-body.js';
import { CancelAnswer, InquiryAnswer, PayAnswer, RefundAnswer, type Result, readMessage } from './message-fields.js';
import { createReplayCheck, type GivenAnswer } from './replay-check.js';
import type { ClientProfile, MerchantProfile } from './shop-profile.js';
import { type CallParts, type CallResult, signedCall } from './signed-call.js';

/** After a traffic limit the whole client id asks less often for this long (order-code reference 3.5, BACKOFF). */
const SLOWED_FOR_MS = 60_000;

/** One configured upstream, ready to call. */
export interface PayClientParts extends CallParts {
  readonly id: string;
  readonly acquirerId: string | undefined;
  readonly client: ClientProfile;
  readonly merchants: ReadonlyMap<string, MerchantProfile>;
  /** The newest signed answers to `pay` that earlier processes got, oldest first. */
  readonly answeredBefore: readonly GivenAnswer[];
  readonly timeoutsMs: { readonly pay: number; readonly inquiry: number; readonly cancel: number; readonly refund: number };
  readonly clock: Clock;
  readonly log: Log;
}

const REPLAYED: PayOutcome = { kind: 'retrySame', why: 'replayedAnswer' };

type WithResult = { readonly result: z.output<typeof Result> };

/** Freeze, sign, send, verify, parse, classify: one path for every call. None of the calls ever rejects. */
export function createPayClient(parts: PayClientParts): Upstream {
  const { dialect, clock, log } = parts;
  let slowedUntil = Number.NEGATIVE_INFINITY;
  const isOld = createReplayCheck(parts.id, log, parts.answeredBefore);

  async function call<A extends WithResult, T>(plan: CallPlan<A, T>): Promise<Heard<T>> {
    const result = await signedCall(parts, plan.call, plan.path, plan.body, plan.deadlineMs);
    diagnose(parts, plan.call, result);
    if (result.kind !== 'verified') return heard(plan.nothing(result), result, false, undefined);
    const answer = readMessage(plan.schema, result.body);
    if (answer === undefined) {
      log.warn('upstream answer is signed and cannot be read', { upstreamId: parts.id, call: plan.call });
      return heard(plan.malformed, result, true, undefined);
    }
    if (answer.result.resultCode === 'REQUEST_TRAFFIC_EXCEED_LIMIT') {
      slowedUntil = clock.elapsedMs() + SLOWED_FOR_MS;
      log.warn('upstream asked to slow down', { upstreamId: parts.id, call: plan.call });
    }
    const said = plan.said?.(answer) ?? answer.result;
    return heard(plan.classify(answer, result), result, true, said);
  }

  const contextOf = (payment: Payment): AnswerContext => ({
    dialect,
    payment,
    acquirerId: parts.acquirerId,
    offsetMs: parts.upstreamClock.offsetMs(),
  });

  return {
    id: parts.id,
    defaultLifeMs: dialect.expiry.defaultMs,
    freeze(place) {
      const merchant = parts.merchants.get(place.merchantId);
      if (merchant === undefined) throw new Error(`no merchant ${place.merchantId} is configured`);
      const upstreamNow = addMs(clock.now(), parts.upstreamClock.offsetMs());
      return freezePayRequest(dialect, place, merchant, parts.client, upstreamNow);
    },
    pay: (payment) =>
      call<z.output<typeof PayAnswer>, PayOutcome>({
        call: 'pay',
        path: payment.request.path,
        body: payment.request.body,
        deadlineMs: parts.timeoutsMs.pay,
        schema: PayAnswer,
        nothing: nothingToPay,
        malformed: { kind: 'retrySame', why: 'malformedAnswer' },
        classify(answer, result) {
          const outcome = classifyPayAnswer(contextOf(payment), answer);
          return outcome.kind === 'codeIssued' && isOld(result.message, payment.paymentRequestId) ? REPLAYED : outcome;
        },
      }),
    inquire: (payment) =>
      call<z.output<typeof InquiryAnswer>, InquiryOutcome>({
        call: 'inquiry',
        path: dialect.paths.inquire,
        body: aboutPayment(payment),
        deadlineMs: parts.timeoutsMs.inquiry,
        schema: InquiryAnswer,
        nothing: () => ({ kind: 'noAnswer' }),
        malformed: { kind: 'noAnswer' },
        classify: (answer) => classifyInquiryAnswer(contextOf(payment), answer),
        said: (answer) => answer.paymentResult,
      }),
    cancel: (payment) =>
      call<z.output<typeof CancelAnswer>, CancelOutcome>({
        call: 'cancel',
        path: dialect.paths.cancel,
        body: aboutPayment(payment),
        deadlineMs: parts.timeoutsMs.cancel,
        schema: CancelAnswer,
        nothing: () => ({ kind: 'noAnswer' }),
        malformed: { kind: 'noAnswer' },
        classify: (answer) => classifyCancelAnswer(contextOf(payment), answer),
      }),
    freezeRefund: freezeRefundBy(dialect),
    refund: (payment, refund) => call(refundPlan(refund, parts.timeoutsMs.refund, contextOf(payment), isOld)),
    clockOffsetMs: () => parts.upstreamClock.offsetMs(),
    slowed: () => clock.elapsedMs() < slowedUntil,
  };
}

/** A refund's stored bytes, and how their answer is read. */
function refundPlan(
  refund: Refund,
  deadlineMs: number,
  context: AnswerContext,
  isOld: ReturnType<typeof createReplayCheck>,
): CallPlan<z.output<typeof RefundAnswer>, RefundOutcome> {
  return {
    call: 'refund',
    path: refund.request.path,
    body: refund.request.body,
    deadlineMs,
    schema: RefundAnswer,
    nothing: (result) => ({ kind: 'noAnswer', bytesMayHaveLeft: result.kind !== 'silent' || result.bytesMayHaveLeft }),
    malformed: { kind: 'noAnswer', bytesMayHaveLeft: true },
    classify(answer, result) {
      const outcome = classifyRefundAnswer(context, refund, answer);
      const isReplay = outcome.kind === 'refunded' && isOld(result.message, refund.refundRequestId);
      return isReplay ? { kind: 'noAnswer', bytesMayHaveLeft: true } : outcome;
    },
  };
}

/** null where the dialect has no refund, or the configuration names no path for it. */
function freezeRefundBy({ paths, refundBody }: CallParts['dialect']): Upstream['freezeRefund'] {
  const { refund: path } = paths;
  if (path === undefined || refundBody === undefined) return null;
  return (refund) => freezeRefundRequest(path, refundBody(refund));
}

function nothingToPay(result: Exclude<CallResult, VerifiedCall>): PayOutcome {
  return result.kind === 'silent'
    ? { kind: 'silent', bytesMayHaveLeft: result.bytesMayHaveLeft }
    : { kind: 'retrySame', why: result.why };
}

type VerifiedCall = Extract<CallResult, { kind: 'verified' }>;

/** How one kind of call is made and read. */
interface CallPlan<A, T> {
  readonly call: 'pay' | 'inquiry' | 'cancel' | 'refund';
  readonly path: string;
  readonly body: Uint8Array;
  readonly deadlineMs: number;
  readonly schema: z.ZodType<A>;
  /** What silence, or an answer without a good signature, means for this call. */
  readonly nothing: (result: Exclude<CallResult, { kind: 'verified' }>) => T;
  readonly malformed: T;
  readonly classify: (answer: A, result: VerifiedCall) => T;
  /** The result to show to people, when it is not the answer's own. */
  readonly said?: (answer: A) => z.output<typeof Result> | undefined;
}

/** The same bytes for every inquiry and every cancel of a payment: our id alone, because it exists even when the pay answer was lost. */
function aboutPayment(payment: Payment): Uint8Array {
  return Buffer.from(JSON.stringify({ paymentRequestId: payment.paymentRequestId }), 'utf8');
}

function heard<T>(outcome: T, result: CallResult, verified: boolean, said: z.output<typeof Result> | undefined): Heard<T> {
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
