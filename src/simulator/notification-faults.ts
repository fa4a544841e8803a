import type { Signing } from './call-change.js';
import { asIs, count, type FaultWords, withNumber } from './fault-row.js';
import { type WireObject, type WireResult, wireResult } from './simulator-words.js';
import { WRONG_FIELDS } from './wrong-fields.js';

/** What a fault changes about one notification; everything left out goes its normal way. */
export interface NotificationChange {
  /** Never sent, nor repeated. */
  readonly lost?: boolean;
  /** Delivered so often one after another, whatever the acknowledgement. */
  readonly inTurn?: number;
  /** Delivered so often at the same moment. */
  readonly atOnce?: number;
  readonly lateMs?: number;
  /** Delivered once more, so long after it was acknowledged. */
  readonly againAfterMs?: number;
  /** Held back until the next notification, of whichever order, has gone out; a minute at most. */
  readonly behindNext?: boolean;
  /** The connection is cut as soon as the request has been written; what the receiver says is never heard. */
  readonly hangUp?: boolean;
  /** Behind it comes a second, genuine one that says the opposite: this failure, or that it was paid. */
  readonly opposite?: WireResult;
  readonly signing?: Signing;
  readonly body?: (body: WireObject) => WireObject;
}

interface NotificationFault extends FaultWords {
  /** `undefined` when the parameters make no sense. */
  change(parameters: readonly string[]): NotificationChange | undefined;
}

/** Every fault of a notification. Add a row to add a fault. */
export const NOTIFICATION_FAULTS: readonly NotificationFault[] = [
  { name: 'lose', level: 1, does: 'never sent', change: asIs({ lost: true }) },
  { name: 'twice', level: 1, does: 'delivered twice in a row', change: asIs({ inTurn: 2 }) },
  {
    name: 'burst:N',
    level: 1,
    examples: ['burst:5'],
    does: 'delivered N times at the same moment',
    change: ([times]) => withNumber(count(times), (wanted) => ({ atOnce: Math.min(Math.max(wanted, 1), 100) })),
  },
  {
    name: 'late:MS',
    level: 1,
    examples: ['late:1500', 'late:20000'],
    does: 'sent only after MS',
    change: ([ms]) => withNumber(count(ms), (lateMs) => ({ lateMs })),
  },
  {
    name: 'again:MS',
    level: 1,
    examples: ['again:3000'],
    does: 'delivered once more, MS after it was acknowledged',
    change: ([ms]) => withNumber(count(ms), (againAfterMs) => ({ againAfterMs })),
  },
  {
    name: 'hang_up',
    level: 1,
    does: 'cut as soon as it is written, the acknowledgement unheard; repeated as one that was not acknowledged',
    change: asIs({ hangUp: true }),
  },
  {
    name: 'out_of_order',
    level: 1,
    does: 'held back until the next notification has gone out',
    change: asIs({ behindNext: true }),
  },
  {
    name: 'forged',
    level: 2,
    does: 'the genuine one is lost; one signed with a strange key comes instead',
    change: asIs({ signing: 'stranger' }),
  },
  {
    name: 'signed_by_client_key',
    level: 2,
    does: "signed with the receiver's own key instead",
    change: asIs({ signing: 'client' }),
  },
  { name: 'unsigned', level: 2, does: 'sent without a signature', change: asIs({ signing: 'none' }) },
  {
    name: 'contradicted:CODE',
    level: 3,
    examples: ['contradicted:ORDER_IS_CLOSED'],
    does: 'behind it comes a second, genuine one that says the opposite: F with this code after a success, S after a failure',
    change: ([code = 'ORDER_IS_CLOSED']) => ({ opposite: wireResult(code, 'F') }),
  },
  {
    name: 'payment_pending',
    level: 3,
    does: 'auto debit: sent as PAYMENT_PENDING, which says nothing final',
    change: asIs<NotificationChange>({
      body: (body) => ('notifyType' in body ? { ...body, notifyType: 'PAYMENT_PENDING' } : body),
    }),
  },
  ...Object.entries(WRONG_FIELDS).map(([name, { level, does, change }]) => ({
    name,
    level,
    does,
    change: asIs({ body: change }),
  })),
];

/** Several faults may meet in one notification: the later wins, except that changes of the body add up. */
export function mergeNotificationChanges(changes: readonly NotificationChange[]): NotificationChange {
  const merged: NotificationChange = Object.assign({}, ...changes);
  const bodies = changes.flatMap(({ body }) => (body === undefined ? [] : [body]));
  if (bodies.length < 2) return merged;
  return { ...merged, body: (body) => bodies.reduce((changed, change) => change(changed), body) };
}
