import { z } from 'zod';
import type { AnyEndpoint } from '../http/guard.js';
import { GIVE_BACK_ENDPOINTS } from './give-back-api.js';
import { LaneJson, PaymentJson, PaymentListJson } from './payment-schemas.js';
import { LanePath, ListQuery, Nothing, PaymentPath, ReadQuery, SaleIn } from './sale-schemas.js';
import { endpoint, UNKNOWN_OUTCOME } from './terminal-endpoint.js';

/** Every call of the terminal API as data (till API contract); routes and the API description are both read from here. */

export const startPayment = endpoint({
  name: 'startPayment',
  method: 'post',
  path: '/v1/payments',
  summary: 'Start a payment',
  description: `Answers when the code can be shown, the payment has ended, or \`Prefer: wait=N\` seconds have passed (default 3, at most 25). The same reference with the same content gives the same payment again. ${UNKNOWN_OUTCOME}`,
  params: Nothing,
  query: Nothing,
  body: SaleIn,
  answers: {
    201: { says: 'A new payment.', schema: PaymentJson },
    200: { says: 'The same sale was sent before: the same payment as it now stands.', schema: PaymentJson },
  },
  problems: [
    'invalid_request',
    'unauthenticated',
    'forbidden',
    'not_found',
    'sale_conflict',
    'lane_busy',
    'open_payment_paid',
    'body_too_large',
    'unsupported_media_type',
    'too_many_requests',
    'books_unavailable',
    'stopping',
  ],
});

export const listPayments = endpoint({
  name: 'listPayments',
  method: 'get',
  path: '/v1/payments',
  summary: 'Find payments',
  description: "By the till's own reference, by lane or by state; newest first. A key sees all payments of its lanes.",
  params: Nothing,
  query: ListQuery,
  body: null,
  answers: { 200: { says: 'A page of payments.', schema: PaymentListJson } },
  problems: ['invalid_request', 'unauthenticated', 'not_found', 'too_many_requests', 'books_unavailable'],
});

export const readPayment = endpoint({
  name: 'readPayment',
  method: 'get',
  path: '/v1/payments/{paymentRequestId}',
  summary: 'Read a payment, or wait for its next change',
  description:
    'With `afterVersion` the answer waits until `version` is higher, or for `waitSeconds`; then it is the current state.',
  params: PaymentPath,
  query: ReadQuery,
  body: null,
  answers: { 200: { says: 'The payment as it now stands.', schema: PaymentJson } },
  problems: ['invalid_request', 'unauthenticated', 'not_found', 'too_many_requests', 'books_unavailable'],
});

export const codeSvg = endpoint({
  name: 'codeSvg',
  method: 'get',
  path: '/v1/payments/{paymentRequestId}/code.svg',
  summary: 'The order code as a picture (SVG)',
  params: PaymentPath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'The QR code. 404 once it may not be shown.', mediaType: 'image/svg+xml', schema: z.string() } },
  problems: ['unauthenticated', 'not_found', 'too_many_requests', 'books_unavailable'],
});

export const codePng = endpoint({
  name: 'codePng',
  method: 'get',
  path: '/v1/payments/{paymentRequestId}/code.png',
  summary: 'The order code as a picture (PNG)',
  params: PaymentPath,
  query: Nothing,
  body: null,
  answers: {
    200: {
      says: 'The QR code. 404 once it may not be shown.',
      mediaType: 'image/png',
      schema: z.string().meta({ format: 'binary' }),
    },
  },
  problems: ['unauthenticated', 'not_found', 'too_many_requests', 'books_unavailable'],
});

export const cancelPayment = endpoint({
  name: 'cancelPayment',
  method: 'post',
  path: '/v1/payments/{paymentRequestId}/cancel',
  summary: 'Ask for a cancel',
  description: `Idempotent, without a body. 202 is no promise: the payment may still end \`paid\`. ${UNKNOWN_OUTCOME}`,
  params: PaymentPath,
  query: Nothing,
  body: null,
  answers: {
    202: { says: 'The cancel is under way.', schema: PaymentJson },
    200: { says: 'The payment was already cancelled.', schema: PaymentJson },
  },
  problems: [
    'invalid_request',
    'unauthenticated',
    'forbidden',
    'not_found',
    'not_cancellable',
    'body_too_large',
    'unsupported_media_type',
    'too_many_requests',
    'books_unavailable',
    'stopping',
  ],
});

export const readLane = endpoint({
  name: 'readLane',
  method: 'get',
  path: '/v1/lanes/{laneId}',
  summary: 'A lane: its open payment and its displays',
  params: LanePath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'The lane.', schema: LaneJson } },
  problems: ['unauthenticated', 'not_found', 'too_many_requests', 'books_unavailable'],
});

export const laneEvents = endpoint({
  name: 'laneEvents',
  method: 'get',
  path: '/v1/lanes/{laneId}/events',
  summary: 'Follow a lane (server-sent events)',
  description:
    'Events `payment` (a Payment), `display` (a LaneDisplay), `snapshot` (a Lane) and `reset` (`{}`). Ids rise strictly per lane and are kept for at least 7 days. Without `Last-Event-ID` a `snapshot` comes first; with it every later event exactly once, in order; with an unknown or too old one a `reset`, then a `snapshot`. A comment line every 15 s.',
  params: LanePath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'The stream.', mediaType: 'text/event-stream', schema: z.string() } },
  problems: ['unauthenticated', 'not_found', 'too_many_requests', 'books_unavailable', 'stopping'],
});

/** All calls with a key, in the order of the description. */
export const TERMINAL_ENDPOINTS: readonly AnyEndpoint[] = [
  startPayment,
  listPayments,
  readPayment,
  codeSvg,
  codePng,
  cancelPayment,
  ...GIVE_BACK_ENDPOINTS,
  readLane,
  laneEvents,
];
