import { createFeeCheck, type FeesToCheck } from './check-day-fees.js';
import { matchKey, ownIdOf, theirIdOf, theirKey, theirLine } from './clearing-lines.js';
import { type FiledLine, type Keyed, type KeyedStream, lineStream, ourStream } from './line-streams.js';
import { compareTheirs, type DayToMatch, matchDay } from './match-day.js';
import { type PlainPair, plainPair } from './plain-pair.js';
import type { ClearingBooks, FoundException, OurRows, StoredFile } from './recon-ports.js';
import type { ComparedLine, OurRow, TheirLine } from './recon-words.js';

/** What a day is compared with. */
export interface DayToCompare extends Pick<DayToMatch, 'day' | 'instanceId' | 'isComplete' | 'isNextComplete'>, FeesToCheck {
  readonly books: ClearingBooks;
  readonly rows: OurRows;
  /** Files of the day that count. */
  readonly files: readonly StoredFile[];
  /** transactionItems files of other days in which a row of this day, or of one of its lines, may stand. */
  readonly around: readonly StoredFile[];
}

/** A stretch of a compared day. */
export interface ComparedPage {
  /** Pairs that say the same to the letter, all `matched`; they are no part of `lines`. */
  readonly plain: readonly PlainPair[];
  readonly lines: readonly ComparedLine[];
  readonly fees: readonly FoundException[];
}

/** Rows and lines that are compared at once. */
const WINDOW = 500;

interface Window {
  readonly ours: Keyed<OurRow>;
  readonly theirs: Keyed<FiledLine>;
  readonly fees: readonly FiledLine[];
}

interface Streams {
  readonly ours: KeyedStream<OurRow>;
  readonly theirs: KeyedStream<FiledLine>;
  readonly fees: KeyedStream<FiledLine>;
}

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
  const streams: Streams = {
    ours: ourStream(input.rows, input.day, 2 * WINDOW),
    theirs: await lineStream(books, 'items', idsOf('transactionItems'), 2 * WINDOW),
    fees: await lineStream(books, 'fees', withFees ? idsOf('feeItems') : [], 4 * WINDOW),
  };
  const read = fileReader(files);
  const checkFees = createFeeCheck(input);
  for (;;) {
    const window = await nextWindow(streams);
    if (window === undefined) return;
    const compared = await compareWindow(input, window, read);
    yield { ...compared, fees: withFees ? await checkFees(window.theirs.values, window.fees) : [] };
  }
}

interface Reader {
  (filed: FiledLine): TheirLine;
  fileOf(filed: FiledLine): string;
}

/** Says of which file and day a line is. */
function fileReader(of: readonly StoredFile[]): Reader {
  const files = byId(of);
  const read = ({ fileId, line }: FiledLine) => {
    const { name, day } = files.get(fileId) as StoredFile;
    return theirLine(line, name, day);
  };
  return Object.assign(read, { fileOf: ({ fileId }: FiledLine) => (files.get(fileId) as StoredFile).name });
}

/** The rows and lines of the next keys; all that have one key come together. */
async function nextWindow({ ours, theirs, fees }: Streams): Promise<Window | undefined> {
  await Promise.all([ours.fill(WINDOW + 1), theirs.fill(WINDOW + 1)]);
  const ends = [ours.keyAt(WINDOW), theirs.keyAt(WINDOW)].filter((key) => key !== undefined);
  const end = ends.length === 0 ? undefined : ends.toSorted()[0];
  await fillTo(theirs, end);
  await fillTo(fees, end);
  const found = { ours: ours.takeTo(end), theirs: theirs.takeTo(end), fees: fees.takeTo(end).values };
  const isOver = end === undefined && found.ours.keys.length + found.theirs.keys.length + found.fees.length === 0;
  return isOver ? undefined : found;
}

/** Fills a stream until it has something behind `end`, or nothing more comes. */
async function fillTo<T>(stream: KeyedStream<T>, end: string | undefined): Promise<void> {
  for (let many = WINDOW; ; many *= 2) {
    await stream.fill(many + 1);
    const key = stream.keyAt(many);
    if (key === undefined || (end !== undefined && key > end)) return;
  }
}

