import { type Instant, utcText } from '../base/clock.js';
import { type BookedOrder, sumOf } from './order-book.js';
import type { SimOrder, SimulatorTime } from './simulator-words.js';

/** The order as the outside may read it under `/sim/orders`; times by the simulator's own clock, in UTC. */
export function simOrder(order: BookedOrder, time: SimulatorTime): SimOrder {
  const amount = order.asked?.amount ?? null;
  const text = (at: Instant | null) => (at === null ? null : utcText(time.shown(at)));
  const money = (value: bigint) => (amount === null ? null : { currency: amount.currency, value: value.toString() });
  const paid = order.paidAt === null || amount === null ? 0n : BigInt(amount.value);
  return {
    paymentRequestId: order.paymentRequestId,
    clientId: order.clientId,
    paymentId: order.paymentId,
    state: order.state,
    amount,
    code: order.code,
    expiresAt: text(order.expiresAt),
    refunded: money(sumOf(order.givenBack.filter((entry) => entry.type === 'REFUND'))),
    endCode: order.endCode,
    paidAt: text(order.paidAt),
    merchantName: order.asked?.merchantName ?? null,
    description: order.asked?.description ?? null,
    kept: money(paid - sumOf(order.givenBack)),
    timesCharged: order.timesCharged,
  };
}
