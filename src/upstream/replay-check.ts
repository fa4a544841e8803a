import type { Log } from '../base/log.js';
import type { StoredMessage } from '../payment/books-port.js';

/** So many signatures of such answers are remembered; what is older than a thousand sales is no accident of a line. */
export const MOST_REMEMBERED = 1024;

/** A signed answer and the payment or refund it was given to, by its id. */
export interface GivenAnswer {
  readonly signature: string;
  readonly givenTo: string;
}

/**
 * Makes the question whether a signed answer to `pay` or `refund` was given to another payment or refund before. Neither answer names our
 * id, so a stored one that came back would put one customer's code before another, or call money returned or kept that was not. Equal signatures
 * mean equal bytes at an equal time. `before`: what an earlier process was answered, oldest first.
 */
export function createReplayCheck(
  upstreamId: string,
  log: Log,
  before: readonly GivenAnswer[],
): (message: StoredMessage, givenTo: string) => boolean {
  const owners = new Map<string, string>();
  for (const { signature, givenTo } of before) if (!owners.has(signature)) owners.set(signature, givenTo);
  return ({ answer }, givenTo) => {
    const signature = answer?.headers['signature'] ?? '';
    const owner = owners.get(signature) ?? givenTo;
    if (owner !== givenTo) {
      log.alarm('upstream answered with the answer to another payment', { upstreamId, why: `asked for ${givenTo}` });
      return true;
    }
    owners.set(signature, owner);
    const [oldest] = owners.keys();
    if (owners.size > MOST_REMEMBERED && oldest !== undefined) owners.delete(oldest);
    return false;
  };
}
