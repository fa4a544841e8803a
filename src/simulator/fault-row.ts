import type { CallChange } from './call-change.js';
import type { CallName } from './simulator-words.js';

/**
 * How far a fault goes. 1: what any network and any honest upstream does to a client. 2: answers and messages that prove nothing and that a
 * careful client does not believe. 3: genuine, rightly signed untruths.
 */
export type FaultLevel = 1 | 2 | 3;

/** What every row of the tables says about itself. */
export interface FaultWords {
  /** With its parameters, e.g. `slow:MS`. */
  readonly name: string;
  readonly level: FaultLevel;
  readonly does: string;
  /** Names that can be played as they stand, for chaos; default the row's own. */
  readonly examples?: readonly string[];
}

/** One row of the tables of call faults. */
export interface CallFault extends FaultWords {
  readonly calls: readonly CallName[];
  /** `undefined` when the parameters make no sense. */
  change(parameters: readonly string[]): CallChange | undefined;
}

/** A row's `change` that takes no parameters. */
export const asIs =
  <C>(change: C) =>
  () =>
    change;

/** A parameter as a whole number; `undefined` when it is none, `otherwise` when it is missing. */
export function number(text: string | undefined, otherwise?: number): number | undefined {
  if (text === undefined) return otherwise;
  return /^-?[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

/** A parameter as milliseconds or a count: a whole number that is not negative. */
export function count(text: string | undefined, otherwise?: number): number | undefined {
  const value = number(text, otherwise);
  return value === undefined || value < 0 ? undefined : value;
}

/** The change for a parameter that must be a number. */
export function withNumber<C>(value: number | undefined, change: (value: number) => C): C | undefined {
  return value === undefined ? undefined : change(value);
}
