import type { Clock } from '../base/clock.js';
import type { Doorbell } from '../base/doorbell.js';

/** Remembers a ring until somebody waits for it, so that nothing is missed between reading and waiting. */
export interface BellLatch {
  /** Resolves at a ring (also one since the last wait), after `ms`, or when the latch was made with a signal that ended. */
  wait(ms: number): Promise<void>;
  close(): void;
}

/** Listens from now on to `topic`; `ended` cuts every wait short. */
export function createBellLatch(parts: {
  readonly doorbell: Doorbell;
  readonly topic: string;
  readonly clock: Clock;
  readonly ended: AbortSignal;
}): BellLatch {
  let rung = false;
  let wake: () => void = () => {};
  const quiet = parts.doorbell.listen((topic) => {
    if (topic !== parts.topic) return;
    rung = true;
    wake();
  });
  const onEnd = () => wake();
  parts.ended.addEventListener('abort', onEnd);
  return {
    async wait(ms) {
      if (!rung && !parts.ended.aborted) {
        const nap = new AbortController();
        wake = () => nap.abort();
        await parts.clock.sleep(ms, nap.signal);
        wake = () => {};
      }
      rung = false;
    },
    close() {
      quiet();
      parts.ended.removeEventListener('abort', onEnd);
      wake();
    },
  };
}
