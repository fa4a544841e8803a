import { randomInt } from 'node:crypto';
import { relative } from 'node:path';

/** Random choices that the same seed repeats. */
export interface Seeded {
  readonly seed: number;
  /** In [0, 1). */
  fraction(): number;
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** True this often, 0 to 1. */
  chance(share: number): boolean;
}

/** A seeded suite: its choices, and what its fast-check properties run with. */
export interface SeededSuite extends Seeded {
  /** Parameters for `fc.assert` and `fc.sample`. */
  runs(numRuns?: number): { readonly seed: number; readonly numRuns: number };
}

const USUAL_RUNS = 100;

/** The same seed gives the same choices (mulberry32). */
export function createSeeded(seed: number): Seeded {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    seed,
    fraction,
    whole: (least, most) => least + Math.floor(fraction() * (most - least + 1)),
    pick: (from) => from[Math.floor(fraction() * from.length)] ?? from[0],
    chance: (share) => fraction() < share,
  };
}

/** The seed that `SEED` asks for, else `usual`, else a new one every time: what always tries the same finds nothing new. */
function seedOfThisRun(usual: number | undefined): number {
  const wanted = process.env['SEED'] ?? '';
  if (wanted === '') return usual ?? randomInt(1, 1_000_000);
  if (!/^[0-9]{1,9}$/.test(wanted)) throw new Error(`SEED is a whole number, not ${wanted}`);
  return Number(wanted);
}

/** The command that runs one compiled test file again with a seed, for the shell of this machine. */
export function replayCommand(file: string, seed: number): string {
  const run = `npx mocha --no-config --timeout 60000 ${relative(process.cwd(), file).replaceAll('\\', '/')}`;
  return process.platform === 'win32' ? `set "SEED=${seed}" && ${run}` : `SEED=${seed} ${run}`;
}

/**
 * Makes a suite seeded: called first thing in a `describe`, it gives the choices, and whenever a test of that suite fails the command
 * that replays it is printed below. `usual` is the seed of every run that asks for no other.
 */
export function seededSuite(usual?: number): SeededSuite {
  const seeded = createSeeded(seedOfThisRun(usual));
  afterEach(function () {
    const { state, file = '' } = this.currentTest ?? {};
    if (state === 'failed') console.log(`      again: ${replayCommand(file, seeded.seed)}`);
  });
  return { ...seeded, runs: (numRuns = USUAL_RUNS) => ({ seed: seeded.seed, numRuns }) };
}
