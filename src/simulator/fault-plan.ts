import { type CallChange, mergeCallChanges } from './call-change.js';
import { CALL_FAULTS } from './call-faults.js';
import { mergeNotificationChanges, NOTIFICATION_FAULTS, type NotificationChange } from './notification-faults.js';
import { CALL_NAMES, type CallName } from './simulator-words.js';

/**
 * One trouble to play. `name` may carry parameters after colons (`slow:1500`). `call` limits it to one kind of call (default: every kind it
 * makes sense for); `nth` counts such calls from the moment the plan is set (default 1); `times` says for how many of them in a row it
 * holds (default 1; 0 for ever).
 */
export interface Fault {
  readonly name: string;
  readonly call?: CallName | 'notification';
  readonly nth?: number;
  readonly times?: number;
}

/** A name that `setFaults` knows, for `GET /sim/faults`. */
export interface KnownFault {
  readonly name: string;
  readonly calls: readonly (CallName | 'notification')[];
  readonly does: string;
}

export interface FaultPlan {
  /** Replaces the plan and starts counting anew; answers a sentence, and changes nothing, when a fault cannot be played. */
  set(faults: readonly Fault[]): string | undefined;
  /** The plan as set, each with how often it was played. */
  list(): (Fault & { readonly played: number })[];
  forCall(call: CallName): { names: string[]; change: CallChange };
  forNotification(): { names: string[]; change: NotificationChange };
}

interface Planned {
  readonly fault: Fault;
  readonly kind: 'call' | 'notification';
  readonly calls: readonly CallName[];
  readonly change: CallChange | NotificationChange;
  seen: number;
  played: number;
}

/** Everything that can be played, from the two tables. */
export function knownFaults(): KnownFault[] {
  return [
    ...CALL_FAULTS.map(({ name, calls, does }) => ({ name, calls, does })),
    ...NOTIFICATION_FAULTS.map(({ name, does }) => ({ name, calls: ['notification'] as const, does })),
  ];
}

function nameAndParameters(text: string): { head: string; parameters: string[] } {
  const [head = '', ...parameters] = text.split(':');
  return { head, parameters };
}

/** The head of a table's name: `slow` of `slow:MS`. */
function headOf(row: { readonly name: string }): string {
  return nameAndParameters(row.name).head;
}

function wholeNumber(value: number | undefined, least: number): boolean {
  return value === undefined || (Number.isInteger(value) && value >= least);
}

function plan(fault: Fault): Planned | string {
  if (!wholeNumber(fault.nth, 1)) return `${fault.name}: nth is a whole number from 1`;
  if (!wholeNumber(fault.times, 0)) return `${fault.name}: times is a whole number, 0 for ever`;
  const { head, parameters } = nameAndParameters(fault.name);
  const onCalls = CALL_FAULTS.find((row) => headOf(row) === head);
  const onNotifications = NOTIFICATION_FAULTS.find((row) => headOf(row) === head);
  const counters = { seen: 0, played: 0 };
  if (onNotifications !== undefined && (fault.call === 'notification' || onCalls === undefined)) {
    if (fault.call !== undefined && fault.call !== 'notification')
      return `${fault.name} is about notifications, not ${fault.call}`;
    const change = onNotifications.change(parameters);
    if (change === undefined) return `${fault.name}: write it as ${onNotifications.name}`;
    return { fault, kind: 'notification', calls: [], change, ...counters };
  }
  if (onCalls === undefined) return `${fault.name} is not a known fault; GET /sim/faults lists them`;
  // The notification that overtakes the pay answer is triggered by the pay call, whichever of the two it was filed under.
  const call = head === 'before_answer' ? 'pay' : fault.call;
  if (call === 'notification') return `${fault.name} is not about notifications`;
  if (call !== undefined && !onCalls.calls.includes(call))
    return `${fault.name} is about ${onCalls.calls.join(', ')}, not ${call}`;
  const change = onCalls.change(parameters);
  if (change === undefined) return `${fault.name}: write it as ${onCalls.name}`;
  return { fault, kind: 'call', calls: call === undefined ? onCalls.calls : [call], change, ...counters };
}

function isDue(planned: Planned): boolean {
  planned.seen += 1;
  const { nth = 1, times = 1 } = planned.fault;
  if (planned.seen < nth || (times !== 0 && planned.played >= times)) return false;
  planned.played += 1;
  return true;
}

export function createFaultPlan(): FaultPlan {
  let entries: Planned[] = [];
  return {
    set(faults) {
      const planned: Planned[] = [];
      for (const fault of faults) {
        const one = plan(fault);
        if (typeof one === 'string') return one;
        planned.push(one);
      }
      entries = planned;
      return undefined;
    },
    list: () => entries.map(({ fault, played }) => ({ ...fault, played })),
    forCall(call) {
      const due = entries.filter((one) => one.kind === 'call' && one.calls.includes(call) && isDue(one));
      return { names: due.map((one) => one.fault.name), change: mergeCallChanges(due.map((one) => one.change as CallChange)) };
    },
    forNotification() {
      const due = entries.filter((one) => one.kind === 'notification' && isDue(one));
      return {
        names: due.map((one) => one.fault.name),
        change: mergeNotificationChanges(due.map((one) => one.change as NotificationChange)),
      };
    },
  };
}

function isFault(value: unknown): value is Fault {
  if (typeof value !== 'object' || value === null) return false;
  const { name, call, nth, times, ...rest } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    (call === undefined || call === 'notification' || CALL_NAMES.includes(call as CallName)) &&
    (nth === undefined || typeof nth === 'number') &&
    (times === undefined || typeof times === 'number') &&
    Object.keys(rest).every((key) => key === 'played')
  );
}

/** Reads a list of faults, bare or as `{ "faults": [...] }`; a sentence when it is something else. */
export function readFaults(value: unknown): Fault[] | string {
  const list = typeof value === 'object' && value !== null && 'faults' in value ? value.faults : value;
  if (!Array.isArray(list)) return 'a list of faults is expected: [{ "name", "call"?, "nth"?, "times"? }]';
  const wrong = list.find((one) => !isFault(one));
  if (wrong !== undefined) return `not a fault: ${JSON.stringify(wrong)}`;
  return list as Fault[];
}
