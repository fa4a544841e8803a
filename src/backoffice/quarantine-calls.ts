import type Router from '@koa/router';
import { z } from 'zod';
import { type Instant, utcText } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { createBackOfficeRouter, endpoint } from './backoffice-router.js';
import * as dealing from './dealing.js';

/** A notification that was authentic and fitted nothing, with its exact bytes. */
export interface QuarantinedNotification extends dealing.Waiting {
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
    dealtWith: dealing.DealtJson.nullable(),
  })
  .meta({ id: 'QuarantinedNotification' });

const listQuarantine = endpoint({
  name: 'listQuarantine',
  role: 'viewer',
  method: 'get',
  path: '/api/quarantine',
  summary: 'Notifications that were authentic and fitted nothing',
  description: 'Newest first. Each was acknowledged, kept with its bytes, and paid nothing.',
  params: z.strictObject({}),
  query: dealing.ListQuery,
  body: null,
  answers: {
    200: {
      says: 'A page of the list.',
      schema: z.strictObject({ items: z.array(QuarantinedJson), nextCursor: z.string().nullable() }),
    },
  },
  problems: ['invalid_request', 'unauthenticated', 'too_many_requests', 'books_unavailable'],
});

const dealWithQuarantined = endpoint({
  name: 'dealWithQuarantined',
  role: 'operator',
  method: 'post',
  path: '/api/quarantine/{id}/dealt-with',
  summary: 'Say that somebody has dealt with it',
  description: 'It stays in the list, with who, when and why.',
  params: dealing.IdPath,
  query: z.strictObject({}),
  body: dealing.DealingIn,
  answers: { 200: { says: 'It is dealt with.', schema: QuarantinedJson } },
  problems: dealing.DEALING_PROBLEMS,
});

function quarantinedView({ body, ...one }: QuarantinedNotification): z.output<typeof QuarantinedJson> {
  return {
    ...one,
    receivedAt: utcText(one.receivedAt),
    body: Buffer.from(body).toString('utf8'),
    bodyBase64: Buffer.from(body).toString('base64'),
    dealtWith: dealing.dealtView(one),
  };
}

/** `/api/quarantine`. */
export function quarantineRoutes(parts: {
  readonly quarantine: dealing.DealingParts<QuarantinedNotification>;
  readonly gate: BackOfficeGate;
  readonly log: Log;
}): Router {
  const { router, route } = createBackOfficeRouter(parts);
  const { quarantine } = parts;
  route(listQuarantine, async ({ query }) => ({
    status: 200,
    body: await dealing.listPage(quarantine.books, query, quarantinedView),
  }));
  route(dealWithQuarantined, async ({ params, body }, { person }) => ({
    status: 200,
    body: quarantinedView(await dealing.deal(quarantine, person, params.id, body.reason)),
  }));
  return router;
}

/** For the API description. */
export const QUARANTINE_ENDPOINTS = [listQuarantine, dealWithQuarantined] as const;
