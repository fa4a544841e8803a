import { createSeeded } from '../support/seeded.js';

/** Random choices of one numbered step; the same seed and number choose the same, whatever came before. */
export interface Pick {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  of<T>(list: readonly T[]): T;
  chance(share: number): boolean;
  bytes(count: number): Buffer;
}

/** The choices of step `index` of a run. */
export function pickFor(seed: number, index: number): Pick {
  const seeded = createSeeded(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35));
  // The first numbers of neighbouring seeds resemble each other.
  for (let i = 0; i < 4; i += 1) seeded.fraction();
  const below = (limit: number) => Math.floor(seeded.fraction() * limit);
  return {
    below,
    of: (list) => {
      const found = list[below(list.length)];
      if (found === undefined) throw new Error('nothing to choose from');
      return found;
    },
    chance: seeded.chance,
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
  };
}
