import { BridgeError } from '../base/bridge-error.js';
import type { BridgeConfig } from '../config/bridge-config.js';
import type { AdminAnswer } from './admin-messages.js';
import { type AdminAnchor, adminPlaces } from './admin-path.js';
import { callAdmin } from './admin-socket.js';
import type { CliParts } from './cli-parts.js';

/** Asks the bridge that runs with this configuration; rejects as `callAdmin` does, whose `withinMs` is the same. */
export async function askBridge(
  config: AdminAnchor,
  parts: Pick<CliParts, 'clock'>,
  verb: string,
  args: Readonly<Record<string, unknown>>,
  withinMs?: number,
): Promise<AdminAnswer> {
  const limits = { clock: parts.clock, ...(withinMs === undefined ? {} : { withinMs }) };
  let notThere: BridgeError | undefined;
  for (const path of adminPlaces(config)) {
    try {
      return await callAdmin(path, verb, args, limits);
    } catch (error) {
      // A further place that belongs to somebody else is one where our bridge cannot be.
      const mayBeElsewhere = isNotRunning(error) || (notThere !== undefined && isNotAllowed(error));
      if (!mayBeElsewhere) throw error;
      notThere ??= error;
    }
  }
  throw notThere ?? new BridgeError('admin.notRunning', 'there is no place to ask at');
}

function isNotAllowed(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.code === 'admin.notAllowed';
}

/** Whether this says that no bridge runs. */
export function isNotRunning(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.code === 'admin.notRunning';
}

/** A bridge that starts has the books before it answers; it is waited for so long, ms. */
const STARTS_WITHIN_MS = 5_000;
const ASKED_EVERY_MS = 250;

/**
 * Work through the running bridge, or on the books themselves when it is stopped. While somebody has the books and no bridge answers,
 * both are tried again for 5 s; then it rejects with `books.locked`. Rejects at once with anything else that one of the two rejects with.
 */
export async function bridgeOrBooks<Result>(
  { clock }: Pick<CliParts, 'clock'>,
  throughBridge: () => Promise<Result>,
  onBooks: () => Promise<Result>,
): Promise<Result> {
  const until = clock.elapsedMs() + STARTS_WITHIN_MS;
  for (;;) {
    try {
      return await throughBridge();
    } catch (error) {
      if (!isNotRunning(error)) throw error;
    }
    try {
      return await onBooks();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (clock.elapsedMs() >= until) throw stillLocked(error);
    }
    await clock.sleep(ASKED_EVERY_MS);
  }
}

function isLocked(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.code === 'books.locked';
}

function stillLocked(cause: BridgeError): BridgeError {
  return new BridgeError(
    'books.locked',
    'a bridge is just starting, or another one runs on these books: try again in a moment, or stop it first: ocbridge stop',
    { cause },
  );
}

/** Asks the running bridge, or the books themselves when it is stopped, as `bridgeOrBooks` does. */
export function askBridgeOrBooks(
  config: BridgeConfig,
  parts: CliParts,
  verb: string,
  args: Readonly<Record<string, unknown>>,
): Promise<AdminAnswer> {
  return bridgeOrBooks(
    parts,
    () => askBridge(config, parts, verb, args),
    () => parts.answerOffline(config, { verb, args }),
  );
}
