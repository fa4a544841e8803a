import { type Clock, utcText } from '../base/clock.js';
import { type AnswerParts, paymentResultOf } from './answer-bodies.js';
import { createRing, type Ring } from './call-log.js';
import type { EventLog } from './event-log.js';
import { keysAs } from './face.js';
import type { FaultPlan } from './fault-plan.js';
import { type Courier, createCourier, type Delivery, type KeptNotification, type NotificationRecord } from './notice-courier.js';
import { isLoopbackUrl } from './notice-sender.js';
import type { NotificationChange } from './notification-faults.js';
import { type GenuineNotice, genuineNotice, knownTampers, type TamperParts, tamperedNotice } from './notification-tamper.js';
import type { BookedOrder } from './order-book.js';
import { ORDER_CODE_FACE } from './order-code-face.js';
import { signAs } from './simulator-signing.js';
import { SUCCESS, type WireObject, type WireResult, wireResult } from './simulator-words.js';
import type { Stories } from './stories.js';

export interface Notifier {
  /** Notifies of an order as it stands now; does not wait. */
  notify(order: BookedOrder): void;
  /** Sends the address of the order's cashier to where it was asked for, if it was; resolves when that has been tried once. */
  sendAddress(order: BookedOrder, afterMs: number): Promise<void>;
  /** Resolves when the newest notification of this order has been tried once. */
  tried(paymentRequestId: string): Promise<void>;
  /**
   * Sends a notification again, `times` times, one after another; by the id of an order it is that order's newest. `undefined` for an
   * unknown id, a sentence for an unknown tamper.
   */
  resend(id: string, times: number, tamper?: string): Promise<Delivery[] | string | undefined>;
  /** Sends a notification that the account book knows nothing of; a sentence when it cannot be sent. */
  invent(order: BookedOrder, result: WireResult, tamper?: string): Promise<Delivery | string>;
  list(): NotificationRecord[];
  /** How many are no longer kept. */
  dropped(): number;
  /** How many deliveries are being prepared or wait for their acknowledgement; pauses do not count. */
  underWay(): number;
}

export interface NotifierParts extends AnswerParts, Omit<TamperParts, 'lastAcknowledgement'> {
  readonly clock: Clock;
  readonly plan: FaultPlan;
  readonly stories: Stories;
  readonly events: EventLog;
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
    sendAddress: (order, afterMs) => sendAddress(office, order, afterMs),
    tried: (paymentRequestId) => office.newest.get(paymentRequestId)?.tried ?? Promise.resolve(),
    resend: (id, times, tamper) => resend(office, id, times, tamper),
    invent: (order, result, tamper) => invent(office, order, result, tamper),
    underWay: () => office.underWay,
    list: () => office.ring.all().map(({ record }) => record),
    dropped: () => office.ring.dropped(),
  };
}

function notify(office: Office, order: BookedOrder): void {
  if (order.asked === null) return;
  const { parts } = office;
  const { plan, stories } = parts;
  const story = stories.ofOrder(order);
  const nth = stories.next(story, 'notification');
  const { names, change } = plan.forNotification(story, nth);
  const result = paymentResultOf(order);
  const body = noticeOf(parts, order, result);
  const kept = keep(office, order, { result, faults: names, body: change.body?.(body) ?? body, story, nth });
  start(office, kept, change);
  if (change.opposite !== undefined) void contradict(office, order, kept, change.opposite);
}

/** Sibling reference 1.6: a message of its own, to a URL of its own. */
function sendAddress(office: Office, order: BookedOrder, afterMs: number): Promise<void> {
  const url = order.asked?.cashierNotifyUrl;
  if (url === undefined) return Promise.resolve();
  const { stories } = office.parts;
  const story = stories.ofOrder(order);
  const body = { paymentId: order.paymentId, cashierRedirectUrl: order.code };
  const nth = stories.next(story, 'notification');
  const result = wireResult('ACCEPT', 'A');
  const kept = keep(office, order, { result, faults: ['address by itself'], body, story, nth, url });
  start(office, kept, afterMs === 0 ? {} : { lateMs: afterMs });
  return kept.tried;
}

/** A second, genuine notification behind the first that says the opposite of it. */
async function contradict(office: Office, order: BookedOrder, first: KeptNotification, failure: WireResult): Promise<void> {
  const { parts } = office;
  const { story } = first;
  await first.tried;
  if (parts.stop.aborted) return;
  const result = first.record.paymentResult.resultStatus === 'S' ? failure : SUCCESS;
  const nth = parts.stories.next(story, 'notification');
  const body = noticeOf(parts, order, result);
  start(office, keep(office, order, { result, faults: ['contradiction'], body, story, nth }), {});
}

function refusalOf(tamper: string | undefined, url: string | undefined): string | undefined {
  if (tamper !== undefined && !knownTampers().includes(tamper)) return `unknown tamper; known: ${knownTampers().join(', ')}`;
  return isLoopbackUrl(url ?? '') ? undefined : 'not delivered: not loopback';
}

