import type { Context } from 'koa';

/** Tells when nobody waits for an answer any more. */
export interface Waiting {
  /** Aborted when the caller hung up or the bridge stops. */
  readonly ended: AbortSignal;
  /** Lets go of everything; call it when the answer is made. */
  release(): void;
}

/** Watches one call for as long as its answer is being waited for. */
export function whileWaiting(ctx: Context, stopping: AbortSignal): Waiting {
  const ended = new AbortController();
  const end = () => ended.abort();
  // The request itself counts as destroyed as soon as its body is read; only the connection tells.
  if (stopping.aborted || ctx.res.closed || ctx.req.socket.destroyed) end();
  stopping.addEventListener('abort', end);
  ctx.res.once('close', end);
  return {
    ended: ended.signal,
    release() {
      stopping.removeEventListener('abort', end);
      ctx.res.off('close', end);
    },
  };
}
