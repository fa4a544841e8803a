import type { Readiness } from './backoffice/health-routes.js';
import { isBooksTrouble } from './base/bridge-error.js';
import type { StoredBooks } from './bridge-books.js';
import type { BridgeConfig } from './config/bridge-config.js';

/** How many lanes can take a sale at this moment, and what keeps the others from it. A dead glass keeps none. */
export async function readinessOf(config: BridgeConfig, stored: StoredBooks, stopping: AbortSignal): Promise<Readiness> {
  const { length: total } = config.lanes;
  const shut = (books: string | null) => ({ books, stopping: stopping.aborted, lanes: { total, able: 0 } });
  const trouble = await stored.health.ask();
  if (trouble !== null || stopping.aborted) return shut(trouble?.code ?? null);
  try {
    const blocked = new Set(await stored.reading.blockedLanes());
    const able = config.lanes.filter(({ id }) => !blocked.has(id)).length;
    return { books: null, stopping: false, lanes: { total, able } };
  } catch (error) {
    if (isBooksTrouble(error)) return shut(error.code);
    throw error;
  }
}
