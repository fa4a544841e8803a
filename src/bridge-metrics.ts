import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricsText } from './backoffice/metrics-route.js';
import { isBooksTrouble } from './base/bridge-error.js';
import type { Clock } from './base/clock.js';
import type { StoredBooks } from './bridge-books.js';
import type { DisplayStatus } from './display/display-status.js';
import type { Answer, Transport } from './upstream/transport.js';

/** What the bridge measures of itself while it runs. Labels are words of the program and of the configuration, never of a payment. */
export interface BridgeMetrics extends MetricsText {
  /** The same transport, with every call counted and timed. */
  observe(upstreamId: string, transport: Transport): Transport;
  /** From where the figures are read that are not counted along the way. */
  readFrom(sources: MetricSources): void;
}

export interface MetricSources {
  readonly stored: Pick<StoredBooks, 'reading' | 'health'>;
  readonly readyLanes: () => Promise<{ readonly total: number; readonly able: number }>;
  readonly displays: () => readonly DisplayStatus[];
}

const HEALTHS = ['ready', 'degraded', 'absent'] as const;
/** Seconds; the longest deadline of a call is 60 s, the usual ones 5 and 8. */
const CALL_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Builds the figures of `GET /metrics`; they belong to one bridge, not to the process. */
export function createBridgeMetrics(clock: Clock): BridgeMetrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const registers = [register];
  const calls = new Counter({
    name: 'ocbridge_upstream_calls_total',
    help: 'Calls to an upstream by what came back: the class of the HTTP status, or why nothing did.',
    labelNames: ['upstream', 'call', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'ocbridge_upstream_call_seconds',
    help: 'How long calls to an upstream took, unanswered ones included.',
    labelNames: ['upstream', 'call'],
    buckets: CALL_BUCKETS,
    registers,
  });
  return {
    contentType: register.contentType,
    text: () => register.metrics(),
    readFrom: (sources) => registerReadings(registers, sources, clock),
    observe: (upstream, transport) => ({
      ...transport,
      async post(path, ...rest) {
        const began = clock.elapsedMs();
        const answer = await transport.post(path, ...rest);
        // The path is one of the dialect's few.
        const call = path.split('/').at(-1) ?? '';
        calls.inc({ upstream, call, outcome: outcomeOf(answer) });
        seconds.observe({ upstream, call }, (clock.elapsedMs() - began) / 1000);
        return answer;
      },
    }),
  };
}

function outcomeOf(answer: Answer): string {
  return answer.kind === 'answered' ? `${Math.floor(answer.status / 100)}xx` : answer.cause;
}

/** Figures that stand in the books or in the displays are read when somebody asks. */
function registerReadings(registers: Registry[], { stored, readyLanes, displays }: MetricSources, clock: Clock): void {
  const { reading, health } = stored;
  new Gauge({
    name: 'ocbridge_payments',
    help: 'Payments in the books, by state.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      for (const [state, count] of await orNothing(reading.countByState())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'ocbridge_payments_due',
    help: 'Payments of which something is due and not done yet.',
    registers,
    async collect() {
      this.reset();
      for (const count of await orNothing(reading.countDue(clock.now()).then((due) => [due]))) this.set(count);
    },
  });
  new Gauge({
    name: 'ocbridge_books_usable',
    help: '1 while the books can be read and written, else 0.',
    registers,
    async collect() {
      this.set((await health.ask()) === null ? 1 : 0);
    },
  });
  new Gauge({
    name: 'ocbridge_lanes',
    help: 'Lanes of the configuration, and those that can take a sale now.',
    labelNames: ['which'],
    registers,
    async collect() {
      const { total, able } = await readyLanes();
      this.set({ which: 'configured' }, total);
      this.set({ which: 'able' }, able);
    },
  });
  new Gauge({
    name: 'ocbridge_displays',
    help: 'Displays by driver and health.',
    labelNames: ['driver', 'health'],
    registers,
    collect() {
      this.reset();
      const all = displays();
      for (const driver of new Set(all.map((one) => one.driver)))
        for (const word of HEALTHS)
          this.set({ driver, health: word }, all.filter((one) => one.driver === driver && one.health === word).length);
    },
  });
}

/** While the books cannot be read their figures are missing, and the others are not. */
function orNothing<T>(found: Promise<readonly T[]>): Promise<readonly T[]> {
  return found.catch((error: unknown) => {
    if (isBooksTrouble(error)) return [];
    throw error;
  });
}
