import type { Knex } from 'knex';
import { columnWords } from '../database-kind.js';

/** Whose payments stand under an upstream's id: another account there knows none of them. */
export async function up(knex: Knex): Promise<void> {
  const { text, integer, tableEnd } = columnWords(knex);
  await knex.raw(`create table upstream_accounts (
    upstream_id ${text} not null primary key,
    dialect ${text} not null,
    client_id ${text} not null,
    updated_at ${integer} not null
  ) ${tableEnd}`);
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
