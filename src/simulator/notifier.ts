import { type Clock, utcText } from '../base/clock.js';
import { type AnswerParts, paymentFields, paymentResultOf } from './answer-bodies.js';
import { createRing, type Ring } from './call-log.js';
import type { FaultPlan } from './fault-plan.js';
import { type Courier, createCourier, type Delivery, type KeptNotification, type NotificationRecord } from './notice-courier.js';
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

interface Office {
  readonly parts: NotifierParts;
  readonly courier: Courier;
  readonly ring: Ring<KeptNotification>;
  /** The newest notification of each order. */
  readonly newest: Map<string, KeptNotification>;
  /** Those that are held back until the next one has gone out. */
  overtaken: (() => void)[];
  count: number;
  underWay: number;
}

/** Sends the upstream's notifications, repeats them until they are acknowledged, and keeps a record of all. */
export function createNotifier(parts: NotifierParts): Notifier {
  const office: Office = {
    parts,
    courier: createCourier(parts),
    ring: createRing<KeptNotification>(MOST_NOTIFICATIONS),
    newest: new Map(),
    overtaken: [],
    count: 0,
    underWay: 0,
  };
  return {
    notify: (order) => notify(office, order),
    tried: (paymentRequestId) => office.newest.get(paymentRequestId)?.tried ?? Promise.resolve(),
    resend: (id, times, tamper) => resend(office, id, times, tamper),
    invent: (order, result, tamper) => invent(office, order, result, tamper),
    underWay: () => office.underWay,
    list: () => office.ring.all().map(({ record }) => record),
  };
}

function notify(office: Office, order: BookedOrder): void {
  if (order.asked === null) return;
  const { parts } = office;
  const { names, change } = parts.plan.forNotification();
  const result = paymentResultOf(order);
  const body = paymentFields(parts, order, result);
  start(office, keep(office, order, result, names, change.body?.(body) ?? body), change);
}

function refusalOf(tamper: string | undefined, url: string | undefined): string | undefined {
  if (tamper !== undefined && !knownTampers().includes(tamper)) return `unknown tamper; known: ${knownTampers().join(', ')}`;
  return isLoopbackUrl(url ?? '') ? undefined : 'not delivered: not loopback';
}

async function resend(office: Office, id: string, times: number, tamper?: string): Promise<Delivery[] | string | undefined> {
  const kept = office.ring.all().find(({ record }) => record.id === id);
  if (kept === undefined) return undefined;
  const wrong = refusalOf(tamper, kept.record.url);
  if (wrong !== undefined) return wrong;
  const deliveries: Delivery[] = [];
  for (let i = 0; i < times && !office.parts.stop.aborted; i += 1) deliveries.push(await again(office, kept, tamper));
  return deliveries;
}

async function invent(office: Office, order: BookedOrder, result: WireResult, tamper?: string): Promise<Delivery | string> {
  const wrong = refusalOf(tamper, order.asked?.notifyUrl);
  if (wrong !== undefined) return wrong;
  const kept = keep(office, order, result, ['invented'], paymentFields(office.parts, order, result));
  const delivery = await again(office, kept, tamper);
  kept.record.state = delivery.acknowledged ? 'acknowledged' : 'given up';
  return delivery;
}

function keep(
  office: Office,
  order: BookedOrder,
  result: WireResult,
  faults: readonly string[],
  body: WireObject,
): KeptNotification {
  const { newest } = office;
  office.count += 1;
  const record: NotificationRecord = {
    id: `N${office.count.toString().padStart(6, '0')}`,
    paymentRequestId: order.paymentRequestId,
    url: order.asked?.notifyUrl ?? '',
    at: utcText(office.parts.clock.now()),
    paymentResult: result,
    faults,
    state: 'waiting',
    deliveries: [],
    attempts: 0,
  };
  const kept: KeptNotification = { record, clientId: order.clientId, body, tried: Promise.resolve() };
  office.ring.add(kept, 0);
  newest.delete(order.paymentRequestId);
  newest.set(order.paymentRequestId, kept);
  if (newest.size > MOST_NOTIFICATIONS) newest.delete(newest.keys().next().value ?? '');
  return kept;
}

function genuine({ time }: NotifierParts, { record, clientId, body }: KeptNotification): GenuineNotice {
  const { pathname, search } = new URL(record.url);
  const shownTime = headerTime(time.shown(time.now()));
  return { path: pathname + search, clientId, time: shownTime, body, count: `${record.id} ${record.attempts}` };
}

function start(office: Office, kept: KeptNotification, change: NotificationChange): void {
  if (change.lost === true) kept.record.state = 'lost';
  else if (!isLoopbackUrl(kept.record.url)) kept.record.state = 'not delivered: not loopback';
  else {
    const first = firstTry(office, kept, change);
    kept.tried = first.then(() => {});
    void first.then((acknowledged) => {
      if (acknowledged) kept.record.state = 'acknowledged';
      else return repeatUntilAcknowledged(office, kept, change);
    });
  }
}

async function firstTry(office: Office, kept: KeptNotification, change: NotificationChange): Promise<boolean> {
  const { clock, stop } = office.parts;
  if (change.lateMs !== undefined) await clock.sleep(change.lateMs, stop);
  if (change.behindNext === true) {
    const next = new Promise<void>((resolve) => office.overtaken.push(resolve));
    await Promise.race([next, clock.sleep(MOST_BEHIND_MS, stop)]);
  }
  if (stop.aborted) return false;
  const first = await deliverOnce(office, kept, change);
  return change.twice === true ? (await deliverOnce(office, kept, change)) || first : first;
}

async function repeatUntilAcknowledged(office: Office, kept: KeptNotification, change: NotificationChange): Promise<void> {
  const { clock, stop, pausesMs } = office.parts;
  for (const pauseMs of pausesMs) {
    await clock.sleep(pauseMs, stop);
    if (stop.aborted) {
      kept.record.state = 'stopped';
      return;
    }
    if (await deliverOnce(office, kept, change)) {
      kept.record.state = 'acknowledged';
      return;
    }
  }
  kept.record.state = 'given up';
}

function deliverOnce(office: Office, kept: KeptNotification, change: NotificationChange): Promise<boolean> {
  office.underWay += 1;
  return signAndDeliver(office, kept, change).finally(() => {
    office.underWay -= 1;
  });
}

async function signAndDeliver(office: Office, kept: KeptNotification, change: NotificationChange): Promise<boolean> {
  const { parts, courier } = office;
  const notice = genuine(parts, kept);
  const right = await genuineNotice(parts, notice);
  const signature = await signAs(parts.keys, change.signing ?? 'own', notice, right.body, notice.time);
  const headers = right.headers.filter(([name]) => name !== 'signature');
  const out = { ...right, headers: signature === undefined ? headers : [...headers, ['signature', signature] as const] };
  const { acknowledged } = await courier.deliver(kept, out, notice.path, null);
  for (const go of office.overtaken.splice(0)) go();
  return acknowledged;
}

async function again({ parts, courier }: Office, kept: KeptNotification, tamper: string | undefined): Promise<Delivery> {
  const notice = genuine(parts, kept);
  const tamperParts: TamperParts = { ...parts, lastAcknowledgement: courier.lastAcknowledgement };
  const out = tamper === undefined ? undefined : tamperedNotice(tamper, tamperParts, notice);
  return courier.deliver(kept, await (out ?? genuineNotice(parts, notice)), notice.path, tamper ?? null);
}
