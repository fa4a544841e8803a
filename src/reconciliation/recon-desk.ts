import type { Clock } from '../base/clock.js';
import { clearingDayOf } from '../payment/clearing-day.js';
import type { ClearingLine } from './clearing-lines.js';
import { parseClearingName } from './clearing-name.js';
import { carriedDays, isOutdated, NEAR_DAYS } from './day-basis.js';
import { exportedDay } from './export-day.js';
import { type FileEntry, fileEntries, sealedEntries } from './file-findings.js';
import { type FileError, type ImportProgress, importClearing } from './import-clearing.js';
import { type LineInFile, lineInFile } from './line-in-file.js';
import { cycleAfter } from './match-day.js';
import { type LinePick, pickLines } from './pick-lines.js';
import type {
  ClearingBooks,
  DayBooks,
  DayLine,
  FileSource,
  KeptLine,
  OurRows,
  StoredException,
  TakenBack,
} from './recon-ports.js';
import { type DayView, dayView, type ExceptionView, exceptionView, type FileView, fileView } from './recon-views.js';
import { FAR_DAYS, type ReconRules, runDay } from './run-day.js';

/** Port: what the desk is joined to. */
export interface ReconDeskParts {
  readonly books: ClearingBooks;
  readonly days: DayBooks;
  readonly rows: OurRows;
  /** The upstreams whose rows are compared; none: all. */
  readonly upstreams: readonly string[];
  readonly rules: readonly ReconRules[];
  readonly instanceId: string;
  readonly clock: Clock;
  readonly inquire: (paymentRequestId: string) => Promise<void>;
}

/** What long work tells while it lasts; null while none is done. */
export type ReconProgress =
  | ({ readonly work: 'import' } & ImportProgress)
  | { readonly work: 'run'; readonly date: string; readonly lines: number; readonly linesOfAll: number };

/** A file as an import answers it; `unchanged`: it was there before. */
export interface ImportedEntry extends FileEntry {
  readonly date: string;
  readonly lines: number;
  readonly sha256: string;
  readonly unchanged: boolean;
  readonly late: boolean;
}

export type ImportAnswer =
  | { readonly kind: 'imported'; readonly files: readonly ImportedEntry[] }
  /** `message` counts the errors, and says where they are not all that there are (`hasMore`). */
  | { readonly kind: 'refused'; readonly errors: readonly FileError[]; readonly hasMore: boolean; readonly message: string }
  | { readonly kind: 'file_conflict' | 'file_duplicate'; readonly message: string };

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Everything people may do with clearing days. One import or run at a time; looking needs no turn. */
export interface ReconDesk {
  /** `by` is who stands in the trail of acts. */
  import(sources: readonly FileSource[], by?: string): Promise<ImportAnswer>;
  /** Takes a file back that was cut off or changed before it was taken in: its day, not sealed, is compared without it from then on. */
  takeBack(name: string, by: string, reason: string): Promise<TakenBack>;
  progress(): ReconProgress | null;
  day(date: string): Promise<DayView>;
  /** `notBegun`: the day lies ahead in UTC+8, and no file of it is there. */
  run(date: string, by?: string): Promise<DayView | 'sealed' | 'notBegun'>;
  /** With `pick` only what is picked: a page may then be short or empty and still have a next one. */
  lines(date: string, from: number, limit: number, pick?: LinePick): Promise<ListPage<DayLine>>;
  exceptions(date: string, from: number, limit: number): Promise<ListPage<ExceptionView>>;
  /** Where an exception stands in the list of its day (`from` of `exceptions`); undefined when there is none of that id. */
  placeOf(id: string): Promise<{ readonly date: string; readonly place: number } | undefined>;
  resolve(id: string, by: string, reason: string): Promise<ExceptionView | 'unknown' | 'sealed'>;
  /**
   * `running`: the day has not ended in UTC+8, and its reports are not there. `newFiles`: what the comparison in force rests on has changed
   * (`compareAgain`).
   */
  close(date: string, by: string): Promise<DayView | 'sealed' | 'open' | 'neverRun' | 'running' | 'newFiles'>;
  /** A day as CSV (`exportedDay`). */
  exportCsv(date: string): AsyncGenerator<string>;
  /** Which of these payments the books hold. */
  knownPayments(ids: readonly (string | null)[]): Promise<ReadonlySet<string>>;
  /** A stored file; undefined when the books hold none of that name. */
  file(name: string): Promise<FileView | undefined>;
  /** A line of a stored file as it was read, with the columns that nobody here knows; of totals and of reports that have few lines column by column; undefined when there is none. */
  lineOfFile(name: string, line: number): Promise<((ClearingLine | KeptLine) & LineInFile) | undefined>;
}

/** What the bridge does without being asked. */
const ITSELF = 'bridge';

const countedErrors = (many: number, hasMore: boolean) =>
  hasMore ? `the first ${many} errors; there are more` : `${many} errors`;

const SENTENCES = {
  file_conflict: (name: string) =>
    `${name} is in the books with other content; it was not overwritten; ask the upstream which content is right, and take the other one back where it is in the books (recon take-back)`,
  file_duplicate: (name: string, stored: string) => `${name} has the same content as ${stored}, which is in the books`,
} as const;

/** How exceptions are shown: with a link where the books hold the payment. */
function viewsOf({ rows, clock }: ReconDeskParts) {
  const knownPayments: ReconDesk['knownPayments'] = async (ids) => {
    const named = [...new Set(ids.filter((id) => id !== null))];
    return new Set((await rows.byOwnIds('payment', named)).map(({ paymentRequestId }) => paymentRequestId));
  };
  return {
    knownPayments,
    async views(found: readonly StoredException[]): Promise<ExceptionView[]> {
      const known = await knownPayments(found.map(({ paymentRequestId }) => paymentRequestId));
      return found.map((one) => exceptionView(one, known.has(one.paymentRequestId ?? ''), clock.now()));
    },
  };
}

