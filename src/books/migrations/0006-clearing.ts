import type { Knex } from 'knex';
import type { PaymentLife } from '../../payment/payment.js';
import { clearingColumns } from '../clearing-columns.js';
import { type ColumnWords, columnWords } from '../database-kind.js';

/**
 * The clearing reports, what was made of each day, and the columns by which our own rows are found for it. Lines are stored as sorted
 * blocks of text: a report of a million lines is ten thousand rows, and what is compared is read in order and never held whole.
 */
const statements = ({ text, integer, risingId, tableEnd }: ColumnWords) => [
  ...['clearing_standing', 'clearing_day', 'upstream_payment_id', 'settled_currency', 'settled_value'].map(
    (column) => `alter table payments add column ${column} ${text}`,
  ),
  'create index payments_by_clearing_day on payments (clearing_day, payment_request_id) where clearing_day is not null',
  'create index payments_by_upstream_id on payments (upstream_payment_id) where upstream_payment_id is not null',
  `create index refunds_without_time on refunds (updated_at) where refunded_at is null and state = 'refunded'`,
  `create table clearing_files (
    id ${risingId},
    name ${text} not null,
    sha256 ${text} not null,
    size ${integer} not null,
    day ${text} not null,
    kind ${text} not null,
    batch_id ${text} not null,
    state ${text} not null check (state in ('staged', 'arrived', 'late', 'refused')),
    imported_at ${integer} not null,
    lines ${integer} not null,
    figures ${text} not null
  ) ${tableEnd}`,
  `create unique index clearing_files_by_name on clearing_files (name) where state in ('arrived', 'late')`,
  'create index clearing_files_by_hash on clearing_files (sha256)',
  'create index clearing_files_by_day on clearing_files (day, name)',
  'create index clearing_files_by_batch on clearing_files (batch_id)',
  `create table clearing_blocks (
    file_id ${integer} not null references clearing_files (id),
    section ${text} not null check (section in ('items', 'fees', 'ids')),
    run ${integer} not null,
    seq ${integer} not null,
    first_key ${text} not null,
    last_key ${text} not null,
    body ${text} not null,
    primary key (file_id, section, run, seq)
  ) ${tableEnd}`,
  'create index clearing_blocks_by_key on clearing_blocks (file_id, section, first_key, last_key)',
  `create table clearing_days (
    day ${text} primary key not null,
    run ${integer} not null,
    next_run ${integer} not null,
    changes ${integer} not null,
    totals ${text} not null,
    sealed_by ${text},
    sealed_at ${integer}
  ) ${tableEnd}`,
  `create table clearing_day_lines (
    day ${text} not null references clearing_days (day),
    run ${integer} not null,
    first_line ${integer} not null,
    lines ${integer} not null,
    body ${text} not null,
    primary key (day, run, first_line)
  ) ${tableEnd}`,
  `create table clearing_exceptions (
    day ${text} not null references clearing_days (day),
    run ${integer} not null,
    seq ${integer} not null,
    id ${text} not null,
    kind ${text} not null,
    cause ${text} not null,
    act ${text} not null,
    payment_request_id ${text},
    refund_request_id ${text},
    file ${text},
    line ${integer},
    state ${text} not null check (state in ('open', 'resolved')),
    found_at ${integer} not null,
    resolved_by ${text},
    resolved_at ${integer},
    reason ${text},
    primary key (day, run, id)
  ) ${tableEnd}`,
  'create index clearing_exceptions_in_order on clearing_exceptions (day, run, seq)',
  'create index clearing_exceptions_by_id on clearing_exceptions (id)',
];

const PAGE = 500;

/** Payments that were stored before get the columns that follow from their lives; one that cannot be read goes without. */
async function fillIn(knex: Knex): Promise<void> {
  for (let after = ''; ; ) {
    const rows: readonly { readonly payment_request_id: string; readonly life: string }[] = await knex('payments')
      .where('payment_request_id', '>', after)
      .orderBy('payment_request_id')
      .limit(PAGE)
      .select('payment_request_id', 'life');
    for (const { payment_request_id, life } of rows) {
      const columns = columnsOf(life);
      if (columns !== undefined) await knex('payments').where({ payment_request_id }).update(columns);
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.payment_request_id;
  }
}

function columnsOf(life: string): ReturnType<typeof clearingColumns> | undefined {
  try {
    return clearingColumns(JSON.parse(life) as PaymentLife);
  } catch {
    return undefined;
  }
}

export async function up(knex: Knex): Promise<void> {
  for (const statement of statements(columnWords(knex))) await knex.raw(statement);
  await fillIn(knex);
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
