import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import type Koa from 'koa';
import { healthRoutes } from './backoffice/health-routes.js';
import { invariant } from './base/assert.js';
import { BridgeError } from './base/bridge-error.js';
import { type Clock, systemClock } from './base/clock.js';
import { createDoorbell } from './base/doorbell.js';
import { errorText, type Log } from './base/log.js';
import { withBooksErrors } from './books/books-errors.js';
import { type Db, type OpenBooks, openBooks } from './books/database.js';
import { createLaneEventBooks } from './books/lane-event-books.js';
import { createNotificationBooks } from './books/notification-books.js';
import { createPaymentBooks, type StoredPaymentBooks } from './books/payment-books.js';
import { createReadingBooks } from './books/reading-books.js';
import { createUpstreamClockBooks, writeShop } from './books/shop-books.js';
import { type JoinedUpstream, joinUpstream, keysOf } from './bridge-upstreams.js';
import type { BridgeConfig, BrowserListenerConfig, ListenerConfig } from './config/bridge-config.js';
import { surfaceFor } from './display/display-settings.js';
import type { VirtualGlass } from './display/drivers/virtual-glass.js';
import { createLaneDisplay, type LaneDisplay } from './display/lane-display.js';
import { codeMatrix, codePng, codeSvg } from './display/order-code-image.js';
import { createKeyring } from './http/access.js';
import { createHttpApp } from './http/http-app.js';
import { type Listener, startListener } from './http/listener.js';
import { notificationRoutes } from './notification/notification-routes.js';
import { createNotificationReceiver } from './notification/receive-notification.js';
import type { EvidenceParts } from './payment/apply-evidence.js';
import { createDuePayments } from './payment/due-payments.js';
import type { LaneId, PaymentRequestId } from './payment/payment.js';
import { createPaymentDesk } from './payment/payment-desk.js';
import { laneDisplayView } from './terminal/payment-view.js';
import { createTerminalApp } from './terminal/terminal-app.js';
import type { TerminalKeyHolder } from './terminal/terminal-ports.js';
import { createTerminalViews } from './terminal/terminal-views.js';

export interface BridgeParts {
  readonly config: BridgeConfig;
  readonly log: Log;
  readonly version: string;
  readonly clock?: Clock;
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
  timeline(id: string): Promise<unknown>;
  /** The pictures of a lane's virtual displays. */
  virtualGlasses(laneId: string): readonly VirtualGlass[];
  /** Refuses new work, finishes or parks what is under way within 10 s, blanks the glasses. Never rejects. */
  stop(): Promise<void>;
}

/** How long calls under way may take when the bridge stops; what is not answered then is parked in the books. */
const STOP_WITHIN_MS = 9000;
const PRUNE_EVERY_MS = 3_600_000;

/**
 * The only place that joins the parts; the order of starting reads from top to bottom, stopping runs the other way. Rejects with a
 * `BridgeError` when the bridge cannot run, and leaves nothing open then.
 */
export async function startBridge({ config, log, version, clock = systemClock }: BridgeParts): Promise<Bridge> {
  const undo: Array<() => Promise<void>> = [];
  const unwind = async () => {
    for (const step of undo.reverse())
      await step().catch((error: unknown) => log.error('a part did not stop in order', { error: errorText(error) }));
  };
  try {
    return await joinParts({ config, log, version, clock }, undo, unwind);
  } catch (error) {
    await unwind();
    throw error;
  }
}

