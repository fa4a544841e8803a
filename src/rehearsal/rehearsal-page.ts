import { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { createHttpApp } from '../http/http-app.js';
import { type Listener, startListener } from '../http/listener.js';
import { createLiveFeed } from '../http/live-feed.js';
import { pageFiles } from '../http/page-files.js';
import type { GlassDesk } from './glass-desk.js';
import type { RehearsalFacts } from './glass-words.js';
import { rehearsalRoutes } from './rehearsal-routes.js';
import { traceLines } from './trace-lines.js';

const FILES = ['index.html', 'glass.css', 'glass.js', 'icon.svg'] as const;
const TRACE_LINES = 60;
const STOPPED_WITHIN_MS = 300;

export interface RehearsalPageParts {
  readonly desk: GlassDesk;
  readonly facts: () => RehearsalFacts;
  /** On 127.0.0.1; 0 takes any that is free. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly stop: AbortSignal;
}

/** Opens the page of a rehearsal on the loopback address. Rejects with `listen.portTaken` where the port is taken. */
export async function openRehearsalPage(parts: RehearsalPageParts): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { desk, facts, port, clock, log, stop } = parts;
  const state = () => ({ ...facts(), troubles: desk.troubles(), trace: traceLines(desk.glass.trace(), TRACE_LINES) });
  const app = createHttpApp({
    listener: 'glass',
    frontDoor: { allowedHosts: [], allowedOrigins: [], secure: false },
    cors: { methods: ['GET', 'POST'], requestHeaders: ['Content-Type'], exposedHeaders: [], credentials: false },
    log,
    routers: [
      await pageFiles(new URL('./page/', import.meta.url), FILES),
      rehearsalRoutes(desk, createLiveFeed({ state, clock, stopping: stop })),
    ],
  });
  let listener: Listener;
  try {
    listener = await startListener({ name: 'glass', host: '127.0.0.1', port, handler: app.callback(), clock, log });
  } catch (error) {
    if (!(error instanceof BridgeError && error.code === 'listen.portTaken')) throw error;
    throw new BridgeError(
      'listen.portTaken',
      `port ${port} is taken by another program. Repair: choose another one with --page.`,
      {
        cause: error,
      },
    );
  }
  return { url: `${listener.url}/`, stop: () => listener.stop(STOPPED_WITHIN_MS) };
}
