import { matchKey } from './clearing-lines.js';
import { cycleAfter } from './match-day.js';
import type { DayBooks, ExceptionKind, OurRows, StoredDay } from './recon-ports.js';
import type { OurRow, TheirLine } from './recon-words.js';

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

/** What has a line of a row of another day: late money counts where its line stands, and what differs is told there. */
const KINDS: readonly ExceptionKind[] = [
  'failed_here_paid_there',
  'cancelled_here_paid_there',
  'amount_differs',
  'currency_differs',
];

/** A line that a sealed day has listed or told, with our ids. */
interface Shown {
  readonly type: OurRow['type'];
  readonly paymentRequestId: string | null;
  readonly refundRequestId: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

/** The lines of rows of other days on a sealed one, some at a time, and what it has told of lines. */
async function* shownLines({ day, totals }: StoredDay, days: ShownParts['days']): AsyncGenerator<readonly Shown[]> {
  const hasShifted = totals.some(({ theirShifted }) => theirShifted.count > 0);
  for (let from: number | null = hasShifted ? 0 : null; from !== null; ) {
    const page: Awaited<ReturnType<DayBooks['lines']>> = await days.lines(day, from, PAGE_LINES);
    from = page.next;
    yield page.items.filter(({ verdict }) => verdict === 'shifted');
  }
  for (let from: number | null = 0; from !== null; ) {
    const page: Awaited<ReturnType<DayBooks['exceptions']>> = await days.exceptions(day, from, PAGE_LINES);
    from = page.next;
    const told = page.items.filter(({ kind }) => KINDS.includes(kind));
    yield told.map((one) => ({ ...one, type: one.refundRequestId === null ? 'payment' : 'refund' }));
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
  for (const one of sealed.filter((near) => near.day >= first && near.day <= last))
    for await (const lines of shownLines(one, days)) {
      for (const { file, line } of lines) if (file !== null && line !== null) places.add(shownPlace({ file, line }));
      for (const type of ['payment', 'refund'] as const) {
        const own = lines.filter((line) => line.type === type && line.file !== null);
        const ids = own.flatMap(
          ({ paymentRequestId, refundRequestId }) => (type === 'payment' ? paymentRequestId : refundRequestId) ?? [],
        );
        for (const row of await rows.byOwnIds(type, ids)) if (row.day === day) keys.add(matchKey(row));
      }
    }
  return { places, keys };
}
