import type { SimOrder } from '../simulator/simulator-words.js';

/** The account book of the upstream as the page shows it, newest order first. */
export interface UpstreamSummary {
  readonly orders: readonly {
    readonly paymentRequestId: string;
    readonly state: SimOrder['state'];
    readonly timesCharged: number;
    readonly kept: string;
  }[];
  readonly placed: number;
  readonly paid: number;
  /** Whole smallest units that the upstream took from payers and did not give back. */
  readonly kept: string;
}

const MOST_ORDERS = 50;

/** Pure: sums up the upstream's own account book. */
export function upstreamSummary(orders: readonly SimOrder[]): UpstreamSummary {
  const kept = orders.reduce((sum, order) => sum + BigInt(order.kept?.value ?? '0'), 0n);
  return {
    orders: orders
      .slice(-MOST_ORDERS)
      .reverse()
      .map(({ paymentRequestId, state, timesCharged, kept: money }) => ({
        paymentRequestId,
        state,
        timesCharged,
        kept: money?.value ?? '0',
      })),
    placed: orders.filter(({ paymentId }) => paymentId !== null).length,
    paid: orders.filter(({ state }) => state === 'paid').length,
    kept: kept.toString(),
  };
}
