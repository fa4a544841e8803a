import { setTimeout as pause } from 'node:timers/promises';
import { reportText } from '#src/simulator/run-report.js';
import { readBooksAtDeath } from '../crash/books-at-death.js';
import { hasEnded, judge } from '../crash/judges.js';
import { ocbridge } from '../process/program.js';
import type { WholePayment } from '../process/till.js';
import { type Teller, textTable } from '../support/long-run.js';
import { createSeeded } from '../support/seeded.js';
import { type Drift, driftOf } from './drift.js';
import { planSale } from './sale-plan.js';
import { sellSale } from './sell-sale.js';
import { type Figures, figuresText, startMeter, watchedOf } from './shop-figures.js';
import { type Soak, soakCommand } from './soak-run.js';
import { drawTrouble, openSoakShop, type SoakShop } from './soak-shop.js';

/** How long, how hard and how a shop is soaked. */
interface ShopSoakPlan {
  readonly seed: number;
  readonly sellForMs: number;
  readonly salesPerMinute: number;
  readonly lanes: number;
  readonly lookEveryMs: number;
  /** When selling is over and every fault with it, the last sales have so long to end. */
  readonly settleWithinMs: number;
  /** Orders and rhythms are shortened, so that it is over in seconds. */
  readonly short: boolean;
  /** The command that does all this again. */
  readonly replay: string;
}

/** What came of it. Every complaint is a promise that was not kept. */
interface SoakVerdict {
  readonly complaints: readonly string[];
  readonly drifts: readonly Drift[];
  readonly ends: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
}

const CHAOS = { level: 2, share: 0.2 } as const;
const TROUBLE_EVERY_MS = 7_000;
const RESUME_EVERY_MS = 4_000;
const COMMAND_EVERY_MS = 60_000;
/** For a shop in miniature, where orders live for seconds. */
const SHORT = {
  orderLifeMs: 6_000,
  timing: {
    answerTimeoutMs: { pay: 700, inquiry: 400, cancel: 500 },
    payPausesMs: [150, 150, 300],
    inquiryFirstAfterMs: 300,
    inquiryEveryMs: [300, 500],
    graceAfterExpiryMs: 1_000,
    cancelEveryMs: 300,
  },
};
const AS_RELEASED = { orderLifeMs: 180_000, timing: undefined };

/** Everything that is counted while the soak goes on. */
interface Ledger {
  readonly complaints: string[];
  readonly counts: Record<string, number>;
  readonly references: string[];
  readonly figures: Figures[];
  begun: number;
  ended: number;
  over: boolean;
}

/** Soaks a shop and judges it. */
async function soakShop(plan: ShopSoakPlan, tell: (line: string) => void, stop: AbortSignal): Promise<SoakVerdict> {
  const shop = await openSoakShop({ ...plan, ...(plan.short ? SHORT : AS_RELEASED), chaos: CHAOS });
  const ledger: Ledger = { complaints: [], counts: {}, references: [], figures: [], begun: 0, ended: 0, over: false };
  const meter = startMeter(shop.service, shop.pc.books);
  try {
    const idle = await meter.read();
    tell(`before the first sale | ${figuresText(idle)}`);
    const selling = new AbortController();
    const sales: Promise<void>[] = [];
    const people = [
      sell(shop, plan, ledger, sales, selling.signal),
      breakDisplays(shop, plan, selling.signal),
      breakStreams(shop, plan, selling.signal),
      runCommands(shop, ledger, selling.signal),
    ];
    const began = performance.now();
    while (performance.now() - began < plan.sellForMs && !stop.aborted) {
      await pause(plan.lookEveryMs, undefined, { signal: stop }).catch(() => undefined);
      const now = await meter.read();
      ledger.figures.push(now);
      tell(`${progressText(ledger, began)} | ${figuresText(now)}`);
    }
    selling.abort();
    await Promise.all(people);
    await settle(shop, plan, ledger, sales, tell);
    const payments = await readAll(shop, ledger.references);
    const after = await meter.read();
    tell(`after the last sale | ${figuresText(after)}`);
    return await verdict(shop, plan, ledger, payments, idle, after, tell);
  } finally {
    meter.stop();
    await shop.close();
  }
}

function progressText({ begun, ended, counts }: Ledger, since: number): string {
  const refused = counts['no lane was free'] ?? 0;
  return `${Math.round((performance.now() - since) / 1000)} s | sales ${begun} ended ${ended}${refused > 0 ? ` no lane free ${refused}` : ''}`;
}

const countIn = (ledger: Ledger) => (what: string) => {
  ledger.counts[what] = (ledger.counts[what] ?? 0) + 1;
};

