import type { GlassDesk } from './glass-desk.js';
import { plainText } from './trace-lines.js';

/** What is said about a rehearsal beside its picture. */
export interface RehearsalFacts {
  readonly driver: string;
  readonly baudRate: number;
  /** Set when the host speaks at another speed. */
  readonly hostBaudRate: number | null;
  /** `port` of the configuration; empty while unplugged. */
  readonly where: string;
  /** The entry under `displays:`. */
  readonly configuration: string;
  readonly state: string;
  /** Why the newest trouble could not be made, or the line is gone. */
  readonly problem: string | null;
  readonly plugged: boolean;
  readonly lit: boolean;
  readonly page: string | null;
  readonly texts: Readonly<Record<string, string>>;
  readonly code: string | null;
  /** Rises whenever the glass looks different. */
  readonly look: number;
}

/** Speeds that differ by less understand each other. */
const SAME_SPEED = 0.03;

function stateText(facts: ReturnType<GlassDesk['facts']>): string {
  if (!facts.plugged) return 'unplugged';
  if (!facts.powered) return 'no power';
  if (!facts.lit) return 'dark';
  return facts.showsCode ? 'lit, shows a code' : 'lit, shows no code';
}

type Entry = Readonly<Record<string, unknown>>;

/** One display of a lane as a line of the configuration. */
function entryText({ options, ...entry }: Entry, port: string): string {
  const value = (one: unknown) => (typeof one === 'string' && /^[\w./:-]+$/.test(one) ? one : JSON.stringify(one));
  const all = Object.entries({ ...entry, port, ...(options === undefined ? {} : { options }) });
  return `- { ${all.map(([key, one]) => `${key}: ${value(one)}`).join(', ')} }`;
}

/** Everything that can be said now. `entry` is what the configuration has to say of the display, the port left out. */
export function rehearsalFacts(desk: GlassDesk, driver: string, entry: Entry): RehearsalFacts {
  const facts = desk.facts();
  const { lit, page, texts, code } = desk.glass.view();
  const baudRate = desk.glass.baudRate();
  const host = desk.socket.hostBaudRate();
  const where = desk.socket.where();
  return {
    driver,
    baudRate,
    hostBaudRate: host !== undefined && Math.abs(host / baudRate - 1) > SAME_SPEED ? host : null,
    where,
    configuration: where === '' ? '' : entryText(entry, where),
    state: stateText(facts),
    problem: desk.problem(),
    plugged: facts.plugged,
    lit,
    page,
    texts,
    code,
    look: facts.look,
  };
}

/** The texts of the glass, one a line, in the order of their places. */
export function textLines(texts: RehearsalFacts['texts']): readonly string[] {
  return Object.keys(texts)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((place) => `${place}: ${plainText(texts[place] ?? '')}`);
}
