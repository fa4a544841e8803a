import { killPoint } from '../base/kill-point.js';
import type { StatedTotal } from './check-identities.js';
import { readClearingBatches } from './clearing-file.js';
import { type ClearingLine, clearingLine } from './clearing-lines.js';
import { type ClearingFileName, parseClearingName } from './clearing-name.js';
import type { LineFields, ReportHeaders, ReportPiece } from './clearing-sections.js';
import { type LineBlock, lineBlocks } from './line-blocks.js';
import type { ReportBatch } from './quoted-lines.js';
import type { ClearingBooks, FileFigures, FileSource, KeptLine, StoredFile } from './recon-ports.js';
import { createWriteBehind, type WriteBehind } from './write-behind.js';

/** One thing that is wrong with a file; `line` and `column` are null where it is the file as a whole. */
export interface FileError {
  readonly path: string;
  readonly line: number | null;
  readonly column: string | null;
  readonly message: string;
}

/** How far an import has come; told after every stretch of lines. */
export interface ImportProgress {
  readonly file: string;
  /** Lines and bytes of all files so far, and the bytes of all files. */
  readonly lines: number;
  readonly bytesDone: number;
  readonly bytesOfAll: number;
}

/** One file of an import that went well; `unchanged`: it was in the books already. */
export interface ImportedFile {
  readonly file: StoredFile;
  readonly unchanged: boolean;
}

export type ImportOutcome =
  | { readonly kind: 'imported'; readonly files: readonly ImportedFile[] }
  /** Nothing was stored. `errors` are at most `MOST_ERRORS` and one for each further file; `hasMore`: not all that there are. */
  | { readonly kind: 'refused'; readonly errors: readonly FileError[]; readonly hasMore: boolean }
  | { readonly kind: 'file_conflict' | 'file_duplicate'; readonly name: string; readonly stored: string };

export interface ImportParts {
  readonly books: ClearingBooks;
  /** Who brings them. */
  readonly by: string;
  readonly progress?: (now: ImportProgress) => void;
}

/** Lines that are sorted and stored at once: what an import holds in memory. */
const RUN_LINES = 10_000;
/** Of a file whose lines are long, so many bytes. */
const RUN_BYTES = 4 * 1024 * 1024;
const MOST_ERRORS = 1000;
/** A summary or settlement has a line per batch and kind; more than this is something else. */
const MOST_KEPT = 10_000;

const NAME_RULE =
  'the name must be <transactionItems|feeItems|summary|settlement>_<participantId>_<currency>_<batchId>_<agreementId>_<000-999>.csv';

interface Named {
  readonly source: FileSource;
  readonly name: ClearingFileName;
}

/**
 * Takes report files in, all of them or none. Names and content that are known already have no effect; a file with one error refuses
 * everything, and every error is told, up to `MOST_ERRORS`. What a process leaves that dies in between is seen by nobody, and gone after the next import.
 */
export async function importClearing(sources: readonly FileSource[], parts: ImportParts): Promise<ImportOutcome> {
  const { books } = parts;
  const named = sources.map((source) => ({ source, name: parseClearingName(source.name) }));
  const misnamed = named.filter(({ name }) => name === undefined);
  if (misnamed.length > 0)
    return { kind: 'refused', errors: misnamed.map(({ source }) => wholeFile(source, NAME_RULE)), hasMore: false };
  await books.dropUnfinished();
  const sorted = await sortOut(named as readonly Named[], books);
  if (!('fresh' in sorted)) return sorted;
  const staged: number[] = [];
  const behind = createWriteBehind();
  try {
    const outcome = await stageAll(sorted.fresh, staged, behind, parts);
    if (outcome.twins !== undefined && outcome.errors.length === 0) {
      await books.drop(staged);
      return conflict('file_duplicate', outcome.twins.name, outcome.twins.stored);
    }
    if (outcome.errors.length > 0) {
      await books.drop(staged);
      await books.noteRefused(outcome.refused);
      return { kind: 'refused', errors: outcome.errors, hasMore: outcome.hasMore };
    }
    killPoint('import.staged');
    const admitted = staged.length === 0 ? [] : await books.admit(staged, parts.by);
    if (admitted === 'taken') {
      await books.drop(staged);
      // Somebody else brought the same files meanwhile: now they are known.
      return importClearing(sources, parts);
    }
    const files = [
      ...admitted.map((file) => ({ file, unchanged: false })),
      ...sorted.known.map((file) => ({ file, unchanged: true })),
    ];
    return { kind: 'imported', files: files.toSorted((a, b) => (a.file.name < b.file.name ? -1 : 1)) };
  } catch (error) {
    await behind.settled();
    await books.drop(staged).catch(() => undefined);
    throw error;
  }
}

