import { invariant } from '../../base/assert.js';
import type { DeviceEvent, DisplayDriver, Frame, Step, Verdict } from '../display-driver.js';
import { type Language, shownLanguage } from '../languages.js';
import { codeMatrix } from '../order-code-image.js';
import {
  ASK_DONE,
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
import { dotsFor, longestOn, type Paper, symbolFor } from './escpos-symbol.js';
import { codeTextRefusal, muteStep } from './mute-device.js';

/** What printers take (display reference 9.2), where the paper has room for it. */
const LONGEST_CODE = 2000;
const DOTS_PER_COLUMN = 12;
const STATUS_TIMEOUT_MS = 500;
const STATUS_TRIES = 3;
/** Printing is slow, and heating slower. */
const PRINT_TIMEOUT_MS = 8_000;
/** Small against the smallest usual buffer of 4096 bytes: with an answer after each band it can never overflow. */
const BAND_BYTES = 1024;
/** Fills up whatever half command an interrupted job left; outside of one they do nothing. */
const FILL_BYTES = 1100;
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

const paperOf = ({ columns, moduleDots, ecc }: EscposOptions): Paper => ({
  dots: columns * DOTS_PER_COLUMN,
  moduleDots,
  level: ecc,
});

/** What is known about one printer beyond its options. */
interface Printer {
  readonly options: EscposOptions & { readonly language: Language };
  /** A slip was begun and its end never confirmed. */
  unfinished: boolean;
}

/** The code as commands, one list for each that is waited for. */
function codeCommands(
  codeText: string,
  options: EscposOptions,
): { readonly quiet: number; readonly commands: readonly (readonly number[])[] } {
  const paper = paperOf(options);
  const symbol = symbolFor(codeText.length, paper);
  invariant(symbol !== undefined, 'a code was printed that this paper has no room for');
  if (options.native) {
    const { moduleDots, level } = symbol;
    return { quiet: QUIET_MODULES * moduleDots, commands: [nativeCode(codeText, moduleDots, level)] };
  }
  const matrix = codeMatrix(codeText, symbol.level);
  invariant(matrix !== undefined, 'a code was printed that no symbol holds');
  const moduleDots = dotsFor(matrix.size, paper) ?? symbol.moduleDots;
  return { quiet: QUIET_MODULES * moduleDots, commands: rasterCode(matrix, moduleDots, BAND_BYTES) };
}

/** Whether it can print, then the slip; one that was begun before is cut off first, so that no two amounts stand on one. */
function scanSteps(printer: Printer, frame: Frame & { readonly kind: 'scan' }): readonly Step[] {
  const slip = slipSteps(frame, printer);
  const noting = (step: Step, unfinished: boolean): Step => ({
    ...step,
    expect(event) {
      const verdict = step.expect?.(event) ?? 'ignore';
      if (verdict === 'yes') printer.unfinished = unfinished;
      return verdict;
    },
  });
  return [noting(askOnline(), true), ...slip.slice(0, -1), ...slip.slice(-1).map((step) => noting(step, false))];
}

function slipSteps(frame: Frame & { readonly kind: 'scan' }, { options, unfinished }: Printer): readonly Step[] {
  const { charset, codePage } = options;
  const { amount, below } = slipText(frame, options, options.language);
  const lines = (texts: readonly string[]) => texts.flatMap((text) => textLine(text, charset));
  const { quiet, commands } = codeCommands(frame.codeText, options);
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

function refusal(longest: number, codeText: string): string | undefined {
  if (codeText.length > longest) return `the code has ${codeText.length} bytes, this paper takes ${longest} (option columns)`;
  return codeTextRefusal(codeText);
}

/**
 * Receipt printers (display reference 6): a slip with the code, drawn by the printer or sent as a picture. What is printed stays: there is
 * nothing to blank, and nothing but codes is printed. `acked` means that the printer has worked through everything up to the cut; that it
 * could draw the code at all only eyes can tell.
 */
export function createEscposDriver(given: EscposOptions): DisplayDriver {
  const options = { ...given, language: shownLanguage(given.language, given.charset) };
  const longest = Math.min(LONGEST_CODE, longestOn(paperOf(options)));
  const printer: Printer = { options, unfinished: false };
  return {
    model: 'escpos',
    language: options.language,
    can: {
      qr: options.native ? 'native' : 'raster',
      centreIcon: false,
      longestCode: longest,
      text: 'layout',
      canClear: false,
      confirmation: 'acked',
    },
    defaultBaudRate: 9600,
    flow: options.flow,
    parser: createPrinterParser,
    wake: () => [
      muteStep('end of a half command', new Uint8Array(FILL_BYTES), 0),
      ask('printer status', askStatus(1), isThere),
      muteStep('reset', Uint8Array.from(START), 0),
    ],
    paint: (frame) => (frame.kind === 'scan' ? scanSteps(printer, frame) : readySteps()),
    blank: () => [],
    alive: readySteps,
    // Switched off by the driver, so a printer that speaks unasked has been switched on anew.
    meaning: (event) => (event.kind === 'automatic' ? 'rebooted' : 'other'),
    refuses: (codeText) => refusal(longest, codeText),
  };
}
