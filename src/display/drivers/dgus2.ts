import { invariant } from '../../base/assert.js';
import type { DeviceEvent, DisplayDriver, Frame, ScanFrame, Step, Verdict } from '../display-driver.js';
import { frameText } from '../frame-text.js';
import { type Language, shownLanguage } from '../languages.js';
import type { SymbolPlan } from '../symbol-plan.js';
import { textBytes } from '../text-bytes.js';
import { createDgus2Parser, readFrame, wordsIn, writeFrame } from './dgus2-frames.js';
import { type Dgus2Options, TEXT_COLUMNS } from './dgus2-options.js';
import { codeTextRefusal, muteStep } from './mute-device.js';

const VERSION_VP = 0x000f;
const PAGE_READ_VP = 0x0014;
const PAGE_WRITE_VP = 0x0084;
const REPLY_TIMEOUT_MS = 150;
const TRIES = 3;
/** A panel that confirms writes does so within this time of their arrival (display reference 5.3). */
const CONFIRMED_WITHIN_MS = 100;
/** One frame holds up to 250; an even number keeps the next address a whole word. */
const BYTES_PER_FRAME = 240;
/** Its length is one byte. */
const LONGEST_FRAME_BYTES = 3 + 255;
const END = [0xff, 0xff];
const IDLE: Frame = { kind: 'idle' };
const BITS_PER_BYTE = 10;

/** What is known about one panel beyond its options. */
interface Panel {
  readonly options: Dgus2Options & { readonly language: Language };
  /** Some panels are built to confirm no writes: then every write is read back instead. */
  confirms: boolean;
}

/** Text as the panel wants it: whole words, then the mark that ends it whatever stood behind. */
function contentOf(bytes: Uint8Array): number[] {
  return [...bytes, ...(bytes.length % 2 === 1 ? [0] : []), ...END];
}

function onLineMs({ options }: Pick<Panel, 'options'>, bytes: number): number {
  return Math.ceil((bytes * BITS_PER_BYTE * 1000) / options.baudRate);
}

function ask(
  { options }: Panel,
  what: string,
  bytes: Uint8Array,
  replyBytes: number,
  expect: (event: DeviceEvent) => Verdict,
): Step {
  const timeoutMs = REPLY_TIMEOUT_MS + onLineMs({ options }, replyBytes);
  return { what, bytes, gapMs: options.interFrameMs, timeoutMs, tries: TRIES, expect, proves: 'acked' };
}

const untilAck = (event: DeviceEvent): Verdict => (event.kind === 'ack' ? 'yes' : 'ignore');

function parts(data: readonly number[]): readonly { readonly offset: number; readonly data: readonly number[] }[] {
  const out = [];
  for (let offset = 0; offset < data.length; offset += BYTES_PER_FRAME) {
    out.push({ offset, data: data.slice(offset, offset + BYTES_PER_FRAME) });
  }
  return out;
}

/** Compares variables with what was written there; more than the acknowledgement this proves what the glass draws. */
function readBack(panel: Panel, what: string, vp: number, data: readonly number[]): readonly Step[] {
  return parts(data).map((part) => {
    const from = vp + part.offset / 2;
    const wanted = Buffer.from(part.data);
    const expect = (event: DeviceEvent): Verdict => {
      const words = wordsIn(event);
      if (words === undefined || words.vp !== from || words.data.length !== wanted.length) return 'ignore';
      return wanted.equals(words.data) ? 'yes' : { refused: 'the panel holds another text than was written' };
    };
    const bytes = readFrame(from, wanted.length / 2, panel.options.crc);
    return { ...ask(panel, `read ${what} back`, bytes, wanted.length + 9, expect), proves: 'verified' };
  });
}

function write(panel: Panel, what: string, vp: number, data: readonly number[]): readonly Step[] {
  const { crc, interFrameMs } = panel.options;
  const steps = parts(data).map((part) => {
    const bytes = writeFrame(vp + part.offset / 2, part.data, crc);
    return panel.confirms ? ask(panel, `write ${what}`, bytes, 8, untilAck) : muteStep(`write ${what}`, bytes, interFrameMs);
  });
  return panel.confirms ? steps : [...steps, ...readBack(panel, what, vp, data)];
}

