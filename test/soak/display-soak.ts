import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { addMs, instant, systemClock } from '#src/base/clock.js';
import { silentLog } from '#src/base/log.js';
import type { Frame } from '#src/display/display-driver.js';
import { surfaceFor } from '#src/display/display-settings.js';
import { createLaneDisplay, type LaneDisplay } from '#src/display/lane-display.js';
import { type DisplayedPayment, whatToShow } from '#src/display/what-to-show.js';
import type { LaneId, StateName } from '#src/payment/payment.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import type { GlassSegment } from '#src/simulator/glass-emulators/glass-history.js';
import { type Cable, type Pull, runCable } from './cable.js';
import type { CyclePlan } from './display-plan.js';
import type { DisplayVariant } from './display-variants.js';
import { judgeGlass, type Unreachable, type WantedCode } from './glass-judge.js';

/** The promise: right again this long after the cable is in, beside the boot delays, ms. */
export const RIGHT_WITHIN_MS = 3_000;
/** Longer than this nobody waits for a glass, ms. */
const GIVEN_UP_AFTER_MS = 20_000;
/** The host may have nothing to say: then the cable is pulled without waiting for bytes. */
const QUIET_PULL_AFTER_MS = 250;
const LIFE_MS = 120_000;
const AMOUNT = { currency: 'JPY', value: '1980' };
const LANE = 'lane-1' as LaneId;

/** One lane with one display at the end of a cable. */
export interface SoakedDisplay {
  readonly variant: DisplayVariant;
  readonly glass: GlassEmulator;
  readonly cable: Cable;
  readonly lane: LaneDisplay;
  /** What the lane should show now. */
  wanted(): Frame;
  /** Changes the lane's payment; a fresh `code` begins a new sale. */
  now(state: StateName, code?: { readonly text: string; readonly lifeMs: number }): void;
  nothing(): void;
  readonly codes: WantedCode[];
  readonly unreachable: Unreachable[];
  /** Calls `opened` once, at the next opening of the port that succeeds. */
  whenOpened(opened: () => void): void;
  close(): Promise<void>;
}

/** What came of one cycle. */
export interface CycleResult {
  readonly plan: CyclePlan;
  readonly pulls: number;
  /** From the last plugging in until the glass was right, ms; less the boot delays and the time of a slip. */
  readonly rightAfterMs: number;
  /** The port came back under another name than it had before the last pull. */
  readonly moved: boolean;
  /** How long what the end of a half line showed stood there, ms. */
  readonly flashes: readonly number[];
  readonly faults: readonly string[];
  readonly gaveUp: boolean;
}

