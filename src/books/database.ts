import { chmodSync, closeSync, existsSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import { BridgeError } from '../base/bridge-error.js';
import { errorText } from '../base/log.js';
import * as m0001 from './migrations/0001-books.js';

/** A connection, or the transaction that is open on it. With one connection, a stray query outside an open transaction waits for itself. */
export type Db = Knex | Knex.Transaction;

/** Names without extension, imported statically: the same in development, in the build and in a bundle. */
const MIGRATIONS: ReadonlyArray<{ readonly name: string; readonly migration: Knex.Migration }> = [
  { name: '0001-books', migration: m0001 },
];

const migrationSource: Knex.MigrationSource<(typeof MIGRATIONS)[number]> = {
  getMigrations: async () => [...MIGRATIONS],
  getMigrationName: (m) => m.name,
  getMigration: async (m) => m.migration,
};

interface RawConnection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

const QUIET: Knex.Logger = { debug() {}, warn() {}, error() {}, deprecate() {} };

function openKnex(filename: string, pragmas: string): Knex {
  return knex({
    client: 'sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    acquireConnectionTimeout: 5000,
    // Whatever goes wrong is thrown as well, and told once, by whoever knows what it means.
    log: QUIET,
    // PRAGMAs belong to a connection and the pool may make it anew.
    pool: { min: 1, max: 1, afterCreate: (raw: RawConnection, done: (error: Error | null) => void) => raw.exec(pragmas, done) },
  });
}

/** The books, open and migrated. */
export interface OpenBooks {
  readonly db: Knex;
  /** Gives the file and the single-instance lock back. */
  close(): Promise<void>;
}

/**
 * Opens the SQLite books under the single-instance lock and brings them to the newest shape. Creates folder and file, readable by
 * their owner only. Throws `BridgeError`: `books.locked`, `books.openToOthers`, `books.corrupt`, `books.unavailable`.
 */
export async function openBooks(filename: string): Promise<OpenBooks> {
  prepareFile(filename);
  // By the file itself: the same books under another name are the same books.
  const lock = await takeInstanceLock(`${realpathSync(filename)}.lock`);
  const db = openKnex(
    filename,
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON;',
  );
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    await lock.release();
    throw booksError(filename, error);
  }
  return {
    db,
    close: async () => {
      await db.destroy();
      await lock.release();
    },
  };
}

/** This process holds the instance lock, so a migration lock that is still set was left by a process that died in a migration. */
async function migrate(db: Knex): Promise<void> {
  const config: Knex.MigratorConfig = { migrationSource, disableMigrationsListValidation: false };
  const locked = await db.schema.hasTable('knex_migrations_lock');
  if (locked) await db.migrate.forceFreeMigrationsLock(config);
  await db.migrate.latest(config);
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

/** Turns what the driver threw into a cause a person can act on. */
export function booksError(filename: string, error: unknown): BridgeError {
  if (error instanceof BridgeError) return error;
  const text = errorText(error);
  if (/SQLITE_(CORRUPT|NOTADB)/.test(text)) {
    return new BridgeError(
      'books.corrupt',
      `The books ${filename} are damaged (${text}). Stop, keep the file, restore the newest backup.`,
      { cause: error },
    );
  }
  return new BridgeError('books.unavailable', `The books ${filename} cannot be used: ${text}`, { cause: error });
}
