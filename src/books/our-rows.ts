import { instant, parseIsoTime } from '../base/clock.js';
import { clearingDayOf } from '../payment/clearing-day.js';
import type { Money } from '../payment/money.js';
import type { PaymentLife } from '../payment/payment.js';
import { type LateMoney, lateMoneyOf as lateMoney } from '../reconciliation/late-money.js';
import { CELL_END, type OurPage, ourPageOfRows, ourPageOfText, ROW_END } from '../reconciliation/our-page.js';
import type { OurRows } from '../reconciliation/recon-ports.js';
import type { OurRow, Standing } from '../reconciliation/recon-words.js';
import type { ClearingColumns } from './clearing-columns.js';
import type { Database, Db } from './database-kind.js';
import { both, refundedUnpaidOn, refundsDoneOn, stateOfDay } from './our-day-rows.js';

interface OwnPayment extends ClearingColumns {
  readonly payment_request_id: string;
  readonly currency: string;
  readonly value: string;
}

interface OwnRefund {
  readonly refund_request_id: string;
  readonly payment_request_id: string;
  readonly currency: string;
  readonly value: string;
  readonly state: 'pending' | 'in_doubt' | 'refunded' | 'refused';
  readonly refund_id: string | null;
  readonly refunded_at: number | null;
  readonly updated_at: number;
  readonly settlement_currency: string | null;
  readonly settlement_value: string | null;
}

const PAYMENT_COLUMNS = [
  'payment_request_id',
  'currency',
  'value',
  'clearing_standing',
  'clearing_day',
  'upstream_payment_id',
  'settled_currency',
  'settled_value',
] as const;
const REFUND_COLUMNS = [
  'refund_request_id',
  'payment_request_id',
  'currency',
  'value',
  'state',
  'refund_id',
  'refunded_at',
  'updated_at',
  'settlement_currency',
  'settlement_value',
] as const;

function money(currency: string | null, value: string | null): Money | null {
  return currency === null || value === null ? null : { currency, value };
}

function paymentRow(row: OwnPayment): OurRow {
  return {
    type: 'payment',
    paymentRequestId: row.payment_request_id,
    paymentId: row.upstream_payment_id,
    refundRequestId: null,
    refundId: null,
    standing: row.clearing_standing ?? 'undecided',
    day: row.clearing_day,
    amount: { currency: row.currency, value: row.value },
    settlement: money(row.settled_currency, row.settled_value),
  };
}

/** A payment as `ourPageOfText` reads it. */
const PAYMENT_TEXT = `'p' || payment_request_id || ? || value || ',' || currency || ',' || coalesce(settled_value, '') || ','
  || coalesce(settled_currency, '') || ',C' || ? || coalesce(clearing_standing, '') || ? || coalesce(upstream_payment_id, '')`;

interface TextPage {
  readonly many: number | string;
  readonly body: string | null;
}

/**
 * Payments of a clearing day in the order of their ids. A day has as many as sales, and the driver takes longer over a row of eight columns
 * than the database over looking it up: so a page comes as one text.
 */
async function paymentsOfDay(
  db: Db,
  upstreams: readonly string[],
  { day, after, limit }: { readonly day: string; readonly after: string; readonly limit: number },
): Promise<OurPage> {
  const ofThese = upstreams.length === 0 ? '' : `and upstream_id in (${upstreams.map(() => '?').join(', ')})`;
  const wanted = [CELL_END, CELL_END, CELL_END, day, after, ...upstreams, limit];
  const texts = db.raw(
    `(select ${PAYMENT_TEXT} as body from payments where clearing_day = ? and payment_request_id > ? ${ofThese}
       order by payment_request_id limit ?) as page`,
    wanted,
  );
  const found: TextPage = await db
    .from(texts)
    .first(db.raw('count(*) as many'), db.raw('string_agg(page.body, ?) as body', [ROW_END]));
  if (found.body === null) return ourPageOfRows([]);
  const page = ourPageOfText(found.body, Number(found.many), day);
  if (page !== undefined) return page;
  const one: readonly OwnPayment[] = await db<OwnPayment>('payments')
    .select(...PAYMENT_COLUMNS)
    .where('clearing_day', day)
    .andWhere('payment_request_id', '>', after)
    .modify((query) => void (upstreams.length > 0 && query.whereIn('upstream_id', [...upstreams])))
    .orderBy('payment_request_id')
    .limit(limit);
  return ourPageOfRows(one.map(paymentRow));
}

const REFUND_STANDING: Readonly<Record<OwnRefund['state'], Standing>> = {
  pending: 'undecided',
  in_doubt: 'undecided',
  refunded: 'completed',
  refused: 'failed',
};

function refundRow(row: OwnRefund): OurRow {
  const isDone = row.state === 'refunded';
  return {
    type: 'refund',
    paymentRequestId: row.payment_request_id,
    paymentId: null,
    refundRequestId: row.refund_request_id,
    refundId: row.refund_id,
    standing: REFUND_STANDING[row.state],
    day: isDone ? clearingDayOf(instant(row.refunded_at ?? row.updated_at)) : null,
    amount: { currency: row.currency, value: row.value },
    settlement: money(row.settlement_currency, row.settlement_value),
  };
}

/** Days of UTC+8 since 1970, as the index of refunds has them. */
function dayNumber(day: string): number {
  return (parseIsoTime(`${day}T00:00:00Z`) ?? 0) / 86_400_000;
}

/** PostgreSQL refuses to look for a text with a zero in it, and no id has one. */
const searchable = (ids: readonly string[]) => ids.filter((id) => !id.includes('\0'));

interface EndedPayment extends Pick<OwnPayment, 'payment_request_id' | 'currency' | 'value'> {
  readonly life: string;
}