/** Opens the lane and its display; `started` is the number of sales so far, for codes that never repeat. */
export async function openSoakedDisplay(variant: DisplayVariant): Promise<SoakedDisplay> {
  const folder = mkdtempSync(join(tmpdir(), 'soak-'));
  const link = join(folder, 'customer-display');
  const glass = variant.glass();
  const cable = await runCable(glass, link, variant.settings.baudRate);
  const surface = surfaceFor({ ...variant.settings, port: link }, systemClock);
  if ('refused' in surface) throw new Error(surface.refused);
  let payment: DisplayedPayment | null = null;
  let ring = () => {};
  let onOpened = () => {};
  let sale = 0;
  const lane = createLaneDisplay({
    laneId: LANE,
    surfaces: [
      {
        ...surface,
        bootDelayMs: variant.bootDelayMs,
        async open(listener) {
          const opened = await surface.open(listener);
          const tell = onOpened;
          onOpened = () => {};
          tell();
          return opened;
        },
      },
    ],
    clock: systemClock,
    log: silentLog,
    feed: {
      current: () => payment,
      onChange(_, changed) {
        ring = changed;
        return () => {};
      },
      offsetMs: () => 0,
      onStatus: () => {},
    },
  });
  const display: SoakedDisplay = {
    variant,
    glass,
    cable,
    lane,
    codes: [],
    unreachable: [],
    whenOpened(opened) {
      onOpened = opened;
    },
    wanted: () => whatToShow(payment, systemClock.now(), 0).frame,
    now(state, code) {
      const since = systemClock.now();
      const last = display.codes.at(-1);
      if (last !== undefined && (code !== undefined || state !== 'awaiting_payer')) last.until = Math.min(last.until, since);
      if (code !== undefined || state === 'submitting') sale += 1;
      if (code !== undefined) {
        display.codes.push({ code: code.text, from: since, until: since + code.lifeMs });
      }
      const kept = state === 'submitting' ? null : (payment?.life.code ?? null);
      const fresh = code === undefined ? kept : { text: code.text, expiresAt: addMs(since, code.lifeMs) };
      payment = { paymentRequestId: `SOAK-${sale}`, amount: AMOUNT, life: { state, stateSince: since, code: fresh } };
      ring();
    },
    nothing() {
      display.now('cancelled');
      payment = null;
      ring();
    },
    async close() {
      await lane.stop();
      await glass.stop();
      await cable.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  lane.start();
  return display;
}

function isRight({ variant, glass, lane, cable, wanted }: SoakedDisplay): boolean {
  const frame = wanted();
  const [status] = lane.statuses();
  if (!cable.isPlugged() || status?.health !== 'ready' || !variant.shows(glass, frame)) return false;
  return frame.kind !== 'scan' || variant.kind === 'text' || status.state === 'showing' || status.state === 'printed';
}

/** How long it took until the glass was right, ms; undefined when nobody waits any longer. */
async function untilRight(display: SoakedDisplay, since: number, stop: AbortSignal): Promise<number | undefined> {
  while (!isRight(display)) {
    if (stop.aborted || performance.now() - since > GIVEN_UP_AFTER_MS) return undefined;
    await pause(10);
  }
  return performance.now() - since;
}

const codeFor = (seed: number, which: number) => `https://qr.example/28101004${seed}-${which}-${'x'.repeat(seed % 60)}`;

/** Waits for `work`, but no longer than `ms` nor beyond `stop`; leaves no timer behind. */
export async function within(ms: number, work: Promise<void>, stop: AbortSignal): Promise<void> {
  const done = new AbortController();
  const late = pause(ms, undefined, { signal: AbortSignal.any([stop, done.signal]) }).catch(() => undefined);
  await Promise.race([work, late]);
  done.abort();
}

/** The port is open already: it is pulled, and once more when it has just been opened again. Gives how long that opening took, ms. */
async function pullRightAfterOpen({ cable, ...display }: SoakedDisplay, how: Pull, stop: AbortSignal): Promise<number> {
  const pulled = new Promise<void>((resolve) => {
    display.whenOpened(() => void cable.pull(how).then(resolve));
  });
  await cable.pull({ ...how, abrupt: false });
  await cable.plug();
  const since = performance.now();
  await within(GIVEN_UP_AFTER_MS, pulled, stop);
  display.whenOpened(() => {});
  await cable.pull(how);
  return performance.now() - since;
}

/** Resolves when so many bytes have come through and the cable is out; where the host has nothing to say, it is pulled after a while. */
async function pullAfterBytes({ cable, variant }: SoakedDisplay, bytes: number, how: Pull): Promise<void> {
  const waited = new AbortController();
  await new Promise<void>((resolve) => {
    const takeBack = cable.pullAfter(bytes, how, () => {
      waited.abort();
      resolve();
    });
    const lineMs = (bytes * 10_000) / variant.settings.baudRate;
    pause(QUIET_PULL_AFTER_MS + lineMs, undefined, { signal: waited.signal })
      .then(() => {
        takeBack();
        return cable.pull(how).then(resolve);
      })
      .catch(() => undefined);
  });
}

function changeMeanwhile(display: SoakedDisplay, { meanwhile, seed }: CyclePlan): void {
  switch (meanwhile) {
    case 'nothing':
      return;
    case 'another code':
      display.now('awaiting_payer', { text: codeFor(seed, 2), lifeMs: LIFE_MS });
      return;
    case 'expired':
      // Its time is up while the cable is out, or a moment later.
      display.now('awaiting_payer', { text: codeFor(seed, 3), lifeMs: 50 + (seed % 200) });
      return;
    case 'cancelled':
    case 'paid':
      display.now(meanwhile);
  }
}

function wish(display: SoakedDisplay, { wish: wanted, seed }: CyclePlan): void {
  if (wanted === 'nothing') display.nothing();
  else if (wanted === 'wait') display.now('submitting');
  else display.now('awaiting_payer', { text: codeFor(seed, 1), lifeMs: LIFE_MS });
}

/** One cycle: something is wanted, the cable is pulled and put in again as planned, and the glass has to be right again. */
export async function runCycle(
  display: SoakedDisplay,
  plan: CyclePlan,
  graceMs: number,
  stop: AbortSignal,
): Promise<CycleResult> {
  const { variant, cable, glass } = display;
  const since = glass.history().length;
  const startedAt = systemClock.now();
  const faults: string[] = [];
  const bootMs = variant.bootDelayMs + variant.slipMs + (plan.pullings.some(({ losesPower }) => losesPower) ? variant.bootMs : 0);
  let moved = false;
  let pluggedAt = performance.now();
  wish(display, plan);
  for (const [i, one] of plan.pullings.entries()) {
    if (stop.aborted) break;
    const name = cable.portName();
    const out: Unreachable = { from: systemClock.now(), to: Number.POSITIVE_INFINITY };
    display.unreachable.push(out);
    if (one.when === 'right after open') {
      const openedAfterMs = await pullRightAfterOpen(display, one, stop);
      if (openedAfterMs > RIGHT_WITHIN_MS + graceMs) faults.push(`opened again only after ${Math.round(openedAfterMs)} ms`);
    } else await pullAfterBytes(display, one.when.bytes, one);
    await pause(one.outForMs / 2);
    if (i === 0) changeMeanwhile(display, plan);
    await pause(one.outForMs / 2);
    await cable.plug();
    pluggedAt = performance.now();
    out.to = systemClock.now() + RIGHT_WITHIN_MS + graceMs + bootMs;
    moved = cable.portName() !== name;
  }
  const tookMs = await untilRight(display, pluggedAt, stop);
  const rightAfterMs = Math.max(0, (tookMs ?? GIVEN_UP_AFTER_MS) - bootMs);
  if (tookMs !== undefined) for (const one of display.unreachable) one.to = Math.min(one.to, systemClock.now());
  if (rightAfterMs > RIGHT_WITHIN_MS + graceMs && !stop.aborted) {
    faults.push(`right again after ${Math.round(rightAfterMs)} ms: ${JSON.stringify(display.lane.statuses()[0])}`);
  }
  if (plan.endsPlugged) {
    display.nothing();
    await pause(1_100);
  }
  const judged = { flashMs: variant.flashMs, isPaper: variant.kind === 'paper' };
  const judgement = judgeGlass(seenSince(display, since), display.codes, display.unreachable, systemClock.now(), judged);
  faults.push(...judgement.faults);
  forget(display, startedAt);
  return {
    plan,
    pulls: plan.pullings.length,
    rightAfterMs,
    moved,
    flashes: judgement.flashes,
    faults,
    gaveUp: tookMs === undefined,
  };
}

/**
 * What was to be seen since the glass had looked different `before` times, from when the code that stood there then first did. A picture
 * on paper is judged once it is cut, but was printed when its last band was.
 */
function seenSince({ glass, variant }: SoakedDisplay, before: number): readonly GlassSegment[] {
  const all = glass.history();
  let first = Math.max(0, before - 1);
  while (first > 0 && all[first - 1]?.code === all[first]?.code) first -= 1;
  const segments = all.slice(first);
  if (variant.kind !== 'paper') return segments;
  const pictures = glass.trace().filter(({ kind, what }) => kind === 'did' && what === 'picture');
  return segments.map((segment) => {
    const printed = pictures.findLast(({ at }) => Date.parse(at) <= segment.from);
    return printed === undefined ? segment : { ...segment, from: instant(Date.parse(printed.at)) };
  });
}

/** What is long over cannot be seen any more, except on paper, where only the newest is looked at. */
function forget({ codes, unreachable }: SoakedDisplay, before: number): void {
  const OLD_MS = 60_000;
  while (codes.length > 20 && (codes[0]?.until ?? 0) < instant(before - OLD_MS)) codes.shift();
  while (unreachable.length > 20) unreachable.shift();
}
