import type { BooksKind } from './crash-books.js';
import { runSchedule, type ScheduleResult } from './schedule.js';
import { createShopMould } from './thrown-away-shop.js';

/** A schedule that takes so long in real time hangs, and a run that hangs says nothing. */
const LONGEST_MS = 300_000;

function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} hangs`)), LONGEST_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Runs schedules one after the other in this process, until they are done or `stop` is aborted. */
export async function runSchedules(
  db: BooksKind,
  seeds: readonly number[],
  stop: AbortSignal,
  done: (result: ScheduleResult) => void,
): Promise<void> {
  const mould = await createShopMould(db);
  try {
    for (const seed of seeds) {
      if (stop.aborted) return;
      done(await inTime(runSchedule(mould, seed), `schedule ${seed}`));
    }
  } finally {
    await mould.remove();
  }
}
