import { type Clock, utcText } from '../base/clock.js';
import { type AnswerParts, paymentFields, paymentResultOf } from './answer-bodies.js';
import { createRing } from './call-log.js';
import type { FaultPlan } from './fault-plan.js';
import { createCourier, type Delivery, type KeptNotification, type NotificationRecord } from './notice-courier.js';
import { isLoopbackUrl } from './notice-sender.js';
import type { NotificationChange } from './notification-faults.js';
import { type GenuineNotice, genuineNotice, knownTampers, type TamperParts, tamperedNotice } from './notification-tamper.js';
import type { BookedOrder } from './order-book.js';
import { headerTime, signAs } from './simulator-signing.js';
import type { WireObject, WireResult } from './simulator-words.js';

export interface Notifier {
  /** Notifies of an order as it stands now; does not wait. */
  notify(order: BookedOrder): void;
  /** Resolves when the newest notification of this order has been tried once. */
  tried(paymentRequestId: string): Promise<void>;
  /** Sends a notification again, `times` times, one after another; `undefined` for an unknown id, a sentence for an unknown tamper. */
  resend(id: string, times: number, tamper?: string): Promise<Delivery[] | string | undefined>;
  /** Sends a notification that the account book knows nothing of; a sentence when it cannot be sent. */
  invent(order: BookedOrder, result: WireResult, tamper?: string): Promise<Delivery | string>;
  list(): NotificationRecord[];
  /** How many deliveries are being prepared or wait for their acknowledgement; pauses do not count. */
  underWay(): number;
}

export interface NotifierParts extends AnswerParts, Omit<TamperParts, 'lastAcknowledgement'> {
  readonly clock: Clock;
  readonly plan: FaultPlan;
  /** Pauses after each delivery that was not acknowledged; their number + 1 deliveries at most (order-code reference 1.4). */
  readonly pausesMs: readonly number[];
  readonly ackTimeoutMs: number;
  readonly stop: AbortSignal;
}

const MOST_NOTIFICATIONS = 10_000;
const MOST_BEHIND_MS = 60_000;

