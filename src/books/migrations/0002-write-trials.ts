import type { Knex } from 'knex';
import { columnWords } from '../database-kind.js';

/** Where a small real write shows whether the books can be written; never more than one row. */
export async function up(knex: Knex): Promise<void> {
  const { integer, bytes, tableEnd } = columnWords(knex);
  await knex.raw(`create table write_trials (id ${integer} primary key not null, ballast ${bytes} not null) ${tableEnd}`);
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
