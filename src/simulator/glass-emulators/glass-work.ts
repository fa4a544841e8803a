import type { Clock } from '../../base/clock.js';

/** What a device does one after another, each taking its time. */
export interface GlassWork {
  /** Carries `act` out once everything before it is done and `ms` have passed; at once when there is nothing to wait for. */
  add(ms: number, act: () => void): void;
  /** Forgets everything that waits, as a power cut does. */
  clear(): void;
}

/** A row of work on a clock; ends for good when `stop` is aborted. */
export function createGlassWork(clock: Clock, stop: AbortSignal): GlassWork {
  let waiting: { readonly ms: number; act(): void }[] = [];
  let running = false;
  let life = 0;

  async function run(): Promise<void> {
    running = true;
    const mine = life;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (next.ms > 0) await clock.sleep(next.ms, stop);
      if (mine !== life || stop.aborted) return;
      next.act();
    }
    running = false;
  }

  return {
    add(ms, act) {
      if (!running && ms <= 0) {
        act();
        return;
      }
      waiting.push({ ms, act });
      if (!running) void run();
    },
    clear() {
      life += 1;
      waiting = [];
      running = false;
    },
  };
}
