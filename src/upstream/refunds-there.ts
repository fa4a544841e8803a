import type { z } from 'zod';
import { parseIsoTime } from '../base/clock.js';
import type { RefundThere } from '../payment/pay-outcome.js';
import type { InquiryAnswer } from './message-fields.js';

/** The refunds among the transactions that an inquiry lists. */
export function refundsThere(transactions: z.output<typeof InquiryAnswer>['transactions']): readonly RefundThere[] {
  return (transactions ?? []).flatMap((one) => {
    if (one.transactionType?.toUpperCase() !== 'REFUND' || one.transactionRequestId === undefined) return [];
    return {
      refundRequestId: one.transactionRequestId,
      resultStatus: one.transactionResult?.resultStatus ?? (one.transactionStatus?.toUpperCase() === 'SUCCESS' ? 'S' : 'U'),
      amount: one.transactionAmount ?? null,
      refundId: one.transactionId ?? null,
      at: one.transactionTime === undefined ? null : (parseIsoTime(one.transactionTime) ?? null),
    };
  });
}
