import { randomInt } from 'node:crypto';

/** Random choices that the same seed repeats. */
export interface Seeded {
  readonly seed: number;
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** True this often, 0 to 1. */
  chance(share: number): boolean;
}

/** The seed of `CRASH_SEED`, else a new one every time: a crash test that always kills at the same instants finds nothing new. */
export function seedOfThisRun(): number {
  const wanted = process.env['CRASH_SEED'];
  return wanted === undefined || wanted === '' ? randomInt(1, 1_000_000) : Number(wanted);
}

/** The same seed gives the same choices (mulberry32). */
export function createSeeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    seed,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (from) => from[Math.floor(next() * from.length)] ?? from[0],
    chance: (share) => next() < share,
  };
}
