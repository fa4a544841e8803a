import { setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addMs, type Clock, systemClock } from '../base/clock.js';
import { createCallDesk } from './call-desk.js';
import type { CallRecord } from './call-log.js';
import type { ChaosWish } from './chaos.js';
import { writeClearing } from './clearing-files.js';
import { createEventLog, type EventLog } from './event-log.js';
import { createFaultPlan, type Fault, type FaultPlan } from './fault-plan.js';
import type { Delivery, NotificationRecord } from './notice-courier.js';
import { createNotifier, type Notifier } from './notifier.js';
import { type BookedOrder, createOrderBook, type OrderBook } from './order-book.js';
import { type RunReport, runReport } from './run-report.js';
import { createSeededNames } from './seeded-names.js';
import { simOrder } from './sim-order.js';
import { keysFrom, type SimulatorOptions } from './simulator-options.js';
import { simulatorRoutes } from './simulator-routes.js';
import { type SimOrder, type SimulatorTime, wireResult } from './simulator-words.js';
import { createStories, NO_STORY, type Stories } from './stories.js';
import { UPSTREAM_PUBLIC_PEM } from './throwaway-keys.js';
import { createWallet, type Wallet, type WalletAnswer } from './wallet.js';

/** A running simulator. Methods mirror the routes under `/sim`. */
export interface UpstreamSimulator {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, the `baseUrl` for a bridge. */
  readonly url: string;
  /** The key that signs answers and notifications. */
  readonly publicKeyPem: string;
  orders(): SimOrder[];
  order(paymentRequestId: string): SimOrder | undefined;
  /** Every call to an upstream path, raw, oldest first; the newest 10,000. */
  calls(): CallRecord[];
  /** How many calls, and how many notifications, are no longer listed. */
  dropped(): { readonly calls: number; readonly notifications: number };
  /** What happened, in lines that the same seed and the same calls give again. */
  eventLog(): string[];
  report(): RunReport;
  pay(paymentRequestId: string, options?: { late?: boolean }): WalletAnswer;
  decline(paymentRequestId: string, resultCode: string): WalletAnswer;
  close(paymentRequestId: string): WalletAnswer;
  scan(code: string): WalletAnswer;
  /** The clearing reports of a day out of the account book, cut into `parts`, with the differences that the plan has for them. */
  clearingFiles(date: string, parts?: number): ReturnType<typeof writeClearing>;
  faults(): ReturnType<FaultPlan['list']>;
  /** Replaces the plan; a sentence, and no change, when a fault cannot be played. */
  setFaults(faults: readonly Fault[]): string | undefined;
  chaos(): ChaosWish | undefined;
  /** Draws faults by the seed from now on, or no longer. */
  setChaos(wish: ChaosWish | undefined): void;
  notifications(): NotificationRecord[];
  /** Sends a notification again; `undefined` for an unknown id, a sentence for an unknown tamper. */
  resend(id: string, options?: { times?: number; tamper?: string | undefined }): Promise<Delivery[] | string | undefined>;
  /** Sends a notification the account book knows nothing of; `undefined` for an unknown order. */
  inventNotification(
    paymentRequestId: string,
    resultCode: string,
    resultStatus: string,
    tamper?: string,
  ): Promise<Delivery | string | undefined>;
  /** Puts the simulator's wall clock `ms` ahead of the clock it was given (negative: behind). */
  setClockOffset(ms: number): void;
  /** False closes the port and cuts every connection, as a dead network would; true opens the same port again. */
  setReachable(reachable: boolean): Promise<void>;
  /** True while a call is being worked on (held and delayed ones do not count) or a notification waits for its acknowledgement. */
  busy(): boolean;
  stop(): Promise<void>;
}

const DEFAULT_SEED = '1';
const DEFAULT_ACQUIRER_ID = '1020000000000000001';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PRODUCTION_PAUSES_MS = [2 * MINUTE_MS, 10 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 6 * HOUR_MS, 15 * HOUR_MS];

interface Parts {
  readonly book: OrderBook;
  readonly time: SimulatorTime;
  readonly wallet: Wallet;
  readonly notifier: Notifier;
  readonly plan: FaultPlan;
  readonly stories: Stories;
  readonly events: EventLog;
  readonly desk: ReturnType<typeof createCallDesk>;
  setClockOffset(ms: number): void;
}

function build(options: SimulatorOptions, clock: Clock, stop: AbortSignal): Parts {
  let offsetMs = options.clockOffsetMs ?? 0;
  const time: SimulatorTime = {
    now: () => clock.now(),
    shown: (at) => addMs(at, offsetMs),
    meant: (shown) => addMs(shown, -offsetMs),
  };
  const names = createSeededNames(options.seed ?? DEFAULT_SEED);
  const keys = keysFrom(options);
  const plan = createFaultPlan(names);
  const events = createEventLog();
  const stories = createStories((paymentId) => book.find({ paymentId })?.paymentRequestId);
  const acquirerId = options.acquirerId ?? DEFAULT_ACQUIRER_ID;
  const book: OrderBook = createOrderBook({
    names,
    time,
    orderLifeMs: options.orderLifeMs ?? 180_000,
    cancelWindow: options.cancelWindow ?? 'calendar',
    ended: (order) => notifier.notify(order),
    placed: (order) => void closeAtExpiry(clock, book, order, stop),
    changed(order, what) {
      const story = stories.ofOrder(order);
      events.add(story, 'order', stories.next(story, 'order'), what);
    },
  });
  const shared = { clock, time, names, keys, plan, stories, events, acquirerId, stop };
  const notifier: Notifier = createNotifier({
    ...shared,
    pausesMs: options.notificationPausesMs ?? PRODUCTION_PAUSES_MS,
    ackTimeoutMs: options.ackTimeoutMs ?? 10_000,
    lastAnswer: () => desk.lastAnswer('inquiry') ?? desk.lastAnswer('pay'),
  });
  const desk = createCallDesk({
    ...shared,
    book,
    clientId: options.clientId,
    async payAtOnce(order) {
      if (book.pay(order)) await notifier.tried(order.paymentRequestId);
    },
    sendAddress: (order, afterMs) => notifier.sendAddress(order, afterMs),
    payAtExpiry: (order) => void payAtExpiry(clock, book, order, stop),
  });
  return {
    book,
    time,
    wallet: createWallet(book, time),
    notifier,
    plan,
    stories,
    events,
    desk,
    setClockOffset(ms) {
      offsetMs = ms;
    },
  };
}

