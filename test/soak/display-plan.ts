import { createSeeded, type Seeded } from '../support/seeded.js';
import type { Pull } from './cable.js';
import type { DisplayVariant } from './display-variants.js';

/** What is wanted on the glass when the cable is pulled. */
type Wish = 'code' | 'wait' | 'nothing';

/** What happens to the payment while the cable is out. */
type Meanwhile = 'nothing' | 'another code' | 'expired' | 'cancelled' | 'paid';

/** One pulling of the cable: after so many bytes of the host, or right after the port was opened. */
interface Pulling extends Pull {
  readonly when: { readonly bytes: number } | 'right after open';
  /** How long it is out, ms. */
  readonly outForMs: number;
}

/** One cycle, decided beforehand, so that its seed tells everything but the timing. */
export interface CyclePlan {
  readonly seed: number;
  readonly wish: Wish;
  readonly meanwhile: Meanwhile;
  /** One after the other; each but the first is in the middle of the coming back from the one before. */
  readonly pullings: readonly Pulling[];
  /** Whether the payment ends with the cable in, once the glass is right. */
  readonly endsPlugged: boolean;
}

function pulling(random: Seeded, trafficBytes: number): Pulling {
  return {
    when: random.chance(0.25) ? 'right after open' : { bytes: random.whole(1, trafficBytes) },
    outForMs: random.chance(0.1) ? random.whole(600, 1_500) : random.whole(0, 300),
    abrupt: random.chance(0.5),
    losesPower: random.chance(0.5),
  };
}

function nameSum(name: string): number {
  return [...name].reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) % 1_000_000_007, 7);
}

/** The cable is pulled at most so often in one cycle, unless less is asked for. */
export const MOST_PULLS = 5;

/** The plan of the cycle with this seed for one kind of display, with at most `pulls` pullings. */
export function planCycle({ name, trafficBytes }: DisplayVariant, seed: number, pulls: number): CyclePlan {
  const random = createSeeded(seed + nameSum(name));
  const wish = random.pick<Wish>(['code', 'code', 'code', 'code', 'wait', 'nothing']);
  const meanwhile = random.pick<Meanwhile>(['nothing', 'nothing', 'another code', 'expired', 'cancelled', 'paid']);
  const count = Math.min(pulls, random.pick([1, 1, 1, 1, 2, 2, 3, MOST_PULLS]));
  return {
    seed,
    wish,
    meanwhile,
    pullings: Array.from({ length: count }, () => pulling(random, trafficBytes)),
    endsPlugged: random.chance(0.1),
  };
}

/** The plan in words, for whoever looks for the fault. */
export function planText({ wish, meanwhile, pullings }: CyclePlan): string {
  const pulls = pullings.map(({ when, outForMs, abrupt, losesPower }) => {
    const at = when === 'right after open' ? when : `after ${when.bytes} bytes`;
    return `${at}, ${abrupt ? 'abruptly' : 'orderly'}, ${losesPower ? 'without power' : 'under power'}, for ${outForMs} ms`;
  });
  return `wanted: ${wish}; pulled ${pulls.join('; then ')}; meanwhile: ${meanwhile}`;
}
