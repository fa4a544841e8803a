import { createSeeded, type Seeded } from '../support/seeded.js';
import { hasEnded, judge, readTheBooks } from './judges.js';
import { type DeathPlan, type StepKind, stepCounts } from './life-plan.js';
import { createPeople, type People, planSales, USUAL_ENDS } from './people.js';
import { LANES, type LaneName, openThrownAwayShop, type ShopMould, type ThrownAwayShop } from './thrown-away-shop.js';
import { troubles } from './troubles.js';

/** How one random schedule went. */
export interface ScheduleResult {
  readonly seed: number;
  /** How often the bridge was thrown away, by the step at which it was. */
  readonly deaths: Readonly<Record<StepKind, number>>;
  /** Deaths that were planned and whose step never came. */
  readonly missed: number;
  /** Bridges that came to an orderly stop before their step. */
  readonly stops: number;
  readonly ends: Readonly<Record<string, number>>;
  /** Faults of the simulator that were really played. */
  readonly faultsPlayed: number;
  readonly violations: readonly string[];
}

/** How far the counting goes for each kind of step: most lives make so many. */
const MOST_STEPS: Readonly<Record<StepKind, number>> = { commit: 25, statement: 120, call: 10, write: 30, read: 40 };
/** Longer than any order lives: what has not ended by then never will. */
const LONGEST_MS = 900_000;
/** Time for the last event and the last blank; a bridge that rose in it gets its own. */
const AFTERWARDS_MS = 1_200;
const PATIENCE = { goneWithin: 1000, blankAfterStart: 2500 };

function planDeaths(random: Seeded): DeathPlan[] {
  return Array.from({ length: random.pick([1, 1, 2, 3]) }, () => {
    const kind = random.pick<StepKind>(['commit', 'commit', 'commit', 'call', 'call', 'write', 'read', 'statement']);
    return { kind, nth: random.whole(1, MOST_STEPS[kind]), side: random.pick<'before' | 'after'>(['before', 'after']) };
  });
}

/** Runs one schedule to its end and judges it. The same seed makes the same choices. */
export async function runSchedule(mould: ShopMould, seed: number): Promise<ScheduleResult> {
  const random = createSeeded(seed);
  const lanes = random.pick<readonly LaneName[]>([['lane-1'], ['lane-1'], ['lane-2'], LANES]);
  const isShort = random.chance(0.3);
  const shop = await openThrownAwayShop(mould, { seed: String(seed), lanes, orderLifeMs: isShort ? 4000 : 180_000 });
  try {
    const usual = [...USUAL_ENDS, 'tillRefunds', 'tillUndoes'] as const;
    const ends = isShort ? ([...usual, 'nobody'] as const) : usual;
    const sales = lanes.flatMap((lane) => planSales(random, `S${seed}`, lane, random.pick([1, 1, 1, 2]), ends));
    const { simulator, till, heard, clock } = shop;
    const people = createPeople(
      { simulator, till, heard: (lane) => heard(lane as LaneName), nowMs: () => clock.now(), declineUnseen: true },
      sales,
    );
    const refused = simulator.setFaults(troubles(random, { pay: 6, inquiry: 12, cancel: 5, refund: 4, notification: 4 }));
    if (refused !== undefined) throw new Error(refused);
    return await play(shop, people, random);
  } finally {
    await shop.close();
  }
}

async function play(shop: ThrownAwayShop, people: People, random: Seeded): Promise<ScheduleResult> {
  const plans = planDeaths(random);
  const deaths = stepCounts();
  const violations: string[] = [];
  const until = shop.clock.now() + LONGEST_MS;
  let stopAt = random.chance(0.15) ? shop.clock.now() + random.whole(100, 3000) : Number.POSITIVE_INFINITY;
  let stops = 0;
  let plan: DeathPlan | undefined;

  /** Turns the clock; a bridge that died is followed by the next. */
  async function pass(ms: number): Promise<void> {
    await shop.clock.advance(ms);
    if (!shop.life().isDead()) return;
    if (plan !== undefined) deaths[plan.kind] += 1;
    violations.push(...readTheBooks(await shop.booksAtDeath()).map((text) => `at death: ${text}`));
    await shop.clock.advance(random.whole(0, 1500));
    await rise();
  }

  async function rise(): Promise<void> {
    plan = plans.shift();
    await shop.rise(plan);
    if (shop.life().isDead()) await pass(0);
  }

  /** Stopping comes to its end or dies on the way; for the next bridge both are the same. */
  function stopInOrder(): void {
    stopAt = Number.POSITIVE_INFINITY;
    const life = shop.life();
    void shop
      .bridge()
      ?.stop()
      .then(() => {
        stops += 1;
        if (plan !== undefined) plans.unshift(plan);
        plan = undefined;
        life.die();
      });
  }

  await rise();
  for (;;) {
    while (!people.areDone() && shop.clock.now() < until) {
      people.act();
      if (shop.clock.now() >= stopAt) stopInOrder();
      await pass(random.whole(20, 250));
    }
    const isYoung = () => shop.clock.now() <= (shop.lifetimes.at(-1)?.from ?? 0) + PATIENCE.blankAfterStart;
    do await pass(AFTERWARDS_MS);
    while (isYoung());
    const payments = await shop.turnUntil(people.readAll().catch(() => undefined));
    // Reading is made of steps, too.
    if (payments === undefined || shop.life().isDead()) continue;
    shop.life().die();
    const { simulator, lifetimes, glasses, heard } = shop;
    const sceneLanes = [...glasses].map(([laneId, glass]) => ({ laneId, glass, heard: heard(laneId) }));
    const books = await shop.booksAtDeath();
    violations.push(
      ...people.complaints(),
      ...judge({ simulator, payments, books, lifetimes, lanes: sceneLanes, patience: PATIENCE }),
    );
    return {
      seed: random.seed,
      deaths,
      missed: plans.length + (plan === undefined ? 0 : 1),
      stops,
      ends: Object.fromEntries(
        ['paid', 'failed', 'cancelled'].map((end) => [end, payments.filter((one) => hasEnded(one) && one.state === end).length]),
      ),
      faultsPlayed: simulator.faults().reduce((sum, { played }) => sum + played, 0),
      violations: [...new Set(violations)],
    };
  }
}
