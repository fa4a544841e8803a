/** One thing that is measured again and again, and must not grow. */
export interface Watched {
  readonly name: string;
  readonly unit: string;
  /** Growth below this is noise, whatever its share: a collector, a clock or one socket more is no leak. */
  readonly noise: number;
  readonly values: readonly number[];
}

/** How something was in the second and in the last quarter of a run. */
export interface Drift {
  readonly name: string;
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  /** Growth as a share of what was: 0.05 is 5 %. */
  readonly growth: number;
  readonly drifts: boolean;
}

/** So much growth from the second quarter to the last is a leak. */
const MOST_GROWTH = 0.05;
/** Fewer values than this in a quarter say nothing. */
const FEWEST_IN_A_QUARTER = 3;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The value below which `share` of all lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/**
 * Compares the medians of the second and the last quarter: the first one warms up, and medians do not mind a bad moment. Undefined for a
 * run that was too short to say anything.
 */
export function driftOf({ name, unit, noise, values }: Watched): Drift | undefined {
  const quarter = Math.floor(values.length / 4);
  if (quarter < FEWEST_IN_A_QUARTER) return undefined;
  const before = median(values.slice(quarter, 2 * quarter));
  const after = median(values.slice(-quarter));
  const growth = before === 0 ? (after > 0 ? 1 : 0) : after / before - 1;
  return { name, unit, before, after, growth, drifts: growth > MOST_GROWTH && after - before > noise };
}
