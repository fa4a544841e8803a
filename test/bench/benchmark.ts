import type { Teller } from '../support/long-run.js';

/** One measured figure and what it is held against. */
export interface Figure {
  readonly what: string;
  readonly measured: number;
  /** The floor it is measured against in the same run; null for an absolute goal. */
  readonly floor: number | null;
  readonly unit: string;
  /** In words, such as `<= 1.15x + 10 ms`. */
  readonly goal: string;
  readonly met: boolean;
  /** Whatever else somebody may want to know, for the file. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** One benchmark that `npm run bench` runs by its name. Ratios are taken within one run, so that they say the same on any machine. */
export interface Benchmark {
  readonly about: string;
  /** Rejects only when it could not measure. Ends early when `stop` is aborted. */
  run(tell: Teller, stop: AbortSignal): Promise<readonly Figure[]>;
}
