import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { addMs, systemClock } from '#src/base/clock.js';
import { silentLog } from '#src/base/log.js';
import { surfaceFor } from '#src/display/display-settings.js';
import { createLaneDisplay, type LaneDisplay } from '#src/display/lane-display.js';
import type { DisplayedPayment } from '#src/display/what-to-show.js';
import type { LaneId, StateName } from '#src/payment/payment.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import type { Teller } from '../support/long-run.js';
import { openPty } from '../support/pty.js';
import type { Benchmark, Figure } from './benchmark.js';
import { GLASS_CASES, type GlassCase, WORDS } from './glass-cases.js';
import { limitMs } from './shortest-sequences.js';

const BAUD_RATES = [9_600, 115_200] as const;
const RUNS = 7;
/** When an answer comes while "please wait" is still on its way to the glass, ms after the sale began. */
const EARLY_ANSWERS_MS = [5, 20, 35, 50, 65, 80, 95, 110, 125, 140] as const;
const GOAL = { ratio: 1.15, extraMs: 10 } as const;
const AMOUNT = { currency: 'JPY', value: '1980' };
/** 54 characters, as in the table of display reference 11. */
const CODE_START = 'https://qr.example/2810100400000000000000000000000000';
const PATIENCE_MS = 30_000;
const QUIET_MS = 150;

/** One lane with one display on a pseudo-terminal, and the payment that it shows. */
interface Rig {
  readonly glass: GlassEmulator;
  /** The lane's payment is now this; the lane is told. */
  now(state: StateName, code: string | null): void;
  /** Waits until nothing has crossed the line for a while. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const since = performance.now();
  while (!condition()) {
    if (performance.now() - since > PATIENCE_MS) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await pause(2);
  }
}

function openLane(one: GlassCase, port: string, baudRate: number): { lane: LaneDisplay; now: Rig['now'] } {
  let payment: DisplayedPayment | null = null;
  let ring = () => {};
  let sale = 0;
  const surface = surfaceFor({ ...one.settings, port, baudRate }, systemClock);
  if ('refused' in surface) throw new Error(surface.refused);
  const lane = createLaneDisplay({
    laneId: 'lane-1' as LaneId,
    surfaces: [surface],
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
  return {
    lane,
    now(state, code) {
      const since = systemClock.now();
      if (state === 'submitting') sale += 1;
      payment = {
        paymentRequestId: `SHOP114-${sale}`,
        amount: AMOUNT,
        life: { state, stateSince: since, code: code === null ? null : { text: code, expiresAt: addMs(since, 180_000) } },
      };
      ring();
    },
  };
}

async function openRig(one: GlassCase, baudRate: number): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const link = join(folder, 'customer-display');
  const terminal = await openPty({ link });
  const glass = one.glass(baudRate);
  let heardAt = performance.now();
  terminal.onBytes((bytes) => {
    heardAt = performance.now();
    glass.receive(bytes);
  });
  glass.onBytes((bytes) => {
    heardAt = performance.now();
    terminal.write(bytes);
  });
  const { lane, now } = openLane(one, link, baudRate);
  lane.start();
  await until(() => lane.statuses()[0]?.health === 'ready', `${one.name} is ready`);
  return {
    glass,
    now,
    quiet: () => until(() => performance.now() - heardAt > QUIET_MS, `${one.name} is quiet`),
    async close() {
      await lane.stop();
      await glass.stop();
      await terminal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The answer arrives: how long until the glass is complete, ms. */
async function answer(rig: Rig, one: GlassCase, code: string): Promise<number> {
  const { glass, now } = rig;
  const asked = systemClock.now();
  const toldBefore = glass.trace().length;
  now('awaiting_payer', code);
  const complete = () => glass.history().find((segment) => segment.from >= asked && one.isComplete(segment, code, AMOUNT));
  await until(() => complete() !== undefined, `the code on ${one.name}`);
  if (one.doneWord === undefined) return (complete()?.from ?? asked) - asked;
  const done = glass
    .trace()
    .slice(toldBefore)
    .findLast(({ kind, what }) => kind === 'did' && what === one.doneWord);
  return Date.parse(done?.at ?? '') - asked;
}

const codeOf = (run: number) => `${CODE_START}${String(run).padStart(2, '0')}`;

/** A sale whose answer comes once "please wait" stands there. */
async function calmAnswer(rig: Rig, one: GlassCase, run: number): Promise<number> {
  rig.now('submitting', null);
  await pause(QUIET_MS);
  await rig.quiet();
  const took = await answer(rig, one, codeOf(run));
  await rig.quiet();
  return took;
}

/** A sale whose answer comes `afterMs` later, whatever stands there by then. */
async function earlyAnswer(rig: Rig, one: GlassCase, run: number, afterMs: number): Promise<number> {
  rig.now('cancelled', null);
  await pause(QUIET_MS);
  await rig.quiet();
  rig.now('submitting', null);
  await pause(afterMs);
  const took = await answer(rig, one, codeOf(run));
  await rig.quiet();
  return took;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function measure(one: GlassCase, baudRate: number, tell: Teller, stop: AbortSignal): Promise<readonly Figure[]> {
  const rig = await openRig(one, baudRate);
  const shortest = one.shortest({ code: codeOf(0), amount: AMOUNT, words: WORDS });
  const floor = limitMs(shortest, baudRate);
  const runs = floor > 2_000 ? 3 : RUNS;
  const calm: number[] = [];
  const early: number[] = [];
  try {
    for (let run = 0; run < runs && !stop.aborted; run += 1) {
      tell.progress(`${one.name} at ${baudRate}: ${run + 1} of ${runs}`);
      calm.push(await calmAnswer(rig, one, run));
    }
    for (const [i, afterMs] of EARLY_ANSWERS_MS.entries()) {
      if (stop.aborted || floor > 2_000) break;
      tell.progress(`${one.name} at ${baudRate}: answer after ${afterMs} ms`);
      early.push(await earlyAnswer(rig, one, runs + i, afterMs));
    }
  } finally {
    await rig.close();
  }
  const allowed = GOAL.ratio * floor + GOAL.extraMs;
  const what = `${one.name} at ${baudRate}`;
  const facts = { source: `display reference ${shortest.source}`, allowedMs: allowed, slowestMs: Math.max(...calm), runs };
  const measured = median(calm);
  const figure: Figure = {
    what,
    measured,
    floor,
    unit: 'ms',
    goal: `<= ${GOAL.ratio}x + ${GOAL.extraMs} ms`,
    met: measured <= allowed,
    facts,
  };
  if (early.length === 0) return [figure];
  const worst = Math.max(...early);
  return [
    figure,
    { what: `  answer into "please wait", worst of ${early.length}`, measured: worst, floor, unit: 'ms', goal: '-', met: true },
  ];
}

/** The run of `npm run bench -- glass`. */
export const glassBenchmark: Benchmark = {
  about:
    "from the upstream's answer to the complete code on the glass, against the wire limit of the shortest legal sequence; " +
    'the emulated devices draw in no time, so that only line and bridge are measured',
  async run(tell, stop) {
    const figures: Figure[] = [];
    for (const one of GLASS_CASES) {
      for (const baudRate of BAUD_RATES) {
        if (!stop.aborted) figures.push(...(await measure(one, baudRate, tell, stop)));
      }
    }
    return figures;
  },
};
