import type { Knex } from 'knex';
import { columnWords } from '../database-kind.js';

/**
 * What keeps lists as fast on a million payments as on a thousand: two equal filters lead by one index, in the order of the list; the
 * list by time can be compared by currency and reference without a look into the table; refunds are found by their clearing day; and
 * payments that have ended, which nothing ever changes, are counted when they end.
 */
const INDEXES = [
  'create index payments_by_lane_state on payments (lane_id, state, created_at desc, payment_request_id desc)',
  'create index payments_by_amount_state on payments (value, state, created_at desc, payment_request_id desc)',
  'create index payments_by_amount_lane on payments (value, lane_id, created_at desc, payment_request_id desc)',
  'create index payments_in_time on payments (created_at desc, payment_request_id desc, currency, sale_reference)',
  'drop index payments_by_time',
  'create index clearing_files_named on clearing_files (name)',
  // Days are counted from 1 January 1970 in UTC+8.
  `create index refunds_of_clearing_day on refunds (((coalesce(refunded_at, updated_at) + 28800000) / 86400000), refund_request_id)
    where state = 'refunded'`,
];

export async function up(knex: Knex): Promise<void> {
  const { text, integer, tableEnd } = columnWords(knex);
  for (const statement of INDEXES) await knex.raw(statement);
  await knex.raw(`create table ended_payments (state ${text} primary key not null, count ${integer} not null) ${tableEnd}`);
  await knex.raw(
    `insert into ended_payments (state, count)
       select state, count(*) from payments where state in ('paid', 'failed', 'cancelled') group by state`,
  );
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
