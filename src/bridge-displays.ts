import { BridgeError, isBooksTrouble } from './base/bridge-error.js';
import type { Clock } from './base/clock.js';
import type { Doorbell } from './base/doorbell.js';
import { errorText, type Log } from './base/log.js';
import type { StoredBooks } from './bridge-books.js';
import type { BridgeConfig } from './config/bridge-config.js';
import { type BenchLane, createDisplayBench, type DisplayBench } from './display/display-bench.js';
import { type Surface, surfaceFor } from './display/display-settings.js';
import type { VirtualGlass } from './display/drivers/virtual-glass.js';
import { createLaneDisplay, type LaneDisplay, type LaneFeed } from './display/lane-display.js';
import type { LaneId } from './payment/payment.js';
import { laneDisplayView } from './terminal/payment-view.js';
import type { LaneDisplays } from './terminal/terminal-ports.js';

/** The glasses of every lane. */
export interface JoinedDisplays extends LaneDisplays {
  start(): void;
  /** Blanks every glass and closes the ports. Never rejects. */
  stop(): Promise<void>;
  /** The pictures of a lane's virtual displays. */
  virtual(laneId: string): readonly VirtualGlass[];
  /** The technician's hands on the glasses. */
  readonly bench: DisplayBench;
}

export interface DisplayParts {
  readonly config: BridgeConfig;
  readonly stored: StoredBooks;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Log;
  /** The clock of the lane's upstream minus ours, ms. */
  readonly offsetMs: (laneId: LaneId) => number;
  /** What customers know the payment's upstream by. */
  readonly brandOf: (upstreamId: string) => string | null;
}

/**
 * What a lane needs for each of its displays, in their order. Throws `BridgeError` `config.wrong` for one that its driver refuses, which
 * the check of the file has told before.
 */
export function surfacesOf({ id, displays }: BridgeConfig['lanes'][number], clock: Clock): readonly Surface[] {
  return displays.map((settings) => {
    const surface = surfaceFor(settings, clock);
    if ('refused' in surface) throw new BridgeError('config.wrong', `lane ${id}: ${surface.refused}`);
    return surface;
  });
}

/** Joins each lane's glasses to the books, the doorbell and the lane's events; opens nothing before `start`. */
export function joinDisplays(parts: DisplayParts): JoinedDisplays {
  const displays = new Map<LaneId, LaneDisplay>();
  const virtual = new Map<string, readonly VirtualGlass[]>();
  for (const lane of parts.config.lanes) {
    const laneId = lane.id as LaneId;
    const { clock, log } = parts;
    const surfaces = surfacesOf(lane, clock);
    displays.set(laneId, createLaneDisplay({ laneId, surfaces, clock, log, feed: laneFeed(parts) }));
    virtual.set(
      lane.id,
      surfaces.flatMap((surface) => surface.virtual ?? []),
    );
  }
  // A lane without a display has nothing to keep right, and need not ask the books all the time.
  const shown = parts.config.lanes.flatMap(({ id, displays: { length } }) =>
    length > 0 ? (displays.get(id as LaneId) ?? []) : [],
  );
  return {
    start() {
      for (const display of shown) display.start();
    },
    async stop() {
      await Promise.all(shown.map((display) => display.stop()));
    },
    statuses: (laneId) => displays.get(laneId)?.statuses() ?? [],
    canShow: (laneId, codeText) => displays.get(laneId)?.canShow(codeText) ?? false,
    virtual: (laneId) => virtual.get(laneId) ?? [],
    bench: createDisplayBench((laneId) => benchLane(parts.config, displays, laneId), parts.clock),
  };
}

/** A lane as the technician's commands reach it; undefined when there is none of that name. */
export function benchLane(
  { lanes, merchants }: Pick<BridgeConfig, 'lanes' | 'merchants'>,
  displays: ReadonlyMap<string, LaneDisplay>,
  laneId: string,
): BenchLane | undefined {
  const lane = lanes.find(({ id }) => id === laneId);
  const display = displays.get(laneId);
  const currency = merchants.find(({ id }) => id === lane?.merchant)?.currencies[0];
  return lane && display && currency ? { display, settings: lane.displays, currency } : undefined;
}

/** Where the glasses read their payment, and where their changes become lane events. */
function laneFeed({ stored, doorbell, clock, log, offsetMs, brandOf }: DisplayParts): LaneFeed {
  /** The newest change of each display that the books could not take; tills hear it when they can. */
  const untold = new Map<string, () => void>();
  const tellTills: LaneFeed['onStatus'] = (laneId, index, status) => {
    untold.delete(`${laneId} ${index}`);
    stored.events.recordDisplay(laneId, clock.now(), laneDisplayView(status), status.paymentRequestId).then(
      () => doorbell.ring(`lane:${laneId}`),
      (error: unknown) => {
        if (isBooksTrouble(error)) untold.set(`${laneId} ${index}`, () => tellTills(laneId, index, status));
        else log.error('a display change could not be stored', { laneId, error: errorText(error) });
      },
    );
  };
  doorbell.listen((topic) => {
    if (topic === 'books' && stored.health.trouble() === null) for (const tell of [...untold.values()]) tell();
  });
  return {
    offsetMs,
    async current(laneId) {
      const trouble = stored.health.trouble();
      // Nobody could learn how this payment ends: its code must not be scanned now.
      if (trouble !== null) throw trouble;
      const payment = await stored.reading.newestOnLane(laneId);
      return payment === undefined ? null : { ...payment, scanWith: brandOf(payment.upstreamId) };
    },
    onChange: (laneId, changed) =>
      doorbell.listen((topic) => {
        if (topic === `lane:${laneId}` || topic === 'books') changed();
      }),
    onStatus: tellTills,
  };
}
