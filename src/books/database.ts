import { existsSync } from 'node:fs';
import type { BooksPlace, OpenBooks } from './database-kind.js';
import { migrate, waitingMigrations } from './migrations.js';
import { openPostgres, openPostgresToRead } from './postgres.js';
import { openSqlite } from './sqlite.js';

/** Opens the books wherever they are kept and brings them to the newest shape. Throws `BridgeError` of area `books`, or `config.wrong`. */
export function openBooks(place: BooksPlace): Promise<OpenBooks> {
  return place.client === 'pg' ? openPostgres(place.connection, migrate) : openSqlite(place.filename, migrate);
}

/**
 * Opens the books for a look while no bridge runs with this configuration; undefined when there are none yet, for a look must not make
 * books: the next start would find what somebody else may own. Throws as `openBooks` does.
 */
export async function openBooksToRead(place: BooksPlace): Promise<OpenBooks | undefined> {
  if (place.client === 'pg') return openPostgresToRead(place.connection, waitingMigrations);
  return existsSync(place.filename) ? openBooks(place) : undefined;
}
