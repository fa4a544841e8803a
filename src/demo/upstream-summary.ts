import type { SimOrder } from '../simulator/simulator-words.js';

/** The account book of one upstream as the page shows it, newest order first. */
export interface UpstreamSummary {
  readonly orders: readonly {
    readonly paymentRequestId: string;
    readonly state: SimOrder['state'];
    readonly timesCharged: number;
    readonly amount: string;
    readonly kept: string;
  }[];
  readonly placed: number;
  readonly paid: number;
  /** Whole smallest units that the upstream took from payers and did not give back. */
  readonly kept: string;
}

const MOST_ORDERS = 50;

/** Pure: sums up the upstream's own account book, as far as it is about this client. */
export function upstreamSummary(all: readonly SimOrder[], clientId: string): UpstreamSummary {
  const orders = all.filter((order) => order.clientId === clientId);
  const kept = orders.reduce((sum, order) => sum + BigInt(order.kept?.value ?? '0'), 0n);
  return {
    orders: orders
      .slice(-MOST_ORDERS)
      .reverse()
      .map(({ paymentRequestId, state, timesCharged, amount, kept: money }) => ({
        paymentRequestId,
        state,
        timesCharged,
        amount: amount?.value ?? '0',
        kept: money?.value ?? '0',
      })),
    placed: orders.filter(({ paymentId }) => paymentId !== null).length,
    paid: orders.filter(({ state }) => state === 'paid').length,
    kept: kept.toString(),
  };
}
