import type { DayTotals } from './day-totals.js';
import { cycleAfter } from './match-day.js';
import type { StoredDay, StoredFile } from './recon-ports.js';

/** What a comparison was made with, besides our rows and the files of its own day. */
export interface DayBasis {
  /** Its own cycle was there whole. */
  readonly complete: boolean;
  /** Files of the cycles before and after that counted, by number. */
  readonly around: readonly number[];
  /** Sealed days whose waiting rows fell to it. */
  readonly carried: readonly string[];
}

/** Rows that wait for the next cycle. */
export interface Waiting {
  readonly count: number;
  /** Net, payments less refunds, in the currencies in which customers paid. */
  readonly amounts: readonly { readonly currency: string; readonly value: string }[];
}

/** What of a day waits for the next cycle. */
export function waitingOf(totals: readonly DayTotals[]): Waiting {
  const own = totals.filter(({ basis, waiting }) => basis === 'transaction' && waiting.count > 0);
  return {
    count: own.reduce((sum, { waiting }) => sum + waiting.count, 0),
    amounts: own.map(({ currency, waiting }) => ({ currency, value: waiting.value })),
  };
}

/** The files of the neighbouring cycles that count; a settlement ends no waiting. */
export function filesAround(files: readonly StoredFile[], day: string): readonly number[] {
  const beside = [cycleAfter(day, -1), cycleAfter(day, 1)];
  return files
    .filter((file) => file.state === 'arrived' && file.kind !== 'settlement' && beside.includes(file.day))
    .map(({ id }) => id)
    .toSorted((a, b) => a - b);
}

/**
 * The sealed days before `day`, the newest first, whose waiting rows fall to it: between them and it every day is sealed, and none of those was
 * compared as a whole with them in view. An open day between takes them itself, or is sealed one day and leaves them.
 */
export function carriedDays(day: string, sealed: readonly StoredDay[]): readonly string[] {
  const byDay = new Map(sealed.map((one) => [one.day, one]));
  const carried: string[] = [];
  const between: StoredDay[] = [];
  for (let at = cycleAfter(day, -1); ; at = cycleAfter(at, -1)) {
    const one = byDay.get(at);
    if (one === undefined) return carried;
    const isTold = between.some(({ basis }) => basis?.complete === true && basis.carried.includes(at));
    if (!isTold && waitingOf(one.totals).count > 0) carried.push(at);
    between.push(one);
  }
}

/** Whether the comparison in force would be another one by now: rows wait and files beside the day have come, or other sealed days fall to it. */
export function isOutdated({ basis, totals }: StoredDay, around: readonly number[], carried: readonly string[]): boolean {
  if (waitingOf(totals).count > 0 && String(basis?.around ?? 'unknown') !== String(around)) return true;
  return basis?.complete !== false && String(basis?.carried ?? '') !== String(carried);
}
