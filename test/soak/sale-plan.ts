import { createSeeded, type Seeded } from '../support/seeded.js';

/** How a till keeps itself informed. */
export type Following = 'longPoll' | 'poll' | 'events';

/** Who ends the sale, if nobody is faster. */
export type PayerPlan =
  | { readonly does: 'pays' | 'declines'; readonly afterMs: number }
  /** In the last moments of the code. */
  | { readonly does: 'paysAtTheLast'; readonly beforeEndMs: number }
  | { readonly does: 'dawdles' };

/** One sale of a soak, drawn by seed and number. */
export interface SalePlan {
  readonly reference: string;
  readonly amount: { readonly currency: string; readonly value: string };
  readonly expiresInSeconds: number | undefined;
  readonly waitSeconds: number;
  /** The till drops its first post after so long, and posts again. */
  readonly hangsUpAfterMs: number | undefined;
  /** So many further posts of the same sale, at the same time. */
  readonly repeats: number;
  readonly following: Following;
  readonly payer: PayerPlan;
  /** Counted from the first answer. */
  readonly cancelsAfterMs: number | undefined;
  /** The next customer is in a hurry: the till replaces what is open. */
  readonly isReplaced: boolean;
  readonly looksAt: readonly ('code.svg' | 'code.png' | 'lane' | 'list')[];
}

/** Times are cut to this share, for a soak in miniature. */
export interface PlanScale {
  readonly short: boolean;
}

function payerOf(random: Seeded, scale: number): PayerPlan {
  const luck = random.fraction();
  if (luck < 0.62) return { does: 'pays', afterMs: random.whole(300, 12_000) * scale };
  if (luck < 0.74) return { does: 'declines', afterMs: random.whole(300, 10_000) * scale };
  if (luck < 0.82) return { does: 'paysAtTheLast', beforeEndMs: random.whole(0, 1_500) };
  return { does: 'dawdles' };
}

/** The `number`-th sale of the soak with this seed. */
export function planSale(seed: number, number: number, { short }: PlanScale): SalePlan {
  const random = createSeeded(seed * 1_000_003 + number);
  const scale = short ? 0.15 : 1;
  return {
    reference: `K${seed}-${number}`,
    amount: { currency: random.pick(['JPY', 'JPY', 'USD']), value: String(random.whole(100, 99_999)) },
    expiresInSeconds: short ? undefined : random.pick([30, 30, 45, 60, 90, undefined]),
    waitSeconds: random.whole(0, 10),
    hangsUpAfterMs: random.chance(0.1) ? random.whole(5, 800) : undefined,
    repeats: random.chance(0.2) ? random.whole(1, 4) : 0,
    following: random.pick(['longPoll', 'longPoll', 'events', 'poll']),
    payer: payerOf(random, scale),
    cancelsAfterMs: random.chance(0.2) ? random.whole(0, 12_000) * scale : undefined,
    isReplaced: random.chance(0.05),
    looksAt: (['code.svg', 'code.png', 'lane', 'list'] as const).filter(() => random.chance(0.2)),
  };
}
