import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '#src/base/log.js';
import type { BooksPlace } from '#src/books/database-kind.js';
import { type Bridge, startBridge } from '#src/bridge.js';
import type { BridgeConfig } from '#src/config/bridge-config.js';
import { loadConfig } from '#src/config/load-config.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createMertechGlass } from '#src/simulator/glass-emulators/mertech-glass.js';
import { createNextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { createCounterPc } from '../process/counter-pc.js';
import { createTill, type Till } from '../process/till.js';
import type { EventReader, HeardEvent } from '../support/event-reader.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import type { BooksAtDeath } from './books-at-death.js';
import { type BooksKind, type CrashBooks, postgresBooks, sqliteBooks } from './crash-books.js';
import type { Lifetime } from './judges.js';
import { createLife, type Life } from './life.js';
import type { DeathPlan } from './life-plan.js';
import { quiet } from './quiet.js';

/** The lanes of every thrown-away shop, each with another kind of glass. */
export const LANES = ['lane-1', 'lane-2'] as const;
export type LaneName = (typeof LANES)[number];

const TIMING = {
  answerTimeoutMs: { pay: 700, inquiry: 400, cancel: 500 },
  payPausesMs: [150, 150, 150, 150],
  inquiryFirstAfterMs: 400,
  inquiryEveryMs: [1000, 5000],
  graceAfterExpiryMs: 1000,
  cancelEveryMs: 500,
};

const DRIVERS: Readonly<Record<LaneName, string>> = { 'lane-1': 'nextion', 'lane-2': 'mertech' };

/** What all shops of a run share: keys, configuration, and books that a first start has made. */
export interface ShopMould {
  readonly config: BridgeConfig;
  /** Books as the first start made them, for one shop. */
  newBooks(folder: string): Promise<CrashBooks>;
  remove(): Promise<void>;
}

/** Makes the mould by starting and stopping a bridge once. */
export async function createShopMould(db: BooksKind): Promise<ShopMould> {
  const pc = await createCounterPc({
    lanes: LANES,
    displays: (lane) => [{ driver: DRIVERS[lane as LaneName], port: `tcp://127.0.0.1:${lane === 'lane-1' ? 1 : 2}` }],
    timing: TIMING,
    change: ({ merchants }) => merchants[0]?.currencies.push('USD'),
  });
  const loaded = await loadConfig(pc.file, {});
  if (loaded.kind === 'wrong') throw new Error(JSON.stringify(loaded.problems, null, 1));
  const first = db === 'pg' ? await postgresBooks() : sqliteBooks(pc.folder);
  const place = first.place();
  const config = { ...loaded.config, database: place };
  await (await startBridge({ config, log: silentLog, version: 'crash' })).stop();
  return {
    config,
    newBooks: async (folder) => (place.client === 'pg' ? postgresBooks(place) : sqliteBooks(folder, place.filename)),
    async remove() {
      await first.remove();
      pc.remove();
    },
  };
}

/** A shop in this process whose bridge is thrown away again and again; simulator, glasses and tills live on, on one hand-turned clock. */
export interface ThrownAwayShop {
  readonly clock: ManualClock;
  readonly simulator: UpstreamSimulator;
  readonly glasses: ReadonlyMap<LaneName, GlassEmulator>;
  readonly lifetimes: readonly Lifetime[];
  /** Starts a bridge on the books as they stand; it ends by `plan`, if at all. Resolves when it runs or is dead. */
  rise(plan: DeathPlan | undefined): Promise<void>;
  /** Turns the clock until `work` is done. */
  turnUntil<T>(work: Promise<T>): Promise<T>;
  life(): Life;
  /** The bridge of the present life; undefined while it starts. */
  bridge(): Bridge | undefined;
  till(): Till;
  /** Everything a till heard on a lane, over all lives. */
  heard(lane: LaneName): readonly HeardEvent[];
  /** The books as the last dead life left them, and where they are. */
  booksAtDeath(): Promise<BooksAtDeath>;
  place(): BooksPlace;
  close(): Promise<void>;
}

function booksPort(place: BooksPlace): number | undefined {
  return place.client === 'pg' ? Number(new URL(place.connection).port) : undefined;
}

export interface ShopOptions {
  readonly seed: string;
  readonly lanes: readonly LaneName[];
  readonly orderLifeMs: number;
}

export async function openThrownAwayShop(mould: ShopMould, options: ShopOptions): Promise<ThrownAwayShop> {
  const folder = mkdtempSync(join(tmpdir(), 'ocbridge-lives-'));
  const clock = createManualClock({ settle: quiet });
  const simulator = await createUpstreamSimulator({
    clock,
    seed: options.seed,
    clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
    notificationPausesMs: [1000, 3000],
    ackTimeoutMs: 2000,
    cancelWindow: 'open',
    orderLifeMs: options.orderLifeMs,
  });
  const glasses = new Map<LaneName, GlassEmulator>();
  for (const lane of options.lanes)
    glasses.set(
      lane,
      lane === 'lane-1' ? createNextionGlass({ clock, paced: false }) : createMertechGlass({ clock, paced: false }),
    );
  const ports = new Map<string, string>();
  for (const [lane, glass] of glasses) ports.set(lane, (await glass.listenTcp()).url);

  const lifetimes: Lifetime[] = [];
  const readers = new Map<LaneName, EventReader[]>(options.lanes.map((lane) => [lane, []]));
  const heard = (lane: LaneName) => readers.get(lane)?.flatMap(({ events }) => events) ?? [];
  const graves: Promise<void>[] = [];
  const books = await mould.newBooks(folder);
  let life: Life | undefined;
  let bridge: Bridge | undefined;
  let till = createTill('http://127.0.0.1:9');

  function configNow(): BridgeConfig {
    return {
      ...mould.config,
      database: books.place(),
      upstreams: mould.config.upstreams.map((upstream) => ({ ...upstream, baseUrl: simulator.url })),
      lanes: mould.config.lanes.flatMap((lane) => {
        const port = ports.get(lane.id);
        return port === undefined ? [] : [{ ...lane, displays: lane.displays.map((display) => ({ ...display, port })) }];
      }) as BridgeConfig['lanes'],
      terminals: mould.config.terminals.map((terminal) => ({ ...terminal, lanes: [...options.lanes] })),
    };
  }

  async function listenToLanes(): Promise<void> {
    for (const lane of options.lanes) {
      const last = heard(lane).findLast(({ id }) => id !== null)?.id;
      readers.get(lane)?.push(await till.events(lane, last ?? undefined));
    }
  }

  /** Time goes on while something is waited for. */
  async function turnUntil<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    await clock.settle();
    while (!isOver) await clock.advance(5);
    return work;
  }

  async function rise(plan: DeathPlan | undefined): Promise<void> {
    const lifetime: Lifetime = { from: clock.now(), to: null };
    lifetimes.push(lifetime);
    bridge = undefined;
    if (lifetimes.length > 1) await books.endClaims();
    const born = createLife({
      clock,
      plan,
      kindOfPort: (port) => (port === simulator.port ? 'upstream' : port === booksPort(books.place()) ? 'books' : 'other'),
      atDeath() {
        lifetime.to = clock.now();
        books.freeze();
      },
    });
    life = born;
    void born.death.then(() => graves.push(born.buried()));
    const config = configNow();
    const starting = born.run(() => startBridge({ config, clock: born.clock, log: silentLog, version: 'crash' }));
    const running = await turnUntil(Promise.race([starting, born.death]));
    if (running === undefined || born.isDead()) return;
    bridge = running;
    till = createTill(running.urls.terminal ?? '');
    // A life that ends meanwhile breaks the line; the next one's listener goes on from there.
    await turnUntil(Promise.race([listenToLanes().catch(() => undefined), born.death]));
  }

  return {
    clock,
    simulator,
    glasses,
    lifetimes,
    rise,
    turnUntil,
    life: () => {
      if (life === undefined) throw new Error('nobody was born yet');
      return life;
    },
    bridge: () => bridge,
    till: () => till,
    heard,
    booksAtDeath: () => books.read(false),
    place: books.place,
    async close() {
      life?.die();
      await Promise.all(graves);
      for (const reader of [...readers.values()].flat()) reader.close();
      await Promise.all([...[...glasses.values()].map((glass) => glass.stop()), simulator.stop()]);
      await books.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
