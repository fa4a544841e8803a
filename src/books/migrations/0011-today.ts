import type { Knex } from 'knex';
import type { PaymentLife } from '../../payment/payment.js';
import { paidAtOf } from '../clearing-columns.js';
import { columnWords } from '../database-kind.js';

/**
 * What the front page of the back office reads: sales by the time they were paid, out of an index that holds all it needs, and the few
 * rows that wait for a person.
 */
const INDEXES = [
  `create index payments_by_paid_at on payments (paid_at, currency, clearing_standing, value) where paid_at is not null`,
  `create index payments_undo_refused on payments (created_at) where undo_state = 'refused'`,
  `create index refunds_open on refunds (created_at) where state in ('pending', 'in_doubt')`,
  `create index clearing_exceptions_open on clearing_exceptions (day, run, found_at) where state = 'open'`,
];

const PAGE = 500;

/** Payments that were stored before get the column that follows from their lives; one that cannot be read goes without. */
async function fillIn(knex: Knex): Promise<void> {
  for (let after = ''; ; ) {
    const rows: readonly { readonly payment_request_id: string; readonly life: string }[] = await knex('payments')
      .where('payment_request_id', '>', after)
      .andWhere('state', 'paid')
      .orderBy('payment_request_id')
      .limit(PAGE)
      .select('payment_request_id', 'life');
    for (const { payment_request_id, life } of rows) {
      const paid_at = timeIn(life);
      if (paid_at !== null) await knex('payments').where({ payment_request_id }).update({ paid_at });
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.payment_request_id;
  }
}

function timeIn(life: string): number | null {
  try {
    return paidAtOf(JSON.parse(life) as PaymentLife);
  } catch {
    return null;
  }
}

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`alter table payments add column paid_at ${columnWords(knex).integer}`);
  await fillIn(knex);
  for (const statement of INDEXES) await knex.raw(statement);
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
