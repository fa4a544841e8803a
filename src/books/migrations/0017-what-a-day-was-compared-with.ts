import type { Knex } from 'knex';
import { columnWords } from '../database-kind.js';

/** A comparison tells what it was made with besides the files of its day, so that a day is not sealed over what came since. */
export async function up(knex: Knex): Promise<void> {
  const { text } = columnWords(knex);
  await knex.raw(`alter table clearing_days add column basis ${text}`);
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
