import type { Knex } from 'knex';
import { type Instant, instant } from '../base/clock.js';
import type { Money } from '../payment/money.js';
import { leftToRefund } from '../payment/refund.js';
import type { Database } from './database-kind.js';
import { type PaymentRow, paymentFromRow, readableOnly } from './payment-rows.js';

/** Something in the books that waits for a person. */
export interface WaitingRow {
  readonly since: Instant;
  readonly paymentRequestId: string | null;
  readonly reference: string | null;
  readonly amount: Money | null;
  readonly day: string | null;
  readonly count: number | null;
  readonly by: string | null;
}

/** The oldest ones; `more` beyond them, counted up to `MOST_COUNTED`. */
export interface WaitingList {
  readonly rows: readonly WaitingRow[];
  readonly more: number;
  readonly isMoreCounted: boolean;
}

export interface NeedsBooks {
  /** Payments that need attention. */
  attention(limit: number): Promise<WaitingList>;
  /** Alerts that nobody has dealt with yet. */
  alerts(limit: number): Promise<WaitingList>;
  /** Undos that were refused, of which something could still be given back. */
  refusedUndos(limit: number): Promise<WaitingList>;
  /** Refunds without an end that were asked for before `before`. */
  openRefunds(limit: number, before: Instant): Promise<WaitingList>;
  openRulings(limit: number): Promise<WaitingList>;
  /** Notifications that fitted nothing and that nobody has dealt with yet. */
  quarantined(limit: number): Promise<WaitingList>;
  /** Clearing days that are not sealed and have open exceptions, oldest day first. */
  daysWithExceptions(limit: number): Promise<WaitingList>;
  /** Sealed days of which something was found after `since`: files that came late. Oldest day first. */
  sealedDaysWithExceptions(limit: number, since: Instant): Promise<WaitingList>;
}

/** However many wait, no more are counted. */
const MOST_COUNTED = 1000;
/** Refused undos are few; those whose money went back otherwise are told apart by reading them. */
const MOST_UNDOS = 500;

const NOTHING: WaitingRow = {
  since: instant(0),
  paymentRequestId: null,
  reference: null,
  amount: null,
  day: null,
  count: null,
  by: null,
};

interface NamedRow {
  readonly payment_request_id: string | null;
  readonly sale_reference: string | null;
  readonly currency: string | null;
  readonly value: string | null;
}

function ofPayment(row: NamedRow, since: number): WaitingRow {
  const { payment_request_id: paymentRequestId, sale_reference: reference, currency, value } = row;
  const amount = currency === null || value === null ? null : { currency, value };
  return { ...NOTHING, since: instant(since), paymentRequestId, reference, amount };
}

/** `rows` were asked for with one more than the limit. */
async function listed(db: Knex, rows: readonly WaitingRow[], limit: number, all: () => Knex.QueryBuilder): Promise<WaitingList> {
  if (rows.length <= limit) return { rows, more: 0, isMoreCounted: true };
  const bounded = all()
    .select(db.raw('1 as one'))
    .limit(limit + MOST_COUNTED + 1)
    .as('counted');
  const [row] = await db.from(bounded).count({ n: '*' });
  const more = Number(row?.['n'] ?? 0) - limit;
  return { rows: rows.slice(0, limit), more: Math.min(more, MOST_COUNTED), isMoreCounted: more <= MOST_COUNTED };
}

function waitingPayments(db: Knex): Pick<NeedsBooks, 'attention' | 'refusedUndos' | 'openRefunds'> {
  return {
    async attention(limit) {
      const all = () => db<PaymentRow>('payments').where('state', 'needs_attention');
      const rows: PaymentRow[] = await all()
        .orderBy([{ column: 'created_at' }, { column: 'payment_request_id' }])
        .limit(limit + 1);
      // One that cannot be read waits, too: by the time it was made.
      const read = new Map(
        readableOnly(rows, paymentFromRow).map((one) => [one.paymentRequestId as string, one.life.stateSince]),
      );
      return listed(
        db,
        rows.map((row) => ofPayment(row, read.get(row.payment_request_id) ?? row.created_at)),
        limit,
        all,
      );
    },
    async refusedUndos(limit) {
      const rows: PaymentRow[] = await db<PaymentRow>('payments')
        .whereRaw(`undo_state = 'refused'`)
        .orderBy('created_at', 'desc')
        .limit(MOST_UNDOS);
      const waiting = readableOnly(rows, paymentFromRow).filter(({ amount, life }) => leftToRefund(amount, life) > 0n);
      const oldest = waiting.reverse().map(({ paymentRequestId, saleReference, amount, life }) => ({
        ...NOTHING,
        since: life.moneyBack?.undo?.at ?? life.stateSince,
        paymentRequestId,
        reference: saleReference,
        amount,
      }));
      const more = Math.max(0, oldest.length - limit);
      return { rows: oldest.slice(0, limit), more, isMoreCounted: rows.length < MOST_UNDOS };
    },
    async openRefunds(limit, before) {
      // Words, not parameters: SQLite takes an index of some rows only where it can see that they are asked for.
      const all = () =>
        db('refunds').whereRaw(`refunds.state in ('pending', 'in_doubt')`).andWhere('refunds.created_at', '<', before);
      const rows: (NamedRow & { created_at: number })[] = await all()
        .join('payments', 'payments.payment_request_id', 'refunds.payment_request_id')
        .orderBy('refunds.created_at')
        .limit(limit + 1)
        .select('refunds.*', 'payments.sale_reference');
      return listed(
        db,
        rows.map((row) => ofPayment(row, row.created_at)),
        limit,
        all,
      );
    },
  };
}

