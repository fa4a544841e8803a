import { type Command, InvalidArgumentError } from 'commander';
import { type DisplayModel, findModel } from '../config/display-models.js';
import { merged } from '../config/fill-in-models.js';
import { problemLine } from '../config/problem.js';
import type { ListenPlace, RehearsalOrder } from '../rehearsal/rehearsal-order.js';
import { EXIT_WRONG } from './cli-parts.js';
import { type CommandFrame, configFileOf, type SharedOptions, takesConfig, wholeNumber } from './command-frame.js';
import { readListenPlace } from './listen-place.js';

interface RawOptions extends SharedOptions {
  readonly driver?: string;
  readonly model?: string;
  readonly baud?: number;
  readonly option: Readonly<Record<string, unknown>>;
  readonly listen: ListenPlace;
  readonly page?: number;
  readonly seed: string;
  readonly faults?: string;
  readonly trace?: boolean;
}

const HELP = `
Shows an emulated display: what stands on it, the code so that a phone can scan it from the window, and the lines it was sent.
In a terminal keys make trouble (unplug, power, restart, lost bytes …); piped, each change is one line.

Where it is plugged in (--listen):
  tcp://127.0.0.1:5001   as behind a serial device server; port 0 takes any that is free
  pty, pty:/tmp/display  a pseudo-terminal, under a stable name if one is given (not on Windows; needs python3)
  COM8, /dev/ttyUSB1     a serial port of this machine: a null-modem cable, or a pair of virtual ports

Exit codes: 0 ended in order, 1 wrong usage, 2 it cannot be plugged in there.`;

function optionValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^(-?\d+(\.\d+)?|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : text;
}

/** `key=value` onto what was given before; `vp.qr=0x1000` goes into a table. */
function addOption(text: string, before: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const [, name = '', inner, value = ''] = /^(\w+)(?:\.(\w+))?=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('It must be key=value, for example preset=diy-json.');
  if (inner === undefined) return { ...before, [name]: optionValue(value) };
  return { ...before, [name]: { ...(before[name] as object | undefined), [inner]: optionValue(value) } };
}

function place(text: string): ListenPlace {
  const read = readListenPlace(text);
  if (typeof read === 'string') throw new InvalidArgumentError(read);
  return read;
}

/** A kind of display as it was asked for, or what is wrong with that. */
type Asked = Pick<RehearsalOrder, 'driver' | 'baudRate' | 'options' | 'entry'> | { readonly wrong: string };

/** Kind, speed and options of the model, if one is named. */
async function modelOf(
  { model: name, ...raw }: RawOptions,
  frame: CommandFrame,
): Promise<DisplayModel | undefined | { readonly wrong: string }> {
  if (name === undefined) return undefined;
  const load = await findModel(name, configFileOf(raw, frame.parts));
  if (load.kind === 'wrong') return { wrong: load.problems.map(problemLine).join('\n') };
  if (load.kind === 'unknown') {
    const near = load.near === undefined ? `there are: ${load.known.join(', ')}.` : `did you mean "${load.near}"?`;
    return { wrong: `--model: there is no model "${name}"; ${near}` };
  }
  const { driver } = load.model;
  if (raw.driver !== undefined && raw.driver !== driver)
    return { wrong: `--driver: the model ${name} is for the driver "${driver}".` };
  return load.model;
}

/** Loads the emulators. */
async function displayAsked(raw: RawOptions, frame: CommandFrame): Promise<Asked> {
  const { configuredOptions, EMULATED_DRIVERS, glassOptions } = await import('../simulator/glass-emulators/emulated-glass.js');
  const { optionProblem } = await import('../simulator/glass-emulators/glass-options.js');
  const model = await modelOf(raw, frame);
  if (model !== undefined && 'wrong' in model) return model;
  const driver = model?.driver ?? raw.driver;
  if (driver === undefined) return { wrong: 'Name the display: --driver or --model.' };
  const kinds = glassOptions(driver);
  if (kinds === undefined) {
    return { wrong: `--driver: there is no emulated display for "${driver}"; there are: ${EMULATED_DRIVERS.join(', ')}.` };
  }
  const wrong = Object.entries(raw.option).flatMap(([name, value]) => optionProblem(kinds, name, value) ?? []);
  if (wrong.length > 0) return { wrong: `--option: ${wrong.join(' ')}` };
  const options = configuredOptions(driver, raw.option);
  return {
    driver,
    baudRate: raw.baud ?? model?.baudRate,
    options: merged(model?.options ?? {}, raw.option),
    entry: {
      ...(model === undefined ? { driver } : { model: model.name }),
      ...(raw.baud === undefined ? {} : { baudRate: raw.baud }),
      ...(Object.keys(options).length === 0 ? {} : { options }),
    },
  };
}

/** Adds `glass`. */
export function addGlassCommand(program: Command, frame: CommandFrame): void {
  takesConfig(program.command('glass'))
    .description('an emulated customer display to look at, to rehearse with and to test against; needs no configuration')
    .option('--driver <name>', 'kind of display, as in the configuration')
    .option('--model <name>', 'known kind of display, as "display models" lists them; looked for beside the configuration, too')
    .requiredOption('--listen <place>', 'where it is plugged in, see below', place)
    .option('--baud <n>', "the display's own speed (default: the usual one of its kind)", wholeNumber(300, 3_000_000))
    .option('--option <key=value>', 'how the display is set up, as under options of the configuration; repeatable', addOption, {})
    .option('--page <n>', 'show it in a browser, too: port on 127.0.0.1, 0 for any', wholeNumber(0, 65_535))
    .option('--seed <s>', 'same seed and bytes, same bad luck', '1')
    .option('--faults <file>', 'troubles that come by themselves, JSON')
    .option('--json', 'one JSON line for each change')
    .option('--trace', 'where lines are printed: the bytes of the line, too')
    .addHelpText('after', HELP)
    .action(async (raw: RawOptions) => {
      const asked = await displayAsked(raw, frame);
      if ('wrong' in asked) {
        frame.parts.output.err(`${asked.wrong}\n`);
        frame.finish(EXIT_WRONG);
        return;
      }
      const { listen, page, seed, faults, json = false, trace = false } = raw;
      frame.finish(await frame.parts.glass({ ...asked, listen, pagePort: page, seed, faultsFile: faults, json, trace }));
    });
}
