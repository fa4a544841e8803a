import type { z } from 'zod';
import { addMs, type Instant, parseIsoTime } from '../base/clock.js';
import { sameMoney } from '../payment/money.js';
import type { CancelOutcome, InquiryOutcome, PayOutcome } from '../payment/pay-outcome.js';
import type { Payment } from '../payment/payment.js';
import { classOf, type Dialect, failureBy, refuses } from './dialect.js';
import type { CancelAnswer, InquiryAnswer, PayAnswer } from './message-fields.js';
import { misfitOf, paidFactsOf, verdictOf } from './payment-words.js';
import { refundsThere } from './refunds-there.js';
import { type CodeRules, carriesCode, codeOfAnswer } from './scan-code.js';

/** What the classifier needs to know beside the answer. */
export interface AnswerContext {
  readonly dialect: Dialect;
  readonly payment: Payment;
  readonly acquirerId: string | undefined;
  /** Upstream's clock minus ours, ms, as this very answer may have corrected it. */
  readonly offsetMs: () => number;
  readonly codeRules: CodeRules;
  /** A code that is not in the answer may come by a message of its own. */
  readonly lateCode: boolean;
}

/** A verified answer to a pay request (order-code reference 3.4 and 3.5). */
export function classifyPayAnswer(context: AnswerContext, answer: z.output<typeof PayAnswer>): PayOutcome {
  const { resultStatus, resultCode } = answer.result;
  const paymentId = answer.paymentId ?? null;
  const rule = classOf(context.dialect, resultStatus, resultCode, carriesCode(context.dialect, answer));
  switch (rule.class) {
    case 'RENDER':
      return codeOf(context, answer, false);
    case 'RENDER_AND_ASK':
      return codeOf(context, answer, true);
    case 'AWAIT_CODE':
      if (!context.lateCode || isForeign(context, answer)) return codeOf(context, answer, false);
      return { kind: 'accepted', paymentId, awaits: 'code' };
    case 'PAID':
      return paidOf(context, answer);
    case 'UNDER_WAY':
      return acceptedOf(context, answer, 'debit');
    case 'INQUIRE':
      return acceptedOf(context, answer, 'nothing');
    case 'BACKOFF':
      return { kind: 'slowDown' };
    case 'RETRY_SAME':
      return { kind: 'retrySame', why: 'statusUnknown' };
    case 'CHECK':
      // An order with our id and other values exists: our bug, and never "not created".
      if (rule.listed) return { kind: 'inDoubt', why: 'idConflict', cancelBecause: 'id_conflict', paymentId };
      return {
        kind: 'inDoubt',
        why: resultStatus === 'S' ? 'unexpectedSuccess' : 'statusUnknown',
        cancelBecause: null,
        paymentId,
      };
    case 'FAIL_SHOW':
    case 'FAIL_CONFIG':
    case 'FAIL_SUPPORT':
    case 'CLOSE': {
      if (isForeign(context, answer))
        return { kind: 'inDoubt', why: 'idConflict', cancelBecause: 'id_conflict', paymentId: null };
      const operations = rule.class === 'FAIL_CONFIG' || rule.class === 'FAIL_SUPPORT';
      return { kind: 'refused', failure: failureBy(rule, resultCode), operations };
    }
  }
}

function acceptedOf(context: AnswerContext, answer: z.output<typeof PayAnswer>, awaits: 'debit' | 'nothing'): PayOutcome {
  if (isForeign(context, answer)) return { kind: 'inDoubt', why: 'idConflict', cancelBecause: 'id_conflict', paymentId: null };
  return { kind: 'accepted', paymentId: answer.paymentId ?? null, awaits };
}

