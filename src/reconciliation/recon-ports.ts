import type { Instant } from '../base/clock.js';
import type { StatedTotal } from './check-identities.js';
import type { ClearingLine } from './clearing-lines.js';
import type { ClearingFileName, ReportKind } from './clearing-name.js';
import type { LineFields, ReportHeaders } from './clearing-sections.js';
import type { DayBasis } from './day-basis.js';
import type { PackedLines } from './day-line-text.js';
import type { DayTotals } from './day-totals.js';
import type { ExceptionWords } from './exception-sentences.js';
import type { LateMoney } from './late-money.js';
import type { LineBlock } from './line-blocks.js';
import type { OurPage } from './our-page.js';
import type { PlainPair } from './plain-pair.js';
import type { OurRow, RowIds, Verdict } from './recon-words.js';

/** A report file somebody brings. */
export interface FileSource {
  /** As it was given, for error messages. */
  readonly path: string;
  /** The bare name. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex, of the whole file. */
  readonly sha256: string;
  open(): AsyncIterable<Uint8Array>;
}

/** A line of a report that is kept whole with its file: summaries and settlements have few. */
export interface KeptLine {
  readonly section: 'summary' | 'detail';
  readonly line: number;
  readonly fields: LineFields;
  readonly unknown: LineFields;
}

/** What was counted while a file was read. */
export interface FileFigures {
  /** Detail lines. */
  readonly lines: number;
  /** What its summary section states; null where it has none. */
  readonly stated: StatedTotal | null;
  /** What its own detail lines come to. */
  readonly counted: StatedTotal;
  /** The lines of summary and settlement reports, and the summary section of the others. */
  readonly kept: readonly KeptLine[];
  /** Its header lines; missing of files that an older version took in. */
  readonly headers?: ReportHeaders;
}

/**
 * `arrived`: it counts. `late`: its day was sealed before it came. `refused`: it was brought and had errors, and may come again.
 */
export type FileState = 'arrived' | 'late' | 'refused';

/** A report file in the books. */
export interface StoredFile extends ClearingFileName {
  readonly id: number;
  readonly sha256: string;
  readonly size: number;
  readonly state: FileState;
  readonly importedAt: Instant;
  readonly figures: FileFigures;
}

/** Which stored lines: those of transactionItems or of feeItems. */
export type LineSection = 'items' | 'fees';

/** A stretch of sorted lines: a file is stored in runs, each sorted by `matchKey` in itself, so that runs can be merged. */
export interface LineRun {
  readonly fileId: number;
  readonly run: number;
}

/** The file it stands in, and the line. */
export interface FoundLine {
  readonly fileId: number;
  readonly line: ClearingLine;
}

/** `sealed`: its day is; what came late to such a day stands there for good, too. */
export type TakenBack = { readonly day: string } | 'unknown' | 'sealed';

/** Port of `reconciliation/`: the report files and their lines. Implemented by `books/clearing-books.ts`. */
export interface ClearingBooks {
  /** Throws away what an import that did not come to its end has left. */
  dropUnfinished(): Promise<void>;
  /** The file of that name that counts or came late. */
  findByName(name: string): Promise<StoredFile | undefined>;
  /** A file of this content that has lines. */
  findByHash(sha256: string): Promise<StoredFile | undefined>;
  /** Begins a file that nobody sees until `admit`; gives its id. */
  stage(name: ClearingFileName, source: Pick<FileSource, 'sha256' | 'size'>): Promise<number>;
  /** One transaction: a run of lines of a file that is not admitted yet, as blocks that are sorted already. */
  addRun(fileId: number, run: number, blocks: readonly LineBlock[]): Promise<void>;
  finish(fileId: number, figures: FileFigures): Promise<void>;
  /** Takes staged files back. */
  drop(fileIds: readonly number[]): Promise<void>;
  /** Remembers that files were refused, until a good one of the same name comes. */
  noteRefused(names: readonly ClearingFileName[]): Promise<void>;
  /**
   * One transaction: all of them count from now on, or are late where their day is sealed, and the trail of acts says who brought them.
   * `taken`: a name or content came meanwhile, and nothing has changed.
   */
  admit(fileIds: readonly number[], by: string): Promise<readonly StoredFile[] | 'taken'>;
  /** One transaction, with its act: a file that should not have been taken in counts no more, and its name may come again. */
  takeBack(name: string, by: string, reason: string): Promise<TakenBack>;
  /** Files whose day lies between two days, both included, refused ones too; by name. */
  files(fromDay: string, toDay: string): Promise<readonly StoredFile[]>;
  /** Files of a clearing batch and kind that count. */
  filesOfBatch(kind: ReportKind, batchId: string): Promise<readonly StoredFile[]>;
  runs(fileIds: readonly number[], section: LineSection): Promise<readonly LineRun[]>;
  /** The bodies of some blocks of a run, in order, from the block `from` on; none behind the last one. */
  blocks(run: LineRun, section: LineSection, from: number, many: number): Promise<readonly string[]>;
  /** Lines of these files that carry one of these ids, ours or theirs. */
  linesNaming(fileIds: readonly number[], rows: readonly RowIds[]): Promise<readonly FoundLine[]>;
  /** Fee lines of these files under these keys (`matchKey`). */
  feesUnder(fileIds: readonly number[], keys: readonly string[]): Promise<readonly FoundLine[]>;
  /** One line of a file by its physical number. */
  lineAt(fileId: number, line: number): Promise<ClearingLine | undefined>;
}

