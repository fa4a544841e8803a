/** So many byte-identical deliveries of one message are kept; an upstream that repeats signs each delivery anew. */
const MOST_KEPT = 10;
/** So many messages are remembered. */
const MOST_REMEMBERED = 1024;

/**
 * Counts deliveries of the very same signed bytes. Somebody who has recorded a genuine message could fill the books with it: beyond ten,
 * a repeat is acknowledged and neither stored nor weighed again. By the signature itself, which the same message can not have twice.
 */
export function createRepeatCount(): { isTooOften(signature: Buffer): boolean; count(signature: Buffer): void } {
  const seen = new Map<string, number>();
  return {
    isTooOften: (signature) => (seen.get(signature.toString('base64')) ?? 0) >= MOST_KEPT,
    count(signature) {
      const key = signature.toString('base64');
      const times = (seen.get(key) ?? 0) + 1;
      seen.delete(key);
      seen.set(key, times);
      const [oldest] = seen.keys();
      if (seen.size > MOST_REMEMBERED && oldest !== undefined) seen.delete(oldest);
    },
  };
}
