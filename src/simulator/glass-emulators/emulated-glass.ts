import type { Clock } from '../../base/clock.js';
import { createDgus2Glass, type Dgus2Control } from './dgus2-glass.js';
import type { PrinterFonts } from './escpos-font.js';
import { createEscposGlass } from './escpos-glass.js';
import type { GlassEmulator } from './glass-body.js';
import { type GivenOptions, type OptionKinds, takeOptions } from './glass-options.js';
import { createLine2x20Glass } from './line2x20-glass.js';
import { createMertechGlass } from './mertech-glass.js';
import { createNextionGlass } from './nextion-glass.js';
import { nextionProjectFor } from './nextion-project.js';
import { createQrLineGlass } from './qr-line-glass.js';

/** Which glass, and how the display behind it is set up. */
export interface GlassOrder {
  readonly clock?: Clock;
  /** The device's own speed; left out: the usual one of its kind. */
  readonly baudRate?: number | undefined;
  /** False lets bytes pass at once; default true. */
  readonly paced?: boolean;
  /**
   * The options of the display as they stand in the configuration (till API contract 2), and what only the device knows of itself
   * (`glassOptions`); what is missing is as usual.
   */
  readonly options?: GivenOptions | undefined;
}

type Setting = Omit<GlassOrder, 'options'>;

function numberOf(table: GivenOptions | undefined, name: string, usual: number): number {
  const value = table?.[name];
  return typeof value === 'number' ? value : usual;
}

/** A printer that was bought for the charset it is configured for. */
function fontsFor({ charset, codePage }: GivenOptions): PrinterFonts {
  if (charset === 'gb18030' || charset === 'cp949') return { pairs: charset };
  return typeof codePage === 'number' ? { pages: { [codePage]: String(charset) } } : {};
}

/** A panel project with its controls where the options say they are. */
function dgus2Controls(
  vp: GivenOptions | undefined,
  pages: GivenOptions | undefined,
): { readonly controls: readonly Dgus2Control[]; readonly pages: number } {
  const [idle, pay, paid] = [numberOf(pages, 'idle', 0), numberOf(pages, 'pay', 1), numberOf(pages, 'paid', 2)];
  const text = (name: string, usual: number) => ({
    name,
    kind: 'text' as const,
    vp: numberOf(vp, name, usual),
    pages: [idle, pay, paid],
  });
  return {
    pages: Math.max(idle, pay, paid) + 1,
    controls: [
      { name: 'qr', kind: 'qr', vp: numberOf(vp, 'qr', 0x1000), pages: [pay] },
      ...[text('amount', 0x2000), text('line1', 0x2100), text('line2', 0x2200)].filter((one) => one.vp !== 0),
    ],
  };
}

const QR_LEVELS = ['L', 'M', 'Q', 'H'] as const;
/** Dark or deaf after power-on, ms. */
const BOOT = { bootMs: 'number' } as const;
const MERTECH = { ...BOOT, drawMs: 'number', qrLevel: QR_LEVELS, frameTimeoutMs: 'number' } as const;
const NEXTION_DEVICE = {
  ...BOOT,
  qrLevel: QR_LEVELS,
  oldFirmware: 'flag',
  panel: 'text',
  charset: ['ascii', 'utf-8', 'gb18030', 'cp949', 'cp874'],
} as const;
const DGUS2_DEVICE = {
  ...BOOT,
  crc: 'flag',
  acks: 'flag',
  unitPixels: 'number',
  pageMs: 'number',
  frameTimeoutMs: 'number',
  charset: ['ascii', 'gb18030', 'utf-16be'],
} as const;
const ESCPOS_DEVICE = {
  ...BOOT,
  columns: 'number',
  native: 'flag',
  tellsSize: 'flag',
  bufferBytes: 'number',
  msPerDot: 'number',
  largestModule: 'number',
  autoStatus: 'flag',
} as const;
const LINE2X20 = { ...BOOT, dialect: ['epson', 'cd5220', 'logic', 'aedex', 'dsp800'], greeting: 'text' } as const;
const QR_LINE_DEVICE = {
  ...BOOT,
  lineBytes: 'number',
  pileBytes: 'number',
  drawMs: 'number',
  echo: 'flag',
  qrLevel: QR_LEVELS,
} as const;

