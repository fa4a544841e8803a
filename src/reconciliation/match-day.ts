import { addMs, type Instant, instant, parseIsoTime, utcText } from '../base/clock.js';
import { type Money, moneyText } from '../payment/money.js';
import { ownIdOf } from './clearing-lines.js';
import { type ActKey, type Cause, toldException } from './exception-sentences.js';
import { lateWords } from './late-money.js';
import type { ComparedLine, LineException, LineExceptionKind, OurRow, RowIds, TheirLine } from './recon-words.js';

/** Everything that is needed to compare one clearing day; the caller looks it up, nothing here does. */
export interface DayToMatch {
  /** `YYYY-MM-DD`, UTC+8. */
  readonly day: string;
  /** First part of our request ids. */
  readonly instanceId: string;
  /** Our rows of this day, and those of other days that this day's lines name. */
  readonly ours: readonly OurRow[];
  /** Lines of this day, and lines of other days that name our rows of this day. */
  readonly theirs: readonly TheirLine[];
  /** This cycle is there whole: without it nothing can be called missing. */
  readonly isComplete: boolean;
  /** The next cycle is there whole: what is cut off at midnight would stand in it. */
  readonly isNextComplete: boolean;
}

const DAY_MS = 86_400_000;

function startOf(day: string): Instant {
  return parseIsoTime(`${day}T00:00:00Z`) ?? instant(0);
}

/** The clearing day `many` cycles after another one; negative: before. */
export function cycleAfter(day: string, many: number): string {
  return utcText(addMs(startOf(day), many * DAY_MS)).slice(0, 10);
}

/** Cycles between two clearing days, without sign. */
function cyclesBetween(a: string, b: string): number {
  return a === b ? 0 : Math.abs(startOf(a) - startOf(b)) / DAY_MS;
}

/** Our rows by every id a line may name them by; our own id goes first. */
function indexOf(ours: readonly OurRow[]): (line: RowIds) => OurRow | undefined {
  const byId = new Map<string, OurRow>();
  const key = (type: string, whose: 'ours' | 'theirs', id: string) => `${type} ${whose} ${id}`;
  const idsOf = ({ type, paymentRequestId, paymentId, refundRequestId, refundId }: RowIds) =>
    type === 'payment' ? { ours: paymentRequestId, theirs: paymentId } : { ours: refundRequestId, theirs: refundId };
  for (const row of ours) {
    const ids = idsOf(row);
    if (ids.ours !== null) byId.set(key(row.type, 'ours', ids.ours), row);
    if (ids.theirs !== null) byId.set(key(row.type, 'theirs', ids.theirs), row);
  }
  return (line) => {
    const ids = idsOf(line);
    const byOurs = ids.ours === null ? undefined : byId.get(key(line.type, 'ours', ids.ours));
    return byOurs ?? (ids.theirs === null ? undefined : byId.get(key(line.type, 'theirs', ids.theirs)));
  };
}

/** In the order of the reports, so that the same files always give the same result. */
function inOrder(a: TheirLine, b: TheirLine): number {
  if (a.day !== b.day) return a.day < b.day ? -1 : 1;
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line;
}

const HOLD = { sealed: 4, none: 0, late: -4 } as const;

/**
 * How well a line fits a row: what a sealed day has shown before all others, one of its own day before another, one that names our id before one
 * that names only theirs, and what came late behind all others.
 */
function fitness(line: TheirLine, row: OurRow): number {
  return HOLD[line.hold ?? 'none'] + (line.day === row.day ? 2 : 0) + (ownIdOf(line) === ownIdOf(row) ? 1 : 0);
}

/** The line that a row goes with: the one that fits best, and of those the first one. Every further one is a duplicate. */
function pairUp(ours: readonly OurRow[], theirs: readonly TheirLine[]) {
  const find = indexOf(ours);
  const rowOf = new Map<TheirLine, OurRow>();
  const lineOf = new Map<OurRow, TheirLine>();
  for (const line of theirs.toSorted(inOrder)) {
    const row = find(line);
    if (row === undefined) continue;
    rowOf.set(line, row);
    const best = lineOf.get(row);
    if (best === undefined || fitness(line, row) > fitness(best, row)) lineOf.set(row, line);
  }
  return { rowOf, lineOf };
}

const place = ({ file, line }: TheirLine) => ({ file, line: String(line) });

function exception(kind: LineExceptionKind, cause: Cause, act: ActKey): LineException {
  return { kind, ...toldException(act, cause) };
}

/** A line of a sale that ended unpaid here: where its money came late and was confirmed, that and what became of it is told. */
function endedUnpaid(kind: LineExceptionKind, cause: Cause, act: ActKey, { late }: OurRow): LineException {
  if (late === undefined) return exception(kind, cause, act);
  const more = lateWords(late);
  return { kind, ...toldException(more.act, cause, ...more.cause) };
}

/** What a sentence calls it: its type and its id. */
function named(row: RowIds): { readonly type: RowIds['type']; readonly id: string } {
  const id = row.type === 'payment' ? (row.paymentRequestId ?? row.paymentId) : (row.refundRequestId ?? row.refundId);
  return { type: row.type, id: String(id) };
}

function nameOf(row: RowIds): string {
  const { type, id } = named(row);
  return `${type} ${id}`;
}

function sameAmount(ours: Money, theirs: Money): boolean {
  return BigInt(ours.value) === BigInt(theirs.value);
}

