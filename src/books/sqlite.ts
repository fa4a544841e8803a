import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import { BridgeError } from '../base/bridge-error.js';
import { errorText } from '../base/log.js';
import { soleClaims } from './claims.js';
import { COMMON_SETTINGS, type DatabaseKind, type OpenBooks } from './database-kind.js';
import { booksTrouble, sqliteTrouble } from './sqlite-trouble.js';

interface RawConnection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

function openKnex(filename: string, pragmas: string): Knex {
  return knex({
    ...COMMON_SETTINGS,
    client: 'sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    // PRAGMAs belong to a connection and the pool may make it anew.
    pool: { min: 1, max: 1, afterCreate: (raw: RawConnection, done: (error: Error | null) => void) => raw.exec(pragmas, done) },
  });
}

/**
 * Opens a SQLite file under the single-instance lock. Creates folder and file, readable by their owner only. Throws `BridgeError`:
 * `books.locked`, `books.openToOthers`, or one of the troubles of the file.
 */
export async function openSqlite(filename: string, migrate: (db: Knex) => Promise<void>): Promise<OpenBooks> {
  prepareFile(filename);
  // By the file itself: the same books under another name are the same books.
  const lock = await takeInstanceLock(realpathSync(filename));
  const db = openKnex(
    filename,
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON;',
  );
  const close = async () => {
    await db.destroy();
    await lock.release();
  };
  try {
    await migrate(db);
  } catch (error) {
    await close();
    throw sqliteTrouble(filename, error) ?? error;
  }
  return { db, kind: sqliteKind(filename), close };
}

function sqliteKind(filename: string): DatabaseKind {
  return {
    isShared: false,
    troubleOf: (error) => sqliteTrouble(filename, error),
    hangs: () => booksTrouble('books.unavailable', filename, 'a small write does not come back'),
    damage: () => damageOf(filename),
    // There is one connection: transactions take turns by themselves.
    takeTurns: async () => {},
    // The instance lock claims everything at once.
    claims: soleClaims,
    // There is no other process to be told.
    bell: () => ({ tell() {}, close: async () => {} }),
  };
}

function prepareFile(filename: string): void {
  if (!existsSync(filename)) {
    makeFile(filename);
    return;
  }
  // Windows has no such mode bits; there the folder's access list protects the file.
  if (process.platform !== 'win32' && (statSync(filename).mode & 0o077) !== 0) {
    throw new BridgeError(
      'books.openToOthers',
      `The books ${filename} may be read by others on this machine. Repair: chmod 600 ${filename}`,
    );
  }
}

function makeFile(filename: string): void {
  try {
    const made = mkdirSync(dirname(filename), { recursive: true, mode: 0o700 });
    closeSync(openSync(filename, 'a', 0o600));
    keepNames(filename, made);
  } catch (error) {
    throw new BridgeError('books.unavailable', `The books ${filename} cannot be created: ${errorText(error)}`, { cause: error });
  }
}

/** A new name outlives a power cut only once its folder was synced; `made` is the topmost folder that is new, too. Windows syncs no folders. */
function keepNames(filename: string, made: string | undefined): void {
  if (process.platform === 'win32') return;
  const top = made === undefined ? dirname(filename) : dirname(made);
  for (let folder = dirname(filename); ; folder = dirname(folder)) {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (folder === top || folder === dirname(folder)) return;
  }
}

/**
 * An exclusive lock on a small database beside the books, held as long as the process lives. The operating system gives it back
 * however the process ends, so a lock is never stale; and the books themselves stay readable for other tools.
 */
async function takeInstanceLock(books: string): Promise<{ release(): Promise<void> }> {
  const filename = `${books}.lock`;
  const lock = openKnex(filename, 'PRAGMA busy_timeout=0; PRAGMA journal_mode=MEMORY;');
  try {
    await lock.raw('BEGIN EXCLUSIVE');
    // Of a file that may only be read, SQLite would call a lock exclusive that is none.
    await lock.raw('PRAGMA user_version = 1');
    if (process.platform !== 'win32') chmodSync(filename, 0o600);
  } catch (error) {
    await lock.destroy();
    if (/SQLITE_BUSY|locked/i.test(errorText(error))) {
      throw new BridgeError(
        'books.locked',
        `Another bridge is running on these books (${filename} is locked). Stop it first: ocbridge stop`,
      );
    }
    const unknown = () =>
      new BridgeError('books.unavailable', `The lock ${filename} cannot be taken: ${errorText(error)}`, { cause: error });
    throw sqliteTrouble(books, error) ?? unknown();
  }
  return { release: () => lock.destroy() };
}

/** On a connection of its own, so that nobody waits for it. */
async function damageOf(filename: string): Promise<BridgeError | null> {
  const db = openKnex(filename, 'PRAGMA query_only=ON;');
  try {
    const [first] = await db.raw<{ readonly quick_check: string }[]>('PRAGMA quick_check(1)');
    if (first === undefined || first.quick_check === 'ok') return null;
    return booksTrouble('books.corrupt', filename, first.quick_check);
  } finally {
    await db.destroy();
  }
}