/** Waits, and says whether to go on. */
async function rest(ms: number, stop: AbortSignal): Promise<boolean> {
  await pause(ms, undefined, { signal: stop }).catch(() => undefined);
  return !stop.aborted;
}

/** Begins sales at a steady rate, each on a lane that is free. */
async function sell(
  shop: SoakShop,
  plan: ShopSoakPlan,
  ledger: Ledger,
  sales: Promise<void>[],
  stop: AbortSignal,
): Promise<void> {
  const free = [...shop.lanes];
  const count = countIn(ledger);
  const began = performance.now();
  for (let number = 1; ; number += 1) {
    const dueAt = began + (number * 60_000) / plan.salesPerMinute;
    if (!(await rest(Math.max(0, dueAt - performance.now()), stop))) return;
    const lane = free.shift();
    if (lane === undefined) {
      count('no lane was free');
      continue;
    }
    ledger.begun += 1;
    const parts = {
      lane,
      simulator: shop.simulator,
      complain: (text: string) => ledger.complaints.push(text),
      count,
      isOver: () => ledger.over,
    };
    const sale = sellSale(parts, planSale(plan.seed, number, plan))
      .then((sold) => {
        ledger.references.push(...sold);
        ledger.ended += 1;
      })
      .catch((error: unknown) => {
        ledger.complaints.push(`a sale broke off: ${error instanceof Error ? error.stack : String(error)}`);
      })
      .finally(() => free.push(lane));
    sales.push(sale);
  }
}

async function breakDisplays({ lanes }: SoakShop, { seed, short }: ShopSoakPlan, stop: AbortSignal): Promise<void> {
  const random = createSeeded(seed + 1);
  const under: Promise<void>[] = [];
  while (await rest(short ? 1_500 : TROUBLE_EVERY_MS, stop)) {
    const lane = lanes[random.whole(0, lanes.length - 1)];
    const { how, ms } = drawTrouble(random);
    if (lane?.glass !== undefined) under.push(lane.trouble(how, short ? ms / 10 : ms));
  }
  await Promise.all(under);
}

async function breakStreams({ lanes }: SoakShop, { seed }: ShopSoakPlan, stop: AbortSignal): Promise<void> {
  const random = createSeeded(seed + 2);
  while (await rest(RESUME_EVERY_MS, stop)) await lanes[random.whole(0, lanes.length - 1)]?.resume();
}

/** A technician's commands go through the running bridge; whatever they open must be closed again. */
async function runCommands({ pc }: SoakShop, ledger: Ledger, stop: AbortSignal): Promise<void> {
  while (await rest(COMMAND_EVERY_MS, stop)) {
    for (const words of [['reload'], ['payment', 'show', 'nobody-knows-this-id']]) {
      const { code } = await ocbridge([...words, '--config', pc.file]);
      countIn(ledger)(`${words.join(' ')} ended with ${code}`);
    }
  }
}

/** Ends all trouble and waits for the last sales. */
async function settle(
  shop: SoakShop,
  { settleWithinMs }: ShopSoakPlan,
  ledger: Ledger,
  sales: readonly Promise<void>[],
  tell: (line: string) => void,
): Promise<void> {
  shop.simulator.setFaults([]);
  shop.simulator.setChaos(undefined);
  const began = performance.now();
  const given = new AbortController();
  await Promise.race([Promise.all(sales), pause(settleWithinMs, undefined, { signal: given.signal }).catch(() => undefined)]);
  given.abort();
  ledger.over = true;
  await Promise.all(sales);
  tell(`no more sales and no more faults: the last one ended ${Math.round((performance.now() - began) / 1000)} s later`);
  // Kept connections and late deliveries come to their end.
  await pause(6_000);
}

async function readAll({ lanes }: SoakShop, references: readonly string[]): Promise<WholePayment[]> {
  const found = new Map<string, WholePayment>();
  const tills = [...new Map(lanes.map((lane) => [lane.till, lane])).keys()];
  for (const till of tills) {
    for (const reference of references) {
      const list = await till.call(`/v1/payments?saleReference=${reference}`);
      for (const one of list.json<{ payments: WholePayment[] }>().payments) found.set(one.paymentRequestId, one);
    }
  }
  return [...found.values()];
}

function endsOf(payments: readonly WholePayment[]): Record<string, number> {
  const ends: Record<string, number> = {};
  for (const { state } of payments) ends[state] = (ends[state] ?? 0) + 1;
  return ends;
}

