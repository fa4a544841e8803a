import { addMs, type Instant, instant } from '../base/clock.js';
import type { Face } from './face.js';
import type { SeededNames } from './seeded-names.js';
import { convert } from './settlement-rates.js';
import type { Amount, SimOrder, SimulatorTime } from './simulator-words.js';

/** What a `pay` request asks for, after its fields were checked. */
export interface AskedOrder {
  readonly paymentRequestId: string;
  readonly amount: Amount;
  readonly settlementCurrency: string;
  readonly notifyUrl: string;
  /** Where the address of a cashier may be sent later. */
  readonly cashierNotifyUrl: string | undefined;
  /** The agreement that is charged; `undefined` where a payer has to pay. */
  readonly token: string | undefined;
  /** The pay API it was asked through. */
  readonly face: Face;
  /** From `paymentExpiryTime`, by the simulator's own clock; it can only shorten the order's life. */
  readonly shownExpiry: Instant | undefined;
  /** Hash of the fields that a repeat must repeat (order-code reference 3.1). */
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
  code: string | null;
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
  /** Gives an open order another code; the old one is of no use from now on. */
  recode(order: BookedOrder, code: string): void;
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
  /** Called with every change of an order, in words for the event log. */
  readonly changed: (order: BookedOrder, what: string) => void;
  /** Called when an order was created, so that somebody can see to its expiry. */
  readonly placed: (order: BookedOrder) => void;
}

const DAY_MS = 86_400_000;
const UTC8_MS = 8 * 3_600_000;
const REFUND_DAYS = 365;
const WINDOW_AFTER_MIDNIGHT_MS = 15 * 60_000;

interface Ledger {
  readonly parts: OrderBookParts;
  readonly orders: Map<string, BookedOrder>;
  readonly byPaymentId: Map<string, BookedOrder>;
  readonly byCode: Map<string, BookedOrder>;
  readonly refunds: Map<string, { order: BookedOrder; entry: GivenBack }>;
}

/** The upstream's own account book: the only memory the simulator has, and independent of what any client believes. */
export function createOrderBook(parts: OrderBookParts): OrderBook {
  const ledger: Ledger = { parts, orders: new Map(), byPaymentId: new Map(), byCode: new Map(), refunds: new Map() };
  return {
    place: (asked, clientId, code) => place(ledger, asked, clientId, code),
    find: (name) => find(ledger, name),
    findByCode: (code) => fresh(ledger, ledger.byCode.get(code)),
    recode(order, code) {
      if (order.state !== 'open' || order.code === null) return;
      ledger.byCode.delete(order.code);
      ledger.byCode.set(code, order);
      order.code = code;
      parts.changed(order, 'has another code');
    },
    cancel: (name, clientId) => cancel(ledger, name, clientId),
    refund: (name, refundRequestId, amount) => refund(ledger, name, refundRequestId, amount),
    pay: (order, late = false) => pay(ledger, order, late),
    close: (order, endCode) => fresh(ledger, order) !== undefined && close(ledger, order, endCode),
    all() {
      for (const order of ledger.orders.values()) fresh(ledger, order);
      return [...ledger.orders.values()];
    },
  };
}

function keep(ledger: Ledger, order: BookedOrder): BookedOrder {
  ledger.orders.set(order.paymentRequestId, order);
  if (order.paymentId !== null) ledger.byPaymentId.set(order.paymentId, order);
  if (order.code !== null) ledger.byCode.set(order.code, order);
  return order;
}

/** The order as it stands by now: one whose time is over is closed before anybody looks at it. */
function fresh(ledger: Ledger, order: BookedOrder | undefined): BookedOrder | undefined {
  const over = order?.state === 'open' && order.expiresAt !== null && ledger.parts.time.now() >= order.expiresAt;
  if (over) close(ledger, order, 'ORDER_IS_CLOSED');
  return order;
}

function close({ parts }: Ledger, order: BookedOrder, endCode: string): boolean {
  if (order.state !== 'open') return false;
  order.state = 'closed';
  order.endCode = endCode;
  parts.changed(order, `closed ${endCode}`);
  parts.ended(order);
  return true;
}

function find(ledger: Ledger, { paymentId, paymentRequestId }: OrderName): BookedOrder | undefined {
  if (paymentId !== undefined) return fresh(ledger, ledger.byPaymentId.get(paymentId));
  return paymentRequestId === undefined ? undefined : fresh(ledger, ledger.orders.get(paymentRequestId));
}

function place(ledger: Ledger, asked: AskedOrder, clientId: string, code?: string): ReturnType<OrderBook['place']> {
  const known = find(ledger, { paymentRequestId: asked.paymentRequestId });
  if (known !== undefined) {
    if (known.asked !== null && known.asked.keyValues !== asked.keyValues) return { kind: 'inconsistent', order: known };
    return { kind: known.state === 'open' || known.state === 'paid' ? 'placed' : 'closed', order: known };
  }
  const order = keep(ledger, newOrder(ledger.parts, asked, clientId, code));
  ledger.parts.changed(order, `open ${asked.amount.currency} ${asked.amount.value}`);
  if (fresh(ledger, order)?.state !== 'open') return { kind: 'closed', order };
  ledger.parts.placed(order);
  return { kind: 'placed', order };
}

