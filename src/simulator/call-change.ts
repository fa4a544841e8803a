import type { SeededNames } from './seeded-names.js';
import type { CallName, WireObject, WireResult } from './simulator-words.js';

/** Who signs an answer or a notification, or what is wrong with its signature. */
export type Signing = 'own' | 'none' | 'stranger' | 'client' | 'otherPath' | 'otherBody' | 'otherTime';

/** What a fault changes about one call; everything left out goes its normal way. */
export interface CallChange {
  /** How often the call is carried out; normally once. */
  readonly processed?: 0 | 2;
  /** The call lies around for so long before it is carried out, even when the client is gone by then. */
  readonly processAfterMs?: number;
  /** The answer lies around for so long. */
  readonly answerAfterMs?: number;
  /** `held`: no byte, the connection stays; `reset`: cut before any byte; `half`: headers and half of the body, then cut. */
  readonly delivery?: 'held' | 'reset' | 'half';
  readonly signing?: Signing;
  readonly responseTimeShiftMs?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Changes the answer before it is written and signed. */
  readonly answer?: (answer: WireObject, call: CallName) => WireObject;
  /** Changes the written answer before it is signed. */
  readonly bytes?: (raw: Buffer) => Buffer;
  /** The code of an order that this call creates. */
  readonly newCode?: (names: SeededNames, paymentRequestId: string) => string;
  /** What an inquiry says about the payment, whatever the books say. */
  readonly paymentResult?: WireResult;
  /** The payer pays, and the notification goes out, before the pay answer does. */
  readonly payBeforeAnswer?: boolean;
  /** The last answer to such a call goes out again, headers and all. */
  readonly replay?: boolean;
}

/** Several faults may meet in one call: the later wins, except that changes of the answer add up. */
export function mergeCallChanges(changes: readonly CallChange[]): CallChange {
  const merged: CallChange = Object.assign({}, ...changes);
  const answers = changes.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  if (answers.length < 2) return merged;
  return { ...merged, answer: (answer, call) => answers.reduce((body, change) => change(body, call), answer) };
}
