import type { Clock } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import { holdsLane, type LaneId } from '../payment/payment.js';
import type { DisplayDriver, Frame } from './display-driver.js';
import {
  type DisplayStatus,
  type GlassMemory,
  newMemory,
  nextStatus,
  remember,
  type Situation,
  STATUS_DUE_MS,
} from './display-status.js';
import { carries, type GlassView } from './glass.js';
import { createGlassSession, type GlassSession } from './glass-session.js';
import { createLoan, type Loan, type LoanOrder, type OpenLoan } from './lane-loan.js';
import { askBooks, createLaneReader, inTime, type Reading } from './lane-reader.js';
import { createLaneWish, type LaneWish } from './lane-wish.js';
import type { OpenLink } from './link.js';
import { type DisplayedPayment, frameKey, IDLE, type Wanted } from './what-to-show.js';

/** Where a lane's display learns what it needs, and whom it tells. Nothing here is called before `start`. */
export interface LaneFeed {
  /** The payment that holds the lane, else its newest one, else null. Asked after each ring and from time to time without one. */
  current(laneId: LaneId): DisplayedPayment | null | Promise<DisplayedPayment | null>;
  /** Calls `changed` whenever `current` may have changed; rings may be lost. Returns how to stop. */
  onChange(laneId: LaneId, changed: () => void): () => void;
  /** The clock of the lane's upstream minus ours, ms. */
  offsetMs(laneId: LaneId): number;
  /** Called with each changed status of display `index`. */
  onStatus(laneId: LaneId, index: number, status: DisplayStatus): void;
}

/** One display as the lane drives it; `surfaceFor` makes them. */
export interface LaneSurface {
  readonly driver: DisplayDriver;
  readonly port: string;
  readonly bootDelayMs: number;
  readonly open: OpenLink;
}

export interface LaneDisplayParts {
  readonly laneId: LaneId;
  readonly surfaces: readonly LaneSurface[];
  readonly feed: LaneFeed;
  readonly clock: Clock;
  readonly log: Log;
}

/** One lane's glasses, kept equal to `whatToShow`. */
export interface LaneDisplay {
  start(): void;
  /** Blanks every glass, at most 500 ms each and all at once, then closes the ports. Never rejects. */
  stop(): Promise<void>;
  /** One per configured display, in that order. */
  statuses(): readonly DisplayStatus[];
  /** Whether a ready display shows or can show this code; false: the till has to show it. */
  canShow(codeText: string): boolean;
  /** Lends the glasses to a technician; refused while a payment holds the lane (`sale`), or nobody can say (`unknown`), or they are lent. */
  lend(order: LoanOrder): Promise<Loan | LoanRefusal>;
}

/** Why glasses are not lent. */
export type LoanRefusal = 'sale' | 'unknown' | 'lent';

const STOP_CAP_MS = 500;
/** Reading again without a ring: often while a code stands there, since it has to leave within 1 s. */
const READ_EVERY_MS = { code: 500, otherwise: 2_000 } as const;
const LONGEST_TICK_MS = 5_000;
/** While a code stands there the wall clock is looked at this often, in case somebody puts it forward. */
const CODE_TICK_MS = 500;

interface LaneGlass {
  readonly surface: LaneSurface;
  readonly session: GlassSession;
  memory: GlassMemory;
  status: DisplayStatus;
}

interface Lane {
  readonly parts: LaneDisplayParts;
  readonly glasses: LaneGlass[];
  payment: DisplayedPayment | null;
  /** What the payment wants, whatever is wrong with it. */
  readonly own: LaneWish;
  /** The key of what is wanted, and since when (elapsed ms). */
  wish: { readonly key: string; readonly since: number };
  readFailed: boolean;
  stopped: boolean;
  ticker: AbortController;
  /** The glasses are lent for a technician's test. */
  loan: OpenLoan | undefined;
  /** The code of the newest loan: no payment's, wherever it still stands. */
  lentCode: string | undefined;
}

/** What stands on lent glasses. */
function lentNow(lane: Lane): Wanted | undefined {
  const wanted = lane.loan?.wanted(lane.payment !== null && holdsLane(lane.payment.life.state));
  if (wanted === undefined) lane.loan = undefined;
  return wanted;
}

/** What the glasses should show at this instant. */
function wantedNow(lane: Lane): Wanted {
  return lane.stopped ? IDLE : (lentNow(lane) ?? lane.own.of(lane.payment));
}

/** How long the code that is wanted now still stands, ms. */
function codeLeftMs({ loan, own, parts }: Lane): number {
  return (loan?.until() ?? own.codeEndsAt() ?? 0) - parts.clock.elapsedMs();
}

/** A technician's code on the glass is no payment's. */
function ownView(lane: Lane, { session }: LaneGlass): GlassView {
  const view = session.view();
  const isLent = view.codeOnGlass === 'yes' && view.writtenCode === lane.lentCode;
  return isLent ? { ...view, codeOnGlass: 'no', writtenCode: null } : view;
}

/** The status of one glass now; the same object when nothing about it has changed. */
function statusOf(lane: Lane, glass: LaneGlass, frame: Frame): DisplayStatus {
  const { clock } = lane.parts;
  const { driver } = glass.surface;
  const wantedForMs = clock.elapsedMs() - lane.wish.since;
  const situation: Situation = { driver, view: ownView(lane, glass), payment: lane.payment, frame, wantedForMs };
  glass.memory = remember(glass.memory, situation);
  return nextStatus(glass.status, glass.memory, situation, clock.now());
}