async function joinParts(
  { config, log, version, clock }: Required<BridgeParts>,
  undo: Array<() => Promise<void>>,
  unwind: () => Promise<void>,
): Promise<Bridge> {
  const filename = sqliteFile(config);
  const books = await openBooks(filename);
  undo.push(() => books.close());
  const doorbell = createDoorbell();
  const stopping = new AbortController();
  await writeShop(books.db, clock, config);
  const stored = joinBooks(filename, books, clock, doorbell);

  const upstreams = new Map<string, JoinedUpstream>();
  for (const settings of config.upstreams) {
    const joined = await joinUpstream(settings, config, { clock, log, clockBooks: stored.clocks });
    upstreams.set(settings.id, joined);
    undo.push(() => joined.close());
  }
  const upstreamOf = (id: string): JoinedUpstream => {
    const found = upstreams.get(id);
    if (found === undefined)
      throw new BridgeError('config.wrong', `upstream ${id} has payments in the books and is not configured any more`);
    return found;
  };

  const evidence: EvidenceParts = { books: stored.payments, clock, log, upstreamOf };
  const duePayments = createDuePayments({ ...evidence, doorbell, queue: stored.payments });
  const laneOf = (laneId: LaneId) => {
    const lane = config.lanes.find(({ id }) => id === laneId);
    invariant(lane !== undefined, `lane ${laneId} is configured`);
    return lane;
  };
  const desk = createPaymentDesk({
    ...evidence,
    doorbell,
    duePayments,
    newId: () => `${config.instanceId}-${randomBytes(12).toString('hex')}` as PaymentRequestId,
    routeOf: (laneId) => ({ merchantId: laneOf(laneId).merchant, upstream: upstreamOf(laneOf(laneId).upstream).upstream }),
  });
  const receiver = createNotificationReceiver<Db>({
    ...evidence,
    notifications: stored.notifications,
    recordWith: stored.payments.record,
    upstreams: [...upstreams.values()].map(({ notifying }) => notifying),
  });

  const offsetMs = (upstreamId: string) => upstreams.get(upstreamId)?.upstream.clockOffsetMs() ?? 0;
  const displays = joinDisplays({ config, clock, log }, stored, doorbell, (laneId) => offsetMs(laneOf(laneId).upstream));
  const reader = { ...stored.reading, find: stored.payments.find, openOnLane: stored.payments.openOnLane, ...stored.events };
  const terminals = createKeyring<TerminalKeyHolder>(keyHolders(config));
  const shownDisplays = {
    statuses: (laneId: LaneId) => displays.get(laneId)?.display.statuses() ?? [],
    canShow: (laneId: LaneId, codeText: string) => displays.get(laneId)?.display.canShow(codeText) ?? false,
  };
  const views = createTerminalViews({ clock, displays: shownDisplays, upstreams: { offsetMs }, reader });

  const terminalApp = (listen: BrowserListenerConfig) =>
    createTerminalApp({
      frontDoor: { ...listen, secure: listen.tls !== undefined },
      terminals,
      desk,
      reader,
      displays: shownDisplays,
      upstreams: { offsetMs },
      pictures: { svg: async (text) => codeSvg(matrixOf(text)), png: async (text) => codePng(matrixOf(text)) },
      laneRules: (laneId) => laneRules(config, laneId),
      doorbell,
      clock,
      log,
      stopping: stopping.signal,
      version,
    });
  const upstreamApp = (listen: ListenerConfig) =>
    createHttpApp({
      listener: 'upstream',
      frontDoor: {
        allowedHosts: [...listen.allowedHosts, ...config.upstreams.map(({ notifyUrl }) => new URL(notifyUrl).hostname)],
        allowedOrigins: [],
        secure: false,
      },
      cors: { methods: ['POST'], requestHeaders: [], exposedHeaders: [], credentials: false },
      log,
      routers: [
        notificationRoutes({
          upstreams: [...upstreams.values()].map(({ notifying, upstream }) => ({
            notifying,
            clockOffsetMs: upstream.clockOffsetMs,
          })),
          receiver,
          clock,
        }),
      ],
    });
  const backOfficeApp = (listen: BrowserListenerConfig) =>
    createHttpApp({
      listener: 'backOffice',
      frontDoor: { ...listen, secure: listen.tls !== undefined },
      cors: { methods: ['GET'], requestHeaders: ['Authorization'], exposedHeaders: [], credentials: false },
      log,
      routers: [
        healthRoutes({
          readiness: async () => ({
            booksAvailable: await answers(books.db),
            stopping: stopping.signal.aborted,
            lanes: { total: config.lanes.length, able: config.lanes.length },
          }),
        }),
      ],
    });

  await receiver.applyLeftOver();
  await duePayments.start();
  undo.push(() => duePayments.stop());
  for (const { display } of displays.values()) display.start();
  undo.push(async () => {
    await Promise.all([...displays.values()].map(({ display }) => display.stop()));
  });
  const housekeeping = keepHouse(stored, clock, log, stopping.signal);
  undo.push(() => housekeeping);

  const listeners: Record<string, Listener> = {};
  const open = async (
    name: 'terminal' | 'upstream' | 'backOffice',
    listen: BrowserListenerConfig | undefined,
    app: (l: BrowserListenerConfig) => Koa,
  ) => {
    if (listen === undefined) return;
    const tls = listen.tls && { key: await readFile(listen.tls.keyFile), cert: await readFile(listen.tls.certFile) };
    const handler: RequestListener = app(listen).callback();
    const listener = await startListener({ name, host: listen.host, port: listen.port, tls, handler, clock, log });
    listeners[name] = listener;
    undo.push(() => listener.stop(1000));
    log.info('listening', { listener: name, port: String(listener.port) });
  };
  await open('terminal', config.listen.terminal, terminalApp);
  await open('upstream', config.listen.upstream && { ...config.listen.upstream, allowedOrigins: [] }, upstreamApp);
  await open('backOffice', config.listen.backOffice, backOfficeApp);

  let stopped: Promise<void> | undefined;
  return {
    urls: Object.fromEntries(Object.entries(listeners).map(([name, listener]) => [name, listener.url])),
    async reload(next) {
      await writeShop(books.db, clock, { lanes: config.lanes, terminals: next.terminals });
      terminals.replace(keyHolders(next));
      for (const settings of next.upstreams) upstreams.get(settings.id)?.useKeys(keysOf(settings));
      doorbell.ring('reload');
      return needsRestart(config, next);
    },
    async showPayment(id) {
      const payment = await stored.payments.find(id as PaymentRequestId);
      return payment && views.payment(payment);
    },
    async timeline(id) {
      const payment = await stored.payments.find(id as PaymentRequestId);
      return payment && { payment: views.payment(payment), timeline: await stored.reading.timeline(id) };
    },
    virtualGlasses: (laneId) => displays.get(laneId as LaneId)?.virtual ?? [],
    stop() {
      stopped ??= (async () => {
        desk.close();
        stopping.abort();
        doorbell.ring('stopping');
        const done = new AbortController();
        await Promise.all([
          // No code stays in sight while the last calls come to their end.
          ...[...displays.values()].map(({ display }) => display.stop()),
          Promise.race([duePayments.stop(), clock.sleep(STOP_WITHIN_MS, done.signal)]).then(() => done.abort()),
        ]);
        // What is still unanswered is cut off and stands in the books as silence.
        await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
        await unwind();
      })();
      return stopped;
    },
  };
}

