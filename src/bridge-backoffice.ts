import type { BackOfficeParts } from './backoffice/backoffice-app.js';
import { createSessionDesk, type SessionDesk } from './backoffice/session-desk.js';
import { createUserDesk, type UserDesk } from './backoffice/user-desk.js';
import type { Log } from './base/log.js';
import { machineZone } from './base/zone.js';
import type { ChainReport } from './books/act-books.js';
import { EVENTS_KEPT_MS } from './books/lane-event-books.js';
import type { BridgeMetrics } from './bridge-metrics.js';
import { joinSignatures } from './bridge-signatures.js';
import { joinToday, type TodayJoints } from './bridge-today.js';
import type { LaneId } from './payment/payment.js';
import { readinessOf } from './readiness.js';
import { refundView } from './terminal/payment-view.js';

export interface BackOfficeJoints extends Pick<BackOfficeParts, 'desk' | 'rulings' | 'recon'>, TodayJoints {
  readonly log: Log;
  readonly stopping: AbortSignal;
  readonly metrics: BridgeMetrics;
}

/** The back office, joined: what its listener serves, and what commands ask of it. */
export interface JoinedBackOffice {
  readonly served: Omit<BackOfficeParts, 'frontDoor' | 'log' | 'version'>;
  /** For commands over the admin socket. */
  readonly verbs: {
    /** Lets people in and shuts them out. */
    readonly users: UserDesk;
    /** Whether this is the person's password, and the role that goes with it; for commands that ask for it. */
    readonly checkPassword: SessionDesk['checkPassword'];
    /** Looks through the trail of acts. */
    verifyActs(): Promise<ChainReport>;
  };
  /** Throws away sessions that have ended. */
  pruneSessions(): Promise<void>;
}

/** Joins the back office to the books and the upstreams. */
export function joinBackOffice({ config, stored, upstreams, displays: glasses, ...given }: BackOfficeJoints): JoinedBackOffice {
  const { clock, log, stopping, metrics, views } = given;
  const readiness = () => readinessOf({ config, log, stored, upstreams, stopping });
  const displays = () => config.lanes.flatMap(({ id }) => glasses.statuses(id as LaneId));
  metrics.readFrom({ stored, displays, readyLanes: async () => (await readiness()).lanes });
  const sessions = createSessionDesk(stored.people, clock);
  return {
    served: {
      ...given,
      sessions,
      view: views.payment,
      today: joinToday({ config, stored, upstreams, displays: glasses, ...given }),
      finder: { find: stored.payments.find, search: stored.search.search, ...stored.history },
      checkAgain: joinSignatures(config, upstreams),
      glassKeptMs: EVENTS_KEPT_MS,
      refundView,
      refundsOf: stored.reading.refunds,
      quarantined: stored.quarantine,
      listedAlerts: stored.alerts,
      acts: stored.acts,
      latePayment: (upstreamId) => config.upstreams.find(({ id }) => id === upstreamId)?.latePayment ?? 'undo',
      lanes: config.lanes.map(({ id }) => id),
      recordAct: (act) => stored.acts.record(act, clock.now()),
      health: { readiness },
      site: {
        shop: config.merchants.map(({ merchantDisplayName, merchantName }) => merchantDisplayName ?? merchantName).join(', '),
        instanceId: config.instanceId,
      },
      zone: config.timeZone ?? machineZone(),
    },
    verbs: { users: createUserDesk(stored.people, clock), checkPassword: sessions.checkPassword, verifyActs: stored.acts.verify },
    pruneSessions: sessions.prune,
  };
}
