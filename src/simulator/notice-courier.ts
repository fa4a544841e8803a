import { type Clock, utcText } from '../base/clock.js';
import type { SentAnswer } from './call-desk.js';
import type { EventLog } from './event-log.js';
import type { Face } from './face.js';
import { type Reply, sendNotice } from './notice-sender.js';
import type { OutgoingNotice } from './notification-tamper.js';
import { oneHeader } from './read-request.js';
import { believed, type SimulatorKeys, verdictText } from './simulator-signing.js';
import type { WireObject, WireResult } from './simulator-words.js';
import type { Stories } from './stories.js';

/** One attempt to deliver a notification. */
export interface Delivery {
  readonly at: string;
  readonly tamper: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** `null` when no answer came; then `why` says what happened. */
  readonly status: number | null;
  readonly why: string | null;
  /** Signature of the acknowledgement: `good`, `not checked`, `unsigned`, `bad: why`; null without an answer. */
  readonly ackSignature: string | null;
  readonly ackBody: string | null;
  /** A 200 with a believed signature that says S: no repeat needed. */
  readonly acknowledged: boolean;
}

/** One notification and how its delivery went (`GET /sim/notifications`). */
export interface NotificationRecord {
  readonly id: string;
  readonly paymentRequestId: string;
  readonly url: string;
  readonly at: string;
  readonly paymentResult: WireResult;
  readonly faults: readonly string[];
  state: 'waiting' | 'acknowledged' | 'given up' | 'lost' | 'not delivered: not loopback' | 'stopped';
  /** The newest 50 attempts. */
  deliveries: Delivery[];
  /** How many attempts there were in all. */
  attempts: number;
}

/** A notification with what is needed to send it again. */
export interface KeptNotification {
  readonly record: NotificationRecord;
  readonly clientId: string;
  readonly face: Face;
  readonly body: WireObject;
  readonly story: string;
  /** Its number within the story. */
  readonly nth: number;
  /** Resolves when it has been tried once. */
  tried: Promise<void>;
}

/** What is special about one delivery. */
export interface DeliveryManner {
  readonly tamper?: string | undefined;
  readonly hangUp?: boolean | undefined;
}

export interface Courier {
  /** Delivers once and writes it into the record. `path` is the one that the acknowledgement must be signed over. */
  deliver(kept: KeptNotification, out: OutgoingNotice, path: string, how: DeliveryManner): Promise<Delivery>;
  lastAcknowledgement(): SentAnswer | undefined;
}

export interface CourierParts {
  readonly clock: Clock;
  readonly keys: SimulatorKeys;
  readonly stories: Stories;
  readonly events: EventLog;
  readonly ackTimeoutMs: number;
  readonly stop: AbortSignal;
}

const MOST_DELIVERIES = 50;

/** Carries notifications to their receivers and judges the acknowledgements (order-code reference 4.2). */
export function createCourier({ clock, keys, stories, events, ackTimeoutMs, stop }: CourierParts): Courier {
  let lastAcknowledgement: SentAnswer | undefined;

  async function deliver(
    kept: KeptNotification,
    out: OutgoingNotice,
    path: string,
    { tamper, hangUp = false }: DeliveryManner,
  ): Promise<Delivery> {
    const { record, clientId, face, story } = kept;
    record.attempts += 1;
    const nth = stories.next(story, 'delivery');
    const at = utcText(clock.now());
    const reply = await sendNotice(clock, record.url, out, { timeoutMs: ackTimeoutMs, hangUp, stop });
    const delivery: Delivery = {
      at,
      tamper: tamper ?? null,
      headers: out.headers,
      body: out.body.toString('utf8'),
      ...judge(reply, path, clientId, face),
    };
    const told = `of notification ${kept.nth}${tamper === undefined ? '' : `, tampered ${tamper}`}`;
    if (!stop.aborted) events.add(story, 'delivery', nth, `${told}, ${delivery.acknowledged ? '' : 'not '}acknowledged`);
    record.deliveries = [...record.deliveries, delivery].slice(-MOST_DELIVERIES);
    return delivery;
  }

  function judge(reply: Reply, path: string, clientId: string, face: Face): Omit<Delivery, 'at' | 'tamper' | 'headers' | 'body'> {
    if (reply.kind === 'silent') return { status: null, why: reply.why, ackSignature: null, ackBody: null, acknowledged: false };
    const context = { path, clientId: oneHeader(reply.headers, 'client-id'), time: oneHeader(reply.headers, 'response-time') };
    const signature = reply.headers['signature'];
    const ackSignature =
      context.clientId === clientId ? verdictText(keys, signature, context, reply.body, face.algorithm) : 'bad: client id';
    if (typeof signature === 'string') lastAcknowledgement = { ...context, signature, body: reply.body };
    const acknowledged = reply.status === 200 && believed(ackSignature) && saysS(reply.body);
    return { status: reply.status, why: null, ackSignature, ackBody: reply.body.toString('utf8').slice(0, 4096), acknowledged };
  }

  return { deliver, lastAcknowledgement: () => lastAcknowledgement };
}

function saysS(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const result = typeof value === 'object' && value !== null && 'result' in value ? value.result : undefined;
    return typeof result === 'object' && result !== null && 'resultStatus' in result && result.resultStatus === 'S';
  } catch {
    return false;
  }
}
