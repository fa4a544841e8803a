import { errorText } from '../base/log.js';
import type { GlassEmulator } from '../simulator/glass-emulators/glass-body.js';
import { type GlassFacts, type GlassSocket, type PluggedGlass, plugGlass } from '../simulator/glass-emulators/plugged-glass.js';

/** A trouble that can be made with a key, a button or by plan. */
export interface Trouble {
  readonly name: string;
  /** The key in the terminal. */
  readonly key: string;
  readonly label: string;
  /** The same in a word or two. */
  readonly short: string;
  /** `switch` lasts until it is switched off; `push` happens once, `count` at the n-th byte from now. */
  readonly kind: 'switch' | 'push' | 'count';
  readonly on: boolean;
}

/** The emulated display in the hands of a person. */
export interface GlassDesk {
  readonly glass: GlassEmulator;
  readonly socket: GlassSocket;
  facts(): GlassFacts & { readonly powered: boolean };
  troubles(): readonly Trouble[];
  /** Why the newest trouble could not be made, or the line went away by itself; null where all goes as it was told. */
  problem(): string | null;
  /**
   * Makes a trouble: a switch is turned (or set to `on`), what takes a count happens at byte `count` (1 is the next). False for a name
   * that is not in the list.
   */
  make(name: string, given?: { readonly on?: boolean | undefined; readonly count?: number | undefined }): Promise<boolean>;
  /** Calls `seen` when the glass, the plug or a trouble changes; returns how to stop. */
  onChange(seen: () => void): () => void;
}

interface Tools {
  readonly glass: GlassEmulator;
  readonly plug: PluggedGlass;
  /** Names of the switches that only this desk knows to be on. */
  readonly held: Set<string>;
}

interface Row extends Omit<Trouble, 'on'> {
  /** Of a switch. */
  isOn?(tools: Tools): boolean;
  act(tools: Tools, on: boolean, count: number): unknown;
}

/** In the middle of a frame, whatever display it is. */
const USUAL_COUNT = 8;

const DAMAGES = [
  ['drop', 'l', 'Lose'],
  ['duplicate', 't', 'Double'],
  ['corrupt', 'c', 'Corrupt'],
] as const;
const DIRECTIONS = [
  ['in', 'to the display'],
  ['out', 'to the host'],
] as const;

function held(name: string, key: string, label: string, act: (glass: GlassEmulator, on: boolean) => void): Row {
  return {
    name,
    key,
    label,
    short: name,
    kind: 'switch',
    isOn: (tools) => tools.held.has(name),
    act(tools, on) {
      if (on) tools.held.add(name);
      else tools.held.delete(name);
      act(tools.glass, on);
    },
  };
}

/** Everything that can be done to a display on a counter (display reference 13). A new trouble is one more row. */
const ROWS: readonly Row[] = [
  {
    name: 'unplug',
    key: 'u',
    label: 'Unplugged',
    short: 'unplug',
    kind: 'switch',
    isOn: ({ plug }) => !plug.facts().plugged,
    act: ({ plug }, on) => plug.setPlugged(!on),
  },
  {
    name: 'replug-elsewhere',
    key: 'U',
    label: 'Plug in again under another name',
    short: 'replug elsewhere',
    kind: 'push',
    async act({ plug }) {
      await plug.setPlugged(false);
      await plug.setPlugged(true, true);
    },
  },
  {
    name: 'unplug-after',
    key: 'x',
    label: 'Unplug after n bytes',
    short: 'unplug after n',
    kind: 'count',
    act: ({ plug }, _, count) => plug.unplugAfter(count),
  },
  {
    name: 'power',
    key: 'p',
    label: 'No power',
    short: 'power off',
    kind: 'switch',
    isOn: ({ glass }) => !glass.powered(),
    // The plug carries the power.
    act: ({ glass, plug }, on) => plug.facts().plugged && glass.power(!on),
  },
  {
    name: 'reboot',
    key: 'r',
    label: 'Restart now',
    short: 'restart',
    kind: 'push',
    act: ({ glass }) => glass.powered() && glass.reboot(),
  },
  {
    name: 'reboot-after',
    key: 'R',
    label: 'Restart after n bytes',
    short: 'restart after n',
    kind: 'count',
    act: ({ glass }, _, count) => glass.reboot({ afterBytes: count }),
  },
  held('mute', 'm', 'Says nothing', (glass, on) => glass.mute(on)),
  held('deaf', 'd', 'Hears nothing', (glass, on) => glass.deafen(on)),
  ...DIRECTIONS.flatMap(([direction, where]) =>
    DAMAGES.map(
      ([how, key, word]): Row => ({
        name: `${how}-${direction}`,
        key: direction === 'in' ? key : key.toUpperCase(),
        label: `${word} the n-th byte ${where}`,
        short: `${word.toLowerCase()} byte n${direction === 'in' ? '' : ' out'}`,
        kind: 'count',
        act: ({ glass }, _, count) => glass.damage(direction, { at: count, how }),
      }),
    ),
  ),
];

/** The names of every trouble and how each is made, for plans that are checked before there is a glass. */
export const TROUBLES: readonly Pick<Trouble, 'name' | 'kind'>[] = ROWS;

/** Puts a plugged display on the desk. */
export function createGlassDesk(glass: GlassEmulator, socket: GlassSocket): GlassDesk {
  const watchers = new Set<() => void>();
  let problem: string | null = null;
  const plug = plugGlass(glass, socket, (why) => {
    problem = why;
  });
  const tools: Tools = { glass, plug, held: new Set() };
  const tell = () => {
    for (const seen of [...watchers]) seen();
  };
  glass.onChange(tell);
  return {
    glass,
    socket,
    facts: () => ({ ...tools.plug.facts(), powered: glass.powered() }),
    problem: () => problem,
    troubles: () => ROWS.map(({ isOn, act: _, ...row }) => ({ ...row, on: isOn?.(tools) ?? false })),
    async make(name, { on, count = USUAL_COUNT } = {}) {
      const row = ROWS.find((one) => one.name === name);
      if (row === undefined) return false;
      try {
        await row.act(tools, on ?? row.isOn?.(tools) !== true, count);
        problem = null;
      } catch (error) {
        problem = errorText(error);
      }
      tell();
      return true;
    },
    onChange(seen) {
      watchers.add(seen);
      return () => watchers.delete(seen);
    },
  };
}
