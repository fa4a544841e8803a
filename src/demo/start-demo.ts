import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Router from '@koa/router';
import { BridgeError } from '../base/bridge-error.js';
import { type Clock, parseIsoTime, systemClock } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import { createHttpApp } from '../http/http-app.js';
import { type Listener, startListener } from '../http/listener.js';
import { createLiveFeed } from '../http/live-feed.js';
import { pageFiles } from '../http/page-files.js';
import { BRIDGE_PUBLIC_PEM } from '../simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '../simulator/upstream-simulator.js';
import { curlLine } from './curl-line.js';
import { type CutOff, createCutOff } from './cut-off.js';
import { type DemoBridge, startDemoBridge } from './demo-bridge.js';
import {
  DEMO_ACQUIRER_ID,
  DEMO_CLIENT_ID,
  DEMO_CURRENCY,
  DEMO_LANE,
  DEMO_TERMINAL,
  type DemoConfiguration,
  writeDemoConfiguration,
} from './demo-configuration.js';
import { createDemoGlass, type DemoGlass } from './demo-glass.js';
import { DEMO_PAGE_FILES } from './demo-page.js';
import { demoRoutes } from './demo-routes.js';
import { passOn } from './pass-on.js';
import { storyOf } from './story.js';
import { readTillScreen } from './till-screen.js';
import { createTroubles } from './troubles.js';
import { upstreamSummary } from './upstream-summary.js';

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

/** Starts bridge, simulator, emulated display and page in this process. Rejects, with nothing left behind, when that is impossible. */
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
  const { network, simulator, glass } = shop;
  const ports = { upstreamPort: network.out.port, notifyPort: network.back.port, displayPort: glass.port };
  const configuration = await writeDemoConfiguration({ folder, ...ports });
  const bridge = await startDemoBridge(configuration.file, log, version);
  onStop(() => bridge.stop());
  network.out.leadTo(simulator.port);
  network.back.leadTo(bridge.upstreamPort);

  const stopping = new AbortController();
  const pieces = { shop, bridge, configuration, clock, version, stopping: stopping.signal };
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
  readonly glass: DemoGlass;
}

/** What a shop has around its bridge: a line to the upstream, the upstream, a customer display. */
async function startSurroundings(clock: Clock, onStop: OnStop): Promise<Surroundings> {
  const network = await createNetwork();
  onStop(network.stop);
  const simulator = await createUpstreamSimulator({
    clock,
    clientId: DEMO_CLIENT_ID,
    acquirerId: DEMO_ACQUIRER_ID,
    clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
    notificationPausesMs: NOTIFICATION_PAUSES_MS,
  });
  onStop(() => simulator.stop());
  const glass = await createDemoGlass(clock);
  onStop(() => glass.stop());
  return { network, simulator, glass };
}

interface Pieces {
  readonly shop: Surroundings;
  readonly bridge: DemoBridge;
  readonly configuration: DemoConfiguration;
  readonly clock: Clock;
  readonly version: string;
  readonly stopping: AbortSignal;
}

function routesOf({ shop, bridge, configuration, clock, version, stopping }: Pieces): Router {
  const { network, simulator, glass } = shop;
  const { terminalUrl } = bridge;
  const authorization = `Bearer ${configuration.terminalKey}`;
  const display = { isWhole: () => glass.facts().plugged, setWhole: glass.setPlugged };
  const troubles = createTroubles({ simulator, network, display });
  const started = {
    startedAt: clock.now(),
    version,
    terminalId: DEMO_TERMINAL,
    laneId: DEMO_LANE,
    currency: DEMO_CURRENCY,
    terminalUrl,
    curl: curlLine(terminalUrl, configuration.headerFile),
  };
  const state = () => ({
    ...started,
    glass: glass.facts(),
    troubles: troubles.list(),
    upstream: upstreamSummary(simulator.orders()),
  });
  return demoRoutes({
    follow: createLiveFeed({ state, clock, stopping }),
    picture: glass.picture,
    troubles,
    async story(id) {
      const timeline = await bridge.timeline(id);
      const paidInWalletAt = parseIsoTime(simulator.order(id)?.paidAt ?? '') ?? null;
      return timeline && storyOf(timeline, { codeOnGlass: glass.stretchesOf, paidInWalletAt });
    },
    look: async (tillShows) => (tillShows === null ? glass.readCode() : readTillScreen(terminalUrl, authorization, tillShows)),
    terminal: passOn({ url: terminalUrl, headers: { authorization }, ...TERMINAL_HEADERS }),
    simulator: passOn({
      url: simulator.url,
      headers: {},
      requestHeaders: ['accept', 'content-type'],
      answerHeaders: ['content-type'],
    }),
  });
}

const TERMINAL_HEADERS = {
  requestHeaders: ['accept', 'content-type', 'prefer', 'last-event-id'],
  answerHeaders: ['content-type', 'cache-control', 'location', 'preference-applied', 'retry-after', 'content-security-policy'],
};

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
