import { addMs, type Instant } from '#src/base/clock.js';
import { createLog } from '#src/base/log.js';
import type { DisplayStatus } from '#src/display/display-status.js';
import { createNextionDriver, NEXTION_DEFAULTS, type NextionOptions } from '#src/display/drivers/nextion.js';
import { createLaneDisplay, type LaneDisplay, type LaneSurface } from '#src/display/lane-display.js';
import type { DisplayedPayment } from '#src/display/what-to-show.js';
import type { LaneId, StateName } from '#src/payment/payment.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { createNextionPanel, type NextionPanel, type PanelOptions } from './nextion-panel.js';
import { createWire, type Wire } from './wire.js';

const LANE = 'lane-1' as LaneId;
export const CODE = 'https://qr.example/281010040000000000000000000000';

/** One lane with Nextion panels in memory, its payment set by the test, its clock turned by hand. */
export interface LaneBench {
  readonly clock: ManualClock;
  readonly lane: LaneDisplay;
  readonly panels: readonly NextionPanel[];
  readonly wires: readonly Wire[];
  /** Every status that was told, in order. */
  readonly told: readonly { readonly index: number; readonly status: DisplayStatus }[];
  /** The lines that the lane logged. */
  readonly log: readonly string[];
  /** The books: what `current` answers. */
  books: () => DisplayedPayment | null | Promise<DisplayedPayment | null>;
  offsetMs: number;
  ring(): void;
  /** Sets the lane's payment and rings. */
  now(state: StateName, options?: { id?: string; code?: string | null; lifeMs?: number }): DisplayedPayment;
  status(index?: number): DisplayStatus;
}

export interface BenchOptions {
  readonly panels?: readonly PanelOptions[];
  readonly driver?: Partial<NextionOptions>;
  /** Other surfaces beside the panels. */
  readonly extra?: (clock: ManualClock) => readonly LaneSurface[];
}

export function createLaneBench(options: BenchOptions = {}): LaneBench {
  const clock = createManualClock({ restMs: 1 });
  const listeners = new Set<() => void>();
  const log: string[] = [];
  const told: { index: number; status: DisplayStatus }[] = [];
  const lines = (options.panels ?? [{}]).map((panelOptions) => {
    const wire: Wire = createWire((bytes) => panel.feed(bytes));
    const panel: NextionPanel = createNextionPanel((bytes) => wire.toHost(bytes), panelOptions);
    return { wire, panel };
  });
  const driver = createNextionDriver({ ...NEXTION_DEFAULTS, ...options.driver });
  const surfaces: LaneSurface[] = lines.map(({ wire }) => ({ driver, port: 'wire', bootDelayMs: 0, open: wire.open }));
  const feed = {
    current: () => bench.books(),
    onChange(_: LaneId, changed: () => void) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    offsetMs: () => bench.offsetMs,
    onStatus: (_: LaneId, index: number, status: DisplayStatus) => told.push({ index, status }),
  };
  const bench: LaneBench = {
    clock,
    lane: createLaneDisplay({
      laneId: LANE,
      surfaces: [...surfaces, ...(options.extra?.(clock) ?? [])],
      feed,
      clock,
      log: createLog((line) => log.push(line)),
    }),
    panels: lines.map(({ panel }) => panel),
    wires: lines.map(({ wire }) => wire),
    told,
    log,
    books: () => null,
    offsetMs: 0,
    ring: () => {
      for (const changed of [...listeners]) changed();
    },
    now(state, { id = 'SHOP114-1', code = CODE, lifeMs = 180_000 } = {}) {
      const old = bench.books();
      const since: Instant = clock.now();
      const before = old !== null && 'life' in old && old.paymentRequestId === id ? old.life.code : null;
      const fresh = code === null ? null : { text: code, expiresAt: addMs(since, lifeMs + bench.offsetMs) };
      const hasCode = state !== 'received' && state !== 'submitting';
      const payment: DisplayedPayment = {
        paymentRequestId: id,
        amount: { currency: 'JPY', value: '1980' },
        life: { state, stateSince: since, code: hasCode ? (before ?? fresh) : null },
      };
      bench.books = () => payment;
      bench.ring();
      return payment;
    },
    status: (index = 0) => {
      const status = bench.lane.statuses()[index];
      if (status === undefined) throw new Error(`the lane has no display ${index}`);
      return status;
    },
  };
  return bench;
}
