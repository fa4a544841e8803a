import { invariant } from '../../base/assert.js';
import type { DeviceEvent, DisplayDriver, Frame, Step, Verdict } from '../display-driver.js';
import { frameText } from '../frame-text.js';
import { type Charset, type Language, shownLanguage } from '../languages.js';
import { firmwareSymbol } from '../symbol-plan.js';
import { codeTextRefusal, muteStep } from './mute-device.js';
import { createLineParser, lineText } from './qr-line-parser.js';
import { USUAL_BOOT_DELAY_MS } from './qr-line-templates.js';

export interface JsonLineOptions {
  /** Longest line in bytes, its line feed included. */
  readonly maxLineBytes: number;
  readonly ackTimeoutMs: number;
  /** What the font of the display holds; the line is ASCII in any case. */
  readonly charset: Charset & ('ascii' | 'unicode');
  /** Language tag of the words, as far as the charset carries it. */
  readonly language?: string | undefined;
}

/**
 * Operations of the DIY JSON convention: `{"seq":7,"op":"qr","data":"…"}` is answered by `{"seq":7,"ok":true}`. `seconds` beside `data` is
 * how long the code still stands: it is told once, and the display counts it down by itself.
 */
type Operation = 'ping' | 'clear' | 'qr' | 'wait' | 'paid' | 'failed' | 'cancelled';
type Words = {
  readonly data?: string;
  readonly seconds?: number;
  readonly amount?: string;
  readonly text?: string;
  readonly text2?: string;
};

const TRIES = 3;
const LAST_SEQ = 999_999;
const LONGEST_AMOUNT = 24;
const LAST_SECONDS = 99_999;
const LONGEST_ERROR = 80;
/** Seconds are told rounded up. */
const STARTED_SECOND_MS = 1_000;

const OPERATIONS: Readonly<Record<Frame['kind'], Operation>> = {
  idle: 'clear',
  pleaseWait: 'wait',
  scan: 'qr',
  paying: 'wait',
  cancelling: 'wait',
  thanks: 'paid',
  notPaid: 'failed',
  cancelled: 'cancelled',
};

/** One line of printable ASCII: JSON with everything else escaped. */
function lineOf(seq: number, op: Operation, words: Words): string {
  const json = JSON.stringify({ seq, op, ...words });
  return `${json.replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

function wordsOf(frame: Frame, language: Language, secondsLeft: number | undefined): Words {
  const { amount, line1, line2 } = frameText(frame, language);
  return {
    ...(frame.kind === 'scan' ? { data: frame.codeText } : {}),
    ...(frame.kind === 'scan' && secondsLeft !== undefined ? { seconds: Math.min(secondsLeft, LAST_SECONDS) } : {}),
    ...(amount === '' || amount.length > LONGEST_AMOUNT ? {} : { amount }),
    ...(line1 === '' ? {} : { text: line1 }),
    ...(line2 === '' ? {} : { text2: line2 }),
  };
}

function objectIn(event: DeviceEvent): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(lineText(event));
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

/** What the display says about an error; a code that it repeats there stays out of logs and answers. */
function errorText(error: unknown, data: string | undefined): string {
  const said = typeof error === 'string' ? error.replace(/[^\x20-\x7e]/gu, '?') : '';
  const silent = (data === undefined ? said : said.replaceAll(data, '***')).replace(/https?:\S+/gi, '***');
  const text = silent.slice(0, LONGEST_ERROR);
  return text === '' ? 'it answers ok: false' : `it says "${text}"`;
}

function judge(seq: number, { data }: Words, mustBeOk: boolean, event: DeviceEvent): Verdict {
  const answer = objectIn(event);
  if (answer['seq'] !== seq || typeof answer['ok'] !== 'boolean') return 'ignore';
  return answer['ok'] || !mustBeOk ? 'yes' : { refused: errorText(answer['error'], data) };
}

/** What every line of a code needs beside the code, bytes; the words give way where there is no room for them. */
const OVERHEAD = lineOf(LAST_SEQ, 'qr', { data: '', seconds: LAST_SECONDS, amount: 'x'.repeat(LONGEST_AMOUNT) }).length;

/** As many of the words as the line has room for: the least needed go first, code and time never. */
function fitting(op: Operation, words: Words, maxLineBytes: number): Words {
  const fits = (some: Words) => lineOf(LAST_SEQ, op, some).length <= maxLineBytes;
  const { text2: _second, ...one } = words;
  const { text: _first, ...none } = one;
  return [words, one].find(fits) ?? none;
}

/** The display takes the code away by itself: never later than it is to go, whichever of the tries it hears. */
function earlier(words: Words, ms: number): Words {
  return words.seconds === undefined ? words : { ...words, seconds: Math.max(0, words.seconds - Math.ceil(ms / 1_000)) };
}

function refusal(longest: number, codeText: string): string | undefined {
  // Quotes and backslashes take two bytes each.
  const bytes = JSON.stringify(codeText).length - 2;
  if (bytes > longest) return `the code has ${bytes} bytes as JSON, this glass takes ${longest} (option maxLineBytes)`;
  return codeTextRefusal(codeText);
}

/**
 * Home-made displays (ESP32 and the like) by a convention of this project: one JSON object a line, each answered with its `seq` (display
 * reference 3.2). A device that has just started may say `{"event":"boot"}`; it is painted anew then.
 */
export function createJsonLineDriver(options: JsonLineOptions): DisplayDriver {
  const language = shownLanguage(options.language, options.charset);
  const longest = options.maxLineBytes - OVERHEAD;
  let seq = 0;
  function ask(op: Operation, wanted: Words, mustBeOk = true): Step {
    seq = (seq % LAST_SEQ) + 1;
    const mine = seq;
    const words = fitting(op, wanted, options.maxLineBytes);
    const lineAfter = (ms: number) => Buffer.from(lineOf(mine, op, earlier(words, ms)), 'latin1');
    return {
      what: op,
      bytes: lineAfter(STARTED_SECOND_MS),
      againBytes: lineAfter(STARTED_SECOND_MS + (TRIES - 1) * options.ackTimeoutMs),
      gapMs: 0,
      timeoutMs: options.ackTimeoutMs,
      tries: TRIES,
      expect: (event) => judge(mine, words, mustBeOk, event),
      proves: 'acked',
    };
  }
  // A device that does not know the question is there all the same.
  const ping = () => [ask('ping', {}, false)];
  return {
    model: 'qr-line',
    language,
    can: {
      qr: 'native',
      centreIcon: false,
      markBeside: true,
      longestCode: longest,
      text: 'layout',
      canClear: true,
      confirmation: 'acked',
    },
    defaultBaudRate: 115_200,
    usualBootDelayMs: USUAL_BOOT_DELAY_MS,
    parser: createLineParser,
    // Half a line that an earlier connection left ends here, and is no JSON even if it lacked nothing but its end.
    wake: () => [muteStep('end of a half line', Buffer.from('#\n'), 0), ...ping()],
    paint(frame, secondsLeft) {
      invariant(
        frame.kind !== 'scan' || refusal(longest, frame.codeText) === undefined,
        'a code was painted that this glass refuses',
      );
      return [ask(OPERATIONS[frame.kind], wordsOf(frame, language, secondsLeft))];
    },
    blank: () => [ask('clear', {})],
    alive: ping,
    meaning: (event) => (objectIn(event)['event'] === 'boot' ? 'rebooted' : 'other'),
    symbol: firmwareSymbol,
    refuses: (codeText) => refusal(longest, codeText),
  };
}
