import type { Teller } from '../support/long-run.js';

/** The options of one run, as they were given. */
export interface SoakOptions {
  /** A whole number of at least 1, or `usual`. Throws a sentence for anything else. */
  count(name: string, usual: number): number;
  /** Words separated by commas, or undefined. */
  words(name: string): readonly string[] | undefined;
}

/** One long run that `npm run soak` runs by its name. */
export interface Soak {
  readonly about: string;
  /** The options it takes, each with what its value means. */
  readonly options: Readonly<Record<string, string>>;
  /** Resolves with whether every promise held. Ends early when `stop` is aborted, and judges what was done by then. */
  run(options: SoakOptions, tell: Teller, stop: AbortSignal): Promise<boolean>;
}

/** The command that runs a soak again. */
export function soakCommand(name: string, options: Readonly<Record<string, string | number>>): string {
  return ['npm run soak --', name, ...Object.entries(options).map(([option, value]) => `--${option} ${value}`)].join(' ');
}
