import type { Knex } from 'knex';
import { type Instant, instant } from '../base/clock.js';
import type { Payment, StateName } from '../payment/payment.js';
import type { Database, Db } from './database-kind.js';
import { type PaymentRow, paymentFromRow, readableOnly } from './payment-rows.js';

/** The place in the list, newest first by (`createdAt`, `paymentRequestId`), after which a page begins. */
export interface SearchPlace {
  readonly createdAt: Instant;
  readonly paymentRequestId: string;
}

/** What a person looks for; null says nothing. */
export interface PaymentSearch {
  readonly state: StateName | null;
  readonly laneId: string | null;
  /** Created at or after, before. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** The first characters of the till's reference. */
  readonly reference: string | null;
  /** Ours, the upstream's, the till's reference or one of a refund, whole. */
  readonly id: string | null;
  readonly currency: string | null;
  readonly value: string | null;
  readonly limit: number;
  readonly after: SearchPlace | null;
}

/** A page; it may be short or empty although `next` is not null: then as many rows were looked at as one call may. */
export interface SearchPage {
  readonly payments: readonly Payment[];
  readonly next: SearchPlace | null;
}

export interface SearchBooks {
  search(wanted: PaymentSearch): Promise<SearchPage>;
}

/** Most pages are full after so many entries. */
const FIRST_LOOK = 500;
/** However many payments there are, a call compares no more rows than this. */
const MOST_ROWS = 2000;
/** The same where an index holds all that is compared: then no row is read. */
const MOST_IN_INDEX = 20_000;

interface Key {
  readonly created_at: number;
  readonly payment_request_id: string;
}

/** Columns by which rows are found, and those that are compared afterwards. */
interface Plan {
  readonly led: Partial<Pick<PaymentRow, 'state' | 'lane_id' | 'value'>>;
  readonly compared: Partial<Pick<PaymentRow, 'state' | 'lane_id' | 'value' | 'currency'>>;
  readonly named: readonly string[] | undefined;
  readonly beginning: string | null;
  readonly most: number;
}

type Equal = 'state' | 'lane_id' | 'value';

/** Each pair is an index of its own, in the order of the list. */
const PAIRS: readonly (readonly [Equal, Equal])[] = [
  ['value', 'state'],
  ['value', 'lane_id'],
  ['lane_id', 'state'],
];

/** Finds payments for people: the most selective index leads, the rest is compared over a bounded number of its entries. */
export function createSearchBooks({ db }: Database): SearchBooks {
  return {
    async search(wanted) {
      const plan = await planOf(db, wanted);
      if (plan.named?.length === 0) return { payments: [], next: null };
      const looked = lookedAt(db, wanted, plan);
      let keys: Key[] = [];
      for (const entries of [FIRST_LOOK, plan.most])
        if (keys.length <= wanted.limit) keys = await fitting(db, looked.clone().limit(entries), wanted, plan);
      const page = keys.slice(0, wanted.limit);
      const last = keys.length > wanted.limit ? page.at(-1) : await lastLookedAt(looked, plan);
      const next = last && { createdAt: instant(last.created_at), paymentRequestId: last.payment_request_id };
      return { payments: await paymentsOf(db, page), next: next ?? null };
    },
  };
}

const NEWEST_FIRST = [
  { column: 'created_at', order: 'desc' },
  { column: 'payment_request_id', order: 'desc' },
] as const satisfies readonly object[];

async function planOf(db: Db, wanted: PaymentSearch): Promise<Plan> {
  const { state, laneId: lane_id, value, currency, id, reference } = wanted;
  const equal = withoutNulls({ state, lane_id, value });
  const all = withoutNulls({ state, lane_id, value, currency });
  const named = id === null ? (reference === null ? undefined : await idsOfReference(db, reference)) : await idsOf(db, id);
  if (named !== undefined) return { led: {}, compared: all, named, beginning: id === null ? null : reference, most: MOST_ROWS };
  const led = await leading(db, equal);
  const compared = Object.fromEntries(Object.entries(all).filter(([column]) => !(column in led)));
  // Nothing leads but time, and its index holds currency and reference.
  const most = Object.keys(equal).length === 0 ? MOST_IN_INDEX : MOST_ROWS;
  return { led, compared, named, beginning: reference, most };
}

