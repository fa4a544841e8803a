import type { Delivery } from './call-change.js';

/** Keeps the newest entries, bounded in number and in bytes, so that a simulator may run for weeks. */
export interface Ring<T> {
  add(entry: T, bytes: number): void;
  all(): T[];
  /** How many entries had to go. */
  dropped(): number;
}

export function createRing<T>(mostEntries: number, mostBytes = Number.POSITIVE_INFINITY): Ring<T> {
  let entries: ({ entry: T; bytes: number } | undefined)[] = [];
  let first = 0;
  let total = 0;
  let dropped = 0;
  return {
    add(entry, bytes) {
      entries.push({ entry, bytes });
      total += bytes;
      while (entries.length - first > mostEntries || (total > mostBytes && entries.length - first > 1)) {
        total -= entries[first]?.bytes ?? 0;
        entries[first] = undefined;
        first += 1;
        dropped += 1;
      }
      // Dropping from the front one by one would cost as much as the list is long, every time.
      if (first > 1024 && first * 2 > entries.length) {
        entries = entries.slice(first);
        first = 0;
      }
    },
    all: () => entries.slice(first).flatMap((kept) => (kept === undefined ? [] : [kept.entry])),
    dropped: () => dropped,
  };
}

/** What went back for a call: nothing yet (null), an answer, or the way it was cut off. */
export interface AnswerRecord {
  readonly kind: 'answered' | Delivery | 'clientGone';
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The written answer, cut to 64 KiB; for `held`, `reset` and `closed` what would have been said. */
  readonly body: string | null;
}

/** One call as it came in, raw (`GET /sim/calls`). */
export interface CallRecord {
  readonly seq: number;
  /** RFC 3339, by the clock that the simulator was given. */
  readonly at: string;
  /** `null` for a path that is none of the upstream's. */
  readonly call: string | null;
  readonly method: string;
  readonly path: string;
  /** Lower-case names; a header that came twice holds an array. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  readonly bodyBytes: number;
  readonly bodySha256: string;
  /** `good`, `not checked`, `unsigned` or `bad: why`. */
  readonly signature: string;
  /** What was played, from the plan or drawn by chaos. */
  readonly faults: readonly string[];
  remarks: readonly string[];
  /** How often the call was carried out: 0, 1 or, by a fault, 2. */
  processed: number;
  answer: AnswerRecord | null;
}
