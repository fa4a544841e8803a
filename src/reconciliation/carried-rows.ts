import { matchKey, ownIdOf, theirIdOf } from './clearing-lines.js';
import type { GrownDay } from './day-basis.js';
import { type Cause, toldException } from './exception-sentences.js';
import { isLateMoneyThere, type LateMoney, lateWords } from './late-money.js';
import { cycleAfter, missing } from './match-day.js';
import type { ClearingBooks, DayBooks, FoundException, OurRows, StoredFile } from './recon-ports.js';
import type { OurRow, RowIds } from './recon-words.js';

export interface CarriedParts {
  readonly books: Pick<ClearingBooks, 'linesNaming'>;
  readonly days: Pick<DayBooks, 'lines' | 'toldMissing'>;
  readonly rows: Pick<OurRows, 'byOwnIds' | 'ofDay'>;
}

const NONE: ReadonlySet<string> = new Set();
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
async function unlisted(found: readonly OurRow[], files: readonly StoredFile[], { books }: Pick<CarriedParts, 'books'>) {
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

/** transactionItems files of a day and the two beside it, late ones included. */
function itemsNear(day: string, files: readonly StoredFile[]): readonly StoredFile[] {
  return files.filter(
    (file) =>
      file.kind === 'transactionItems' &&
      file.state !== 'refused' &&
      file.day >= cycleAfter(day, -1) &&
      file.day <= cycleAfter(day, 1),
  );
}

function lackedThere(row: OurRow, cause: 'cause.missing.sealed' | 'cause.missing.grown', day: string): FoundException {
  return {
    ...missing(row, [cause, { type: row.type, id: String(ownIdOf(row)), day }]),
    paymentRequestId: row.paymentRequestId,
    refundRequestId: row.refundRequestId,
    file: null,
    line: null,
  };
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
  const near = itemsNear(day, files);
  for (let from: number | null = 0; from !== null; ) {
    const page: Awaited<ReturnType<DayBooks['lines']>> = await parts.days.lines(day, from, PAGE_LINES);
    from = page.next;
    const lost = await unlisted(await waitingRows(page.items, day, parts), near, parts);
    if (lost.length > 0) yield lost.map((row) => lackedThere(row, 'cause.missing.sealed', day));
  }
}

/**
 * The same for rows that a sealed day got after it was compared, as when a payment ends days after its sale. `before`: the day that tells
 * them; what an exception of a day before it has told is told once.
 */
export async function* grownExceptions(
  { day, among }: GrownDay,
  before: string,
  files: readonly StoredFile[],
  parts: CarriedParts,
): AsyncGenerator<readonly FoundException[]> {
  const near = itemsNear(day, files);
  for (let after = ''; ; ) {
    const page = await parts.rows.ofDay(day, after, PAGE_LINES, among);
    if (page.count === 0) return;
    const rows = Array.from({ length: page.count }, (_unused, index) => page.rowAt(index));
    after = matchKey(rows.at(-1) as OurRow);
    const completed = rows.filter(({ standing }) => standing === 'completed');
    const lost = await unlisted(completed, near, parts);
    if (lost.length === 0) continue;
    const told = await parts.days.toldMissing(lost, day, cycleAfter(before, -1));
    const untold = lost.filter((row) => !told.has(matchKey(row)));
    if (untold.length > 0) yield untold.map((row) => lackedThere(row, 'cause.missing.grown', day));
  }
}

export interface LateMoneyParts {
  readonly books: CarriedParts['books'];
  readonly days: Pick<DayBooks, 'toldMissing'>;
  readonly rows: Pick<OurRows, 'refundedUnpaid' | 'lateMoney'>;
}

/**
 * Late money that went back by a refund of `day` while no report lists the payment: the refund was cleared and the payment was not. It
 * belongs to the day of its first refund; `before` is the day that tells it, and what one before that has told is told once.
 */
export async function* lateMoneyMissing(
  day: string,
  before: string,
  files: readonly StoredFile[],
  { books, days, rows }: LateMoneyParts,
): AsyncGenerator<readonly FoundException[]> {
  const items = files.filter(({ kind, state }) => kind === 'transactionItems' && state !== 'refused');
  for (let after = ''; ; ) {
    const ended = await rows.refundedUnpaid(day, after, PAGE_LINES);
    if (ended.length === 0) return;
    after = (ended.at(-1) as OurRow).paymentRequestId;
    const late = await rows.lateMoney(ended.map(({ paymentRequestId }) => paymentRequestId));
    const came = ended.flatMap((row) => {
      const money = late.get(row.paymentRequestId);
      const isFirst = money?.refunds.every((refund) => refund.day >= day) === true;
      return money !== undefined && isFirst ? [{ ...row, late: money }] : [];
    });
    const unseen = await unlisted(came.filter(isLateMoneyThere), items, { books });
    const told = unseen.length === 0 || day === before ? NONE : await days.toldMissing(unseen, day, cycleAfter(before, -1));
    const lost = unseen.filter((row) => !told.has(matchKey(row)));
    if (lost.length === 0) continue;
    yield lost.map((row) => {
      const cause: Cause = ['cause.missing.late_money', { id: row.paymentRequestId }];
      const { cause: more } = lateWords(row.late as LateMoney);
      return {
        kind: 'paid_here_missing_there' as const,
        ...toldException('act.missing', cause, ...more),
        paymentRequestId: row.paymentRequestId,
        refundRequestId: null,
        file: null,
        line: null,
      };
    });
  }
}