function wholeFile({ path }: FileSource, message: string): FileError {
  return { path, line: null, column: null, message };
}

/** Tells new files from known ones, within the request as well. */
async function sortOut(named: readonly Named[], books: ClearingBooks) {
  const fresh = new Map<string, Named>();
  const known: StoredFile[] = [];
  for (const one of named) {
    const { name, sha256 } = one.source;
    const before = fresh.get(name);
    if (before !== undefined) {
      if (before.source.sha256 !== sha256) return conflict('file_conflict', name, name);
      continue;
    }
    const stored = await books.findByName(name);
    if (stored !== undefined) {
      if (stored.sha256 !== sha256) return conflict('file_conflict', name, name);
      if (!known.some((file) => file.id === stored.id)) known.push(stored);
      continue;
    }
    const same = await books.findByHash(sha256);
    if (same !== undefined) return conflict('file_duplicate', name, same.name);
    fresh.set(name, one);
  }
  return { fresh: [...fresh.values()], known };
}

function conflict(kind: 'file_conflict' | 'file_duplicate', name: string, stored: string) {
  return { kind, name, stored } as const;
}

async function stageAll(fresh: readonly Named[], staged: number[], behind: WriteBehind, { books, progress }: ImportParts) {
  const errors: FileError[] = [];
  const refused: ClearingFileName[] = [];
  const contents = new Map<string, string>();
  let twins: { readonly name: string; readonly stored: string } | undefined;
  const bytesOfAll = fresh.reduce((sum, { source }) => sum + source.size, 0);
  let [lines, bytesBefore] = [0, 0];
  let hasMore = false;
  for (const { source, name } of fresh) {
    const id = await books.stage(name, source);
    staged.push(id);
    const taken = createIntake(name, source.path, Math.max(1, MOST_ERRORS - errors.length));
    let [bytes, storedAt] = [0, 0];
    const counted = (async function* () {
      for await (const chunk of source.open()) {
        bytes += chunk.length;
        yield chunk;
      }
    })();
    for await (const batch of readClearingBatches(name, counted, source.size, taken.header)) {
      taken.take(batch);
      if (taken.hasMore()) break;
      if (batch.plain === null && taken.pending() < RUN_LINES && bytes - storedAt < RUN_BYTES) continue;
      storedAt = bytes;
      lines += await storeRuns(books, id, taken, behind, batch);
      progress?.({ file: source.name, lines, bytesDone: bytesBefore + bytes, bytesOfAll });
    }
    lines += await storeRuns(books, id, taken, behind, null);
    await behind.done();
    bytesBefore += bytes;
    progress?.({ file: source.name, lines, bytesDone: bytesBefore, bytesOfAll });
    const found = taken.errors();
    if (found.length > 0) refused.push(name);
    errors.push(...found);
    hasMore ||= taken.hasMore();
    const figures = taken.figures();
    await books.finish(id, figures);
    const twin = contents.get(source.sha256);
    // Two empty cycles have the same bytes and are two files all the same: only what has lines can be a duplicate.
    if (figures.lines > 0 && twin !== undefined) twins ??= { name: source.name, stored: twin };
    contents.set(source.sha256, source.name);
  }
  return { errors, hasMore, refused, twins };
}

/** Begins to store what is there as sorted runs, unless the file is refused already; gives how many lines that were. */
async function storeRuns(
  books: ClearingBooks,
  fileId: number,
  taken: Intake,
  behind: WriteBehind,
  batch: ReportBatch | null,
): Promise<number> {
  const lines = taken.pending() + (batch?.plain?.count() ?? 0);
  for (const blocks of taken.runs(batch)) {
    const run = taken.nextRun();
    await behind.begin(async () => {
      await books.addRun(fileId, run, blocks);
      killPoint('import.run');
    });
  }
  return lines;
}

