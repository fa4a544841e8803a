import { needPostgres } from './postgres.js';

/** Tells the same stories of a shop with a SQLite file and of one with PostgreSQL; `books` is for `startHarness`. */
export function onEitherBooks(title: string, tell: (books: 'sqlite3' | 'pg') => void): void {
  describe(title, () => tell('sqlite3'));
  describe(`${title}, on PostgreSQL`, () => {
    before(async function () {
      await needPostgres(this);
    });
    tell('pg');
  });
}
