import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import knex, { type Knex } from 'knex';
import { armKillPoints } from '#src/base/kill-point.js';
import { openBooks } from '#src/books/database.js';
import * as m0001 from '#src/books/migrations/0001-books.js';
import * as m0002 from '#src/books/migrations/0002-write-trials.js';
import * as m0003 from '#src/books/migrations/0003-claims.js';
import * as m0004 from '#src/books/migrations/0004-clocks-by-machine.js';
import { copyBooks } from '../crash/books-at-death.js';
import { type CounterPc, createCounterPc } from '../process/counter-pc.js';
import { ocbridge } from '../process/program.js';
import { CANCEL, openBench } from '../support/books-bench.js';
import { seededSuite } from '../support/seeded.js';

const ARMED = fileURLToPath(new URL('../crash/armed-main.js', import.meta.url));

/** As far as books went that knew of no refunds, reports or people. */
const OLD = [
  { name: '0001-books', migration: m0001 },
  { name: '0002-write-trials', migration: m0002 },
  { name: '0003-claims', migration: m0003 },
  { name: '0004-clocks-by-machine', migration: m0004 },
];

/** Every payment that has ended, so often: more than a migration reads at once. */
const COPIES = 260;
/** Instants inside migrations at which the books are looked at as a killed process would leave them. */
const INSTANTS = 6;

type Row = Readonly<Record<string, unknown>>;

/** What stands in books of the newest shape, as far as a migration makes it; in the order of the ids. */
interface Found {
  readonly payments: readonly Row[];
  readonly alerts: readonly Row[];
  readonly ended: readonly Row[];
}

const LATER_COLUMNS = [
  'clearing_standing',
  'clearing_day',
  'upstream_payment_id',
  'settled_currency',
  'settled_value',
  'paid_at',
];

function look(filename: string): Knex {
  return knex({ client: 'sqlite3', connection: { filename }, useNullAsDefault: true });
}

async function readNew(db: Knex): Promise<Found> {
  return {
    payments: await db('payments').orderBy('payment_request_id'),
    alerts: await db('alerts').orderBy(['payment_request_id', 'kind']).select('payment_request_id', 'kind', 'at'),
    ended: await db('ended_payments').orderBy('state'),
  };
}

/** Payments as the newest program stores them, in every state that later columns follow from, and what it stored beside them. */
async function newestBooks(filename: string): Promise<Found & { readonly tables: ReadonlyMap<string, readonly Row[]> }> {
  const bench = await openBench({ place: { client: 'sqlite3', filename }, remove: async () => {} });
  await bench.record(await bench.opened('lane-1'), { kind: 'notifiedPaid', facts: PAID });
  const cancelled = await bench.record(await bench.opened('lane-2'), CANCEL);
  await bench.record(cancelled, { kind: 'notifiedOdd', saysPaid: true, moneyDiffers: true, paymentId: 'x', why: 'amount' });
  await bench.opened('lane-3');
  const { db } = bench.open;
  await db.transaction((trx) => multiply(trx));
  const tables = new Map<string, readonly Row[]>();
  for (const table of ['lanes', 'terminals', 'payments', 'attempts', 'journal', 'lane_events'])
    tables.set(table, await db(table));
  const found = await readNew(db);
  await bench.close();
  return { ...found, tables };
}

/** Every payment that has ended, once more and again, with its alerts. */
async function multiply(db: Knex): Promise<void> {
  for (const row of (await db('payments').where({ holds_lane: 0 })) as Row[]) {
    const id = String(row['payment_request_id']);
    const alerts = (await db('alerts').where('payment_request_id', id).select('kind', 'at')) as Row[];
    for (let n = 0; n < COPIES; n += 1) {
      const payment_request_id = `${id}-${n}`;
      await db('payments').insert({ ...row, payment_request_id, sale_reference: payment_request_id });
      for (const alert of alerts) await db('alerts').insert({ ...alert, payment_request_id });
    }
    await db('ended_payments').where('state', String(row['state'])).increment('count', COPIES);
  }
}

const PAID = {
  paymentId: '20261130000000000000001',
  paidAt: null,
  pspId: '1022172000000000001',
  walletBrandName: null,
  mppPaymentId: null,
  customerId: null,
  settlement: { amount: { currency: 'JPY', value: '1980' }, quote: null },
};

/** The same rows in books of the old shape. */
async function oldBooks(filename: string, tables: ReadonlyMap<string, readonly Row[]>): Promise<void> {
  const db = look(filename);
  await db.migrate.latest({
    migrationSource: {
      getMigrations: async () => OLD,
      getMigrationName: ({ name }: (typeof OLD)[number]) => name,
      getMigration: async ({ migration }: (typeof OLD)[number]) => migration,
    },
  });
  await db.transaction(async (trx) => {
    for (const [table, rows] of tables) {
      const columns = Object.keys(await trx(table).columnInfo());
      for (const row of rows) await trx(table).insert(Object.fromEntries(columns.map((name) => [name, row[name] ?? null])));
    }
  });
  await db.destroy();
  chmodSync(filename, 0o600);
}

