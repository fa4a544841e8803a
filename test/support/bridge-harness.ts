import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import type { Clock } from '#src/base/clock.js';
import { createLog } from '#src/base/log.js';
import { type Bridge, startBridge } from '#src/bridge.js';
import { type Environment, loadConfig } from '#src/config/load-config.js';
import type { CallRecord } from '#src/simulator/call-log.js';
import type { SimulatorOptions } from '#src/simulator/simulator-options.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type EventReader, readEvents } from './event-reader.js';
import { type ShopNames, type ShopWishes, writeShopConfig } from './harness-config.js';
import { type HttpAnswer, httpCall } from './http-call.js';
import { layBooks } from './laid-books.js';
import { createManualClock, type ManualClock } from './manual-clock.js';
import { postgresOfThisRun } from './postgres.js';
import { createWorkWatch, type WorkWatch } from './work-under-way.js';

export const TILL_KEY = 'till-key-for-tests-AAAAAAAAAAAAAAAAAAAAAAAA';
/** The key of till T02, which may not cancel. */
export const SECOND_TILL_KEY = 'till-key-for-tests-BBBBBBBBBBBBBBBBBBBBBBBB';
export const CLIENT_ID = 'SANDBOX_0TESTONLY0000001';
export const NOTIFY_PATH = '/hooks/alipayplus/notifyPayment';
export const ACQUIRER_ID = '1020000000000000001';

const NAMES: ShopNames = {
  tillKey: TILL_KEY,
  secondTillKey: SECOND_TILL_KEY,
  clientId: CLIENT_ID,
  acquirerId: ACQUIRER_ID,
  notifyPath: NOTIFY_PATH,
};

/** What a till sees of a payment; only the members tests look at. */
export interface SeenPayment {
  readonly paymentRequestId: string;
  readonly state: string;
  readonly version: number;
  readonly sends: number;
  readonly endedBy: string | null;
  readonly cancelReason: string | null;
  readonly cancelledBy: string | null;
  readonly customerMayPay: string;
  readonly failure: { readonly reason: string; readonly resultCode: string | null; readonly advice: string } | null;
  readonly orderCode: { readonly value: string; readonly expiresAt: string } | null;
  readonly undo: { readonly by: string; readonly state: string; readonly amount: { readonly value: string } } | null;
  readonly refunded: { readonly currency: string; readonly value: string };
  readonly alerts: readonly { readonly kind: string; readonly paymentId: string | null }[];
  readonly display: readonly { readonly driver: string; readonly state: string; readonly confirmation: string | null }[];
  readonly lastResult: Readonly<Record<string, unknown>> | null;
  readonly next: { readonly action: string; readonly newSaleAllowed: boolean };
  readonly paidAt: string | null;
  readonly paymentId: string | null;
  readonly walletBrandName: string | null;
}

export interface HarnessOptions extends ShopWishes {
  readonly simulator?: SimulatorOptions;
  /** Given: everything runs on this clock; else on a hand-turned one. */
  readonly clock?: Clock;
}

