import type { Frame } from '#src/display/display-driver.js';
import type { DisplaySettings } from '#src/display/display-settings.js';
import { twoLines } from '#src/display/drivers/line2x20-words.js';
import { createDgus2Glass } from '#src/simulator/glass-emulators/dgus2-glass.js';
import { createEscposGlass } from '#src/simulator/glass-emulators/escpos-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createLine2x20Glass } from '#src/simulator/glass-emulators/line2x20-glass.js';
import { createMertechGlass } from '#src/simulator/glass-emulators/mertech-glass.js';
import { createNextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createQrLineGlass } from '#src/simulator/glass-emulators/qr-line-glass.js';

/** One kind of display as the soak plugs and unplugs it. */
export interface DisplayVariant {
  readonly name: string;
  readonly settings: Omit<DisplaySettings, 'port'> & { readonly baudRate: number };
  /** Silence of the bridge after opening, ms. */
  readonly bootDelayMs: number;
  /** How long the device itself is dark after power-on, ms. */
  readonly bootMs: number;
  /** How long a picture takes on line and paper, ms; 0 where that is next to nothing. */
  readonly slipMs: number;
  /** Paper keeps what is printed, a text display has no codes. */
  readonly kind: 'glass' | 'paper' | 'text';
  /** About what the host sends for one wish and a waking before it: cables are pulled within so many bytes. */
  readonly trafficBytes: number;
  /** A half line cannot be taken back on some devices: what its end shows may stand there so long, until the next screen is drawn, ms. */
  readonly flashMs: number;
  /** Bytes pass the emulator at once: the cable paces them. */
  glass(): GlassEmulator;
  /** Whether the glass shows this frame, as far as a payer is concerned. */
  shows(glass: GlassEmulator, frame: Frame): boolean;
}

type Common = Pick<DisplayVariant, 'bootDelayMs' | 'bootMs' | 'slipMs' | 'kind' | 'flashMs' | 'shows'>;

/** Nobody knows after which silence a device gives half a frame up: the worst is never. */
const FOR_EVER = Number.POSITIVE_INFINITY;

const codeOf = (frame: Frame) => (frame.kind === 'scan' ? frame.codeText : null);

const GLASS: Common = {
  bootDelayMs: 0,
  bootMs: 0,
  slipMs: 0,
  kind: 'glass',
  flashMs: 0,
  shows: (glass, frame) => glass.view().code === codeOf(frame),
};

function dgus2(crc: boolean): DisplayVariant {
  const bootMs = 300;
  return {
    ...GLASS,
    name: crc ? 'dgus2-crc' : 'dgus2',
    settings: { driver: 'dgus2', baudRate: 115_200, options: { crc } },
    bootMs,
    trafficBytes: 700,
    glass: () => createDgus2Glass({ paced: false, crc, bootMs, frameTimeoutMs: FOR_EVER }),
  };
}

function escpos(native: boolean): DisplayVariant {
  return {
    ...GLASS,
    name: native ? 'escpos-native' : 'escpos-picture',
    settings: { driver: 'escpos', baudRate: native ? 19_200 : 115_200, options: { native } },
    kind: 'paper',
    slipMs: native ? 300 : 1_000,
    trafficBytes: native ? 500 : 7_000,
    glass: () => createEscposGlass({ paced: false, native, msPerDot: 0.2 }),
    // What is printed stays; that nothing more is wanted shows in nothing more being printed.
    shows: (glass, frame) => frame.kind !== 'scan' || glass.view().code === frame.codeText,
  };
}

function line2x20(dialect: 'epson' | 'cd5220'): DisplayVariant {
  return {
    ...GLASS,
    name: `line2x20-${dialect}`,
    settings: { driver: 'line2x20', baudRate: 9_600, options: { dialect } },
    kind: 'text',
    trafficBytes: 120,
    glass: () => createLine2x20Glass({ paced: false, dialect }),
    shows(glass, frame) {
      const { top = '', bottom = '' } = glass.view().texts;
      if (frame.kind === 'idle') return top === '' && bottom === '';
      const [wantedTop, wantedBottom] = twoLines(frame, 'en');
      // The time left stands behind the words.
      const isBottom = frame.kind === 'scan' ? bottom.startsWith('SCAN ALIPAY+ QR ') : bottom.padEnd(20) === wantedBottom;
      return top === wantedTop && isBottom;
    },
  };
}

function bonrix(name: string, bootDelayMs: number, bootMs: number): DisplayVariant {
  return {
    ...GLASS,
    name,
    settings: { driver: 'qr-line', baudRate: 115_200, options: { preset: 'bonrix', bootDelayMs } },
    bootDelayMs,
    bootMs,
    trafficBytes: 250,
    // One line is one screen, and any line feed ends it. The driver sends two empty screens at once; each takes 40 ms to draw, on an idle machine.
    flashMs: 250,
    glass: () => createQrLineGlass({ paced: false, bootMs }),
  };
}

function diyJson(): DisplayVariant {
  const bootMs = 300;
  return {
    ...GLASS,
    name: 'qr-line-diy-json',
    settings: { driver: 'qr-line', baudRate: 115_200, options: { preset: 'diy-json', bootDelayMs: 0 } },
    bootMs,
    trafficBytes: 350,
    glass: () => createQrLineGlass({ paced: false, firmware: 'diy-json', bootMs }),
  };
}

/** Every driver and dialect that is soaked, all but one without a boot delay. */
export const DISPLAY_VARIANTS: readonly DisplayVariant[] = [
  {
    ...GLASS,
    name: 'mertech',
    settings: { driver: 'mertech', baudRate: 115_200 },
    trafficBytes: 180,
    glass: () => createMertechGlass({ paced: false, bootMs: 0, frameTimeoutMs: FOR_EVER }),
  },
  {
    ...GLASS,
    name: 'nextion',
    settings: { driver: 'nextion', baudRate: 38_400 },
    bootMs: 400,
    trafficBytes: 600,
    glass: () => createNextionGlass({ paced: false, bootMs: 400 }),
  },
  dgus2(false),
  dgus2(true),
  escpos(true),
  escpos(false),
  line2x20('epson'),
  line2x20('cd5220'),
  bonrix('qr-line-bonrix', 0, 0),
  bonrix('qr-line-bonrix-booting', 1_000, 900),
  diyJson(),
];
