import type Router from '@koa/router';
import { z } from 'zod';
import { type Instant, utcText } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { createBackOfficeRouter, endpoint } from './backoffice-router.js';

/** A notification that was authentic and fitted nothing, with its exact bytes. */
export interface QuarantinedNotification {
  readonly id: string;
  readonly receivedAt: Instant;
  readonly upstreamId: string;
  readonly path: string;
  /** The payment it named, when there is one of that id. */
  readonly paymentRequestId: string | null;
  readonly why: string;
  readonly verdict: string;
  readonly headers: unknown;
  readonly body: Uint8Array;
  readonly bodySha256: string;
}

/** Port: what stands in quarantine, newest first; `before` leaves out this id and every newer one. */
export type ReadQuarantine = (wish: {
  readonly limit: number;
  readonly before: string | null;
}) => Promise<readonly QuarantinedNotification[]>;

const QuarantinedJson = z
  .strictObject({
    id: z.string(),
    receivedAt: z.string(),
    upstreamId: z.string(),
    path: z.string(),
    paymentRequestId: z.string().nullable(),
    why: z.string().meta({ description: 'What it did not fit.' }),
    verdict: z.string().meta({ description: 'Of its signature.' }),
    headers: z.unknown(),
    body: z.string().meta({ description: 'As text; `bodyBase64` holds the exact bytes.' }),
    bodyBase64: z.string(),
    bodySha256: z.string(),
  })
  .meta({ id: 'QuarantinedNotification' });

const USUAL_PAGE = 20;

export const listQuarantine = endpoint({
  name: 'listQuarantine',
  role: 'viewer',
  method: 'get',
  path: '/api/quarantine',
  summary: 'Notifications that were authentic and fitted nothing',
  description: 'Newest first. Each was acknowledged, kept with its bytes, and paid nothing.',
  params: z.strictObject({}),
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(100).optional(),
    cursor: z
      .string()
      .regex(/^[0-9]{1,15}$/, 'is no cursor of this list')
      .optional(),
  }),
  body: null,
  answers: {
    200: {
      says: 'A page of the list.',
      schema: z.strictObject({ items: z.array(QuarantinedJson), nextCursor: z.string().nullable() }),
    },
  },
  problems: ['invalid_request', 'unauthenticated', 'too_many_requests', 'books_unavailable'],
});

/** `/api/quarantine`. */
export function quarantineRoutes(parts: {
  readonly readQuarantine: ReadQuarantine;
  readonly gate: BackOfficeGate;
  readonly log: Log;
}): Router {
  const { router, route } = createBackOfficeRouter(parts);
  route(listQuarantine, async ({ query: { limit = USUAL_PAGE, cursor } }) => {
    const found = await parts.readQuarantine({ limit: limit + 1, before: cursor ?? null });
    const items = found.slice(0, limit).map(({ body, receivedAt, ...rest }) => ({
      ...rest,
      receivedAt: utcText(receivedAt),
      body: Buffer.from(body).toString('utf8'),
      bodyBase64: Buffer.from(body).toString('base64'),
    }));
    return { status: 200, body: { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null } };
  });
  return router;
}