/** One line of a payment's history. */
export interface TimelineEntry {
  readonly at: number;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A whole bridge on a real SQLite file, the simulator on loopback, a hand-turned clock. Everything is spoken to over HTTP. */
export interface Harness {
  readonly clock: ManualClock;
  readonly simulator: UpstreamSimulator;
  readonly bridge: () => Bridge;
  readonly folder: string;
  readonly logLines: readonly string[];
  /** Posts a sale and waits for the answer; where the upstream is slow somebody has to turn the clock meanwhile. */
  sell(sale?: Record<string, unknown>, waitSeconds?: number): Promise<HttpAnswer>;
  /** Posts a sale that must be new, lets everything happen that needs no time, and reads the payment. */
  place(sale?: Record<string, unknown>): Promise<SeenPayment>;
  read(id: string): Promise<SeenPayment>;
  cancel(id: string): Promise<HttpAnswer>;
  till(path: string, wish?: Parameters<typeof httpCall>[1]): Promise<HttpAnswer>;
  notify(headers: Record<string, string | readonly string[]>, body: string | Uint8Array, path?: string): Promise<HttpAnswer>;
  /** Turns the clock until the payment is in one of these states. */
  untilState(id: string, states: readonly string[], limitMs?: number): Promise<SeenPayment>;
  /** Turns the clock until what a till looks at is as wanted; looks again whenever something was written. */
  untilSeen<T>(look: () => Promise<T>, isIt: (seen: T) => boolean, what: string, limitMs?: number): Promise<T>;
  /** Everything that happened to a payment, oldest first. */
  timeline(id: string): Promise<readonly TimelineEntry[]>;
  /** The calls that came in at the upstream, oldest first; of one kind and one payment where named. */
  calls(kind?: 'pay' | 'inquiry' | 'cancel' | 'refund', id?: string): readonly CallRecord[];
  /** Changes the books behind the bridge's back, by one statement with `?` for values. */
  changeBooks(sql: string, values: readonly string[]): Promise<void>;
  /** Server-sent events of a lane; closed with the harness. */
  events(lane: string, lastEventId?: string): Promise<EventReader>;
  /**
   * Starts another bridge on the same books; `thrownAway` and `meddle` need a SQLite file. `inOrder`: the old one stops first, the clock is turned as far as that needs. `thrownAway`:
   * the new one finds the books as they stood at this instant; nothing the old one did afterwards is in them. `meddle` gets the SQLite
   * file in between.
   */
  restart(how?: 'inOrder' | 'thrownAway', meddle?: (booksFile: string) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

let references = 0;

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const folder = mkdtempSync(join(tmpdir(), 'ocbridge-test-'));
  const logLines: string[] = [];
  let simulator: UpstreamSimulator | undefined;
  const watch = createWorkWatch();
  const clock =
    (options.clock as ManualClock | undefined) ?? createManualClock({ busy: () => isBusy(watch, simulator), restMs: 1 });
  simulator = await createUpstreamSimulator({
    clock,
    clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
    notificationPausesMs: [],
    ...options.simulator,
  });
  const sim = simulator;
  const database = options.books === 'pg' ? await (await postgresOfThisRun()).createBooks() : undefined;
  if (database === undefined) await layBooks(join(folder, 'data', 'bridge.sqlite'));
  const env = database === undefined ? {} : { DATABASE_URL: database.connection };
  const file = await writeShopConfig(folder, sim.url, options, NAMES);
  let bridge = await start(file, env, clock, logLines);
  // The notify URL needs the upstream listener's real port; free ports are known only after the first start.
  const started = { upstream: bridge.urls.upstream ?? '' };

  const till: Harness['till'] = (path, wish = {}) =>
    httpCall(`${bridge.urls.terminal}${path}`, { ...wish, headers: { Authorization: `Bearer ${TILL_KEY}`, ...wish.headers } });

  const readers: EventReader[] = [];
  const harness: Harness = {
    clock,
    simulator: sim,
    bridge: () => bridge,
    folder,
    logLines,
    till,
    sell(sale = {}, waitSeconds = 3) {
      references += 1;
      return till('/v1/payments', {
        json: {
          saleReference: `S-${references}`,
          amount: { currency: 'JPY', value: '1980' },
          description: 'Matcha set',
          laneId: 'lane-1',
          ...sale,
        },
        headers: { Prefer: `wait=${waitSeconds}` },
      });
    },
    async place(sale) {
      const answer = await harness.sell(sale, 0);
      if (answer.status !== 201) throw new Error(`the sale was not taken: ${answer.status} ${answer.text}`);
      await clock.settle();
      return harness.read(answer.json<{ paymentRequestId: string }>().paymentRequestId);
    },
    async timeline(id) {
      return (await bridge.timeline(id))?.page.lines ?? [];
    },
    calls(kind, id) {
      const all = sim.calls().filter(({ call }) => kind === undefined || call === kind);
      return id === undefined ? all : all.filter(({ body }) => body.includes(`"paymentRequestId":"${id}"`));
    },
    changeBooks: (sql, values) =>
      database === undefined
        ? changeFile(join(folder, 'data', 'bridge.sqlite'), sql, values)
        : database
            .query(
              sql.split('?').reduce((text, part, at) => `${text}$${at}${part}`),
              values,
            )
            .then(() => undefined),
    async events(lane, lastEventId) {
      const headers = { Authorization: `Bearer ${TILL_KEY}`, ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }) };
      const reader = await readEvents(`${bridge.urls.terminal}/v1/lanes/${lane}/events`, headers);
      readers.push(reader);
      return reader;
    },
    async read(id) {
      return (await till(`/v1/payments/${id}`)).json<SeenPayment & Record<string, unknown>>();
    },
    cancel: (id) => till(`/v1/payments/${id}/cancel`, { method: 'POST' }),
    notify: (headers, body, path = NOTIFY_PATH) =>
      httpCall(`${started.upstream}${path}`, {
        body,
        headers: { 'Content-Type': 'application/json; charset=UTF-8', ...headers },
      }),
    untilState: (id, states, limitMs = 600_000) =>
      harness.untilSeen(
        () => harness.read(id),
        ({ state }) => states.includes(state),
        `payment in ${states.join(' or ')}`,
        limitMs,
      ),
    async untilSeen(look, isIt, what, limitMs = 600_000) {
      let seen = await look();
      let lookedAt = watch.written();
      const hasCome = async () => {
        if (isIt(seen)) return true;
        if (watch.written() === lookedAt) return false;
        lookedAt = watch.written();
        seen = await look();
        return isIt(seen);
      };
      await clock.advanceUntil(hasCome, what, { stepMs: 500, limitMs });
      return seen;
    },
    async restart(how = 'inOrder', meddle) {
      await clock.settle();
      const data = join(folder, 'data');
      const kept = join(folder, 'kept');
      if (how === 'thrownAway') {
        cpSync(data, kept, { recursive: true });
        const stopping = stopTurning(bridge, clock);
        // Its calls break off, so that no time has to pass until it is gone.
        await sim.setReachable(false);
        await stopping;
        await sim.setReachable(true);
        rmSync(data, { recursive: true });
        cpSync(kept, data, { recursive: true });
        rmSync(kept, { recursive: true });
      } else {
        await stopTurning(bridge, clock);
      }
      await meddle?.(join(data, 'bridge.sqlite'));
      bridge = await start(file, env, clock, logLines);
      started.upstream = bridge.urls.upstream ?? '';
      await clock.settle();
    },
    async stop() {
      for (const reader of readers) reader.close();
      await stopTurning(bridge, clock);
      await sim.stop();
      await database?.drop();
      watch.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}

function changeFile(filename: string, sql: string, values: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null) => (error === null ? resolve() : reject(error));
    const db = new sqlite3.Database(filename);
    db.configure('busyTimeout', 5000);
    db.run(sql, values, (error) => db.close((closing) => done(error ?? closing)));
  });
}

