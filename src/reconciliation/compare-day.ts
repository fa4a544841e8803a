import { createFeeCheck, type FeesToCheck } from './check-day-fees.js';
import { matchKey, ownIdOf, theirIdOf, theirKey, theirLine } from './clearing-lines.js';
import { dayWindows, type Pair, type Window } from './day-windows.js';
import { type FiledLine, lineStream, ourStream } from './line-streams.js';
import { compareTheirs, type DayToMatch, matchDay } from './match-day.js';
import { MARK, MARKS, type OpenBlock } from './open-block.js';
import type { OurPage } from './our-page.js';
import { type PlainPair, plainPair } from './plain-pair.js';
import { addPair, growingPairs, type PlainPairs } from './plain-pairs.js';
import type { ClearingBooks, FoundException, OurRows, StoredFile } from './recon-ports.js';
import type { ComparedLine, OurRow, TheirLine } from './recon-words.js';
import { type ShownElsewhere, shownPlace } from './shown-elsewhere.js';

/** What a day is compared with. */
export interface DayToCompare extends Pick<DayToMatch, 'day' | 'instanceId' | 'isComplete' | 'isNextComplete'>, FeesToCheck {
  readonly books: ClearingBooks;
  readonly rows: OurRows;
  /** Files of the day that count. */
  readonly files: readonly StoredFile[];
  /** transactionItems files of other days in which a row of this day, or of one of its lines, may stand; late ones, too. */
  readonly around: readonly StoredFile[];
  readonly shown: ShownElsewhere;
}

/** A stretch of a compared day. */
export interface ComparedPage {
  /** Pairs that say the same to the letter, all `matched`: by where they stand, and taken apart. They are no part of `lines`. */
  readonly plain: PlainPairs;
  readonly same: readonly PlainPair[];
  readonly lines: readonly ComparedLine[];
  readonly fees: readonly FoundException[];
}

/** Rows of ours that are looked up at once. */
const PAGE_ROWS = 2000;

const placeOf = (fileId: number, line: number) => `${fileId} ${line}`;
const byId = (files: readonly StoredFile[]) => new Map(files.map((file) => [file.id, file]));

/**
 * Compares a day with its reports, both read in the order of our ids, some hundreds at a time: memory does not grow with the day. Gives
 * every line and every row of the day exactly once, by the rules of `matchDay`.
 */
export async function* compareDay(input: DayToCompare): AsyncGenerator<ComparedPage> {
  const { books, files } = input;
  const idsOf = (kind: StoredFile['kind']) => files.filter((file) => file.kind === kind).map(({ id }) => id);
  const withFees = files.some((file) => input.feesOf(file) !== null);
  const streams = {
    ours: ourStream(input.rows, input.day, PAGE_ROWS),
    theirs: await lineStream(books, 'items', idsOf('transactionItems')),
    fees: await lineStream(books, 'fees', withFees ? idsOf('feeItems') : []),
  };
  const read = fileReader(files);
  const checkFees = createFeeCheck(input);
  const next = dayWindows(streams, withFees);
  for (let window = await next(); window !== undefined; window = await next()) {
    const compared = await compareWindow(input, window, read);
    yield { ...compared, fees: withFees ? await checkFees(window.lines, window.fees) : [] };
  }
}

interface Reader {
  (filed: FiledLine): TheirLine;
  fileOf(filed: Pick<FiledLine, 'fileId'>): string;
}

/** Says of which file and day a line is. */
function fileReader(of: readonly StoredFile[]): Reader {
  const files = byId(of);
  const read = ({ fileId, line }: FiledLine) => {
    const { name, day, state } = files.get(fileId) as StoredFile;
    const read = theirLine(line, name, day);
    return state === 'late' ? ({ ...read, hold: 'late' } as const) : read;
  };
  return Object.assign(read, { fileOf: ({ fileId }: Pick<FiledLine, 'fileId'>) => (files.get(fileId) as StoredFile).name });
}

/** Rows and lines in the order of their keys. */
interface Sides {
  readonly ours: readonly OurRow[];
  readonly theirs: readonly TheirLine[];
}

interface Paired {
  readonly plain: PlainPairs;
  readonly pairs: readonly Pair[];
  readonly rest: Sides;
}

/** What is paired in a window and what is not; a pair whose row another line names by the upstream's id, or stands on a sealed day, is none. */
function pairsOf({ plain, pairs, rest }: Window, read: Reader, { keys }: ShownElsewhere): Paired {
  const ours = [...rest.ours];
  const theirs = rest.theirs.map(read);
  const named = new Set(theirs.flatMap((line) => theirKey(line) ?? []));
  if (named.size + keys.size === 0) return { plain, pairs, rest: { ours, theirs } };
  const isNamed = (row: OurRow) => named.has(theirKey(row) ?? '') || keys.has(matchKey(row));
  const take = (row: OurRow, line: FiledLine) => {
    ours.push(row);
    theirs.push(read(line));
  };
  const left = growingPairs(plain.count);
  for (let pair = 0; pair < plain.count; pair += 1) {
    const [page, row] = [plain.pages[pair] as OurPage, plain.rows[pair] as number];
    const [block, line] = [plain.blocks[pair] as OpenBlock, plain.lines[pair] as number];
    const whole = page.rowAt(row);
    if (isNamed(whole)) take(whole, { fileId: block.fileId, line: block.lineAt(line) });
    else addPair(left, page, row, block, line);
  }
  for (const [row, line] of pairs) if (isNamed(row)) take(row, line);
  return { plain: left, pairs: pairs.filter(([row]) => !isNamed(row)), rest: { ours, theirs } };
}

