import type { z } from 'zod';
import { parseIsoTime } from '../base/clock.js';
import { sameMoney } from '../payment/money.js';
import type { RefundOutcome } from '../payment/pay-outcome.js';
import type { Refund } from '../payment/refund.js';
import { type AnswerContext, isForeign } from './classify-answer.js';
import { classOf } from './dialect.js';
import type { RefundAnswer } from './message-fields.js';
import { settlementOf } from './payment-words.js';

/** A verified answer to a refund (order-code reference 5.3). */
export function classifyRefundAnswer(
  context: AnswerContext,
  refund: Refund,
  answer: z.output<typeof RefundAnswer>,
): RefundOutcome {
  const { resultStatus, resultCode } = answer.result;
  const isOther = answer.refundRequestId !== undefined && answer.refundRequestId !== refund.refundRequestId;
  // An answer about another refund says nothing about this one.
  if (isOther || isForeign(context, answer)) return { kind: 'noAnswer', bytesMayHaveLeft: true };
  if (resultStatus === 'S') {
    if (answer.refundAmount !== undefined && !sameMoney(answer.refundAmount, refund.amount))
      return { kind: 'odd', why: 'amount' };
    return {
      kind: 'refunded',
      facts: {
        refundId: answer.refundId ?? null,
        refundedAt: answer.refundTime === undefined ? null : (parseIsoTime(answer.refundTime) ?? null),
        settlement: settlementOf(answer),
      },
    };
  }
  const { dialect } = context;
  if (resultStatus !== 'F' || classOf(dialect, resultStatus, resultCode).class === 'BACKOFF') return { kind: 'underWay' };
  const rule = Object.hasOwn(dialect.refundCodes, resultCode) ? dialect.refundCodes[resultCode] : 'FAIL_SUPPORT';
  return { kind: 'refused', code: resultCode, toCheck: rule === 'CHECK', operations: rule !== 'FAIL_SHOW' };
}
