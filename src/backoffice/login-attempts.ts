import type { Clock } from '../base/clock.js';

/** So many wrong passwords in a row lock a name … */
const MOST_WRONG = 10;
/** … for this long (till API contract 5). */
const LOCKED_MS = 30 * 60_000;
/** Names nobody has are counted like any other, and so many are remembered; the one that was quiet longest is forgotten. */
const MOST_STRANGERS = 10_000;

/** Wrong passwords by name. In memory: a restart begins anew, and each process on shared books counts for itself. */
export interface LoginAttempts {
  /** Ms until this name may be tried again; 0 when it may now. */
  lockedMs(name: string): number;
  /** Counts a try before its password is looked at, so that many at once are not more than one after the other. */
  begin(name: string, isKnown: boolean): void;
  /** It was the right one: the count begins anew. */
  succeeded(name: string): void;
}

interface Count {
  wrong: number;
  /** On the clock that never goes back. */
  at: number;
}

export function createLoginAttempts(clock: Pick<Clock, 'elapsedMs'>): LoginAttempts {
  // Apart, so that a flood of made-up names frees no name that somebody has.
  const known = new Map<string, Count>();
  const strangers = new Map<string, Count>();
  const countOf = (name: string) => {
    const count = known.get(name) ?? strangers.get(name);
    if (count !== undefined && clock.elapsedMs() - count.at < LOCKED_MS) return count;
    known.delete(name);
    strangers.delete(name);
    return undefined;
  };
  return {
    lockedMs(name) {
      const count = countOf(name);
      return count === undefined || count.wrong < MOST_WRONG ? 0 : count.at + LOCKED_MS - clock.elapsedMs();
    },
    begin(name, isKnown) {
      const wrong = (countOf(name)?.wrong ?? 0) + 1;
      const counts = isKnown ? known : strangers;
      counts.delete(name);
      counts.set(name, { wrong, at: clock.elapsedMs() });
      const [quietest] = strangers.keys();
      if (strangers.size > MOST_STRANGERS && quietest !== undefined) strangers.delete(quietest);
    },
    succeeded(name) {
      known.delete(name);
    },
  };
}
