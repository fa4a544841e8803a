import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { instant } from '#src/base/clock.js';
import { createClearingBooks } from '#src/books/clearing-books.js';
import { openBooks } from '#src/books/database.js';
import type { Db, OpenBooks } from '#src/books/database-kind.js';
import { createDayBooks } from '#src/books/day-books.js';
import { writeShop } from '#src/books/shop-books.js';
import { clearingDayOf } from '#src/payment/clearing-day.js';
import { parseClearingName } from '#src/reconciliation/clearing-name.js';
import { createPacker } from '#src/reconciliation/day-line-text.js';
import type { DayLine, FoundException } from '#src/reconciliation/recon-ports.js';
import type { Teller } from '../support/long-run.js';
import { createManualClock } from '../support/manual-clock.js';
import { reportName } from '../support/report-files.js';
import { DAY_MS, insertSome, LANES, type LargePlan } from './large-rows.js';

/*
 * Books of a shop that has run for long, made by bulk statements in tables that the program's own migrations made. Clearing days are
 * written by the program's own code, a line for each payment. Simplified: an ordinary payment has one journal line and one message with
 * a short body, where a real sale writes about five and four, and a life without code and settlement; every thousandth has all its messages; the report files have no stored lines; nothing is open, so the loop rests.
 */

/** Raise it when rows are made otherwise: older files are thrown away. */
const MADE_AS = 1;
const FOLDER = join('bench', 'pages');
const DAYS = 400;
const CHUNK = 20_000;
const FILE_KINDS = ['transactionItems', 'feeItems', 'summary'] as const;
const KINDS = ['paid_here_missing_there', 'amount_differs', 'paid_there_unknown_here'] as const;

/** Books on disk, and what is in them. */
export interface LargeBooks {
  readonly file: string;
  readonly plan: LargePlan;
  /** The clearing day that has a tenth as many lines as there are payments. */
  readonly bigDay: string;
  /** How long filling took, ms; null when the file was there. */
  readonly filledMs: number | null;
}

/** The first day lies so far before today that the last one is about now; a file that is kept gets older. */
function planOf(payments: number, startAt: number): LargePlan {
  return { payments, days: DAYS, startAt };
}

const dayAt = ({ startAt }: LargePlan, n: number) => clearingDayOf(instant(startAt + n * DAY_MS));

/** Gives books with so many payments, from `bench/` when they were made before. */
export async function largeBooks(payments: number, tell: Teller, stop: AbortSignal): Promise<LargeBooks> {
  await mkdir(FOLDER, { recursive: true, mode: 0o700 });
  const kept = (await readdir(FOLDER))
    .map((name) => /^books-(\d+)-(\d+)-(\d+)\.sqlite$/.exec(name))
    .filter((found) => found !== null);
  const known = kept.find(
    ([, count, startAt, as]) => Number(count) === payments && Number(as) === MADE_AS && startAt !== undefined,
  );
  const startAt = known === undefined ? Math.floor(Date.now() / DAY_MS - DAYS) * DAY_MS : Number(known[2]);
  const plan = planOf(payments, startAt);
  const file = join(FOLDER, `books-${payments}-${startAt}-${MADE_AS}.sqlite`);
  const bigDay = dayAt(plan, DAYS - 30);
  if (known !== undefined) return { file, plan, bigDay, filledMs: null };
  for (const [name, count] of kept) if (Number(count) === payments) await removeBooks(join(FOLDER, name));
  const began = performance.now();
  const unfinished = join(FOLDER, `unfinished-${payments}.sqlite`);
  await removeBooks(unfinished);
  await fill(unfinished, plan, bigDay, tell, stop);
  if (!stop.aborted) await rename(unfinished, file);
  await removeBooks(unfinished);
  return { file, plan, bigDay, filledMs: performance.now() - began };
}

async function removeBooks(file: string): Promise<void> {
  for (const end of ['', '-wal', '-shm', '.lock']) if (existsSync(file + end)) await rm(file + end);
}

async function fill(file: string, plan: LargePlan, bigDay: string, tell: Teller, stop: AbortSignal): Promise<void> {
  const open = await openBooks({ client: 'sqlite3', filename: file });
  try {
    for (const pragma of [
      'synchronous=OFF',
      'journal_mode=MEMORY',
      'cache_size=-500000',
      'temp_store=MEMORY',
      'foreign_keys=OFF',
    ])
      await open.db.raw(`PRAGMA ${pragma}`);
    await writeShop(open, createManualClock(), {
      lanes: LANES.map((id) => ({ id, merchant: 'shop-1', upstream: 'alipayplus' })),
      terminals: [{ id: 'T01', lanes: LANES }],
    });
    // Filled first and sorted once: an index of random ids that grows row by row takes many times as long.
    const indexes = await dropIndexes(open.db);
    for (let at = 0; at < plan.payments && !stop.aborted; at += CHUNK) {
      const to = Math.min(plan.payments, at + CHUNK);
      await open.db.transaction((trx) => insertSome(trx, plan, at, to));
      tell.progress(`filling ${to} of ${plan.payments} payments`);
    }
    for (const sql of indexes) if (!stop.aborted) await open.db.raw(sql);
    await open.db.raw(
      "insert into ended_payments select state, count(*) from payments where state in ('paid', 'failed', 'cancelled') group by state",
    );
    for (let n = 0; n < plan.days && !stop.aborted; n += 1) {
      await fillDay(open, plan, n, bigDay);
      tell.progress(`filling day ${n} of ${plan.days}`);
    }
    await open.db.raw('PRAGMA journal_mode=WAL');
  } finally {
    await open.close();
  }
}

