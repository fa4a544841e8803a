import { type Instant, instant, utcText } from '../base/clock.js';

/** A line of a payment's history as the books give it; `at` in ms since 1970. */
export interface HistoryLine {
  readonly at: number;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The same in JSON: times are RFC 3339 in UTC with ms. */
export interface TimelineEntry {
  readonly at: string;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A payment with its history as `GET /api/payments/{id}/timeline` and `ocbridge payment timeline --json` give it. */
export function timelineJson<View>(payment: View, lines: readonly HistoryLine[]) {
  return { payment, timeline: lines.map(entryOf) };
}

function entryOf({ at, what, detail }: HistoryLine): TimelineEntry {
  const { upstreamAt } = detail;
  const told = typeof upstreamAt === 'number' ? { ...detail, upstreamAt: utcText(upstreamAt as Instant) } : detail;
  return { at: utcText(instant(at)), what, detail: told };
}
