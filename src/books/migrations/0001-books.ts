import type { Knex } from 'knex';
import { type ColumnWords, columnWords } from '../database-kind.js';

/** The first books: money is text, times are whole milliseconds UTC, raw messages are kept byte for byte. */
const statements = ({ text, integer, bytes, risingId, tableEnd }: ColumnWords) => [
  `create table lanes (
    lane_id ${text} primary key not null,
    merchant_id ${text} not null,
    upstream_id ${text} not null,
    configured ${integer} not null,
    updated_at ${integer} not null
  ) ${tableEnd}`,
  `create table terminals (
    terminal_id ${text} primary key not null,
    lanes ${text} not null,
    configured ${integer} not null,
    updated_at ${integer} not null
  ) ${tableEnd}`,
  `create table upstream_clocks (
    upstream_id ${text} primary key not null,
    offset_ms ${integer} not null,
    measured_at ${integer} not null
  ) ${tableEnd}`,
  `create table payments (
    payment_request_id ${text} primary key not null,
    lane_id ${text} not null references lanes (lane_id),
    terminal_id ${text} not null references terminals (terminal_id),
    sale_reference ${text} not null,
    upstream_id ${text} not null,
    merchant_id ${text} not null,
    currency ${text} not null,
    value ${text} not null,
    sale ${text} not null,
    request_path ${text} not null,
    request_body ${bytes} not null,
    request_sha256 ${text} not null,
    request_expires_at ${integer},
    state ${text} not null,
    holds_lane ${integer} not null check (holds_lane in (0, 1)),
    under_way ${integer} not null check (under_way in (0, 1)),
    life ${text} not null,
    version ${integer} not null,
    revision ${integer} not null,
    created_at ${integer} not null,
    updated_at ${integer} not null,
    due_at ${integer},
    unique (terminal_id, sale_reference)
  ) ${tableEnd}`,
  'create unique index one_open_payment_per_lane on payments (lane_id) where holds_lane = 1',
  'create index payments_due on payments (due_at) where due_at is not null',
  'create index payments_under_way on payments (under_way) where under_way = 1',
  'create index payments_by_lane on payments (lane_id, created_at desc, payment_request_id desc)',
  'create index payments_by_reference on payments (sale_reference, created_at desc, payment_request_id desc)',
  'create index payments_by_state on payments (state, created_at desc, payment_request_id desc)',
  `create table attempts (
    id ${risingId},
    payment_request_id ${text} not null references payments (payment_request_id),
    call ${text} not null,
    phase ${text} not null check (phase in ('leaving', 'answered', 'silent')),
    at ${integer} not null,
    path ${text},
    request_headers ${text},
    request_body ${bytes},
    body_sha256 ${text},
    status ${integer},
    answer_headers ${text},
    answer_body ${bytes},
    verdict ${text},
    silence ${text}
  ) ${tableEnd}`,
  'create index attempts_by_payment on attempts (payment_request_id, id)',
  `create table journal (
    id ${risingId},
    payment_request_id ${text} not null references payments (payment_request_id),
    seq ${integer} not null,
    at ${integer} not null,
    upstream_at ${integer} not null,
    evidence ${text} not null,
    decision ${text} not null,
    from_state ${text} not null,
    to_state ${text} not null,
    alarm ${text},
    unique (payment_request_id, seq)
  ) ${tableEnd}`,
  `create table lane_events (
    id ${risingId},
    lane_id ${text} not null,
    at ${integer} not null,
    kind ${text} not null check (kind in ('payment', 'display')),
    payment_request_id ${text},
    body ${text} not null
  ) ${tableEnd}`,
  'create index lane_events_by_lane on lane_events (lane_id, id)',
  'create index lane_events_by_age on lane_events (at)',
  `create table notifications (
    id ${risingId},
    received_at ${integer} not null,
    upstream_id ${text} not null,
    path ${text} not null,
    headers ${text} not null,
    body ${bytes} not null,
    body_sha256 ${text} not null,
    verdict ${text} not null,
    applied ${integer} not null check (applied in (0, 1)),
    payment_request_id ${text},
    quarantine ${text}
  ) ${tableEnd}`,
  'create index notifications_to_apply on notifications (applied) where applied = 0',
  'create index notifications_by_payment on notifications (payment_request_id, id)',
  'create index notifications_in_quarantine on notifications (id) where quarantine is not null',
];

export async function up(knex: Knex): Promise<void> {
  for (const statement of statements(columnWords(knex))) await knex.raw(statement);
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
