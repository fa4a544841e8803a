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

/** Asks the running bridge, or the books themselves when it is stopped. */
export async function askBridgeOrBooks(
  config: BridgeConfig,
  parts: CliParts,
  verb: string,
  args: Readonly<Record<string, unknown>>,
): Promise<AdminAnswer> {
  try {
    return await askBridge(config, parts, verb, args);
  } catch (error) {
    if (!isNotRunning(error)) throw error;
    return parts.answerOffline(config, { verb, args });
  }
}
