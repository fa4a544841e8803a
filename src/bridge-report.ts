import type { Clock } from './base/clock.js';
import type { StoredBooks } from './bridge-books.js';
import type { JoinedDisplays } from './bridge-displays.js';
import type { ListenerUrls } from './bridge-listeners.js';
import type { JoinedUpstreams } from './bridge-upstreams.js';
import type { BridgeConfig } from './config/bridge-config.js';
import type { ReportWatch } from './courier/watch-reports.js';
import type { LaneId } from './payment/payment.js';
import type { BridgeReport, ToldCause } from './technician/doctor-parts.js';

interface ReportParts {
  readonly config: BridgeConfig;
  readonly clock: Clock;
  readonly stored: StoredBooks;
  readonly upstreams: JoinedUpstreams;
  readonly displays: Pick<JoinedDisplays, 'statuses'>;
  readonly urls: ListenerUrls;
  readonly reportWatch: Pick<ReportWatch, 'late'>;
}

/** What a running bridge knows of its own health, for "ocbridge doctor"; all but the log, which belongs to the process. */
export async function reportOf({
  config,
  clock,
  stored,
  upstreams,
  displays,
  urls,
  reportWatch,
}: ReportParts): Promise<Omit<BridgeReport, 'log'>> {
  const books = causeOf(await stored.health.ask());
  return {
    books,
    blockedLanes: books === null ? await stored.reading.blockedLanes() : [],
    listeners: { ...urls },
    upstreams: upstreams.all.map(({ notifying, line }) => ({ id: notifying.id, trouble: causeOf(line.trouble()) })),
    now: clock.now(),
    lateReports: books === null ? await reportWatch.late() : [],
    displays: config.lanes.map(({ id }) => ({ laneId: id, statuses: displays.statuses(id as LaneId) })),
  };
}

function causeOf(error: { readonly code: string; readonly message: string } | null): ToldCause | null {
  return error === null ? null : { code: error.code, message: error.message };
}