/** What people call a payment. */
export interface OurSale {
  readonly saleReference: string;
  readonly paidAt: Instant | null;
}

/** Port of `reconciliation/`: our own payments and refunds. Implemented by `books/our-rows.ts`. */
export interface OurRows {
  /**
   * Completed and cancelled rows of a day whose `matchKey` comes after `after`, in its order; at most `limit`, and none only behind the last
   * one. With `among` only those of these upstreams; none: of all that a day has.
   */
  ofDay(day: string, after: string, limit: number, among?: readonly string[]): Promise<OurPage>;
  /** How many completed and cancelled rows a day has and what they come to, as a text to compare: another text, other rows. `among` as above. */
  stateOf(day: string, among?: readonly string[]): Promise<string>;
  /** Rows of any day and standing by our own ids. */
  byOwnIds(type: OurRow['type'], ids: readonly string[]): Promise<readonly OurRow[]>;
  /** The same by the upstream's ids. */
  byTheirIds(type: OurRow['type'], ids: readonly string[]): Promise<readonly OurRow[]>;
  /** Payments that ended unpaid and of which a refund was done on this day, behind `after` in the order of our ids; at most `limit`. */
  refundedUnpaid(day: string, after: string, limit: number): Promise<readonly OurRow[]>;
  /** Of these payments, those to which confirmed money came after their end, by our id. */
  lateMoney(paymentRequestIds: readonly string[]): Promise<ReadonlyMap<string, LateMoney>>;
  /** The till's references of these payments, and when they were paid; null: they are not. */
  salesOf(paymentRequestIds: readonly string[]): Promise<ReadonlyMap<string, OurSale>>;
  /** When these refunds were done; none for one that is not. */
  refundTimes(refundRequestIds: readonly string[]): Promise<ReadonlyMap<string, Instant>>;
  /** The `settlementQuote` that was stored with a row, as received; null where none was. */
  quoteOf(row: OurRow): Promise<Readonly<Record<string, unknown>> | null>;
}

/** Every kind of exception (till API contract 5). */
export const EXCEPTION_KINDS = [
  'paid_there_unknown_here',
  'paid_here_missing_there',
  'cancelled_here_paid_there',
  'failed_here_paid_there',
  'amount_differs',
  'currency_differs',
  'fee_differs',
  'duplicate_line',
  'refund_unmatched',
  'refund_missing_there',
  'file_missing',
  'file_part_missing',
  'totals_differ',
  'foreign_line',
  'late_file',
] as const;

export type ExceptionKind = (typeof EXCEPTION_KINDS)[number];

