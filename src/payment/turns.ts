import type { Clock } from '../base/clock.js';

/** So many work at once; whoever comes later waits for a turn, in order. */
export interface Turns {
  /** Does the work when it is its turn; `tooLong` when no turn came in time, and then the work was not begun. */
  run<T>(work: () => Promise<T>): Promise<T | 'tooLong'>;
}

/** `waitMs` is how long anybody waits for a turn at most. */
export function createTurns({ atOnce, waitMs, clock }: { atOnce: number; waitMs: number; clock: Clock }): Turns {
  let working = 0;
  const waiting = new Set<() => void>();

  async function takeTurn(): Promise<boolean> {
    if (working < atOnce) {
      working += 1;
      return true;
    }
    const over = new AbortController();
    let isMine = false;
    const call = () => {
      isMine = true;
      over.abort();
    };
    waiting.add(call);
    await clock.sleep(waitMs, over.signal);
    waiting.delete(call);
    return isMine;
  }

  function passOn(): void {
    const [first] = waiting;
    if (first === undefined) {
      working -= 1;
      return;
    }
    waiting.delete(first);
    first();
  }

  return {
    async run(work) {
      if (!(await takeTurn())) return 'tooLong';
      try {
        return await work();
      } finally {
        passOn();
      }
    },
  };
}
