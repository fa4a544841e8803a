import { addMs, type Instant, instant, utcText } from '../base/clock.js';
import type { SeededNames } from './seeded-names.js';
import { convert } from './settlement-rates.js';
import type { Amount, SimOrder, SimulatorTime } from './simulator-words.js';

/** What a `pay` request asks for, after its fields were checked. */
export interface AskedOrder {
  readonly paymentRequestId: string;
  readonly amount: Amount;
  readonly settlementCurrency: string;
  readonly notifyUrl: string;
  /** From `paymentExpiryTime`, by the simulator's own clock; it can only shorten the order's life. */
  readonly shownExpiry: Instant | undefined;
  /** Canonical text of the fields that a repeat must repeat (order-code reference 3.1). */
  readonly keyValues: string;
  readonly merchantName: string | null;
  readonly description: string | null;
}

/** Money that went back to the payer, or a cancel of a paid order. */
export interface GivenBack {
  readonly type: 'REFUND' | 'CANCEL';
  readonly transactionId: string;
  readonly requestId: string;
  readonly amount: Amount;
  readonly settlementAmount: Amount;
  readonly at: Instant;
}

/** One line of the account book. `asked` is null for an order that was cancelled before it was created. */
export interface BookedOrder {
  readonly paymentRequestId: string;
  readonly clientId: string;
  readonly asked: AskedOrder | null;
  readonly paymentId: string | null;
  readonly code: string | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  state: SimOrder['state'];
  endCode: string | null;
  paidAt: Instant | null;
  timesCharged: number;
  readonly givenBack: GivenBack[];
}

/** How a caller names an order; the `paymentId` wins when both are given (order-code reference 5.1). */
export interface OrderName {
  readonly paymentRequestId?: string | undefined;
  readonly paymentId?: string | undefined;
}

export interface OrderBook {
  /** Places an order once; the same request again finds it. `code` replaces the seeded code of a new order. */
  place(asked: AskedOrder, clientId: string, code?: string): { kind: 'placed' | 'inconsistent' | 'closed'; order: BookedOrder };
  find(name: OrderName): BookedOrder | undefined;
  findByCode(code: string): BookedOrder | undefined;
  /** Undoes the whole order in any state, money included; an unknown paymentRequestId is remembered and can never be placed. */
  cancel(name: OrderName, clientId: string): 'cancelled' | 'closed' | 'windowOver' | 'unknown' | 'refundedBefore';
  refund(
    name: OrderName,
    refundRequestId: string,
    amount: Amount,
  ): GivenBack | 'unknown' | 'closed' | 'inconsistent' | 'tooMuch' | 'tooLate' | 'otherCurrency';
  /** The payer pays. `late` charges even an order that has ended, as a wallet with a delay might; false when it may not be paid. */
  pay(order: BookedOrder, late?: boolean): boolean;
  /** Ends an open order unpaid with `endCode`; false when it is not open. */
  close(order: BookedOrder, endCode: string): boolean;
  all(): BookedOrder[];
}

export interface OrderBookParts {
  readonly names: SeededNames;
  readonly time: SimulatorTime;
  readonly orderLifeMs: number;
  /** `open` and `closed` overrule the calendar; `calendar` closes at 00:15 UTC+8 of the day after the payment (order-code reference 5.2). */
  readonly cancelWindow: 'open' | 'closed' | 'calendar';
  /** Called when an order is paid, declined or expires: what a notification is sent for. */
  readonly ended: (order: BookedOrder) => void;
  /** Called when an order was created, so that somebody can see to its expiry. */
  readonly placed: (order: BookedOrder) => void;
}

const DAY_MS = 86_400_000;
const UTC8_MS = 8 * 3_600_000;
const MOST_ORDERS = 50_000;
const REFUND_DAYS = 365;

