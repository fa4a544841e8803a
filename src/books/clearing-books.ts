import type { Clock } from '../base/clock.js';
import {
  type ClearingLine,
  linesText,
  matchKey,
  ownIdOf,
  readLines,
  theirIdOf,
  theirKey,
} from '../reconciliation/clearing-lines.js';
import { lateFile } from '../reconciliation/file-findings.js';
import type { ClearingBooks, FileFigures, FoundLine, StoredFile } from '../reconciliation/recon-ports.js';
import type { OurRow } from '../reconciliation/recon-words.js';
import { recordAct } from './act-books.js';
import { type FileRow, figuresText, fileFromRow } from './clearing-files.js';
import { type Database, type Db, inTransaction } from './database-kind.js';
import { insertExceptions } from './day-books.js';

/** Lines in a block: what is read at once of a run, and what has to be read to find one line. */
const BLOCK_LINES = 200;
/** SQLite takes no more values in one statement than some ten thousands. */
const ROWS_AT_ONCE = 200;
const IN_FORCE = ['arrived', 'late'] as const;
/** What another process has staged may still be at work for so long, ms. */
const STAGED_AT_MOST_MS = 6 * 3_600_000;
const NO_FIGURES: FileFigures = { lines: 0, stated: null, counted: { count: 0, value: 0n }, kept: [] };

interface BlockRow {
  readonly file_id: number;
  readonly section: 'items' | 'fees' | 'ids';
  readonly run: number;
  readonly seq: number;
  readonly first_key: string;
  readonly last_key: string;
  readonly body: string;
}

type RunName = Pick<BlockRow, 'file_id' | 'section' | 'run'>;

function blocksOf<T>(run: RunName, sorted: readonly T[], keyOf: (one: T) => string, body: (some: readonly T[]) => string) {
  const blocks: BlockRow[] = [];
  for (let at = 0; at < sorted.length; at += BLOCK_LINES) {
    const some = sorted.slice(at, at + BLOCK_LINES);
    const [first, last] = [some[0] as T, some.at(-1) as T];
    blocks.push({ ...run, seq: blocks.length, first_key: keyOf(first), last_key: keyOf(last), body: body(some) });
  }
  return blocks;
}

type IdPair = readonly [theirs: string, key: string];

/** By the upstream's id, the key under which the line itself stands. */
function idBlocks(run: RunName, lines: readonly ClearingLine[]): BlockRow[] {
  const pairs = lines.flatMap((line): IdPair[] => {
    const theirs = theirKey(line);
    return theirs === null ? [] : [[theirs, matchKey(line)]];
  });
  // By index: taking pairs apart costs more than comparing them.
  pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  return blocksOf(run, pairs, ([theirs]) => theirs, JSON.stringify);
}

async function dropFiles(db: Db, ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    await db('clearing_blocks').where('file_id', id).delete();
    await db('clearing_files').where('id', id).delete();
  }
}

/** Blocks of these files in which `key` may stand. */
function blocksAround(db: Db, fileIds: readonly number[], section: BlockRow['section'], key: string) {
  return db<BlockRow>('clearing_blocks')
    .whereIn('file_id', [...fileIds])
    .andWhere({ section })
    .andWhere('first_key', '<=', key)
    .andWhere('last_key', '>=', key)
    .orderBy(['file_id', 'run', 'seq'])
    .select('file_id', 'body');
}

async function linesUnder(db: Db, fileIds: readonly number[], key: string): Promise<FoundLine[]> {
  const blocks = await blocksAround(db, fileIds, 'items', key);
  // Most blocks only lie around the key: searching their text is a hundred times quicker than reading it.
  const text = JSON.stringify(key.slice(key.startsWith('~') ? 2 : 1));
  return blocks.flatMap(({ file_id, body }) =>
    (body.includes(text) ? readLines(body) : [])
      .filter((line) => matchKey(line) === key)
      .map((line) => ({ fileId: file_id, line })),
  );
}

