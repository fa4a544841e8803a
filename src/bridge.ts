import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { BridgeError } from './base/bridge-error.js';
import { type Clock, systemClock } from './base/clock.js';
import { createDoorbell, type Doorbell } from './base/doorbell.js';
import { killPoint } from './base/kill-point.js';
import { errorText, type Log } from './base/log.js';
import type { Db } from './books/database-kind.js';
import type { TimelinePage } from './books/timeline-books.js';
import { refuseForgottenUpstreams } from './bridge-accounts.js';
import { type JoinedBackOffice, joinBackOffice } from './bridge-backoffice.js';
import { type BooksOpener, keepHouse, openStoredBooks, type StoredBooks } from './bridge-books.js';
import { joinDisplays } from './bridge-displays.js';
import { brandsIn, laneOf, lanesIn } from './bridge-lanes.js';
import { openListeners } from './bridge-listeners.js';
import { createBridgeMetrics } from './bridge-metrics.js';
import { pictures } from './bridge-pictures.js';
import { joinRecon, reportDesk, reportWatch } from './bridge-recon.js';
import { reportOf } from './bridge-report.js';
import { type JoinedUpstreams, joinUpstreams, sameButKeys } from './bridge-upstreams.js';
import type { BridgeConfig } from './config/bridge-config.js';
import type { ReportDesk } from './courier/report-desk.js';
import type { DisplayBench } from './display/display-bench.js';
import type { VirtualGlass } from './display/drivers/virtual-glass.js';
import { createKeyring } from './http/access.js';
import { createNotificationReceiver } from './notification/receive-notification.js';
import { createDuePayments } from './payment/due-payments.js';
import type { LaneId, PaymentRequestId } from './payment/payment.js';
import { createPaymentDesk } from './payment/payment-desk.js';
import type { RefundRequestId } from './payment/refund.js';
import { createRulingDesk } from './payment/ruling-desk.js';
import { createTurns } from './payment/turns.js';
import type { ReconDesk } from './reconciliation/recon-desk.js';
import type { BridgeReport } from './technician/doctor-parts.js';
import type { TerminalKeyHolder } from './terminal/terminal-ports.js';
import { createTerminalViews, type TerminalViews } from './terminal/terminal-views.js';

export interface BridgeParts {
  readonly config: BridgeConfig;
  readonly log: Log;
  readonly version: string;
  readonly clock?: Clock;
  /** Instead of opening the configured books. */
  readonly openBooks?: BooksOpener;
}

/** A running bridge. */
export interface Bridge {
  /** The addresses that were opened, by listener. */
  readonly urls: { readonly terminal?: string; readonly upstream?: string; readonly backOffice?: string };
  /** Puts terminals and keys of a newly read configuration in force; what else changed is named and waits for a restart. */
  reload(config: BridgeConfig): Promise<readonly string[]>;
  /** One payment as a till sees it; undefined when there is none. */
  showPayment(id: string): Promise<unknown>;
  /** Everything that happened to a payment, oldest first; undefined when there is none. */
  timeline(
    id: string,
    wish?: Parameters<StoredBooks['history']['timelinePage']>[1],
  ): Promise<{ readonly payment: object; readonly page: TimelinePage } | undefined>;
  /** What commands ask about people. */
  readonly people: JoinedBackOffice['verbs'];
  /** The pictures of a lane's virtual displays. */
  virtualGlasses(laneId: string): readonly VirtualGlass[];
  /** The technician's hands on the glasses. */
  readonly displayBench: DisplayBench;
  /** Clearing files and days. */
  readonly recon: ReconDesk;
  /** Fetches clearing files. */
  readonly reports: ReportDesk;
  /** How it is, for "ocbridge doctor". */
  report(): Promise<Omit<BridgeReport, 'log'>>;
  /** Resolves when the bridge cannot go on and has to be stopped: its books are damaged. */
  readonly broken: Promise<BridgeError>;
  /** Refuses new work, finishes or parks what is under way within 10 s, blanks the glasses. Never rejects. */
  stop(): Promise<void>;
}

/**
 * How long calls under way may take when the bridge stops; what is not answered then is parked in the books. With the grace of the
 * listeners after it, all is over within 10 s.
 */
const STOP_WITHIN_MS = 8500;

/** A rush of tills waits in line here and not in the queue before the books, where notifications would stand behind it. */
const TILLS_AT_THE_BOOKS = 8;
const LONGEST_WAIT_FOR_THE_BOOKS_MS = 2000;

/** How to take back what was started, newest last. */
type Undo = Array<() => Promise<void>>;

