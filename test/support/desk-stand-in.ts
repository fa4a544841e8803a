import type { Clock } from '#src/base/clock.js';
import type { Doorbell } from '#src/base/doorbell.js';
import { holdsLane, isFinal, type LaneId, type Payment, type PaymentLife, type StateName } from '#src/payment/payment.js';
import type { SaleAnswer } from '#src/payment/payment-desk.js';
import type { LaneEvent, PaymentReader, TerminalDesk } from '#src/terminal/terminal-ports.js';
import { samplePayment } from './payment-samples.js';

type AnyEvent = LaneEvent extends infer E ? (E extends LaneEvent ? Omit<E, 'id'> : never) : never;

/** Payments in memory with a lane journal: what the terminal API needs of desk and books, without upstream and disk. */
export interface DeskStandIn {
  readonly desk: TerminalDesk;
  readonly reader: PaymentReader;
  /** Stores a payment as new, with its event. */
  put(payment: Payment): Payment;
  /** Moves a payment on, raises its version, tells its lane. */
  move(id: string, state: StateName, life?: Partial<PaymentLife>): Payment;
  display(laneId: string, display: Readonly<Record<string, unknown>>): void;
  /** Throws away the events of a lane up to an id, as the books do with old ones. */
  forgetEvents(laneId: string, upToId: number): void;
  /** What the next sale is answered, whatever it says. */
  answerNext(answer: SaleAnswer | Error): void;
  /** How often a new sale was stored. */
  stored(): number;
}

/** Makes the stand-in; `firstState` is where a new sale stands when its wait ends. */
export function createDeskStandIn(clock: Clock, doorbell: Doorbell, firstState: StateName = 'awaiting_payer'): DeskStandIn {
  const payments = new Map<string, Payment>();
  const sales = new Map<string, string>();
  const events: LaneEvent[] = [];
  const next: (SaleAnswer | Error)[] = [];
  let eventId = 100;
  let stored = 0;

  function tell(event: AnyEvent): void {
    eventId += 3;
    events.push({ ...event, id: eventId } as LaneEvent);
    doorbell.ring(`lane:${event.laneId}`);
  }

  function put(payment: Payment): Payment {
    payments.set(payment.paymentRequestId, payment);
    tell({ kind: 'payment', laneId: payment.laneId, payment });
    doorbell.ring(payment.paymentRequestId);
    return payment;
  }

  function move(id: string, state: StateName, life: Partial<PaymentLife> = {}): Payment {
    const old = payments.get(id);
    if (old === undefined) throw new Error(`no payment ${id}`);
    const typical = samplePayment(state).life;
    const merged = {
      ...typical,
      createdAt: old.life.createdAt,
      code: typical.code === null ? null : old.life.code,
      ...life,
      state,
    };
    return put({ ...old, version: old.version + 1, updatedAt: clock.now(), life: merged });
  }

  const openOn = (laneId: string) => [...payments.values()].find((p) => p.laneId === laneId && holdsLane(p.life.state));

  const desk: TerminalDesk = {
    async accept({ asked, admit, replaceOpenPayment }) {
      const planned = next.shift();
      if (planned instanceof Error) throw planned;
      if (planned !== undefined) return planned;
      const name = `${asked.terminalId} ${asked.saleReference}`;
      const same = payments.get(sales.get(name) ?? '');
      if (same !== undefined) {
        const equal = same.amount.currency === asked.amount.currency && same.amount.value === asked.amount.value;
        return equal ? { kind: 'repeated', payment: same } : { kind: 'saleConflict', existing: same };
      }
      const sale = admit();
      const open = openOn(sale.laneId);
      if (open !== undefined && !replaceOpenPayment) return { kind: 'laneBusy', open };
      if (open !== undefined) move(open.paymentRequestId, 'cancelled');
      stored += 1;
      const id = `SHOP114-${String(stored).padStart(4, '0')}`;
      const made = samplePayment(firstState, { ...sale, id, life: { createdAt: clock.now() } });
      sales.set(name, id);
      return { kind: 'created', payment: put({ ...made, amount: sale.amount }) };
    },
    async cancel({ paymentRequestId }) {
      const payment = payments.get(paymentRequestId);
      if (payment === undefined) return { kind: 'unknown' };
      if (payment.life.state === 'cancelled') return { kind: 'alreadyCancelled', payment };
      if (isFinal(payment.life.state)) return { kind: 'notCancellable', payment };
      return { kind: 'accepted', payment: move(paymentRequestId, 'cancelling') };
    },
    refund: async () => ({ kind: 'unknown' }),
    undo: async () => ({ kind: 'unknown' }),
  };

  const reader: PaymentReader = {
    find: async (id) => payments.get(id),
    async list({ lanes, saleReference, state, limit, after }) {
      const key = (p: { createdAt: number; id: string }) => `${String(p.createdAt).padStart(15, '0')} ${p.id}`;
      const keyOf = (p: Payment) => key({ createdAt: p.life.createdAt, id: p.paymentRequestId });
      const bound = after === null ? undefined : key({ createdAt: after.createdAt, id: after.paymentRequestId });
      return [...payments.values()]
        .filter((p) => lanes.includes(p.laneId) && (saleReference === null || p.saleReference === saleReference))
        .filter((p) => state === null || p.life.state === state)
        .filter((p) => bound === undefined || keyOf(p) < bound)
        .sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))
        .slice(0, limit);
    },
    refunds: async () => [],
    openOnLane: async (laneId) => openOn(laneId),
    events: async ({ laneId, afterId, limit }) =>
      events.filter((event) => event.laneId === laneId && event.id > afterId).slice(0, limit),
    newestEventId: async (laneId) => events.findLast((event) => event.laneId === laneId)?.id ?? null,
  };

  return {
    desk,
    reader,
    put,
    move,
    display: (laneId, display) => tell({ kind: 'display', laneId: laneId as LaneId, display }),
    forgetEvents(laneId, upToId) {
      for (let i = events.length - 1; i >= 0; i -= 1) {
        const event = events[i];
        if (event?.laneId === laneId && event.id <= upToId) events.splice(i, 1);
      }
    },
    answerNext: (answer) => void next.push(answer),
    stored: () => stored,
  };
}
