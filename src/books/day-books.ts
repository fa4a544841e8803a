import { createHash } from 'node:crypto';
import { type Clock, type Instant, instant } from '../base/clock.js';
import type { ExceptionWords } from '../reconciliation/exception-sentences.js';
import type { DayBooks, ExceptionKind, FoundException, StoredDay, StoredException } from '../reconciliation/recon-ports.js';
import { recordAct } from './act-books.js';
import { type Database, type Db, inTransaction } from './database-kind.js';
import { createDayLines } from './day-lines.js';

interface DayRow {
  readonly day: string;
  readonly run: number;
  readonly next_run: number;
  readonly changes: number;
  readonly totals: string;
  readonly sealed_by: string | null;
  readonly sealed_at: number | null;
}

interface ExceptionRow {
  readonly day: string;
  readonly run: number;
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly cause: string;
  readonly act: string;
  readonly words: string | null;
  readonly payment_request_id: string | null;
  readonly refund_request_id: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly state: 'open' | 'resolved';
  readonly found_at: number;
  readonly resolved_by: string | null;
  readonly resolved_at: number | null;
  readonly reason: string | null;
}

const ROWS_AT_ONCE = 100;

function dayFromRow(row: DayRow): StoredDay {
  const { day, run, changes, totals, sealed_by: by, sealed_at: at } = row;
  return {
    day,
    run,
    changes,
    totals: JSON.parse(totals) as StoredDay['totals'],
    seal: by === null || at === null ? null : { by, at: instant(at) },
  };
}

function exceptionFromRow(row: ExceptionRow): StoredException {
  const { id, day, cause, act, file, line, state, resolved_by: by, resolved_at: at } = row;
  return {
    id,
    day,
    kind: row.kind as ExceptionKind,
    cause,
    act,
    words: row.words === null ? null : (JSON.parse(row.words) as ExceptionWords),
    paymentRequestId: row.payment_request_id,
    refundRequestId: row.refund_request_id,
    file,
    line,
    state,
    foundAt: instant(row.found_at),
    resolution: by === null || at === null ? null : { by, at: instant(at), reason: row.reason ?? '' },
  };
}

/** The same finding has the same id in every run; what changed in its words is another finding. */
function idOf(day: string, { kind, cause, paymentRequestId, refundRequestId, file, line }: FoundException): string {
  const words = JSON.stringify([day, kind, paymentRequestId, refundRequestId, file, line, cause]);
  return `ex-${createHash('sha256').update(words).digest('hex').slice(0, 24)}`;
}

const UNRESOLVED = { state: 'open', resolved_by: null, resolved_at: null, reason: null } as const;

async function dropRun(trx: Db, day: string, run: number): Promise<void> {
  await trx('clearing_day_lines').where({ day, run }).delete();
  await trx('clearing_exceptions').where({ day, run }).delete();
}

/** Resolutions outlive the run in which they were made, also those of findings that are no longer found. */
async function keepResolutions(trx: Db, day: string, from: number, to: number): Promise<void> {
  const resolved = await trx<ExceptionRow>('clearing_exceptions').where({ day, run: from, state: 'resolved' });
  for (const { id, state, resolved_by, resolved_at, reason, ...row } of resolved) {
    const changed = await trx('clearing_exceptions')
      .where({ day, run: to, id })
      .update({ state, resolved_by, resolved_at, reason, found_at: row.found_at });
    if (changed === 0) await trx('clearing_exceptions').insert({ ...row, id, state, resolved_by, resolved_at, reason, run: to });
  }
}