/** Sends the upstream's notifications, repeats them until they are acknowledged, and keeps a record of all. */
export function createNotifier(parts: NotifierParts): Notifier {
  const { clock, time, keys, stop } = parts;
  const ring = createRing<KeptNotification>(MOST_NOTIFICATIONS);
  const newest = new Map<string, KeptNotification>();
  const courier = createCourier(parts);
  const overtaken: (() => void)[] = [];
  let count = 0;
  let underWay = 0;
  const tamperParts: TamperParts = { ...parts, lastAcknowledgement: courier.lastAcknowledgement };

  function keep(order: BookedOrder, result: WireResult, faults: readonly string[], body: WireObject): KeptNotification {
    count += 1;
    const record: NotificationRecord = {
      id: `N${count.toString().padStart(6, '0')}`,
      paymentRequestId: order.paymentRequestId,
      url: order.asked?.notifyUrl ?? '',
      at: utcText(clock.now()),
      paymentResult: result,
      faults,
      state: 'waiting',
      deliveries: [],
      attempts: 0,
    };
    const kept: KeptNotification = { record, clientId: order.clientId, body, tried: Promise.resolve() };
    ring.add(kept, 0);
    newest.delete(order.paymentRequestId);
    newest.set(order.paymentRequestId, kept);
    if (newest.size > MOST_NOTIFICATIONS) newest.delete(newest.keys().next().value ?? '');
    return kept;
  }

  function genuine({ record, clientId, body }: KeptNotification): GenuineNotice {
    const { pathname, search } = new URL(record.url);
    const shownTime = headerTime(time.shown(time.now()));
    return { path: pathname + search, clientId, time: shownTime, body, count: `${record.id} ${record.attempts}` };
  }

  function deliverOnce(kept: KeptNotification, change: NotificationChange): Promise<boolean> {
    underWay += 1;
    return signAndDeliver(kept, change).finally(() => {
      underWay -= 1;
    });
  }

  async function signAndDeliver(kept: KeptNotification, change: NotificationChange): Promise<boolean> {
    const notice = genuine(kept);
    const right = await genuineNotice(parts, notice);
    const signature = await signAs(keys, change.signing ?? 'own', notice, right.body, notice.time);
    const headers = right.headers.filter(([name]) => name !== 'signature');
    const out = { ...right, headers: signature === undefined ? headers : [...headers, ['signature', signature] as const] };
    const { acknowledged } = await courier.deliver(kept, out, notice.path, null);
    for (const go of overtaken.splice(0)) go();
    return acknowledged;
  }

  async function firstTry(kept: KeptNotification, change: NotificationChange): Promise<boolean> {
    if (change.lateMs !== undefined) await clock.sleep(change.lateMs, stop);
    if (change.behindNext === true) {
      const next = new Promise<void>((resolve) => overtaken.push(resolve));
      await Promise.race([next, clock.sleep(MOST_BEHIND_MS, stop)]);
    }
    if (stop.aborted) return false;
    const first = await deliverOnce(kept, change);
    return change.twice === true ? (await deliverOnce(kept, change)) || first : first;
  }

  async function repeatUntilAcknowledged(kept: KeptNotification, change: NotificationChange): Promise<void> {
    for (const pauseMs of parts.pausesMs) {
      await clock.sleep(pauseMs, stop);
      if (stop.aborted) {
        kept.record.state = 'stopped';
        return;
      }
      if (await deliverOnce(kept, change)) {
        kept.record.state = 'acknowledged';
        return;
      }
    }
    kept.record.state = 'given up';
  }

  function start(kept: KeptNotification, change: NotificationChange): void {
    if (change.lost === true) kept.record.state = 'lost';
    else if (!isLoopbackUrl(kept.record.url)) kept.record.state = 'not delivered: not loopback';
    else {
      const first = firstTry(kept, change);
      kept.tried = first.then(() => {});
      void first.then((acknowledged) => {
        if (acknowledged) kept.record.state = 'acknowledged';
        else return repeatUntilAcknowledged(kept, change);
      });
    }
  }

  async function again(kept: KeptNotification, tamper: string | undefined): Promise<Delivery> {
    const notice = genuine(kept);
    const out = tamper === undefined ? genuineNotice(parts, notice) : tamperedNotice(tamper, tamperParts, notice);
    return courier.deliver(kept, await (out ?? genuineNotice(parts, notice)), notice.path, tamper ?? null);
  }

  function unknownTamper(tamper: string | undefined): string | undefined {
    return tamper === undefined || knownTampers().includes(tamper)
      ? undefined
      : `unknown tamper; known: ${knownTampers().join(', ')}`;
  }

  return {
    notify(order) {
      if (order.asked === null) return;
      const { names, change } = parts.plan.forNotification();
      const result = paymentResultOf(order);
      const body = paymentFields(parts, order, result);
      start(keep(order, result, names, change.body?.(body) ?? body), change);
    },
    tried: (paymentRequestId) => newest.get(paymentRequestId)?.tried ?? Promise.resolve(),
    async resend(id, times, tamper) {
      const kept = ring.all().find(({ record }) => record.id === id);
      if (kept === undefined) return undefined;
      const wrong = unknownTamper(tamper) ?? (isLoopbackUrl(kept.record.url) ? undefined : 'not delivered: not loopback');
      if (wrong !== undefined) return wrong;
      const deliveries: Delivery[] = [];
      for (let i = 0; i < times && !stop.aborted; i += 1) deliveries.push(await again(kept, tamper));
      return deliveries;
    },
    async invent(order, result, tamper) {
      const wrong =
        unknownTamper(tamper) ?? (isLoopbackUrl(order.asked?.notifyUrl ?? '') ? undefined : 'not delivered: not loopback');
      if (wrong !== undefined) return wrong;
      const kept = keep(order, result, ['invented'], paymentFields(parts, order, result));
      const delivery = await again(kept, tamper);
      kept.record.state = delivery.acknowledged ? 'acknowledged' : 'given up';
      return delivery;
    },
    underWay: () => underWay,
    list: () => ring.all().map(({ record }) => record),
  };
}
