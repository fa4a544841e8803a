import { instant } from '#src/base/clock.js';
import type { DisplaySettings } from '#src/display/display-settings.js';
import { LINE_DIALECTS } from '#src/display/drivers/line2x20-dialects.js';
import { twoLines } from '#src/display/drivers/line2x20-words.js';
import { frameWords } from '#src/display/frame-text.js';
import { codeMatrix } from '#src/display/order-code-image.js';
import type { Money } from '#src/payment/money.js';
import { createDgus2Glass } from '#src/simulator/glass-emulators/dgus2-glass.js';
import { createEscposGlass } from '#src/simulator/glass-emulators/escpos-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import type { GlassSegment } from '#src/simulator/glass-emulators/glass-history.js';
import { createLine2x20Glass } from '#src/simulator/glass-emulators/line2x20-glass.js';
import { createMertechGlass } from '#src/simulator/glass-emulators/mertech-glass.js';
import { createNextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createQrLineGlass } from '#src/simulator/glass-emulators/qr-line-glass.js';
import {
  bonrixSequence,
  dgus2Sequence,
  diyJsonSequence,
  escposNativeSequence,
  escposRasterSequence,
  line2x20Sequence,
  mertechSequence,
  nextionSequence,
  type ShortestSequence,
  type Shown,
} from './shortest-sequences.js';

/** One kind of display, with its device quick as light: only the line and the host take time. */
export interface GlassCase {
  readonly name: string;
  readonly settings: Omit<DisplaySettings, 'port' | 'baudRate'>;
  glass(baudRate: number): GlassEmulator;
  shortest(shown: Shown): ShortestSequence;
  /** Whether this is what a payer needs to pay: the whole code, or on a text display both lines. */
  isComplete(segment: GlassSegment, code: string, amount: Money): boolean;
  /** The word of the device's record for the moment of completion, where it comes before the glass can be judged. */
  readonly doneWord?: string;
}

const MODULE_DOTS = 6;
const showsCode = ({ code }: GlassSegment, wanted: string) => code === wanted;

function dgus2(crc: boolean): GlassCase {
  const interFrameMs = 20;
  return {
    name: crc ? 'dgus2, checksums' : 'dgus2',
    settings: { driver: 'dgus2', options: { crc, interFrameMs } },
    glass: (baudRate) => createDgus2Glass({ baudRate, crc, pageMs: 0 }),
    shortest: (shown) => dgus2Sequence(shown, crc, interFrameMs),
    isComplete: showsCode,
  };
}

function qrLine(preset: 'bonrix' | 'diy-json'): GlassCase {
  return {
    name: `qr-line, ${preset}`,
    settings: { driver: 'qr-line', options: { preset, bootDelayMs: 0 } },
    glass: (baudRate) => createQrLineGlass({ baudRate, firmware: preset, drawMs: 0 }),
    shortest: preset === 'bonrix' ? bonrixSequence : diyJsonSequence,
    isComplete: showsCode,
  };
}

function escpos(native: boolean): GlassCase {
  const dotsOf = (code: string) => (codeMatrix(code, 'Q')?.size ?? 0) * MODULE_DOTS;
  return {
    name: native ? 'escpos, native' : 'escpos, picture',
    settings: { driver: 'escpos', options: { native, moduleDots: MODULE_DOTS } },
    glass: (baudRate) => createEscposGlass({ baudRate, native, msPerDot: 0 }),
    shortest: (shown) => (native ? escposNativeSequence(shown) : escposRasterSequence(shown, dotsOf(shown.code))),
    isComplete: showsCode,
    // A camera can judge a slip only once it is cut.
    ...(native ? {} : { doneWord: 'picture' }),
  };
}

function line2x20(dialect: (typeof LINE_DIALECTS)[number]): GlassCase {
  return {
    name: `line2x20, ${dialect}`,
    settings: { driver: 'line2x20', options: { dialect } },
    glass: (baudRate) => createLine2x20Glass({ baudRate, dialect }),
    shortest: () => line2x20Sequence(dialect),
    isComplete({ texts }, codeText, amount) {
      const [top] = twoLines({ kind: 'scan', codeText, amount, expiresAt: instant(0) }, 'en');
      // The time left stands behind the words, all of it or none.
      return texts['top'] === top && /^SCAN ALIPAY\+ QR (CODE|\d:\d\d)$/.test(texts['bottom'] ?? '');
    },
  };
}

/** The words that stand beside a code. */
export const WORDS = frameWords('scan', 'en')[0];

/** Every driver and dialect that the bench measures. */
export const GLASS_CASES: readonly GlassCase[] = [
  {
    name: 'mertech',
    settings: { driver: 'mertech' },
    glass: (baudRate) => createMertechGlass({ baudRate, drawMs: 0 }),
    shortest: mertechSequence,
    isComplete: showsCode,
  },
  {
    name: 'nextion',
    settings: { driver: 'nextion' },
    glass: (baudRate) => createNextionGlass({ baudRate, drawMs: { page: 0, qr: 0, text: 0 } }),
    shortest: nextionSequence,
    isComplete: showsCode,
  },
  dgus2(false),
  dgus2(true),
  escpos(true),
  escpos(false),
  ...LINE_DIALECTS.map(line2x20),
  qrLine('bonrix'),
  qrLine('diy-json'),
];
