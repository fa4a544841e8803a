import type { z } from 'zod';
import type { CancelOutcome, InquiryOutcome, PayOutcome, RefundOutcome } from '../payment/pay-outcome.js';
import type { Payment } from '../payment/payment.js';
import type { Refund } from '../payment/refund.js';
import { type AnswerContext, classifyCancelAnswer, classifyInquiryAnswer, classifyPayAnswer } from './classify-answer.js';
import { classifyRefundAnswer } from './classify-refund.js';
import { CancelAnswer, InquiryAnswer, PayAnswer, RefundAnswer, type Result } from './message-fields.js';
import { verdictOf } from './payment-words.js';
import { carriesCode } from './scan-code.js';
import type { CallResult } from './signed-call.js';

/** What an answer says, for people. */
export type Said = Pick<z.output<typeof Result>, 'resultStatus' | 'resultCode'>;
/** Every answer has one. */
export type WithResult = { readonly result: z.output<typeof Result> };

/** Whether an answer names what it was asked for, or at least something of theirs that exists once. */
type Whose = 'ours' | 'theirs' | 'nobody';

function whoseOrder(
  { paymentRequestId, life }: Payment,
  answer: { readonly paymentRequestId?: string | undefined; readonly paymentId?: string | undefined },
): Whose {
  const { paymentId = '' } = answer;
  if (answer.paymentRequestId === paymentRequestId || (paymentId !== '' && paymentId === life.paymentId)) return 'ours';
  return paymentId === '' ? 'nobody' : 'theirs';
}

/** How one kind of call is made and read. */
export interface CallPlan<A, T> {
  readonly call: 'pay' | 'inquiry' | 'cancel' | 'refund';
  readonly path: string;
  readonly body: Uint8Array;
  /** Of the bytes that must leave, where they are not made anew. */
  readonly sha256?: string;
  readonly deadlineMs: number;
  readonly schema: z.ZodType<A>;
  /** What silence, or an answer without a good signature, means for this call. */
  readonly nothing: (result: Exclude<CallResult, { kind: 'verified' }>) => T;
  readonly malformed: T;
  readonly classify: (answer: A) => T;
  /** The payment or refund that the answer is about, by its id. */
  readonly givenTo: string;
  readonly whose: (answer: A) => Whose;
  /** The outcomes that an answer given to somebody else before must not bring about. */
  readonly proves: (outcome: T) => boolean;
  /** What such an answer comes to. */
  readonly replayed: T;
  /** The result to show to people, when it is not the answer's own. */
  readonly said?: (answer: A) => Said | undefined;
}

/** A pay request's stored bytes, and how their answer is read. */
export function payPlan(
  payment: Payment,
  deadlineMs: number,
  context: AnswerContext,
): CallPlan<z.output<typeof PayAnswer>, PayOutcome> {
  const { path, body, bodySha256 } = payment.request;
  return {
    call: 'pay',
    path,
    body,
    sha256: bodySha256,
    deadlineMs,
    schema: PayAnswer,
    nothing: nothingToPay,
    malformed: { kind: 'retrySame', why: 'malformedAnswer' },
    classify: (answer) => classifyPayAnswer(context, answer),
    givenTo: payment.paymentRequestId,
    whose: (answer) => (carriesCode(context.dialect, answer) ? 'theirs' : whoseOrder(payment, answer)),
    proves: ({ kind }) => kind !== 'retrySame' && kind !== 'slowDown',
    replayed: { kind: 'retrySame', why: 'replayedAnswer' },
  };
}

/** An inquiry, and how its answer is read. */
export function inquiryPlan(
  payment: Payment,
  deadlineMs: number,
  context: AnswerContext,
): CallPlan<z.output<typeof InquiryAnswer>, InquiryOutcome> {
  const { dialect } = context;
  return {
    call: 'inquiry',
    path: dialect.paths.inquire,
    body: aboutPayment(payment),
    deadlineMs,
    schema: InquiryAnswer,
    nothing: () => ({ kind: 'noAnswer' }),
    malformed: { kind: 'noAnswer' },
    classify: (answer) => classifyInquiryAnswer(context, answer),
    givenTo: payment.paymentRequestId,
    whose: (answer) => whoseOrder(payment, answer),
    proves: ({ kind }) => kind === 'paid' || kind === 'closedUnpaid' || kind === 'notFound',
    replayed: { kind: 'noAnswer' },
    said(answer) {
      const verdict = verdictOf(dialect, dialect.inquirySays, answer);
      return verdict === 'unreadable' ? undefined : verdict;
    },
  };
}

/** A cancel, and how its answer is read. */
export function cancelPlan(
  payment: Payment,
  deadlineMs: number,
  context: AnswerContext,
): CallPlan<z.output<typeof CancelAnswer>, CancelOutcome> {
  return {
    call: 'cancel',
    path: context.dialect.paths.cancel,
    body: aboutPayment(payment),
    deadlineMs,
    schema: CancelAnswer,
    nothing: () => ({ kind: 'noAnswer' }),
    malformed: { kind: 'noAnswer' },
    classify: (answer) => classifyCancelAnswer(context, answer),
    givenTo: payment.paymentRequestId,
    whose: (answer) => whoseOrder(payment, answer),
    proves: ({ kind }) => kind !== 'noAnswer',
    replayed: { kind: 'noAnswer' },
  };
}

/** A refund's stored bytes, and how their answer is read. */
export function refundPlan(
  refund: Refund,
  deadlineMs: number,
  context: AnswerContext,
): CallPlan<z.output<typeof RefundAnswer>, RefundOutcome> {
  return {
    call: 'refund',
    path: refund.request.path,
    body: refund.request.body,
    deadlineMs,
    schema: RefundAnswer,
    nothing: (result) => ({ kind: 'noAnswer', bytesMayHaveLeft: result.kind !== 'silent' || result.bytesMayHaveLeft }),
    malformed: { kind: 'noAnswer', bytesMayHaveLeft: true },
    classify: (answer) => classifyRefundAnswer(context, refund, answer),
    givenTo: refund.refundRequestId,
    whose({ refundRequestId, refundId = '' }) {
      if (refundRequestId === refund.refundRequestId) return 'ours';
      return refundId === '' ? 'nobody' : 'theirs';
    },
    // A stored refusal would let somebody give the same money back by a second refund while this one is carried out.
    proves: ({ kind }) => kind === 'refunded' || kind === 'refused',
    replayed: { kind: 'noAnswer', bytesMayHaveLeft: true },
  };
}

/** The same bytes for every inquiry and every cancel of a payment: our id alone, because it exists even when the pay answer was lost. */
function aboutPayment(payment: Payment): Uint8Array {
  return Buffer.from(JSON.stringify({ paymentRequestId: payment.paymentRequestId }), 'utf8');
}

/** The status that asks for longer pauses (sibling reference 1.2). Signed or not it is no result, and waiting longer harms nobody. */
export function isTooMany(result: CallResult): boolean {
  return result.kind !== 'silent' && result.message.answer?.status === 429;
}

function nothingToPay(result: Exclude<CallResult, { kind: 'verified' }>): PayOutcome {
  if (isTooMany(result)) return { kind: 'slowDown' };
  return result.kind === 'silent'
    ? { kind: 'silent', bytesMayHaveLeft: result.bytesMayHaveLeft }
    : { kind: 'retrySame', why: result.why };
}