describe('a migration that dies on full books', function () {
  this.timeout(120_000);
  const random = seededSuite();
  let folder: string;
  let pc: CounterPc;
  let expected: Found;
  let old: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ocbridge-old-books-'));
    pc = await createCounterPc();
    const newest = await newestBooks(join(folder, 'newest.sqlite'));
    expected = newest;
    old = join(folder, 'old.sqlite');
    await oldBooks(old, newest.tables);
  });
  afterEach(() => armKillPoints(undefined));
  after(() => {
    pc.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const lastStep = (db: Knex) =>
    db('knex_migrations')
      .orderBy('name', 'desc')
      .first()
      .then((row: { name: string }) => row.name);

  /** No step of the way, for all are one transaction, and every row as it was. */
  async function assertAsBefore(filename: string): Promise<void> {
    const db = look(filename);
    try {
      assert.deepEqual(await db.raw('pragma integrity_check'), [{ integrity_check: 'ok' }]);
      assert.equal(await lastStep(db), OLD.at(-1)?.name);
      const rows = (await db('payments').orderBy('payment_request_id')) as Row[];
      assert.equal(rows.length, expected.payments.length);
      for (const [index, row] of rows.entries())
        for (const [name, value] of Object.entries(row))
          if (!LATER_COLUMNS.includes(name) && name in (expected.payments[index] ?? {}))
            assert.deepEqual(value, expected.payments[index]?.[name], name);
    } finally {
      await db.destroy();
    }
  }

  /** As the newest program would have stored the same payments. */
  async function assertDoneByNextStart(filename: string): Promise<void> {
    const open = await openBooks({ client: 'sqlite3', filename });
    try {
      assert.deepEqual(await readNew(open.db), { payments: expected.payments, alerts: expected.alerts, ended: expected.ended });
      assert.equal((await open.kind.damage())?.toString(), undefined);
    } finally {
      await open.close();
    }
  }

  it('leaves every row and no step of the way at any of its statements, and the next start completes it', async () => {
    const counts = new Map<string, number>();
    armKillPoints((point, about) => {
      if (point === 'books.migrating') counts.set(about, (counts.get(about) ?? 0) + 1);
    });
    await assertDoneByNextStart(copyBooks(old, join(folder, 'dry')));
    const steps = [...counts.keys()] as [string, ...string[]];
    const filling = ['0006-clearing', '0010-lists-for-people', '0011-today', '0014-large-books'];
    assert.deepEqual([steps.includes('0001-books'), filling.filter((name) => !counts.has(name))], [false, []]);
    assert.ok(Math.min(counts.get('0006-clearing') ?? 0, counts.get('0011-today') ?? 0) > COPIES, 'rows are filled in');
    const diesIn = Array.from({ length: INSTANTS }, (_unused, n) => filling[n] ?? random.pick(steps));
    const instants = diesIn.map((name) => ({ name, nth: random.whole(1, counts.get(name) ?? 1) }));
    const work = copyBooks(old, join(folder, 'work'));
    const seen = new Map<string, number>();
    const deaths: string[] = [];
    armKillPoints((_point, about) => {
      const nth = (seen.get(about) ?? 0) + 1;
      seen.set(about, nth);
      for (const instant of instants)
        if (instant.name === about && instant.nth === nth) deaths.push(copyBooks(work, join(folder, `death-${deaths.length}`)));
    });
    await (await openBooks({ client: 'sqlite3', filename: work })).close();
    armKillPoints(undefined);
    assert.equal(deaths.length, INSTANTS);
    for (const [n, copy] of deaths.entries()) {
      await assertAsBefore(copyBooks(copy, `${folder}/looked-at-${n}`));
      await assertDoneByNextStart(copy);
    }
  });

  it('is killed by the system in the middle of filling rows in, and completed by the next start', async () => {
    const filename = copyBooks(old, join(folder, 'killed'));
    pc.rewrite((settings) => Object.assign(settings, { database: { client: 'sqlite3', filename } }));
    const name = random.pick(['0006-clearing', '0011-today']);
    const order = { point: 'books.migrating', about: name, nth: random.whole(COPIES / 2, COPIES) };
    const ended = await ocbridge(['user', 'list', '--config', pc.file], {
      program: ARMED,
      env: { OCBRIDGE_KILL: JSON.stringify(order), OCBRIDGE_LAST_WORDS: join(pc.folder, 'last-words') },
    });
    assert.equal(ended.signal, 'SIGKILL', ended.err);
    await assertAsBefore(copyBooks(filename, join(folder, 'killed-looked-at')));
    await assertDoneByNextStart(filename);
  });
});