/** A kind of display that can be emulated: what it lets be set up, and how it is built. */
interface GlassKind {
  readonly options: OptionKinds;
  /** Those that the configuration of the bridge has to name as well. */
  readonly configured: readonly string[];
  make(order: Setting, options: GivenOptions): GlassEmulator;
}

/** Every kind of display that can be emulated, by the name of its driver. A new one is one more row. */
const GLASSES: Readonly<Record<string, GlassKind>> = {
  mertech: {
    options: MERTECH,
    configured: [],
    make: (order, options) => createMertechGlass({ ...order, ...takeOptions(options, MERTECH) }),
  },
  nextion: {
    options: { ...NEXTION_DEVICE, pages: 'table', components: 'table', textMax: 'number' },
    configured: ['pages', 'components', 'textMax', 'charset'],
    make(order, options) {
      const { panel, ...device } = takeOptions(options, NEXTION_DEVICE);
      return createNextionGlass({ ...order, ...device, model: panel, project: nextionProjectFor(options) });
    },
  },
  dgus2: {
    options: { ...DGUS2_DEVICE, vp: 'table', pages: 'table' },
    configured: ['crc', 'vp', 'pages', 'charset'],
    make(order, options) {
      const { vp, pages } = takeOptions(options, { vp: 'table', pages: 'table' });
      return createDgus2Glass({ ...order, ...takeOptions(options, DGUS2_DEVICE), ...dgus2Controls(vp, pages) });
    },
  },
  escpos: {
    options: {
      ...ESCPOS_DEVICE,
      flow: ['none', 'xonxoff', 'rtscts'],
      charset: ['ascii', 'gb18030', 'cp949', 'cp874'],
      codePage: 'number',
    },
    configured: ['columns', 'native', 'flow', 'charset', 'codePage'],
    make: (order, options) =>
      createEscposGlass({
        ...order,
        ...takeOptions(options, ESCPOS_DEVICE),
        xonXoff: options['flow'] === 'xonxoff',
        fonts: fontsFor(options),
      }),
  },
  line2x20: {
    options: LINE2X20,
    configured: ['dialect'],
    make: (order, options) => createLine2x20Glass({ ...order, ...takeOptions(options, LINE2X20) }),
  },
  'qr-line': {
    options: { ...QR_LINE_DEVICE, preset: ['bonrix', 'diy-json'], charset: ['ascii', 'unicode'] },
    configured: ['preset', 'charset'],
    make: (order, options) =>
      createQrLineGlass({
        ...order,
        ...takeOptions(options, QR_LINE_DEVICE),
        firmware: options['preset'] === 'diy-json' ? 'diy-json' : 'bonrix',
      }),
  },
};

/** The drivers that there is an emulated glass for. */
export const EMULATED_DRIVERS: readonly string[] = Object.keys(GLASSES);

/** What can be set up of the device behind a driver: options of the configuration that it has to know, and properties of its own. */
export function glassOptions(driver: string): OptionKinds | undefined {
  return Object.hasOwn(GLASSES, driver) ? GLASSES[driver]?.options : undefined;
}

/** Those of the options that the configuration of the bridge has to name as well. */
export function configuredOptions(driver: string, options: GivenOptions): GivenOptions {
  const names = Object.hasOwn(GLASSES, driver) ? (GLASSES[driver]?.configured ?? []) : [];
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}

/** An emulated display, powered and started, as the options of its driver describe it; undefined where there is none of that kind. */
export function createEmulatedGlass(driver: string, { options = {}, ...order }: GlassOrder = {}): GlassEmulator | undefined {
  return Object.hasOwn(GLASSES, driver) ? GLASSES[driver]?.make(order, options) : undefined;
}
