import type { Knex } from 'knex';
import { columnWords } from '../database-kind.js';

/**
 * Which process works on a payment, and until when at the latest; on the database's clock, milliseconds. Only where several processes
 * may share the books: whoever has a SQLite file open has it alone.
 */
export async function up(knex: Knex): Promise<void> {
  const { text, integer } = columnWords(knex);
  await knex.raw(`alter table payments add column claimed_by ${text}`);
  await knex.raw(`alter table payments add column claimed_until ${integer}`);
  await knex.raw('create index payments_claimed on payments (claimed_until) where claimed_until is not null');
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
