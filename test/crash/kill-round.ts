import { setTimeout as pause } from 'node:timers/promises';
import { createSeeded, type Seeded } from '../support/seeded.js';
import type { KillOrder } from './armed-main.js';
import { CRASH_LANES, type CrashShop } from './crash-shop.js';
import { judge, readTheBooks } from './judges.js';
import { KILL_PLANS, type KillPlan } from './kill-plans.js';
import { createPeople, isRuled, type People, planSales } from './people.js';
import { askTheApprovers } from './ruling-judges.js';
import { SAYS_NOTHING, SPEAKS_AGAIN, troubles } from './troubles.js';

/** How one seed of one plan went. */
export interface RoundResult {
  readonly plan: string;
  readonly seed: number;
  /** The bridge died at the place of the plan. */
  readonly fired: boolean;
  /** It died once more while it recovered. */
  readonly again: boolean;
  /** States of unfinished payments in the books at death. */
  readonly found: Readonly<Record<string, number>>;
  readonly ends: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

const TICK_MS = 15;
/** An order that closes by itself behind a sent cancel is waited for until its expiry, three minutes. */
const STORY_WITHIN_MS = 240_000;
/** For the last event and the last blank; a busy machine gets more as long as something is still missing. */
const SETTLED_WITHIN_MS = 4_000;
/** What a till and the books say is read one after the other, and something may happen between: on a slow machine one look is not enough. */
const LEAST_LOOKS = 5;
/** A second death while recovering comes this often. */
const AGAIN_SHARE = 0.2;
/** Real time on a machine that does other things, too; the thrown-away shops hold the promised second, on a clock of their own. */
const PATIENCE = { goneWithin: 5000, blankAfterStart: 10_000 };

/** Where a bridge that recovers may die once more, in stories that people end by rulings and in others. */
const RECOVERY_POINTS = { ruled: recoveryPoints(true), other: recoveryPoints(false) };

function recoveryPoints(ruled: boolean) {
  return KILL_PLANS.flatMap(({ at, during, ends }) =>
    at !== null && during === 'story' && ends.some((end) => isRuled({ end })) === ruled ? [at] : [],
  );
}

type KillPlace = Omit<KillOrder, 'nth'>;

interface Round {
  readonly shop: CrashShop;
  /** People end this story by rulings. */
  readonly ruled: boolean;
  readonly plan: KillPlan;
  readonly random: Seeded;
  readonly order: KillOrder | undefined;
  readonly people: People;
  readonly violations: string[];
  readonly found: Record<string, number>;
  readonly ends: Record<string, number>;
  fired: boolean;
  again: boolean;
  /** Deaths that are still to come: the plan's, then perhaps one while recovering. */
  deathsLeft: number;
}

/** Lets people sell in a shop, kills its bridge at the plan's place, starts it again, waits for every end and judges. */
export async function playRound(shop: CrashShop, plan: KillPlan, seed: number): Promise<RoundResult> {
  const round = openRound(shop, plan, seed);
  try {
    await tellStory(round);
    await finish(round);
  } catch (error) {
    round.violations.push(error instanceof Error ? error.message : String(error));
  }
  const { fired, again, found, ends, violations } = round;
  return { plan: plan.name, seed, fired, again, found, ends, violations: [...new Set(violations)] };
}

function openRound(shop: CrashShop, plan: KillPlan, seed: number): Round {
  const random = createSeeded(seed * 1000 + KILL_PLANS.indexOf(plan));
  const order: KillOrder | undefined = plan.at === null ? undefined : { ...plan.at, nth: random.whole(1, plan.mostNth) };
  const sales = CRASH_LANES.flatMap((lane) => planSales(random, `${plan.name}-${seed}`, lane, random.pick([1, 1, 2]), plan.ends));
  const { simulator, till, heard, askAs } = shop;
  const nowMs = () => performance.now();
  const people = createPeople({ simulator, till, heard, nowMs, declineUnseen: false, askAs }, sales);
  return {
    shop,
    ruled: sales.some(isRuled),
    plan,
    random,
    order,
    people,
    violations: [],
    found: {},
    ends: {},
    fired: false,
    again: false,
    deathsLeft: random.chance(AGAIN_SHARE) ? 2 : 1,
  };
}

async function tellStory(round: Round): Promise<void> {
  const { shop, plan, order, random, people } = round;
  const usual = troubles(random, { pay: 8, inquiry: 16, cancel: 6, refund: 4, notification: 4 });
  setFaults(shop, round.ruled ? SAYS_NOTHING : usual);
  const armedFirst = plan.armed === undefined ? order : undefined;
  if (shop.isAlive()) await shop.arm(armedFirst);
  else await shop.start(armedFirst);
  const signalAt = performance.now() + random.whole(0, 2500);
  const until = performance.now() + STORY_WITHIN_MS;
  let signalled = false;
  let speaks = plan.armed === undefined;
  while (!people.areDone() && performance.now() < until) {
    if (!shop.isAlive()) await buryAndRestart(round);
    people.act();
    if (!speaks && people.told().length > 0) {
      speaks = true;
      // Nobody has paid and nobody rules: the cancel may be answered, too.
      setFaults(shop, []);
      await shop.arm(order);
    }
    if (!signalled && performance.now() >= signalAt && (order === undefined || plan.during === 'stop')) {
      signalled = true;
      shop.signal(order === undefined ? 'SIGKILL' : 'SIGTERM');
    }
    await pause(TICK_MS);
  }
  if (!people.areDone()) round.violations.push(`no end within ${STORY_WITHIN_MS} ms: ${people.standing()}`);
  if (round.ruled) setFaults(shop, SPEAKS_AGAIN);
}

function setFaults({ simulator }: CrashShop, faults: Parameters<CrashShop['simulator']['setFaults']>[0]): void {
  const refused = simulator.setFaults(faults);
  if (refused !== undefined) throw new Error(refused);
}

async function buryAndRestart(round: Round): Promise<void> {
  const { shop, plan, random, violations } = round;
  const how = shop.ended();
  const words = shop.lastWords();
  if (how?.signal !== 'SIGKILL' && how?.code !== 0) throw new Error(`the bridge ended by itself: ${how?.code} ${how?.err}`);
  const books = await shop.books();
  const complaints = [...readTheBooks(books), ...askTheApprovers(round.people.told(), books)];
  violations.push(...complaints.map((text) => `at death: ${text}`));
  if (!round.fired) {
    round.fired = plan.at === null ? how?.signal === 'SIGKILL' : words !== undefined;
    for (const { state, dueAt } of books.payments) if (dueAt !== null) round.found[state] = (round.found[state] ?? 0) + 1;
  } else if (words !== undefined) round.again = true;
  round.deathsLeft -= 1;
  await pause(random.whole(0, 300));
  const at = random.pick(RECOVERY_POINTS[round.ruled ? 'ruled' : 'other'] as [KillPlace, ...KillPlace[]]);
  await shop.start(round.deathsLeft > 0 ? { ...at, nth: random.whole(1, 2) } : undefined);
}

async function finish(round: Round): Promise<void> {
  const { shop, people, violations } = round;
  await shop.arm(undefined);
  round.deathsLeft = 1;
  if (!shop.isAlive()) await buryAndRestart(round);
  for (const { state, paymentRequestId } of await people.readAll()) {
    round.ends[state] = (round.ends[state] ?? 0) + 1;
    // The upstream speaks again, and is asked what it says to what people ruled.
    if (round.ruled) await shop.askAs('second', `/api/payments/${paymentRequestId}/inquire`, { method: 'POST' });
  }
  const until = performance.now() + SETTLED_WITHIN_MS;
  let complaints: string[];
  let looks = 0;
  do {
    looks += 1;
    await pause(100);
    const { simulator, lifetimes } = shop;
    const [payments, books] = [await everyPayment(shop), await shop.books()];
    complaints = judge({ simulator, payments, books, lifetimes, lanes: shop.lanes(), patience: PATIENCE, told: people.told() });
  } while (complaints.length > 0 && (performance.now() < until || looks < LEAST_LOOKS));
  violations.push(...people.complaints(), ...complaints);
}

/** Also those of earlier rounds in the same shop. */
async function everyPayment({ till }: CrashShop) {
  const all = [];
  for (let cursor = ''; ; ) {
    const page = await till().call(`/v1/payments?limit=100${cursor}`);
    const { payments, nextCursor } = page.json<{ payments: Awaited<ReturnType<People['readAll']>>; nextCursor: string | null }>();
    all.push(...payments);
    if (nextCursor === null) return all;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
}
