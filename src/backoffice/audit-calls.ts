import type Router from '@koa/router';
import { z } from 'zod';
import { type Instant, utcText } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { createBackOfficeRouter, endpoint } from './backoffice-router.js';

/** An act of a person as it stands in the trail. */
export interface TrailAct {
  readonly seq: number;
  readonly at: Instant;
  readonly who: string;
  readonly what: string;
  readonly about: string;
  readonly why: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly hash: string;
}

/** What looking through the whole trail found. */
export type TrailReport =
  | { readonly kind: 'whole'; readonly acts: number; readonly head: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly why: string };

/** Port: the trail of acts. Implemented by `books/act-books.ts`. */
export interface Trail {
  /** Newest first, those before the act number `before`. */
  list(wish: {
    readonly who: string | null;
    readonly what: string | null;
    readonly before: string | null;
    readonly limit: number;
  }): Promise<readonly TrailAct[]>;
  verify(): Promise<TrailReport>;
}

/** Whoever asks while it is being verified gets the same answer: a long trail is read once. */
export function verifyTogether({ list, verify }: Trail): Trail {
  let running: Promise<TrailReport> | undefined;
  return {
    list,
    verify() {
      running ??= verify().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

const USUAL_PAGE = 20;
const Nothing = z.strictObject({});

const listActs = endpoint({
  name: 'listActs',
  role: 'viewer',
  method: 'get',
  path: '/api/audit',
  summary: 'What people did, newest first',
  params: Nothing,
  query: z.strictObject({
    who: z.string().min(1).max(128).optional().meta({ description: 'The whole name.' }),
    what: z.string().min(1).max(64).optional().meta({ description: 'The kind of act, like `ruling.confirm`.' }),
    limit: z.coerce.number().int().min(1).max(100).optional(),
    cursor: z
      .string()
      .regex(/^[0-9]{1,15}$/, 'is no cursor of this list')
      .optional(),
  }),
  body: null,
  answers: {
    200: {
      says: 'A page of the trail.',
      schema: z.strictObject({
        items: z.array(
          z
            .strictObject({
              seq: z.number(),
              at: z.string(),
              who: z.string(),
              what: z.string(),
              about: z.string(),
              why: z.string(),
              detail: z.record(z.string(), z.unknown()),
              hash: z.string().meta({ description: 'SHA-256 over this act and the hash before it.' }),
            })
            .meta({ id: 'Act' }),
        ),
        nextCursor: z.string().nullable(),
      }),
    },
  },
  problems: ['invalid_request', 'unauthenticated', 'too_many_requests', 'books_unavailable'],
});

const verifyActs = endpoint({
  name: 'verifyActs',
  role: 'viewer',
  method: 'post',
  path: '/api/audit/verify',
  summary: 'Compute every hash of the trail anew',
  params: Nothing,
  query: Nothing,
  body: null,
  answers: {
    200: {
      says: 'What was found.',
      schema: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('whole'), acts: z.number(), head: z.string() }),
        z.strictObject({ kind: z.literal('broken'), seq: z.number(), why: z.string() }),
      ]),
    },
  },
  problems: ['unauthenticated', 'too_many_requests', 'books_unavailable'],
});

/** `/api/audit`. */
export function auditRoutes(parts: { readonly trail: Trail; readonly gate: BackOfficeGate; readonly log: Log }): Router {
  const { router, route } = createBackOfficeRouter(parts);
  const { trail } = parts;
  route(listActs, async ({ query: { who = null, what = null, limit = USUAL_PAGE, cursor } }) => {
    const found = await trail.list({ who, what, before: cursor ?? null, limit: limit + 1 });
    const items = found.slice(0, limit).map((act) => ({ ...act, at: utcText(act.at) }));
    return { status: 200, body: { items, nextCursor: found.length > limit ? String(items.at(-1)?.seq) : null } };
  });
  route(verifyActs, async () => ({ status: 200, body: await trail.verify() }));
  return router;
}

/** For the API description. */
export const AUDIT_ENDPOINTS = [listActs, verifyActs] as const;
