import type { Signing } from './call-change.js';
import type { WireObject } from './simulator-words.js';
import { WRONG_FIELDS } from './wrong-fields.js';

/** What a fault changes about one notification; everything left out goes its normal way. */
export interface NotificationChange {
  /** Never sent, nor repeated. */
  readonly lost?: boolean;
  /** Delivered twice in a row, whatever the acknowledgement. */
  readonly twice?: boolean;
  readonly lateMs?: number;
  /** Held back until the next notification, of whichever order, has gone out; a minute at most. */
  readonly behindNext?: boolean;
  readonly signing?: Signing;
  readonly body?: (body: WireObject) => WireObject;
}

interface NotificationFault {
  readonly name: string;
  readonly does: string;
  /** `undefined` when the parameters make no sense. */
  change(parameters: readonly string[]): NotificationChange | undefined;
}

const asIs = (change: NotificationChange) => () => change;

/** Every fault of a notification. Add a row to add a fault. */
export const NOTIFICATION_FAULTS: readonly NotificationFault[] = [
  { name: 'lose', does: 'never sent', change: asIs({ lost: true }) },
  { name: 'twice', does: 'delivered twice in a row', change: asIs({ twice: true }) },
  {
    name: 'late:MS',
    does: 'sent only after MS',
    change: ([ms]) => (ms !== undefined && /^[0-9]{1,9}$/.test(ms) ? { lateMs: Number(ms) } : undefined),
  },
  {
    name: 'forged',
    does: 'the genuine one is lost; one signed with a strange key comes instead',
    change: asIs({ signing: 'stranger' }),
  },
  { name: 'signed_by_client_key', does: "signed with the receiver's own key instead", change: asIs({ signing: 'client' }) },
  { name: 'unsigned', does: 'sent without a signature', change: asIs({ signing: 'none' }) },
  { name: 'out_of_order', does: 'held back until the next notification has gone out', change: asIs({ behindNext: true }) },
  ...Object.entries(WRONG_FIELDS).map(([name, { does, change }]) => ({ name, does, change: asIs({ body: change }) })),
];

/** Several faults may meet in one notification: the later wins, except that changes of the body add up. */
export function mergeNotificationChanges(changes: readonly NotificationChange[]): NotificationChange {
  const merged: NotificationChange = Object.assign({}, ...changes);
  const bodies = changes.flatMap(({ body }) => (body === undefined ? [] : [body]));
  if (bodies.length < 2) return merged;
  return { ...merged, body: (body) => bodies.reduce((changed, change) => change(changed), body) };
}
