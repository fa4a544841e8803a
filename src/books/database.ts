import type { BooksPlace, OpenBooks } from './database-kind.js';
import { migrate } from './migrations.js';
import { openPostgres } from './postgres.js';
import { openSqlite } from './sqlite.js';

/** Opens the books wherever they are kept and brings them to the newest shape. Throws `BridgeError` of area `books`, or `config.wrong`. */
export function openBooks(place: BooksPlace): Promise<OpenBooks> {
  return place.client === 'pg' ? openPostgres(place.connection, migrate) : openSqlite(place.filename, migrate);
}
