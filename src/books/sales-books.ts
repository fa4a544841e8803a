import type { Instant } from '../base/clock.js';
import type { Database } from './database-kind.js';

/** A count and a sum of one currency; `value` in whole smallest units as text, exact however long. */
export interface CountedMoney {
  readonly currency: string;
  readonly count: number;
  readonly value: string;
}

/** Payments that were paid within one hour. */
export interface HourOfSales extends CountedMoney {
  /** Whole hours since the time that was asked from. */
  readonly hour: number;
  /** They were undone by a cancel since. */
  readonly undone: boolean;
}

export interface SalesBooks {
  /** Everything paid from `from` until before `to`, by hour; hours and currencies without a sale are left out. */
  paidByHour(from: Instant, to: Instant): Promise<readonly HourOfSales[]>;
  /** Refunds that the upstream confirmed in that time, those of an undo included, by currency. */
  refundedBetween(from: Instant, to: Instant): Promise<readonly CountedMoney[]>;
}

/**
 * Values have up to 16 digits: their high and their low half are summed apart, so that neither sum leaves 64 bits nor passes through a
 * float, on either database.
 */
const HALF = 100_000_000;
const SUMS = `count(*) as count, cast(sum(cast(value as bigint) / ${HALF}) as text) as high,
  cast(sum(cast(value as bigint) % ${HALF}) as text) as low`;

interface SumRow {
  readonly currency: string;
  readonly count: number | string;
  readonly high: string;
  readonly low: string;
}

function counted({ currency, count, high, low }: SumRow): CountedMoney {
  return { currency, count: Number(count), value: String(BigInt(high) * BigInt(HALF) + BigInt(low)) };
}

/** What was sold: read out of the index by the time of payment, so that it costs what that time holds and not what the books hold. */
export function createSalesBooks({ db }: Database): SalesBooks {
  return {
    async paidByHour(from, to) {
      const rows: (SumRow & { hour: number | string; undone: number })[] = await db('payments')
        .where('paid_at', '>=', from)
        .andWhere('paid_at', '<', to)
        .groupBy('currency', 'hour', 'undone')
        .select(
          'currency',
          // A number above 32 bits reaches SQLite as a float.
          db.raw('(paid_at - cast(? as bigint)) / 3600000 as hour', [from]),
          db.raw(`case when clearing_standing = 'cancelled' then 1 else 0 end as undone`),
          db.raw(SUMS),
        );
      const hours = rows.map((row) => ({ ...counted(row), hour: Number(row.hour), undone: row.undone === 1 }));
      return hours.sort((a, b) => (a.currency < b.currency ? -1 : a.currency > b.currency ? 1 : a.hour - b.hour));
    },
    async refundedBetween(from, to) {
      const refunded = (column: string) =>
        db('refunds').where(column, '>=', from).andWhere(column, '<', to).groupBy('currency').select('currency', db.raw(SUMS));
      const [timed, untimed]: SumRow[][] = await Promise.all([
        refunded('refunded_at'),
        refunded('updated_at').whereNull('refunded_at').andWhere('state', 'refunded'),
      ]);
      const sums = new Map<string, CountedMoney>();
      for (const one of [...(timed ?? []), ...(untimed ?? [])].map(counted)) {
        const before = sums.get(one.currency);
        const value = BigInt(one.value) + BigInt(before?.value ?? 0);
        sums.set(one.currency, { ...one, count: one.count + (before?.count ?? 0), value: String(value) });
      }
      return [...sums.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
    },
  };
}
