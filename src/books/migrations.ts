import type { Knex } from 'knex';
import { BridgeError } from '../base/bridge-error.js';
import { killPoint } from '../base/kill-point.js';
import { errorText } from '../base/log.js';
import * as m0001 from './migrations/0001-books.js';
import * as m0002 from './migrations/0002-write-trials.js';
import * as m0003 from './migrations/0003-claims.js';
import * as m0004 from './migrations/0004-clocks-by-machine.js';
import * as m0005 from './migrations/0005-money-back.js';
import * as m0006 from './migrations/0006-clearing.js';
import * as m0007 from './migrations/0007-people.js';
import * as m0009 from './migrations/0009-clearing-rows.js';
import * as m0010 from './migrations/0010-lists-for-people.js';
import * as m0011 from './migrations/0011-today.js';
import * as m0012 from './migrations/0012-words-and-glass.js';
import * as m0013 from './migrations/0013-exceptions-of-a-payment.js';
import * as m0014 from './migrations/0014-large-books.js';
import * as m0015 from './migrations/0015-upstream-accounts.js';
import * as m0016 from './migrations/0016-clearing-days.js';
import * as m0017 from './migrations/0017-what-a-day-was-compared-with.js';

/** Names without extension, imported statically: the same in development, in the build and in a bundle. */
const MIGRATIONS: ReadonlyArray<{ readonly name: string; readonly migration: Knex.Migration }> = [
  { name: '0001-books', migration: m0001 },
  { name: '0002-write-trials', migration: m0002 },
  { name: '0003-claims', migration: m0003 },
  { name: '0004-clocks-by-machine', migration: m0004 },
  { name: '0005-money-back', migration: m0005 },
  { name: '0006-clearing', migration: m0006 },
  { name: '0007-people', migration: m0007 },
  { name: '0009-clearing-rows', migration: m0009 },
  { name: '0010-lists-for-people', migration: m0010 },
  { name: '0011-today', migration: m0011 },
  { name: '0012-words-and-glass', migration: m0012 },
  { name: '0013-exceptions-of-a-payment', migration: m0013 },
  { name: '0014-large-books', migration: m0014 },
  { name: '0015-upstream-accounts', migration: m0015 },
  { name: '0016-clearing-days', migration: m0016 },
  { name: '0017-what-a-day-was-compared-with', migration: m0017 },
];

/** Whatever a migration does is followed by an instant at which a test may end this process. */
function watched({ name, migration }: (typeof MIGRATIONS)[number]): Knex.Migration {
  return {
    ...migration,
    async up(trx) {
      const reached = () => killPoint('books.migrating', name);
      trx.on('query-response', reached);
      await migration.up(trx);
      trx.off('query-response', reached);
    },
  };
}

const migrationSource: Knex.MigrationSource<(typeof MIGRATIONS)[number]> = {
  getMigrations: async () => [...MIGRATIONS],
  getMigrationName: (m) => m.name,
  getMigration: async (m) => watched(m),
};

const config: Knex.MigratorConfig = { migrationSource, disableMigrationsListValidation: false };

/** How many steps the books are behind, of how many. */
export async function waitingMigrations(db: Knex): Promise<{ readonly waiting: number; readonly of: number }> {
  const done = (await db.schema.hasTable('knex_migrations')) ? (await db.migrate.list(config))[0].length : 0;
  return { waiting: MIGRATIONS.length - done, of: MIGRATIONS.length };
}

/**
 * Brings the books to their newest shape. The caller keeps every other process from doing the same meanwhile, so a migration lock that
 * is still set was left by a process that died in a migration.
 */
export async function migrate(db: Knex): Promise<void> {
  const locked = await db.schema.hasTable('knex_migrations_lock');
  if (locked) await db.migrate.forceFreeMigrationsLock(config);
  try {
    await db.migrate.latest(config);
  } catch (error) {
    // What knex says of steps that are in the books and not in this program.
    if (!/migration directory is corrupt/.test(errorText(error))) throw error;
    const repair = 'run that version or a newer one, or restore a backup that was made before it';
    throw new BridgeError('books.unfit', `The books were written by a newer version of the bridge. Repair: ${repair}.`, {
      cause: error,
    });
  }
}