function codeOf(context: AnswerContext, answer: z.output<typeof PayAnswer>, askNow: boolean): PayOutcome {
  const { payment } = context;
  const paymentId = answer.paymentId ?? null;
  const known = payment.life.paymentId;
  if (isForeign(context, answer) || (known !== null && paymentId !== null && paymentId !== known)) {
    // The order id of an answer that is not ours stays out of our books.
    return { kind: 'inDoubt', why: 'idConflict', cancelBecause: 'id_conflict', paymentId: known };
  }
  if (answer.paymentAmount !== undefined && !sameMoney(answer.paymentAmount, payment.amount)) {
    return { kind: 'inDoubt', why: 'amountDiffers', cancelBecause: 'amount_differs', paymentId };
  }
  const offered = codeOfAnswer(context.dialect, answer, context.codeRules);
  if ('refused' in offered) return { kind: 'inDoubt', why: DOUBT_OF[offered.refused], cancelBecause: offered.refused, paymentId };
  const code = { text: offered.text, expiresAt: expiryOfCode(context, answer) };
  return { kind: 'codeIssued', paymentId, code, ...(askNow && { askNow }) };
}

const DOUBT_OF = {
  code_missing: 'codeMissing',
  code_too_long: 'codeTooLong',
  code_foreign_host: 'codeNotDrawable',
  code_not_https: 'codeNotDrawable',
  code_method: 'codeNotDrawable',
} as const;

/**
 * The answer itself says paid. Without our id it could be about anybody, and without an amount nothing can be compared: then the inquiry
 * has to say it (till API contract, `paid`; sibling reference 3.4).
 */
function paidOf(context: AnswerContext, answer: z.output<typeof PayAnswer>): PayOutcome {
  const { payment, acquirerId } = context;
  const paymentId = answer.paymentId ?? null;
  if (isForeign(context, answer)) return { kind: 'inDoubt', why: 'idConflict', cancelBecause: 'id_conflict', paymentId: null };
  const misfit = misfitOf(payment, answer, acquirerId);
  switch (misfit?.what) {
    case undefined:
      // The order id of an answer that may be somebody else's stays out of our books.
      if (answer.paymentRequestId === undefined) return { kind: 'accepted', paymentId: null, awaits: 'nothing' };
      return { kind: 'paid', facts: paidFactsOf(answer) };
    case 'amountAbsent':
      return { kind: 'accepted', paymentId, awaits: 'nothing' };
    case 'amount':
      return { kind: 'inDoubt', why: 'amountDiffers', cancelBecause: 'amount_differs', paymentId };
    case 'acquirerId':
    case 'paymentId':
      return { kind: 'inDoubt', why: 'idConflict', cancelBecause: 'id_conflict', paymentId: payment.life.paymentId };
  }
}

/** An answer that names another payment or another acquirer than ours. */
export function isForeign(
  { payment, acquirerId }: AnswerContext,
  answer: { readonly acquirerId?: string | undefined; readonly paymentRequestId?: string | undefined },
): boolean {
  return (
    (answer.acquirerId !== undefined && acquirerId !== undefined && answer.acquirerId !== acquirerId) ||
    (answer.paymentRequestId !== undefined && answer.paymentRequestId !== payment.paymentRequestId)
  );
}

/**
 * How far ahead of the last send an end is believed. Orders live three minutes at most (order-code reference 1.4); what names a later end,
 * by a wrong zone or on purpose, must not hold glass and lane for hours.
 */
const LONGEST_BELIEVED_LIFE_MS = 30 * 60_000;

function expiryOfCode({ dialect, payment, offsetMs }: AnswerContext, answer: z.output<typeof PayAnswer>): Instant {
  const said = answer.orderCodeForm?.expireTime;
  const named = said === undefined ? undefined : parseIsoTime(said);
  const sentAt = addMs(payment.life.sends.lastAt ?? payment.life.createdAt, offsetMs());
  if (named === undefined) return payment.request.expiresAt ?? addMs(sentAt, dialect.expiry.defaultMs);
  return addMs(sentAt, Math.min(named - sentAt, LONGEST_BELIEVED_LIFE_MS));
}

