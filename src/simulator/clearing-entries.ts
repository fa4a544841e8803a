import { addMs, type Instant, instant, parseIsoTime, utc8Text } from '../base/clock.js';
import type { BookedOrder } from './order-book.js';
import { convert } from './settlement-rates.js';
import type { Amount, SimulatorTime } from './simulator-words.js';

/** One line of the transaction report, as the account book has it. */
export interface ClearingEntry {
  readonly type: 'PAYMENT' | 'REFUND';
  readonly paymentRequestId: string;
  readonly paymentId: string;
  readonly refundRequestId: string;
  readonly refundId: string;
  /** On the simulator's own clock. */
  readonly at: Instant;
  readonly amount: Amount;
  readonly settlement: Amount;
}

const DAY_MS = 86_400_000;

/** The day `many` days after another one, `YYYY-MM-DD`. */
export function dayAfter(date: string, many: number): string {
  const start = parseIsoTime(`${date}T00:00:00Z`) ?? instant(0);
  return utc8Text(addMs(start, many * DAY_MS)).slice(0, 10);
}

/** An order that was charged, or that a fault pretends was. */
export function paymentEntry(order: BookedOrder, at: Instant): ClearingEntry | undefined {
  const { asked, paymentRequestId, paymentId } = order;
  if (asked === null) return undefined;
  return {
    type: 'PAYMENT',
    paymentRequestId,
    paymentId: paymentId ?? '',
    refundRequestId: '',
    refundId: '',
    at,
    amount: asked.amount,
    settlement: convert(asked.amount, asked.settlementCurrency),
  };
}

function entriesOf(order: BookedOrder, time: SimulatorTime): readonly ClearingEntry[] {
  if (order.asked === null || order.paidAt === null || order.state !== 'paid') return [];
  const paid = paymentEntry(order, time.shown(order.paidAt));
  const refunds = order.givenBack
    .filter(({ type }) => type === 'REFUND')
    .map(
      (entry): ClearingEntry => ({
        type: 'REFUND',
        paymentRequestId: order.paymentRequestId,
        paymentId: order.paymentId ?? '',
        refundRequestId: entry.requestId,
        refundId: entry.transactionId,
        at: time.shown(entry.at),
        amount: entry.amount,
        settlement: entry.settlementAmount,
      }),
    );
  return [...(paid === undefined ? [] : [paid]), ...refunds];
}

/** What was paid and refunded on a clearing day (UTC+8), in the order of time; cancelled orders are in no report. */
export function entriesOfDay(orders: readonly BookedOrder[], date: string, time: SimulatorTime): readonly ClearingEntry[] {
  return orders
    .flatMap((order) => entriesOf(order, time))
    .filter(({ at }) => utc8Text(at).startsWith(date))
    .toSorted((a, b) => a.at - b.at || (a.paymentRequestId < b.paymentRequestId ? -1 : 1));
}
