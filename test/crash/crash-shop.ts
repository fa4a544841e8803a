import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createEmulatedGlass } from '#src/simulator/glass-emulators/emulated-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type CounterPc, createCounterPc } from '../process/counter-pc.js';
import { type Ended, type LaunchOptions, ocbridge, type Service, startService } from '../process/program.js';
import { createTill, type Till } from '../process/till.js';
import type { EventReader, HeardEvent } from '../support/event-reader.js';
import { httpCall } from '../support/http-call.js';
import { APPROVERS, type Approver, type AskAs } from './approvers.js';
import type { KillOrder, LastWords } from './armed-main.js';
import type { BooksAtDeath } from './books-at-death.js';
import { type BooksKind, type CrashBooks, postgresBooks, sqliteBooks } from './crash-books.js';
import type { Lifetime, SceneLane } from './judges.js';

/** The program with its kill points armed. */
const ARMED_PROGRAM = fileURLToPath(new URL('./armed-main.js', import.meta.url));

/** Lanes with the driver of their glass; each glass is an emulator behind a socket. */
const DRIVERS: Readonly<Record<string, string>> = { 'lane-1': 'nextion', 'lane-2': 'dgus2', 'lane-3': 'mertech' };
export const CRASH_LANES = Object.keys(DRIVERS);

/** Several bridges start at once, on a machine that may do other things, too. */
const START_WITHIN_MS = 120_000;

const PORT_LOOKS = 60;
const PORT_PAUSE_MS = 1_000;

const LISTEN_AGAIN_MS = 300;

/** Short, so that everything happens within a few hundred milliseconds. */
const TIMING = {
  answerTimeoutMs: { pay: 700, inquiry: 400, cancel: 500 },
  payPausesMs: Array.from({ length: 8 }, () => 150),
  inquiryFirstAfterMs: 300,
  inquiryEveryMs: [300, 500],
  graceAfterExpiryMs: 2000,
  cancelEveryMs: 300,
};

/** Where people rule, the lane is given back at once: the payment needs attention. */
const RELEASED_AT_ONCE = { laneReleaseAfterMs: 700 };

/** Keys for two people, made in books that no bridge has had yet. */
async function keysOfApprovers(file: string, env: Readonly<Record<string, string>>): Promise<ReadonlyMap<Approver, string>> {
  const keys = new Map<Approver, string>();
  for (const name of APPROVERS) {
    const added = await ocbridge(['user', 'add', name, '--role', 'approver', '--api-key', '--config', file], { env });
    const key = added.out.trimEnd().split('\n').at(-1);
    if (added.code !== 0 || key === undefined) throw new Error(`no key for ${name}: ${added.err}`);
    keys.set(name, key);
  }
  return keys;
}

/** While no bridge lives, its notify port is anybody's: another run on this machine may have it for a while. */
async function startWhenPortIsFree(file: string, options: LaunchOptions): Promise<Service> {
  for (let looks = 1; ; looks += 1) {
    try {
      return await startService(file, options);
    } catch (error) {
      if (looks === PORT_LOOKS || !String(error).includes('is taken by another program')) throw error;
      await pause(PORT_PAUSE_MS);
    }
  }
}

/** A shop whose bridge, a process of its own, dies again and again; simulator, glasses and tills live on. */
export interface CrashShop {
  readonly simulator: UpstreamSimulator;
  readonly pc: CounterPc;
  readonly lifetimes: readonly Lifetime[];
  /** Starts a bridge on the same books, with `order` in its environment. Resolves when it runs, or is dead. */
  start(order?: KillOrder): Promise<void>;
  /** Gives the running bridge an order; undefined takes it back. */
  arm(order: KillOrder | undefined): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** False before the first start, too. */
  isAlive(): boolean;
  /** How the newest bridge ended; undefined while it lives. */
  ended(): Ended | undefined;
  /** What the newest bridge wrote before it killed itself; undefined when it did not. */
  lastWords(): LastWords | undefined;
  till(): Till;
  readonly askAs: AskAs;
  lanes(): readonly (SceneLane & { readonly glass: GlassEmulator })[];
  heard(laneId: string): readonly HeardEvent[];
  /** The books; those of a dead bridge are read from a copy. */
  books(): Promise<BooksAtDeath>;
  close(): Promise<void>;
}

export interface CrashShopOptions {
  readonly db: BooksKind;
  readonly orderLifeMs: number;
  /** Two people of the back office have keys, and a payment needs attention soon. */
  readonly ruled: boolean;
}