/**
 * The only place that joins the parts; the order of starting reads from top to bottom, stopping runs the other way. Rejects with a
 * `BridgeError` when the bridge cannot run, and leaves nothing open then.
 */
export async function startBridge({ clock = systemClock, openBooks = openStoredBooks, ...parts }: BridgeParts): Promise<Bridge> {
  const undo: Undo = [];
  const unwind = async () => {
    for (const step of undo.splice(0).reverse())
      await step().catch((error: unknown) => parts.log.error('a part did not stop in order', { error: errorText(error) }));
  };
  try {
    const running = await joinParts({ ...parts, clock, openBooks }, undo);
    let stopped: Promise<void> | undefined;
    return {
      ...running,
      stop() {
        stopped ??= running.quiesce().then(unwind);
        return stopped;
      },
    };
  } catch (error) {
    await unwind();
    throw error;
  }
}

/** A bridge that can be brought to rest; whoever started it takes its parts down after that. */
interface RunningParts extends Omit<Bridge, 'stop'> {
  /** Refuses new work, blanks the glasses, finishes or parks what is under way. */
  quiesce(): Promise<void>;
}

async function joinParts({ config, log, version, clock, openBooks }: Required<BridgeParts>, undo: Undo): Promise<RunningParts> {
  const doorbell = createDoorbell();
  const stopping = new AbortController();
  // A shop with a dozen waiting tills is no leak.
  setMaxListeners(0, stopping.signal);

  const stored = await openBooks(config, { clock, doorbell, log });
  undo.push(() => stored.close());
  await stored.writeShop(config);

  const metrics = createBridgeMetrics(clock);
  const upstreams = await joinUpstreams(config, { clock, log, observe: metrics.observe, stored });
  undo.push(() => upstreams.close());
  const { desk, rulings, turns, duePayments, receiver, days } = joinCentre({ config, clock, log, doorbell, stored, upstreams });
  const offsetMs = (laneId: LaneId) => upstreams.offsetMs(laneOf(config, laneId).upstream);
  const displays = joinDisplays({ config, stored, doorbell: stored.doorbell, clock, log, offsetMs, brandOf: brandsIn(config) });

  const reader = readerOf(stored);
  const terminals = createKeyring<TerminalKeyHolder>(keyHolders(config));
  const shown = { displays, upstreams, pictures, codesMayShow: () => stored.health.trouble() === null };
  const tills = { ...shown, ...lanesIn(config), terminals, desk, reader, doorbell, clock, log, version, turns };
  const views = createTerminalViews(tills);

  await refuseForgottenUpstreams(stored, config);
  await receiver.applyLeftOver();
  await duePayments.start();
  undo.push(() => duePayments.stop());
  displays.start();
  undo.push(() => displays.stop());
  const joints = { config, log, stored, upstreams, clock, stopping: stopping.signal, desk, rulings, ...days, views };
  const backOffice = joinBackOffice({ ...joints, metrics, displays });
  const housekeeping = keepHouse({ ...backOffice, ...days, ...receiver, stored, clock, log }, stopping.signal);
  // Aborted here too: a start that fails half-way, say on a taken port, has to end all the same.
  undo.push(() => {
    stopping.abort();
    return housekeeping;
  });
  const listeners: (() => Promise<void>)[] = [];
  undo.push(() => Promise.all(listeners.map((stop) => stop())).then(() => undefined));
  const { urls, renewTls } = await openListeners(
    {
      config,
      tills: { ...tills, stopping: stopping.signal },
      notifications: { upstreams: upstreams.all, receiver, clock },
      people: backOffice.served,
    },
    (stop) => listeners.push(stop),
  );

  return {
    urls,
    reload: async (next) => {
      await stored.writeShop({ lanes: config.lanes, terminals: next.terminals });
      terminals.replace(keyHolders(next));
      upstreams.useKeys(next.upstreams);
      doorbell.ring('reload');
      return [...needsRestart(config, next), ...(await renewTls(next))];
    },
    ...paymentLookup(stored, views),
    people: backOffice.verbs,
    virtualGlasses: displays.virtual,
    displayBench: displays.bench,
    ...days,
    report: () => reportOf({ config, clock, stored, upstreams, displays, urls, ...days }),
    broken: stored.health.damaged,
    async quiesce() {
      desk.close();
      stopping.abort();
      killPoint('shutdown.begun');
      doorbell.ring('stopping');
      // No code stays in sight while the last calls come to their end.
      await Promise.all([displays.stop(), withinStopTime(clock, duePayments.stop())]);
      killPoint('shutdown.quiet');
      // What is still unanswered is cut off and stands in the books as silence.
      await upstreams.close();
    },
  };
}

