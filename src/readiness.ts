import type { Readiness } from './backoffice/health-routes.js';
import { isBooksTrouble } from './base/bridge-error.js';
import type { StoredBooks } from './bridge-books.js';
import type { JoinedUpstreams } from './bridge-upstreams.js';
import type { BridgeConfig } from './config/bridge-config.js';

export interface ReadinessParts {
  readonly config: BridgeConfig;
  readonly stored: StoredBooks;
  readonly upstreams: JoinedUpstreams;
  readonly stopping: AbortSignal;
}

/**
 * How many lanes can take a sale at this moment, and what is wrong in code words. A lane cannot when the books cannot be written, a
 * payment that cannot be read holds it, or no connection to its upstream comes about. A dead glass keeps none.
 */
export async function readinessOf({ config, stored, upstreams, stopping }: ReadinessParts): Promise<Readiness> {
  const { length: total } = config.lanes;
  const trouble = await stored.health.ask();
  const lines = upstreams.all.flatMap(({ line }) => line.trouble()?.code ?? []);
  const reasons = [
    ...new Set([...(stopping.aborted ? ['stopping'] : []), ...(trouble === null ? [] : [trouble.code]), ...lines]),
  ];
  if (trouble !== null || stopping.aborted) return { lanes: { total, able: 0 }, reasons };
  try {
    const blocked = new Set(await stored.reading.blockedLanes());
    const able = config.lanes.filter(({ id, upstream }) => !blocked.has(id) && !upstreams.of(upstream).line.isCut()).length;
    return { lanes: { total, able }, reasons: blocked.size > 0 ? [...reasons, 'books.unreadableRow'] : reasons };
  } catch (error) {
    if (isBooksTrouble(error)) return { lanes: { total, able: 0 }, reasons: [...reasons, error.code] };
    throw error;
  }
}
