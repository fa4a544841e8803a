import type { Command } from 'commander';
import type { BridgeConfig, LaneConfig } from '../config/bridge-config.js';
import { loadConfig } from '../config/load-config.js';
import { withDisplays } from './ask-displays.js';
import { EXIT_FINE } from './cli-parts.js';
import {
  type CommandFrame,
  configFileOf,
  givesJson,
  jsonText,
  type SharedOptions,
  takesConfig,
  tellRefusal,
  wholeNumber,
  withConfig,
} from './command-frame.js';
import { portReport, portReportText } from './display-list.js';
import type { PreviewOptions } from './display-preview-command.js';
import { laneNamed } from './lane-name.js';
import { visibleLines } from './visible-text.js';

/** Adds `display list`, `display models`, `display probe`, `display test`, `display preview`. */
export function addDisplayCommands(program: Command, frame: CommandFrame): void {
  const display = program.command('display').description('customer displays');
  givesJson(takesConfig(display.command('list').description('serial ports of this machine, and which lane uses them')))
    .addHelpText('after', '\nNeeds no configuration; opens no port. Exit codes: 0 listed, 2 the system cannot list its ports.')
    .action(async (options: SharedOptions) => {
      const { output, listPorts } = frame.parts;
      const report = await portReport(await listPorts(), await lanesOf(frame, options));
      output.out(options.json === true ? jsonText(report) : visibleLines(portReportText(report)));
      frame.finish(EXIT_FINE);
    });
  givesJson(
    takesConfig(display.command('models').description('known kinds of display, to be named as model in the configuration')),
  )
    .addHelpText(
      'after',
      '\nNeeds no configuration; models of your own stand beside it in displays/NAME.yaml. Exit codes: 0 listed, 1 a file of your own is wrong.',
    )
    .action(async (options: SharedOptions) => {
      const { showModels } = await import('./display-models-command.js');
      frame.finish(await showModels(frame, options));
    });
  givesJson(takesConfig(display.command('probe').description('which display answers on the ports of a lane, at which speed')))
    .requiredOption('--lane <id>', 'the lane')
    .addHelpText(
      'after',
      '\nSends only questions that do no display any harm; a receipt printer whose answers do not come back (a wire is missing) prints them.\nExit codes: 0 an answer, or a mute display, 1 wrong lane or configuration, 2 no answer.',
    )
    .action(async (options: SharedOptions & { readonly lane: string }) => {
      const { probeDisplays } = await import('./display-probe-command.js');
      await withLane(frame, options, (config, lane) =>
        withDisplays(config, frame.parts, (ask) => probeDisplays(frame, options, lane, ask)),
      );
    });
  givesJson(
    takesConfig(display.command('test').description('show a test code with a 4-digit number to type back, then blank the glass')),
  )
    .requiredOption('--lane <id>', 'the lane')
    .option('--seconds <n>', 'the code stands so long at most (default: 120, with --json 5)', wholeNumber(1, 600))
    .option('--length <n>', 'bytes of the test code: order codes have 43 to 170', wholeNumber(26, 2953), 60)
    .addHelpText(
      'after',
      '\nRefused while the lane has an open payment. Exit codes: 0 every display showed it, 1 wrong lane or configuration, 2 one did not.',
    )
    .action(async (options: SharedOptions & { readonly lane: string; readonly seconds?: number; readonly length: number }) => {
      const { testDisplays } = await import('./display-test-command.js');
      await withLane(frame, options, (config) => withDisplays(config, frame.parts, (ask) => testDisplays(frame, options, ask)));
    });
  givesJson(takesConfig(display.command('preview').description('a picture of what a display of the lane would show of a code')))
    .requiredOption('--lane <id>', 'the lane')
    .requiredOption('--code <text>', 'what the code says')
    .requiredOption('--out <file>', 'PNG to write')
    .option('--display <n>', 'which of its displays (default: the first that shows codes)', wholeNumber(1, 16))
    .option('--amount <n>', "in the smallest units of the merchant's currency", wholeNumber(0, 999_999_999), 1980)
    .addHelpText(
      'after',
      "\nThe driver's bytes, drawn by an emulated display: no port is opened. Exit codes: 0 written, 1 wrong lane, 2 the display refuses the code.",
    )
    .action(async (options: PreviewOptions) => {
      const { previewDisplay } = await import('./display-preview-command.js');
      await withLane(frame, options, (config, lane) => previewDisplay(frame, options, config, lane));
    });
}

/** Goes on with a lane of the configuration. */
function withLane(
  frame: CommandFrame,
  options: SharedOptions & { readonly lane: string },
  work: (config: BridgeConfig, lane: LaneConfig) => Promise<number>,
): Promise<void> {
  return withConfig(frame, options, async (config: BridgeConfig) => {
    const lane = laneNamed(config, options.lane);
    if (typeof lane !== 'string') return work(config, lane);
    return tellRefusal(frame, options, { kind: 'refused', code: 'not_found', message: lane });
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
