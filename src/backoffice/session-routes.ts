import type Router from '@koa/router';
import { z } from 'zod';
import { utcText } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { Problem } from '../http/problem.js';
import type { BackOfficeGate, Caller } from './backoffice-gate.js';
import { createBackOfficeRouter, endpoint } from './backoffice-router.js';
import { ROLES } from './people.js';
import type { SessionDesk } from './session-desk.js';

const Nothing = z.strictObject({});

const SessionJson = z
  .strictObject({
    name: z.string(),
    role: z.enum(ROLES),
    csrfToken: z
      .string()
      .nullable()
      .meta({ description: 'To be sent as X-CSRF-Token with every call but GET. null for an API key.' }),
    endsAt: z.string().nullable().meta({ description: 'Unless somebody calls before. null for an API key.' }),
  })
  .meta({ id: 'Session' });

const beginSession = endpoint({
  name: 'beginSession',
  role: 'anyone',
  method: 'post',
  path: '/api/session',
  summary: 'Log in',
  description:
    'Sets the cookie of the session. Ten wrong passwords lock the name for 30 minutes (429 with Retry-After). A person has twenty sessions at most; the one that was quiet longest ends.',
  params: Nothing,
  query: Nothing,
  body: z.strictObject({ name: z.string().min(1).max(64), password: z.string().min(1).max(1024) }).meta({ id: 'Login' }),
  answers: { 200: { says: 'Logged in.', schema: SessionJson } },
  problems: [
    'invalid_request',
    'unauthenticated',
    'body_too_large',
    'unsupported_media_type',
    'too_many_requests',
    'books_unavailable',
  ],
});

const readSession = endpoint({
  name: 'readSession',
  role: 'viewer',
  method: 'get',
  path: '/api/session',
  summary: 'Who am I',
  params: Nothing,
  query: Nothing,
  body: null,
  answers: { 200: { says: 'The person, and the token of the session.', schema: SessionJson } },
  problems: ['unauthenticated', 'too_many_requests', 'books_unavailable'],
});

const endSession = endpoint({
  name: 'endSession',
  role: 'viewer',
  method: 'delete',
  path: '/api/session',
  summary: 'Log out',
  params: Nothing,
  query: Nothing,
  body: null,
  answers: { 204: { says: 'The session has ended.', schema: z.undefined() } },
  problems: ['unauthenticated', 'forbidden', 'too_many_requests', 'books_unavailable'],
});

/** The calls of sessions, for the API description. */
export const SESSION_ENDPOINTS = [beginSession, readSession, endSession] as const;

/** `POST`, `GET` and `DELETE /api/session`. */
export function sessionRoutes(parts: {
  readonly sessions: SessionDesk;
  readonly gate: BackOfficeGate;
  readonly log: Log;
}): Router {
  const { sessions, gate } = parts;
  const { router, route, open } = createBackOfficeRouter(parts);

  open(beginSession, async ({ body }, _who, ctx) => {
    gate.admitLogin(ctx);
    const login = await sessions.open(body.name, body.password, gate.shownToken(ctx));
    if (login.kind !== 'open') throw loginProblem(login);
    const { person, csrfToken, endsAt, token } = login;
    return {
      status: 200,
      body: { name: person.name, role: person.role, csrfToken, endsAt: utcText(endsAt) },
      headers: { 'Set-Cookie': gate.cookieText(token) },
    };
  });
  route(readSession, async (_asked, { person, session }: Caller) => ({
    status: 200,
    body: {
      name: person.name,
      role: person.role,
      csrfToken: session?.csrfToken ?? null,
      endsAt: session === undefined ? null : utcText(session.endsAt),
    },
  }));
  route(endSession, async (_asked, _caller, ctx) => {
    const token = gate.shownToken(ctx);
    if (token !== undefined) await sessions.end(token);
    return { status: 204, body: undefined, headers: { 'Set-Cookie': gate.cookieText(null) } };
  });
  return router;
}

/** Says the same of a name nobody has as of a wrong password. */
function loginProblem(login: { kind: 'wrong' } | { kind: 'busy' } | { kind: 'locked'; leftMs: number }): Problem {
  switch (login.kind) {
    case 'wrong':
      return new Problem('unauthenticated', 'Name or password is wrong.');
    case 'locked':
      return new Problem('too_many_requests', 'Too many wrong passwords for this name. Try again later.', {
        retryAfterSeconds: Math.ceil(login.leftMs / 1000),
      });
    case 'busy':
      return new Problem('too_many_requests', 'Too many people log in at this moment. Try again.', { retryAfterSeconds: 3 });
  }
}
