import type { AnyEndpoint } from '../http/guard.js';
import { PaymentJson, ReceiptJson, RefundJson, RefundListJson } from './payment-schemas.js';
import { Nothing, PaymentPath, ReceiptQuery, RefundIn, RefundPath } from './sale-schemas.js';
import { endpoint, UNKNOWN_OUTCOME } from './terminal-endpoint.js';

/** The calls about money that goes back, and the receipt, as data (till API contract). */

const WRITING = [
  'invalid_request',
  'unauthenticated',
  'forbidden',
  'not_found',
  'body_too_large',
  'unsupported_media_type',
  'too_many_requests',
  'books_unavailable',
  'stopping',
] as const;
const READING = ['unauthenticated', 'not_found', 'too_many_requests', 'books_unavailable'] as const;

export const startRefund = endpoint({
  name: 'startRefund',
  method: 'post',
  path: '/v1/payments/{paymentRequestId}/refunds',
  summary: 'Refund a part, or all, of a paid payment',
  description: `Answers at once, or with \`Prefer: wait=N\` when the upstream has decided or N seconds have passed (at most 25). A refund may stay \`pending\` or \`in_doubt\`: it is repeated until the upstream decides, and its amount counts as used up. The sum of all refunds that are not \`refused\` never exceeds the payment. Needs the right \`refund\`. ${UNKNOWN_OUTCOME}`,
  params: PaymentPath,
  query: Nothing,
  body: RefundIn,
  answers: {
    201: { says: 'A new refund.', schema: RefundJson },
    200: { says: 'The same refund was asked for before: it as it now stands.', schema: RefundJson },
  },
  problems: [...WRITING, 'refund_conflict', 'refund_exceeds_payment', 'not_refundable'],
});

export const listRefunds = endpoint({
  name: 'listRefunds',
  method: 'get',
  path: '/v1/payments/{paymentRequestId}/refunds',
  summary: 'The refunds of a payment',
  params: PaymentPath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'All of them.', schema: RefundListJson } },
  problems: READING,
});

export const readRefund = endpoint({
  name: 'readRefund',
  method: 'get',
  path: '/v1/payments/{paymentRequestId}/refunds/{refundReference}',
  summary: 'Read a refund',
  params: RefundPath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'The refund as it now stands.', schema: RefundJson } },
  problems: READING,
});

export const undoPayment = endpoint({
  name: 'undoPayment',
  method: 'post',
  path: '/v1/payments/{paymentRequestId}/undo',
  summary: 'Undo a payment as a whole',
  description: `Idempotent, without a body; one undo per payment. Not paid yet: as the cancel. Paid: the upstream's cancel when nothing was refunded and the day's window is open, else a refund of what is left; \`state\` stays \`paid\`, \`undo\` says how it stands. A paid payment needs the right \`refund\`. ${UNKNOWN_OUTCOME}`,
  params: PaymentPath,
  query: Nothing,
  body: null,
  answers: {
    202: { says: 'The undo or cancel is under way, or the undo came to its end before.', schema: PaymentJson },
    200: { says: 'The payment was already cancelled.', schema: PaymentJson },
  },
  problems: [...WRITING, 'not_cancellable', 'not_refundable'],
});

export const readReceipt = endpoint({
  name: 'readReceipt',
  method: 'get',
  path: '/v1/payments/{paymentRequestId}/receipt',
  summary: "The customer's receipt",
  description:
    'As data, or with `?format=text` as plain text in 32 columns. The brand line has to be printed where there is one. An undone or refunded payment says so first.',
  params: PaymentPath,
  query: ReceiptQuery,
  body: null,
  answers: { 200: { says: 'The receipt; plain text with `format=text`.', schema: ReceiptJson } },
  problems: ['invalid_request', ...READING, 'not_paid'],
});

/** All of them, in the order of the description. */
export const GIVE_BACK_ENDPOINTS: readonly AnyEndpoint[] = [startRefund, listRefunds, readRefund, undoPayment, readReceipt];
