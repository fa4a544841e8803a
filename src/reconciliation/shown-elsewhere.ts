import { matchKey } from './clearing-lines.js';
import { NEAR_DAYS } from './day-basis.js';
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
  readonly days: Pick<DayBooks, 'lines' | 'exceptions'>;
  readonly rows: Pick<OurRows, 'byOwnIds'>;
}

const PAGE_LINES = 500;

export function shownPlace({ file, line }: Pick<TheirLine, 'file' | 'line'>): string {
  return `${file} ${line}`;
}

/** The exceptions of a sealed day that call a line the second one of its row. */
async function duplicatesOf({ day }: StoredDay, days: ShownParts['days']): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let from: number | null = 0; from !== null; ) {
    const page: Awaited<ReturnType<DayBooks['exceptions']>> = await days.exceptions(day, from, PAGE_LINES);
    from = page.next;
    for (const { id, kind } of page.items) if (kind === 'duplicate_line') found.add(id);
  }
  return found;
}

/** The lines of a sealed day that go with a row and are not plainly matched: of rows of other days, of late money, with something that differs. */
async function* shownLines(one: StoredDay, days: ShownParts['days']): AsyncGenerator<readonly DayLine[]> {
  if (one.totals.every(({ theirShifted, theirExceptions }) => theirShifted.count + theirExceptions.count === 0)) return;
  const duplicates = await duplicatesOf(one, days);
  for (let from: number | null = 0; from !== null; ) {
    const page: Awaited<ReturnType<DayBooks['lines']>> = await days.lines(one.day, from, PAGE_LINES);
    from = page.next;
    yield page.items.filter(({ verdict, file, exceptionId }) => {
      return file !== null && (verdict === 'shifted' || (verdict === 'exception' && !duplicates.has(exceptionId ?? '')));
    });
  }
}

/** Reads what the sealed ones of the days beside `day` have shown of rows of other days. */
export async function shownElsewhere(
  day: string,
  sealed: readonly StoredDay[],
  { days, rows }: ShownParts,
): Promise<ShownElsewhere> {
  const [first, last] = [cycleAfter(day, -NEAR_DAYS), cycleAfter(day, NEAR_DAYS)];
  const places = new Set<string>();
  const keys = new Set<string>();
  for (const one of sealed.filter((near) => near.day >= first && near.day <= last))
    for await (const lines of shownLines(one, days)) {
      for (const { file, line } of lines) if (file !== null && line !== null) places.add(shownPlace({ file, line }));
      for (const type of ['payment', 'refund'] as const) {
        const own = lines.filter((line) => line.type === type);
        const ids = own.flatMap(
          ({ paymentRequestId, refundRequestId }) => (type === 'payment' ? paymentRequestId : refundRequestId) ?? [],
        );
        for (const row of await rows.byOwnIds(type, ids)) if (row.day === day) keys.add(matchKey(row));
      }
    }
  return { places, keys };
}
