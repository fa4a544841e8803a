import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import knex, { type Knex } from 'knex';
import type { BooksPlace } from '#src/books/database-kind.js';

/** What a bridge left in its books when it ended or was killed. */
export interface BooksAtDeath {
  /** The verdict of SQLite's own check, `ok` at best; PostgreSQL has none. */
  readonly integrity: string;
  readonly payments: readonly StoredPayment[];
  /** Everything that was weighed, in the order it was stored. */
  readonly journal: readonly JournalLine[];
  /** Notifications in the order they were stored. */
  readonly notifications: readonly {
    readonly body: string;
    readonly applied: boolean;
    readonly quarantine: string | null;
  }[];
  /** What people proposed for payments that need attention, in the order it was stored. */
  readonly rulings: readonly StoredRuling[];
  /** What people did, by rising number. */
  readonly acts: readonly StoredAct[];
  /** Where the chain of acts ends by its own word; null before the first act. */
  readonly actsHead: { readonly seq: number; readonly hash: string } | null;
  /** Ids of the events for tills, by lane, rising. */
  readonly events: ReadonlyMap<string, readonly number[]>;
}

/** A payment's row, as far as a crash is judged by it. */
export interface StoredPayment {
  readonly id: string;
  readonly saleReference: string;
  readonly laneId: string;
  readonly state: string;
  readonly holdsLane: boolean;
  /** A pay request was on its way. */
  readonly underWay: boolean;
  readonly dueAt: number | null;
}

export interface JournalLine {
  readonly id: string;
  readonly seq: number;
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** The id of the ruling that was the evidence; null for all other evidence. */
  readonly rulingId: string | null;
}

/** A proposal and what became of it. */
export interface StoredRuling {
  readonly id: string;
  readonly paymentId: string;
  readonly as: string;
  readonly state: string;
  readonly proposedBy: string;
  readonly decidedBy: string | null;
}

/** An act as it stands in the chain; `detail` is JSON. */
export interface StoredAct {
  readonly seq: number;
  readonly at: number;
  readonly who: string;
  readonly what: string;
  readonly about: string;
  readonly why: string;
  readonly detail: string;
  readonly before: string;
  readonly hash: string;
}

interface PaymentRow {
  readonly payment_request_id: string;
  readonly sale_reference: string;
  readonly lane_id: string;
  readonly state: string;
  readonly holds_lane: number;
  readonly under_way: number;
  readonly due_at: number | string | null;
}

interface JournalRow {
  readonly payment_request_id: string;
  readonly seq: number | string;
  readonly at: number | string;
  readonly from_state: string;
  readonly to_state: string;
  readonly evidence: string;
}

/** Copies a dead bridge's SQLite file with its write-ahead log into `folder`, which is made if need be; returns the copy. */
export function copyBooks(books: string, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const copy = join(folder, basename(books));
  copyFileSync(books, copy);
  if (existsSync(`${books}-wal`)) copyFileSync(`${books}-wal`, `${copy}-wal`);
  return copy;
}

