import type { Clock } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import type { LaneId } from '../payment/payment.js';
import type { DisplayDriver, Frame } from './display-driver.js';
import { type DisplayStatus, type GlassMemory, newMemory, remember, type Situation, statusCore } from './display-status.js';
import { carries } from './glass.js';
import { createGlassSession, type GlassSession } from './glass-session.js';
import type { OpenLink } from './link.js';
import { type DisplayedPayment, frameKey, type Wanted, whatToShow } from './what-to-show.js';

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
}

const STOP_CAP_MS = 500;
/** Reading again without a ring: often while a code stands there, since it has to leave within 1 s. */
const READ_EVERY_MS = { code: 500, otherwise: 2_000 } as const;
/** An answer of the books that takes longer counts as none. */
const READ_PATIENCE_MS = 2_000;
const LONGEST_TICK_MS = 5_000;
/** While a code stands there the wall clock is looked at this often, in case somebody puts it forward. */
const CODE_TICK_MS = 500;
/** A measured difference of the clocks that moves by less leaves the deadline of a code where it is. */
const OFFSET_STEP_MS = 250;

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
  offsetMs: number;
  /** The key of what is wanted, and since when (elapsed ms). */
  wish: { readonly key: string; readonly since: number };
  /** When the code leaves by the clock that never goes back. */
  deadline: { readonly about: string; readonly offsetMs: number; readonly at: number } | undefined;
  readFailed: boolean;
  stopped: boolean;
  ticker: AbortController;
  reader: AbortController;
}

const IDLE: Wanted = { frame: { kind: 'idle' }, until: null };

function offsetNow(lane: Lane): number {
  try {
    const offset = lane.parts.feed.offsetMs(lane.parts.laneId);
    if (Number.isFinite(offset)) lane.offsetMs = offset;
  } catch {
    // The last known difference serves on.
  }
  return lane.offsetMs;
}

/**
 * What the glasses should show at this instant. A code's deadline is also held on the clock that never goes back, so that a wall clock
 * put back does not keep the code on the glass.
 */
function wantedNow(lane: Lane): Wanted {
  if (lane.stopped) return IDLE;
  const { clock } = lane.parts;
  const offsetMs = offsetNow(lane);
  const wanted = whatToShow(lane.payment, clock.now(), offsetMs);
  if (wanted.frame.kind !== 'scan' || lane.payment === null) return wanted;
  const about = `${lane.payment.paymentRequestId} ${lane.payment.life.code?.expiresAt}`;
  const at = clock.elapsedMs() + (wanted.frame.expiresAt - clock.now());
  const known = lane.deadline;
  const isSame = known?.about === about && Math.abs(known.offsetMs - offsetMs) < OFFSET_STEP_MS;
  const deadline = isSame && known.at <= at ? known : { about, offsetMs: isSame ? known.offsetMs : offsetMs, at };
  lane.deadline = deadline;
  return deadline.at <= clock.elapsedMs() ? IDLE : wanted;
}

/** The status of one glass now; the same object when nothing about it has changed. */
function statusOf(lane: Lane, glass: LaneGlass, frame: Frame): DisplayStatus {
  const { clock } = lane.parts;
  const { driver } = glass.surface;
  const view = glass.session.view();
  const wantedForMs = clock.elapsedMs() - lane.wish.since;
  const situation: Situation = { driver, view, payment: lane.payment, frame, wantedForMs };
  glass.memory = remember(glass.memory, situation);
  const { state, confirmation } = statusCore(glass.memory, situation);
  const { health } = view;
  const reason = view.reason ?? (frame.kind === 'scan' ? (driver.refuses(frame.codeText) ?? null) : null);
  const { paymentRequestId } = glass.memory;
  const old = glass.status;
  const isSame = old.state === state && old.confirmation === confirmation && old.health === health;
  if (isSame && old.reason === reason && old.paymentRequestId === paymentRequestId) return old;
  return { ...old, health, reason, state, confirmation, since: isSame ? old.since : clock.now(), paymentRequestId };
}

function publish(lane: Lane): void {
  const { feed, laneId, log } = lane.parts;
  try {
    const { frame } = wantedNow(lane);
    for (const [index, glass] of lane.glasses.entries()) {
      const status = statusOf(lane, glass, frame);
      if (status === glass.status) continue;
      glass.status = status;
      feed.onStatus(laneId, index, status);
    }
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
    if (age < 1_000) waits.push(1_000 - age);
    if (frame.kind === 'scan') waits.push(CODE_TICK_MS, (lane.deadline?.at ?? Number.POSITIVE_INFINITY) - clock.elapsedMs());
    lane.ticker = new AbortController();
    await clock.sleep(Math.max(1, Math.min(...waits)), lane.ticker.signal);
  }
}

type Reading = { readonly payment: DisplayedPayment | null } | { readonly failed: string };

/** What the books say, or that they say nothing in time; never rejects. */
async function answerOf(asked: Promise<Reading>, clock: Clock): Promise<Reading | 'late'> {
  const done = new AbortController();
  const late = clock.sleep(READ_PATIENCE_MS, done.signal).then(() => 'late' as const);
  const answer = await Promise.race([asked, late]);
  done.abort();
  return answer;
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

function askBooks({ parts }: Lane): Promise<Reading> {
  return new Promise<DisplayedPayment | null>((resolve) => resolve(parts.feed.current(parts.laneId))).then(
    (payment) => ({ payment }),
    (error: unknown) => ({ failed: errorText(error) }),
  );
}

/** Reads the lane's payment at each ring and from time to time. */
async function follow(lane: Lane): Promise<void> {
  const { clock } = lane.parts;
  while (!lane.stopped) {
    lane.reader = new AbortController();
    const asked = askBooks(lane);
    const answer = await answerOf(asked, clock);
    if (answer === 'late') {
      take(lane, { failed: `no answer within ${READ_PATIENCE_MS} ms` });
      // One question at a time; and what comes so late may be out of date, so it is asked again.
      await asked;
      continue;
    }
    take(lane, answer);
    const { frame } = wantedNow(lane);
    await clock.sleep(READ_EVERY_MS[frame.kind === 'scan' ? 'code' : 'otherwise'], lane.reader.signal);
  }
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

/** Makes the display of one lane, with none, one or several glasses; nothing is opened before `start`. */
export function createLaneDisplay(parts: LaneDisplayParts): LaneDisplay {
  const lane: Lane = {
    parts,
    glasses: [],
    payment: null,
    offsetMs: 0,
    wish: { key: frameKey(IDLE.frame), since: parts.clock.elapsedMs() },
    deadline: undefined,
    readFailed: false,
    stopped: false,
    ticker: new AbortController(),
    reader: new AbortController(),
  };
  for (const surface of parts.surfaces) addGlass(lane, surface);
  let quiet: (() => void) | undefined;
  return {
    start() {
      if (quiet !== undefined || lane.stopped) return;
      quiet = parts.feed.onChange(parts.laneId, () => lane.reader.abort());
      void follow(lane);
      void tick(lane);
      for (const { session } of lane.glasses) session.start();
    },
    async stop() {
      lane.stopped = true;
      quiet?.();
      lane.ticker.abort();
      lane.reader.abort();
      await Promise.all(lane.glasses.map(({ session }) => session.stop(STOP_CAP_MS)));
    },
    statuses: () => lane.glasses.map(({ status }) => status),
    canShow: (codeText) =>
      lane.glasses.some(({ session, surface }) => session.view().health === 'ready' && carries(surface.driver, codeText)),
  };
}
