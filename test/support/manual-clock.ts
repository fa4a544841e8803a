import { setTimeout as realPause } from 'node:timers/promises';
import { type Clock, type Instant, instant } from '#src/base/clock.js';

/** A clock that stands still until the test turns it. */
export interface ManualClock extends Clock {
  /** Moves time forward by `ms`, waking sleepers at their own instants in order, letting the work settle after each. */
  advance(ms: number): Promise<void>;
  /** Advances in steps of `stepMs` until `condition` holds; throws with `what` after `limitMs` of turned time. */
  advanceUntil(
    condition: () => boolean | Promise<boolean>,
    what: string,
    options?: { stepMs?: number; limitMs?: number },
  ): Promise<void>;
  /** Lets sockets, thread pool and promises run until nothing is left to do, without moving time. */
  settle(): Promise<void>;
  /** Waits in real time, with time standing still, until `condition` holds; throws with `what` after 5 real seconds. */
  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void>;
  /** Puts the wall clock forward or back, as an operator or NTP would; `elapsedMs` and sleepers do not notice. */
  jumpWall(ms: number): void;
  /** How many are asleep. */
  sleepers(): number;
}

export interface ManualClockOptions {
  /** Wall time to begin with; default 2026-03-05T02:00:00.000Z (10:00 in UTC+8). */
  readonly start?: number;
  /** Says that work goes on which the event loop does not show (a request under way, a transaction); `settle` waits for it, at most 2 real seconds. */
  readonly busy?: () => boolean;
  /** Real milliseconds of rest that `settle` grants the thread pool (signatures, SQLite) after each wake; default 4. */
  readonly restMs?: number;
  /** Lets the work settle in another way, for a test that knows exactly when nothing is under way. */
  readonly settle?: () => Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  wake(): void;
}

const DEFAULT_START = Date.parse('2026-03-05T02:00:00.000Z');
const LONGEST_BUSY_MS = 2_000;
const LONGEST_UNTIL_MS = 5_000;
const MOST_BLIND_STEPS = 4;

async function turnEventLoop(rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A `Clock` for tests: wall time and the monotonic clock move only through `advance`. */
export function createManualClock(options: ManualClockOptions = {}): ManualClock {
  const restMs = options.restMs ?? 4;
  let elapsed = 0;
  let wallOffset = options.start ?? DEFAULT_START;
  let counter = 0;
  let steps = 0;
  const asleep = new Set<Sleeper>();

  async function rest(): Promise<void> {
    const began = performance.now();
    do {
      await turnEventLoop(20);
      await realPause(restMs);
      await turnEventLoop(5);
    } while (options.busy?.() === true && performance.now() - began < LONGEST_BUSY_MS);
  }

  const settle = options.settle ?? rest;

  function nextSleeper(until: number): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of asleep) {
      if (sleeper.at > until) continue;
      if (next === undefined || sleeper.at < next.at || (sleeper.at === next.at && sleeper.order < next.order)) next = sleeper;
    }
    return next;
  }

  /** Says whether anybody woke. */
  async function turn(ms: number): Promise<boolean> {
    const until = elapsed + ms;
    let woke = false;
    for (let next = nextSleeper(until); next !== undefined; next = nextSleeper(until)) {
      elapsed = Math.max(elapsed, next.at);
      for (let same: Sleeper | undefined = next; same !== undefined; same = nextSleeper(elapsed)) same.wake();
      await settle();
      woke = true;
    }
    elapsed = until;
    return woke;
  }

  async function advance(ms: number): Promise<void> {
    await settle();
    await turn(ms);
    await settle();
  }

  async function advanceUntil(
    condition: () => boolean | Promise<boolean>,
    what: string,
    { stepMs = 500, limitMs = 600_000 }: { stepMs?: number; limitMs?: number } = {},
  ): Promise<void> {
    await settle();
    for (let turned = 0; !(await condition()); ) {
      // Where nobody woke little can have happened (a socket that nothing here sees), and looking costs a call.
      for (let [blind, woke] = [0, false]; !woke && blind < MOST_BLIND_STEPS; blind += 1) {
        if (turned >= limitMs) throw new Error(`not within ${limitMs} ms of turned time: ${what}`);
        woke = await turn(stepMs);
        await settle();
        turned += stepMs;
      }
    }
  }

  return {
    now: () => instant(wallOffset + elapsed) as Instant,
    wallSteps: () => steps,
    elapsedMs: () => elapsed,
    sleep: (ms, stop) =>
      new Promise((resolve) => {
        if (stop?.aborted || ms <= 0) {
          setImmediate(resolve);
          return;
        }
        counter += 1;
        const sleeper: Sleeper = {
          at: elapsed + ms,
          order: counter,
          wake() {
            asleep.delete(sleeper);
            stop?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        asleep.add(sleeper);
        stop?.addEventListener('abort', sleeper.wake);
      }),
    advance,
    advanceUntil,
    settle,
    async until(condition, what) {
      const began = performance.now();
      while (!(await condition())) {
        if (performance.now() - began > LONGEST_UNTIL_MS) throw new Error(`not within ${LONGEST_UNTIL_MS} real ms: ${what}`);
        await realPause(1);
      }
    },
    jumpWall(ms) {
      wallOffset += ms;
      steps += 1;
    },
    sleepers: () => asleep.size,
  };
}
