import type { Db } from './database-kind.js';

/** Milliseconds by which days of UTC+8 begin before those of UTC, and of a day: as the index of refunds has them. */
const REFUND_DAY = '(coalesce(refunds.refunded_at, refunds.updated_at) + 28800000) / 86400000';

/** Refunds that were done on a day; `dayNumber`: days of UTC+8 since 1970. */
export function refundsDoneOn(db: Db, dayNumber: number) {
  return db('refunds').where('refunds.state', 'refunded').andWhereRaw(`(${REFUND_DAY}) = ?`, [dayNumber]);
}

/** Upstreams that are in both lists, of which an empty one names all; an id that none has where there is none. */
export function both(these: readonly string[], those: readonly string[] = []): readonly string[] {
  if (these.length === 0 || those.length === 0) return these.length === 0 ? those : these;
  const common = these.filter((one) => those.includes(one));
  return common.length === 0 ? [''] : common;
}

interface Counted {
  readonly clearing_standing?: string;
  readonly many: number | string;
  readonly value: number | string | null;
}

const told = ({ clearing_standing: standing, many, value }: Counted) =>
  `${standing ?? 'refund'} ${Number(many)} ${Number(value ?? 0)}`;

/** What a day has of completed and cancelled payments and of done refunds, as a text: counts, and what they come to. */
export async function stateOfDay(
  db: Db,
  upstreams: readonly string[],
  { day, dayNumber }: { readonly day: string; readonly dayNumber: number },
): Promise<string> {
  // Not as an integer: a sum that is too large for one would be an error.
  const value = (table: string) => db.raw(`sum(cast(${table}.value as decimal) * 1.0) as value`);
  const payments: readonly Counted[] = await db('payments')
    .where('clearing_day', day)
    .modify((query) => void (upstreams.length > 0 && query.whereIn('upstream_id', [...upstreams])))
    .groupBy('clearing_standing')
    .orderBy('clearing_standing')
    .select('clearing_standing', db.raw('count(*) as many'), value('payments'));
  const refunds: readonly Counted[] = await refundsDoneOn(db, dayNumber)
    .modify((query) => {
      if (upstreams.length === 0) return;
      query
        .join('payments', 'payments.payment_request_id', 'refunds.payment_request_id')
        .whereIn('payments.upstream_id', [...upstreams]);
    })
    .select(db.raw('count(*) as many'), value('refunds'));
  return [...payments, ...refunds].map(told).join(', ');
}

/** Own ids of payments that ended unpaid and of which a refund was done on this day, in order. */
export async function refundedUnpaidOn(
  db: Db,
  upstreams: readonly string[],
  { dayNumber, after, limit }: { readonly dayNumber: number; readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const found: readonly { readonly payment_request_id: string }[] = await refundsDoneOn(db, dayNumber)
    .join('payments', 'payments.payment_request_id', 'refunds.payment_request_id')
    .whereIn('payments.clearing_standing', ['failed', 'cancelled'])
    .andWhere('payments.state', '<>', 'paid')
    .andWhere('payments.payment_request_id', '>', after)
    .modify((query) => void (upstreams.length > 0 && query.whereIn('payments.upstream_id', [...upstreams])))
    .distinct('payments.payment_request_id')
    .orderBy('payments.payment_request_id')
    .limit(limit);
  return found.map(({ payment_request_id: id }) => id);
}