/** Every line that carries one of the row's ids, found under our id and under the upstream's. */
async function linesOfRow(db: Db, fileIds: readonly number[], row: OurRow): Promise<FoundLine[]> {
  const keys = new Set([matchKey(row)]);
  const theirs = theirKey(row);
  if (theirs !== null) {
    const blocks = await blocksAround(db, fileIds, 'ids', theirs);
    const text = JSON.stringify(theirs);
    for (const { body } of blocks.filter((block) => block.body.includes(text)))
      for (const [id, key] of JSON.parse(body) as IdPair[]) if (id === theirs) keys.add(key);
  }
  const found = await Promise.all([...keys].map((key) => linesUnder(db, fileIds, key)));
  const names = ({ line }: FoundLine) =>
    (ownIdOf(line) !== null && ownIdOf(line) === ownIdOf(row)) || (theirs !== null && theirIdOf(line) === theirIdOf(row));
  return found.flat().filter(names);
}

interface SealedDay {
  readonly day: string;
  readonly run: number;
  readonly sealed_at: number | null;
}

interface ClearingParts extends Database {
  readonly clock: Clock;
}

const filesOf = (on: Db) => on<FileRow>('clearing_files');

async function admitAll(
  { kind, clock }: Pick<ClearingParts, 'kind' | 'clock'>,
  trx: Db,
  ids: readonly number[],
  by: string,
): Promise<readonly StoredFile[] | 'taken'> {
  await kind.takeTurns(trx, 'clearing files');
  const rows: FileRow[] = [];
  // All of them are looked at before the first one changes: what is taken leaves nothing behind.
  for (const id of ids) {
    const row = await filesOf(trx).where({ id, state: 'staged' }).first();
    if (row === undefined) return 'taken';
    const twins = await filesOf(trx)
      .whereIn('state', IN_FORCE)
      .andWhere((either) => {
        void either.where('name', row.name).orWhere((same) => void same.where('sha256', row.sha256).andWhere('lines', '>', 0));
      });
    if (twins.length > 0) return 'taken';
    rows.push(row);
  }
  const admitted: StoredFile[] = [];
  for (const row of rows) {
    const { id } = row;
    const sealed = await trx<SealedDay>('clearing_days').where('day', row.day).whereNotNull('sealed_at').first('day', 'run');
    const state = sealed === undefined ? 'arrived' : 'late';
    if (sealed !== undefined) await insertExceptions(trx, { ...sealed, now: clock.now() }, [lateFile(row.name, row.day)]);
    await filesOf(trx).where({ name: row.name, state: 'refused' }).delete();
    await filesOf(trx).where({ id }).update({ state });
    admitted.push(fileFromRow({ ...row, state }));
  }
  for (const { name, day, sha256, state } of admitted)
    await recordAct(
      kind,
      trx,
      { who: by, what: 'clearing.import', about: day, detail: { file: name, sha256, state } },
      clock.now(),
    );
  return admitted;
}

type Intake = 'dropUnfinished' | 'stage' | 'addRun' | 'finish' | 'drop' | 'noteRefused' | 'admit';

