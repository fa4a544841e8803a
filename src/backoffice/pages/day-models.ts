import { addMs, type Instant, instant, parseIsoTime } from '../../base/clock.js';
import { isCalendarDay } from '../../payment/clearing-day.js';
import type { DayTotals, Figure } from '../../reconciliation/day-totals.js';
import type { DayLine, LineMoney } from '../../reconciliation/recon-ports.js';
import type { DayView } from '../../reconciliation/recon-views.js';
import { CLEARING_ZONE, type ShopTime, shopTime } from './shown.js';
import type { WordKey } from './words/words.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const clearing = shopTime(CLEARING_ZONE);

/** The clearing day of an instant. */
export function clearingDayOf(at: Instant): string {
  return clearing.day(at);
}

/** A day some days away; the same text back for one that cannot be read. */
export function dayAway(day: string, days: number): string {
  const begins = parseIsoTime(`${day}T00:00:00Z`);
  return begins === undefined ? day : utc.day(addMs(begins, days * DAY_MS));
}

const utc = shopTime('UTC');

/** What one word says of a day, and how it is coloured; the word stands alone as well. */
export interface DayWord {
  readonly key: WordKey | null;
  readonly tone: 'good' | 'bad' | 'wait' | 'info' | 'still';
  readonly count: number;
}

/** Pure: the word for a day in the calendar. `today`: the clearing day that runs now. */
export function dayWord({ date, sealed, compared, compareAgain, files, exceptions, waiting }: DayView, today: string): DayWord {
  const word = (key: WordKey | null, tone: DayWord['tone'], count = 0): DayWord => ({ key, tone, count });
  if (sealed) return exceptions.open > 0 ? word('day.state.late', 'wait') : word('day.state.sealed', 'good');
  if (files.some(({ state }) => state === 'refused')) return word('day.state.refused', 'bad');
  if (compared && exceptions.open > 0) return word('day.state.open', 'bad', exceptions.open);
  if (date >= today) return word(null, 'still');
  const arrived = files.some(({ state }) => state === 'arrived');
  if (files.some(({ state }) => state === 'missing')) return word(arrived ? 'day.state.missing' : 'day.state.none', 'wait');
  if (compareAgain) return word('day.state.again', 'info');
  if (compared && waiting.count > 0) return word('day.state.waiting', 'wait', waiting.count);
  if (compared) return word('day.state.ready', 'info');
  return arrived ? word('day.state.arrived', 'info') : word('day.state.none', 'still');
}

/** The Mondays to Sundays that a month touches, as weeks of seven days. */
export function weeksOf(month: string): readonly (readonly string[])[] {
  const first = parseIsoTime(`${month}-01T00:00:00Z`);
  const ends = parseIsoTime(`${monthAway(month, 1)}-01T00:00:00Z`);
  if (first === undefined || ends === undefined) return [];
  // 1 January 1970 was a Thursday.
  const weekday = (Math.floor(first / DAY_MS) + 3) % 7;
  const monday = addMs(first, -weekday * DAY_MS);
  return Array.from({ length: Math.ceil((ends - monday) / (7 * DAY_MS)) }, (_week, week) =>
    Array.from({ length: 7 }, (_day, day) => utc.day(addMs(monday, (7 * week + day) * DAY_MS))),
  );
}

/** Whether a text like `2026-03` names a month with clearing days, and with a month before and behind it that has some. */
export function isCalendarMonth(month: string): boolean {
  return [month, monthAway(month, -1), monthAway(month, 1)].every((one) => isCalendarDay(`${one}-01`));
}

/** The month some months away, as `2026-03`. */
export function monthAway(month: string, months: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const count = year * 12 + number - 1 + months;
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}`;
}

/** One side of a strip: the sum, what it is made of, and whether it adds up. */
export interface StripSide {
  readonly side: 'ours' | 'theirs';
  readonly sum: Figure;
  readonly parts: readonly { readonly verdict: 'matched' | 'shifted' | 'waiting' | 'exception'; readonly figure: Figure }[];
  readonly addsUp: boolean;
}

/** The figures of a day in one currency and basis, as they are drawn. */
export interface Strip {
  readonly currency: string;
  readonly basis: DayTotals['basis'];
  readonly sides: readonly StripSide[];
  /** Ours less theirs, as signed text. */
  readonly difference: Figure;
  readonly withoutSettlementAmount: number;
}

function side(name: StripSide['side'], sum: Figure, parts: StripSide['parts']): StripSide {
  const count = parts.reduce((all, { figure }) => all + figure.count, 0);
  const value = parts.reduce((all, { figure }) => all + BigInt(figure.value), 0n);
  return { side: name, sum, parts, addsUp: count === sum.count && value === BigInt(sum.value) };
}

/** Pure: the strips of a day, each checked anew: what is shown adds up, or says that it does not. */
export function stripsOf(totals: readonly DayTotals[]): readonly Strip[] {
  return totals.map((one) => ({
    currency: one.currency,
    basis: one.basis,
    sides: [
      side('ours', one.ours, [
        { verdict: 'matched', figure: one.matched },
        { verdict: 'shifted', figure: one.shifted },
        { verdict: 'waiting', figure: one.waiting },
        { verdict: 'exception', figure: one.exceptions },
      ]),
      side('theirs', one.theirs, [
        { verdict: 'matched', figure: one.matched },
        { verdict: 'shifted', figure: one.theirShifted },
        { verdict: 'exception', figure: one.theirExceptions },
      ]),
    ],
    difference: { count: one.ours.count - one.theirs.count, value: String(BigInt(one.ours.value) - BigInt(one.theirs.value)) },
    withoutSettlementAmount: one.withoutSettlementAmount,
  }));
}

/** An amount of a line as it is listed, like `JPY 1980`; `isCounted` false: the totals of the day leave it out. */
export interface ListedAmount {
  readonly text: string;
  readonly isCounted: boolean;
}

/** Pure: the amounts of a line, so that those that count add up to the figures of the day; null where a side has none. What is nothing counts anywhere. */
export function listedAmounts({ money, counted }: Pick<DayLine, 'money' | 'counted'>) {
  const listed = (name: keyof LineMoney): ListedAmount | null => {
    const text = counted[name] ?? money[name];
    return text === null ? null : { text, isCounted: counted[name] !== null || /^\D*[0.]*$/.test(text) };
  };
  return {
    ours: listed('ours'),
    theirs: listed('theirs'),
    oursSettled: listed('oursSettled'),
    theirsSettled: listed('theirsSettled'),
  };
}

/** The hours of a clearing day on both clocks, every third one. */
export function bandOf(
  date: string,
  shop: ShopTime,
): readonly { readonly clearing: string; readonly shop: string; readonly shopDay: string }[] {
  const begins = clearing.startOf(date) ?? instant(0);
  return Array.from({ length: 9 }, (_unused, index) => {
    const at = addMs(begins, index * 3 * HOUR_MS);
    return { clearing: index === 8 ? '24:00' : clearing.minute(at), shop: shop.minute(at), shopDay: shop.day(at) };
  });
}
