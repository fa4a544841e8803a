import { z } from 'zod';
import { MONEY_VALUE } from '../payment/money.js';
import { REFUND_STATES } from '../payment/refund.js';
import { endpoint } from './backoffice-router.js';

const Nothing = z.strictObject({});
const PaymentPath = z.object({ paymentRequestId: z.string() });

const RefundIn = z
  .strictObject({
    refundReference: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -')
      .meta({ description: 'The idempotency key: unique per payment for ever. Send it again unchanged after a timeout.' }),
    amount: z.strictObject({
      currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code in upper case'),
      value: z.string().regex(MONEY_VALUE, 'must be 1 to 16 digits as text, whole smallest units, without sign or leading zero'),
    }),
    reason: z
      .string()
      .regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u, 'must be 1 to 256 characters without control characters')
      .optional(),
  })
  .meta({ id: 'RefundOrder' });

/** A refund as an operator asks for it. */
export type RefundWish = z.output<typeof RefundIn>;

/** As the terminal API describes it, and who asked for it. */
const RefundJson = z
  .looseObject({ refundReference: z.string(), refundRequestId: z.string(), state: z.enum(REFUND_STATES) })
  .meta({ id: 'Refund' });

export const startRefund = endpoint({
  name: 'startRefund',
  role: 'operator',
  method: 'post',
  path: '/api/payments/{paymentRequestId}/refunds',
  summary: 'Refund a part, or all, of a paid payment, as a till does',
  description: 'Answers at once; read the refund until it is `refunded` or `refused`. Its amount counts as used up before that.',
  params: PaymentPath,
  query: Nothing,
  body: RefundIn,
  answers: {
    201: { says: 'A new refund.', schema: RefundJson },
    200: { says: 'The same refund was asked for before: it as it now stands.', schema: RefundJson },
  },
  problems: [
    'invalid_request',
    'unauthenticated',
    'forbidden',
    'not_found',
    'refund_conflict',
    'refund_exceeds_payment',
    'not_refundable',
    'body_too_large',
    'unsupported_media_type',
    'too_many_requests',
    'books_unavailable',
    'stopping',
  ],
});

export const listRefunds = endpoint({
  name: 'listRefunds',
  role: 'viewer',
  method: 'get',
  path: '/api/payments/{paymentRequestId}/refunds',
  summary: 'The refunds of a payment, oldest first',
  params: PaymentPath,
  query: Nothing,
  body: null,
  answers: {
    200: {
      says: 'All of them; `nextCursor` is always null.',
      schema: z.strictObject({ items: z.array(RefundJson), nextCursor: z.null() }),
    },
  },
  problems: ['unauthenticated', 'not_found', 'too_many_requests', 'books_unavailable'],
});