function newOrder({ names, time, orderLifeMs }: OrderBookParts, asked: AskedOrder, clientId: string, code?: string): BookedOrder {
  const now = time.now();
  const life = addMs(now, orderLifeMs);
  const wanted = asked.shownExpiry === undefined ? life : time.meant(asked.shownExpiry);
  return {
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
  };
}

function windowOver({ time, cancelWindow }: OrderBookParts, paidAt: Instant): boolean {
  if (cancelWindow !== 'calendar') return cancelWindow === 'closed';
  const paidDay = Math.floor((time.shown(paidAt) + UTC8_MS) / DAY_MS);
  return time.shown(time.now()) >= (paidDay + 1) * DAY_MS - UTC8_MS + WINDOW_AFTER_MIDNIGHT_MS;
}

function giveBack(
  { names, time }: OrderBookParts,
  order: BookedOrder,
  type: GivenBack['type'],
  requestId: string,
  amount: Amount,
): GivenBack {
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

function cancel(ledger: Ledger, name: OrderName, clientId: string): ReturnType<OrderBook['cancel']> {
  const { parts } = ledger;
  const order = find(ledger, name);
  if (order === undefined) {
    if (name.paymentId !== undefined || name.paymentRequestId === undefined) return 'unknown';
    const never = keep(ledger, neverCreated(name.paymentRequestId, clientId, parts.time.now()));
    parts.changed(never, 'cancelled before it was placed');
    return 'cancelled';
  }
  if (order.state === 'cancelled') return 'cancelled';
  if (order.state === 'closed') return 'closed';
  if (order.state === 'paid' && order.asked !== null && order.paidAt !== null) {
    if (windowOver(parts, order.paidAt)) return 'windowOver';
    if (order.givenBack.some((entry) => entry.type === 'REFUND')) return 'refundedBefore';
    giveBack(parts, order, 'CANCEL', order.paymentRequestId, order.asked.amount);
  }
  parts.changed(order, order.state === 'paid' ? 'cancelled, money given back' : 'cancelled');
  order.state = 'cancelled';
  order.endCode = 'ORDER_IS_CLOSED';
  return 'cancelled';
}

function refund(ledger: Ledger, name: OrderName, refundRequestId: string, amount: Amount): ReturnType<OrderBook['refund']> {
  const { parts, refunds } = ledger;
  const order = find(ledger, name);
  if (order === undefined || order.asked === null || order.paidAt === null) return 'unknown';
  const before = refunds.get(refundRequestId);
  if (before !== undefined) {
    const same = before.order === order && sameAmount(before.entry.amount, amount);
    return same ? before.entry : 'inconsistent';
  }
  if (order.state === 'cancelled') return 'closed';
  if (amount.currency !== order.asked.amount.currency) return 'otherCurrency';
  if (parts.time.now() > addMs(order.paidAt, REFUND_DAYS * DAY_MS)) return 'tooLate';
  if (sumOf(order.givenBack) + BigInt(amount.value) > BigInt(order.asked.amount.value)) return 'tooMuch';
  const entry = giveBack(parts, order, 'REFUND', refundRequestId, amount);
  refunds.set(refundRequestId, { order, entry });
  parts.changed(order, `refunded ${amount.currency} ${amount.value}`);
  return entry;
}

function pay(ledger: Ledger, order: BookedOrder, late: boolean): boolean {
  fresh(ledger, order);
  if (order.asked === null || order.state === 'paid' || (order.state !== 'open' && !late)) return false;
  order.state = 'paid';
  order.endCode = null;
  order.paidAt = ledger.parts.time.now();
  order.timesCharged += 1;
  // What an earlier cancel gave back belonged to an earlier charge: this money is kept again.
  order.givenBack.length = 0;
  ledger.parts.changed(order, `paid, charged ${order.timesCharged}`);
  ledger.parts.ended(order);
  return true;
}

function neverCreated(paymentRequestId: string, clientId: string, now: Instant): BookedOrder {
  const nothing = { asked: null, paymentId: null, code: null, expiresAt: null, paidAt: null, timesCharged: 0, givenBack: [] };
  return { ...nothing, paymentRequestId, clientId, createdAt: now, state: 'cancelled', endCode: 'ORDER_IS_CLOSED' };
}

function sameAmount(a: Amount, b: Amount): boolean {
  return a.currency === b.currency && a.value === b.value;
}

/** Sum of what was given back, in smallest units. */
export function sumOf(entries: readonly GivenBack[]): bigint {
  return entries.reduce((sum, entry) => sum + BigInt(entry.amount.value), 0n);
}