function publish(lane: Lane): void {
  const { feed, laneId, log } = lane.parts;
  try {
    const { frame } = lane.stopped ? IDLE : lane.own.of(lane.payment);
    for (const [index, glass] of lane.glasses.entries()) {
      const status = statusOf(lane, glass, frame);
      if (status === glass.status) continue;
      glass.status = status;
      feed.onStatus(laneId, index, status);
    }
    lane.loan?.stir();
  } catch (error) {
    log.error('display status could not be told', { laneId, error: errorText(error) });
  }
}

/** Compares what is wanted with what was wanted, wakes the glasses when it differs, and tells the statuses. */
function update(lane: Lane): Wanted {
  const wanted = wantedNow(lane);
  const key = frameKey(wanted.frame);
  if (key !== lane.wish.key) {
    lane.wish = { key, since: lane.parts.clock.elapsedMs() };
    for (const glass of lane.glasses) glass.session.nudge();
  }
  publish(lane);
  return wanted;
}

/** Turns the glasses over when their time comes; needs neither network nor books. */
async function tick(lane: Lane): Promise<void> {
  const { clock } = lane.parts;
  while (!lane.stopped) {
    const { frame, until } = update(lane);
    const age = clock.elapsedMs() - lane.wish.since;
    const waits = [LONGEST_TICK_MS];
    if (until !== null) waits.push(until - clock.now());
    for (const due of STATUS_DUE_MS) if (age < due) waits.push(due - age);
    if (frame.kind === 'scan') waits.push(CODE_TICK_MS, (lane.own.codeEndsAt() ?? Number.POSITIVE_INFINITY) - clock.elapsedMs());
    lane.ticker = new AbortController();
    await clock.sleep(Math.max(1, Math.min(...waits)), lane.ticker.signal);
  }
}

function take(lane: Lane, reading: Reading): void {
  if ('payment' in reading) {
    lane.payment = reading.payment;
  } else {
    if (!lane.readFailed)
      lane.parts.log.error('display cannot read its payment', { laneId: lane.parts.laneId, error: reading.failed });
    // Nobody can answer for a code now, so none is shown.
    lane.payment = null;
  }
  lane.readFailed = 'failed' in reading;
  lane.ticker.abort();
}

function addGlass(lane: Lane, surface: LaneSurface): void {
  const { clock, log } = lane.parts;
  const session = createGlassSession({
    driver: surface.driver,
    open: surface.open,
    bootDelayMs: surface.bootDelayMs,
    clock,
    log,
    wanted: () => wantedNow(lane).frame,
    codeLeftMs: () => codeLeftMs(lane),
    changed: () => publish(lane),
  });
  const { health, reason } = session.view();
  const status: DisplayStatus = {
    driver: surface.driver.model,
    port: surface.port,
    health,
    reason,
    state: 'none',
    confirmation: null,
    since: clock.now(),
    paymentRequestId: null,
  };
  lane.glasses.push({ surface, session, memory: newMemory(null), status });
}

/** Lends the glasses unless a payment holds the lane, which is asked of the books anew. */
async function lend(lane: Lane, order: LoanOrder): Promise<Loan | LoanRefusal> {
  const { clock, feed, laneId } = lane.parts;
  const reading = await inTime(
    askBooks(() => feed.current(laneId)),
    clock,
  );
  if (reading === 'late' || 'failed' in reading) return 'unknown';
  if (reading.payment !== null && holdsLane(reading.payment.life.state)) return 'sale';
  if (lane.loan !== undefined && !lane.loan.isOver()) return 'lent';
  const loan = createLoan({ order, glasses: lane.glasses, clock, wake: () => lane.ticker.abort() });
  lane.loan = loan;
  if (order.frame.kind === 'scan') lane.lentCode = order.frame.codeText;
  lane.payment = reading.payment;
  lane.ticker.abort();
  return loan.loan;
}

/** Makes the display of one lane, with none, one or several glasses; nothing is opened before `start`. */
export function createLaneDisplay(parts: LaneDisplayParts): LaneDisplay {
  const lane: Lane = {
    parts,
    glasses: [],
    payment: null,
    own: createLaneWish({
      laneId: parts.laneId,
      offsetMs: () => parts.feed.offsetMs(parts.laneId),
      clock: parts.clock,
      log: parts.log,
    }),
    wish: { key: frameKey(IDLE.frame), since: parts.clock.elapsedMs() },
    readFailed: false,
    stopped: false,
    ticker: new AbortController(),
    loan: undefined,
    lentCode: undefined,
  };
  for (const surface of parts.surfaces) addGlass(lane, surface);
  const reader = createLaneReader({
    clock: parts.clock,
    current: () => parts.feed.current(parts.laneId),
    take: (reading) => take(lane, reading),
    pauseMs: () => READ_EVERY_MS[wantedNow(lane).frame.kind === 'scan' ? 'code' : 'otherwise'],
  });
  let quiet: (() => void) | undefined;
  return {
    start() {
      if (quiet !== undefined || lane.stopped) return;
      quiet = parts.feed.onChange(parts.laneId, reader.ring);
      reader.start();
      void tick(lane);
      for (const { session } of lane.glasses) session.start();
    },
    async stop() {
      lane.stopped = true;
      lane.loan?.end('stopping');
      quiet?.();
      lane.ticker.abort();
      reader.stop();
      await Promise.all(lane.glasses.map(({ session }) => session.stop(STOP_CAP_MS)));
    },
    statuses: () => lane.glasses.map(({ status }) => status),
    canShow: (codeText) =>
      lane.glasses.some(({ status, surface }) => status.health === 'ready' && carries(surface.driver, codeText)),
    lend: (order) => lend(lane, order),
  };
}