function sqliteFile(config: BridgeConfig): string {
  const { database } = config;
  if (database.client !== 'sqlite3')
    throw new BridgeError('config.wrong', `database.client ${database.client} is not built into this version`);
  return database.filename;
}

interface StoredBooks {
  readonly payments: StoredPaymentBooks;
  readonly reading: ReturnType<typeof createReadingBooks>;
  readonly events: ReturnType<typeof createLaneEventBooks>;
  readonly notifications: ReturnType<typeof createNotificationBooks>;
  readonly clocks: ReturnType<typeof createUpstreamClockBooks>;
}

function joinBooks(filename: string, { db }: OpenBooks, clock: Clock, doorbell: ReturnType<typeof createDoorbell>): StoredBooks {
  return {
    payments: withBooksErrors(filename, createPaymentBooks({ db, clock, doorbell })),
    reading: withBooksErrors(filename, createReadingBooks(db)),
    events: withBooksErrors(filename, createLaneEventBooks(db)),
    notifications: withBooksErrors(filename, createNotificationBooks(db, clock)),
    clocks: withBooksErrors(filename, createUpstreamClockBooks(db, clock)),
  };
}

interface JoinedDisplay {
  readonly display: LaneDisplay;
  readonly virtual: readonly VirtualGlass[];
}

function joinDisplays(
  { config, clock, log }: { readonly config: BridgeConfig; readonly clock: Clock; readonly log: Log },
  stored: StoredBooks,
  doorbell: ReturnType<typeof createDoorbell>,
  offsetMs: (laneId: LaneId) => number,
): ReadonlyMap<LaneId, JoinedDisplay> {
  const joined = new Map<LaneId, JoinedDisplay>();
  for (const lane of config.lanes) {
    const laneId = lane.id as LaneId;
    const surfaces = lane.displays.map((settings) => {
      const surface = surfaceFor(settings, clock);
      if ('refused' in surface) throw new BridgeError('config.wrong', `lane ${lane.id}: ${surface.refused}`);
      return surface;
    });
    const display = createLaneDisplay({
      laneId,
      surfaces,
      clock,
      log,
      feed: {
        current: async (id) => (await stored.reading.newestOnLane(id)) ?? null,
        onChange: (id, changed) =>
          doorbell.listen((topic) => {
            if (topic === `lane:${id}`) changed();
          }),
        offsetMs,
        onStatus(id, _index, status) {
          stored.events.recordDisplay(id, clock.now(), laneDisplayView(status)).then(
            () => doorbell.ring(`lane:${id}`),
            (error: unknown) => log.error('a display change could not be stored', { laneId: id, error: errorText(error) }),
          );
        },
      },
    });
    joined.set(laneId, { display, virtual: surfaces.flatMap(({ virtual }) => virtual ?? []) });
  }
  return joined;
}

async function keepHouse(stored: StoredBooks, clock: Clock, log: Log, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await stored.events
      .prune(clock.now())
      .catch((error: unknown) => log.error('old events could not be pruned', { error: errorText(error) }));
    await clock.sleep(PRUNE_EVERY_MS, stop);
  }
}

async function answers(db: Db): Promise<boolean> {
  return db.raw('select 1').then(
    () => true,
    () => false,
  );
}

function keyHolders(config: BridgeConfig) {
  return config.terminals.map(({ id, lanes, may, keySha256 }) => ({ keySha256, holder: { terminalId: id, lanes, may } }));
}

function laneRules(config: BridgeConfig, laneId: string) {
  const lane = config.lanes.find(({ id }) => id === laneId);
  const merchant = config.merchants.find(({ id }) => id === lane?.merchant);
  if (merchant === undefined) return undefined;
  return { currencies: merchant.currencies, takes: { expiresInSeconds: true, goodsAtMost: 100, buyer: false } };
}

function matrixOf(codeText: string) {
  const matrix = codeMatrix(codeText);
  invariant(matrix !== undefined, 'a code that was accepted fits a QR symbol');
  return matrix;
}

/** The sections that differ and cannot change in a running bridge. */
function needsRestart(before: BridgeConfig, after: BridgeConfig): readonly string[] {
  const sections = ['instanceId', 'role', 'listen', 'database', 'merchants', 'lanes', 'reconciliation'] as const;
  return sections.filter((section) => JSON.stringify(before[section]) !== JSON.stringify(after[section]));
}