/** Collects what is read of one file, and at most `mostErrors`. */
type Intake = ReturnType<typeof createIntake>;

function createIntake(name: ClearingFileName, path: string, mostErrors: number) {
  const isItems = name.kind === 'transactionItems';
  const isKept = name.kind === 'summary' || name.kind === 'settlement';
  const found: FileError[] = [];
  const kept: KeptLine[] = [];
  let pending: ClearingLine[] = [];
  let runs = 0;
  let count = 0;
  let value = 0n;
  let stated: StatedTotal | null = null;
  let headers: ReportHeaders = {};
  let hasMore = false;

  const fail = (line: number, column: string | null, message: string) => {
    if (found.length < mostErrors) found.push({ path, line, column, message });
    else hasMore = true;
  };

  function take(piece: ReportPiece): void {
    if (piece.kind === 'error') {
      fail(piece.line, piece.column, piece.message);
      return;
    }
    const { kind, line, fields, unknown } = piece;
    if (kind === 'summary') stated = statedTotal(fields);
    else {
      count += 1;
      value += signedOf(fields);
    }
    const wrong = otherBatch(name, kind, fields);
    if (wrong !== undefined) fail(line, wrong, `${wrong} is not the batch of the file name, ${name.batchId}`);
    const other = kind === 'detail' && !isKept ? undefined : otherCurrency(name, fields);
    if (other !== undefined) fail(line, other, `${other} is not the currency of the file name, ${name.settlementCurrency}`);
    if (kind === 'detail' && !isKept) pending.push(clearingLine(line, fields, unknown, isItems ? 'settlement' : 'fee'));
    else if (kept.length < MOST_KEPT) kept.push({ section: kind, line, fields, unknown });
    else fail(line, null, `a ${name.kind} report of more than ${MOST_KEPT} lines is none`);
  }

  return {
    take({ pieces }: ReportBatch) {
      for (const piece of pieces) take(piece);
    },
    header: (own: ReportHeaders) => {
      headers = { ...headers, ...own };
    },
    pending: () => pending.length,
    /** What is pending, and the plain lines of a batch, each as a sorted run; nothing more of a file that has errors. */
    *runs(batch: ReportBatch | null): Generator<readonly LineBlock[]> {
      const lines = pending;
      pending = [];
      if (found.length > 0) return;
      if (lines.length > 0) yield lineBlocks(isItems ? 'items' : 'fees', lines);
      if (batch === null || batch.plain === null) return;
      const plain = batch.plain.sorted();
      count += plain.lines;
      value += plain.value;
      yield plain.blocks;
    },
    nextRun() {
      runs += 1;
      return runs;
    },
    errors: (): readonly FileError[] => found,
    /** It has more errors than are kept: reading on is of no use. */
    hasMore: () => hasMore,
    figures: (): FileFigures => ({ lines: count, stated, counted: { count, value }, kept, headers }),
  };
}

function signedOf(fields: LineFields): bigint {
  const value = BigInt(fields['settlementAmountValue'] ?? fields['feeAmountValue'] ?? '0');
  return fields['fundDirection'] === 'C' ? value : -value;
}

function statedTotal(fields: LineFields): StatedTotal {
  const count = fields['totalCount'];
  return { count: count === undefined ? null : Number(count), value: signedOf(fields) };
}

/** The column that names another batch than the file does; undefined when none does. */
function otherBatch({ kind, batchId }: ClearingFileName, section: 'summary' | 'detail', fields: LineFields): string | undefined {
  if (kind === 'summary' && section === 'detail' && fields['clearingBatchId'] !== batchId) return 'clearingBatchId';
  if (kind === 'settlement' && section === 'summary' && fields['settlementBatchId'] !== batchId) return 'settlementBatchId';
  return undefined;
}

/** The column of a total or a batch in another currency than the file's; undefined when there is none: such sums say nothing. */
function otherCurrency({ settlementCurrency }: ClearingFileName, fields: LineFields): string | undefined {
  return (['settlementAmountCurrency', 'feeAmountCurrency'] as const).find(
    (column) => fields[column] !== undefined && fields[column] !== settlementCurrency,
  );
}
