import type { BooksKind } from './crash-books.js';
import { type CrashShop, openCrashShop } from './crash-shop.js';
import type { KillPlan } from './kill-plans.js';
import { playRound, type RoundResult } from './kill-round.js';
import { isRuled } from './people.js';

export interface KillRun {
  readonly db: BooksKind;
  /** The seeds of each plan. */
  readonly todo: ReadonlyMap<KillPlan, readonly number[]>;
  /** So many shops at the same time. */
  readonly sideBySide: number;
  /** Begins nothing more once aborted. */
  readonly stop: AbortSignal;
}

/** A few seeds of one plan, one after the other in one shop: its books and its streams grow on. */
interface Chunk {
  readonly plan: KillPlan;
  readonly seeds: readonly number[];
}

const SEEDS_PER_SHOP = 5;
/** Where people rule, an order lives long enough to be shown after a death, and short enough to be called unpaid soon. */
const RULED_LIFE_MS = 8_000;
/** Where only the clock ends sales, orders live so long. */
const SHORT_LIFE_MS = 4_000;
const LIFE_MS = 180_000;

function chunksOf(plan: KillPlan, seeds: readonly number[]): Chunk[] {
  const size = plan.during === 'firstStart' ? 1 : SEEDS_PER_SHOP;
  return Array.from({ length: Math.ceil(seeds.length / size) }, (_unused, index) => ({
    plan,
    seeds: seeds.slice(index * size, (index + 1) * size),
  }));
}

function lifeIn({ ends }: KillPlan): { readonly orderLifeMs: number; readonly ruled: boolean } {
  const ruled = ends.some((end) => isRuled({ end }));
  return { orderLifeMs: ruled ? RULED_LIFE_MS : ends.includes('nobody') ? SHORT_LIFE_MS : LIFE_MS, ruled };
}

/** Runs every seed of every plan, several shops side by side. */
export async function runKills({ db, todo, sideBySide, stop }: KillRun, done: (result: RoundResult) => void): Promise<void> {
  const chunks = [...todo].flatMap(([plan, seeds]) => chunksOf(plan, seeds));

  async function runChunk({ plan, seeds }: Chunk): Promise<void> {
    let shop: CrashShop | undefined;
    for (const seed of seeds) {
      if (stop.aborted) break;
      shop ??= await openCrashShop({ db, ...lifeIn(plan) });
      const result = await playRound(shop, plan, seed);
      done(result);
      if (result.violations.length === 0) continue;
      // What went wrong here would be complained about again by every later seed.
      await shop.close();
      shop = undefined;
    }
    await shop?.close();
  }

  async function work(): Promise<void> {
    for (let chunk = chunks.shift(); chunk !== undefined && !stop.aborted; chunk = chunks.shift()) await runChunk(chunk);
  }
  await Promise.all(Array.from({ length: sideBySide }, work));
}