async function start(file: string, env: Environment, clock: Clock, logLines: string[]): Promise<Bridge> {
  const loaded = await loadConfig(file, env);
  if (loaded.kind === 'wrong') throw new Error(JSON.stringify(loaded.problems, null, 1));
  return startBridge({ config: loaded.config, clock, version: 'test', log: createLog((line) => logLines.push(line)) });
}

/** A stop waits for calls under way, and their deadlines come only if somebody turns the clock. */
async function stopTurning(bridge: Bridge, clock: ManualClock): Promise<void> {
  let isOver = false;
  const stopping = bridge.stop().finally(() => {
    isOver = true;
  });
  if ('advance' in clock) {
    for (let looks = 0; !isOver && looks < 5; looks += 1) await clock.settle();
    while (!isOver) await clock.advance(250);
  }
  await stopping;
}

/** Something is on its way that no turned time could hurry: a statement, a signature, bytes between bridge and simulator. */
function isBusy(watch: WorkWatch, simulator: UpstreamSimulator | undefined): boolean {
  const worked = watch.busy();
  if (simulator === undefined || worked) return worked;
  const heldThere = simulator.calls().filter(({ answer }) => answer === null).length;
  const delivering = simulator.notifications().some(({ attempts, deliveries }) => attempts > deliveries.length && attempts <= 50);
  return simulator.busy() || watch.callsUnderWay() > heldThere || delivering;
}
