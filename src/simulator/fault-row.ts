import type { CallChange } from './call-change.js';
import type { CallName } from './simulator-words.js';

/** One row of the tables of call faults. */
export interface CallFault {
  /** With its parameters, e.g. `slow:MS`. */
  readonly name: string;
  readonly calls: readonly CallName[];
  readonly does: string;
  /** `undefined` when the parameters make no sense. */
  change(parameters: readonly string[]): CallChange | undefined;
}

/** A row's `change` that takes no parameters. */
export const asIs = (change: CallChange) => () => change;

/** A parameter as a whole number; `undefined` when it is none, `otherwise` when it is missing. */
export function number(text: string | undefined, otherwise?: number): number | undefined {
  if (text === undefined) return otherwise;
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

/** The change for a parameter that must be a number. */
export function withNumber(value: number | undefined, change: (value: number) => CallChange): CallChange | undefined {
  return value === undefined ? undefined : change(value);
}