async function verdict(
  shop: SoakShop,
  plan: ShopSoakPlan,
  ledger: Ledger,
  payments: readonly WholePayment[],
  idle: Figures,
  after: Figures,
  tell: (line: string) => void,
): Promise<SoakVerdict> {
  const complaints = [...ledger.complaints];
  for (const { paymentRequestId, state, next } of payments)
    if (!hasEnded({ state }) && next.action === '') complaints.push(`${paymentRequestId}: ${state} and nothing to do next`);
  for (const lane of shop.lanes) {
    const { openPayment } = await lane.till.lane(lane.laneId);
    if (openPayment !== null) complaints.push(`${lane.laneId} is still held by ${openPayment.paymentRequestId}`);
  }
  if (after.sockets !== null && idle.sockets !== null && after.sockets > idle.sockets + shop.lanes.length / 4)
    complaints.push(`${after.sockets} sockets are open when all is over, ${idle.sockets} were before the first sale`);
  const ended = await shop.service.stop();
  if (ended.code !== 0) complaints.push(`the bridge ended with ${ended.code ?? ended.signal}: ${ended.err}`);
  tell(alarmTable(shop));
  complaints.push(
    ...judge({
      simulator: shop.simulator,
      payments,
      books: await readBooksAtDeath(shop.pc.books, shop.pc.folder),
      lanes: shop.lanes.map(({ laneId, glass, showsCodes, up, heard }) => ({
        laneId,
        glass: showsCodes && glass !== undefined ? glass : { history: () => [] },
        heard: heard(),
        up,
      })),
      lifetimes: [{ from: shop.startedAt, to: null }],
      patience: { goneWithin: 2_500, blankAfterStart: 20_000 },
    }),
  );
  tell(reportText(shop.simulator.report()).trimEnd());
  const drifts = plan.short ? [] : watchedOf(ledger.figures).flatMap((watched) => driftOf(watched) ?? []);
  return { complaints, drifts, ends: endsOf(payments), counts: ledger.counts };
}

const WARNING = 40;

/** What the bridge logged at warning and above, by message. */
function alarmTable({ service }: SoakShop): string {
  const counts = new Map<string, number>();
  for (const { msg, level } of service.log()) if (Number(level) >= WARNING) counts.set(msg, (counts.get(msg) ?? 0) + 1);
  const rows = [...counts].sort(([, a], [, b]) => b - a).map(([what, count]) => [what, String(count)]);
  return rows.length === 0 ? 'no warning was logged' : textTable([['warnings logged', 'times'], ...rows]);
}

function driftTable(drifts: readonly Drift[]): string {
  const value = (number: number, unit: string) => `${number.toFixed(unit === '' ? 0 : 1)}${unit === '' ? '' : ` ${unit}`}`;
  const rows = drifts.map(({ name, unit, before, after, growth, drifts: isBad }) => [
    name,
    value(before, unit),
    value(after, unit),
    `${growth >= 0 ? '+' : ''}${(100 * growth).toFixed(1)} %`,
    isBad ? 'DRIFTS' : 'flat',
  ]);
  return textTable([['measured', 'second quarter', 'last quarter', 'growth', ''], ...rows]);
}

const counted = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

function tellVerdict({ complaints, drifts, ends, counts }: SoakVerdict, tell: Teller): boolean {
  tell.line(`payments by end: ${counted(ends)}`);
  if (Object.keys(counts).length > 0) tell.line(`seen on the way: ${counted(counts)}`);
  if (drifts.length > 0) tell.line(driftTable(drifts));
  else tell.line('too short to say anything about drift');
  for (const complaint of complaints.slice(0, 50)) tell.line(`VIOLATION ${complaint}`);
  tell.line(`violations: ${complaints.length}`);
  return complaints.length === 0 && drifts.every(({ drifts: isBad }) => !isBad);
}

const USUAL = { minutes: 30, rate: 60, lanes: 27 };

/** The run of `npm run soak -- --minutes N`. */
export const shopSoak: Soak = {
  about:
    'a whole shop under faults: judged by the account book of the upstream, with memory, handles and delays that must not grow',
  options: {
    minutes: `how long is sold, usually ${USUAL.minutes}; the last sales end after that`,
    rate: `sales a minute, usually ${USUAL.rate}`,
    lanes: `usually ${USUAL.lanes}`,
    seed: 'for the same sales, troubles and faults again',
  },
  async run(options, tell, stop) {
    const [minutes, rate] = [options.count('minutes', USUAL.minutes), options.count('rate', USUAL.rate)];
    const lanes = options.count('lanes', USUAL.lanes);
    const seed = options.count('seed', 1 + (Date.now() % 1_000_000));
    const replay = soakCommand('shop', { minutes, rate, lanes, seed });
    tell.line(replay);
    const plan: ShopSoakPlan = {
      seed,
      sellForMs: minutes * 60_000,
      salesPerMinute: rate,
      lanes,
      lookEveryMs: 10_000,
      settleWithinMs: 480_000,
      short: false,
      replay,
    };
    const found = await soakShop(plan, (line) => tell.line(line), stop);
    return tellVerdict(found, tell);
  },
};
