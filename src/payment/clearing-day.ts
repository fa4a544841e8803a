import { type Instant, instant, parseIsoTime, utc8Text, utcText } from '../base/clock.js';

const UTC8_MS = 8 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
/** Cancels of a paid order are taken this long into the next clearing day (order-code reference 1.4 and 5.2). */
const WINDOW_INTO_NEXT_DAY_MS = 15 * 60_000;

/** The clearing day (00:00 to 24:00 in UTC+8) of a moment on the upstream's clock, as `YYYY-MM-DD`. */
export function clearingDayOf(upstreamTime: Instant): string {
  return utc8Text(upstreamTime).slice(0, 10);
}

/** Years whose days have neighbours, months around included, that can be written with four digits since 1970. */
const YEARS = { first: '1971', last: '9998' } as const;

/** Whether a text like `2026-03-05` names a clearing day that there can be: a day of the calendar, 1971 to 9998. */
export function isCalendarDay(text: string): boolean {
  const begins = parseIsoTime(`${text}T00:00:00Z`);
  const year = text.slice(0, 4);
  return begins !== undefined && utcText(begins).slice(0, 10) === text && year >= YEARS.first && year <= YEARS.last;
}

/** The end of the cancel window of an order paid at `paidAt`, upstream clock: 00:15 in UTC+8 of the day after. */
export function cancelWindowEnd(paidAt: Instant): Instant {
  const startOfDay = Math.floor((paidAt + UTC8_MS) / DAY_MS) * DAY_MS - UTC8_MS;
  return instant(startOfDay + DAY_MS + WINDOW_INTO_NEXT_DAY_MS);
}

/** Whether a paid order can still be cancelled as a whole; afterwards only a refund gives the money back. */
export function isInCancelWindow(paidAt: Instant, upstreamNow: Instant): boolean {
  return upstreamNow < cancelWindowEnd(paidAt);
}