function withoutNulls<T extends object>(columns: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

/** Of three equal columns the pair that the fewest payments have. */
async function leading(db: Db, equal: Plan['compared']): Promise<Plan['led']> {
  const pairs = PAIRS.map(([a, b]) => ({ [a]: equal[a], [b]: equal[b] })).filter(
    (pair) => !Object.values(pair).includes(undefined),
  );
  if (pairs.length < 2) return pairs[0] ?? equal;
  const counts = await Promise.all(
    pairs.map(async (pair) => {
      const some = db('payments').where(pair).limit(MOST_IN_INDEX).select(db.raw('1')).as('some');
      const [row] = await db.from(some).count({ count: '*' });
      return Number(row?.['count'] ?? 0);
    }),
  );
  return pairs[counts.indexOf(Math.min(...counts))] ?? equal;
}

/** One look for each kind of id: one look for all of them would be a scan on PostgreSQL. */
async function idsOf(db: Db, id: string): Promise<readonly string[]> {
  const by = (table: string, column: string) => db(table).where(column, id).limit(MOST_ROWS).select('payment_request_id');
  const found: readonly { readonly payment_request_id: string }[][] = await Promise.all([
    by('payments', 'payment_request_id'),
    by('payments', 'upstream_payment_id'),
    by('payments', 'sale_reference'),
    by('refunds', 'refund_request_id'),
    by('refunds', 'refund_id'),
  ]);
  return [...new Set(found.flat().map(({ payment_request_id }) => payment_request_id))].slice(0, MOST_ROWS);
}

/** Undefined when more begin so than one call may look at: then something else leads, and the beginning is compared. */
async function idsOfReference(db: Db, beginning: string): Promise<readonly string[] | undefined> {
  const found = await db<PaymentRow>('payments')
    .where('sale_reference', '>=', beginning)
    .andWhere('sale_reference', '<', behind(beginning))
    .limit(MOST_ROWS + 1)
    .select('payment_request_id');
  return found.length > MOST_ROWS ? undefined : found.map(({ payment_request_id }) => payment_request_id);
}

/** References are ASCII and sorted by bytes: nothing that begins so comes after this. */
const behind = (beginning: string) => `${beginning}\u007f`;

/** The entries that a call looks at; sorting is that of the index that leads, so that nothing beyond the bound is read. */
function lookedAt(db: Db, { from, to, after }: PaymentSearch, { led, named, compared, beginning }: Plan): Knex.QueryBuilder {
  const looked = db('payments').where(led);
  if (named !== undefined) void looked.whereIn('payment_request_id', [...named]);
  if (from !== null) void looked.where('created_at', '>=', from);
  if (to !== null) void looked.where('created_at', '<', to);
  if (after !== null)
    void looked.whereRaw('(created_at, payment_request_id) < (?, ?)', [after.createdAt, after.paymentRequestId]);
  const columns = [
    'created_at',
    'payment_request_id',
    ...Object.keys(compared),
    ...(beginning === null ? [] : ['sale_reference']),
  ];
  return looked.orderBy([...NEWEST_FIRST]).select(columns);
}

async function fitting(
  db: Db,
  looked: Knex.QueryBuilder,
  { limit }: PaymentSearch,
  { compared, beginning }: Plan,
): Promise<Key[]> {
  const fits = db.from(looked.as('looked')).where(compared).select('created_at', 'payment_request_id');
  if (beginning !== null) void fits.where('sale_reference', '>=', beginning).andWhere('sale_reference', '<', behind(beginning));
  return fits.orderBy([...NEWEST_FIRST]).limit(limit + 1);
}

/** Where a further call goes on; undefined when there was nothing beyond what was looked at. */
async function lastLookedAt(looked: Knex.QueryBuilder, { most }: Plan): Promise<Key | undefined> {
  const [last]: Key[] = await looked
    .clone()
    .clearSelect()
    .select('created_at', 'payment_request_id')
    .limit(1)
    .offset(most - 1);
  return last;
}

/** Whole rows in the order of their keys; one that cannot be read is left out. */
async function paymentsOf(db: Db, keys: readonly Key[]): Promise<readonly Payment[]> {
  if (keys.length === 0) return [];
  const ids = keys.map(({ payment_request_id }) => payment_request_id);
  const rows: PaymentRow[] = await db<PaymentRow>('payments').whereIn('payment_request_id', ids);
  const byId = new Map(rows.map((row) => [row.payment_request_id, row]));
  return readableOnly(
    ids.flatMap((id) => byId.get(id) ?? []),
    paymentFromRow,
  );
}