async function resend(office: Office, id: string, times: number, tamper?: string): Promise<Delivery[] | string | undefined> {
  const kept = office.ring.all().find(({ record }) => record.id === id) ?? office.newest.get(id);
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
  const { stories } = office.parts;
  const story = stories.ofOrder(order);
  const nth = stories.next(story, 'notification');
  const body = noticeOf(office.parts, order, result);
  const kept = keep(office, order, { result, faults: ['invented'], body, story, nth });
  const delivery = await again(office, kept, tamper);
  kept.record.state = delivery.acknowledged ? 'acknowledged' : 'given up';
  return delivery;
}

/** What a notification says, and where it stands. */
interface Wording {
  readonly result: WireResult;
  readonly faults: readonly string[];
  readonly body: WireObject;
  readonly story: string;
  readonly nth: number;
  /** Where it goes, if not to the order's `paymentNotifyUrl`. */
  readonly url?: string;
}

function keep(office: Office, order: BookedOrder, { result, faults, body, story, nth, url }: Wording): KeptNotification {
  const { newest } = office;
  office.count += 1;
  const record: NotificationRecord = {
    id: `N${office.count.toString().padStart(6, '0')}`,
    paymentRequestId: order.paymentRequestId,
    url: url ?? order.asked?.notifyUrl ?? '',
    at: utcText(office.parts.clock.now()),
    paymentResult: result,
    faults,
    state: 'waiting',
    deliveries: [],
    attempts: 0,
  };
  const face = order.asked?.face ?? ORDER_CODE_FACE;
  const kept: KeptNotification = { record, clientId: order.clientId, face, body, story, nth, tried: Promise.resolve() };
  const played = faults.length === 0 ? 'no fault' : `fault ${faults.join(' + ')}`;
  office.parts.events.add(story, 'notification', nth, `${played}, says ${result.resultCode}:${result.resultStatus}`);
  office.ring.add(kept, 0);
  newest.delete(order.paymentRequestId);
  newest.set(order.paymentRequestId, kept);
  if (newest.size > MOST_NOTIFICATIONS) newest.delete(newest.keys().next().value ?? '');
  return kept;
}

function noticeOf(parts: AnswerParts, order: BookedOrder, result: WireResult): WireObject {
  return (order.asked?.face ?? ORDER_CODE_FACE).notice(parts, order, result);
}

function genuine({ time }: NotifierParts, { record, clientId, face, body }: KeptNotification): GenuineNotice {
  const { pathname, search } = new URL(record.url);
  const shownTime = face.timeText(time.shown(time.now()));
  return { path: pathname + search, clientId, time: shownTime, body, count: `${record.id} ${record.attempts}` };
}

function start(office: Office, kept: KeptNotification, change: NotificationChange): void {
  if (change.lost === true) kept.record.state = 'lost';
  else if (!isLoopbackUrl(kept.record.url)) kept.record.state = 'not delivered: not loopback';
  else {
    const first = firstTry(office, kept, change);
    kept.tried = first.then(() => {});
    void first.then((acknowledged) => {
      if (!acknowledged) return repeatUntilAcknowledged(office, kept, { ...change, hangUp: false });
      kept.record.state = 'acknowledged';
      return change.againAfterMs === undefined ? undefined : onceMore(office, kept, change, change.againAfterMs);
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
  let acknowledged = false;
  for (let i = 0; i < (change.inTurn ?? 1); i += 1) {
    const tried = await Promise.all(Array.from({ length: change.atOnce ?? 1 }, () => deliverOnce(office, kept, change)));
    acknowledged = tried.includes(true) || acknowledged;
  }
  return acknowledged;
}

async function onceMore(office: Office, kept: KeptNotification, change: NotificationChange, afterMs: number): Promise<void> {
  const { clock, stop } = office.parts;
  await clock.sleep(afterMs, stop);
  if (!stop.aborted) await deliverOnce(office, kept, change);
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
  const keys = keysAs(parts.keys, kept.face);
  const right = await genuineNotice({ keys }, notice);
  const signature = await signAs(keys, change.signing ?? 'own', notice, right.body, notice.time);
  const headers = right.headers.filter(([name]) => name !== 'signature');
  const out = { ...right, headers: signature === undefined ? headers : [...headers, ['signature', signature] as const] };
  const { acknowledged } = await courier.deliver(kept, out, notice.path, { hangUp: change.hangUp });
  for (const go of office.overtaken.splice(0)) go();
  return acknowledged;
}

async function again({ parts, courier }: Office, kept: KeptNotification, tamper: string | undefined): Promise<Delivery> {
  const notice = genuine(parts, kept);
  const keys = keysAs(parts.keys, kept.face);
  const tamperParts: TamperParts = { ...parts, keys, lastAcknowledgement: courier.lastAcknowledgement };
  const out = tamper === undefined ? undefined : tamperedNotice(tamper, tamperParts, notice);
  return courier.deliver(kept, await (out ?? genuineNotice({ keys }, notice)), notice.path, { tamper });
}
