import { existsSync } from 'node:fs';
import type { Knex } from 'knex';
import { BridgeError, type BridgeErrorCode, isBooksTrouble } from '../base/bridge-error.js';
import type { BooksPlace, OpenBooks } from './database-kind.js';
import { migrate, waitingMigrations } from './migrations.js';
import { openSqlite } from './sqlite.js';

/** Loaded where the books are there: a counter PC with a file should not wait for the library at every start. */
const postgres = () => import('./postgres.js');

/**
 * Opens the books wherever they are kept and brings them to the newest shape. Throws `BridgeError` of area `books`, or `config.wrong`;
 * `books.notMigrated` when that shape is what cannot be written.
 */
export async function openBooks(place: BooksPlace): Promise<OpenBooks> {
  let behind = { waiting: 0, of: 0 };
  const toNewestShape = async (db: Knex) => {
    try {
      await migrate(db);
    } catch (error) {
      // Where not even that can be read, nobody knows whether there was anything to do.
      behind = await waitingMigrations(db).catch(() => behind);
      throw error;
    }
  };
  try {
    return await (place.client === 'pg'
      ? (await postgres()).openPostgres(place.connection, toNewestShape)
      : openSqlite(place.filename, toNewestShape));
  } catch (error) {
    throw behind.waiting > 0 && isBooksTrouble(error) && CANNOT_WRITE.includes(error.code) ? notMigrated(behind, error) : error;
  }
}

const CANNOT_WRITE: readonly BridgeErrorCode[] = ['books.diskFull', 'books.readOnly', 'books.busy', 'books.unavailable'];

function notMigrated({ waiting, of }: { readonly waiting: number; readonly of: number }, cause: BridgeError): BridgeError {
  const what =
    waiting === of ? 'The books are not made yet' : 'The books are of an older version and have to be changed for this one';
  return new BridgeError('books.notMigrated', `${what}, which cannot be done. ${cause.message}`, { cause });
}

/**
 * Opens the books for a look while no bridge runs with this configuration; undefined when there are none yet, for a look must not make
 * books: the next start would find what somebody else may own. Throws as `openBooks` does.
 */
export async function openBooksToRead(place: BooksPlace): Promise<OpenBooks | undefined> {
  if (place.client === 'pg') return (await postgres()).openPostgresToRead(place.connection, waitingMigrations);
  return existsSync(place.filename) ? openBooks(place) : undefined;
}
