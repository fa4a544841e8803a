import type { Command } from 'commander';
import type { BridgeConfig } from '../config/bridge-config.js';
import { problemLine } from '../config/problem.js';
import { askBridge, isNotRunning } from './ask-bridge.js';
import { type CliParts, EXIT_FAILED, EXIT_FINE } from './cli-parts.js';
import { type CommandFrame, type SharedOptions, takesConfig, tellRefusal, wholeNumber, withConfig } from './command-frame.js';

/** In-flight work has 10 s, then the glasses are blanked. */
const STOPPED_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 100;

/** Adds `serve`, `stop`, `reload`, `demo`. */
export function addServiceCommands(program: Command, frame: CommandFrame): void {
  const { parts } = frame;
  takesConfig(program.command('serve').description('run the bridge until it is stopped'))
    .addHelpText('after', '\nExit codes: 0 stopped in order, 1 wrong configuration, 2 cannot run (for example: already running).')
    .action((options: SharedOptions) =>
      withConfig(frame, options, (config, warnings) => {
        for (const warning of warnings) parts.output.err(`${problemLine(warning)}\n`);
        return parts.serve(config);
      }),
    );
  takesConfig(program.command('stop').description('stop the running bridge in order; waits until it has stopped')).action(
    (options: SharedOptions) => withConfig(frame, options, (config) => stop(frame, options, config)),
  );
  takesConfig(program.command('reload').description('let the running bridge read terminals, users and keys again')).action(
    (options: SharedOptions) =>
      withConfig(frame, options, async (config) => {
        const answer = await askBridge(config, parts, 'reload', {});
        if (answer.kind === 'refused') return tellRefusal(frame, options, answer);
        parts.output.out(`reloaded\n${waitingText(answer.result)}`);
        return EXIT_FINE;
      }),
  );
  program
    .command('demo')
    .description('bridge, simulator and an emulated display in one process, with a page to try them; needs no configuration')
    .option('--port <n>', 'port of the page (default: 8490, or any free one when it is taken)', wholeNumber(0, 65_535))
    .action(async (options: { port?: number }) => frame.finish(await parts.demo({ port: options.port })));
}

/** What the bridge took note of and will only do after a restart (`waitsForRestart` of its answer). */
function waitingText(result: unknown): string {
  const { waitsForRestart } = (result ?? {}) as { readonly waitsForRestart?: unknown };
  return Array.isArray(waitsForRestart) && waitsForRestart.length > 0
    ? `waits for a restart: ${waitsForRestart.join(', ')}\n`
    : '';
}

async function stop(frame: CommandFrame, options: SharedOptions, config: BridgeConfig): Promise<number> {
  const { parts } = frame;
  const answer = await askBridge(config, parts, 'stop', {});
  if (answer.kind === 'refused') return tellRefusal(frame, options, answer);
  const since = parts.clock.elapsedMs();
  while (parts.clock.elapsedMs() - since < STOPPED_WITHIN_MS) {
    if (await isGone(config, parts)) {
      parts.output.out('stopped\n');
      return EXIT_FINE;
    }
    await parts.clock.sleep(LOOK_EVERY_MS);
  }
  parts.output.err('the bridge was told to stop and is still running. Repair: look at its log.\n');
  return EXIT_FAILED;
}

/** Any answer, even a refusal, comes from a bridge that still runs. */
async function isGone(config: BridgeConfig, parts: CliParts): Promise<boolean> {
  try {
    await askBridge(config, parts, 'ping', {});
    return false;
  } catch (error) {
    return isNotRunning(error);
  }
}
