import type { Clock } from '../base/clock.js';
import { type ProbedPort, probePort } from './display-probe.js';
import { type DisplaySettings, lineAt } from './display-settings.js';
import type { DisplayStatus } from './display-status.js';
import { type RunningTest, startTest, type TestedGlass, type TestOrder } from './display-test.js';
import { IDLE } from './glass.js';
import type { LaneDisplay, LoanRefusal } from './lane-display.js';
import type { Loan, LoanEnd } from './lane-loan.js';

/** A lane as the technician's commands reach it. */
export interface BenchLane {
  readonly display: LaneDisplay;
  /** In the order of the lane's displays. */
  readonly settings: readonly DisplaySettings[];
  /** A currency of the lane's merchant. */
  readonly currency: string;
}

/** What `display test` shows of a test that has begun. */
export interface StartedTest {
  readonly laneId: string;
  readonly number: string;
  readonly code: string;
  readonly glasses: readonly TestedGlass[];
  readonly interrupted: LoanEnd | null;
}

/** How it ended; `notBlank` are the displays (from 1) on which the code may still stand. */
export interface EndedTest {
  readonly ended: LoanEnd;
  readonly notBlank: readonly number[];
}

/** What was found at one display of a lane. */
export interface ProbedDisplay extends ProbedPort {
  /** Its place in the lane's list, from 1. */
  readonly display: number;
  readonly driver: string;
  readonly port: string;
  /** The configured speed, or the driver's usual one. */
  readonly baudRate: number;
}

/** Why nothing was done. */
export type BenchRefusal = { readonly refused: LoanRefusal | 'no_lane' | 'no_display' | 'no_test' };

/** The technician's hands on the glasses of a bridge, running or opened for the purpose. */
export interface DisplayBench {
  /** Shows a test code until `endTest`, a sale, or its time. */
  startTest(laneId: string, order: Omit<TestOrder, 'currency'>): Promise<StartedTest | BenchRefusal>;
  endTest(laneId: string): Promise<EndedTest | BenchRefusal>;
  /** How the displays of a lane are. */
  look(laneId: string): { readonly laneId: string; readonly statuses: readonly DisplayStatus[] } | BenchRefusal;
  /** Takes the ports of a lane's displays for as long as the asking takes, one display after the other. */
  probe(laneId: string): Promise<{ readonly laneId: string; readonly displays: readonly ProbedDisplay[] } | BenchRefusal>;
}

/** Longer than the longest walk through all speeds. */
const PROBED_WITHIN_MS = 120_000;

async function probeLane(lane: BenchLane, loan: Loan, clock: Clock): Promise<readonly ProbedDisplay[]> {
  const probed: ProbedDisplay[] = [];
  for (const [index, { surface }] of loan.glasses.entries()) {
    const settings = lane.settings[index];
    if (settings?.port === undefined) continue;
    const { driver, port, bootDelayMs } = surface;
    const baudRate = settings.baudRate ?? driver.defaultBaudRate;
    const openAt = (speed: number) => lineAt(settings, speed, clock);
    const found = await probePort({ settings, baudRate, bootDelayMs, openAt, clock, stop: loan.over });
    probed.push({ display: index + 1, driver: settings.driver, port, baudRate, ...found });
  }
  return probed;
}

/** Makes the bench over the lanes that `laneOf` knows. */
export function createDisplayBench(laneOf: (laneId: string) => BenchLane | undefined, clock: Clock): DisplayBench {
  const tests = new Map<string, RunningTest>();
  return {
    async startTest(laneId, order) {
      const lane = laneOf(laneId);
      if (lane === undefined) return { refused: 'no_lane' };
      if (lane.settings.length === 0) return { refused: 'no_display' };
      const { display, settings, currency } = lane;
      const test = await startTest({ lane: display, settings, clock }, { ...order, currency });
      if (typeof test === 'string') return { refused: test };
      tests.set(laneId, test);
      const { code, glasses, interrupted } = test;
      return { laneId, number: order.number, code, glasses, interrupted };
    },
    async endTest(laneId) {
      const test = tests.get(laneId);
      if (test === undefined) return { refused: 'no_test' };
      tests.delete(laneId);
      return test.end();
    },
    look(laneId) {
      const lane = laneOf(laneId);
      return lane === undefined ? { refused: 'no_lane' } : { laneId, statuses: lane.display.statuses() };
    },
    async probe(laneId) {
      const lane = laneOf(laneId);
      if (lane === undefined) return { refused: 'no_lane' };
      if (!lane.settings.some(({ port }) => port !== undefined)) return { refused: 'no_display' };
      const loan = await lane.display.lend({ frame: IDLE, forMs: PROBED_WITHIN_MS });
      if (typeof loan === 'string') return { refused: loan };
      try {
        await loan.releasePorts();
        return { laneId, displays: await probeLane(lane, loan, clock) };
      } finally {
        await loan.giveBack();
      }
    },
  };
}
