import type { Clock, Instant } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { StoredMessage } from '../payment/books-port.js';

/** So many signatures of such answers are remembered for each kind of call; what is older than a thousand sales is no accident of a line. */
export const MOST_REMEMBERED = 1024;

/** A signed answer, the payment or refund it was given to, by its id, and when it was put on record (our clock). */
export interface GivenAnswer {
  readonly signature: string;
  readonly givenTo: string;
  readonly at: Instant;
}

/** A signed answer that does not name the payment or refund it was asked for. */
export interface UnnamedAnswer {
  readonly message: StoredMessage;
  readonly givenTo: string;
  /** When the call began, on the clock that never goes back, ms. */
  readonly askedAtMs: number;
  /** It carries an id or a code of theirs, so no second true answer can be equal. */
  readonly isOneOfAKind: boolean;
}

interface Known {
  readonly owners: Set<string>;
  readonly arrivedAtMs: number;
}

/**
 * Makes the question whether a signed answer was given to another payment or refund before. Most answers do not name our id, so a stored one
 * that came back would put one customer's code before another, end a payment that was executed, or call money returned or kept that was not.
 * Equal signatures mean equal bytes at an equal time. Two true answers can be equal, too, like those to two cancels in one second: one is
 * old only when the other had arrived before its call began by more than the resolution of its `Response-Time`. `before`: what an earlier
 * process was answered, oldest first.
 */
export function createReplayCheck(
  upstreamId: string,
  log: Log,
  clock: Clock,
  before: readonly GivenAnswer[],
): (answer: UnnamedAnswer) => boolean {
  const known = new Map<string, Known>();
  for (const { signature, givenTo, at } of before) {
    // A time that is still to come was written by a clock that was wrong.
    const arrivedAtMs = clock.elapsedMs() - Math.max(0, clock.now() - at);
    const there = known.get(signature);
    if (there === undefined) known.set(signature, { owners: new Set([givenTo]), arrivedAtMs });
    else there.owners.add(givenTo);
  }
  return ({ message: { answer }, givenTo, askedAtMs, isOneOfAKind }) => {
    const signature = answer?.headers['signature'] ?? '';
    const there = known.get(signature);
    if (there === undefined) {
      known.set(signature, { owners: new Set([givenTo]), arrivedAtMs: clock.elapsedMs() });
      const [oldest] = known.keys();
      if (known.size > 2 * MOST_REMEMBERED && oldest !== undefined) known.delete(oldest);
      return false;
    }
    if (there.owners.has(givenTo)) return false;
    if (!isOneOfAKind && askedAtMs - there.arrivedAtMs <= resolutionMs(answer?.headers['response-time'])) {
      there.owners.add(givenTo);
      return false;
    }
    log.alarm('upstream answered with the answer to another payment', { upstreamId, why: `asked for ${givenTo}` });
    return true;
  };
}

/** How far apart two moments can be that this text writes alike. */
function resolutionMs(time = ''): number {
  // Milliseconds in digits, as the siblings write it.
  if (/^\d+$/.test(time)) return 1;
  if (/T\d{2}:\d{2}(Z|[+-])/.test(time)) return 60_000;
  const [, digits = ''] = /[.,](\d+)/.exec(time) ?? [];
  return Math.max(1, 1000 / 10 ** digits.length);
}
