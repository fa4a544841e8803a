import type { Clock } from '../base/clock.js';
import { matchKey, ownIdOf, theirIdOf, theirKey } from '../reconciliation/clearing-lines.js';
import { lateFile } from '../reconciliation/file-findings.js';
import { BLOCK_LINES, hashKey, keysUnder, type LineBlock, placesUnder, readLines } from '../reconciliation/line-blocks.js';
import type { ClearingBooks, FileFigures, FoundLine, LineSection, StoredFile } from '../reconciliation/recon-ports.js';
import type { RowIds } from '../reconciliation/recon-words.js';
import { recordAct } from './act-books.js';
import { type FileRow, figuresText, fileFromRow } from './clearing-files.js';
import { type Database, type Db, inTransaction } from './database-kind.js';
import { takeDay } from './day-books.js';
import { insertExceptions } from './day-exceptions.js';
import { takeBackFile } from './take-back-file.js';

/** A block is some ten thousand bytes, and so is a statement's worth of memory. */
const ROWS_AT_ONCE = 50;
const SEARCHED_AT_ONCE = 20;
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

/** Rows of the table out of a run's blocks; each section counts its own. */
function blockRows(fileId: number, run: number, blocks: readonly LineBlock[]): BlockRow[] {
  const counts = { items: 0, fees: 0, ids: 0 };
  return blocks.map(({ section, firstKey, lastKey, body }) => {
    const seq = counts[section];
    counts[section] += 1;
    return { file_id: fileId, section, run, seq, first_key: firstKey, last_key: lastKey, body };
  });
}

/** In plain SQL: a million lines are some thousand rows, and building a query for them takes longer than storing them. */
async function insertBlocks(trx: Db, rows: readonly BlockRow[]): Promise<void> {
  const values = rows.map(() => '(?, ?, ?, ?, ?, ?, ?)').join(', ');
  const bindings = rows.flatMap((row) => [row.file_id, row.section, row.run, row.seq, row.first_key, row.last_key, row.body]);
  await trx.raw(`insert into clearing_blocks (file_id, section, run, seq, first_key, last_key, body) values ${values}`, bindings);
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
    .select('file_id', 'run', 'body');
}

/** The lines under a key. */
async function linesUnder(db: Db, fileIds: readonly number[], section: LineSection, key: string): Promise<FoundLine[]> {
  const blocks = await blocksAround(db, fileIds, section, key);
  // Most blocks only lie around the key: searching their text is a hundred times quicker than reading it.
  const id = key.slice(key.startsWith('~') ? 2 : 1);
  return blocks.flatMap(({ file_id, body }) =>
    (body.includes(id) ? readLines(body) : [])
      .filter((line) => matchKey(line) === key)
      .map((line) => ({ fileId: file_id, line })),
  );
}

/** Lines of plain runs whose upstream's id has the same hash as this one: found by their place. */
async function linesByHash(db: Db, fileIds: readonly number[], theirs: string): Promise<FoundLine[]> {
  const hash = hashKey(theirs);
  const found: FoundLine[] = [];
  for (const { file_id, run, body } of await blocksAround(db, fileIds, 'ids', hash)) {
    for (const place of placesUnder(body, hash)) {
      const seq = Math.floor(place / BLOCK_LINES);
      const block = await db<BlockRow>('clearing_blocks').where({ file_id, section: 'items', run, seq }).first('body');
      const line = block && readLines(block.body)[place % BLOCK_LINES];
      if (line !== undefined) found.push({ fileId: file_id, line });
    }
  }
  return found;
}

/** Every line that carries one of the row's ids, found under our id and under the upstream's. */
async function linesOfRow(db: Db, fileIds: readonly number[], row: RowIds): Promise<FoundLine[]> {
  const keys = new Set([matchKey(row)]);
  const theirs = theirKey(row);
  const found: FoundLine[] = [];
  if (theirs !== null) {
    const blocks = await blocksAround(db, fileIds, 'ids', theirs);
    for (const { body } of blocks) for (const key of keysUnder(body, theirs)) keys.add(key);
    found.push(...(await linesByHash(db, fileIds, theirs.slice(1))));
  }
  for (const key of keys) found.push(...(await linesUnder(db, fileIds, 'items', key)));
  const names = ({ line }: FoundLine) =>
    line.type === row.type &&
    ((ownIdOf(line) !== null && ownIdOf(line) === ownIdOf(row)) || (theirs !== null && theirIdOf(line) === theirIdOf(row)));
  const once = new Map(found.filter(names).map((one) => [`${one.fileId} ${one.line.line}`, one]));
  return [...once.values()];
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
  // A day that is being sealed meanwhile is sealed before them, or with them counted. Always in the same order: nobody waits in a circle.
  for (const day of [...new Set(rows.map((row) => row.day))].toSorted()) await takeDay(kind, trx, day);
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

type Intake = 'dropUnfinished' | 'stage' | 'addRun' | 'finish' | 'drop' | 'noteRefused' | 'admit' | 'takeBack';

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
    async addRun(fileId, run, blocks) {
      const rows = blockRows(fileId, run, blocks);
      await inTransaction(db, async (trx) => {
        for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) await insertBlocks(trx, rows.slice(at, at + ROWS_AT_ONCE));
      });
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
    takeBack: (name, by, reason) => takeBackFile({ db, kind }, clock, { name, by, reason }),
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
    async blocks({ fileId, run }, section, from, many) {
      const rows: ReadonlyArray<Pick<BlockRow, 'body'>> = await db<BlockRow>('clearing_blocks')
        .where({ file_id: fileId, section, run })
        .whereBetween('seq', [from, from + many - 1])
        .orderBy('seq')
        .select('body');
      return rows.map(({ body }) => body);
    },
    async linesNaming(fileIds, rows) {
      if (fileIds.length === 0) return [];
      const found: FoundLine[] = [];
      for (const row of rows) found.push(...(await linesOfRow(db, fileIds, row)));
      return found;
    },
    async feesUnder(fileIds, keys) {
      if (fileIds.length === 0) return [];
      const found: FoundLine[] = [];
      for (const key of keys) found.push(...(await linesUnder(db, fileIds, 'fees', key)));
      return found;
    },
    async lineAt(fileId, line) {
      for (const section of ['items', 'fees'] as const) {
        for (let [run, seq] = [0, -1]; ; ) {
          // The text is searched before it is read; of blocks that only look like it, few are held at once.
          const rows = await db<BlockRow>('clearing_blocks')
            .where({ file_id: fileId, section })
            .andWhereRaw('(run, seq) > (?, ?)', [run, seq])
            .andWhere((either) => {
              void either.where('body', 'like', `%[${line},%`).orWhere('body', 'like', `%\n${line},%`);
            })
            .orderBy(['run', 'seq'])
            .limit(SEARCHED_AT_ONCE)
            .select('run', 'seq', 'body');
          const found = rows.flatMap(({ body }) => readLines(body)).find((one) => one.line === line);
          if (found !== undefined) return found;
          const last = rows.at(-1);
          if (last === undefined) break;
          [run, seq] = [last.run, last.seq];
        }
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
