import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BooksPlace } from '#src/books/database-kind.js';
import { layBooks } from './laid-books.js';
import { needPostgres } from './postgres.js';

/** A place with new, empty books, on one of the databases that the bridge can keep them in. */
export interface NewPlace {
  readonly place: BooksPlace;
  /** Throws the books away. */
  remove(): Promise<void>;
}

/** A kind of database as the tests see it. */
export interface PlaceKind {
  readonly name: string;
  /** Call it in `before`: skips the suite where there is no such database. */
  prepare(suite: Mocha.Context): Promise<void>;
  make(suite: Mocha.Context): Promise<NewPlace>;
}

/** Every suite of the books runs over both. */
export const PLACES: readonly PlaceKind[] = [
  {
    name: 'SQLite',
    prepare: async () => {},
    make: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'books-'));
      const filename = join(folder, 'bridge.sqlite');
      await layBooks(filename);
      return {
        place: { client: 'sqlite3', filename },
        remove: async () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  },
  {
    name: 'PostgreSQL',
    prepare: async (suite) => void (await needPostgres(suite)),
    make: async (suite) => {
      const database = await (await needPostgres(suite)).createBooks();
      return { place: { client: 'pg', connection: database.connection }, remove: () => database.drop() };
    },
  },
];
