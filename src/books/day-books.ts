import { type Clock, instant } from '../base/clock.js';
import { matchKey } from '../reconciliation/clearing-lines.js';
import type { DayBasis } from '../reconciliation/day-basis.js';
import type { DayBooks, ExceptionKind, StoredDay } from '../reconciliation/recon-ports.js';
import { recordAct } from './act-books.js';
import { type Database, type Db, inTransaction } from './database-kind.js';
import { type ExceptionRow, exceptionFromRow, insertExceptions, keepResolutions } from './day-exceptions.js';
import { createDayLines } from './day-lines.js';

interface DayRow {
  readonly day: string;
  readonly run: number;
  readonly next_run: number;
  /** Of earlier versions. */
  readonly changes: number;
  readonly totals: string;
  readonly files_read: number | null;
  readonly basis: string | null;
  readonly missing: string | null;
  readonly sealed_by: string | null;
  readonly sealed_at: number | null;
}

function dayFromRow(row: DayRow): StoredDay {
  const { day, run, totals, files_read: filesRead, basis, missing, sealed_by: by, sealed_at: at } = row;
  return {
    day,
    run,
    totals: JSON.parse(totals) as StoredDay['totals'],
    filesRead,
    basis: basis === null ? null : (JSON.parse(basis) as DayBasis),
    missing: missing === null ? [] : (JSON.parse(missing) as StoredDay['missing']),
    seal: by === null || at === null ? null : { by, at: instant(at) },
  };
}

const MISSING_KINDS: ExceptionKind[] = ['paid_here_missing_there', 'refund_missing_there'];
const RUN_TABLES = ['clearing_day_lines', 'clearing_exceptions'] as const;

async function dropRun(trx: Db, day: string, run: number): Promise<void> {
  for (const table of RUN_TABLES) await trx(table).where({ day, run }).delete();
}

/** What all other runs have written, whether they came to their end or not. */
async function dropOtherRuns(trx: Db, day: string, run: number): Promise<void> {
  for (const table of RUN_TABLES) await trx(table).where({ day }).whereNot('run', run).delete();
}

interface DayParts extends Database {
  readonly clock: Clock;
}

const daysOf = (on: Db) => on<DayRow>('clearing_days');
const nothingYet = { run: 0, totals: [], filesRead: null, basis: null, missing: [], seal: null } as const;
const exceptionsOf = (on: Db) => on<ExceptionRow>('clearing_exceptions');

/** Nobody else compares, resolves, seals or brings a file of this day until the transaction ends. */
export function takeDay(kind: Database['kind'], trx: Db, day: string): Promise<void> {
  return kind.takeTurns(trx, `clearing day ${day}`);
}

/** The row of a day, made when it is not there yet; nobody else changes it until the transaction ends. */
async function lockDay(kind: Database['kind'], trx: Db, day: string): Promise<DayRow> {
  await takeDay(kind, trx, day);
  const fresh = {
    day,
    run: 0,
    next_run: 1,
    changes: 0,
    totals: '[]',
    files_read: null,
    basis: null,
    missing: null,
    sealed_by: null,
    sealed_at: null,
  };
  await daysOf(trx).insert(fresh).onConflict('day').ignore();
  return (await daysOf(trx).where({ day }).first()) ?? fresh;
}

async function runInForce(db: Db, day: string): Promise<number> {
  return (await daysOf(db).where({ day }).first('run'))?.run ?? 0;
}

type Writing = 'beginRun' | 'addExceptions' | 'putInForce';
type Deciding = 'resolve' | 'seal';

/** What a run writes. */
function runBooks({ db, kind, clock }: DayParts): Pick<DayBooks, Writing> {
  return {
    beginRun: (day) =>
      inTransaction(db, async (trx) => {
        const { run, next_run: next } = await lockDay(kind, trx, day);
        if (!kind.isShared) await dropOtherRuns(trx, day, run);
        await daysOf(trx)
          .where({ day })
          .update({ next_run: next + 1 });
        return next;
      }),
    addExceptions: (day, run, found) => inTransaction(db, (trx) => insertExceptions(trx, { day, run, now: clock.now() }, found)),
    putInForce: (before, run, { totals, filesRead, basis }, by) =>
      inTransaction(db, async (trx) => {
        const { day } = before;
        const row = await lockDay(kind, trx, day);
        // What was resolved meanwhile is no obstacle: the new run takes it over.
        if (row.sealed_at !== null || row.run !== before.run) {
          await dropRun(trx, day, run);
          return row.sealed_at === null ? 'overtaken' : 'sealed';
        }
        await keepResolutions(trx, day, row.run, run);
        await daysOf(trx)
          .where({ day })
          .update({ run, totals: JSON.stringify(totals), files_read: filesRead, basis: JSON.stringify(basis) });
        await dropOtherRuns(trx, day, run);
        await recordAct(kind, trx, { who: by, what: 'day.run', about: day, detail: { run } }, clock.now());
        return 'done';
      }),
  };
}

