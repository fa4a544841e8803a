import type { Knex } from 'knex';
import type { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import { errorText } from '../base/log.js';
import type { Claims, ClaimWishes } from './claims.js';

/** A connection, or the transaction that is open on it. With SQLite's one connection, a stray query outside an open transaction waits for itself. */
export type Db = Knex | Knex.Transaction;

/** Where the books are kept: a SQLite file, or a database of a PostgreSQL server by its connection string. */
export type BooksPlace =
  | { readonly client: 'sqlite3'; readonly filename: string }
  | { readonly client: 'pg'; readonly connection: string };

/** Everything in which SQLite and PostgreSQL differ for whoever reads and writes the books; nobody else asks which of the two it is. */
export interface DatabaseKind {
  /** Several processes may have these books open at once. */
  readonly isShared: boolean;
  /**
   * What the driver threw as a cause a person can act on; one that is such a cause already stays as it is, `undefined` for what is no
   * trouble of the database: a mistake of ours.
   */
  troubleOf(error: unknown): BridgeError | undefined;
  /** The cause for a write that does not come back. */
  hangs(): BridgeError;
  /** Looks whether all that is stored hangs together, beside the running work; null when it does, or nobody can say. */
  damage(): Promise<BridgeError | null>;
  /** Waits until no other transaction holds `name`, and holds it until this one has ended and everybody can see what it wrote. */
  takeTurns(trx: Db, name: string): Promise<void>;
  /** How this process and others that may share the books keep off each other's payments. */
  claims(db: Knex, wishes: ClaimWishes): Claims;
  /** The bell between all processes on these books; `heard` is called with every topic that another one rang for. */
  bell(clock: Clock, heard: (topic: string) => void): ProcessBell;
}

/** Rings in the other processes: no data, and may be lost. */
export interface ProcessBell {
  tell(topic: string): void;
  close(): Promise<void>;
}

/** An open database and its kind. */
export interface Database {
  readonly db: Knex;
  readonly kind: DatabaseKind;
}

/** The books, open and migrated. */
export interface OpenBooks extends Database {
  /** Gives connections and locks back. */
  close(): Promise<void>;
}

const QUIET: Knex.Logger = { debug() {}, warn() {}, error() {}, deprecate() {} };

/** What every connection pool is opened with. */
export const COMMON_SETTINGS = {
  acquireConnectionTimeout: 5000,
  // Values of a failed statement stay out of its message, and so out of the log.
  compileSqlOnError: false,
  // Whatever goes wrong is thrown as well, and told once, by whoever knows what it means.
  log: QUIET,
} as const satisfies Knex.Config;

/** The words a table is made of. Money is text, times are whole milliseconds, messages are bytes, on either database. */
export interface ColumnWords {
  readonly text: string;
  /** Holds every safe integer of JavaScript. */
  readonly integer: string;
  readonly bytes: string;
  /** A key that rises with every row and is never used again. */
  readonly risingId: string;
  /** What stands after the last bracket of a table. */
  readonly tableEnd: string;
}

const COLUMN_WORDS: Readonly<Record<BooksPlace['client'], ColumnWords>> = {
  // STRICT keeps a wrong type from being stored as something else.
  sqlite3: {
    text: 'text',
    integer: 'integer',
    bytes: 'blob',
    risingId: 'integer primary key autoincrement',
    tableEnd: 'strict',
  },
  // Sorted by bytes, as SQLite does: an index must not break with the next release of the system's locales.
  pg: {
    text: 'text collate "C"',
    integer: 'bigint',
    bytes: 'bytea',
    risingId: 'bigint generated always as identity primary key',
    tableEnd: '',
  },
};

/** The words for the database a migration runs on. */
export function columnWords(db: Knex): ColumnWords {
  return COLUMN_WORDS[(db.client as { readonly config: { readonly client: BooksPlace['client'] } }).config.client];
}

/** What the driver itself said, without the statement that is put before it. */
export function driverText(error: unknown): string {
  const text = errorText(error);
  return text.slice(text.lastIndexOf(' - ') + 1).replace(/^- /, '');
}

/** Two transactions stood in each other's way, and the server ended one of them: nothing of it happened, and it may be tried again. */
const IN_EACH_OTHERS_WAY: readonly unknown[] = ['40001', '40P01'];
const MOST_TRIES = 4;

/**
 * `work` in one transaction; it may be run again when another transaction stood in its way. Rejects with what went wrong first: SQLite
 * may have rolled back by itself, and knex then only says that it cannot.
 */
export async function inTransaction<T>(db: Db, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const failed: unknown[] = [];
    try {
      return await db.transaction((trx) =>
        work(trx).catch((error: unknown) => {
          failed.push(error);
          throw error;
        }),
      );
    } catch (error) {
      const first = failed.length > 0 ? failed[0] : error;
      const wasInTheWay = first instanceof Error && 'code' in first && IN_EACH_OTHERS_WAY.includes(first.code);
      if (!wasInTheWay || tries >= MOST_TRIES) throw first;
    }
  }
}
