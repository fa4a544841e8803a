import { invariant } from '../../base/assert.js';
import { iconIn } from '../code-drawing.js';
import type { CodeIcon } from '../code-icon.js';
import type { DeviceEvent, DisplayDriver, Frame, Step, Verdict } from '../display-driver.js';
import { type Language, shownLanguage } from '../languages.js';
import { LEAST_MODULE_MM, type SymbolPlan } from '../symbol-plan.js';
import {
  ASK_DONE,
  ASK_GENERATOR,
  askStatus,
  CUT,
  feed,
  NORMAL,
  nativeCode,
  rasterCode,
  readTextAs,
  START,
  TALL,
  textLine,
} from './escpos-commands.js';
import type { EscposOptions } from './escpos-options.js';
import { slipText } from './escpos-slip.js';
import { createPrinterParser, hasPaper, isOnline, isPrinted, isThere } from './escpos-status.js';
import { drawnSymbol, longestOn, nativeSymbol, type Paper, type PrintedSymbol } from './escpos-symbol.js';
import { codeTextRefusal, muteStep } from './mute-device.js';

/** What printers take (display reference 9.2), where the paper has room for it. */
const LONGEST_CODE = 2000;
const DOTS_PER_COLUMN = 12;
const USUAL_DOT_MM = 0.125;
const STATUS_TIMEOUT_MS = 500;
const STATUS_TRIES = 3;
/** Printing is slow, and heating slower. */
const PRINT_TIMEOUT_MS = 8_000;
/** Small against the smallest usual buffer of 4096 bytes: with an answer after each band it can never overflow. */
const BAND_BYTES = 1024;
/** A command around a code, or a picture's head. */
const COMMAND_BYTES = 64;
const QUIET_MODULES = 4;

function ask(what: string, bytes: readonly number[], expect: (event: DeviceEvent) => Verdict): Step {
  const status = { gapMs: 0, timeoutMs: STATUS_TIMEOUT_MS, tries: STATUS_TRIES, expect, proves: 'acked' } as const;
  return { what, bytes: Uint8Array.from(bytes), ...status };
}

/** Sent once only: a second time would be a second slip. */
function print(what: string, bytes: readonly number[]): Step {
  return { ...ask(what, [...bytes, ...ASK_DONE], isPrinted), timeoutMs: PRINT_TIMEOUT_MS, tries: 1 };
}

/** Asks what would keep it from printing; that its paper is at an end is among the answers. */
function askOnline(): Step {
  return ask('cover and errors', askStatus(2), isOnline);
}

/** Everything about cover, errors and paper: while the printer is asked how it is, and before a sale. */
function readySteps(): readonly Step[] {
  return [askOnline(), ask('paper', askStatus(4), hasPaper)];
}

const dotMmOf = ({ dotMm = USUAL_DOT_MM }: EscposOptions) => dotMm;

function paperOf(options: EscposOptions): Paper {
  const { columns, moduleDots, dots = columns * DOTS_PER_COLUMN } = options;
  return { dots, moduleDots, leastDots: Math.ceil(LEAST_MODULE_MM / dotMmOf(options)) };
}

/** What is printed of a code; undefined when the paper has no room for it. */
function symbolOf(codeText: string, { options, icon, draws }: Printer): PrintedSymbol | undefined {
  const paper = paperOf(options);
  return draws
    ? nativeSymbol(codeText.length, options.ecc ?? 'Q', paper)
    : drawnSymbol(codeText, { ecc: options.ecc, icon }, paper);
}

/** What is known about one printer beyond its options. */
interface Printer {
  readonly icon: CodeIcon | undefined;
  readonly options: EscposOptions & { readonly language: Language };
  /** Draws codes itself. Until it is known, a picture is what every printer can print. */
  draws: boolean;
  /** A slip was begun and its end never confirmed, by this run or perhaps by the one before it. */
  unfinished: boolean;
  /** So many bytes fill up whatever half command an interrupted job may have left; outside of one they do nothing. */
  fillBytes: number;
}

/** Nothing longer than a question was begun. */
const SHORT_FILL_BYTES = 8;

/** The longest command on a slip, bytes: the code itself, or a band of its picture. */
function longestCommand(options: EscposOptions, codeBytes: number): number {
  const rowOfModules = Math.ceil(paperOf(options).dots / 8) * options.moduleDots;
  const picture = Math.max(BAND_BYTES, rowOfModules);
  if (options.native === 'auto') return COMMAND_BYTES + Math.max(codeBytes, picture);
  return COMMAND_BYTES + (options.native ? codeBytes : picture);
}

/** The code as commands, one list for each that is waited for. */
function codeCommands(
  codeText: string,
  printer: Printer,
): { readonly quiet: number; readonly commands: readonly (readonly number[])[] } {
  const symbol = symbolOf(codeText, printer);
  invariant(symbol !== undefined, 'a code was printed that this paper has no room for');
  const { drawing, moduleDots, level } = symbol;
  const commands = drawing === null ? [nativeCode(codeText, moduleDots, level)] : rasterCode(drawing, moduleDots, BAND_BYTES);
  return { quiet: QUIET_MODULES * moduleDots, commands };
}

