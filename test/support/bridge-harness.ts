import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Clock } from '#src/base/clock.js';
import { createLog } from '#src/base/log.js';
import { type Bridge, startBridge } from '#src/bridge.js';
import { loadConfig } from '#src/config/load-config.js';
import { BRIDGE_PRIVATE_PEM, BRIDGE_PUBLIC_PEM, UPSTREAM_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type SimulatorOptions, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type HttpAnswer, httpCall } from './http-call.js';
import { createManualClock, type ManualClock } from './manual-clock.js';
import { createWorkWatch } from './work-under-way.js';

export const TILL_KEY = 'till-key-for-tests-AAAAAAAAAAAAAAAAAAAAAAAA';
export const CLIENT_ID = 'SANDBOX_0TESTONLY0000001';
export const NOTIFY_PATH = '/hooks/alipayplus/notifyPayment';
export const ACQUIRER_ID = '1020000000000000001';

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
  readonly alerts: readonly { readonly kind: string; readonly paymentId: string | null }[];
  readonly display: readonly { readonly driver: string; readonly state: string; readonly confirmation: string | null }[];
  readonly lastResult: Readonly<Record<string, unknown>> | null;
  readonly next: { readonly action: string; readonly newSaleAllowed: boolean };
  readonly paidAt: string | null;
  readonly paymentId: string | null;
  readonly walletBrandName: string | null;
}

export interface HarnessOptions {
  readonly simulator?: SimulatorOptions;
  readonly displays?: readonly Record<string, unknown>[];
  readonly timing?: Record<string, unknown>;
  readonly lanes?: readonly string[];
  /** Given: everything runs on this clock; else on a hand-turned one. */
  readonly clock?: Clock;
  readonly upstream?: Record<string, unknown>;
  readonly expose?: boolean;
}

