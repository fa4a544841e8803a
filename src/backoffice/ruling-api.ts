import { z } from 'zod';
import { RULED_AS } from '../payment/decide-ruling.js';
import { endpoint } from './backoffice-router.js';
import { Reason } from './person-words.js';

const Nothing = z.strictObject({});
const RulingPath = z.object({ rulingId: z.string().regex(/^[0-9]{1,15}$/, 'is no id of a ruling') });

const ProposalIn = z.strictObject({ as: z.enum(RULED_AS), reason: Reason }).meta({ id: 'Proposal' });
const RejectionIn = z.strictObject({ reason: Reason.optional() }).optional().meta({ id: 'Rejection' });

const RulingJson = z
  .strictObject({
    id: z.string(),
    paymentRequestId: z.string(),
    as: z.enum(RULED_AS),
    reason: z.string(),
    proposedBy: z.string(),
    proposedAt: z.string(),
    state: z.enum(['open', 'confirmed', 'rejected', 'void']).meta({
      description: '`void`: evidence of the upstream ended the payment before anybody confirmed.',
    }),
    decidedBy: z.string().nullable(),
    decidedAt: z.string().nullable(),
    decidedWhy: z.string().nullable().meta({ description: 'The words of whoever rejected it.' }),
  })
  .meta({ id: 'Ruling' });

/** The JSON of a ruling. */
export type RulingView = z.output<typeof RulingJson>;

const WRITING = [
  'invalid_request',
  'unauthenticated',
  'forbidden',
  'not_found',
  'not_rulable',
  'ruling_conflict',
  'body_too_large',
  'unsupported_media_type',
  'too_many_requests',
  'books_unavailable',
  'stopping',
] as const;

export const proposeRuling = endpoint({
  name: 'proposeRuling',
  role: 'operator',
  method: 'post',
  path: '/api/payments/{paymentRequestId}/rulings',
  summary: 'Propose how a payment that needs attention ends',
  description:
    'Nothing changes until another person confirms. `failed` and `cancelled` are taken only once the order has run out. One open proposal per payment.',
  params: z.object({ paymentRequestId: z.string() }),
  query: Nothing,
  body: ProposalIn,
  answers: {
    201: { says: 'The proposal is open.', schema: RulingJson },
    200: { says: 'The same person has proposed the same before.', schema: RulingJson },
  },
  problems: WRITING,
});

export const listRulings = endpoint({
  name: 'listRulings',
  role: 'viewer',
  method: 'get',
  path: '/api/rulings',
  summary: 'Proposals and what became of them, newest first',
  params: Nothing,
  query: z.strictObject({
    open: z
      .enum(['true', 'false'])
      .optional()
      .meta({ description: 'Only those that wait for a second person, or only the others.' }),
    limit: z.coerce.number().int().min(1).max(100).optional(),
    cursor: z
      .string()
      .regex(/^[0-9]{1,15}$/, 'is not a cursor of this bridge')
      .optional(),
  }),
  body: null,
  answers: {
    200: { says: 'A page.', schema: z.strictObject({ items: z.array(RulingJson), nextCursor: z.string().nullable() }) },
  },
  problems: ['invalid_request', 'unauthenticated', 'too_many_requests', 'books_unavailable'],
});

export const confirmRuling = endpoint({
  name: 'confirmRuling',
  role: 'approver',
  method: 'post',
  path: '/api/rulings/{rulingId}/confirm',
  summary: 'Confirm what another person proposed: the payment ends',
  params: RulingPath,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'It is confirmed.', schema: RulingJson } },
  problems: WRITING,
});

export const rejectRuling = endpoint({
  name: 'rejectRuling',
  role: 'approver',
  method: 'post',
  path: '/api/rulings/{rulingId}/reject',
  summary: 'Reject what another person proposed: the payment stays as it is',
  params: RulingPath,
  query: Nothing,
  body: RejectionIn,
  answers: { 200: { says: 'It is rejected.', schema: RulingJson } },
  problems: WRITING,
});
