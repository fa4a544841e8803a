import type { Fault } from '../simulator/fault-plan.js';
import type { UpstreamSimulator } from '../simulator/upstream-simulator.js';

/** `switch`: lasts until it is switched off. `once`: armed, and over after the next time it could happen. */
export interface Trouble {
  readonly name: string;
  readonly kind: 'switch' | 'once';
  readonly on: boolean;
  readonly label: string;
  /** What to watch for, in a sentence or two. */
  readonly watch: string;
}

/** The trouble that can be made on the page. */
export interface Troubles {
  list(): readonly Trouble[];
  /** False for a name that is not in the list. */
  set(name: string, on: boolean): Promise<boolean>;
}

/** What can be broken. */
export interface TroubleParts {
  readonly simulator: Pick<UpstreamSimulator, 'faults' | 'setFaults'>;
  readonly network: Breakable;
  readonly display: Breakable;
  /** The upstream as a sentence calls it. */
  readonly upstream: string;
  /** False: an agreement is charged, and nothing is scanned. */
  readonly showsCode: boolean;
  /** False: the answer to a repeated pay request brings no code. */
  readonly repeatsCode: boolean;
}

interface Breakable {
  isWhole(): boolean;
  setWhole(whole: boolean): Promise<void>;
}

interface Words {
  readonly name: string;
  readonly label: string;
  readonly watch: string;
  /** The same where nothing is scanned. */
  readonly watchCharged?: string;
  /** The same where a code that was lost is never told again. */
  readonly watchLost?: string;
}

/** Stands in the sentences below for the name of the upstream. */
const UPSTREAM = '{upstream}';

const NETWORK: Words = {
  name: 'network',
  label: `Cut the network to ${UPSTREAM}`,
  watch:
    'Before a sale: nothing can leave the shop, so the till says that a new sale is safe. While the code is shown: the customer can still pay; the till learns it when the line is back.',
  watchCharged:
    'Before a sale: nothing can leave the shop, so the till says that a new sale is safe. While a debit is under way: it goes on without the shop; the till learns its end when the line is back.',
};

const DISPLAY: Words = {
  name: 'display',
  label: 'Unplug the customer display',
  watch:
    'The till notices within seconds and shows the code itself; the wallet can scan it there. Plugged in again, the glass gets its code back.',
  watchCharged:
    'The till notices within seconds, and the sale goes on. Plugged in again, the glass shows what it should by then.',
};

const ONCE: readonly (Words & { readonly fault: Fault })[] = [
  {
    name: 'lose_notification',
    label: 'Lose the next notification',
    watch: 'The customer pays, and nobody tells the bridge. It asks by itself every few seconds and finds out.',
    fault: { name: 'lose', call: 'notification' },
  },
  {
    name: 'no_answer',
    label: 'No answer to the next pay request',
    watch: 'The order is placed, but the answer gets lost. The same bytes go out again: still one order, one charge.',
    watchLost: `The order is placed, but the answer gets lost. The same bytes go out again; ${UPSTREAM} tells a code only once, so the bridge cancels the sale: nothing is charged.`,
    fault: { name: 'no_answer', call: 'pay' },
  },
  {
    name: 'wrong_signature',
    label: 'Wrong signature on the next answer',
    watch: 'An answer that cannot be trusted counts as no answer: the bridge asks again and believes the next, genuine one.',
    fault: { name: 'wrong_signature' },
  },
  {
    name: 'traffic_limit',
    label: 'Traffic limit on the next pay request',
    watch: `${UPSTREAM} asks to slow down. The bridge waits longer than usual, then sends the same request again.`,
    fault: { name: 'traffic_limit', call: 'pay' },
  },
];

function named({ name, label, watch, watchCharged, watchLost }: Words, { upstream, showsCode, repeatsCode }: TroubleParts) {
  const put = (text: string) => text.replaceAll(UPSTREAM, upstream);
  const own = showsCode ? (repeatsCode ? undefined : watchLost) : watchCharged;
  return { name, label: put(label), watch: put(own ?? watch) };
}

/** Joins the buttons of the page to what they break. */
export function createTroubles(parts: TroubleParts): Troubles {
  const { simulator } = parts;
  const switches = [
    { words: NETWORK, breakable: parts.network },
    { words: DISPLAY, breakable: parts.display },
  ];

  /** What is left of the plan: a fault that was played as often as it should be is over. */
  const armed = () => simulator.faults().filter(({ times = 1, played }) => times === 0 || played < times);
  const isArmed = (fault: Fault) => armed().some(({ name, call }) => name === fault.name && call === fault.call);

  function arm(fault: Fault, on: boolean): void {
    const others = armed().filter(({ name, call }) => name !== fault.name || call !== fault.call);
    const plan = others.map(({ played: _played, ...rest }) => rest);
    simulator.setFaults(on ? [...plan, fault] : plan);
  }

  return {
    list: () => [
      ...switches.map(({ words, breakable }) => ({ ...named(words, parts), kind: 'switch' as const, on: !breakable.isWhole() })),
      ...ONCE.map(({ fault, ...words }) => ({ ...named(words, parts), kind: 'once' as const, on: isArmed(fault) })),
    ],
    async set(name, on) {
      const found = switches.find(({ words }) => words.name === name);
      if (found !== undefined) {
        await found.breakable.setWhole(!on);
        return true;
      }
      const once = ONCE.find((row) => row.name === name);
      if (once === undefined) return false;
      arm(once.fault, on);
      return true;
    },
  };
}