/** What is told by the lives of these payments of money that came after their end. A life that cannot be read tells nothing. */
async function lateMoneyOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, LateMoney>> {
  const ended: EndedPayment[] = await db('payments')
    .whereIn('payment_request_id', [...ids])
    .select('payment_request_id', 'currency', 'value', 'life');
  const done: OwnRefund[] = await db('refunds')
    .whereIn('payment_request_id', [...ids])
    .andWhere('state', 'refunded')
    .orderBy('refund_request_id')
    .select(...REFUND_COLUMNS);
  const late = new Map<string, LateMoney>();
  for (const { payment_request_id: id, currency, value, life: text } of ended) {
    const life = objectIn(text) as PaymentLife | null;
    const refunds = done.map(refundRow).filter(({ paymentRequestId }) => paymentRequestId === id);
    const told =
      life === null
        ? undefined
        : lateMoney(
            life,
            { currency, value },
            refunds.map(({ refundRequestId, day }) => ({ id: String(refundRequestId), day: String(day) })),
          );
    if (told !== undefined) late.set(id, told);
  }
  return late;
}

interface SaleRow {
  readonly payment_request_id: string;
  readonly sale_reference: string;
  readonly paid_at: number | null;
}

interface QuotedPayment {
  readonly payment_request_id: string;
  readonly life: string;
}

interface QuotedRefund {
  readonly refund_request_id: string | null;
  readonly settlement_quote: string | null;
}

/** What cannot be read tells nothing: it only explains a difference. */
function objectIn(text: string | null): Record<string, unknown> | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/**
 * Our payments and refunds as the comparison of a clearing day reads them. A day has the rows of these upstreams only, of all when there are
 * none: what another one took stands in none of the reports. By their ids rows of any upstream are found.
 */
export function createOurRows({ db }: Database, upstreams: readonly string[] = []): OurRows {
  const payments = () => db<OwnPayment>('payments').select(...PAYMENT_COLUMNS);
  const refunds = () => db<OwnRefund>('refunds').select(...REFUND_COLUMNS);

  const paymentsOf = (these: readonly string[]) =>
    db('payments')
      .whereRaw('payments.payment_request_id = refunds.payment_request_id')
      .whereIn('payments.upstream_id', [...these])
      .select(db.raw('1'));

  async function refundsOfDay(day: string, after: string, limit: number, these: readonly string[]): Promise<readonly OurRow[]> {
    const found = await refundsDoneOn(db, dayNumber(day))
      .select(...REFUND_COLUMNS)
      .andWhere('refund_request_id', '>', after)
      .modify((query) => void (these.length > 0 && query.whereExists(paymentsOf(these))))
      .orderBy('refund_request_id')
      .limit(limit);
    return (found as OwnRefund[]).map(refundRow);
  }

  const byOwnIds: OurRows['byOwnIds'] = async (type, ids) => {
    const asked = searchable(ids);
    if (asked.length === 0) return [];
    if (type === 'payment') return ((await payments().whereIn('payment_request_id', asked)) as OwnPayment[]).map(paymentRow);
    return ((await refunds().whereIn('refund_request_id', asked)) as OwnRefund[]).map(refundRow);
  };

  return {
    async ofDay(day, after, limit, among) {
      const these = both(upstreams, among);
      if (after.startsWith('r')) return ourPageOfRows(await refundsOfDay(day, after.slice(1), limit, these));
      const page = await paymentsOfDay(db, these, { day, after: after.slice(1), limit });
      return page.count > 0 ? page : ourPageOfRows(await refundsOfDay(day, '', limit, these));
    },
    stateOf: (day, among) => stateOfDay(db, both(upstreams, among), { day, dayNumber: dayNumber(day) }),
    byOwnIds,
    async refundedUnpaid(day, after, limit) {
      return byOwnIds('payment', await refundedUnpaidOn(db, upstreams, { dayNumber: dayNumber(day), after, limit }));
    },
    lateMoney: (ids) => lateMoneyOf(db, searchable(ids)),
    async salesOf(ids) {
      const asked = searchable(ids);
      if (asked.length === 0) return new Map();
      const found: SaleRow[] = await db<SaleRow>('payments')
        .whereIn('payment_request_id', asked)
        .select('payment_request_id', 'sale_reference', 'paid_at');
      return new Map(
        found.map(({ payment_request_id: id, sale_reference: saleReference, paid_at: at }) => [
          id,
          { saleReference, paidAt: at === null ? null : instant(Number(at)) },
        ]),
      );
    },
    async refundTimes(ids) {
      const asked = searchable(ids);
      if (asked.length === 0) return new Map();
      const found = (await refunds().whereIn('refund_request_id', asked).andWhere('state', 'refunded')) as OwnRefund[];
      return new Map(found.map((one) => [one.refund_request_id, instant(Number(one.refunded_at ?? one.updated_at))]));
    },
    async quoteOf({ type, paymentRequestId, refundRequestId }) {
      if (type === 'refund') {
        const row = await db<QuotedRefund>('refunds').where('refund_request_id', refundRequestId).first('settlement_quote');
        return objectIn(row?.settlement_quote ?? null);
      }
      const row = await db<QuotedPayment>('payments').where('payment_request_id', paymentRequestId).first('life');
      const life = objectIn(row?.life ?? null) as PaymentLife | null;
      return (life?.paid ?? life?.moneyBack?.late)?.settlement?.quote ?? null;
    },
    async byTheirIds(type, ids) {
      const asked = searchable(ids);
      if (asked.length === 0) return [];
      if (type === 'payment') return ((await payments().whereIn('upstream_payment_id', asked)) as OwnPayment[]).map(paymentRow);
      return ((await refunds().whereIn('refund_id', asked)) as OwnRefund[]).map(refundRow);
    },
  };
}
