import { type Clock, parseIsoTime } from '../base/clock.js';
import { createLiveFeed } from '../http/live-feed.js';
import type { UpstreamSimulator } from '../simulator/upstream-simulator.js';
import { curlLine } from './curl-line.js';
import type { DemoBridge } from './demo-bridge.js';
import { DEMO_CURRENCY, type DemoConfiguration } from './demo-configuration.js';
import { DEMO_CUSTOMERS, DEMO_DESKS, type DemoDesk } from './demo-desks.js';
import type { DemoGlass } from './demo-glass.js';
import type { DeskRouteParts } from './demo-routes.js';
import { passOn } from './pass-on.js';
import { storyOf } from './story.js';
import { readTillScreen } from './till-screen.js';
import { createTroubles, type TroubleParts } from './troubles.js';
import { upstreamSummary } from './upstream-summary.js';

/** What a desk is joined to. */
export interface DeskParts {
  readonly desk: DemoDesk;
  readonly glass: DemoGlass;
  readonly simulator: UpstreamSimulator;
  readonly network: TroubleParts['network'];
  readonly bridge: DemoBridge;
  readonly configuration: DemoConfiguration;
  readonly clock: Clock;
  readonly version: string;
  readonly stopping: AbortSignal;
}

const TERMINAL_HEADERS = {
  requestHeaders: ['accept', 'content-type', 'prefer', 'last-event-id'],
  answerHeaders: ['content-type', 'cache-control', 'location', 'preference-applied', 'retry-after', 'content-security-policy'],
};

/** Joins one lane's till, glass, upstream and troubles to what the page shows of them and asks of them. */
export function deskPieces(parts: DeskParts): DeskRouteParts {
  const { desk, glass, simulator, bridge, configuration, clock, stopping } = parts;
  const { terminalUrl } = bridge;
  const till = configuration.till(desk.terminalId);
  const authorization = `Bearer ${till.terminalKey}`;
  const { name: upstream, code, repeatsCode = true } = desk;
  const display = { isWhole: () => glass.facts().plugged, setWhole: glass.setPlugged };
  const words = { upstream, showsCode: code !== null, repeatsCode };
  const troubles = createTroubles({ simulator, network: parts.network, display, ...words });
  const started = { ...factsOf(desk), startedAt: clock.now(), version: parts.version, terminalUrl };
  const curl = curlLine(terminalUrl, till.headerFile, code === null ? DEMO_CUSTOMERS[0].reference : undefined);
  const state = () => ({
    ...started,
    curl,
    glass: glass.facts(),
    troubles: troubles.list(),
    account: upstreamSummary(simulator.orders(), desk.clientId),
  });
  const terminal = { url: terminalUrl, headers: { authorization }, ...TERMINAL_HEADERS };
  return {
    upstreamId: desk.upstreamId,
    terminalId: desk.terminalId,
    follow: createLiveFeed({ state, clock, stopping }),
    picture: glass.picture,
    troubles,
    async story(id) {
      const timeline = await bridge.timeline(id);
      const paidInWalletAt = parseIsoTime(simulator.order(id)?.paidAt ?? '') ?? null;
      return timeline && storyOf(timeline, { codeOnGlass: glass.stretchesOf, paidInWalletAt, upstream, code });
    },
    look: async (tillShows) => (tillShows === null ? glass.readCode() : readTillScreen(terminalUrl, authorization, tillShows)),
    terminal: passOn(terminal),
    terminalUnder: (under) => passOn({ ...terminal, under }),
  };
}

/** What never changes while the demo runs. */
function factsOf({ upstreamId, name, brand, code, terminalId, laneId }: DemoDesk) {
  return {
    terminalId,
    laneId,
    currency: DEMO_CURRENCY,
    upstream: { id: upstreamId, name, brand },
    upstreams: DEMO_DESKS.map((desk) => ({ id: desk.upstreamId, title: desk.title })),
    showsCode: code !== null,
    customers: code === null ? DEMO_CUSTOMERS.map(({ reference, label }) => ({ reference, label })) : [],
  };
}