/** What people decide. */
function decidingBooks({ db, kind, clock }: DayParts): Pick<DayBooks, Deciding> {
  return {
    resolve: (id, by, reason) =>
      inTransaction(db, async (trx) => {
        const named = await exceptionsOf(trx).where({ id }).first('day');
        if (named === undefined) return 'unknown';
        const { day, run, sealed_at } = await lockDay(kind, trx, named.day);
        const row = await exceptionsOf(trx).where({ day, run, id }).first();
        if (row === undefined) return 'unknown';
        if (sealed_at !== null) return 'sealed';
        if (row.state === 'resolved') return exceptionFromRow(row);
        const now = clock.now();
        const resolution = { state: 'resolved' as const, resolved_by: by, resolved_at: now, reason };
        await exceptionsOf(trx).where({ day, run, id }).update(resolution);
        await recordAct(kind, trx, { who: by, what: 'exception.resolve', about: id, why: reason, detail: { day } }, now);
        return exceptionFromRow({ ...row, ...resolution });
      }),
    seal: (day, by, missing) =>
      inTransaction(db, async (trx) => {
        const row = await lockDay(kind, trx, day);
        if (row.sealed_at !== null) return 'sealed';
        if (row.run === 0) return 'neverRun';
        const open = await exceptionsOf(trx).where({ day, run: row.run, state: 'open' }).first();
        if (open !== undefined) return 'open';
        const arrived = await trx('clearing_files').where({ day, state: 'arrived' }).count({ n: '*' }).first();
        if (Number(arrived?.['n'] ?? 0) !== row.files_read) return 'newFiles';
        const now = clock.now();
        await daysOf(trx)
          .where({ day })
          .update({ sealed_by: by, sealed_at: now, missing: JSON.stringify(missing) });
        await recordAct(kind, trx, { who: by, what: 'day.close', about: day, detail: { run: row.run } }, now);
        return 'done';
      }),
  };
}

/** What is looked at. */
function readingBooks({ db }: DayParts): Omit<DayBooks, Writing | Deciding | 'addLines' | 'lines'> {
  return {
    async find(day) {
      const row = await daysOf(db).where({ day }).first();
      return row === undefined ? { day, ...nothingYet } : dayFromRow(row);
    },
    async sealedBetween(from, to) {
      const found = await daysOf(db).whereBetween('day', [from, to]).whereNotNull('sealed_at').orderBy('day');
      return found.map(dayFromRow);
    },
    async exceptions(day, from, limit) {
      const run = await runInForce(db, day);
      const rows = await exceptionsOf(db)
        .where({ day, run })
        .andWhere('seq', '>=', from)
        .orderBy(['seq', 'id'])
        .limit(limit + 1);
      return { items: rows.slice(0, limit).map(exceptionFromRow), next: rows[limit]?.seq ?? null };
    },
    async countExceptions(day) {
      const rows = await exceptionsOf(db)
        .where({ day, run: await runInForce(db, day) })
        .groupBy('state')
        .select('state')
        .count({ n: '*' });
      const of = (state: string) => Number(rows.find((row) => row.state === state)?.['n'] ?? 0);
      return { open: of('open'), resolved: of('resolved') };
    },
    async exception(id) {
      const row = await exceptionsOf(db)
        .join(
          'clearing_days',
          (on) =>
            void on.on('clearing_days.day', 'clearing_exceptions.day').andOn('clearing_days.run', 'clearing_exceptions.run'),
        )
        .where('clearing_exceptions.id', id)
        .first('clearing_exceptions.*');
      return row && { ...exceptionFromRow(row as ExceptionRow), place: Number(row.seq) };
    },
    async toldMissing(rows, from, to) {
      const told: readonly ExceptionRow[] = await exceptionsOf(db)
        .join(
          'clearing_days',
          (on) =>
            void on.on('clearing_days.day', 'clearing_exceptions.day').andOn('clearing_days.run', 'clearing_exceptions.run'),
        )
        .whereIn('kind', MISSING_KINDS)
        .whereIn('payment_request_id', [...new Set(rows.map(({ paymentRequestId }) => paymentRequestId))])
        .whereBetween('clearing_exceptions.day', [from, to])
        .select('kind', 'payment_request_id', 'refund_request_id');
      return new Set(
        told.map((row) => {
          const { kind: what, payment_request_id: paymentRequestId, refund_request_id: refundRequestId } = row;
          const type = what === 'refund_missing_there' ? 'refund' : 'payment';
          return matchKey({ type, paymentRequestId, refundRequestId, paymentId: null, refundId: null });
        }),
      );
    },
  };
}

/** What was made of each clearing day, on either database. */
export function createDayBooks(database: Database, clock: Clock): DayBooks {
  const parts = { ...database, clock };
  return { ...runBooks(parts), ...createDayLines(database, runInForce), ...decidingBooks(parts), ...readingBooks(parts) };
}
