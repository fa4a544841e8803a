import { matchKey } from './clearing-lines.js';
import { cycleAfter } from './match-day.js';
import type { DayBooks, DayLine, ExceptionKind, OurRows, StoredDay } from './recon-ports.js';
import type { TheirLine } from './recon-words.js';

/** What sealed days near a day have shown as the lines of rows of other days: it stands, whatever comes later. */
export interface ShownElsewhere {
  /** By `shownPlace`. */
  readonly places: ReadonlySet<string>;
  /** `matchKey` of those rows that belong to the day itself. */
  readonly keys: ReadonlySet<string>;
}

export interface ShownParts {
  readonly days: Pick<DayBooks, 'lines' | 'exceptions'>;
  readonly rows: Pick<OurRows, 'byOwnIds'>;
}

/** A row of a day stands one cycle away at most, and so its lines two cycles from each other. */
export const SHOWN_DAYS = 2;
const PAGE_LINES = 500;

export function shownPlace({ file, line }: Pick<TheirLine, 'file' | 'line'>): string {
  return `${file} ${line}`;
}

/** Late money counts where its line stands. */
const LATE_KINDS: readonly ExceptionKind[] = ['failed_here_paid_there', 'cancelled_here_paid_there'];

/** The lines of rows of the days beside a sealed one. */
async function* shiftedLines({ day, totals }: StoredDay, days: ShownParts['days']): AsyncGenerator<readonly DayLine[]> {
  if (totals.every(({ theirShifted }) => theirShifted.count === 0)) return;
  for (let from: number | null = 0; from !== null; ) {
    const page: Awaited<ReturnType<DayBooks['lines']>> = await days.lines(day, from, PAGE_LINES);
    from = page.next;
    yield page.items.filter(({ verdict, file }) => verdict === 'shifted' && file !== null);
  }
}

/** Where a sealed day has found late money. */
async function* latePlaces({ day }: StoredDay, days: ShownParts['days']): AsyncGenerator<string> {
  for (let from: number | null = 0; from !== null; ) {
    const page: Awaited<ReturnType<DayBooks['exceptions']>> = await days.exceptions(day, from, PAGE_LINES);
    from = page.next;
    for (const { kind, file, line } of page.items)
      if (LATE_KINDS.includes(kind) && file !== null && line !== null) yield shownPlace({ file, line });
  }
}

/** Reads what the sealed ones of the days beside `day` have shown of rows of other days. */
export async function shownElsewhere(
  day: string,
  sealed: readonly StoredDay[],
  { days, rows }: ShownParts,
): Promise<ShownElsewhere> {
  const [first, last] = [cycleAfter(day, -SHOWN_DAYS), cycleAfter(day, SHOWN_DAYS)];
  const places = new Set<string>();
  const keys = new Set<string>();
  for (const one of sealed.filter((near) => near.day >= first && near.day <= last)) {
    for await (const place of latePlaces(one, days)) places.add(place);
    for await (const lines of shiftedLines(one, days)) {
      for (const { file, line } of lines) places.add(shownPlace({ file: String(file), line: Number(line) }));
      for (const type of ['payment', 'refund'] as const) {
        const own = lines.filter((line) => line.type === type);
        const ids = own.flatMap(
          ({ paymentRequestId, refundRequestId }) => (type === 'payment' ? paymentRequestId : refundRequestId) ?? [],
        );
        for (const row of await rows.byOwnIds(type, ids)) if (row.day === day) keys.add(matchKey(row));
      }
    }
  }
  return { places, keys };
}
