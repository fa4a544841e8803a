import { matchKey, ownIdOf, theirIdOf } from './clearing-lines.js';
import { cycleAfter, missing } from './match-day.js';
import type { ClearingBooks, DayBooks, FoundException, OurRows, StoredFile } from './recon-ports.js';
import type { OurRow, RowIds } from './recon-words.js';

export interface CarriedParts {
  readonly books: Pick<ClearingBooks, 'linesNaming'>;
  readonly days: Pick<DayBooks, 'lines'>;
  readonly rows: Pick<OurRows, 'byOwnIds'>;
}

/** Lines that are looked at at once. */
const PAGE_LINES = 500;

/** The rows that wait on a sealed day, as the books have them now: what is undone since then is missed by nobody. */
async function waitingRows(
  items: Awaited<ReturnType<DayBooks['lines']>>['items'],
  day: string,
  { rows }: CarriedParts,
): Promise<readonly OurRow[]> {
  const waiting = items.filter(({ verdict }) => verdict === 'waiting');
  const idsOf = (type: OurRow['type']) =>
    waiting
      .filter((line) => line.type === type)
      .flatMap(({ paymentRequestId, refundRequestId }) => (type === 'payment' ? paymentRequestId : refundRequestId) ?? []);
  const found = [...(await rows.byOwnIds('payment', idsOf('payment'))), ...(await rows.byOwnIds('refund', idsOf('refund')))];
  return found
    .filter((row) => row.standing === 'completed' && row.day === day)
    .toSorted((a, b) => (matchKey(a) < matchKey(b) ? -1 : 1));
}

const namesOf = (row: RowIds) => [`${row.type} ours ${ownIdOf(row)}`, `${row.type} theirs ${theirIdOf(row)}`] as const;

/** Those of the rows that no line of these files names. */
async function unlisted(found: readonly OurRow[], files: readonly StoredFile[], { books }: CarriedParts) {
  if (found.length === 0) return [];
  const lines = await books.linesNaming(
    files.map(({ id }) => id),
    found,
  );
  const named = new Set<string>(lines.flatMap(({ line }) => namesOf(line)));
  return found.filter((row) => {
    const [ours, theirs] = namesOf(row);
    return !named.has(ours) && (theirIdOf(row) === null || !named.has(theirs));
  });
}

/**
 * Exceptions for rows of a sealed day that waited for the next cycle and stand in no report of its own cycle and the two beside it, late ones
 * included: some at a time, in the order of the day's lines. They belong to no line of the day that tells them, and count in none of its totals.
 */
export async function* carriedExceptions(
  day: string,
  files: readonly StoredFile[],
  parts: CarriedParts,
): AsyncGenerator<readonly FoundException[]> {
  const near = files.filter(
    (file) =>
      file.kind === 'transactionItems' &&
      file.state !== 'refused' &&
      file.day >= cycleAfter(day, -1) &&
      file.day <= cycleAfter(day, 1),
  );
  for (let from: number | null = 0; from !== null; ) {
    const page: Awaited<ReturnType<DayBooks['lines']>> = await parts.days.lines(day, from, PAGE_LINES);
    from = page.next;
    const lost = await unlisted(await waitingRows(page.items, day, parts), near, parts);
    if (lost.length === 0) continue;
    yield lost.map((row) => ({
      ...missing(row, ['cause.missing.sealed', { type: row.type, id: String(ownIdOf(row)), day }]),
      paymentRequestId: row.paymentRequestId,
      refundRequestId: row.refundRequestId,
      file: null,
      line: null,
    }));
  }
}
