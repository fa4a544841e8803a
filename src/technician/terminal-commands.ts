import { createHash, randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { BridgeConfig } from '../config/bridge-config.js';
import { EXIT_FINE, EXIT_WRONG } from './cli-parts.js';
import { type CommandFrame, type SharedOptions, takesConfig, withConfig } from './command-frame.js';
import { laneNamed } from './lane-name.js';

/** Adds `terminal add ID --lane L`. */
export function addTerminalCommands(program: Command, frame: CommandFrame): void {
  const terminal = program.command('terminal').description('tills');
  takesConfig(
    terminal
      .command('add')
      .description('make the key of a new till; prints it once, and the line for the configuration')
      .argument('<id>', 'name of the till, like T02')
      .requiredOption('--lane <id>', 'its lane'),
  ).action((id: string, options: SharedOptions & { lane: string }) =>
    withConfig(frame, options, async (config) => {
      const refusal = whyNot(config, id, options.lane);
      if (refusal !== undefined) {
        frame.parts.output.err(`${refusal}\n`);
        return EXIT_WRONG;
      }
      frame.parts.output.out(newTerminalText(id, options.lane, randomBytes(32).toString('base64url')));
      return EXIT_FINE;
    }),
  );
}

function whyNot(config: BridgeConfig, id: string, lane: string): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(id))
    return `a till cannot be named "${id}". Repair: use letters, digits, _ . and -.`;
  if (config.terminals.some((terminal) => terminal.id === id)) {
    return `there is a terminal "${id}" already. Repair: choose another id, or add a second keySha256 to it to change its key.`;
  }
  const found = laneNamed(config, lane);
  return typeof found === 'string' ? found : undefined;
}

/** The key stands alone on its line, so that it can be copied; the configuration only ever holds its hash. */
function newTerminalText(id: string, lane: string, key: string): string {
  const hash = createHash('sha256').update(key, 'utf8').digest('hex');
  return [
    `Key of terminal ${id}, shown only this once; enter it at the till:`,
    key,
    '',
    'Line for the configuration, under "terminals:"; then run "ocbridge reload":',
    `  - { id: ${yamlWord(id)}, lanes: [${yamlWord(lane)}], keySha256: ["${hash}"], may: [pay, cancel, refund] }`,
    '',
  ].join('\n');
}

/** Quoted unless YAML can only read it as text. */
function yamlWord(word: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9_-]*$/.test(word) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(word);
  return plain ? word : `"${word}"`;
}
