import { invariant } from '../../base/assert.js';
import type { DeviceEvent, DisplayDriver, Frame, Step } from '../display-driver.js';
import { frameText, frameWords } from '../frame-text.js';
import { type Language, shownLanguage } from '../languages.js';
import { firmwareSymbol } from '../symbol-plan.js';
import { codeTextRefusal, createMuteParser, muteStep } from './mute-device.js';
import { createLineParser, lineText } from './qr-line-parser.js';

/** A line for each screen; what stands in braces is filled in. */
export interface LineTemplates {
  readonly clear: string;
  readonly showCode: string;
  readonly wait: string;
  readonly paid: string;
  readonly failed: string;
  readonly cancelled: string;
}

/** What may stand in braces. `ref`, `order` and `date` are for firmwares that want them; nothing is known of them here, they become `-`. */
export const PLACEHOLDERS = ['payload', 'amount', 'label', 'idle', 'text', 'ref', 'order', 'date'] as const;

type Fields = Readonly<Partial<Record<(typeof PLACEHOLDERS)[number], string>>>;

export interface TemplateOptions {
  readonly templates: LineTemplates;
  /** Longest line in bytes, its line feed included. */
  readonly maxLineBytes: number;
  /** Characters that no field may hold. */
  readonly forbid: string;
  /** What a line must look like that confirms a command; null: nothing is confirmed. */
  readonly ack: RegExp | null;
  readonly ackTimeoutMs: number;
  /** Language tag of the words, as far as ASCII carries it. */
  readonly language?: string | undefined;
}

const languageIn = ({ language }: TemplateOptions): Language => shownLanguage(language, 'ascii');

/** The screens of Bonrix displays (display reference 3.1). */
export const BONRIX: LineTemplates = {
  clear: 'WelcomeScreen**{idle}',
  showCode: 'DisplayQRCodeScreen**{payload}**{amount}**{label}',
  wait: 'WelcomeScreen**{text}',
  paid: 'DisplaySuccessQRCodeScreen**{ref}**{order}**{date}',
  failed: 'DisplayFailQRCodeScreen**{ref}**{order}**{date}',
  cancelled: 'DisplayCancelQRCodeScreen**{ref}**{order}**{date}',
};

/** Room kept for an amount, so that the longest code does not depend on it. */
const LONGEST_AMOUNT = 24;
const IDLE_TEXT = 'Welcome';
/** Firmwares of this kind draw and speak before they read on. */
const AFTER_LINE_MS = 100;
const TRIES = 2;
/** Splash and audio, during which nothing is read; many restart when their port is opened. */
export const USUAL_BOOT_DELAY_MS = 8000;

/** A field never is empty (tokenizers skip empty ones), and nothing in it can end the line or the field. */
function field(text: string | undefined, forbid: string): string {
  const kept = [...(text ?? '')].map((one) => (/^[\x20-\x7e]$/.test(one) && !forbid.includes(one) ? one : '?')).join('');
  return kept === '' ? '-' : kept;
}

function fill(template: string, fields: Fields, forbid: string): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const known = PLACEHOLDERS.find((one) => one === name);
    return field(known && fields[known], forbid);
  });
}

/** The longest code of this template, bytes; negative when not even an empty one fits. */
export function longestCode(options: TemplateOptions): number {
  const { templates, maxLineBytes, forbid } = options;
  const [label] = frameWords('scan', languageIn(options));
  const line = fill(
    templates.showCode,
    { payload: 'x', amount: 'x'.repeat(LONGEST_AMOUNT), label, text: label, idle: IDLE_TEXT },
    forbid,
  );
  return maxLineBytes - (line.length - 1) - 1;
}

function lineOf(frame: Frame, options: TemplateOptions): string {
  const { templates, forbid } = options;
  const { amount, line1 } = frameText(frame, languageIn(options));
  const fields = { amount: amount.length > LONGEST_AMOUNT ? '' : amount, label: line1, text: line1, idle: IDLE_TEXT };
  switch (frame.kind) {
    case 'scan': {
      // The code itself was checked: it goes through as it is.
      const around = fill(templates.showCode.replaceAll('{payload}', '\0'), fields, forbid);
      return around.split('\0').join(frame.codeText);
    }
    case 'idle':
      return fill(templates.clear, fields, forbid);
    case 'thanks':
      return fill(templates.paid, fields, forbid);
    case 'notPaid':
      return fill(templates.failed, fields, forbid);
    case 'cancelled':
      return fill(templates.cancelled, fields, forbid);
    default:
      return fill(templates.wait, fields, forbid);
  }
}

function refusal(options: TemplateOptions, codeText: string): string | undefined {
  const longest = longestCode(options);
  if (codeText.length > longest)
    return `the code has ${codeText.length} bytes, this glass takes ${longest} (option maxLineBytes)`;
  const odd = [...options.forbid].find((one) => codeText.includes(one));
  if (odd !== undefined && /[\x20-\x7e]/.test(odd))
    return `the code holds "${odd}", which this glass takes for the end of a field`;
  return codeTextRefusal(codeText);
}

function writeStep(frame: Frame, options: TemplateOptions): Step {
  const line = lineOf(frame, options);
  invariant(line.length < options.maxLineBytes, 'a line for the display is longer than it takes');
  return muteStep(
    frame.kind === 'scan' ? 'show the code' : `show ${frame.kind}`,
    Buffer.from(`${line}\n`, 'latin1'),
    AFTER_LINE_MS,
  );
}

function stepFor(frame: Frame, options: TemplateOptions): Step {
  const step = writeStep(frame, options);
  const { ack } = options;
  if (ack === null) return step;
  const expect = (event: DeviceEvent) => (ack.test(lineText(event)) ? ('yes' as const) : ('ignore' as const));
  return { ...step, timeoutMs: options.ackTimeoutMs, tries: TRIES, expect, proves: 'acked' };
}

const IDLE: Frame = { kind: 'idle' };

/** A display that takes one line of text per screen (display reference 3). What it sends is a hint at most, unless `ack` says what confirms. */
export function createTemplateDriver(options: TemplateOptions): DisplayDriver {
  return {
    model: 'qr-line',
    language: languageIn(options),
    can: {
      qr: 'native',
      centreIcon: false,
      markBeside: /\{(label|text)\}/.test(options.templates.showCode),
      longestCode: longestCode(options),
      text: 'layout',
      canClear: true,
      confirmation: options.ack === null ? 'written' : 'acked',
    },
    defaultBaudRate: 115_200,
    usualBootDelayMs: USUAL_BOOT_DELAY_MS,
    parser: options.ack === null ? createMuteParser : createLineParser,
    // Half a line that an earlier run may have left swallows the first one; the second follows at once, because that half may be a code.
    wake() {
      const step = writeStep(IDLE, options);
      return [{ ...step, bytes: Buffer.concat([step.bytes, step.bytes]) }];
    },
    paint(frame) {
      invariant(
        frame.kind !== 'scan' || refusal(options, frame.codeText) === undefined,
        'a code was painted that this glass refuses',
      );
      return [stepFor(frame, options)];
    },
    blank: () => [stepFor(IDLE, options)],
    meaning: () => 'other',
    symbol: firmwareSymbol,
    refuses: (codeText) => refusal(options, codeText),
  };
}
