import type { DayTotals } from './day-totals.js';
import { isLateMoneyThere } from './late-money.js';
import { cycleAfter } from './match-day.js';
import type { OurRows, StoredDay, StoredFile } from './recon-ports.js';
import type { ComparedLine } from './recon-words.js';

/** What a comparison was made with, besides the files of its own day. A comparison of an older version has not kept all of it. */
export interface DayBasis {
  /** Its own cycle was there whole. */
  readonly complete: boolean;
  /** Days whose files decide about some of its rows; absent: those beside it, while rows wait. */
  readonly leansOn?: readonly string[];
  /** The files of those days that had been taken in, by number. */
  readonly around: readonly number[];
  /** Sealed days whose waiting rows fell to it. */
  readonly carried: readonly string[];
  /** Our rows of the day (`OurRows.stateOf`). */
  readonly rows?: string;
  /** The upstreams whose rows were compared; none: all. */
  readonly upstreams?: readonly string[];
  /** Late money that went back on this day, of which no report listed the payment so far: before the next cycle is there nothing is called missing. */
  readonly lateOpen?: boolean;
  /** The same of sealed days that had got further rows, through which it has looked. */
  readonly grown?: Readonly<Record<string, string>>;
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

const beside = (day: string) => [cycleAfter(day, -1), cycleAfter(day, 1)];

/** The files of these days that have been taken in, late ones, too; a settlement decides about no row. */
export function filesOf(days: readonly string[], files: readonly StoredFile[]): readonly number[] {
  return files
    .filter((file) => file.state !== 'refused' && file.kind !== 'settlement' && days.includes(file.day))
    .map(({ id }) => id)
    .toSorted((a, b) => a - b);
}

/** The days whose files may still make something else of this line: of a row that is missing, of one of another day, of late money. */
function leaning(line: ComparedLine, day: string): readonly string[] {
  const { verdict, ours, theirs, exception } = line;
  if (verdict === 'waiting' || exception?.kind === 'paid_here_missing_there' || exception?.kind === 'refund_missing_there')
    return beside(day);
  if (ours === null || theirs === null) return [];
  if (isLateMoneyThere(ours)) return [...beside(day), cycleAfter(day, -2), ...(ours.day === null ? [] : [ours.day])];
  if (ours.day === null || ours.day === day) return [];
  return ours.day < day ? [ours.day, cycleAfter(ours.day, -1)] : [ours.day];
}

/** A row stands one cycle away at most, and so its lines two cycles from each other: what is farther away changes nothing, days. */
export const NEAR_DAYS = 2;

/** Collects the days that a day leans on, line by line. */
export interface Leaning {
  add(lines: readonly ComparedLine[]): void;
  /** On both days beside it. */
  addBeside(): void;
  days(): readonly string[];
}

/** Begins with none. */
export function createLeaning(day: string): Leaning {
  const days = new Set<string>();
  const [first, last] = [cycleAfter(day, -NEAR_DAYS), cycleAfter(day, NEAR_DAYS)];
  return {
    add(lines) {
      for (const line of lines) for (const one of leaning(line, day)) days.add(one);
    },
    addBeside() {
      for (const one of beside(day)) days.add(one);
    },
    days: () => [...days].filter((one) => one >= first && one <= last).toSorted(),
  };
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
    if (!isTold && (waitingOf(one.totals).count > 0 || one.basis?.lateOpen === true)) carried.push(at);
    between.push(one);
  }
}

/** A sealed day that has got further rows since it was compared, its rows as they are now, and the upstreams that it was compared with. */
export interface GrownDay {
  readonly day: string;
  readonly state: string;
  readonly among: readonly string[];
}

/**
 * The sealed days before `day`, the newest first, that have rows through which no comparison has looked: a payment may end days after its
 * day was sealed. As with `carriedDays` every day between is sealed.
 */
export async function grownDays(
  day: string,
  sealed: readonly StoredDay[],
  stateOf: OurRows['stateOf'],
): Promise<readonly GrownDay[]> {
  const byDay = new Map(sealed.map((one) => [one.day, one]));
  const grown: GrownDay[] = [];
  const seen = new Map<string, string | undefined>();
  for (let at = cycleAfter(day, -1); ; at = cycleAfter(at, -1)) {
    const one = byDay.get(at);
    if (one === undefined) return grown;
    // What another configuration counts besides is no row that came later.
    const among = one.basis?.upstreams ?? [];
    const state = await stateOf(at, among);
    if (state !== (seen.get(at) ?? one.basis?.rows)) grown.push({ day: at, state, among });
    // The newest of those between has looked last.
    if (one.basis?.complete === true)
      for (const [other, then] of Object.entries(one.basis.grown ?? {})) if (!seen.has(other)) seen.set(other, then);
  }
}

/** What a comparison would be made with by now. */
export interface BasisNow {
  /** Files of the days near it. */
  readonly files: readonly StoredFile[];
  readonly carried: readonly string[];
  readonly rows: string;
}

/** Whether the comparison in force would be another one by now: our rows, files that it leans on, or other sealed days have come. */
export function isOutdated({ day, basis, totals }: StoredDay, now: BasisNow): boolean {
  const leansOn = basis?.leansOn ?? (waitingOf(totals).count > 0 ? beside(day) : []);
  if (leansOn.length > 0 && String(basis?.around ?? 'unknown') !== String(filesOf(leansOn, now.files))) return true;
  if (basis?.rows !== undefined && basis.rows !== now.rows) return true;
  return basis?.complete !== false && String(basis?.carried ?? '') !== String(now.carried);
}
