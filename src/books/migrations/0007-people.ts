import type { Knex } from 'knex';
import { type ColumnWords, columnWords } from '../database-kind.js';

/**
 * People of the back office, their sessions, everything they did, and what they ruled; and the indexes by which they find payments.
 * A password is stored as salted scrypt, a key and a session as the SHA-256 of their text. `acts` is a chain: each row's hash covers
 * the one before, and `acts_head` says where it ends, so that a missing end is seen, too.
 */
const statements = ({ text, integer, risingId, tableEnd }: ColumnWords) => [
  `create table users (
    name ${text} primary key not null,
    role ${text} not null check (role in ('viewer', 'operator', 'approver')),
    password ${text},
    key_sha256 ${text},
    disabled ${integer} not null check (disabled in (0, 1)),
    created_at ${integer} not null,
    updated_at ${integer} not null
  ) ${tableEnd}`,
  'create unique index users_by_key on users (key_sha256) where key_sha256 is not null',
  `create table sessions (
    token_sha256 ${text} primary key not null,
    name ${text} not null references users (name),
    began_at ${integer} not null,
    seen_at ${integer} not null
  ) ${tableEnd}`,
  'create index sessions_by_age on sessions (seen_at)',
  'create index sessions_by_name on sessions (name)',
  `create table acts (
    seq ${integer} primary key not null,
    at ${integer} not null,
    who ${text} not null,
    what ${text} not null,
    about ${text} not null,
    why ${text} not null,
    detail ${text} not null,
    before ${text} not null,
    hash ${text} not null
  ) ${tableEnd}`,
  'create index acts_about on acts (about, seq)',
  `create table acts_head (
    one ${integer} primary key not null check (one = 1),
    seq ${integer} not null,
    hash ${text} not null
  ) ${tableEnd}`,
  `create table rulings (
    id ${risingId},
    payment_request_id ${text} not null references payments (payment_request_id),
    ruled_as ${text} not null check (ruled_as in ('paid', 'failed', 'cancelled')),
    reason ${text} not null,
    proposed_by ${text} not null,
    proposed_at ${integer} not null,
    state ${text} not null check (state in ('open', 'confirmed', 'rejected', 'void')),
    decided_by ${text},
    decided_at ${integer}
  ) ${tableEnd}`,
  `create unique index one_open_ruling_per_payment on rulings (payment_request_id) where state = 'open'`,
  'create index rulings_by_payment on rulings (payment_request_id, id)',
  'create index payments_by_time on payments (created_at desc, payment_request_id desc)',
  'create index payments_by_amount on payments (value, created_at desc, payment_request_id desc)',
];

export async function up(knex: Knex): Promise<void> {
  for (const statement of statements(columnWords(knex))) await knex.raw(statement);
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