function planOf(symbol: PrintedSymbol, options: EscposOptions, icon: CodeIcon | undefined): SymbolPlan {
  const { drawing, level, modules, moduleDots } = symbol;
  return {
    drawnBy: drawing === null ? 'display' : 'bridge',
    level,
    modules,
    leastModules: modules,
    modulePixels: moduleDots,
    areaPixels: paperOf(options).dots,
    icon: iconIn(drawing, icon),
  };
}

/**
 * Finds out who draws the code, where the configuration leaves it to the printer. What keeps it from printing is asked first: such a printer
 * answers no question that waits its turn.
 */
function generatorSteps(printer: Printer): readonly Step[] {
  if (printer.options.native !== 'auto') return [];
  printer.draws = false;
  const expect = (event: DeviceEvent): Verdict => {
    if (event.kind === 'size') printer.draws = true;
    return isPrinted(event);
  };
  const question = ask('who draws the code', ASK_GENERATOR, expect);
  return [...readySteps(), { ...question, timeoutMs: PRINT_TIMEOUT_MS, tries: 1 }];
}

/** Whether it can print, then the slip; one that was begun before is cut off first, so that no two amounts stand on one. */
function scanSteps(printer: Printer, frame: Frame & { readonly kind: 'scan' }): readonly Step[] {
  const slip = slipSteps(frame, printer);
  const noting = (step: Step, unfinished: boolean): Step => ({
    ...step,
    expect(event) {
      const verdict = step.expect?.(event) ?? 'ignore';
      if (verdict === 'yes') {
        printer.unfinished = unfinished;
        printer.fillBytes = unfinished ? longestCommand(printer.options, frame.codeText.length) : SHORT_FILL_BYTES;
      }
      return verdict;
    },
  });
  return [noting(askOnline(), true), ...slip.slice(0, -1), ...slip.slice(-1).map((step) => noting(step, false))];
}

function slipSteps(frame: Frame & { readonly kind: 'scan' }, printer: Printer): readonly Step[] {
  const { options, unfinished } = printer;
  const { charset, codePage } = options;
  const { amount, below } = slipText(frame, options, options.language, options.timeZone);
  const lines = (texts: readonly string[]) => texts.flatMap((text) => textLine(text, charset));
  const { quiet, commands } = codeCommands(frame.codeText, printer);
  const head = [...(unfinished ? [CUT] : []), START, readTextAs(charset, codePage), TALL, lines(amount), feed(quiet)].flat();
  const tail = [NORMAL, feed(quiet), lines(below), CUT].flat();
  const [only, ...others] = commands;
  if (only !== undefined && others.length === 0) return [print('the slip', [...head, ...only, ...tail])];
  return [
    print('head of the slip', head),
    ...commands.map((command, i) => print(`band ${i + 1} of ${commands.length}`, command)),
    print('end of the slip', tail),
  ];
}

function refusal(longest: number, options: EscposOptions, codeText: string): string | undefined {
  const { moduleDots, leastDots } = paperOf(options);
  if (moduleDots < leastDots) {
    const size = (moduleDots * dotMmOf(options)).toFixed(2);
    return `a module of ${moduleDots} dots is ${size} mm; phones need ${LEAST_MODULE_MM} mm (option moduleDots)`;
  }
  if (codeText.length > longest) return `the code has ${codeText.length} bytes, this paper takes ${longest} (option columns)`;
  return codeTextRefusal(codeText);
}

/**
 * Receipt printers (display reference 6): a slip with the code, drawn by the printer or sent as a picture. What is printed stays: there is
 * nothing to blank, and nothing but codes is printed. `acked` means that the printer has worked through everything up to the cut; that it
 * could draw the code at all only eyes can tell.
 */
export function createEscposDriver(given: EscposOptions, icon?: CodeIcon): DisplayDriver {
  const options = { ...given, language: shownLanguage(given.language, given.charset) };
  const longest = Math.min(LONGEST_CODE, longestOn(paperOf(options)));
  // Nobody knows what an earlier run has begun.
  const printer: Printer = {
    options,
    icon,
    draws: options.native === true,
    unfinished: true,
    fillBytes: longestCommand(options, longest),
  };
  return {
    model: 'escpos',
    language: options.language,
    can: {
      qr: options.native === false ? 'raster' : 'native',
      centreIcon: options.native === false,
      markBeside: true,
      pixelMm: dotMmOf(options),
      longestCode: longest,
      text: 'layout',
      canClear: false,
      confirmation: 'acked',
    },
    defaultBaudRate: 9600,
    flow: options.flow,
    parser: createPrinterParser,
    wake: () => [
      muteStep('end of a half command', new Uint8Array(printer.fillBytes), 0),
      ask('printer status', askStatus(1), isThere),
      muteStep('reset', Uint8Array.from(START), 0),
      ...generatorSteps(printer),
    ],
    paint: (frame) => (frame.kind === 'scan' ? scanSteps(printer, frame) : readySteps()),
    blank: () => [],
    alive: readySteps,
    // Switched off by the driver, so a printer that speaks unasked has been switched on anew.
    meaning: (event) => (event.kind === 'automatic' ? 'rebooted' : 'other'),
    refuses: (codeText) => refusal(longest, options, codeText),
    symbol(codeText) {
      const symbol = symbolOf(codeText, printer);
      return symbol && planOf(symbol, options, icon);
    },
  };
}
