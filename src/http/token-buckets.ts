import type { Clock } from '../base/clock.js';

/** How often somebody may do something: `perSecond` in the long run, `burst` at once after a rest. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** One token bucket per key. */
export interface TokenBuckets {
  /** Takes a token of `key`: 0 when there was one, else the ms until there is one again (and none was taken). */
  take(key: string): number;
}

/** So many keys are remembered; the one that was quiet longest is forgotten first, and begins with a full bucket again. */
const MOST_KEYS = 1000;

/** Token buckets in memory; they hold no more than a thousand keys, whoever makes them up. */
export function createTokenBuckets({ perSecond, burst }: Rate, clock: Clock): TokenBuckets {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(key) {
      const now = clock.elapsedMs();
      const known = buckets.get(key);
      const tokens = known === undefined ? burst : Math.min(burst, known.tokens + ((now - known.at) * perSecond) / 1000);
      const isThere = tokens >= 1;
      buckets.delete(key);
      buckets.set(key, { tokens: isThere ? tokens - 1 : tokens, at: now });
      const [quietest] = buckets.keys();
      if (buckets.size > MOST_KEYS && quietest !== undefined) buckets.delete(quietest);
      return isThere ? 0 : Math.ceil((1000 * (1 - tokens)) / perSecond);
    },
  };
}
