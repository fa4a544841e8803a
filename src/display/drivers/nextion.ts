import { invariant } from '../../base/assert.js';
import type { DeviceEvent, DisplayDriver, Frame, ScanFrame, Step, Verdict } from '../display-driver.js';
import { frameText, ORDER_CODE_BRAND } from '../frame-text.js';
import { type Language, shownLanguage } from '../languages.js';
import { firmwareSymbol } from '../symbol-plan.js';
import { textBytes, type WireCharset } from '../text-bytes.js';
import { createNextionParser, NEXTION_FAILURES } from './nextion-parser.js';

/** Names that the integrator gave to pages and components in the panel's own editor. An empty component name means "there is none". */
export interface NextionOptions {
  readonly pages: { readonly idle: string; readonly pay: string; readonly paid: string };
  readonly components: { readonly qr: string; readonly amount: string; readonly line1: string; readonly line2: string };
  /** `txt_maxl` of the QR component: longest code in bytes. */
  readonly textMax: number;
  /** What the fonts of the panel's project hold. */
  readonly charset: WireCharset;
  /** Language tag of the words, as far as the charset carries it. */
  readonly language?: string | undefined;
  /** Only for the pause before the probe. */
  readonly baudRate: number;
}

export const NEXTION_DEFAULTS: NextionOptions = {
  pages: { idle: 'idle', pay: 'pay', paid: 'paid' },
  components: { qr: 'qr0', amount: 't0', line1: 't1', line2: 't2' },
  textMax: 255,
  charset: 'ascii',
  baudRate: 9600,
};

/** Options with the language that is really shown. */
type Spoken = NextionOptions & { readonly language: Language };

/** What is known about one panel beyond its options. */
interface Panel {
  readonly options: Spoken;
  /** What became of the words with the mark, asked once after each waking: they may lack their component or be cut. */
  mark: 'unasked' | 'stands' | { readonly missing: string };
}

const TERMINATOR = [0xff, 0xff, 0xff];
/** The device's buffer holds 1024 bytes and drops everything when it overflows. */
const LONGEST_INSTRUCTION = 1000;
const REPLY_TIMEOUT_MS = 500;
const TRIES = 2;
/** Some firmwares send a status after the data of `get` and `sendme` too; it must not be taken for the next instruction's. */
const AFTER_DATA_MS = 20;
const PAGE_NUMBER = /^\d+$/;
const PRINTABLE = /^[\x20-\x7e]+$/;

/** An instruction is ASCII and nothing else: three FF inside would end it, a control byte might mean anything. */
function instruction(text: string): Uint8Array {
  invariant(PRINTABLE.test(text), 'a Nextion instruction holds a byte that is not printable ASCII');
  return Uint8Array.from([...Buffer.from(text, 'latin1'), ...TERMINATOR]);
}

