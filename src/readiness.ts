import type { Readiness } from './backoffice/health-routes.js';
import { isBooksTrouble } from './base/bridge-error.js';
import type { Log } from './base/log.js';
import type { StoredBooks } from './bridge-books.js';
import type { JoinedUpstreams } from './bridge-upstreams.js';
import type { BridgeConfig } from './config/bridge-config.js';
import { CLOCK_ALARM_MS } from './upstream/upstream-clock.js';

/** What readiness says beside causes with a code; each has a line in docs/runbook.md. Only the first keeps sales away. */
export const READINESS_WORDS = ['stopping', 'log.notWritten', 'clock.wrong'] as const;

export interface ReadinessParts {
  readonly config: BridgeConfig;
  readonly log: Pick<Log, 'isWritten'>;
  readonly stored: StoredBooks;
  readonly upstreams: JoinedUpstreams;
  readonly stopping: AbortSignal;
}

/**
 * How many lanes can take a sale at this moment, and what is wrong in code words. A lane cannot when the books cannot be written, a
 * payment that cannot be read holds it, or no connection to its upstream comes about. A dead glass keeps none.
 */
export async function readinessOf(parts: ReadinessParts): Promise<Readiness> {
  const { config, stored, upstreams, stopping } = parts;
  const { length: total } = config.lanes;
  const trouble = await stored.health.ask();
  const lines = upstreams.all.flatMap(({ line }) => line.trouble()?.code ?? []);
  const words = wordsOf(parts);
  const reasons = [...new Set([...words, ...(trouble === null ? [] : [trouble.code]), ...lines])];
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

function wordsOf({ log, upstreams, stopping }: ReadinessParts): readonly string[] {
  const isSo: Readonly<Record<(typeof READINESS_WORDS)[number], boolean>> = {
    stopping: stopping.aborted,
    'log.notWritten': !log.isWritten(),
    'clock.wrong': upstreams.all.some(({ notifying }) => Math.abs(upstreams.offsetMs(notifying.id)) > CLOCK_ALARM_MS),
  };
  return READINESS_WORDS.filter((word) => isSo[word]);
}
