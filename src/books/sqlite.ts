import { chmodSync, closeSync, existsSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import { BridgeError } from '../base/bridge-error.js';
import { errorText } from '../base/log.js';
import { COMMON_SETTINGS, type DatabaseKind, type OpenBooks } from './database-kind.js';

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
 * `books.locked`, `books.openToOthers`, `books.corrupt`, `books.diskFull`, `books.unavailable`.
 */
export async function openSqlite(filename: string, migrate: (db: Knex) => Promise<void>): Promise<OpenBooks> {
  prepareFile(filename);
  // By the file itself: the same books under another name are the same books.
  const lock = await takeInstanceLock(`${realpathSync(filename)}.lock`);
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
    throw errorOf(filename, error);
  }
  return { db, kind: sqliteKind(filename), close };
}

function sqliteKind(filename: string): DatabaseKind {
  return {
    errorOf: (error) => errorOf(filename, error),
    // There is one connection: transactions take turns by themselves.
    takeTurns: async () => {},
  };
}

function prepareFile(filename: string): void {
  try {
    mkdirSync(dirname(filename), { recursive: true, mode: 0o700 });
    if (!existsSync(filename)) {
      closeSync(openSync(filename, 'a', 0o600));
      return;
    }
  } catch (error) {
    throw new BridgeError('books.unavailable', `The books ${filename} cannot be created: ${errorText(error)}`, { cause: error });
  }
  // Windows has no such mode bits; there the folder's access list protects the file.
  if (process.platform !== 'win32' && (statSync(filename).mode & 0o077) !== 0) {
    throw new BridgeError(
      'books.openToOthers',
      `The books ${filename} may be read by others on this machine. Repair: chmod 600 ${filename}`,
    );
  }
}

/**
 * An exclusive lock on a small database beside the books, held as long as the process lives. The operating system gives it back
 * however the process ends, so a lock is never stale; and the books themselves stay readable for other tools.
 */
async function takeInstanceLock(filename: string): Promise<{ release(): Promise<void> }> {
  const lock = openKnex(filename, 'PRAGMA busy_timeout=0; PRAGMA journal_mode=MEMORY;');
  try {
    await lock.raw('BEGIN EXCLUSIVE');
    if (process.platform !== 'win32') chmodSync(filename, 0o600);
  } catch (error) {
    await lock.destroy();
    if (/SQLITE_BUSY|locked/i.test(errorText(error))) {
      throw new BridgeError(
        'books.locked',
        `Another bridge is running on these books (${filename} is locked). Stop it first: ocbridge stop`,
      );
    }
    throw new BridgeError('books.unavailable', `The lock ${filename} cannot be taken: ${errorText(error)}`, { cause: error });
  }
  return { release: () => lock.destroy() };
}

function errorOf(filename: string, error: unknown): BridgeError {
  if (error instanceof BridgeError) return error;
  const text = errorText(error);
  if (/SQLITE_(CORRUPT|NOTADB)/.test(text)) {
    return new BridgeError(
      'books.corrupt',
      `The books ${filename} are damaged (${text}). Stop, keep the file, restore the newest backup.`,
      { cause: error },
    );
  }
  if (/SQLITE_FULL/.test(text))
    return new BridgeError('books.diskFull', `The disk of the books ${filename} is full. Repair: free some space.`, {
      cause: error,
    });
  return new BridgeError('books.unavailable', `The books ${filename} cannot be used: ${text}`, { cause: error });
}