/** Rows and lines in the order of their keys. */
interface Sides {
  readonly ours: readonly OurRow[];
  readonly theirs: readonly TheirLine[];
}
type Pair = readonly [row: OurRow, line: FiledLine];

/**
 * A completed row and the only line under its own id belong together, whatever else there is: no other line fits better. These pairs are
 * nearly all of a day, and need no looking up. Everything else is `rest`, and so is a pair whose row another line names by the upstream's id.
 */
function pairedAtOnce({ ours, theirs }: Window, read: Reader): { readonly pairs: readonly Pair[]; readonly rest: Sides } {
  const pairs: Pair[] = [];
  const rest: { ours: OurRow[]; theirs: TheirLine[] } = { ours: [], theirs: [] };
  const { keys, values } = theirs;
  let at = 0;
  for (let index = 0; index < ours.values.length; index += 1) {
    const [row, key] = [ours.values[index] as OurRow, ours.keys[index] as string];
    while (at < keys.length && (keys[at] as string) < key) rest.theirs.push(read(values[at++] as FiledLine));
    if (row.standing === 'completed' && keys[at] === key && keys[at + 1] !== key) pairs.push([row, values[at++] as FiledLine]);
    else rest.ours.push(row);
  }
  while (at < keys.length) rest.theirs.push(read(values[at++] as FiledLine));
  const named = new Set(rest.theirs.flatMap((line) => theirKey(line) ?? []));
  const isNamed = ([row]: Pair) => named.size > 0 && named.has(theirKey(row) ?? '');
  for (const [row, line] of pairs.filter(isNamed)) {
    rest.ours.push(row);
    rest.theirs.push(read(line));
  }
  return { pairs: named.size === 0 ? pairs : pairs.filter((pair) => !isNamed(pair)), rest };
}

async function compareWindow(input: DayToCompare, window: Window, read: Reader): Promise<Omit<ComparedPage, 'fees'>> {
  const { pairs, rest } = pairedAtOnce(window, read);
  const plain: PlainPair[] = [];
  const compared: ComparedLine[] = [];
  for (const [row, filed] of pairs) {
    const same = plainPair(row, filed.line, read.fileOf(filed), input.day);
    if (same === undefined) compared.push(compareTheirs(read(filed), row, true, input));
    else plain.push(same);
  }
  if (rest.ours.length + rest.theirs.length === 0) return { plain, lines: compared };
  const others = await othersNamed(input, rest);
  const ours = [...rest.ours, ...others];
  const here = new Set(window.theirs.values.map((filed) => placeOf(filed.fileId, filed.line.line)));
  const elsewhere = await linesElsewhere(input, rest, others, here);
  const lines = new Set(rest.theirs);
  const rows = new Set(rest.ours);
  for (const one of matchDay({ ...input, ours, theirs: [...rest.theirs, ...elsewhere] })) {
    // What belongs to another window is told there.
    const isHere = one.theirs === null ? one.ours !== null && rows.has(one.ours) : lines.has(one.theirs);
    if (isHere) compared.push(one);
  }
  return { plain, lines: compared };
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

/** Lines that are not in this window, `here`, and name rows which would otherwise stand alone, or which are not of this day. */
async function linesElsewhere(
  input: DayToCompare,
  { ours, theirs }: Sides,
  others: readonly OurRow[],
  here: ReadonlySet<string>,
): Promise<readonly TheirLine[]> {
  const named = new Set(theirs.map(matchKey));
  const lonely = [...ours.filter((row) => !named.has(matchKey(row))), ...others];
  if (lonely.length === 0) return [];
  const items = [...input.files, ...input.around].filter(({ kind }) => kind === 'transactionItems');
  const found = await input.books.linesNaming(
    items.map(({ id }) => id),
    lonely,
  );
  const read = fileReader(items);
  const lines = new Map<string, TheirLine>();
  for (const filed of found) {
    const place = placeOf(filed.fileId, filed.line.line);
    if (!here.has(place)) lines.set(place, read(filed));
  }
  return [...lines.values()];
}