/** The upstream's own account book: the only memory the simulator has, and independent of what any client believes. */
export function createOrderBook({ names, time, orderLifeMs, cancelWindow, ended, placed }: OrderBookParts): OrderBook {
  const orders = new Map<string, BookedOrder>();
  const byPaymentId = new Map<string, BookedOrder>();
  const byCode = new Map<string, BookedOrder>();
  const refunds = new Map<string, { order: BookedOrder; entry: GivenBack }>();

  function keep(order: BookedOrder): BookedOrder {
    orders.set(order.paymentRequestId, order);
    if (order.paymentId !== null) byPaymentId.set(order.paymentId, order);
    if (order.code !== null) byCode.set(order.code, order);
    if (orders.size > MOST_ORDERS) forgetOldest();
    return order;
  }

  function forgetOldest(): void {
    for (const order of orders.values()) {
      if (order.state === 'open') continue;
      orders.delete(order.paymentRequestId);
      if (order.paymentId !== null) byPaymentId.delete(order.paymentId);
      if (order.code !== null) byCode.delete(order.code);
      for (const entry of order.givenBack) refunds.delete(entry.requestId);
      return;
    }
  }

  function fresh(order: BookedOrder | undefined): BookedOrder | undefined {
    if (order?.state === 'open' && order.expiresAt !== null && time.now() >= order.expiresAt) close(order, 'ORDER_IS_CLOSED');
    return order;
  }

  function close(order: BookedOrder, endCode: string): boolean {
    if (order.state !== 'open') return false;
    order.state = 'closed';
    order.endCode = endCode;
    ended(order);
    return true;
  }

  function find({ paymentId, paymentRequestId }: OrderName): BookedOrder | undefined {
    if (paymentId !== undefined) return fresh(byPaymentId.get(paymentId));
    return paymentRequestId === undefined ? undefined : fresh(orders.get(paymentRequestId));
  }

  function place(asked: AskedOrder, clientId: string, code?: string): ReturnType<OrderBook['place']> {
    const known = find({ paymentRequestId: asked.paymentRequestId });
    if (known !== undefined) {
      if (known.asked !== null && known.asked.keyValues !== asked.keyValues) return { kind: 'inconsistent', order: known };
      return { kind: known.state === 'open' || known.state === 'paid' ? 'placed' : 'closed', order: known };
    }
    const now = time.now();
    const life = addMs(now, orderLifeMs);
    const wanted = asked.shownExpiry === undefined ? life : time.meant(asked.shownExpiry);
    const order = keep({
      paymentRequestId: asked.paymentRequestId,
      clientId,
      asked,
      paymentId: names.paymentId(asked.paymentRequestId, time.shown(now)),
      code: code ?? names.code(asked.paymentRequestId),
      createdAt: now,
      expiresAt: instant(Math.min(wanted, life)),
      state: 'open',
      endCode: null,
      paidAt: null,
      timesCharged: 0,
      givenBack: [],
    });
    if (fresh(order)?.state !== 'open') return { kind: 'closed', order };
    placed(order);
    return { kind: 'placed', order };
  }

  function windowOver(paidAt: Instant): boolean {
    if (cancelWindow !== 'calendar') return cancelWindow === 'closed';
    const paidDay = Math.floor((time.shown(paidAt) + UTC8_MS) / DAY_MS);
    return time.shown(time.now()) >= (paidDay + 1) * DAY_MS - UTC8_MS + 15 * 60_000;
  }

  function giveBack(order: BookedOrder, type: GivenBack['type'], requestId: string, amount: Amount): GivenBack {
    const at = time.now();
    const entry: GivenBack = {
      type,
      transactionId: names.refundId(`${type} ${requestId} ${order.givenBack.length}`, time.shown(at)),
      requestId,
      amount,
      settlementAmount: convert(amount, order.asked?.settlementCurrency ?? amount.currency),
      at,
    };
    order.givenBack.push(entry);
    return entry;
  }

  function cancel(name: OrderName, clientId: string): ReturnType<OrderBook['cancel']> {
    const order = find(name);
    if (order === undefined) {
      if (name.paymentId !== undefined || name.paymentRequestId === undefined) return 'unknown';
      keep(neverCreated(name.paymentRequestId, clientId, time.now()));
      return 'cancelled';
    }
    if (order.state === 'cancelled') return 'cancelled';
    if (order.state === 'closed') return 'closed';
    if (order.state === 'paid' && order.asked !== null && order.paidAt !== null) {
      if (windowOver(order.paidAt)) return 'windowOver';
      if (order.givenBack.some((entry) => entry.type === 'REFUND')) return 'refundedBefore';
      giveBack(order, 'CANCEL', order.paymentRequestId, order.asked.amount);
    }
    order.state = 'cancelled';
    order.endCode = 'ORDER_IS_CLOSED';
    return 'cancelled';
  }

  function refund(name: OrderName, refundRequestId: string, amount: Amount): ReturnType<OrderBook['refund']> {
    const order = find(name);
    if (order === undefined || order.asked === null || order.paidAt === null) return 'unknown';
    const before = refunds.get(refundRequestId);
    if (before !== undefined) {
      const same = before.order === order && sameAmount(before.entry.amount, amount);
      return same ? before.entry : 'inconsistent';
    }
    if (order.state === 'cancelled') return 'closed';
    if (amount.currency !== order.asked.amount.currency) return 'otherCurrency';
    if (time.now() > addMs(order.paidAt, REFUND_DAYS * DAY_MS)) return 'tooLate';
    if (sumOf(order.givenBack) + BigInt(amount.value) > BigInt(order.asked.amount.value)) return 'tooMuch';
    const entry = giveBack(order, 'REFUND', refundRequestId, amount);
    refunds.set(refundRequestId, { order, entry });
    return entry;
  }

  function pay(order: BookedOrder, late = false): boolean {
    fresh(order);
    if (order.asked === null || order.state === 'paid' || (order.state !== 'open' && !late)) return false;
    order.state = 'paid';
    order.endCode = null;
    order.paidAt = time.now();
    order.timesCharged += 1;
    // What an earlier cancel gave back belonged to an earlier charge: this money is kept again.
    order.givenBack.length = 0;
    ended(order);
    return true;
  }

  return {
    place,
    find,
    findByCode: (code) => fresh(byCode.get(code)),
    cancel,
    refund,
    pay,
    close: (order, endCode) => fresh(order) !== undefined && close(order, endCode),
    all() {
      for (const order of orders.values()) fresh(order);
      return [...orders.values()];
    },
  };
}

function neverCreated(paymentRequestId: string, clientId: string, now: Instant): BookedOrder {
  const nothing = { asked: null, paymentId: null, code: null, expiresAt: null, paidAt: null, timesCharged: 0, givenBack: [] };
  return { ...nothing, paymentRequestId, clientId, createdAt: now, state: 'cancelled', endCode: 'ORDER_IS_CLOSED' };
}

function sameAmount(a: Amount, b: Amount): boolean {
  return a.currency === b.currency && a.value === b.value;
}

function sumOf(entries: readonly GivenBack[]): bigint {
  return entries.reduce((sum, entry) => sum + BigInt(entry.amount.value), 0n);
}

/** The order as the outside may read it under `/sim/orders`; times by the simulator's own clock, in UTC. */
export function simOrder(order: BookedOrder, time: SimulatorTime): SimOrder {
  const amount = order.asked?.amount ?? null;
  const text = (at: Instant | null) => (at === null ? null : utcText(time.shown(at)));
  const money = (value: bigint) => (amount === null ? null : { currency: amount.currency, value: value.toString() });
  const paid = order.paidAt === null || amount === null ? 0n : BigInt(amount.value);
  return {
    paymentRequestId: order.paymentRequestId,
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
