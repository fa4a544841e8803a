import knex from 'knex';

/*
 * Writes numbers into a SQLite file, one commit each, until it is killed; says each number when its commit is through.
 * Arguments: the file, and PRAGMA synchronous.
 */
const [file = '', synchronous = 'FULL'] = process.argv.slice(2);
const db = knex({ client: 'sqlite3', connection: { filename: file }, useNullAsDefault: true });
await db.raw('PRAGMA journal_mode=WAL');
await db.raw(`PRAGMA synchronous=${synchronous}`);
await db.raw('create table numbers (n integer primary key)');
for (let n = 1; ; n += 1) {
  await db('numbers').insert({ n });
  process.stdout.write(`${n}\n`);
}
