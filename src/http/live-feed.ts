import { PassThrough } from 'node:stream';
import type { Context } from 'koa';
import type { Clock } from '../base/clock.js';
import { whileWaiting } from './caller-gone.js';

/** What the feed is made of. */
export interface LiveFeedParts {
  /** Everything the page shows; plain data. */
  readonly state: () => unknown;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

const LOOK_EVERY_MS = 120;
const COMMENT_EVERY_MS = 15_000;
/** A page that takes nothing any more is let go; it comes back by itself. */
const MOST_WAITING_BYTES = 1_000_000;

/** Answers with server-sent events `state`: at once, and whenever the state differs from the one sent before. */
export function createLiveFeed(parts: LiveFeedParts): (ctx: Context) => void {
  return (ctx) => {
    const waiting = whileWaiting(ctx, parts.stopping);
    const out = new PassThrough();
    ctx.status = 200;
    ctx.set('Content-Type', 'text/event-stream; charset=utf-8');
    ctx.set('Cache-Control', 'no-store');
    ctx.body = out;
    ctx.flushHeaders();
    void tell(parts, out, waiting.ended).finally(() => {
      waiting.release();
      out.end();
    });
  };
}

async function tell({ state, clock }: LiveFeedParts, out: PassThrough, ended: AbortSignal): Promise<void> {
  let told = '';
  let commentAt = clock.elapsedMs() + COMMENT_EVERY_MS;
  while (!ended.aborted && out.writableLength < MOST_WAITING_BYTES) {
    const now = JSON.stringify(state());
    if (now !== told) out.write(`event: state\ndata: ${now}\n\n`);
    told = now;
    if (clock.elapsedMs() >= commentAt) {
      out.write(': still here\n\n');
      commentAt = clock.elapsedMs() + COMMENT_EVERY_MS;
    }
    await clock.sleep(LOOK_EVERY_MS, ended);
  }
}
