import { type Command, InvalidArgumentError } from 'commander';
import type { ListenPlace, RehearsalOrder } from '../rehearsal/rehearsal-order.js';
import { EXIT_WRONG } from './cli-parts.js';
import { type CommandFrame, wholeNumber } from './command-frame.js';
import { readListenPlace } from './listen-place.js';

interface RawOptions {
  readonly driver: string;
  readonly baud?: number;
  readonly option: Readonly<Record<string, unknown>>;
  readonly listen: ListenPlace;
  readonly page?: number;
  readonly seed: string;
  readonly faults?: string;
  readonly json?: boolean;
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

/** What is wrong with the kind of display that is asked for; undefined when nothing is. Loads the emulators. */
async function displayProblem({ driver, option }: RawOptions): Promise<string | undefined> {
  const { EMULATED_DRIVERS, glassOptions } = await import('../simulator/glass-emulators/emulated-glass.js');
  const { optionProblem } = await import('../simulator/glass-emulators/glass-options.js');
  const kinds = glassOptions(driver);
  if (kinds === undefined)
    return `--driver: there is no emulated display for "${driver}"; there are: ${EMULATED_DRIVERS.join(', ')}.`;
  const wrong = Object.entries(option).flatMap(([name, value]) => optionProblem(kinds, name, value) ?? []);
  return wrong.length === 0 ? undefined : `--option: ${wrong.join(' ')}`;
}

/** Adds `glass`. */
export function addGlassCommand(program: Command, frame: CommandFrame): void {
  program
    .command('glass')
    .description('an emulated customer display to look at, to rehearse with and to test against; needs no configuration')
    .requiredOption('--driver <name>', 'kind of display, as in the configuration')
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
      const problem = await displayProblem(raw);
      if (problem !== undefined) {
        frame.parts.output.err(`${problem}\n`);
        frame.finish(EXIT_WRONG);
        return;
      }
      frame.finish(await frame.parts.glass(await rehearsalOf(raw)));
    });
}

async function rehearsalOf(raw: RawOptions): Promise<RehearsalOrder> {
  const { driver, baud, option, listen, page, seed, faults, json = false, trace = false } = raw;
  const { configuredOptions } = await import('../simulator/glass-emulators/emulated-glass.js');
  const options = configuredOptions(driver, option);
  return {
    driver,
    baudRate: baud,
    options: option,
    entry: {
      driver,
      ...(baud === undefined ? {} : { baudRate: baud }),
      ...(Object.keys(options).length === 0 ? {} : { options }),
    },
    listen,
    pagePort: page,
    seed,
    faultsFile: faults,
    json,
    trace,
  };
}
