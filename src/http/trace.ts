import { randomBytes } from 'node:crypto';
import type { Context, Middleware } from 'koa';

/** The id under which one call is found in the logs; in every problem document and in the header `X-Trace-Id`. 32 hex digits. */
export function traceIdOf(ctx: Context): string {
  const { traceId } = ctx.state as { traceId?: unknown };
  return typeof traceId === 'string' ? traceId : '';
}

/** A fresh trace id. */
export function newTraceId(): string {
  return randomBytes(16).toString('hex');
}

/** Gives every call its trace id. Ids of the caller are not taken over: they could be anything. */
export const giveTraceId: Middleware = async (ctx, next) => {
  const traceId = newTraceId();
  ctx.state['traceId'] = traceId;
  ctx.set('X-Trace-Id', traceId);
  await next();
};
