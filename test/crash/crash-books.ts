import { join } from 'node:path';
import type { BooksPlace } from '#src/books/database-kind.js';
import { postgresOfThisRun } from '../support/postgres.js';
import { type BooksAtDeath, copyBooks, readBooksAtDeath, readBooksNow } from './books-at-death.js';

/** On which books a crash is tried. */
export type BooksKind = BooksPlace['client'];

/** Books of their own for one shop. */
export interface CrashBooks {
  /** Where they are now. */
  place(): BooksPlace;
  /** To be called at the very instant of a death in this process: what is written afterwards is not in them any more. */
  freeze(): void;
  /**
   * Lets the claims of the dead run out. They last by the server's clock, which nobody turns: by that of the shop minutes would pass in
   * which nobody may touch what the dead held.
   */
  endClaims(): Promise<void>;
  /** What stands in them. Those of a dead bridge stay as it left them. */
  read(alive: boolean): Promise<BooksAtDeath>;
  remove(): Promise<void>;
}

/** SQLite in `folder`; every `freeze` moves on to a copy in a folder beside it. `from`: a dead or stopped bridge's file to begin with. */
export function sqliteBooks(folder: string, from?: string): CrashBooks {
  let lives = 1;
  const next = () => join(folder, `life-${lives}`);
  let filename = from === undefined ? join(next(), 'bridge.sqlite') : copyBooks(from, next());
  return {
    place: () => ({ client: 'sqlite3', filename }),
    freeze() {
      lives += 1;
      filename = copyBooks(filename, next());
    },
    endClaims: async () => {},
    read: (alive) => (alive ? readBooksNow({ client: 'sqlite3', filename }) : readBooksAtDeath(filename, folder)),
    remove: async () => {},
  };
}

/**
 * A database of PostgreSQL. `template`: another one to begin with, which nobody is connected to. A death needs no copy: the server throws
 * away what was not committed.
 */
export async function postgresBooks(template?: BooksPlace): Promise<CrashBooks> {
  const server = await postgresOfThisRun();
  const database = await server.createDatabase();
  if (template?.client === 'pg') {
    await database.drop();
    const [model] = /[^/]+$/.exec(template.connection) ?? [];
    await server.administrate(`create database ${database.name} template ${model}`);
  }
  const place: BooksPlace = { client: 'pg', connection: database.connection };
  return {
    place: () => place,
    freeze: () => {},
    endClaims: async () => void (await database.query('update payments set claimed_until = 0 where claimed_until is not null')),
    read: () => readBooksNow(place),
    remove: () => database.drop(),
  };
}
