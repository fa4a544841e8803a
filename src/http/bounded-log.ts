import type { Clock } from '../base/clock.js';
import type { Log, LogFields } from '../base/log.js';
import { createTokenBuckets, type Rate } from './token-buckets.js';

/** More lines of one kind tell nobody anything new. */
const LINES: Rate = { perSecond: 5, burst: 100 };

/**
 * A log for what anybody outside can cause: at most so many lines of one kind, so that a flood of calls is no flood of lines that fills
 * the disk. The next line that is written says in `count` how many of its kind were left out. Errors and alarms are always written.
 */
export function boundedLog(log: Log, clock: Clock): Log {
  const buckets = createTokenBuckets(LINES, clock);
  const leftOut = new Map<string, number>();
  const bounded = (write: Log['info']) => (event: string, fields?: LogFields) => {
    const missing = leftOut.get(event) ?? 0;
    if (buckets.take(event) > 0) {
      leftOut.set(event, missing + 1);
      return;
    }
    leftOut.delete(event);
    write(event, missing === 0 ? fields : { ...fields, count: missing });
  };
  return { ...log, info: bounded(log.info), warn: bounded(log.warn) };
}
