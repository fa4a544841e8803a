import type { BooksKind } from './crash-books.js';
import { runSchedule, type ScheduleResult } from './schedule.js';
import { createShopMould } from './thrown-away-shop.js';

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
      done(await runSchedule(mould, seed));
    }
  } finally {
    await mould.remove();
  }
}