/** A verified answer to an inquiry (order-code reference 5.1). */
export function classifyInquiryAnswer(context: AnswerContext, answer: z.output<typeof InquiryAnswer>): InquiryOutcome {
  const { dialect, payment } = context;
  const { resultStatus, resultCode } = answer.result;
  if (classOf(dialect, resultStatus, resultCode).class === 'BACKOFF' || resultStatus === 'U' || resultStatus === 'A')
    return { kind: 'noAnswer' };
  if (resultStatus === 'F') {
    return dialect.inquiryNotFound.includes(resultCode) ? { kind: 'notFound' } : { kind: 'questionRefused', code: resultCode };
  }
  const verdict = verdictOf(dialect, dialect.inquirySays, answer);
  const said = verdict === 'unreadable' ? undefined : verdict;
  if (answer.paymentRequestId !== undefined && answer.paymentRequestId !== payment.paymentRequestId) {
    // An answer about another order says nothing about ours, unless it speaks of money.
    return said?.resultStatus === 'S'
      ? { kind: 'oddMoney', why: 'paymentRequestId', paymentId: answer.paymentId ?? null }
      : { kind: 'noAnswer' };
  }
  if (said === undefined || said.resultStatus === 'U' || said.resultStatus === 'A')
    return { kind: 'open', paymentId: isForeign(context, answer) ? null : (answer.paymentId ?? null) };
  const misfit = misfitOf(payment, answer, context.acquirerId);
  if (said.resultStatus === 'S') {
    if (misfit !== undefined) return { kind: 'oddMoney', why: misfit.what, paymentId: answer.paymentId ?? null };
    // Money for an order that is not named could be anybody's.
    const named = answer.paymentRequestId !== undefined || (answer.paymentId !== undefined && payment.life.paymentId !== null);
    if (!named) return { kind: 'oddMoney', why: 'idAbsent', paymentId: answer.paymentId ?? null };
    const refunds = dialect.inquiryListsRefunds ? refundsThere(answer.transactions) : undefined;
    return { kind: 'paid', facts: paidFactsOf(answer), cancelledThere: (answer.transactions ?? []).some(isDoneCancel), refunds };
  }
  // An F about another order proves nothing about ours; F answers often carry no amount.
  if (misfit !== undefined && misfit.what !== 'amountAbsent') return { kind: 'noAnswer' };
  if (dialect.inquiryNotFound.includes(said.resultCode)) return { kind: 'notFound' };
  // Such a code describes a request, not the payment.
  if (!refuses(said.class)) return { kind: 'open', paymentId: answer.paymentId ?? null };
  const closed = { kind: 'closedUnpaid', failure: failureBy(said, said.resultCode), unlisted: !said.listed } as const;
  return said.isCancelled === true ? { ...closed, cancelledThere: true } : closed;
}

function isDoneCancel(transaction: {
  readonly transactionType?: string | undefined;
  readonly transactionResult?: { readonly resultStatus: string } | undefined;
  readonly transactionStatus?: string | undefined;
}): boolean {
  if (transaction.transactionType?.toUpperCase() !== 'CANCEL') return false;
  return transaction.transactionResult === undefined
    ? transaction.transactionStatus?.toUpperCase() === 'SUCCESS'
    : transaction.transactionResult.resultStatus === 'S';
}

/** A verified answer to a cancel (order-code reference 5.2). */
export function classifyCancelAnswer(context: AnswerContext, answer: z.output<typeof CancelAnswer>): CancelOutcome {
  const { dialect, payment } = context;
  const { paymentId: known } = payment.life;
  const { paymentId = known } = answer;
  // An answer about another order says nothing about ours.
  if (isForeign(context, answer) || (answer.paymentRequestId === undefined && known !== null && paymentId !== known))
    return { kind: 'noAnswer' };
  const { resultStatus, resultCode } = answer.result;
  if (resultStatus === 'S') return { kind: 'done' };
  if (resultStatus !== 'F' || classOf(dialect, resultStatus, resultCode).class === 'BACKOFF') return { kind: 'noAnswer' };
  const rule = Object.hasOwn(dialect.cancelCodes, resultCode) ? dialect.cancelCodes[resultCode] : undefined;
  return rule === undefined ? { kind: 'refused', code: resultCode } : { kind: rule };
}
