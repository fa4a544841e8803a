import type { Context, Middleware } from 'koa';
import type { Clock } from '../base/clock.js';
import { bearerKey } from '../http/access.js';
import { Problem } from '../http/problem.js';
import { createTokenBuckets } from '../http/token-buckets.js';
import { type Person, type Role, roleCovers } from './people.js';
import { type LiveSession, type SessionDesk, sameText } from './session-desk.js';

/** Calls with a key or a cookie that nobody has, from one address. */
const STRANGERS_PER_MINUTE = 60;
/** Names and passwords tried from one address, right ones too: each takes a thread for a while, and one after the other. */
const LOGINS_PER_MINUTE = 60;
/** Calls of one person, and of all together. */
const PERSON_PER_SECOND = 50;
const ALL_PER_SECOND = 200;

/** Who a call comes from, and by which session; `session` undefined for an API key. */
export interface Caller {
  readonly person: Person;
  readonly session: LiveSession | undefined;
}

/** Somebody with a session. */
export interface SessionCaller extends Caller {
  readonly session: LiveSession;
}

/** Who may come in, and what for. */
export interface BackOfficeGate {
  /** `csrfToken` as a form carried it, else that of the header. Throws a `Problem`: 401 for whoever is not known, 403 without the role or the CSRF token, 429 for too many calls. */
  admit(ctx: Context, role: Role, csrfToken?: string): Promise<Caller>;
  /** The same for what a page asks by itself: it does not keep a session alive. */
  glance(ctx: Context, role: Role): Promise<Caller>;
  /** The same as `admit` without the token of a session: for bodies that carry it inside, whose reader compares it. Sessions only. */
  admitBeforeBody(ctx: Context, role: Role): Promise<SessionCaller>;
  /** The same as middleware, for routes that read their bodies themselves; then `ctx.state.caller` says who. */
  needs(role: Role): Middleware;
  /** Before a name and a password are looked at. Throws a `Problem`: 429 where too many come from one address. */
  admitLogin(ctx: Context): void;
  /** The value of the session's cookie, as shown. */
  shownToken(ctx: Context): string | undefined;
  /** The `Set-Cookie` that gives a session, or takes it away (null). */
  cookieText(token: string | null): string;
}

export interface BackOfficeGateParts {
  readonly sessions: SessionDesk;
  /** The listener speaks TLS. */
  readonly secure: boolean;
  readonly clock: Clock;
}

/** Builds the gate of the back office. */
export function createBackOfficeGate({ sessions, secure, clock }: BackOfficeGateParts): BackOfficeGate {
  // Browsers keep a name with this prefix from being set by another host or over plain HTTP (RFC 6265bis 4.1.3.2).
  const cookieName = secure ? '__Host-ocbridge' : 'ocbridge';
  const ofStrangers = createTokenBuckets({ perSecond: STRANGERS_PER_MINUTE / 60, burst: STRANGERS_PER_MINUTE }, clock);
  const ofLogins = createTokenBuckets({ perSecond: LOGINS_PER_MINUTE / 60, burst: LOGINS_PER_MINUTE }, clock);
  const ofPerson = createTokenBuckets({ perSecond: PERSON_PER_SECOND, burst: 4 * PERSON_PER_SECOND }, clock);
  const ofAll = createTokenBuckets({ perSecond: ALL_PER_SECOND, burst: 4 * ALL_PER_SECOND }, clock);

  /** Two cookies of one name come from two places: neither is believed. */
  const shownToken = (ctx: Context) => {
    const shown = (ctx.req.headers.cookie ?? '')
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part.startsWith(`${cookieName}=`))
      .map((part) => part.slice(cookieName.length + 1));
    return shown.length === 1 && /^[A-Za-z0-9_-]{43}$/.test(shown[0] ?? '') ? shown[0] : undefined;
  };

  async function callerOfCall(ctx: Context, csrfToken: string | null, isGlance: boolean): Promise<Caller> {
    const authorization = ctx.get('Authorization');
    if (authorization !== '') {
      const key = bearerKey(authorization);
      const person = key === undefined ? undefined : await sessions.findByKey(key);
      if (person === undefined) throw unknownCaller('This API key is not known.');
      return { person, session: undefined };
    }
    const token = shownToken(ctx);
    const session = token === undefined ? undefined : await sessions.find(token, isGlance);
    if (session === undefined) throw unknownCaller('Log in, or send an API key as "Authorization: Bearer <key>".');
    if (csrfToken !== null) requireCsrfToken(ctx, session, csrfToken);
    return { person: session.person, session };
  }

  const admitWith = async (ctx: Context, role: Role, csrfToken: string | null, isGlance = false): Promise<Caller> => {
    const caller = await callerOfCall(ctx, csrfToken, isGlance).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'unauthenticated')
        refuseAfter(ofStrangers.take(addressOf(ctx)), 'Too many calls by nobody who is known.');
      throw error;
    });
    refuseAfter(ofPerson.take(caller.person.name), 'Too many calls. Come back a little later.');
    refuseAfter(ofAll.take(''), 'All people together make too many calls. Come back a little later.');
    if (!roleCovers(caller.person.role, role))
      throw new Problem('forbidden', `This needs the role "${role}"; ${caller.person.name} is "${caller.person.role}".`);
    return caller;
  };

  const admit: BackOfficeGate['admit'] = (ctx, role, csrfToken = ctx.get('X-CSRF-Token')) => admitWith(ctx, role, csrfToken);

  return {
    admit,
    glance: (ctx, role) => admitWith(ctx, role, ctx.get('X-CSRF-Token'), true),
    async admitBeforeBody(ctx, role) {
      const { person, session } = await admitWith(ctx, role, null);
      if (session === undefined) throw unknownCaller('Log in: this is for pages.');
      return { person, session };
    },
    needs: (role) => async (ctx, next) => {
      ctx.state['caller'] = await admit(ctx, role);
      await next();
    },
    admitLogin: (ctx) => refuseAfter(ofLogins.take(addressOf(ctx)), 'Too many logins from one address.'),
    shownToken,
    cookieText(token) {
      const life = token === null ? '; Max-Age=0' : '';
      return `${cookieName}=${token ?? ''}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}${life}`;
    },
  };
}

function addressOf(ctx: Context): string {
  return ctx.req.socket.remoteAddress ?? '';
}

/** A foreign page can make a browser send the cookie, never read the token. */
function requireCsrfToken(ctx: Context, session: LiveSession, shown: string): void {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return;
  if (!sameText(shown, session.csrfToken)) throw new Problem('forbidden', 'Send the csrfToken of the session as X-CSRF-Token.');
}

function unknownCaller(detail: string): Problem {
  return new Problem('unauthenticated', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="back office"' } });
}

function refuseAfter(waitMs: number, detail: string): void {
  if (waitMs > 0) throw new Problem('too_many_requests', detail, { retryAfterSeconds: Math.ceil(waitMs / 1000) });
}
