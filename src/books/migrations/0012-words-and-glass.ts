import type { Knex } from 'knex';
import { columnWords } from '../database-kind.js';

/**
 * What is wrong with a day is kept as words and values, too, for pages in other languages; and what a display showed is found by the
 * payment it was about.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`alter table clearing_exceptions add column words ${columnWords(knex).text}`);
  await knex.raw(`create index lane_events_of_glasses on lane_events (payment_request_id, id) where kind = 'display'`);
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
