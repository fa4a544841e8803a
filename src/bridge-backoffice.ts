import type { BackOfficeParts } from './backoffice/backoffice-app.js';
import { createSessionDesk, type SessionDesk } from './backoffice/session-desk.js';
import { createUserDesk, type UserDesk } from './backoffice/user-desk.js';
import type { Clock } from './base/clock.js';
import { machineZone } from './base/zone.js';
import type { ChainReport } from './books/act-books.js';
import type { StoredBooks } from './bridge-books.js';
import type { BridgeMetrics } from './bridge-metrics.js';
import type { JoinedUpstreams } from './bridge-upstreams.js';
import type { BridgeConfig } from './config/bridge-config.js';
import type { DisplayStatus } from './display/display-status.js';
import type { LaneId } from './payment/payment.js';
import { readinessOf } from './readiness.js';
import { refundView } from './terminal/payment-view.js';

export interface BackOfficeJoints extends Pick<BackOfficeParts, 'desk' | 'rulings' | 'recon' | 'view'> {
  readonly config: BridgeConfig;
  readonly stored: StoredBooks;
  readonly upstreams: JoinedUpstreams;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  readonly metrics: BridgeMetrics;
  readonly statuses: (laneId: LaneId) => readonly DisplayStatus[];
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
export function joinBackOffice({ config, stored, upstreams, statuses, ...given }: BackOfficeJoints): JoinedBackOffice {
  const { clock, stopping, metrics } = given;
  const readiness = () => readinessOf({ config, stored, upstreams, stopping });
  const displays = () => config.lanes.flatMap(({ id }) => statuses(id as LaneId));
  metrics.readFrom({ stored, displays, readyLanes: async () => (await readiness()).lanes });
  const sessions = createSessionDesk(stored.people, clock);
  return {
    served: {
      ...given,
      sessions,
      finder: { find: stored.payments.find, search: stored.search.search, timeline: stored.reading.timeline },
      refundView,
      refundsOf: stored.reading.refunds,
      readQuarantine: stored.reading.quarantined,
      lanes: config.lanes.map(({ id }) => id),
      recordAct: (act) => stored.acts.record(act, clock.now()),
      health: { readiness },
      zone: config.timeZone ?? machineZone(),
    },
    verbs: { users: createUserDesk(stored.people, clock), checkPassword: sessions.checkPassword, verifyActs: stored.acts.verify },
    pruneSessions: sessions.prune,
  };
}
