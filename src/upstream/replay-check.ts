import type { Log } from '../base/log.js';
import type { StoredMessage } from '../payment/books-port.js';
import type { Payment } from '../payment/payment.js';

/** So many signatures of answers with a code are remembered; what is older than a thousand sales is no accident of a line. */
export const MOST_REMEMBERED = 1024;

/** A signed answer and the payment it was given to. */
export interface GivenAnswer {
  readonly signature: string;
  readonly paymentRequestId: string;
}

/**
 * Makes the question whether a signed answer to `pay` was given to another payment before. An order-code answer does not name our id, so a
 * stored answer that came back would put one customer's code before another. Equal signatures mean equal bytes at an equal time. `before`:
 * what an earlier process was answered, oldest first.
 */
export function createReplayCheck(
  upstreamId: string,
  log: Log,
  before: readonly GivenAnswer[],
): (message: StoredMessage, payment: Payment) => boolean {
  const owners = new Map<string, string>();
  for (const { signature, paymentRequestId } of before) if (!owners.has(signature)) owners.set(signature, paymentRequestId);
  return ({ answer }, { paymentRequestId }) => {
    const signature = answer?.headers['signature'] ?? '';
    const owner = owners.get(signature) ?? paymentRequestId;
    if (owner !== paymentRequestId) {
      log.alarm('upstream answered with the code of another payment', { upstreamId, paymentRequestId });
      return true;
    }
    owners.set(signature, owner);
    const [oldest] = owners.keys();
    if (owners.size > MOST_REMEMBERED && oldest !== undefined) owners.delete(oldest);
    return false;
  };
}
