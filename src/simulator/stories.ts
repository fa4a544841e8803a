import type { CallName } from './simulator-words.js';

/**
 * Which sale a call, an order or a notification belongs to, and how many of its kind there were before. A story is named by what the client
 * said in its `pay` request (`referenceOrderId`), never by an id somebody drew, so that the same sales make the same stories in every run.
 */
export interface Stories {
  /** Learns from `pay` requests, also from those that are then not carried out. `-` for a call that belongs to no sale. */
  ofCall(call: CallName | undefined, body: Buffer): string;
  ofOrder(order: { readonly paymentRequestId: string }): string;
  /** Counts from 1 what happens in a story, each kind of thing by itself. */
  next(story: string, kind: string): number;
}

/** What belongs to no sale. */
export const NO_STORY = '-';

interface Named {
  readonly paymentRequestId?: unknown;
  readonly paymentId?: unknown;
  readonly order?: { readonly referenceOrderId?: unknown; readonly orderDescription?: unknown } | null;
}

function read(body: Buffer): Named {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** `requestIdOf` finds the paymentRequestId of an order that a call names by its `paymentId` alone. */
export function createStories(requestIdOf: (paymentId: string) => string | undefined): Stories {
  const byRequest = new Map<string, string>();
  const counts = new Map<string, number>();
  return {
    ofCall(call, body) {
      const { paymentRequestId, paymentId, order } = read(body);
      const id =
        typeof paymentId === 'string' && typeof paymentRequestId !== 'string' ? requestIdOf(paymentId) : paymentRequestId;
      if (typeof id !== 'string') return NO_STORY;
      const said = order?.referenceOrderId ?? order?.orderDescription;
      if (call === 'pay' && typeof said === 'string' && !byRequest.has(id)) byRequest.set(id, said);
      return byRequest.get(id) ?? NO_STORY;
    },
    ofOrder: ({ paymentRequestId }) => byRequest.get(paymentRequestId) ?? NO_STORY,
    next(story, kind) {
      const key = `${kind} ${story}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count;
    },
  };
}
