import type { Knex } from 'knex';

/**
 * A comparison reads all payments of a clearing day in the order of their ids: out of an index that holds all it needs, instead of one
 * look into the table for each payment.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    `create index payments_of_clearing_day on payments (clearing_day, payment_request_id, clearing_standing, currency, value,
       upstream_payment_id, settled_currency, settled_value) where clearing_day is not null`,
  );
  await knex.raw('drop index payments_by_clearing_day');
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
