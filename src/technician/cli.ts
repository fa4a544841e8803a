import { Command, CommanderError, Help } from 'commander';
import { errorText } from '../base/log.js';
import { type CliParts, EXIT_FAILED, EXIT_FINE, EXIT_WRONG } from './cli-parts.js';
import { type CommandFrame, exitCodeOfError } from './command-frame.js';
import { addConfigCommands } from './config-commands.js';
import { addDisplayCommands } from './display-commands.js';
import { addDoctorCommand } from './doctor-command.js';
import { addGlassCommand } from './glass-command.js';
import { addKeyCommands } from './key-commands.js';
import { addPaymentCommands } from './payment-commands.js';
import { addReconCommands } from './recon-commands.js';
import { addServiceCommands } from './service-commands.js';
import { addSimulatorCommand } from './simulator-command.js';
import { addTerminalCommands } from './terminal-commands.js';
import { addUserCommands } from './user-commands.js';
import { visibleLines } from './visible-text.js';

/** The table of commands. Whatever commander would end the process for is thrown instead, so that tests can look at it. */
function buildCli(frame: CommandFrame): Command {
  const { output, version } = frame.parts;
  const program = new Command('ocbridge')
    .description('Order-code terminal bridge: tills, order codes and customer displays')
    .version(version)
    .showHelpAfterError('(add --help for more)')
    .exitOverride()
    .configureHelp({
      optionDescription: (option) => `${new Help().optionDescription(option)}${option.mandatory ? ' (required)' : ''}`,
    })
    .configureOutput({ writeOut: (text) => output.out(text), writeErr: (text) => output.err(text) })
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 wrong usage or configuration, 2 a check failed or the service cannot run, 3 differences were found (recon run).',
    );
  addServiceCommands(program, frame);
  addSimulatorCommand(program, frame);
  addGlassCommand(program, frame);
  addConfigCommands(program, frame);
  addDoctorCommand(program, frame);
  addDisplayCommands(program, frame);
  addKeyCommands(program, frame);
  addTerminalCommands(program, frame);
  addUserCommands(program, frame);
  addPaymentCommands(program, frame);
  addReconCommands(program, frame);
  return program;
}

/**
 * Runs one command line (`argv` without node and script) and gives its exit code (till API contract 1). Never throws: what goes wrong
 * becomes a sentence on stderr, never a stack.
 */
export async function runCli(argv: readonly string[], parts: CliParts): Promise<number> {
  let code = EXIT_FINE;
  const program = buildCli({
    parts,
    finish: (given) => {
      code = given;
    },
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_FINE : EXIT_WRONG;
    parts.output.err(`${visibleLines(errorText(error))}\n`);
    return error instanceof Error ? exitCodeOfError(error) : EXIT_FAILED;
  }
}