/** Adds findings to a run, in order, behind those that it has; gives their ids. */
export async function insertExceptions(
  trx: Db,
  { day, run, now }: { readonly day: string; readonly run: number; readonly now: Instant },
  found: readonly FoundException[],
): Promise<string[]> {
  const counted = await trx<ExceptionRow>('clearing_exceptions').where({ day, run }).max({ last: 'seq' }).first();
  const first = Number(counted?.['last'] ?? 0) + 1;
  const ids = found.map((one) => idOf(day, one));
  const { run: before } = (await trx<DayRow>('clearing_days').where({ day }).first()) ?? { run: 0 };
  const known = new Map(
    (await trx<ExceptionRow>('clearing_exceptions').where({ day, run: before }).whereIn('id', ids).select('id', 'found_at')).map(
      (row) => [row.id, row.found_at],
    ),
  );
  const rows = new Map<string, ExceptionRow>();
  found.forEach(({ kind: what, cause, act, words, paymentRequestId, refundRequestId, file, line }, index) => {
    const id = ids[index] ?? '';
    const said = {
      kind: what,
      cause,
      act,
      words: JSON.stringify(words),
      payment_request_id: paymentRequestId,
      refund_request_id: refundRequestId,
      file,
      line,
    };
    rows.set(id, { day, run, seq: first + index, id, ...said, ...UNRESOLVED, found_at: known.get(id) ?? now });
  });
  if (rows.size > 0) await trx.batchInsert('clearing_exceptions', [...rows.values()], ROWS_AT_ONCE);
  return ids;
}

interface DayParts extends Database {
  readonly clock: Clock;
}

const daysOf = (on: Db) => on<DayRow>('clearing_days');
const exceptionsOf = (on: Db) => on<ExceptionRow>('clearing_exceptions');

/** The row of a day, made when it is not there yet; nobody else changes it until the transaction ends. */
async function lockDay(kind: Database['kind'], trx: Db, day: string): Promise<DayRow> {
  await kind.takeTurns(trx, `clearing day ${day}`);
  const fresh = { day, run: 0, next_run: 1, changes: 0, totals: '[]', sealed_by: null, sealed_at: null };
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
        for (const table of ['clearing_day_lines', 'clearing_exceptions'])
          await trx(table).where({ day }).whereNot('run', run).delete();
        await daysOf(trx)
          .where({ day })
          .update({ next_run: next + 1 });
        return next;
      }),
    addExceptions: (day, run, found) => inTransaction(db, (trx) => insertExceptions(trx, { day, run, now: clock.now() }, found)),
    putInForce: (before, run, totals, by) =>
      inTransaction(db, async (trx) => {
        const { day } = before;
        const row = await lockDay(kind, trx, day);
        if (row.sealed_at !== null) return 'sealed';
        if (row.run !== before.run || row.changes !== before.changes) return 'overtaken';
        await keepResolutions(trx, day, row.run, run);
        await daysOf(trx)
          .where({ day })
          .update({ run, totals: JSON.stringify(totals) });
        await dropRun(trx, day, row.run);
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
        const { day, run, sealed_at, changes } = await lockDay(kind, trx, named.day);
        const row = await exceptionsOf(trx).where({ day, run, id }).first();
        if (row === undefined) return 'unknown';
        if (sealed_at !== null) return 'sealed';
        if (row.state === 'resolved') return exceptionFromRow(row);
        const now = clock.now();
        const resolution = { state: 'resolved' as const, resolved_by: by, resolved_at: now, reason };
        await exceptionsOf(trx).where({ day, run, id }).update(resolution);
        await daysOf(trx)
          .where({ day })
          .update({ changes: changes + 1 });
        await recordAct(kind, trx, { who: by, what: 'exception.resolve', about: id, why: reason, detail: { day } }, now);
        return exceptionFromRow({ ...row, ...resolution });
      }),
    seal: (day, by) =>
      inTransaction(db, async (trx) => {
        const row = await lockDay(kind, trx, day);
        if (row.sealed_at !== null) return 'sealed';
        if (row.run === 0) return 'neverRun';
        const open = await exceptionsOf(trx).where({ day, run: row.run, state: 'open' }).first();
        if (open !== undefined) return 'open';
        const now = clock.now();
        await daysOf(trx)
          .where({ day })
          .update({ sealed_by: by, sealed_at: now, changes: row.changes + 1 });
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
      return row === undefined ? { day, run: 0, changes: 0, totals: [], seal: null } : dayFromRow(row);
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
      return row && exceptionFromRow(row as ExceptionRow);
    },
  };
}

/** What was made of each clearing day, on either database. */
export function createDayBooks(database: Database, clock: Clock): DayBooks {
  const parts = { ...database, clock };
  return { ...runBooks(parts), ...createDayLines(database, runInForce), ...decidingBooks(parts), ...readingBooks(parts) };
}
