import type { Context } from 'koa';
import type { Clock } from '../base/clock.js';
import type { Doorbell } from '../base/doorbell.js';
import { killPoint } from '../base/kill-point.js';
import { errorText, type Log } from '../base/log.js';
import { whileWaiting } from '../http/caller-gone.js';
import { Problem } from '../http/problem.js';
import type { LaneId } from '../payment/payment.js';
import { type BellLatch, createBellLatch } from './bell-latch.js';
import { COMMENT_LINE, eventText, lastEventId } from './event-text.js';
import { admitTerminal } from './terminal-access.js';
import type { LaneEvent, PaymentReader, Terminals } from './terminal-ports.js';
import type { TerminalViews } from './terminal-views.js';

/** What the event streams need. */
export interface EventParts {
  readonly terminals: Terminals;
  readonly reader: PaymentReader;
  readonly views: TerminalViews;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Log;
  readonly stopping: AbortSignal;
}

const COMMENT_EVERY_MS = 15_000;
/** A lost ring costs at most this much. */
const RECHECK_MS = 1_000;
/** A reader that takes nothing for this long is cut off; it comes back with its last id. */
const STALLED_AFTER_MS = 30_000;
const PAGE = 50;

/** Answers `GET /v1/lanes/{laneId}/events`: resolves when the stream has ended with its caller, its key or the bridge. */
export function createLaneEvents(parts: EventParts): (laneId: LaneId, ctx: Context) => Promise<void> {
  return async (laneId, ctx) => {
    if (parts.stopping.aborted) {
      throw new Problem('stopping', 'The bridge is stopping. Come back after its restart.', { retryAfterSeconds: 10 });
    }
    const waiting = whileWaiting(ctx, parts.stopping);
    // Listening begins before the first read: what happens in between is found by the next one.
    const latch = createBellLatch({
      doorbell: parts.doorbell,
      topic: `lane:${laneId}`,
      clock: parts.clock,
      ended: waiting.ended,
    });
    try {
      const start = await beginning(parts, laneId, ctx);
      describeStream(ctx);
      if (ctx.method === 'HEAD') return;
      // Written here and not by Koa, so that the call lasts as long as its stream and stopping can wait for both.
      ctx.respond = false;
      ctx.flushHeaders();
      const stillAllowed = () => admitTerminal(parts.terminals, ctx, null).lanes.includes(laneId);
      await follow(parts, { laneId, ctx, latch, ended: waiting.ended, stillAllowed }, start);
    } finally {
      latch.close();
      waiting.release();
    }
  };
}

interface Stream {
  readonly laneId: LaneId;
  readonly ctx: Context;
  readonly latch: BellLatch;
  readonly ended: AbortSignal;
  /** Throws or says false when the key was taken away. */
  readonly stillAllowed: () => boolean;
}

interface Beginning {
  /** What is sent first. */
  readonly text: string;
  /** The last event the caller has, or has the sum of. */
  readonly cursor: number;
}

function describeStream(ctx: Context): void {
  ctx.status = 200;
  ctx.set('Cache-Control', 'no-store');
  ctx.set('X-Accel-Buffering', 'no');
  ctx.set('Content-Type', 'text/event-stream; charset=utf-8');
}

async function beginning(parts: EventParts, laneId: LaneId, ctx: Context): Promise<Beginning> {
  const asked = lastEventId(ctx.get('Last-Event-ID'));
  if (typeof asked === 'number' && (await isKept(parts.reader, laneId, asked))) return { text: '', cursor: asked };
  // The id first, the lane after it: an event in between is told twice in substance, never lost.
  const newest = await parts.reader.newestEventId(laneId);
  const snapshot = eventText('snapshot', await parts.views.lane(laneId), newest);
  return { text: asked === null ? snapshot : eventText('reset', {}, null) + snapshot, cursor: newest ?? 0 };
}

/** An id is good for resuming only while its own event is still kept: then everything after it is, too. */
async function isKept(reader: PaymentReader, laneId: LaneId, id: number): Promise<boolean> {
  const [event] = await reader.events({ laneId, afterId: id - 1, limit: 1 });
  return event?.id === id;
}

async function follow(parts: EventParts, stream: Stream, start: Beginning): Promise<void> {
  try {
    if (start.text !== '') await write(parts, stream, start.text);
    await tell(parts, stream, start.cursor);
  } catch (error) {
    // The caller comes back with its last id and misses nothing.
    parts.log.warn('event stream ended', { laneId: stream.laneId, error: errorText(error) });
  } finally {
    stream.ctx.res.end();
  }
}

async function tell(parts: EventParts, stream: Stream, after: number): Promise<void> {
  const { clock } = parts;
  let cursor = after;
  let commentAt = clock.elapsedMs() + COMMENT_EVERY_MS;
  while (!stream.ended.aborted && stream.stillAllowed()) {
    const page = await parts.reader.events({ laneId: stream.laneId, afterId: cursor, limit: PAGE });
    for (const event of page) {
      const text = await textOf(parts, event);
      killPoint('events.read', event.kind);
      await write(parts, stream, text);
      if (stream.ended.aborted) return;
      cursor = event.id;
    }
    if (clock.elapsedMs() >= commentAt) {
      await write(parts, stream, COMMENT_LINE);
      commentAt = clock.elapsedMs() + COMMENT_EVERY_MS;
    }
    if (page.length < PAGE) await stream.latch.wait(Math.min(RECHECK_MS, commentAt - clock.elapsedMs()));
  }
}

async function textOf(parts: EventParts, event: LaneEvent): Promise<string> {
  const data = event.kind === 'payment' ? await parts.views.pastPayment(event.payment) : event.display;
  return eventText(event.kind, data, event.id);
}

/** Hands text to the connection and waits until it has been taken, so that a slow reader costs one page of memory and no more. */
async function write(parts: EventParts, { ctx, ended }: Stream, text: string): Promise<void> {
  const { res } = ctx;
  if (ended.aborted || res.write(text)) return;
  const taken = new AbortController();
  const wake = () => taken.abort();
  res.once('drain', wake);
  ended.addEventListener('abort', wake);
  await parts.clock.sleep(STALLED_AFTER_MS, taken.signal);
  res.off('drain', wake);
  ended.removeEventListener('abort', wake);
  if (!taken.signal.aborted) res.destroy();
}