async function compareWindow(input: DayToCompare, window: Window, read: Reader): Promise<Omit<ComparedPage, 'fees'>> {
  const { plain, pairs, rest } = pairsOf(window, read, input.shown);
  const same: PlainPair[] = [];
  const compared: ComparedLine[] = [];
  for (const [row, filed] of pairs) {
    const pair = plainPair(row, filed.line, read.fileOf(filed), input.day);
    if (pair === undefined) compared.push(compareTheirs(read(filed), row, true, input));
    else same.push(pair);
  }
  if (rest.ours.length + rest.theirs.length === 0) return { plain, same, lines: compared };
  const named = await othersNamed(input, rest);
  const own = await withLateMoney(input.rows, rest.ours, rest.theirs);
  const others = await withLateMoney(input.rows, named, rest.theirs);
  const ours = [...own, ...others];
  const elsewhere = await linesElsewhere(input, rest, others, () => placesIn(window));
  const lines = new Set(rest.theirs);
  const rows = new Set(own);
  for (const one of matchDay({ ...input, ours, theirs: [...rest.theirs, ...elsewhere] })) {
    // What belongs to another window is told there.
    const isHere = one.theirs === null ? one.ours !== null && rows.has(one.ours) : lines.has(one.theirs);
    if (isHere) compared.push(one);
  }
  return { plain, same, lines: compared };
}

/** The rows, those of sales that ended unpaid and that a line names with the money that came to them late. */
async function withLateMoney(rows: OurRows, ours: readonly OurRow[], theirs: readonly TheirLine[]): Promise<readonly OurRow[]> {
  const ended = ours.filter(({ type, standing }) => type === 'payment' && (standing === 'failed' || standing === 'cancelled'));
  if (ended.length === 0) return ours;
  const named = new Set(theirs.flatMap(({ paymentRequestId, paymentId }) => [paymentRequestId ?? [], paymentId ?? []].flat()));
  const asked = ended.filter(({ paymentRequestId, paymentId }) => named.has(paymentRequestId) || named.has(paymentId ?? ''));
  if (asked.length === 0) return ours;
  const found = await rows.lateMoney(asked.map(({ paymentRequestId }) => paymentRequestId));
  return ours.map((row) => {
    const late = asked.includes(row) ? found.get(row.paymentRequestId) : undefined;
    return late === undefined ? row : { ...row, late };
  });
}

/** Where the lines of a window stand. */
function placesIn({ plain, pairs, rest }: Window): ReadonlySet<string> {
  const places = new Set<string>();
  for (const { fileId, line } of [...pairs.map(([, filed]) => filed), ...rest.theirs]) places.add(placeOf(fileId, line.line));
  for (let pair = 0; pair < plain.count; pair += 1) {
    const { fileId, bytes, marks } = plain.blocks[pair] as OpenBlock;
    const from = (plain.lines[pair] as number) * MARKS;
    const number = bytes.toString('latin1', marks[from + MARK.begin], (marks[from + MARK.keyBegin] as number) - 1);
    places.add(placeOf(fileId, Number(number)));
  }
  return places;
}

/** Rows of ours that a line of this window names and that are not in it: of another day, not complete, or named only by their id. */
async function othersNamed({ rows }: DayToCompare, { ours, theirs }: Sides): Promise<readonly OurRow[]> {
  const here = new Map(ours.map((row) => [matchKey(row), row]));
  const found = new Map<string, OurRow>();
  const unpaired = theirs.filter((line) => ownIdOf(line) === null || !here.has(matchKey(line)));
  for (const type of ['payment', 'refund'] as const) {
    const own = unpaired.filter((line) => line.type === type);
    const ids = [...new Set(own.flatMap((line) => ownIdOf(line) ?? []))];
    for (const row of await rows.byOwnIds(type, ids)) found.set(matchKey(row), row);
    const nameless = own.filter((line) => ownIdOf(line) === null || !found.has(matchKey(line)));
    const theirIds = [...new Set(nameless.flatMap((line) => theirIdOf(line) ?? []))];
    for (const row of await rows.byTheirIds(type, theirIds)) if (!here.has(matchKey(row))) found.set(matchKey(row), row);
  }
  return [...found.values()];
}

/** Lines that do not stand `here`, in this window, and name rows which would otherwise stand alone, or which are not of this day. */
async function linesElsewhere(
  input: DayToCompare,
  { ours, theirs }: Sides,
  others: readonly OurRow[],
  here: () => ReadonlySet<string>,
): Promise<readonly TheirLine[]> {
  const named = new Set(theirs.map(matchKey));
  const { shown } = input;
  const lonely = [...ours.filter((row) => !named.has(matchKey(row)) || shown.keys.has(matchKey(row))), ...others];
  if (lonely.length === 0) return [];
  const items = [...input.files, ...input.around].filter(({ kind }) => kind === 'transactionItems');
  const found = await input.books.linesNaming(
    items.map(({ id }) => id),
    lonely,
  );
  if (found.length === 0) return [];
  const read = fileReader(items);
  const places = here();
  const lines = new Map<string, TheirLine>();
  for (const filed of found) {
    const place = placeOf(filed.fileId, filed.line.line);
    if (places.has(place)) continue;
    const line = read(filed);
    lines.set(place, shown.places.has(shownPlace(line)) ? { ...line, hold: 'sealed' } : line);
  }
  return [...lines.values()];
}