/** What an import writes. */
function intakeBooks({ db, kind, clock }: ClearingParts): Pick<ClearingBooks, Intake> {
  const files = () => filesOf(db);
  return {
    async dropUnfinished() {
      // Where one process has the books to itself, whatever is staged was left by one that died.
      const before = clock.now() - (kind.isShared ? STAGED_AT_MOST_MS : 0);
      const left = await files().where('state', 'staged').andWhere('imported_at', '<=', before).select('id');
      await dropFiles(
        db,
        left.map(({ id }) => id),
      );
    },
    async stage({ name, day, kind: reportKind, batchId }, { sha256, size }) {
      const row = { name, sha256, size, day, kind: reportKind, batch_id: batchId, lines: 0, figures: figuresText(NO_FIGURES) };
      const [stored] = await files()
        .insert({ ...row, state: 'staged', imported_at: clock.now() })
        .returning('id');
      return (stored as Pick<FileRow, 'id'>).id;
    },
    async addRun(fileId, section, run, lines) {
      const blocks = blocksOf({ file_id: fileId, section, run }, lines, matchKey, linesText);
      if (section === 'items') blocks.push(...idBlocks({ file_id: fileId, section: 'ids', run }, lines));
      await inTransaction(db, (trx) => trx.batchInsert('clearing_blocks', blocks, ROWS_AT_ONCE).transacting(trx));
    },
    async finish(fileId, figures) {
      await files()
        .where('id', fileId)
        .update({ lines: figures.lines, figures: figuresText(figures) });
    },
    drop: (fileIds) => dropFiles(db, fileIds),
    async noteRefused(names) {
      for (const { name, day, kind: reportKind, batchId } of names) {
        if ((await files().where({ name }).whereNot('state', 'staged').first()) !== undefined) continue;
        const row = { name, day, kind: reportKind, batch_id: batchId, sha256: '', size: 0, lines: 0 };
        await files().insert({ ...row, state: 'refused', imported_at: clock.now(), figures: figuresText(NO_FIGURES) });
      }
    },
    admit: (fileIds, by) => inTransaction(db, (trx) => admitAll({ kind, clock }, trx, fileIds, by)),
  };
}

/** What the comparison and people read. */
function readingBooks({ db }: ClearingParts): Omit<ClearingBooks, Intake> {
  const files = () => filesOf(db);
  return {
    async findByName(name) {
      const row = await files().where({ name }).whereIn('state', IN_FORCE).first();
      return row && fileFromRow(row);
    },
    async findByHash(sha256) {
      const row = await files().where({ sha256 }).andWhere('lines', '>', 0).whereIn('state', IN_FORCE).first();
      return row && fileFromRow(row);
    },
    async files(fromDay, toDay) {
      const rows = await files().whereBetween('day', [fromDay, toDay]).whereNot('state', 'staged').orderBy(['day', 'name']);
      return rows.map(fileFromRow);
    },
    async filesOfBatch(reportKind, batchId) {
      const rows = await files().where({ batch_id: batchId, kind: reportKind, state: 'arrived' }).orderBy('name');
      return rows.map(fileFromRow);
    },
    async runs(fileIds, section) {
      const rows: readonly RunName[] = await db<BlockRow>('clearing_blocks')
        .whereIn('file_id', [...fileIds])
        .andWhere({ section, seq: 0 })
        .orderBy(['file_id', 'run'])
        .select('file_id', 'section', 'run');
      return rows.map(({ file_id, run }) => ({ fileId: file_id, run }));
    },
    async block({ fileId, run }, section, index) {
      const row = await db<BlockRow>('clearing_blocks').where({ file_id: fileId, section, run, seq: index }).first('body');
      return row && readLines(row.body);
    },
    async linesNaming(fileIds, rows) {
      if (fileIds.length === 0) return [];
      const found: FoundLine[] = [];
      for (const row of rows) found.push(...(await linesOfRow(db, fileIds, row)));
      return found;
    },
    async lineAt(fileId, line) {
      for (const section of ['items', 'fees'] as const) {
        // A run holds the lines of one stretch of the file, in another order: the text is searched before it is read.
        const rows = await db<BlockRow>('clearing_blocks')
          .where({ file_id: fileId, section })
          .andWhere((either) => void either.where('body', 'like', `%[${line},%`))
          .select('body');
        const found = rows.flatMap(({ body }) => readLines(body)).find((one) => one.line === line);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** The report files and their lines, on either database. */
export function createClearingBooks(database: Database, clock: Clock): ClearingBooks {
  const parts = { ...database, clock };
  return { ...intakeBooks(parts), ...readingBooks(parts) };
}
