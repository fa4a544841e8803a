import type { Clock } from '../base/clock.js';

/** A few milliseconds of work. */
const BATCH = 4;
/** How often the rest of the process has its turn after a batch: about three milliseconds. */
const TURNS_OF_OTHERS = 3;

/**
 * Begins what it is given in order, a few at a time, and lets everything else of the process have its turn in between. Node would begin
 * hundreds of calls that came in together before it looks at anything else, and a statement in the books needs several such looks: under
 * a flood of calls, even of refused ones, the books would stand still. What comes alone is begun at once.
 */
export function createBatches(clock: Clock): (begin: () => void) => void {
  const queue: (() => void)[] = [];
  let begun = 0;
  let pausing = false;

  async function pauseThenGoOn(): Promise<void> {
    pausing = true;
    for (let turn = 0; turn < TURNS_OF_OTHERS; turn += 1) await clock.sleep(0);
    pausing = false;
    begun = 0;
    for (const begin of queue.splice(0, BATCH)) {
      begun += 1;
      begin();
    }
    if (queue.length > 0) void pauseThenGoOn();
  }

  return (begin) => {
    if (pausing) {
      queue.push(begin);
      return;
    }
    begun += 1;
    begin();
    if (begun >= BATCH) void pauseThenGoOn();
  };
}
