import type { Knex } from 'knex';
import { columnWords } from '../database-kind.js';

/**
 * A day knows how many files its run has read, and what was missing when it was sealed. Exceptions of a run have a place each: resolutions that
 * were kept from an earlier run had the place of another one. Payments of some upstreams are read out of the index as those of all are.
 */
export async function up(knex: Knex): Promise<void> {
  const { text, integer } = columnWords(knex);
  for (const statement of [
    `alter table clearing_days add column files_read ${integer}`,
    `alter table clearing_days add column missing ${text}`,
    `update clearing_exceptions as e set seq = n.place
       from (select day, run, id, row_number() over (partition by day, run order by seq, id) as place from clearing_exceptions) as n
       where n.day = e.day and n.run = e.run and n.id = e.id`,
    'drop index payments_of_clearing_day',
    `create index payments_of_clearing_day on payments (clearing_day, payment_request_id, upstream_id, clearing_standing, currency, value,
       upstream_payment_id, settled_currency, settled_value) where clearing_day is not null`,
  ])
    await knex.raw(statement);
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
