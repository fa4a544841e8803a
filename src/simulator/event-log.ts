import { createHash } from 'node:crypto';
import { createRing } from './call-log.js';

/**
 * What happened, one line an event, without times, ports and ids that somebody drew: the same seed and the same calls give the same lines.
 * The order in which independent sales happened to meet is no part of it: lines are listed sorted, and the hash does not depend on it.
 */
export interface EventLog {
  /** `what` is counted within its story by `nth`, so that the order of things within a sale stands in the lines themselves. */
  add(story: string, kind: string, nth: number, what: string): void;
  /** Every line that is still kept, sorted. */
  lines(): string[];
  state(): LogState;
}

export interface LogState {
  readonly events: number;
  /** How many of them are no longer listed. They are in the hash all the same. */
  readonly dropped: number;
  /** The SHA-256 of all lines: the sum, modulo 2^256, of the SHA-256 of each, in hexadecimal. */
  readonly sha256: string;
}

const MOST_LINES = 50_000;
const MODULUS = 1n << 256n;

export function createEventLog(): EventLog {
  const kept = createRing<string>(MOST_LINES);
  let events = 0;
  let sum = 0n;
  return {
    add(story, kind, nth, what) {
      const line = `${JSON.stringify(story)} ${kind} ${String(nth).padStart(3, '0')} ${what}`;
      events += 1;
      sum = (sum + BigInt(`0x${createHash('sha256').update(line).digest('hex')}`)) % MODULUS;
      kept.add(line, line.length);
    },
    lines: () => kept.all().sort(),
    state: () => ({ events, dropped: kept.dropped(), sha256: sum.toString(16).padStart(64, '0') }),
  };
}
