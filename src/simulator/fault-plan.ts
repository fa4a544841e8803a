import { type CallChange, mergeCallChanges } from './call-change.js';
import { CALL_FAULTS } from './call-faults.js';
import { type ChaosWish, drawFault, readChaos } from './chaos.js';
import { CLEARING_FAULTS, type PlantedFault } from './clearing-faults.js';
import type { FaultLevel } from './fault-row.js';
import { mergeNotificationChanges, NOTIFICATION_FAULTS, type NotificationChange } from './notification-faults.js';
import type { SeededNames } from './seeded-names.js';
import { CALL_NAMES, type CallName } from './simulator-words.js';

/**
 * One trouble to play. `name` may carry parameters after colons (`slow:1500`). `call` limits it to one kind of call (default: every kind it
 * makes sense for); `nth` counts such calls from the moment the plan is set (default 1); `times` says for how many of them in a row it
 * holds (default 1; 0 for ever).
 */
export interface Fault {
  readonly name: string;
  readonly call?: CallName | 'notification' | 'clearing';
  readonly nth?: number;
  readonly times?: number;
}

/** A name that `setFaults` knows, for `GET /sim/faults`. */
export interface KnownFault {
  readonly name: string;
  readonly calls: readonly (CallName | 'notification' | 'clearing')[];
  readonly level: FaultLevel;
  readonly does: string;
  /** The name with parameters, as it can be played. */
  readonly example: string;
}

/** What is played in one call, with the names to remember it by. */
export interface Played<C> {
  readonly names: string[];
  readonly change: C;
}

export interface FaultPlan {
  /** Replaces the plan and starts counting anew; answers a sentence, and changes nothing, when a fault cannot be played. */
  set(faults: readonly Fault[]): string | undefined;
  /** The plan as set, each with how often it was played. */
  list(): (Fault & { readonly played: number })[];
  /** Faults drawn by the seed in calls for which the plan has none; `undefined` for none. */
  setChaos(wish: ChaosWish | undefined): void;
  chaos(): ChaosWish | undefined;
  /** What is due in the `nth` call of its kind in a story. */
  forCall(call: CallName, story: string, nth: number): Played<CallChange>;
  forNotification(story: string, nth: number): Played<NotificationChange>;
  /** The differences that are planted in the reports of every day. */
  forClearing(): readonly PlantedFault[];
  /** How often each name was played since the start, planned or drawn. */
  played(): ReadonlyMap<string, number>;
}

interface Planned {
  readonly fault: Fault;
  readonly kind: 'call' | 'notification' | 'clearing';
  readonly calls: readonly CallName[];
  readonly change: CallChange | NotificationChange;
  seen: number;
  played: number;
}

/** Everything that can be played, from the two tables. */
export function knownFaults(): KnownFault[] {
  return [
    ...CALL_FAULTS.map(({ name, calls, level, does, examples }) => ({
      name,
      calls,
      level,
      does,
      example: examples?.[0] ?? name,
    })),
    ...NOTIFICATION_FAULTS.map(({ name, level, does, examples }) => {
      return { name, calls: ['notification'] as const, level, does, example: examples?.[0] ?? name };
    }),
    ...CLEARING_FAULTS.map(({ name, level, does }) => ({ name, calls: ['clearing'] as const, level, does, example: name })),
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
  if (CLEARING_FAULTS.some(({ name }) => name === fault.name)) {
    if (fault.call !== undefined && fault.call !== 'clearing') return `${fault.name} is about clearing files, not ${fault.call}`;
    return { fault, kind: 'clearing', calls: [], change: {}, ...counters };
  }
  if (fault.call === 'clearing') return `${fault.name} is not about clearing files`;
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

export function createFaultPlan(names: SeededNames): FaultPlan {
  let entries: Planned[] = [];
  let chaos: ChaosWish | undefined;
  const played = new Map<string, number>();

  function due(kind: CallName | 'notification', story: string, nth: number): Planned[] {
    const isMeant = (one: Planned) =>
      kind === 'notification' ? one.kind === kind : one.kind === 'call' && one.calls.includes(kind);
    const planned = entries.filter((one) => isMeant(one) && isDue(one));
    const drawn = planned.length > 0 || chaos === undefined ? undefined : drawFault(names, chaos, kind, story, nth);
    const found = drawn === undefined ? planned : [plan({ name: drawn, call: kind })].filter((one) => typeof one !== 'string');
    for (const { fault } of found) played.set(fault.name, (played.get(fault.name) ?? 0) + 1);
    return found;
  }

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
    list: () => entries.map(({ fault, played: times }) => ({ ...fault, played: times })),
    setChaos(wish) {
      chaos = wish;
    },
    chaos: () => chaos,
    forCall(call, story, nth) {
      const found = due(call, story, nth);
      const changes = found.map((one) => one.change as CallChange);
      return { names: found.map((one) => one.fault.name), change: mergeCallChanges(changes) };
    },
    forNotification(story, nth) {
      const found = due('notification', story, nth);
      const changes = found.map((one) => one.change as NotificationChange);
      return { names: found.map((one) => one.fault.name), change: mergeNotificationChanges(changes) };
    },
    forClearing() {
      return entries
        .filter(({ kind }) => kind === 'clearing')
        .flatMap(({ fault: { name, nth = 1, times = 1 } }) =>
          Array.from({ length: Math.max(1, times) }, (_unused, index) => ({ name, nth: nth + index })),
        );
    },
    played: () => played,
  };
}

function isFault(value: unknown): value is Fault {
  if (typeof value !== 'object' || value === null) return false;
  const { name, call, nth, times, ...rest } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    (call === undefined || call === 'notification' || call === 'clearing' || CALL_NAMES.includes(call as CallName)) &&
    (nth === undefined || typeof nth === 'number') &&
    (times === undefined || typeof times === 'number') &&
    Object.keys(rest).every((key) => key === 'played')
  );
}

/** Everything that is to be played. */
export interface PlanWish {
  readonly faults: readonly Fault[];
  readonly chaos: ChaosWish | undefined;
}

const SHAPE = 'a plan is a list of faults, [{ "name", "call"?, "nth"?, "times"? }], or { "faults"?, "chaos"? }';

/**
 * Reads a plan: a list of faults, or `{ "faults"?, "chaos"? }`, where what is left out is off; a sentence when it is something else. What
 * `GET /sim/faults` answers is one, too: the known names in it say nothing.
 */
export function readPlan(value: unknown): PlanWish | string {
  if (typeof value !== 'object' || value === null) return SHAPE;
  const {
    faults,
    chaos,
    known: _listed,
    ...rest
  }: Record<string, unknown> = Array.isArray(value) ? { faults: value } : { ...value };
  if ((faults === undefined && chaos === undefined) || Object.keys(rest).length > 0) return SHAPE;
  const list = faults ?? [];
  if (!Array.isArray(list)) return SHAPE;
  const wrong = list.find((one) => !isFault(one));
  if (wrong !== undefined) return `not a fault: ${JSON.stringify(wrong)}`;
  const wish = readChaos(chaos);
  return typeof wish === 'string' ? wish : { faults: list as Fault[], chaos: wish };
}
