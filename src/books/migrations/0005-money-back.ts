import type { Knex } from 'knex';
import { columnWords } from '../database-kind.js';

/**
 * Money that goes back: a refund is a row with its frozen bytes, an undo stands with its payment. `refunded_at` is the upstream's
 * `refundTime`, which decides the clearing day; the settlement is kept as received.
 */
export async function up(knex: Knex): Promise<void> {
  const { text, integer, bytes, tableEnd } = columnWords(knex);
  await knex.raw(`create table refunds (
    refund_request_id ${text} primary key not null,
    payment_request_id ${text} not null references payments (payment_request_id),
    refund_reference ${text} not null,
    is_undo ${integer} not null check (is_undo in (0, 1)),
    currency ${text} not null,
    value ${text} not null,
    reason ${text},
    asked_by ${text} not null,
    request_path ${text} not null,
    request_body ${bytes} not null,
    request_sha256 ${text} not null,
    state ${text} not null check (state in ('pending', 'in_doubt', 'refunded', 'refused')),
    refund_id ${text},
    refunded_at ${integer},
    settlement_currency ${text},
    settlement_value ${text},
    settlement_quote ${text},
    last_result ${text},
    version ${integer} not null,
    created_at ${integer} not null,
    updated_at ${integer} not null,
    unique (payment_request_id, refund_reference)
  ) ${tableEnd}`);
  await knex.raw('create index refunds_by_time on refunds (refunded_at) where refunded_at is not null');
  await knex.raw('create index refunds_by_refund_id on refunds (refund_id) where refund_id is not null');
  await knex.raw(`alter table payments add column undo_by ${text}`);
  await knex.raw(`alter table payments add column undo_state ${text}`);
  await knex.raw(`alter table attempts add column refund_request_id ${text}`);
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
