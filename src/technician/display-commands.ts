import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.js';
import { EXIT_FINE } from './cli-parts.js';
import { type CommandFrame, configFileOf, givesJson, jsonText, type SharedOptions, takesConfig } from './command-frame.js';
import { portReport, portReportText } from './display-list.js';

/** Adds `display list`. */
export function addDisplayCommands(program: Command, frame: CommandFrame): void {
  const display = program.command('display').description('customer displays');
  givesJson(takesConfig(display.command('list').description('serial ports of this machine, and which lane uses them')))
    .addHelpText('after', '\nNeeds no configuration; opens no port. Exit codes: 0 listed, 2 the system cannot list its ports.')
    .action(async (options: SharedOptions) => {
      const { output, listPorts } = frame.parts;
      const report = await portReport(await listPorts(), await lanesOf(frame, options));
      output.out(options.json === true ? jsonText(report) : portReportText(report));
      frame.finish(EXIT_FINE);
    });
}

/** The configured lanes; without a right configuration the ports are listed all the same. */
async function lanesOf(frame: CommandFrame, options: SharedOptions) {
  const file = configFileOf(options, frame.parts);
  const load = await loadConfig(file, frame.parts.env);
  if (load.kind === 'ok') return load.config.lanes;
  const isMissing = load.problems.some(({ message }) => message === 'the file does not exist');
  return {
    note: isMissing
      ? `There is no configuration ${file}, so no lane is named.`
      : `The configuration ${file} is wrong, so no lane is named: run "ocbridge config check".`,
  };
}