/** What the two sides say about the money; undefined when they agree. The transaction amount counts where the report has it. */
function moneyDiffers(row: OurRow, line: TheirLine): LineException | undefined {
  const ours = line.amount === null ? row.settlement : row.amount;
  const theirs = line.amount ?? line.settlement;
  if (ours === null) return undefined;
  const both: Cause = ['cause.money', { ours: moneyText(ours), theirs: moneyText(theirs), ...place(line) }];
  if (ours.currency !== theirs.currency) return exception('currency_differs', both, 'act.money');
  if (!sameAmount(ours, theirs)) return exception('amount_differs', both, 'act.money');
  const usual = row.type === 'payment' ? 'C' : 'D';
  if (line.settlement.direction === usual || BigInt(line.settlement.value) === 0n) return undefined;
  const { direction } = line.settlement;
  return exception('amount_differs', ['cause.direction', { type: row.type, direction, ...place(line) }], 'act.money');
}

function unknownLine(line: TheirLine, instanceId: string): LineException {
  const id = line.type === 'payment' ? line.paymentRequestId : (line.refundRequestId ?? line.paymentRequestId);
  if (id === null || !id.startsWith(`${instanceId}-`)) {
    return exception('foreign_line', ['cause.foreign', { ...named(line), ...place(line) }], 'act.foreign');
  }
  const cause: Cause = ['cause.in_no_book', { ...named(line), ...place(line) }];
  if (line.type === 'refund') return exception('refund_unmatched', cause, 'act.refund.unknown');
  return exception('paid_there_unknown_here', cause, 'act.unknown');
}

/** A line whose row did not complete here, or completed two or more cycles away. */
function unexpected(row: OurRow, line: TheirLine): LineException {
  const both = { ...named(row), ...place(line) };
  if (row.type === 'refund') {
    const { standing } = row;
    const cause: Cause =
      standing === 'completed'
        ? ['cause.refund.far', { ...both, day: String(row.day) }]
        : ['cause.refund.standing', { ...both, standing }];
    return exception('refund_unmatched', cause, 'act.refund.unmatched');
  }
  switch (row.standing) {
    case 'cancelled':
      return endedUnpaid('cancelled_here_paid_there', ['cause.cancelled', both], 'act.cancelled', row);
    case 'failed':
      return endedUnpaid('failed_here_paid_there', ['cause.failed', both], 'act.failed', row);
    case 'undecided':
      return exception('paid_there_unknown_here', ['cause.undecided', both], 'act.undecided');
    case 'completed':
      return exception('paid_there_unknown_here', ['cause.paid.far', { ...both, day: String(row.day) }], 'act.paid.far');
  }
}

/** Compares a line with the row that it names; not `isFirst`: a better or earlier line goes with that row. */
export function compareTheirs(
  line: TheirLine,
  row: OurRow | undefined,
  isFirst: boolean,
  { instanceId, day }: Pick<DayToMatch, 'instanceId' | 'day'>,
): ComparedLine {
  const about = (verdict: ComparedLine['verdict'], found: LineException | null, inquire = false): ComparedLine => ({
    verdict,
    ours: row ?? null,
    theirs: line,
    exception: found,
    inquire,
  });
  if (row === undefined) return about('exception', unknownLine(line, instanceId));
  if (!isFirst) {
    const twice: Cause = ['cause.twice', { ...named(row), ...place(line) }];
    return about('exception', exception('duplicate_line', twice, 'act.twice'));
  }
  const isNear = row.standing === 'completed' && row.day !== null && cyclesBetween(row.day, day) <= 1;
  if (!isNear) return about('exception', unexpected(row, line), row.standing === 'undecided');
  const differs = moneyDiffers(row, line);
  if (differs !== undefined) return about('exception', differs);
  return about(row.day === day ? 'matched' : 'shifted', null);
}

/** A row that the other side lacks. */
export function missing(row: OurRow, cause: Cause): LineException {
  const kind = row.type === 'payment' ? 'paid_here_missing_there' : 'refund_missing_there';
  return exception(kind, cause, 'act.missing');
}

/** A row of this day that goes with no line of this day. */
function compareOurs(row: OurRow, line: TheirLine | undefined, { isComplete, isNextComplete }: DayToMatch): ComparedLine {
  const about = (verdict: ComparedLine['verdict'], found: LineException | null): ComparedLine => ({
    verdict,
    ours: row,
    theirs: null,
    exception: found,
    inquire: false,
  });
  // A line of a cancelled row is told on the day of that line.
  if (row.standing === 'cancelled') return about('matched', null);
  const cycles = line === undefined || row.day === null ? null : cyclesBetween(row.day, line.day);
  if (cycles !== null && cycles <= 1) return about('shifted', null);
  if (!isComplete || !isNextComplete) return about('waiting', null);
  if (line === undefined) return about('exception', missing(row, ['cause.missing', named(row)]));
  return about('exception', missing(row, ['cause.missing.far', { ...named(row), ...place(line) }]));
}

/**
 * Compares our books with the transaction lines of one clearing day (order-code reference 6.4): each row and each line of the day appears
 * once, as a pair where they belong together. Pure: the same input in any order gives the same result in the same order.
 */
export function matchDay(input: DayToMatch): readonly ComparedLine[] {
  const { rowOf, lineOf } = pairUp(input.ours, input.theirs);
  const theirs = input.theirs.filter(({ day }) => day === input.day).toSorted(inOrder);
  const compared = theirs.map((line) => {
    const row = rowOf.get(line);
    return compareTheirs(line, row, row === undefined || lineOf.get(row) === line, input);
  });
  const paired = new Set(
    compared.flatMap(({ ours, exception: found }) => (ours === null || found?.kind === 'duplicate_line' ? [] : [ours])),
  );
  const rest = input.ours
    .filter((row) => row.day === input.day && !paired.has(row) && (row.standing === 'completed' || row.standing === 'cancelled'))
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return [...compared, ...rest.map((row) => compareOurs(row, lineOf.get(row), input))];
}
