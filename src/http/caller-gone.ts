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
  // The request itself counts as destroyed as soon as its body is read, and an answer that stands behind another one of its connection
  // never closes; only the connection tells.
  const { socket } = ctx.req;
  if (stopping.aborted || ctx.res.closed || socket.destroyed) end();
  stopping.addEventListener('abort', end);
  ctx.res.once('close', end);
  socket.once('close', end);
  return {
    ended: ended.signal,
    release() {
      stopping.removeEventListener('abort', end);
      ctx.res.off('close', end);
      socket.off('close', end);
    },
  };
}
