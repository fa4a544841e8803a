import type { Knex } from 'knex';

/** The page of a payment shows what clearing days found about it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    'create index clearing_exceptions_of_a_payment on clearing_exceptions (payment_request_id) where payment_request_id is not null',
  );
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