/** Quotes and backslashes as the panel wants them; anything that is not printable ASCII becomes `?`. */
function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/gu, '?').replace(/["\\]/g, '\\$&')}"`;
}

/** Sets a text in any charset; in none of them stands one of these two bytes inside of a character. */
function setText(component: string, text: Uint8Array): Uint8Array {
  invariant(!text.some((byte) => byte < 0x20 || byte === 0x7f || byte === 0xff), 'a text for a Nextion holds a byte that acts');
  const escaped = [...text].flatMap((byte) => (byte === 0x22 || byte === 0x5c ? [0x5c, byte] : [byte]));
  return Uint8Array.from([...Buffer.from(`${component}.txt="`), ...escaped, 0x22, ...TERMINATOR]);
}

function failureText(event: DeviceEvent): string {
  const code = event.bytes[0] ?? 0;
  return NEXTION_FAILURES.get(code) ?? `status ${code}`;
}

/** Bad component or bad variable: on this page, in this project, there is no such thing. */
function isAbsence(event: DeviceEvent): boolean {
  return event.bytes[0] === 0x02 || event.bytes[0] === 0x1a;
}

const untilOk = (event: DeviceEvent): Verdict => {
  if (event.kind === 'ok') return 'yes';
  return event.kind === 'failed' ? { refused: failureText(event) } : 'ignore';
};
const untilOkOrAbsent = (event: DeviceEvent): Verdict => (event.kind === 'failed' && isAbsence(event) ? 'yes' : untilOk(event));
const untilAnyStatus = (event: DeviceEvent): Verdict => (event.kind === 'failed' ? 'yes' : untilOk(event));

function ask(text: string, expect: (event: DeviceEvent) => Verdict, what = text): Step {
  return { what, bytes: instruction(text), gapMs: 0, timeoutMs: REPLY_TIMEOUT_MS, tries: TRIES, expect, proves: 'acked' };
}

function mute(what: string, bytes: Uint8Array, gapMs: number): Step {
  return { what, bytes, gapMs, timeoutMs: 0, tries: 1, proves: 'written' };
}

/** Reads a text back and compares: texts longer than the component are cut without an error (display reference 4.4). */
function readBack(component: string, text: string): Step {
  const expected = Buffer.from(text, 'latin1');
  const expect = (event: DeviceEvent): Verdict => {
    if (event.kind === 'failed') return { refused: failureText(event) };
    if (event.kind !== 'string') return 'ignore';
    const shown = Buffer.from(event.bytes.subarray(1, -3));
    if (shown.equals(expected)) return 'yes';
    const isCut = shown.length > 0 && expected.subarray(0, shown.length).equals(shown);
    return {
      refused: isCut
        ? `${component} holds only ${shown.length} of ${expected.length} characters: raise its txt_maxl in the panel's project`
        : `${component} shows another text than was written`,
    };
  };
  return { ...ask(`get ${component}.txt`, expect), gapMs: AFTER_DATA_MS, proves: 'verified' };
}

/**
 * Finds out whether the mark stands beside the code; all fonts have it, for it is ASCII in every charset. A panel without it shows the code
 * all the same, so nothing is refused here.
 */
function markSteps(panel: Panel, { scanWith = ORDER_CODE_BRAND }: ScanFrame): readonly Step[] {
  const { pages, components } = panel.options;
  const { line1 } = components;
  if (line1 === '' || panel.mark !== 'unasked' || scanWith === null) return [];
  const expect = (event: DeviceEvent): Verdict => {
    if (event.kind !== 'failed' && event.kind !== 'string') return 'ignore';
    const shown = Buffer.from(event.bytes.subarray(1, -3));
    if (event.kind === 'string' && shown.includes(scanWith)) panel.mark = 'stands';
    else
      panel.mark = {
        missing:
          event.kind === 'failed'
            ? `The panel has no ${line1} on its page ${pages.pay} for the words beside the code.`
            : `${line1} holds only ${shown.length} bytes of the words beside the code: raise its txt_maxl in the panel's project.`,
      };
    return 'yes';
  };
  return [{ ...ask(`get ${line1}.txt`, expect), gapMs: AFTER_DATA_MS }];
}

function wakeSteps(options: NextionOptions): readonly Step[] {
  const connect = instruction('connect');
  return [
    // The sign makes it invalid: a half instruction that lacks nothing but its end may be an old code.
    mute('end of a half instruction', instruction('#'), 0),
    mute('leave reparse mode', instruction('DRAKJHSUYDGBNCJHGJKSHBDN'), Math.ceil(1_000_000 / options.baudRate) + 30),
    {
      ...ask('connect', (event) => (event.kind === 'connected' ? 'yes' : 'ignore')),
      againBytes: Uint8Array.from([0xff, 0xff, ...connect]),
    },
    ask('bkcmd=3', untilOk),
    // A panel without sleep mode refuses this; that is as good as being awake.
    ask('sleep=0', untilAnyStatus),
  ];
}

/**
 * Empties the QR component wherever it can be reached, then leaves the page: a component that lives on one page only is refused from
 * elsewhere and resets itself with the page, a global one is emptied by its full name. A page that is configured by its number has no
 * such name; what a global component there holds is emptied when that page is next painted, before anything else.
 */
function blankSteps(options: NextionOptions): readonly Step[] {
  const { qr } = options.components;
  const steps = [ask(`${qr}.txt=""`, untilOkOrAbsent), ask(`page ${options.pages.idle}`, untilOk)];
  if (!qr.includes('.') && !PAGE_NUMBER.test(options.pages.pay))
    steps.push(ask(`${options.pages.pay}.${qr}.txt=""`, untilOkOrAbsent));
  return steps;
}

function textStep(
  { charset }: Spoken,
  component: string,
  text: string,
  expect: (event: DeviceEvent) => Verdict,
): readonly Step[] {
  if (component === '') return [];
  return [{ ...ask(`${component}.txt`, expect), bytes: setText(component, textBytes(text, charset)) }];
}

function amountSteps(options: Spoken, frame: Frame, amount: 'needed' | 'welcome'): readonly Step[] {
  const text = frameText(frame, options.language).amount;
  return textStep(options, options.components.amount, text, amount === 'needed' ? untilOk : untilOkOrAbsent);
}

function lineSteps(options: Spoken, frame: Frame, secondsLeft?: number): readonly Step[] {
  const { line1, line2 } = frameText(frame, options.language, secondsLeft);
  const { components } = options;
  return [
    ...textStep(options, components.line1, line1, untilOkOrAbsent),
    ...textStep(options, components.line2, line2, untilOkOrAbsent),
  ];
}

function codeInstruction(options: NextionOptions, codeText: string): string {
  return `${options.components.qr}.txt=${quoted(codeText)}`;
}

function refusal(options: NextionOptions, codeText: string): string | undefined {
  if (codeText === '') return 'the code is empty';
  if (!PRINTABLE.test(codeText)) return 'the code holds characters other than printable ASCII';
  if (codeText.length > options.textMax) {
    return `the code has ${codeText.length} bytes, this glass takes ${options.textMax} (option textMax)`;
  }
  if (codeInstruction(options, codeText).length > LONGEST_INSTRUCTION)
    return 'the code does not fit the serial buffer of this glass';
  return undefined;
}

function paintSteps(panel: Panel, frame: Frame, secondsLeft?: number): readonly Step[] {
  const { options } = panel;
  const { pages, components } = options;
  switch (frame.kind) {
    case 'idle':
      return blankSteps(options);
    case 'scan':
      invariant(refusal(options, frame.codeText) === undefined, 'a code was painted that this glass refuses');
      return [
        ask(`page ${pages.pay}`, untilOk),
        ...(PAGE_NUMBER.test(pages.pay) ? [ask(`${components.qr}.txt=""`, untilOk)] : []),
        ...amountSteps(options, frame, 'needed'),
        ask(codeInstruction(options, frame.codeText), untilOk, `${components.qr}.txt`),
        readBack(components.qr, frame.codeText),
        // A payer must not read another amount than the one that is charged.
        ...(components.amount === '' ? [] : [readBack(components.amount, frameText(frame, options.language).amount)]),
        // Whoever knows the amount can scan; the words may come later.
        ...lineSteps(options, frame, secondsLeft),
        ...markSteps(panel, frame),
      ];
    case 'thanks':
      return [ask(`page ${pages.paid}`, untilOk), ...amountSteps(options, frame, 'welcome'), ...lineSteps(options, frame)];
    default:
      return [
        ask(`page ${pages.pay}`, untilOk),
        ask(`${components.qr}.txt=""`, untilOk),
        ...amountSteps(options, frame, 'needed'),
        ...lineSteps(options, frame),
      ];
  }
}

function meaning(event: DeviceEvent): 'rebooted' | 'lost' | 'asleep' | 'other' {
  if (event.kind === 'startUp' || event.kind === 'ready') return 'rebooted';
  if (event.kind === 'asleep') return 'asleep';
  return event.kind === 'failed' && event.bytes[0] === 0x24 ? 'lost' : 'other';
}

/**
 * Nextion and TJC panels: one instruction at a time, each waiting for its status; the code is read back and compared, which is what
 * `verified` means here (display reference 4).
 */
export function createNextionDriver(given: NextionOptions): DisplayDriver {
  const options = { ...given, language: shownLanguage(given.language, given.charset) };
  const panel: Panel = { options, mark: 'unasked' };
  return {
    model: 'nextion',
    language: options.language,
    can: {
      qr: 'native',
      centreIcon: false,
      markBeside: options.components.line1 !== '',
      longestCode: options.textMax,
      text: 'layout',
      canClear: true,
      confirmation: 'verified',
    },
    defaultBaudRate: 9600,
    parser: createNextionParser,
    wake() {
      panel.mark = 'unasked';
      return wakeSteps(options);
    },
    paint: (frame, secondsLeft) => paintSteps(panel, frame, secondsLeft),
    timeLeft: (frame, secondsLeft) =>
      textStep(options, options.components.line2, frameText(frame, options.language, secondsLeft).line2, untilOkOrAbsent),
    blank: () => blankSteps(options),
    alive: (frame) =>
      frame.kind === 'scan'
        ? [readBack(options.components.qr, frame.codeText)]
        : [{ ...ask('sendme', (event) => (event.kind === 'page' ? 'yes' : 'ignore')), gapMs: AFTER_DATA_MS }],
    meaning,
    symbol: firmwareSymbol,
    markMissing: () => (typeof panel.mark === 'string' ? undefined : panel.mark.missing),
    refuses: (codeText) => refusal(options, codeText),
  };
}