export async function openCrashShop(options: CrashShopOptions): Promise<CrashShop> {
  const simulator = await createUpstreamSimulator({
    clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
    notificationPausesMs: [400, 1000],
    ackTimeoutMs: 2000,
    cancelWindow: 'open',
    orderLifeMs: options.orderLifeMs,
  });
  const glasses = new Map<string, GlassEmulator>();
  const ports = new Map<string, string>();
  for (const [lane, driver] of Object.entries(DRIVERS)) {
    const glass = createEmulatedGlass(driver, { paced: false });
    if (glass === undefined) throw new Error(`no emulated ${driver}`);
    glasses.set(lane, glass);
    ports.set(lane, (await glass.listenTcp()).url);
  }
  const pc = await createCounterPc({
    simulatorUrl: simulator.url,
    lanes: CRASH_LANES,
    displays: (lane) => [{ driver: DRIVERS[lane], port: ports.get(lane), baudRate: 115_200 }],
    timing: options.ruled ? { ...TIMING, ...RELEASED_AT_ONCE } : TIMING,
    change: ({ merchants }) => merchants[0]?.currencies.push('USD'),
  });
  const books: CrashBooks = options.db === 'pg' ? await postgresBooks() : sqliteBooks(join(pc.folder, 'data'));
  const place = books.place();
  const environment: Readonly<Record<string, string>> = place.client === 'pg' ? { CRASH_DATABASE: place.connection } : {};
  // A secret may not stand in the file.
  pc.rewrite((settings) =>
    Object.assign(settings, { database: place.client === 'pg' ? { client: 'pg', connection: `\${CRASH_DATABASE}` } : place }),
  );
  const keys = options.ruled ? await keysOfApprovers(pc.file, environment) : new Map<Approver, string>();
  const wordsFile = join(pc.folder, 'last-words');
  const readers = new Map<string, EventReader[]>(CRASH_LANES.map((lane) => [lane, []]));
  const heard = (lane: string) => readers.get(lane)?.flatMap(({ events }) => events) ?? [];
  const lifetimes: Lifetime[] = [];
  let wordsBefore = 0;
  let service: Service | undefined;
  let ended: Ended | undefined;
  let till = createTill('http://127.0.0.1:9');

  function allWords(): LastWords[] {
    if (!existsSync(wordsFile)) return [];
    const lines = readFileSync(wordsFile, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LastWords);
  }

  async function start(order?: KillOrder): Promise<void> {
    wordsBefore = allWords().length;
    ended = undefined;
    const env = {
      ...environment,
      OCBRIDGE_LAST_WORDS: wordsFile,
      ...(order !== undefined && { OCBRIDGE_KILL: JSON.stringify(order) }),
    };
    const born = await startWhenPortIsFree(pc.file, {
      program: ARMED_PROGRAM,
      env,
      channel: true,
      startWithinMs: START_WITHIN_MS,
    }).catch((error: unknown) => {
      // Killed before it ran; anything else is told by how it ended.
      const signal = allWords().length > wordsBefore ? 'SIGKILL' : null;
      ended = { code: null, signal, out: '', err: String(error) };
    });
    if (born === undefined) return;
    service = born;
    const lifetime: Lifetime = { from: Date.now(), to: null };
    lifetimes.push(lifetime);
    void born.ended.then((how) => {
      lifetime.to = allWords().slice(wordsBefore).at(-1)?.at ?? Date.now();
      ended = how;
    });
    till = createTill(born.terminal);
    await Promise.all(CRASH_LANES.map((lane) => listen(till, lane)));
  }

  /** As tills do: a stream that ends, or does not begin, is asked for again as long as its bridge lives; the next bridge goes on from there. */
  async function listen(by: Till, lane: string): Promise<void> {
    const last = heard(lane).findLast(({ id }) => id !== null)?.id;
    const reader = await by.events(lane, last ?? undefined).catch(() => undefined);
    if (reader?.status === 200) readers.get(lane)?.push(reader);
    else reader?.close();
    void (reader?.ended ?? Promise.resolve())
      .then(() => pause(LISTEN_AGAIN_MS))
      .then(() => (till === by && ended === undefined ? listen(by, lane) : undefined));
  }

  return {
    simulator,
    pc,
    lifetimes,
    start,
    async arm(order) {
      await service?.ask(order ?? null);
    },
    signal: (name) => service?.signal(name),
    isAlive: () => service !== undefined && ended === undefined,
    ended: () => ended,
    lastWords: () => allWords().slice(wordsBefore).at(-1),
    till: () => till,
    askAs: (who, path, wish) =>
      httpCall(`${service?.backOffice}${path}`, { ...wish, headers: { Authorization: `Bearer ${keys.get(who)}` } }),
    heard,
    lanes: () => [...glasses].map(([laneId, glass]) => ({ laneId, glass, heard: heard(laneId) })),
    books: () => books.read(ended === undefined),
    async close() {
      await service?.stop();
      for (const reader of [...readers.values()].flat()) reader.close();
      for (const glass of glasses.values()) await glass.stop();
      await simulator.stop();
      await books.remove();
      pc.remove();
    },
  };
}