/** A whole bridge on a real SQLite file, the simulator on loopback, a hand-turned clock. Everything is spoken to over HTTP. */
export interface Harness {
  readonly clock: ManualClock;
  readonly simulator: UpstreamSimulator;
  readonly bridge: () => Bridge;
  readonly folder: string;
  readonly logLines: readonly string[];
  sell(sale?: Record<string, unknown>, waitSeconds?: number): Promise<HttpAnswer>;
  read(id: string): Promise<SeenPayment>;
  cancel(id: string): Promise<HttpAnswer>;
  till(path: string, wish?: Parameters<typeof httpCall>[1]): Promise<HttpAnswer>;
  notify(headers: Record<string, string | readonly string[]>, body: string | Uint8Array, path?: string): Promise<HttpAnswer>;
  /** Turns the clock until the payment is in one of these states. */
  untilState(id: string, states: readonly string[], limitMs?: number): Promise<SeenPayment>;
  /** Stops this bridge (in order) and starts another on the same books. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

let references = 0;

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const folder = mkdtempSync(join(tmpdir(), 'ocbridge-test-'));
  const logLines: string[] = [];
  let simulator: UpstreamSimulator | undefined;
  const working = createWorkWatch();
  const clock =
    (options.clock as ManualClock | undefined) ??
    createManualClock({ busy: () => working.busy() || (simulator?.busy() ?? false), restMs: 1 });
  simulator = await createUpstreamSimulator({
    clock,
    clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
    notificationPausesMs: [],
    ...options.simulator,
  });
  const sim = simulator;
  const file = writeConfig(folder, sim.url, await freeNotifyPort(), options);
  let bridge = await start(file, clock, logLines);
  // The notify URL needs the upstream listener's real port; free ports are known only after the first start.
  const started = { upstream: bridge.urls.upstream ?? '' };

  const till: Harness['till'] = (path, wish = {}) =>
    httpCall(`${bridge.urls.terminal}${path}`, { ...wish, headers: { Authorization: `Bearer ${TILL_KEY}`, ...wish.headers } });

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
    async read(id) {
      return (await till(`/v1/payments/${id}`)).json<SeenPayment & Record<string, unknown>>();
    },
    cancel: (id) => till(`/v1/payments/${id}/cancel`, { method: 'POST' }),
    notify: (headers, body, path = NOTIFY_PATH) =>
      httpCall(`${started.upstream}${path}`, {
        body,
        headers: { 'Content-Type': 'application/json; charset=UTF-8', ...headers },
      }),
    async untilState(id, states, limitMs = 600_000) {
      let seen = await harness.read(id);
      await clock.advanceUntil(
        async () => {
          seen = await harness.read(id);
          return states.includes(seen.state);
        },
        `payment in ${states.join(' or ')}`,
        { stepMs: 500, limitMs },
      );
      return seen;
    },
    async restart() {
      await stopped(bridge, clock);
      bridge = await start(file, clock, logLines);
      started.upstream = bridge.urls.upstream ?? '';
    },
    async stop() {
      await stopped(bridge, clock);
      await sim.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}

/** A stop waits for calls under way, and their deadlines come only if somebody turns the clock. */
async function stopped(bridge: Bridge, clock: ManualClock): Promise<void> {
  let over = false;
  const stopping = bridge.stop().finally(() => {
    over = true;
  });
  await clock.settle();
  while (!over) await clock.advance(1000);
  await stopping;
}

async function start(file: string, clock: Clock, logLines: string[]): Promise<Bridge> {
  const loaded = await loadConfig(file, {});
  if (loaded.kind === 'wrong') throw new Error(JSON.stringify(loaded.problems, null, 1));
  return startBridge({ config: loaded.config, clock, version: 'test', log: createLog((line) => logLines.push(line)) });
}

/** The notify URL has to name its port before the listener opens: one below the range that outgoing connections take theirs from. */
let nextNotifyPort = 15_000 + (process.pid % 10_000);

async function freeNotifyPort(): Promise<number> {
  for (;;) {
    nextNotifyPort += 1;
    const port = nextNotifyPort;
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

function writeConfig(folder: string, simulatorUrl: string, notifyPort: number, options: HarnessOptions): string {
  mkdirSync(join(folder, 'keys'), { mode: 0o700 });
  writeFileSync(join(folder, 'keys', 'own.pem'), BRIDGE_PRIVATE_PEM, { mode: 0o600 });
  writeFileSync(join(folder, 'keys', 'theirs.pem'), UPSTREAM_PUBLIC_PEM);
  const lanes = options.lanes ?? ['lane-1'];
  const config = {
    instanceId: 'TEST1',
    listen: {
      terminal: { host: '127.0.0.1', port: 0 },
      upstream: { host: '127.0.0.1', port: notifyPort },
      backOffice: { host: '127.0.0.1', port: 0 },
    },
    database: { client: 'sqlite3', filename: './data/bridge.sqlite' },
    upstreams: [
      {
        id: 'alipayplus',
        dialect: 'alipayplus_order_code',
        baseUrl: simulatorUrl,
        clientId: CLIENT_ID,
        acquirerId: ACQUIRER_ID,
        privateKeyFile: './keys/own.pem',
        upstreamPublicKeyFiles: { '1': './keys/theirs.pem' },
        notifyUrl: `http://127.0.0.1:${notifyPort}${NOTIFY_PATH}`,
        userAgent: 'ExamplePOS/1.0',
        ...(options.timing && { timing: options.timing }),
        ...options.upstream,
      },
    ],
    merchants: [
      {
        id: 'shop-1',
        currencies: ['JPY', 'USD'],
        referenceMerchantId: 'M0042',
        merchantName: 'Kanda Tea Stand',
        merchantMCC: '5814',
        merchantAddress: { region: 'JP', city: 'Tokyo' },
        store: { referenceStoreId: 'S001', storeName: 'Kanda Tea Stand Ekimae' },
      },
    ],
    lanes: lanes.map((id) => ({
      id,
      merchant: 'shop-1',
      upstream: 'alipayplus',
      displays: options.displays ?? [{ driver: 'virtual' }],
    })),
    terminals: [
      { id: 'T01', lanes, keySha256: [createHash('sha256').update(TILL_KEY).digest('hex')], may: ['pay', 'cancel', 'refund'] },
    ],
  };
  const file = join(folder, 'bridge.yaml');
  writeFileSync(file, stringify(config));
  return file;
}
