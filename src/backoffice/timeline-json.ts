import { type Instant, instant, utcText } from '../base/clock.js';

/** A line of a payment's history as the books give it; `at` in ms since 1970. */
export interface HistoryLine {
  readonly at: number;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A stretch of a payment's history, oldest first. */
export interface HistoryPage {
  readonly lines: readonly HistoryLine[];
  /** The place of the first line among `all`. */
  readonly from: number;
  readonly all: number;
  /** Where the next stretch begins; null behind the last one. */
  readonly next: number | null;
  /** Further records, older than all others of their kind, that are too many to be put in order. */
  readonly leftOut: number;
}

/** The same in JSON: times are RFC 3339 in UTC with ms. */
export interface TimelineEntry {
  readonly at: string;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const AT_ONCE = 500;

/** The stretch that a cursor of `timelineJson` asks for; the first one without. */
export function stretchOf(cursor: unknown, limit: number = AT_ONCE): { readonly from: number; readonly limit: number } {
  return { from: /^\d{1,9}$/.test(String(cursor)) ? Number(cursor) : 0, limit };
}

/** A payment with its history as `GET /api/payments/{id}/timeline` and `ocbridge payment timeline --json` give it. */
export function timelineJson<View>(payment: View, { lines, next, leftOut }: HistoryPage) {
  return { payment, timeline: lines.map(entryOf), nextCursor: next === null ? null : String(next), leftOut };
}

function entryOf({ at, what, detail }: HistoryLine): TimelineEntry {
  const { upstreamAt } = detail;
  const told = typeof upstreamAt === 'number' ? { ...detail, upstreamAt: utcText(upstreamAt as Instant) } : detail;
  return { at: utcText(instant(at)), what, detail: told };
}
