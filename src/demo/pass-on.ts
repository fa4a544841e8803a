import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Context, Middleware } from 'koa';
import { readRawBody, TERMINAL_BODY_LIMIT } from '../http/body.js';
import { Problem } from '../http/problem.js';

/** Where calls are passed on to. */
export interface PassOnParts {
  /** As in `http://127.0.0.1:8480`. */
  readonly url: string;
  /** Added to every call; the page never holds it. */
  readonly headers: Readonly<Record<string, string>>;
  /** What stands before the other listener's path, as in `/tills/T02`, and does not go along. */
  readonly under?: string;
  /** Headers of the page that go along, lower case. */
  readonly requestHeaders: readonly string[];
  /** Headers of the answer that come back, lower case. */
  readonly answerHeaders: readonly string[];
}

/**
 * Passes a call of the page on to another listener of this process, streams included. The Host and Origin rules of
 * the demo's own listener have been kept before; a listener that cannot be reached is a 503 `stopping`.
 */
export function passOn(parts: PassOnParts): Middleware {
  return async (ctx) => {
    const body = ctx.method === 'GET' || ctx.method === 'HEAD' ? undefined : await readRawBody(ctx, TERMINAL_BODY_LIMIT);
    const answer = await send(parts, ctx, body);
    ctx.status = answer.statusCode ?? 502;
    for (const name of parts.answerHeaders) {
      const value = answer.headers[name];
      if (value !== undefined) ctx.set(name, value);
    }
    // Everybody on the way of a stream listens for its end; Node takes more than ten for a leak.
    ctx.res.setMaxListeners(0);
    // A page that leaves must end the stream behind it too.
    ctx.res.once('close', () => answer.destroy());
    ctx.flushHeaders();
    ctx.body = answer;
  };
}

function send(parts: PassOnParts, ctx: Context, body: Buffer | undefined): Promise<IncomingMessage> {
  const headers: Record<string, string> = { ...parts.headers };
  for (const name of parts.requestHeaders) {
    const value = ctx.get(name);
    if (value !== '') headers[name] = value;
  }
  if (body !== undefined) headers['content-length'] = String(body.length);
  return new Promise((resolve, reject) => {
    // Member by member: a request line may name another host, and the key must not go there.
    const target = new URL(parts.url);
    target.pathname = ctx.path.slice((parts.under ?? '').length);
    target.search = ctx.search;
    const call: ClientRequest = request(target, { method: ctx.method, headers }, resolve);
    call.once('error', (cause) => reject(new Problem('stopping', 'This part of the demo cannot be reached.', { cause })));
    ctx.res.once('close', () => {
      if (!ctx.res.writableEnded) call.destroy();
    });
    call.end(body);
  });
}
