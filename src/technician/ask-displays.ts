import type { BridgeConfig } from '../config/bridge-config.js';
import type { AdminAnswer } from './admin-messages.js';
import { askBridge, bridgeOrBooks } from './ask-bridge.js';
import type { CliParts, OfflineDisplays } from './cli-parts.js';

/** Asks a display verb; `withinMs` bounds the wait for a running bridge. */
export type AskDisplays = (verb: string, args: Readonly<Record<string, unknown>>, withinMs: number) => Promise<AdminAnswer>;

/**
 * Does work that needs a lane's displays: through the running bridge, or, when it is stopped, on the ports themselves, which are given
 * back in the end.
 */
export async function withDisplays(
  config: BridgeConfig,
  parts: CliParts,
  work: (ask: AskDisplays) => Promise<number>,
): Promise<number> {
  let offline: OfflineDisplays | undefined;
  const ask: AskDisplays = async (verb, args, withinMs) => {
    if (offline !== undefined) return offline.ask({ verb, args });
    return bridgeOrBooks(
      parts,
      () => askBridge(config, parts, verb, args, withinMs),
      async () => {
        offline = await parts.offlineDisplays(config);
        return offline.ask({ verb, args });
      },
    );
  };
  try {
    return await work(ask);
  } finally {
    await offline?.close();
  }
}
