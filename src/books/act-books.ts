import { createHash } from 'node:crypto';
import { type Instant, instant } from '../base/clock.js';
import { killPoint } from '../base/kill-point.js';
import { type Database, type DatabaseKind, type Db, inTransaction } from './database-kind.js';

/** What a person did, wanted or decided. Never a password, a key, a code or a customer's id. */
export interface Act {
  /** The name of the user, or `console:<account>` for a command. */
  readonly who: string;
  /** A word like `user.add`, `ruling.confirm`, `payment.cancel`. */
  readonly what: string;
  /** The id it is about: of a payment, a user, a day, an exception. */
  readonly about: string;
  /** In the person's own words; '' where none are asked for. */
  readonly why?: string;
  /** Further plain facts; kept as JSON. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** An act as it stands in the chain. */
export interface RecordedAct extends Required<Act> {
  /** 1, 2, 3 … without a gap. */
  readonly seq: number;
  readonly at: Instant;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
}

/** What looking through the whole chain found. */
export type ChainReport =
  | { readonly kind: 'whole'; readonly acts: number; readonly head: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly why: string };

export interface ActBooks {
  /** Appends one act in a transaction of its own. */
  record(act: Act, at: Instant): Promise<RecordedAct>;
  /** The acts about one thing, oldest first. */
  about(id: string): Promise<readonly RecordedAct[]>;
  /** Newest first, those before the act number `before`; of one person, of one kind. */
  list(wish: {
    readonly who: string | null;
    readonly what: string | null;
    readonly before: string | null;
    readonly limit: number;
  }): Promise<readonly RecordedAct[]>;
  /** Reads every act and computes its hash anew, beside the running work. */
  verify(): Promise<ChainReport>;
}

interface ActRow {
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

interface HeadRow {
  readonly one: 1;
  readonly seq: number;
  readonly hash: string;
}

/** Before the first act. */
const NOTHING_BEFORE = '0'.repeat(64);
const READ_AT_ONCE = 1000;

/**
 * Appends one act to the chain, inside the transaction of what it is about: either both stand in the books or neither. Writers take
 * turns until their transactions end, so call it late in a transaction.
 */
export async function recordAct(kind: DatabaseKind, trx: Db, act: Act, at: Instant): Promise<RecordedAct> {
  await kind.takeTurns(trx, 'acts');
  const head = await trx<HeadRow>('acts_head').where('one', 1).first();
  const unsigned = {
    seq: (head?.seq ?? 0) + 1,
    at: at as number,
    who: keepable(act.who),
    what: keepable(act.what),
    about: keepable(act.about),
    why: keepable(act.why ?? ''),
    detail: JSON.stringify(act.detail ?? {}),
    before: head?.hash ?? NOTHING_BEFORE,
  };
  const row: ActRow = { ...unsigned, hash: hashOf(unsigned) };
  await trx<ActRow>('acts').insert(row);
  const next = { one: 1 as const, seq: row.seq, hash: row.hash };
  await trx<HeadRow>('acts_head').insert(next).onConflict('one').merge();
  killPoint('act.recorded', act.what);
  return actFromRow(row);
}

/** The hash is made over what will be read back: no database keeps half a surrogate pair as it is, nor PostgreSQL a zero. */
function keepable(text: string): string {
  return text.replaceAll(/\p{Cs}|\0/gu, '\ufffd');
}

/** An array in a fixed order: two acts can not be written alike. */
function hashOf(row: Omit<ActRow, 'hash'>): string {
  const text = JSON.stringify([row.seq, row.at, row.who, row.what, row.about, row.why, row.detail, row.before]);
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function actFromRow(row: ActRow): RecordedAct {
  const { seq, at, who, what, about, why, detail, hash } = row;
  return { seq, at: instant(at), who, what, about, why, detail: JSON.parse(detail) as Record<string, unknown>, hash };
}

export function createActBooks({ db, kind }: Database): ActBooks {
  return {
    record: (act, at) => inTransaction(db, (trx) => recordAct(kind, trx, act, at)),
    async about(id) {
      const rows = await db<ActRow>('acts').where('about', id).orderBy('seq');
      return rows.map(actFromRow);
    },
    async list({ who, what, before, limit }) {
      const listed = db<ActRow>('acts').orderBy('seq', 'desc').limit(limit);
      if (who !== null) void listed.where('who', who);
      if (what !== null) void listed.where('what', what);
      if (before !== null) void listed.where('seq', '<', Number(before));
      return (await listed).map(actFromRow);
    },
    verify: () => verifyChain(db),
  };
}

/**
 * Some acts at a time and no transaction around them, so that nobody waits for it. Where the chain ended at the beginning is what it is
 * held to; what is appended meanwhile comes after that.
 */
async function verifyChain(db: Db): Promise<ChainReport> {
  const head = (await db<HeadRow>('acts_head').where('one', 1).first()) ?? { seq: 0, hash: NOTHING_BEFORE };
  let seq = 0;
  let before = NOTHING_BEFORE;
  while (seq < head.seq) {
    const rows = await db<ActRow>('acts')
      .where('seq', '>', seq)
      .andWhere('seq', '<=', head.seq)
      .orderBy('seq')
      .limit(READ_AT_ONCE);
    for (const row of rows) {
      const why = whyBroken(row, seq + 1, before);
      if (why !== undefined) return { kind: 'broken', seq: seq + 1, why };
      seq = row.seq;
      before = row.hash;
    }
    if (rows.length === 0) break;
  }
  if (head.seq > seq) return { kind: 'broken', seq: seq + 1, why: `acts up to ${head.seq} were recorded, and are gone` };
  const ends = head.hash === before && (await headIsLast(db));
  if (!ends) return { kind: 'broken', seq, why: 'the chain ends otherwise than its head says' };
  return { kind: 'whole', acts: seq, head: before };
}

/** One statement sees both as one commit left them. Also finds acts that were put before the first one. */
async function headIsLast(db: Db): Promise<boolean> {
  const row: Ends | undefined = await db
    .select({
      first: db('acts').min('seq'),
      last: db('acts').max('seq'),
      head: db('acts_head').max('seq'),
    })
    .first();
  return Number(row?.last ?? 0) === Number(row?.head ?? 0) && Number(row?.first ?? 1) === 1;
}

interface Ends {
  readonly first: number | null;
  readonly last: number | null;
  readonly head: number | null;
}

function whyBroken(row: ActRow, expected: number, before: string): string | undefined {
  if (row.seq !== expected) return `act ${expected} is missing`;
  if (row.before !== before) return 'it does not follow the act before it';
  return hashOf(row) === row.hash ? undefined : 'its content was changed';
}