/** Reads a copy of a SQLite file, made under `folder`: the next start finds everything untouched. */
export async function readBooksAtDeath(books: string, folder: string): Promise<BooksAtDeath> {
  const copies = mkdtempSync(join(folder, 'at-death-'));
  try {
    return await readBooksNow({ client: 'sqlite3', filename: copyBooks(books, copies) });
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
}

/** Reads books where they are, beside a bridge that may be writing them. */
export async function readBooksNow(place: BooksPlace): Promise<BooksAtDeath> {
  const db =
    place.client === 'pg'
      ? knex({ client: 'pg', connection: place.connection })
      : knex({ client: 'sqlite3', connection: { filename: place.filename }, useNullAsDefault: true });
  try {
    return await db.transaction(
      async (trx) => ({ integrity: await integrityOf(trx, place.client), ...(await readTables(trx)) }),
      {
        ...(place.client === 'pg' && { isolationLevel: 'repeatable read' as const }),
      },
    );
  } finally {
    await db.destroy();
  }
}

async function integrityOf(db: Knex, client: BooksPlace['client']): Promise<string> {
  if (client === 'pg') return 'ok';
  const [check] = await db.raw<{ integrity_check: string }[]>('pragma integrity_check');
  return check?.integrity_check ?? 'no answer';
}

const NOTHING_YET: Omit<BooksAtDeath, 'integrity'> = {
  payments: [],
  journal: [],
  notifications: [],
  rulings: [],
  acts: [],
  actsHead: null,
  events: new Map(),
};

async function readTables(db: Knex): Promise<Omit<BooksAtDeath, 'integrity'>> {
  if (!(await db.schema.hasTable('payments'))) return NOTHING_YET;
  const payments = await db<PaymentRow>('payments').orderBy('created_at');
  const journal = await db<JournalRow>('journal').orderBy('id');
  const notifications = await db<{ id: number; body: Buffer; applied: number; quarantine: string | null }>(
    'notifications',
  ).orderBy('id');
  const events = new Map<string, number[]>();
  for (const { id, lane_id } of await db<{ id: number; lane_id: string }>('lane_events').orderBy('id').select('id', 'lane_id'))
    events.set(lane_id, [...(events.get(lane_id) ?? []), Number(id)]);
  return {
    payments: payments.map((row) => ({
      id: row.payment_request_id,
      saleReference: row.sale_reference,
      laneId: row.lane_id,
      state: row.state,
      holdsLane: Number(row.holds_lane) === 1,
      underWay: Number(row.under_way) === 1,
      dueAt: row.due_at === null ? null : Number(row.due_at),
    })),
    journal: journal.map((row) => ({
      id: row.payment_request_id,
      seq: Number(row.seq),
      at: Number(row.at),
      from: row.from_state,
      to: row.to_state,
      rulingId: rulingIn(row.evidence),
    })),
    notifications: notifications.map(({ body, applied, quarantine }) => ({
      body: body.toString('utf8'),
      applied: Number(applied) === 1,
      quarantine,
    })),
    ...(await readPeople(db)),
    events,
  };
}

function rulingIn(evidence: string): string | null {
  const { kind, rulingId } = JSON.parse(evidence) as { kind?: string; rulingId?: string };
  return kind === 'ruled' ? (rulingId ?? '') : null;
}

interface RulingRow {
  readonly id: number;
  readonly payment_request_id: string;
  readonly ruled_as: string;
  readonly state: string;
  readonly proposed_by: string;
  readonly decided_by: string | null;
}

/** Books of a first start that was killed early have no tables for people yet. */
async function readPeople(db: Knex): Promise<Pick<BooksAtDeath, 'rulings' | 'acts' | 'actsHead'>> {
  if (!(await db.schema.hasTable('rulings'))) return { rulings: [], acts: [], actsHead: null };
  const rulings = await db<RulingRow>('rulings').orderBy('id');
  const acts = await db<StoredAct>('acts').orderBy('seq');
  const head = await db<{ one: number; seq: number; hash: string }>('acts_head').first();
  return {
    rulings: rulings.map((row) => ({
      id: String(row.id),
      paymentId: row.payment_request_id,
      as: row.ruled_as,
      state: row.state,
      proposedBy: row.proposed_by,
      decidedBy: row.decided_by,
    })),
    acts: acts.map((row) => ({ ...row, seq: Number(row.seq), at: Number(row.at) })),
    actsHead: head === undefined ? null : { seq: Number(head.seq), hash: head.hash },
  };
}

/** When each payment that had a code left `awaiting_payer`, epoch ms, by id. */
export function leftAwaitingAt({ journal }: Pick<BooksAtDeath, 'journal'>): ReadonlyMap<string, number> {
  return new Map(
    journal.flatMap(({ id, at, from, to }) => (from === 'awaiting_payer' && to !== from ? [[id, at] as const] : [])),
  );
}