/** The panel may take a while to turn the page: another page than `page` is asked about again before it counts. */
function pageShown(panel: Panel, page: number): Step {
  let others = 0;
  const expect = (event: DeviceEvent): Verdict => {
    const words = wordsIn(event);
    if (words === undefined || words.vp !== PAGE_READ_VP || words.data.length !== 2) return 'ignore';
    const shown = ((words.data[0] ?? 0) << 8) | (words.data[1] ?? 0);
    if (shown === page) return 'yes';
    others += 1;
    return others < TRIES ? 'ignore' : { refused: `the panel shows page ${shown} instead of page ${page}` };
  };
  const step = ask(panel, `page ${page} shown`, readFrame(PAGE_READ_VP, 1, panel.options.crc), 11, expect);
  return { ...step, proves: 'verified' };
}

function turn(panel: Panel, page: number): Step {
  const { crc, interFrameMs } = panel.options;
  const bytes = writeFrame(PAGE_WRITE_VP, [0x5a, 0x01, page >> 8, page & 0xff], crc);
  const what = `page ${page}`;
  return panel.confirms ? ask(panel, what, bytes, 8, untilAck) : muteStep(what, bytes, interFrameMs);
}

function turnTo(panel: Panel, page: number): readonly Step[] {
  const verifies = panel.options.readBack || !panel.confirms;
  return verifies ? [turn(panel, page), pageShown(panel, page)] : [turn(panel, page)];
}

/**
 * Is a panel there, and does it confirm writes? The write that finds out empties the code, which is wanted anyway; its confirmation is
 * heard by `meaning` within the silence after it, so that no second frame is on its way meanwhile.
 */
function wakeSteps(panel: Panel): readonly Step[] {
  const { crc, vp, readBack: verifies, interFrameMs } = panel.options;
  const isThere = (event: DeviceEvent): Verdict => (wordsIn(event)?.vp === VERSION_VP ? 'yes' : 'ignore');
  const present = [
    // The rest of a frame that an earlier connection may have left unfinished: else the question would be taken for it. In FF, because that
    // ends a text or a code wherever it was cut; anything else would stand in the code that is on the glass.
    muteStep('end of a half frame', new Uint8Array(LONGEST_FRAME_BYTES).fill(0xff), interFrameMs),
    ask(panel, 'version', readFrame(VERSION_VP, 1, crc), 11, isThere),
  ];
  panel.confirms = !verifies;
  if (!verifies) return present;
  const empty = writeFrame(vp.qr, END, crc);
  const silence = Math.max(interFrameMs, CONFIRMED_WITHIN_MS + onLineMs(panel, empty.length + 8));
  const isRead = (event: DeviceEvent): Verdict => (wordsIn(event)?.vp === vp.qr ? 'yes' : 'ignore');
  return [
    ...present,
    muteStep('write an empty code', empty, silence),
    ask(panel, 'read the empty code', readFrame(vp.qr, 1, crc), 11, isRead),
  ];
}

/** Empties the variable and leaves its page, so that neither memory nor glass can bring the code back. */
function blankSteps(panel: Panel): readonly Step[] {
  const { vp, pages, readBack: verifies } = panel.options;
  const emptied = write(panel, 'an empty code', vp.qr, END);
  const checked = verifies && panel.confirms ? readBack(panel, 'the empty code', vp.qr, END) : [];
  // The texts go last: they have no page of their own, and the code must not wait for them.
  return [...emptied, ...checked, ...turnTo(panel, pages.idle), ...textSteps(panel, IDLE)];
}

const TEXTS = ['amount', 'line1', 'line2'] as const;

const codeContent = (codeText: string) => contentOf(Buffer.from(codeText, 'latin1'));

function textStep(panel: Panel, name: (typeof TEXTS)[number], text: string): readonly Step[] {
  const { vp, charset } = panel.options;
  if (vp[name] === 0) return [];
  const bytes = textBytes(text, charset);
  // The layout check keeps room for what there is; a longer text exists in no language and no currency.
  const fits = bytes.length <= TEXT_COLUMNS[name] * (charset === 'utf-16be' ? 2 : 1);
  return write(panel, name, vp[name], contentOf(fits ? bytes : new Uint8Array(0)));
}

function textSteps(
  panel: Panel,
  frame: Frame,
  names: readonly (typeof TEXTS)[number][] = TEXTS,
  secondsLeft?: number,
): readonly Step[] {
  const text = frameText(frame, panel.options.language, secondsLeft);
  return names.flatMap((name) => textStep(panel, name, text[name]));
}

