import type Koa from 'koa';
import type { FrontDoorRules } from '../http/access.js';
import { createHttpApp } from '../http/http-app.js';
import { describeTerminalApi } from './api-description.js';
import { docsRoutes } from './docs-page.js';
import { createLaneEvents } from './terminal-events.js';
import { createTerminalGate, type TerminalLimits } from './terminal-gate.js';
import type { LaneDisplays, UpstreamTimes } from './terminal-ports.js';
import { type RouteParts, terminalRoutes } from './terminal-routes.js';
import { createTerminalViews } from './terminal-views.js';

/** Everything the terminal API is joined to. */
export interface TerminalAppParts extends Omit<RouteParts, 'views' | 'followLane' | 'gate'> {
  readonly frontDoor: FrontDoorRules;
  readonly displays: LaneDisplays;
  readonly upstreams: UpstreamTimes;
  readonly codesMayShow: () => boolean;
  /** Version of the program, for the API description. */
  readonly version: string;
  readonly limits: TerminalLimits;
}

/** The Koa application of `listen.terminal`: the terminal API, its description and its readable page. Does not listen by itself. */
export function createTerminalApp(parts: TerminalAppParts): Koa {
  const views = createTerminalViews(parts);
  const followLane = createLaneEvents({ ...parts, views });
  const gate = createTerminalGate(parts);
  const api = terminalRoutes({ ...parts, views, followLane, gate });
  const docs = docsRoutes(() => describeTerminalApi(parts.version));
  return createHttpApp({
    listener: 'terminal',
    frontDoor: parts.frontDoor,
    cors: {
      methods: ['GET', 'HEAD', 'POST'],
      requestHeaders: ['Authorization', 'Content-Type', 'Prefer', 'Last-Event-ID'],
      exposedHeaders: ['Location', 'Preference-Applied', 'Retry-After', 'X-Trace-Id'],
      credentials: false,
    },
    log: parts.log,
    routers: [api, docs],
  });
}