async function payAtExpiry(clock: Clock, book: OrderBook, order: BookedOrder, stop: AbortSignal): Promise<void> {
  if (order.expiresAt !== null) await clock.sleep(order.expiresAt - clock.now() - 1, stop);
  if (!stop.aborted) book.pay(order);
}

/** Closes an order nobody paid when its time has come, so that the notification goes out without anybody asking. */
async function closeAtExpiry(clock: Clock, book: OrderBook, order: BookedOrder, stop: AbortSignal): Promise<void> {
  while (order.state === 'open' && order.expiresAt !== null && !stop.aborted) {
    const left = order.expiresAt - clock.now();
    if (left <= 0) book.find({ paymentRequestId: order.paymentRequestId });
    else await clock.sleep(left, stop);
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/**
 * Starts a believable Alipay+ on 127.0.0.1: the upstream's paths over real HTTP with its own account book, and the routes of contract 6.
 * Rejects when the port is taken, a key is unusable or a fault of `options.faults` is unknown.
 */
export async function createUpstreamSimulator(options: SimulatorOptions = {}): Promise<UpstreamSimulator> {
  const clock = options.clock ?? systemClock;
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const parts = build(options, clock, stopping.signal);
  const wrong = parts.plan.set(options.faults ?? []);
  if (wrong !== undefined) throw new Error(wrong);
  parts.plan.setChaos(options.chaos);

  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
  const port = await listen(server, options.port ?? 0);
  const simulator = handle(parts, port, options, server, stopping);
  const routes = simulatorRoutes(simulator).callback();
  server.on('request', (request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?');
    if (path === '/sim' || path.startsWith('/sim/')) void routes(request, response);
    else void parts.desk.handle(request, response, path);
  });
  return simulator;
}

function handle(
  parts: Parts,
  port: number,
  options: SimulatorOptions,
  server: Server,
  stopping: AbortController,
): UpstreamSimulator {
  const { book, time, wallet, notifier, plan, stories, events, desk } = parts;
  const { seed = DEFAULT_SEED } = options;
  const replay = options.replay ?? `ocbridge simulator --port ${port} --seed ${seed}`;
  const planned = () => {
    const words = JSON.stringify({ faults: plan.list(), chaos: plan.chaos() ?? null });
    events.add(NO_STORY, 'faults', stories.next(NO_STORY, 'faults'), words);
  };
  let reachable = true;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    publicKeyPem: options.ownKeys?.publicPem ?? UPSTREAM_PUBLIC_PEM,
    orders: () => book.all().map((order) => simOrder(order, time)),
    order(paymentRequestId) {
      const order = book.find({ paymentRequestId });
      return order === undefined ? undefined : simOrder(order, time);
    },
    calls: () => desk.calls(),
    dropped: () => ({ calls: desk.dropped(), notifications: notifier.dropped() }),
    eventLog: () => events.lines(),
    report: () => runReport({ seed, replay, plan, events, desk, notifier, book }),
    pay: (id, { late = false } = {}) => wallet.pay(id, late),
    decline: (id, resultCode) => wallet.decline(id, resultCode),
    close: (id) => wallet.close(id),
    scan: (code) => wallet.scan(code),
    clearingFiles: (date, cutInto = 1) =>
      writeClearing(
        { date, parts: cutInto, faults: plan.forClearing() },
        { orders: book.all(), time, acquirerId: options.acquirerId ?? DEFAULT_ACQUIRER_ID },
      ),
    faults: () => plan.list(),
    setFaults(faults) {
      const wrong = plan.set(faults);
      if (wrong === undefined) planned();
      return wrong;
    },
    chaos: () => plan.chaos(),
    setChaos(wish) {
      plan.setChaos(wish);
      planned();
    },
    notifications: () => notifier.list(),
    resend: (id, { times = 1, tamper } = {}) => notifier.resend(id, times, tamper),
    async inventNotification(paymentRequestId, resultCode, resultStatus, tamper) {
      const order = book.find({ paymentRequestId });
      return order === undefined ? undefined : notifier.invent(order, wireResult(resultCode, resultStatus), tamper);
    },
    setClockOffset: parts.setClockOffset,
    async setReachable(wanted) {
      if (wanted === reachable || stopping.signal.aborted) return;
      reachable = wanted;
      if (wanted) await listen(server, port);
      else await closeServer(server);
    },
    busy: () => desk.busy() + notifier.underWay() > 0,
    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      if (reachable) await closeServer(server);
    },
  };
}
