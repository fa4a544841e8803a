import { hostname } from 'node:os';
import type { Knex } from 'knex';
import { columnWords } from '../database-kind.js';

/**
 * How far an upstream's clock is off is a fact about two clocks: what one machine measured is wrong on another one, also on that which
 * restored a backup.
 */
export async function up(knex: Knex): Promise<void> {
  const { text, integer, tableEnd } = columnWords(knex);
  await knex.raw(`create table clocks_by_machine (
    upstream_id ${text} not null,
    machine ${text} not null default '',
    offset_ms ${integer} not null,
    measured_at ${integer} not null,
    primary key (upstream_id, machine)
  ) ${tableEnd}`);
  await knex.raw(
    `insert into clocks_by_machine (upstream_id, machine, offset_ms, measured_at)
       select upstream_id, ?, offset_ms, measured_at from upstream_clocks`,
    [hostname()],
  );
  await knex.raw('drop table upstream_clocks');
  await knex.raw('alter table clocks_by_machine rename to upstream_clocks');
}

/** Books are never migrated backwards: a restored backup is. */
export async function down(): Promise<void> {
  throw new Error('the books cannot be migrated backwards; restore a backup instead');
}
