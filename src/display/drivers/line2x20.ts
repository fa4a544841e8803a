import type { DisplayDriver, Step } from '../display-driver.js';
import { shownLanguage } from '../languages.js';
import { LINE_DIALECTS, type LineDialectName, lineDialect } from './line2x20-dialects.js';
import { scanLine, twoLines } from './line2x20-words.js';
import { createMuteParser, muteStep } from './mute-device.js';

export interface Line2x20Options {
  readonly dialect: LineDialectName;
  /** Language tag of the words, as far as ASCII carries it. */
  readonly language?: string | undefined;
}

/** Displays of this kind drop bytes when commands follow each other closely. */
const AFTER_COMMAND_MS = 20;

function step(what: string, bytes: readonly number[]): Step {
  return muteStep(what, Uint8Array.from(bytes), AFTER_COMMAND_MS);
}

/** Options as they stand in the configuration, or what is wrong with them. */
export function line2x20Options(given: Readonly<Record<string, unknown>>): Line2x20Options | { readonly refused: string } {
  const wanted = given['dialect'] ?? 'epson';
  const dialect = LINE_DIALECTS.find((one) => one === wanted);
  if (dialect === undefined) return { refused: `dialect must be one of: ${LINE_DIALECTS.join(', ')}` };
  const { language } = given;
  return { dialect, language: typeof language === 'string' ? language : undefined };
}

/**
 * Text displays of two lines by 20 characters (display reference 7): amount and instruction beside a code that stands elsewhere. They
 * answer nothing, and no code can be drawn on them.
 */
export function createLine2x20Driver(options: Line2x20Options): DisplayDriver {
  const dialect = lineDialect(options.dialect);
  const language = shownLanguage(options.language, 'ascii');
  const clear = dialect.clear.map((bytes) => step('clear', bytes));
  return {
    model: 'line2x20',
    language,
    can: {
      qr: 'none',
      centreIcon: false,
      markBeside: true,
      longestCode: 0,
      text: { columns: 20, rows: 2 },
      canClear: true,
      confirmation: 'written',
    },
    defaultBaudRate: 9600,
    parser: createMuteParser,
    wake: () => dialect.wake.map((bytes) => step('set up', bytes)),
    paint(frame, secondsLeft) {
      if (frame.kind === 'idle') return clear;
      return dialect.lines(...twoLines(frame, language, secondsLeft)).map((bytes) => step('show the lines', bytes));
    },
    timeLeft: ({ scanWith }, secondsLeft) => [step('bottom line', dialect.bottom(scanLine(language, secondsLeft, scanWith)))],
    blank: () => clear,
    meaning: () => 'other',
    refuses: () => 'this display shows text only, no codes',
  };
}
