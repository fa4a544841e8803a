import { z } from 'zod';
import { parseIsoTime } from '../base/clock.js';
import { MONEY_VALUE } from '../payment/money.js';
import { STATES } from '../payment/payment.js';
import { endpoint } from './backoffice-router.js';

const Nothing = z.strictObject({});
const PaymentPath = z.object({ paymentRequestId: z.string() });

/** As the terminal API describes it; a viewer never gets the code that may still be scanned. */
const PaymentJson = z.looseObject({ paymentRequestId: z.string(), state: z.enum(STATES) });

const Time = z
  .string()
  .refine((text) => parseIsoTime(text) !== undefined, 'must be a time with a zone, like 2026-03-05T02:15:30Z')
  .transform((text) => parseIsoTime(text) as NonNullable<ReturnType<typeof parseIsoTime>>);

const Search = z.strictObject({
  state: z.enum(STATES).optional(),
  lane: z.string().min(1).max(64).optional(),
  date: z.iso.date().optional().meta({ description: 'The day on which the payment was created, in `zone`.' }),
  zone: z
    .string()
    .regex(/^(Z|[+-](0\d|1[0-4]):[0-5]\d)$/, 'must be Z or an offset like +08:00')
    .optional()
    .meta({ description: 'Zone of `date`: `Z` (UTC, the default) or an offset like `+08:00`, the zone of clearing days.' }),
  from: Time.optional().meta({ description: 'Created at this time or later.' }),
  to: Time.optional().meta({ description: 'Created before this time.' }),
  reference: z.string().min(1).max(64).optional().meta({ description: "The first characters of the till's reference." }),
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/, 'is no id')
    .optional()
    .meta({ description: 'Any whole id: paymentRequestId, paymentId, saleReference, refundRequestId, refundId.' }),
  amount: z.string().regex(MONEY_VALUE, 'must be whole smallest units').optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code')
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).optional(),
  cursor: z.string().min(1).max(400).optional(),
});

/** A checked `GET /api/payments` query. */
export type SearchQuery = z.output<typeof Search>;

export const searchPayments = endpoint({
  name: 'searchPayments',
  role: 'viewer',
  method: 'get',
  path: '/api/payments',
  summary: 'Find payments, newest first',
  description: 'A page may be short or empty although `nextCursor` is not null: go on until it is.',
  params: Nothing,
  query: Search,
  body: null,
  answers: {
    200: { says: 'A page.', schema: z.strictObject({ items: z.array(PaymentJson), nextCursor: z.string().nullable() }) },
  },
  problems: ['invalid_request', 'unauthenticated', 'too_many_requests', 'books_unavailable'],
});

export const readPayment = endpoint({
  name: 'readPayment',
  role: 'viewer',
  method: 'get',
  path: '/api/payments/{paymentRequestId}',
  summary: 'Read a payment',
  params: PaymentPath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'The payment as it now stands.', schema: PaymentJson } },
  problems: ['unauthenticated', 'not_found', 'too_many_requests', 'books_unavailable'],
});

export const readTimeline = endpoint({
  name: 'readTimeline',
  role: 'viewer',
  method: 'get',
  path: '/api/payments/{paymentRequestId}/timeline',
  summary: 'Everything that happened to a payment, oldest first',
  params: PaymentPath,
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(500).optional(),
    cursor: z
      .string()
      .regex(/^\d{1,9}$/, 'is not a cursor of this bridge')
      .optional(),
  }),
  body: null,
  answers: {
    200: {
      says: 'The payment and a stretch of its timeline: go on until `nextCursor` is null. `leftOut`: older records, too many to be put in order.',
      schema: z.strictObject({
        payment: PaymentJson,
        timeline: z.array(z.strictObject({ at: z.string(), what: z.string(), detail: z.record(z.string(), z.unknown()) })),
        nextCursor: z.string().nullable(),
        leftOut: z.number(),
      }),
    },
  },
  problems: ['invalid_request', 'unauthenticated', 'not_found', 'too_many_requests', 'books_unavailable'],
});

export const inquirePayment = endpoint({
  name: 'inquirePayment',
  role: 'operator',
  method: 'post',
  path: '/api/payments/{paymentRequestId}/inquire',
  summary: 'Ask the upstream now',
  params: PaymentPath,
  query: Nothing,
  body: null,
  answers: { 202: { says: 'The question is on its way; the payment as it stood.', schema: PaymentJson } },
  problems: ['unauthenticated', 'forbidden', 'not_found', 'too_many_requests', 'books_unavailable', 'stopping'],
});

export const cancelPayment = endpoint({
  name: 'cancelPayment',
  role: 'operator',
  method: 'post',
  path: '/api/payments/{paymentRequestId}/cancel',
  summary: 'Ask for a cancel, as a till does',
  params: PaymentPath,
  query: Nothing,
  body: null,
  answers: {
    202: { says: 'The cancel is under way. It is no promise: the payment may still end `paid`.', schema: PaymentJson },
    200: { says: 'The payment was already cancelled.', schema: PaymentJson },
  },
  problems: [
    'unauthenticated',
    'forbidden',
    'not_found',
    'not_cancellable',
    'too_many_requests',
    'books_unavailable',
    'stopping',
  ],
});

export const undoPayment = endpoint({
  name: 'undoPayment',
  role: 'operator',
  method: 'post',
  path: '/api/payments/{paymentRequestId}/undo',
  summary: 'Undo a payment as a whole, as a till does',
  params: PaymentPath,
  query: Nothing,
  body: null,
  answers: {
    202: { says: 'The undo is under way.', schema: PaymentJson },
    200: { says: 'The payment was already cancelled.', schema: PaymentJson },
  },
  problems: [
    'unauthenticated',
    'forbidden',
    'not_found',
    'not_cancellable',
    'not_refundable',
    'too_many_requests',
    'books_unavailable',
    'stopping',
  ],
});
