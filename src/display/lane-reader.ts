import type { Clock } from '../base/clock.js';
import { errorText } from '../base/log.js';
import type { DisplayedPayment } from './what-to-show.js';

/** An answer of the books takes this long at most, ms; what takes longer counts as none. */
const READ_PATIENCE_MS = 2_000;

/** What the books say about a lane, or why they say nothing. */
export type Reading = { readonly payment: DisplayedPayment | null } | { readonly failed: string };

/** Asks the books once; never rejects. */
export function askBooks(current: () => DisplayedPayment | null | Promise<DisplayedPayment | null>): Promise<Reading> {
  return new Promise<DisplayedPayment | null>((resolve) => resolve(current())).then(
    (payment) => ({ payment }),
    (error: unknown) => ({ failed: errorText(error) }),
  );
}

/** The answer, or that none came in time. */
export async function inTime(asked: Promise<Reading>, clock: Clock): Promise<Reading | 'late'> {
  const done = new AbortController();
  const late = clock.sleep(READ_PATIENCE_MS, done.signal).then(() => 'late' as const);
  const answer = await Promise.race([asked, late]);
  done.abort();
  return answer;
}

/** What following a lane needs; `take` gets every reading, `pauseMs` is asked after each. */
export interface LaneReaderParts {
  readonly clock: Clock;
  current(): DisplayedPayment | null | Promise<DisplayedPayment | null>;
  take(reading: Reading): void;
  pauseMs(): number;
}

/** Reads a lane's payment again and again; `ring` makes it read at once. */
export interface LaneReader {
  start(): void;
  ring(): void;
  stop(): void;
}

/** Reads the lane's payment at each ring and from time to time. */
export function createLaneReader(parts: LaneReaderParts): LaneReader {
  const { clock, take } = parts;
  let stopped = false;
  let bell = new AbortController();

  async function follow(): Promise<void> {
    while (!stopped) {
      bell = new AbortController();
      const asked = askBooks(parts.current);
      const answer = await inTime(asked, clock);
      if (answer === 'late') {
        take({ failed: `no answer within ${READ_PATIENCE_MS} ms` });
        // One question at a time; and what comes so late may be out of date, so it is asked again.
        await asked;
        continue;
      }
      take(answer);
      await clock.sleep(parts.pauseMs(), bell.signal);
    }
  }

  return {
    start: () => void follow(),
    ring: () => bell.abort(),
    stop() {
      stopped = true;
      bell.abort();
    },
  };
}