async function dropIndexes(db: Db): Promise<readonly string[]> {
  const found: { readonly name: string; readonly sql: string }[] = await db('sqlite_master')
    .where('type', 'index')
    .whereNotNull('sql')
    .whereIn('tbl_name', ['payments', 'journal', 'attempts', 'notifications', 'refunds', 'lane_events', 'rulings'])
    .select('name', 'sql');
  for (const { name } of found) await db.raw(`drop index ${name}`);
  return found.map(({ sql }) => sql);
}

/** A day as it stands after its reports were compared; all but the last month are sealed. */
async function fillDay(open: OpenBooks, plan: LargePlan, n: number, bigDay: string): Promise<void> {
  const day = dayAt(plan, n);
  const clock = createManualClock({ start: plan.startAt + (n + 1.5) * DAY_MS });
  const days = createDayBooks(open, clock);
  const isBig = day === bigDay;
  const lines: readonly DayLine[] = await linesOf(open.db, plan, day, isBig);
  await fillFiles(open, day, lines.length);
  const before = await days.find(day);
  const run = await days.beginRun(day);
  const wrong = lines.filter((_line, index) => index % 200 === 13);
  const ids = new Map(
    wrong.length === 0 ? [] : (await days.addExceptions(day, run, wrong.map(exceptionOf))).map((id, index) => [wrong[index], id]),
  );
  const told: readonly DayLine[] = lines.map((line) =>
    ids.has(line) ? { ...line, verdict: 'exception', exceptionId: ids.get(line) ?? null } : line,
  );
  const packer = createPacker();
  packer.add(told);
  packer.end();
  await days.addLines(day, run, packer.packs);
  const arrived = await open.db('clearing_files').where({ day, state: 'arrived' }).count({ n: '*' }).first();
  const filesRead = Number(arrived?.['n'] ?? 0);
  await days.putInForce(
    before,
    run,
    { totals: totalsOf(lines.length), filesRead, basis: { complete: true, around: [], carried: [] } },
    'mika',
  );
  const isOld = n < plan.days - 31;
  for (const id of isOld ? ids.values() : []) await days.resolve(id, 'mika', 'Paid in cash after all');
  if (isOld) await days.seal(day, 'kim', []);
}

function exceptionOf({ paymentRequestId, file, line }: DayLine, index: number): FoundException {
  return {
    kind: KINDS[index % KINDS.length] ?? KINDS[0],
    cause: 'our books say paid and the report does not list it',
    act: 'ask the upstream for the report of the next day',
    words: null,
    paymentRequestId,
    refundRequestId: null,
    file,
    line,
  };
}

async function linesOf(db: Db, plan: LargePlan, day: string, isBig: boolean): Promise<readonly DayLine[]> {
  const rows: { readonly payment_request_id: string; readonly currency: string; readonly value: string }[] = await db('payments')
    .where('clearing_standing', 'completed')
    .modify((query) => {
      if (!isBig) void query.where('clearing_day', day);
    })
    .orderBy(isBig ? 'payment_request_id' : 'created_at')
    .limit(isBig ? plan.payments / 10 : plan.payments)
    .select('payment_request_id', 'currency', 'value');
  const file = reportName('transactionItems', day);
  const moneyOf = (amount: string) => ({ ours: amount, theirs: amount, oursSettled: 'USD 13.25', theirsSettled: 'USD 13.25' });
  return rows.map(({ payment_request_id, currency, value }, index) => ({
    type: 'payment',
    verdict: 'matched',
    paymentRequestId: payment_request_id,
    refundRequestId: null,
    file,
    line: index + 5,
    exceptionId: null,
    money: moneyOf(`${currency} ${value}`),
    counted: moneyOf(`${currency} ${value}`),
  }));
}

function totalsOf(count: number) {
  const [all, none] = [
    { count, value: String(count * 1325) },
    { count: 0, value: '0' },
  ];
  const figures = { ours: all, matched: all, shifted: none, waiting: none, exceptions: none };
  const theirs = { theirs: all, theirShifted: none, theirExceptions: none };
  return [{ ...figures, ...theirs, currency: 'USD', basis: 'settlement' as const, withoutSettlementAmount: 0 }];
}

/** The three reports of a day, without their lines. */
async function fillFiles(open: OpenBooks, day: string, count: number): Promise<void> {
  const books = createClearingBooks(open, createManualClock());
  const ids: number[] = [];
  for (const kind of FILE_KINDS) {
    const name = parseClearingName(reportName(kind, day));
    if (name === undefined) throw new Error(`not a report name: ${kind} ${day}`);
    const id = await books.stage(name, { sha256: createHash('sha256').update(name.name).digest('hex'), size: count * 200 });
    const total = { count, value: BigInt(count) * 1325n };
    await books.finish(id, { lines: kind === 'transactionItems' ? count : 0, stated: total, counted: total, kept: [] });
    ids.push(id);
  }
  await books.admit(ids, 'mika');
}
