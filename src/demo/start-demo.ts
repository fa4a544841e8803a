import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Router from '@koa/router';
import { invariant } from '../base/assert.js';
import { BridgeError } from '../base/bridge-error.js';
import { type Clock, systemClock } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import { createHttpApp } from '../http/http-app.js';
import { type Listener, startListener } from '../http/listener.js';
import { pageFiles } from '../http/page-files.js';
import { BRIDGE_PUBLIC_PEM } from '../simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '../simulator/upstream-simulator.js';
import { type CutOff, createCutOff } from './cut-off.js';
import { startDemoBridge } from './demo-bridge.js';
import { writeDemoConfiguration } from './demo-configuration.js';
import { DEMO_DESKS, type DemoDesk } from './demo-desks.js';
import { createDemoGlass, type DemoGlass } from './demo-glass.js';
import { DEMO_PAGE_FILES } from './demo-page.js';
import { demoRoutes } from './demo-routes.js';
import { type DeskParts, deskPieces } from './desk-pieces.js';
import { passOn } from './pass-on.js';

/** What the demo needs from outside. */
export interface DemoParts {
  /** Port of the page; undefined takes the usual one, or any that is free. */
  readonly port: number | undefined;
  readonly version: string;
  readonly log: Log;
}

/** A running demo. */
export interface Demo {
  /** The page to open. */
  readonly url: string;
  /** Stops everything and removes the temporary folder. Never rejects. */
  stop(): Promise<void>;
}

/** Where the page is found when nobody says otherwise: the same address after a restart lets open pages come back by themselves. */
const USUAL_PORT = 8490;
/** Shorter than the upstream's plan, which begins with two minutes (order-code reference 1.4): nobody watches for that long. */
const NOTIFICATION_PAUSES_MS = [5_000, 10_000, 30_000, 120_000];

/** Starts bridge, simulator, emulated displays and page in this process. Rejects, with nothing left behind, when that is impossible. */
export async function startDemo(parts: DemoParts): Promise<Demo> {
  const undo: (() => Promise<unknown>)[] = [];
  const unwind = async () => {
    for (const step of undo.splice(0).reverse()) {
      await step().catch((error: unknown) =>
        parts.log.error('a part of the demo did not stop in order', { error: errorText(error) }),
      );
    }
  };
  try {
    const url = await joinDemo(parts, (step) => undo.push(step));
    let stopped: Promise<void> | undefined;
    return {
      url,
      stop() {
        stopped ??= unwind();
        return stopped;
      },
    };
  } catch (error) {
    await unwind();
    throw error;
  }
}

type OnStop = (step: () => Promise<unknown>) => void;

async function joinDemo({ port, version, log }: DemoParts, onStop: OnStop): Promise<string> {
  const clock = systemClock;
  const folder = await mkdtemp(join(tmpdir(), 'ocbridge-demo-'));
  onStop(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const shop = await startSurroundings(clock, onStop);
  const { network, simulator, glassOf } = shop;
  const displayPort = (laneId: string) => glassOf(laneId).port;
  const ports = { upstreamPort: network.out.port, notifyPort: network.back.port, displayPort };
  const configuration = await writeDemoConfiguration({ folder, ...ports });
  const bridge = await startDemoBridge(configuration.file, log, version);
  onStop(() => bridge.stop());
  network.out.leadTo(simulator.port);
  network.back.leadTo(bridge.upstreamPort);

  const stopping = new AbortController();
  const pieces = { network, simulator, glassOf, bridge, configuration, clock, version, stopping: stopping.signal };
  const app = createHttpApp({
    listener: 'demo',
    frontDoor: { allowedHosts: [], allowedOrigins: [], secure: false },
    cors: { methods: ['GET', 'POST', 'PUT'], requestHeaders: ['Content-Type'], exposedHeaders: [], credentials: false },
    log,
    routers: [await pageFiles(new URL('./page/', import.meta.url), DEMO_PAGE_FILES), routesOf(pieces)],
  });
  const listener = await openPage(port, (wanted) =>
    startListener({ name: 'demo', host: '127.0.0.1', port: wanted, handler: app.callback(), clock, log }),
  );
  onStop(async () => {
    stopping.abort();
    await listener.stop(300);
  });
  return `${listener.url}/`;
}

interface Surroundings {
  readonly network: Awaited<ReturnType<typeof createNetwork>>;
  readonly simulator: UpstreamSimulator;
  readonly glassOf: (laneId: string) => DemoGlass;
}

/** What a shop has around its bridge: a line to the upstreams, the upstreams, a customer display on each lane. */
async function startSurroundings(clock: Clock, onStop: OnStop): Promise<Surroundings> {
  const network = await createNetwork();
  onStop(network.stop);
  const simulator = await createUpstreamSimulator({
    clock,
    clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
    notificationPausesMs: NOTIFICATION_PAUSES_MS,
  });
  onStop(() => simulator.stop());
  const glasses = new Map<string, DemoGlass>();
  for (const { laneId } of DEMO_DESKS) {
    const glass = await createDemoGlass(clock);
    onStop(() => glass.stop());
    glasses.set(laneId, glass);
  }
  const glassOf = (laneId: string) => {
    const glass = glasses.get(laneId);
    invariant(glass !== undefined, 'every lane of the demo has a glass');
    return glass;
  };
  return { network, simulator, glassOf };
}

type Pieces = Omit<DeskParts, 'desk' | 'glass'> & Pick<Surroundings, 'glassOf'>;

function routesOf({ glassOf, ...parts }: Pieces): Router {
  const joined = (desk: DemoDesk) => deskPieces({ ...parts, desk, glass: glassOf(desk.laneId) });
  const [first, ...others] = DEMO_DESKS;
  return demoRoutes({
    desks: [joined(first), ...others.map(joined)],
    simulator: passOn({
      url: parts.simulator.url,
      headers: {},
      requestHeaders: ['accept', 'content-type'],
      answerHeaders: ['content-type'],
    }),
  });
}

/** Both directions of the shop's line to the upstream: calls out, notifications back. */
async function createNetwork() {
  const out: CutOff = await createCutOff();
  const back: CutOff = await createCutOff();
  return {
    out,
    back,
    isWhole: () => out.isWhole() && back.isWhole(),
    async setWhole(whole: boolean) {
      await Promise.all([out.setWhole(whole), back.setWhole(whole)]);
    },
    async stop() {
      await Promise.all([out.stop(), back.stop()]);
    },
  };
}

async function openPage(port: number | undefined, open: (port: number) => Promise<Listener>): Promise<Listener> {
  try {
    return await open(port ?? USUAL_PORT);
  } catch (error) {
    if (!(error instanceof BridgeError && error.code === 'listen.portTaken')) throw error;
    if (port === undefined) return open(0);
    throw new BridgeError(
      'listen.portTaken',
      `port ${port} is taken by another program. Repair: choose another one with --port.`,
    );
  }
}