/**
 * In the order of display reference 5.3: the code is written and read back on a page that does not show it, so that nobody sees half of one,
 * nor a wrong one. Whoever knows the amount can scan; the words may come later.
 */
function scanSteps(panel: Panel, frame: ScanFrame, secondsLeft?: number): readonly Step[] {
  const { vp, pages, readBack: verifies } = panel.options;
  const content = codeContent(frame.codeText);
  return [
    ...(panel.confirms ? [turn(panel, pages.idle)] : turnTo(panel, pages.idle)),
    ...write(panel, 'the code', vp.qr, content),
    ...(verifies && panel.confirms ? readBack(panel, 'the code', vp.qr, content) : []),
    ...textSteps(panel, frame, ['amount']),
    ...turnTo(panel, pages.pay),
    ...textSteps(panel, frame, ['line1', 'line2'], secondsLeft),
  ];
}

/** The panel draws two sizes only, both at level L (display reference 5.2). */
function dgusSymbol(codeText: string): SymbolPlan {
  const modules = codeText.length <= 154 ? 45 : 73;
  return { drawnBy: 'display', level: 'L', modules, leastModules: modules, modulePixels: null, areaPixels: null, icon: 'none' };
}

function refusal({ maxPayload }: Dgus2Options, codeText: string): string | undefined {
  if (codeText.length > maxPayload) {
    return `the code has ${codeText.length} bytes, this glass takes ${maxPayload} (option maxPayload)`;
  }
  return codeTextRefusal(codeText);
}

function paintSteps(panel: Panel, frame: Frame, secondsLeft?: number): readonly Step[] {
  const { options } = panel;
  switch (frame.kind) {
    case 'idle':
      return blankSteps(panel);
    case 'scan':
      invariant(refusal(options, frame.codeText) === undefined, 'a code was painted that this glass refuses');
      return scanSteps(panel, frame, secondsLeft);
    case 'thanks':
      return [...textSteps(panel, frame), ...turnTo(panel, options.pages.paid)];
    default:
      return [
        ...write(panel, 'an empty code', options.vp.qr, END),
        ...textSteps(panel, frame),
        ...turnTo(panel, options.pages.pay),
      ];
  }
}

function aliveSteps(panel: Panel, frame: Frame): readonly Step[] {
  const { vp, pages, crc } = panel.options;
  if (frame.kind === 'idle') {
    const expect = (event: DeviceEvent): Verdict => (wordsIn(event)?.vp === PAGE_READ_VP ? 'yes' : 'ignore');
    return [ask(panel, 'current page', readFrame(PAGE_READ_VP, 1, crc), 11, expect)];
  }
  const page = pageShown(panel, frame.kind === 'thanks' ? pages.paid : pages.pay);
  return frame.kind === 'scan' ? [...readBack(panel, 'the code', vp.qr, codeContent(frame.codeText)), page] : [page];
}

/**
 * DWIN DGUS II panels and clones: variables in the panel's memory, each frame confirmed before the next; the code and the page are read
 * back and compared, which is what `verified` means here (display reference 5).
 */
export function createDgus2Driver(given: Dgus2Options): DisplayDriver {
  const options = { ...given, language: shownLanguage(given.language, given.charset) };
  const panel: Panel = { options, confirms: true };
  return {
    model: 'dgus2',
    language: options.language,
    can: {
      qr: 'native',
      centreIcon: false,
      markBeside: options.vp.line1 !== 0,
      longestCode: options.maxPayload,
      text: 'layout',
      canClear: true,
      confirmation: options.readBack ? 'verified' : 'acked',
    },
    defaultBaudRate: 115_200,
    parser: () => createDgus2Parser(options.crc),
    wake: () => wakeSteps(panel),
    paint: (frame, secondsLeft) => paintSteps(panel, frame, secondsLeft),
    timeLeft: (frame, secondsLeft) => textStep(panel, 'line2', frameText(frame, options.language, secondsLeft).line2),
    blank: () => blankSteps(panel),
    alive: (frame) => aliveSteps(panel, frame),
    meaning(event) {
      if (event.kind === 'ack') panel.confirms = true;
      return 'other';
    },
    symbol: dgusSymbol,
    refuses: (codeText) => refusal(options, codeText),
  };
}
