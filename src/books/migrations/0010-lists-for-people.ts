import type { Knex } from 'knex';
import type { Alert } from '../../payment/payment.js';
import { type ColumnWords, columnWords } from '../database-kind.js';

/**
 * What waits for a person, each found by an index of its own however many payments there are: open rulings, notifications in quarantine,
 * alerts. Whoever dealt with one of them stands beside it. And the trail of acts by person and by kind.
 */
const statements = ({ text, integer, risingId, tableEnd }: ColumnWords) => [
  `alter table rulings add column decided_why ${text}`,
  `create index rulings_open on rulings (id) where state = 'open'`,
  `create index rulings_decided on rulings (id) where state <> 'open'`,
  `alter table notifications add column dealt_by ${text}`,
  `alter table notifications add column dealt_at ${integer}`,
  `alter table notifications add column dealt_why ${text}`,
  'create index notifications_to_deal_with on notifications (id) where quarantine is not null and dealt_at is null',
  'create index notifications_dealt_with on notifications (id) where quarantine is not null and dealt_at is not null',
  `create table alerts (
    id ${risingId},
    payment_request_id ${text} not null references payments (payment_request_id),
    kind ${text} not null,
    at ${integer} not null,
    dealt_by ${text},
    dealt_at ${integer},
    dealt_why ${text},
    unique (payment_request_id, kind)
  ) ${tableEnd}`,
  'create index alerts_to_deal_with on alerts (id) where dealt_at is null',
  'create index alerts_dealt_with on alerts (id) where dealt_at is not null',
  'create index acts_by_person on acts (who, seq)',
  'create index acts_by_kind on acts (what, seq)',
  'create index acts_by_person_and_kind on acts (who, what, seq)',
];

const INSERTED_AT_ONCE = 200;

export async function up(knex: Knex): Promise<void> {
  for (const statement of statements(columnWords(knex))) await knex.raw(statement);
  await listKnownAlerts(knex);
}

/** Alerts that were raised before they had rows. */
async function listKnownAlerts(knex: Knex): Promise<void> {
  const alerted: { payment_request_id: string; life: string }[] = await knex('payments')
    .where('life', 'like', '%"alerts":[{%')
    .select('payment_request_id', 'life');
  const rows = alerted
    .flatMap(({ payment_request_id, life }) => alertsIn(life).map(({ kind, at }) => ({ payment_request_id, kind, at })))
    .sort((a, b) => a.at - b.at);
  for (let from = 0; from < rows.length; from += INSERTED_AT_ONCE)
    await knex('alerts').insert(rows.slice(from, from + INSERTED_AT_ONCE));
}

/** A life that cannot be read is told where it is read; it has no alerts that anybody could show. */
function alertsIn(life: string): readonly Alert[] {
  try {
    return (JSON.parse(life) as { readonly alerts: readonly Alert[] }).alerts;
  } catch {
    return [];
  }
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