function waitingOthers(db: Knex): Omit<NeedsBooks, keyof ReturnType<typeof waitingPayments>> {
  return {
    async alerts(limit) {
      const all = () => db('alerts').whereNull('dealt_at');
      const rows: (NamedRow & { at: number })[] = await all()
        .join('payments', 'payments.payment_request_id', 'alerts.payment_request_id')
        .orderBy('alerts.id')
        .limit(limit + 1)
        .select('alerts.at', 'payments.payment_request_id', 'sale_reference', 'currency', 'value');
      return listed(
        db,
        rows.map((row) => ofPayment(row, row.at)),
        limit,
        all,
      );
    },
    async openRulings(limit) {
      const all = () => db('rulings').whereRaw(`rulings.state = 'open'`);
      const rows: (NamedRow & { proposed_at: number; proposed_by: string })[] = await all()
        .join('payments', 'payments.payment_request_id', 'rulings.payment_request_id')
        .orderBy('rulings.id')
        .limit(limit + 1)
        .select('rulings.*', 'payments.sale_reference', 'payments.currency', 'payments.value');
      return listed(
        db,
        rows.map((row) => ({ ...ofPayment(row, row.proposed_at), by: row.proposed_by })),
        limit,
        all,
      );
    },
    async quarantined(limit) {
      const all = () => db('notifications').whereNotNull('quarantine').whereNull('dealt_at');
      const rows: (NamedRow & { received_at: number })[] = await all()
        .leftJoin('payments', 'payments.payment_request_id', 'notifications.payment_request_id')
        .orderBy('notifications.id')
        .limit(limit + 1)
        .select('notifications.received_at', 'payments.payment_request_id', 'sale_reference', 'currency', 'value');
      return listed(
        db,
        rows.map((row) => ofPayment(row, row.received_at)),
        limit,
        all,
      );
    },
    daysWithExceptions: (limit) => daysWith(db, limit, openExceptions(db), (days) => days.whereNull('d.sealed_at')),
    sealedDaysWithExceptions: (limit, since) =>
      daysWith(
        db,
        limit,
        () => openExceptions(db)().andWhere('e.found_at', '>', since),
        (days) => days.whereNotNull('d.sealed_at'),
      ),
  };
}

const openExceptions = (db: Knex) => (): Knex.QueryBuilder =>
  db('clearing_exceptions as e').whereRaw(`e.day = d.day and e.run = d.run and e.state = 'open'`).select(db.raw('1 as one'));

/** Days of some kind that have such exceptions, with how many and since when. */
async function daysWith(
  db: Knex,
  limit: number,
  open: () => Knex.QueryBuilder,
  only: (days: Knex.QueryBuilder) => Knex.QueryBuilder,
): Promise<WaitingList> {
  const all = () => only(db('clearing_days as d')).whereExists(open());
  const rows: { day: string; count: number | string; since: number }[] = await all()
    .orderBy('d.day')
    .limit(limit + 1)
    .select(
      'd.day',
      db
        .from(
          open()
            .limit(MOST_COUNTED + 1)
            .as('counted'),
        )
        .count('*')
        .as('count'),
      open().clearSelect().min('e.found_at').as('since'),
    );
  return listed(
    db,
    rows.map(({ day, count, since }) => ({ ...NOTHING, since: instant(Number(since)), day, count: Number(count) })),
    limit,
    all,
  );
}

/** What waits for a person: a bounded number of rows of each kind, each found by an index of its own. */
export function createNeedsBooks({ db }: Database): NeedsBooks {
  return { ...waitingPayments(db), ...waitingOthers(db) };
}