/** What is wrong on a day, as it was found. */
export interface FoundException {
  readonly kind: ExceptionKind;
  readonly cause: string;
  readonly act: string;
  /** The same for other languages; null for what was found before this was kept. */
  readonly words: ExceptionWords | null;
  readonly paymentRequestId: string | null;
  readonly refundRequestId: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

/** An exception in the books. */
export interface StoredException extends FoundException {
  readonly id: string;
  readonly day: string;
  readonly state: 'open' | 'resolved';
  /** When it was found first; a later run that finds the same does not change it. */
  readonly foundAt: Instant;
  readonly resolution: { readonly by: string; readonly at: Instant; readonly reason: string } | null;
}

/** Amounts of both sides of a line, in the currency of the payment and in that of the settlement, as signed decimal text with currency. */
export type LineMoney = { readonly [side in 'ours' | 'theirs' | 'oursSettled' | 'theirsSettled']: string | null };

/** One line of a compared day as it is listed and exported. */
export interface DayLine {
  readonly type: OurRow['type'];
  readonly verdict: Verdict;
  readonly paymentRequestId: string | null;
  readonly refundRequestId: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly exceptionId: string | null;
  /** `JPY 1980`, `USD -19.80`; null for a side that has no row, or no such amount. */
  readonly money: LineMoney;
  /** What the totals of the day count of it; null for what they leave out: what did not complete on this day, a duplicate, what settles to nobody knows what. */
  readonly counted: LineMoney;
}

/** One line as a run hands it over: plain pairs are many, and are made lines of when they are read. */
export type ListedLine = DayLine | PlainPair;

/** A file that was expected and has not arrived; in its name `*` stands for what nobody knows. */
export type MissingFile = Pick<ClearingFileName, 'name' | 'kind'>;

/** What a run comes to as a whole. */
export interface RunResult {
  readonly totals: readonly DayTotals[];
  /** Files of the day that it has read. */
  readonly filesRead: number;
  readonly basis: DayBasis;
}

/** What is stored of a day as a whole. */
export interface StoredDay {
  readonly day: string;
  /** The run whose lines, totals and exceptions are in force; 0 before the first one. */
  readonly run: number;
  readonly totals: readonly DayTotals[];
  /** Files of the day that the run in force has read; null where nobody knows. */
  readonly filesRead: number | null;
  /** What the run in force was made with; null where nobody knows. */
  readonly basis: DayBasis | null;
  /** Of a sealed day: files that had not arrived by then. */
  readonly missing: readonly MissingFile[];
  readonly seal: { readonly by: string; readonly at: Instant } | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null behind the last one. */
  readonly next: number | null;
}

/** Port of `reconciliation/`: what was made of each day. Implemented by `books/day-books.ts`. */
export interface DayBooks {
  find(day: string): Promise<StoredDay>;
  /** The sealed ones of the days between two, both included, by day. */
  sealedBetween(from: string, to: string): Promise<readonly StoredDay[]>;
  /**
   * Gives the number of the next run. What one left that did not come to its end is thrown away, unless another process may still be at
   * work on it: then the next one that comes into force does it.
   */
  beginRun(day: string): Promise<number>;
  /** One transaction: exceptions of a run under way, in order; each gets the id it had in earlier runs. */
  addExceptions(day: string, run: number, found: readonly FoundException[]): Promise<readonly string[]>;
  /** One transaction: further lines of a run under way. */
  addLines(day: string, run: number, packs: readonly PackedLines[]): Promise<void>;
  /**
   * One transaction: the run comes into force, with the resolutions of the one before; the lines of every other run go, and the trail of
   * acts says who asked for it. `overtaken`, `sealed`: another run came into force, or the day was sealed
   * meanwhile; the lines of this run go, and nothing else has changed.
   */
  putInForce(before: StoredDay, run: number, result: RunResult, by: string): Promise<'done' | 'overtaken' | 'sealed'>;
  lines(day: string, from: number, limit: number): Promise<Page<DayLine>>;
  exceptions(day: string, from: number, limit: number): Promise<Page<StoredException>>;
  countExceptions(day: string): Promise<{ readonly open: number; readonly resolved: number }>;
  /** `place`: from where `exceptions` of its day begins with it. */
  exception(id: string): Promise<(StoredException & { readonly place: number }) | undefined>;
  /** Own ids (`matchKey`) of those of these rows of which an exception in force of a day from `from` to `to` says that the other side lacks them. */
  toldMissing(rows: readonly OurRow[], from: string, to: string): Promise<ReadonlySet<string>>;
  /** One transaction, with its act. */
  resolve(id: string, by: string, reason: string): Promise<StoredException | 'unknown' | 'sealed'>;
  /** One transaction, with its act; `missing` is kept. `newFiles`: files of the day have arrived that the run in force has not read. */
  seal(day: string, by: string, missing: readonly MissingFile[]): Promise<'done' | 'sealed' | 'open' | 'neverRun' | 'newFiles'>;
}
