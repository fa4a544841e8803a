import { BridgeError } from '../base/bridge-error.js';
import type { BridgeConfig } from '../config/bridge-config.js';
import type { AdminAnswer } from './admin-messages.js';
import { adminSocketPath } from './admin-path.js';
import { callAdmin } from './admin-socket.js';
import type { CliParts } from './cli-parts.js';

/** Asks the bridge that runs on the books of this configuration; rejects as `callAdmin` does, whose `withinMs` is the same. */
export function askBridge(
  config: BridgeConfig,
  parts: CliParts,
  verb: string,
  args: Readonly<Record<string, unknown>>,
  withinMs?: number,
): Promise<AdminAnswer> {
  if (config.database.client !== 'sqlite3')
    throw new BridgeError('admin.notRunning', 'only a bridge with a SQLite file can be asked');
  return callAdmin(adminSocketPath(config.database.filename), verb, args, {
    clock: parts.clock,
    ...(withinMs === undefined ? {} : { withinMs }),
  });
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
    if (!(error instanceof BridgeError) || error.code !== 'admin.notRunning') throw error;
    return parts.answerOffline(config, { verb, args });
  }
}
