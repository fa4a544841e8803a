import { BridgeError } from '../base/bridge-error.js';

/** A stored value that cannot be read: `what` names the row (as in `The refund R of payment P`), `why` says what is wrong with it. */
export function unreadableRow(what: string, why: string): BridgeError {
  const repair = 'Compare with the upstream what became of it, then restore the newest backup; the other lanes go on.';
  return new BridgeError('books.unreadableRow', `${what} cannot be read in the books: ${why}. Repair: ${repair}`);
}

/**
 * The object that `text` in `column` of a row says. Throws `BridgeError` `books.unreadableRow` for anything else, without a word of the
 * text: the parser's own message quotes it, and it may hold a code or a name.
 */
export function storedObject<T extends object>(text: string, what: string, column: string): T {
  const value = parsed(text);
  if (value === undefined) throw unreadableRow(what, `its ${column} is no JSON`);
  if (!isObject<T>(value)) throw unreadableRow(what, `its ${column} is no object`);
  return value;
}

/** The object that `text` says; undefined for anything else. */
export function readableObject<T extends object>(text: string): T | undefined {
  const value = parsed(text);
  return isObject<T>(value) ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject<T extends object>(value: unknown): value is T {
  return typeof value === 'object' && value !== null;
}
