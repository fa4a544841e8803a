import { createLog, type Log, silentLog } from '../base/log.js';
import { startDemo } from './start-demo.js';

/** Windows sends SIGHUP when the console is closed and SIGBREAK for Ctrl-Break. */
const STOP_SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs the demo until a signal: prints one line with the page to open, resolves with exit code 0 after an orderly stop. Rejects with
 * `BridgeError` when it cannot run. `port` undefined takes the usual one, or any that is free.
 */
export async function runDemo({
  port,
  version,
}: {
  readonly port: number | undefined;
  readonly version: string;
}): Promise<number> {
  let tell: () => void = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  // Listening before the start: a signal during it is not lost, it ends the run as soon as stopping is possible.
  for (const signal of STOP_SIGNALS) process.on(signal, tell);
  const demo = await startDemo({ port, version, log: demoLog() });
  process.stdout.write(`Demo: open ${demo.url} in a browser (Ctrl-C stops it)\n`);
  await told;
  await demo.stop();
  return 0;
}

/** Trouble is what the demo is for, so warnings and alarms are no news here; a fault of the program itself is. */
function demoLog(): Log {
  const { error } = createLog((line) => process.stderr.write(line));
  return { ...silentLog, error };
}