/** Stored files, for people. */
function filesIn(books: ClearingBooks): Pick<ReconDesk, 'file' | 'lineOfFile'> {
  return {
    async file(name) {
      const file = await books.findByName(name);
      return file && fileView(file);
    },
    async lineOfFile(name, line) {
      const file = await books.findByName(name);
      if (file === undefined) return undefined;
      const { kept, headers } = file.figures;
      const found = kept.find((one) => one.line === line) ?? (await books.lineAt(file.id, line));
      return found && { ...found, ...lineInFile(file.kind, found, headers) };
    },
  };
}

/** A day as it stands. */
function dayReader({ books, days, rows, rules }: ReconDeskParts): ReconDesk['day'] {
  return async (date) => {
    const [stored, near, counted] = await Promise.all([
      days.find(date),
      books.files(cycleAfter(date, -NEAR_DAYS), cycleAfter(date, NEAR_DAYS)),
      days.countExceptions(date),
    ]);
    const files = near.filter((file) => file.day === date);
    const entries = stored.seal === null ? fileEntries(files, rules, date) : sealedEntries(files, stored.missing, stored.seal.at);
    const arrived = files.filter(({ state }) => state === 'arrived').length;
    const isOld = async () => {
      if (stored.seal !== null || stored.run === 0) return false;
      if (arrived !== stored.filesRead) return true;
      const sealed = await days.sealedBetween(cycleAfter(date, -FAR_DAYS), cycleAfter(date, -1));
      return isOutdated(stored, { files: near, carried: carriedDays(date, sealed), rows: await rows.stateOf(date) });
    };
    return dayView(stored, { entries, isOutdated: await isOld() }, counted);
  };
}

/** Owns whose turn it is: one import or run at a time in this process. */
export function createReconDesk(parts: ReconDeskParts): ReconDesk {
  const { books, days } = parts;
  const { knownPayments, views } = viewsOf(parts);
  const day = dayReader(parts);
  let last: Promise<unknown> = Promise.resolve();
  let progress: ReconProgress | null = null;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work).finally(() => {
      progress = null;
    });
    last = mine.catch(() => undefined);
    return mine;
  }

  async function importNow(sources: readonly FileSource[], by: string): Promise<ImportAnswer> {
    const told = (now: ImportProgress) => {
      progress = { work: 'import', ...now };
    };
    const outcome = await importClearing(sources, { books, by, progress: told });
    if (outcome.kind === 'refused')
      return { ...outcome, message: `nothing was imported: ${countedErrors(outcome.errors.length, outcome.hasMore)}` };
    if (outcome.kind !== 'imported')
      return { kind: outcome.kind, message: SENTENCES[outcome.kind](outcome.name, outcome.stored) };
    const files = outcome.files.map(({ file, unchanged }): ImportedEntry => {
      const { name, kind, day: date, figures, sha256, state } = file;
      return { name, kind, state: 'arrived', date, lines: figures.lines, sha256, unchanged, late: state === 'late' };
    });
    return { kind: 'imported', files };
  }

  return {
    import: (sources, by = ITSELF) => inTurn(() => importNow(sources, by)),
    takeBack: (name, by, reason) =>
      inTurn(async () => (parseClearingName(name) === undefined ? 'unknown' : books.takeBack(name, by, reason))),
    progress: () => progress,
    day,
    run: (date, by = ITSELF) =>
      inTurn(async () => {
        const told = (now: { readonly lines: number; readonly linesOfAll: number }) => {
          progress = { work: 'run', date, ...now };
        };
        // A slip of the pen: its missing files would be resolved before they are due.
        if (date > clearingDayOf(parts.clock.now()) && (await books.files(date, date)).length === 0) return 'notBegun';
        const done = await runDay(date, { ...parts, by, progress: told });
        return done === 'sealed' ? done : day(date);
      }),
    async lines(date, from, limit, pick) {
      const read = (at: number, many: number) => days.lines(date, at, many);
      const { items, next } = await (pick === undefined ? read(from, limit) : pickLines(read, pick, from, limit));
      return { items, nextCursor: next === null ? null : String(next) };
    },
    async exceptions(date, from, limit) {
      const { items, next } = await days.exceptions(date, from, limit);
      return { items: await views(items), nextCursor: next === null ? null : String(next) };
    },
    async placeOf(id) {
      const found = await days.exception(id);
      return found && { date: found.day, place: found.place };
    },
    async resolve(id, by, reason) {
      const done = await days.resolve(id, by, reason);
      if (typeof done === 'string') return done;
      const [view] = await views([done]);
      return view ?? 'unknown';
    },
    close: (date, by) =>
      inTurn(async () => {
        // Reports that are there whole are the upstream's word that its cycle is over, whatever the clock here says.
        const { files, sealed, compareAgain, exceptions } = await day(date);
        const isWhole = files.length > 0 && files.every(({ state }) => state === 'arrived');
        if (!sealed && !isWhole && clearingDayOf(parts.clock.now()) <= date) return 'running';
        if (compareAgain && exceptions.open === 0) return 'newFiles';
        const missing = files.flatMap(({ name, kind, state }) => (state === 'missing' ? [{ name, kind }] : []));
        const done = await days.seal(date, by, missing);
        return done === 'done' ? day(date) : done;
      }),
    exportCsv: (date) => exportedDay(parts, date),
    knownPayments,
    ...filesIn(books),
  };
}
