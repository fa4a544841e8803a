import cors from '@koa/cors';
import Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import helmet from 'koa-helmet';
import { BridgeError } from '../base/bridge-error.js';
import { errorText, type Log } from '../base/log.js';
import { createFrontDoor, type FrontDoor, type FrontDoorRules } from './access.js';
import { awaitsContinue } from './body.js';
import { createPlaces } from './places.js';
import { answerProblem, Problem } from './problem.js';
import { giveTraceId, traceIdOf } from './trace.js';

/** What a listener's pages on other origins may send and read. */
export interface CorsRules {
  readonly methods: readonly string[];
  /** At least one: @koa/cors takes an empty list for leave to send any. */
  readonly requestHeaders: readonly [string, ...string[]];
  readonly exposedHeaders: readonly string[];
  /** Cookies may come along; false where callers show a key. */
  readonly credentials: boolean;
}

/** What the front of every listener is made of. */
export interface HttpAppParts {
  /** Name of the listener in the logs: `terminal`, `upstream`, `backOffice`. */
  readonly listener: string;
  readonly frontDoor: FrontDoorRules;
  readonly cors: CorsRules;
  readonly log: Log;
  /** Calls under way at once, 429 beyond; left out where a gate of its own counts them. */
  readonly callsAtOnce?: number;
  /** In order; whatever none of them takes is a 404 or a 405. */
  readonly routers: readonly Router[];
}

/** A Koa application whose every answer has a trace id, safe headers and, when it is an error, a problem document. */
export function createHttpApp(parts: HttpAppParts): Koa {
  const app = new Koa();
  const door = createFrontDoor(parts.frontDoor);
  app.use(giveTraceId);
  app.use(problems(parts.log, parts.listener));
  app.use(safeHeaders(parts.frontDoor.secure));
  app.use(hostRule(door));
  app.use(originRule(door));
  app.use(corsAnswers(parts.cors));
  if (parts.callsAtOnce !== undefined) app.use(roomRule(parts.callsAtOnce));
  for (const router of parts.routers) app.use(router.routes() as Middleware);
  app.use(new Router().allowedMethods() as Middleware);
  // What arrives here could not be answered any more: mostly callers who hung up in the middle of a stream.
  app.on('error', (error: unknown) => parts.log.info('answer broke off', { listener: parts.listener, error: errorText(error) }));
  return app;
}

function problems(log: Log, listener: string): Middleware {
  return async (ctx, next) => {
    const problem = await problemOf(ctx, next);
    // A caller that was never told to go on with its body can not be sure where its next request begins.
    if (awaitsContinue(ctx.req)) ctx.set('Connection', 'close');
    if (problem === undefined) return;
    const traceId = traceIdOf(ctx);
    const fields = { listener, traceId, status: problem.status, errorCode: problem.code };
    if (problem.status < 500) log.info('call refused', fields);
    else if (problem.code === 'internal_error') log.error('call failed', { ...fields, error: causeText(problem) });
    else log.warn('call failed', { ...fields, error: causeText(problem) });
    answerProblem(ctx, problem, traceId);
  };
}

async function problemOf(ctx: Context, next: () => Promise<unknown>): Promise<Problem | undefined> {
  try {
    await next();
  } catch (error) {
    return asProblem(error);
  }
  const unanswered = ctx.body === undefined || ctx.body === null;
  if (ctx.status === 404 && unanswered && ctx.respond !== false)
    return new Problem('not_found', 'There is nothing at this address.');
  if (ctx.status === 405 || ctx.status === 501) {
    const allowed = ctx.response.get('Allow');
    if (allowed === '') return new Problem('not_found', 'There is nothing at this address.');
    return new Problem('method_not_allowed', `This address takes ${allowed}.`);
  }
  return undefined;
}

/** Whatever was thrown, as what the caller hears. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BridgeError && error.code.startsWith('books.')) {
    return new Problem(
      'books_unavailable',
      'The books cannot be used at the moment. What was asked may or may not be done: ask again.',
      {
        retryAfterSeconds: 5,
        cause: error,
      },
    );
  }
  return new Problem('internal_error', 'Something went wrong in the bridge. What was asked may or may not be done: ask again.', {
    cause: error,
  });
}

function causeText(problem: Problem): string {
  return problem.cause === undefined ? problem.message : errorText(problem.cause);
}

function safeHeaders(secure: boolean): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
    },
    strictTransportSecurity: secure,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}

/** Runs before anything of the body is read: a page that rebinds its name to this machine gets no further. */
function hostRule(door: FrontDoor): Middleware {
  return async (ctx, next) => {
    const named = ctx.req.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length;
    const target = ctx.req.url ?? '';
    const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target);
    if (named !== 1 || !door.admitsHost(ctx.req.headers.host) || (absolute !== null && !door.admitsHost(absolute[1]))) {
      throw new Problem('host_not_allowed', 'This host name is not served here; name it in allowedHosts of the listener.');
    }
    await next();
  };
}

function originRule(door: FrontDoor): Middleware {
  return async (ctx, next) => {
    const origin = ctx.req.headers.origin;
    if (origin !== undefined && !door.admitsOrigin(origin, ctx.req.headers.host ?? '')) {
      throw new Problem('forbidden', 'Pages of this origin may not call; name it in allowedOrigins of the listener.');
    }
    await next();
  };
}

/** Bounds what is held in memory at once, bodies above all. */
function roomRule(callsAtOnce: number): Middleware {
  const places = createPlaces({ perHolder: callsAtOnce, inAll: callsAtOnce });
  return async (_ctx, next) => {
    const leave = places.take('');
    if (leave === undefined) throw new Problem('too_many_requests', 'Too many calls are under way here. Come back later.');
    await next().finally(leave);
  };
}

/** Stands behind the Origin rule: every origin that comes this far may hear the answer. */
function corsAnswers(rules: CorsRules): Middleware {
  return cors({
    origin: (ctx) => ctx.get('Origin'),
    allowMethods: rules.methods,
    allowHeaders: rules.requestHeaders,
    exposeHeaders: rules.exposedHeaders,
    credentials: rules.credentials,
    maxAge: 600,
    privateNetworkAccess: true,
  });
}
