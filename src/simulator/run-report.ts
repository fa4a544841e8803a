import type { CallDesk } from './call-desk.js';
import type { ChaosWish } from './chaos.js';
import type { EventLog, LogState } from './event-log.js';
import type { FaultPlan } from './fault-plan.js';
import type { Notifier } from './notifier.js';
import { type BookedOrder, type OrderBook, sumOf } from './order-book.js';

/** What a simulator has done so far, and how to have it again (`GET /sim/report`). */
export interface RunReport {
  readonly seed: string;
  readonly chaos: ChaosWish | null;
  /** The command that starts the same simulator again. */
  readonly replay: string;
  readonly log: LogState;
  /** Calls by kind, since the start. */
  readonly calls: Readonly<Record<string, number>>;
  /** How often each fault was played, by name. */
  readonly faults: Readonly<Record<string, number>>;
  readonly orders: Readonly<Record<BookedOrder['state'], number>>;
  /** Orders whose payer was charged more than once. */
  readonly chargedTwice: number;
  /** By currency, in smallest units. */
  readonly money: readonly {
    readonly currency: string;
    readonly charged: string;
    readonly givenBack: string;
    readonly kept: string;
  }[];
  /** Of the notifications that are still listed, how many are in each state. */
  readonly notifications: Readonly<Record<string, number>>;
  /** What `/sim/calls`, `/sim/notifications` and `/sim/log` no longer list. The account book forgets nothing. */
  readonly dropped: { readonly calls: number; readonly notifications: number; readonly logLines: number };
}

export interface ReportParts {
  readonly seed: string;
  readonly replay: string;
  readonly plan: FaultPlan;
  readonly events: EventLog;
  readonly desk: CallDesk;
  readonly notifier: Notifier;
  readonly book: OrderBook;
}

function tally<T extends string>(names: readonly T[], known: Record<T, number>): Record<T, number> {
  const counts = { ...known };
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function moneyOf(orders: readonly BookedOrder[]): RunReport['money'] {
  const sums = new Map<string, { charged: bigint; givenBack: bigint }>();
  for (const { asked, timesCharged, givenBack } of orders) {
    if (asked === null || timesCharged === 0) continue;
    const sum = sums.get(asked.amount.currency) ?? { charged: 0n, givenBack: 0n };
    // What was given back before another charge is no longer listed with the order.
    const amount = BigInt(asked.amount.value);
    sum.charged += amount * BigInt(timesCharged);
    sum.givenBack += amount * BigInt(timesCharged - 1) + sumOf(givenBack);
    sums.set(asked.amount.currency, sum);
  }
  return [...sums].sort().map(([currency, { charged, givenBack }]) => ({
    currency,
    charged: charged.toString(),
    givenBack: givenBack.toString(),
    kept: (charged - givenBack).toString(),
  }));
}

export function runReport({ seed, replay, plan, events, desk, notifier, book }: ReportParts): RunReport {
  const orders = book.all();
  const log = events.state();
  return {
    seed,
    chaos: plan.chaos() ?? null,
    replay,
    log,
    calls: { ...desk.counts() },
    faults: Object.fromEntries([...plan.played()].sort()),
    orders: tally(
      orders.map(({ state }) => state),
      { open: 0, paid: 0, closed: 0, cancelled: 0 },
    ),
    chargedTwice: orders.filter(({ timesCharged }) => timesCharged > 1).length,
    money: moneyOf(orders),
    notifications: tally(
      notifier.list().map(({ state }) => state as string),
      {},
    ),
    dropped: { calls: desk.dropped(), notifications: notifier.dropped(), logLines: log.dropped },
  };
}

function counted(counts: Readonly<Record<string, number>>): string {
  const words = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return words.length === 0 ? 'none' : words.join(', ');
}

/** The seed and how to replay it, in the words that stand in every report. */
export function replayText({ seed, chaos, replay }: Pick<RunReport, 'seed' | 'chaos' | 'replay'>): string {
  const drawn = chaos === null ? 'no chaos' : `chaos level ${chaos.level} in ${Math.round(chaos.share * 100)} % of the calls`;
  return `seed ${seed}, ${drawn}; again: ${replay}\n`;
}

/** A report for people, a few lines. */
export function reportText(report: RunReport): string {
  const { log, dropped } = report;
  return [
    replayText(report).trimEnd(),
    `event log: ${log.events} events, sha256 ${log.sha256}`,
    `calls: ${counted(report.calls)}`,
    `faults played: ${counted(report.faults)}`,
    `orders: ${counted(report.orders)}; charged more than once: ${report.chargedTwice}`,
    ...report.money.map(
      ({ currency, charged, givenBack, kept }) => `money ${currency}: charged ${charged}, given back ${givenBack}, kept ${kept}`,
    ),
    `notifications: ${counted(report.notifications)}`,
    `no longer listed: ${dropped.calls} calls, ${dropped.notifications} notifications, ${dropped.logLines} lines of the event log`,
    '',
  ].join('\n');
}
