import type Router from '@koa/router';
import type Koa from 'koa';
import type { FrontDoorRules } from '../http/access.js';
import { createHttpApp } from '../http/http-app.js';
import type { Refund } from '../payment/refund.js';
import { alertRoutes, type ListedAlert } from './alert-calls.js';
import { auditRoutes, type Trail, verifyTogether } from './audit-calls.js';
import { descriptionRoute } from './backoffice-description.js';
import { type BackOfficeGate, createBackOfficeGate } from './backoffice-gate.js';
import { type ClearingRouteParts, clearingRoutes } from './clearing-routes.js';
import type { WaitingBooks } from './dealing.js';
import { type BridgeHealth, healthRoutes } from './health-routes.js';
import { type MetricsText, metricsRoute } from './metrics-route.js';
import { type PagesParts, pageRoutes } from './pages/page-routes.js';
import type { VerifyPageParts } from './pages/verify-page.js';
import { type PaymentRouteParts, paymentRoutes } from './payment-routes.js';
import { type QuarantinedNotification, quarantineRoutes } from './quarantine-calls.js';
import { createRefundCalls, type RefundCallParts, refundRoutes } from './refund-calls.js';
import { createRulingCalls, type RulingCallParts, rulingRoutes } from './ruling-calls.js';
import type { SessionDesk } from './session-desk.js';
import { sessionRoutes } from './session-routes.js';
import type { CheckAgain } from './signature-again.js';
import type { TodayPorts } from './today-ports.js';

/** Calls under way at once, files on their way included. */
const CALLS_AT_ONCE = 64;

/** Everything the back office is joined to. */
export interface BackOfficeParts
  extends Omit<PaymentRouteParts, 'gate'>,
    Pick<RefundCallParts, 'refundsOf'>,
    Pick<RulingCallParts, 'rulings'> {
  /** The JSON of a refund as tills get it. */
  readonly refundView: (refund: Refund) => object;
  readonly frontDoor: FrontDoorRules;
  readonly sessions: SessionDesk;
  readonly health: BridgeHealth;
  readonly recon: ClearingRouteParts['desk'];
  readonly quarantined: WaitingBooks<QuarantinedNotification>;
  readonly listedAlerts: WaitingBooks<ListedAlert>;
  readonly acts: Trail;
  /** What the configuration says about late money of an upstream. */
  readonly latePayment: (upstreamId: string) => 'undo' | 'ask';
  readonly metrics: MetricsText;
  /** Version of the program, for the API description. */
  readonly version: string;
  readonly today: TodayPorts;
  readonly checkAgain: CheckAgain;
  readonly finder: PaymentRouteParts['finder'] & VerifyPageParts['finder'];
  /** How long it is kept what displays showed, ms. */
  readonly glassKeptMs: number;
  /** The lanes of the configuration, in its order. */
  readonly lanes: readonly string[];
  /** Whose printed reports they are. */
  readonly site: PagesParts['site'];
  /** IANA name of the time zone that pages show times in. */
  readonly zone: string;
}

/** The Koa application of `listen.backOffice`. Does not listen by itself. */
export async function createBackOfficeApp(parts: BackOfficeParts): Promise<Koa> {
  const gate = createBackOfficeGate({ ...parts, secure: parts.frontDoor.secure });
  return createHttpApp({
    listener: 'backOffice',
    frontDoor: parts.frontDoor,
    // Pages of other origins show an API key; the cookie is for our own.
    cors: {
      methods: ['GET', 'HEAD', 'POST', 'DELETE'],
      requestHeaders: ['Authorization', 'Content-Type'],
      exposedHeaders: ['Retry-After', 'X-Trace-Id'],
      credentials: false,
    },
    log: parts.log,
    callsAtOnce: CALLS_AT_ONCE,
    routers: await routersOf(parts, gate),
  });
}

async function routersOf(parts: BackOfficeParts, gate: BackOfficeGate): Promise<readonly Router[]> {
  const refunds = createRefundCalls(parts);
  const rulingCalls = createRulingCalls(parts);
  const { clock, stopping } = parts;
  const quarantine = { books: parts.quarantined, clock, stopping };
  const alerts = { books: parts.listedAlerts, clock, stopping };
  const trail = verifyTogether(parts.acts);
  return [
    healthRoutes({ ...parts, gate }),
    descriptionRoute({ ...parts, gate }),
    sessionRoutes({ ...parts, gate }),
    paymentRoutes({ ...parts, gate }),
    refundRoutes({ ...parts, gate, refunds }),
    rulingRoutes({ ...parts, gate, rulingCalls }),
    quarantineRoutes({ ...parts, gate, quarantine }),
    alertRoutes({ ...parts, gate, alerts }),
    auditRoutes({ ...parts, gate, trail }),
    clearingRoutes({ desk: parts.recon, gate, clock, log: parts.log }),
    metricsRoute({ ...parts, gate }),
    ...(await pageRoutes({ ...parts, gate, rulingCalls, quarantine, alerts, trail })),
  ];
}
