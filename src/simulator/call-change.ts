import type { SeededNames } from './seeded-names.js';
import type { CallName, WireObject, WireResult } from './simulator-words.js';

/** Who signs an answer or a notification, or what is wrong with its signature. */
export type Signing = 'own' | 'none' | 'stranger' | 'client' | 'otherPath' | 'otherBody' | 'otherTime';

/**
 * How an answer goes over the wire. `held`: no byte, the connection stays; `reset`: cut before any byte; `closed`: ended in order without
 * a byte; `half`: headers and half of the body, then cut; `thenClosed`: whole, and then the connection that was to be kept is ended.
 */
export type Delivery = 'held' | 'reset' | 'closed' | 'half' | 'thenClosed';

/** What a fault changes about one call; everything left out goes its normal way. */
export interface CallChange {
  /** How often the call is carried out; normally once. */
  readonly processed?: 0 | 2;
  /** The call lies around for so long before it is carried out, even when the client is gone by then. */
  readonly processAfterMs?: number;
  /** The answer lies around for so long. */
  readonly answerAfterMs?: number;
  readonly delivery?: Delivery;
  /** The body is written in so many parts, spread over `overMs`. */
  readonly inParts?: { readonly parts: number; readonly overMs: number };
  /** The body goes out in chunks, without a length. */
  readonly chunked?: boolean;
  readonly signing?: Signing;
  readonly responseTimeShiftMs?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A header that is signed over as always and then left out. */
  readonly withoutHeader?: string;
  /** Signed for, and naming, this client in place of the one that asked. */
  readonly clientId?: string;
  /** Changes the answer before it is written and signed. */
  readonly answer?: (answer: WireObject, call: CallName) => WireObject;
  /** Changes the written answer before it is signed. */
  readonly bytes?: (raw: Buffer) => Buffer;
  /** The code of an order that this call creates. */
  readonly newCode?: (names: SeededNames, paymentRequestId: string) => string;
  /** An order that is there already gets another code; the old one pays no more. */
  readonly codeAnew?: boolean;
  /** What an inquiry says about the payment, whatever the books say. */
  readonly paymentResult?: WireResult;
  /**
   * When the payer of this order pays of his own accord: just before the call is carried out; before its answer and behind the
   * notification; when the order has been cancelled by it (if he had not paid yet); at the last instant of its life.
   */
  readonly payerPays?: 'first' | 'beforeAnswer' | 'afterCancel' | 'atExpiry';
  /**
   * The address of a cashier is left out of the answer to the call that creates an order, and goes to `cashierNotifyUrl` so long after it;
   * 'before': before the answer.
   */
  readonly addressLater?: number | 'before';
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