/** What tills may read of the books. */
function readerOf({ reading, events, payments: { find, openOnLane } }: StoredBooks) {
  return { ...reading, ...events, find, openOnLane };
}

async function withinStopTime(clock: Clock, lastCalls: Promise<void>): Promise<void> {
  const done = new AbortController();
  await Promise.race([lastCalls, clock.sleep(STOP_WITHIN_MS, done.signal)]);
  done.abort();
}

interface CentreParts {
  readonly config: BridgeConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly doorbell: Doorbell;
  readonly stored: StoredBooks;
  readonly upstreams: JoinedUpstreams;
}

/** Everybody who may move a payment: the desk for tills, the due loop for the clock, the receiver for notifications; and the desk for clearing days. */
function joinCentre({ config, clock, log, doorbell, stored, upstreams }: CentreParts) {
  const evidence = { books: stored.payments, clock, log, upstreamOf: upstreams.of, hasUpstream: upstreams.has };
  const newRefundId = () => newRequestId(config.instanceId) as RefundRequestId;
  const { claims, payments: queue } = stored;
  const upstreamIds = config.upstreams.map(({ id }) => id);
  const duePayments = createDuePayments({ ...evidence, newRefundId, claims, doorbell, queue, upstreamIds });
  const routeOf = (laneId: LaneId) => {
    const { merchant, upstream } = laneOf(config, laneId);
    return { merchantId: merchant, upstream: upstreams.of(upstream).upstream };
  };
  const newId = () => newRequestId(config.instanceId) as PaymentRequestId;
  const turns = createTurns({ atOnce: TILLS_AT_THE_BOOKS, waitMs: LONGEST_WAIT_FOR_THE_BOOKS_MS, clock });
  const desk = createPaymentDesk({ ...evidence, doorbell, duePayments, newId, newRefundId, routeOf, turns });
  const receiver = createNotificationReceiver<Db>({
    ...evidence,
    notifications: stored.notifications,
    recordWith: stored.payments.recordWith,
    findByOrder: stored.reading.findByOrder,
    upstreams: upstreams.all.map(({ notifying }) => notifying),
  });
  // The pay answer that a stored code waited for may just have been recorded.
  doorbell.listen((topic) => {
    if (topic.startsWith('lane:') && receiver.codesWait())
      receiver
        .applyLeftOver()
        .catch((error: unknown) => log.error('a stored code could not be applied', { error: errorText(error) }));
  });
  const recon = joinRecon({ config, stored, clock, log, duePayments, upstreamOf: upstreams.of });
  const reports = reportDesk(config, recon, { books: stored, clock, log });
  const rulings = createRulingDesk({ ...evidence, rulings: stored.rulings, duePayments });
  return {
    desk,
    rulings,
    turns,
    duePayments,
    receiver,
    days: { recon, reports, reportWatch: reportWatch(config, { recon, reports }, { stored, clock, log }) },
  };
}

/** What a technician may ask about one payment. */
function paymentLookup(stored: StoredBooks, views: TerminalViews): Pick<Bridge, 'showPayment' | 'timeline'> {
  const find = (id: string) => stored.payments.find(id as PaymentRequestId);
  return {
    async showPayment(id) {
      const payment = await find(id);
      return payment && views.payment(payment);
    },
    async timeline(id, wish = { from: 0, limit: Number.MAX_SAFE_INTEGER }) {
      const payment = await find(id);
      return payment && { payment: views.payment(payment), page: await stored.history.timelinePage(id, wish) };
    },
  };
}

/** Never a counter: a restored backup must not use an id again. */
function newRequestId(instanceId: string): string {
  return `${instanceId}-${randomBytes(12).toString('hex')}`;
}

function keyHolders(config: BridgeConfig) {
  return config.terminals.map(({ id, lanes, may, keySha256 }) => ({ keySha256, holder: { terminalId: id, lanes, may } }));
}

/** The sections that differ and cannot change in a running bridge. */
function needsRestart(before: BridgeConfig, after: BridgeConfig): readonly string[] {
  const sections = ['instanceId', 'role', 'timeZone', 'listen', 'database', 'merchants', 'lanes', 'reconciliation'] as const;
  const changed: string[] = sections.filter((section) => JSON.stringify(before[section]) !== JSON.stringify(after[section]));
  const upstreams = (config: BridgeConfig) => config.upstreams.map((upstream) => sameButKeys(upstream));
  return JSON.stringify(upstreams(before)) === JSON.stringify(upstreams(after)) ? changed : [...changed, 'upstreams'];
}
