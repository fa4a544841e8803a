import { type Clock, systemClock } from './base/clock.js';
import { silentLog } from './base/log.js';
import { openBooksToRead } from './books/database.js';
import { createReadingBooks } from './books/reading-books.js';
import { benchLane, surfacesOf } from './bridge-displays.js';
import type { BridgeConfig } from './config/bridge-config.js';
import { createDisplayBench } from './display/display-bench.js';
import { IDLE } from './display/glass.js';
import { createLaneDisplay, type LaneDisplay, type LaneFeed } from './display/lane-display.js';
import { displayVerbs, refusalOf } from './display-verbs.js';
import type { LaneId } from './payment/payment.js';
import type { OfflineDisplays } from './technician/cli-parts.js';

/** What a payer may still be shown is read from the books, so that a test never takes the place of a code. */
async function openFeed(config: BridgeConfig): Promise<{ readonly feed: LaneFeed; close(): Promise<void> }> {
  const quiet = { onChange: () => () => {}, offsetMs: () => 0, onStatus: () => {} };
  const books = await openBooksToRead(config.database);
  if (books === undefined) return { feed: { ...quiet, current: () => null }, close: async () => {} };
  const reading = createReadingBooks(books);
  return { feed: { ...quiet, current: async (laneId) => (await reading.newestOnLane(laneId)) ?? null }, close: books.close };
}

/** A display that is not ready so long after it booted has told why, ms. */
const SEEN_WITHIN_MS = 4_000;
/** Clearing takes so long at most, ms; a display that needs longer to boot is cleared by the bridge when it starts. */
const CLEARED_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 50;
const LOOK_FOR_MS = 60_000;

async function untilReady(display: LaneDisplay, clock: Clock, withinMs: number): Promise<void> {
  const until = clock.elapsedMs() + withinMs;
  const waits = () => display.statuses().some(({ health }) => health !== 'ready');
  while (waits() && clock.elapsedMs() < until) await clock.sleep(LOOK_EVERY_MS);
}

/**
 * Lends the displays of a stopped bridge, under the single-instance lock. Rejects with `BridgeError`: `books.locked` when a bridge runs
 * after all, or what keeps the books from being opened; `config.wrong` for a display that its driver refuses.
 */
export async function openOfflineDisplays(config: BridgeConfig, clock: Clock = systemClock): Promise<OfflineDisplays> {
  const lanes = config.lanes.map((lane) => ({ id: lane.id, surfaces: surfacesOf(lane, clock) }));
  const { feed, close } = await openFeed(config);
  const displays = new Map<string, LaneDisplay>();
  const bootMs = new Map<LaneDisplay, number>();
  const started = new Set<LaneDisplay>();
  for (const { id, surfaces } of lanes) {
    const display = createLaneDisplay({ laneId: id as LaneId, surfaces, feed, clock, log: silentLog });
    displays.set(id, display);
    bootMs.set(display, Math.max(0, ...surfaces.map(({ bootDelayMs }) => bootDelayMs)));
  }
  const bench = createDisplayBench((laneId) => benchLane(config, displays, laneId), clock);
  const verbs = displayVerbs(bench);
  const start = (display: LaneDisplay) => {
    display.start();
    started.add(display);
  };
  return {
    async ask({ verb, args }) {
      const display = displays.get(String(args['laneId']));
      // A probe wants the port for itself; a test wants the glass.
      if (verb === 'display.test' && display !== undefined) start(display);
      if (verb === 'display.look' && display !== undefined) {
        // Borrowed, so that a payment's display is left alone and nothing of a payment appears.
        const loan = await display.lend({ frame: IDLE, forMs: LOOK_FOR_MS });
        if (typeof loan === 'string') return { kind: 'refused', ...refusalOf(loan, String(args['laneId'])) };
        start(display);
        await untilReady(display, clock, SEEN_WITHIN_MS + (bootMs.get(display) ?? 0));
      }
      const handler = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
      if (handler === undefined) return { kind: 'refused', code: 'unknown_verb', message: `"${verb}" is no display verb` };
      const answer = await handler(args);
      // The questions of a probe stand on a text display until somebody clears it.
      if (verb === 'display.probe' && display !== undefined) {
        start(display);
        await untilReady(display, clock, CLEARED_WITHIN_MS);
      }
      return answer;
    },
    async close() {
      await Promise.all([...started].map((display) => display.stop()));
      await close();
    },
  };
}
