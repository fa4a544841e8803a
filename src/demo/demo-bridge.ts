import { BridgeError } from '../base/bridge-error.js';
import type { Log } from '../base/log.js';
import type { TimelineLine } from '../books/timeline-lines.js';
import { type Bridge, startBridge } from '../bridge.js';
import { loadConfig } from '../config/load-config.js';
import { problemLine } from '../config/problem.js';

/** A bridge of the demo, with the two addresses that are needed. */
export interface DemoBridge {
  /** As in `http://127.0.0.1:49152`. */
  readonly terminalUrl: string;
  readonly upstreamPort: number;
  /** Everything that happened to a payment, oldest first; undefined when there is none. */
  timeline(paymentRequestId: string): Promise<readonly TimelineLine[] | undefined>;
  stop(): Promise<void>;
}

/** Loads the configuration as `serve` does and starts a bridge with it. Throws `BridgeError` when it cannot run. */
export async function startDemoBridge(file: string, log: Log, version: string): Promise<DemoBridge> {
  const loaded = await loadConfig(file, {});
  if (loaded.kind === 'wrong') throw new BridgeError('config.wrong', loaded.problems.map(problemLine).join('\n'));
  const bridge = await startBridge({ config: loaded.config, log, version });
  return {
    terminalUrl: urlOf(bridge, 'terminal'),
    upstreamPort: Number(new URL(urlOf(bridge, 'upstream')).port),
    async timeline(paymentRequestId) {
      return (await bridge.timeline(paymentRequestId))?.page.lines;
    },
    stop: () => bridge.stop(),
  };
}

function urlOf({ urls }: Bridge, listener: 'terminal' | 'upstream'): string {
  const url = urls[listener];
  if (url === undefined) throw new BridgeError('config.wrong', `the demo’s configuration opens no ${listener} listener`);
  return url;
}
