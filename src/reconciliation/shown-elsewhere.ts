import { matchKey } from './clearing-lines.js';
import { cycleAfter } from './match-day.js';
import type { DayBooks, DayLine, OurRows, StoredDay } from './recon-ports.js';
import type { TheirLine } from './recon-words.js';

/** What sealed days near a day have shown as the lines of rows of other days: it stands, whatever comes later. */
export interface ShownElsewhere {
  /** By `shownPlace`. */
  readonly places: ReadonlySet<string>;
  /** `matchKey` of those rows that belong to the day itself. */
  readonly keys: ReadonlySet<string>;
}

export interface ShownParts {
  readonly days: Pick<DayBooks, 'lines'>;
  readonly rows: Pick<OurRows, 'byOwnIds'>;
}

/** A row of a day stands one cycle away at most, and so its lines two cycles from each other. */
export const SHOWN_DAYS = 2;
const PAGE_LINES = 500;

export function shownPlace({ file, line }: Pick<TheirLine, 'file' | 'line'>): string {
  return `${file} ${line}`;
}

/** A line whose row belongs to another day: found beside it, or late money, which counts where its line stands. */
function isOfAnotherDay({ verdict, file, counted }: DayLine): boolean {
  return file !== null && (verdict === 'shifted' || (verdict === 'exception' && counted.ours !== null));
}

/** Whether a sealed day may have shown such lines. */
function mayShow({ totals }: StoredDay): boolean {
  return totals.some(({ theirShifted, exceptions }) => theirShifted.count + exceptions.count > 0);
}

/** Reads the lines of the sealed ones of the days beside `day`, as far as they have shown rows of other days. */
export async function shownElsewhere(
  day: string,
  sealed: readonly StoredDay[],
  { days, rows }: ShownParts,
): Promise<ShownElsewhere> {
  const [first, last] = [cycleAfter(day, -SHOWN_DAYS), cycleAfter(day, SHOWN_DAYS)];
  const places = new Set<string>();
  const keys = new Set<string>();
  for (const one of sealed.filter((near) => near.day >= first && near.day <= last && mayShow(near)))
    for (let from: number | null = 0; from !== null; ) {
      const page: Awaited<ReturnType<DayBooks['lines']>> = await days.lines(one.day, from, PAGE_LINES);
      from = page.next;
      const found = page.items.filter(isOfAnotherDay);
      for (const { file, line } of found) places.add(shownPlace({ file: String(file), line: Number(line) }));
      for (const type of ['payment', 'refund'] as const) {
        const ids = found
          .filter((line) => line.type === type)
          .flatMap(({ paymentRequestId, refundRequestId }) => (type === 'payment' ? paymentRequestId : refundRequestId) ?? []);
        for (const row of await rows.byOwnIds(type, ids)) if (row.day === day) keys.add(matchKey(row));
      }
    }
  return { places, keys };
}
