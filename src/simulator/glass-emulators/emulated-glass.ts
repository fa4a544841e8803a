import type { Clock } from '../../base/clock.js';
import { createDgus2Glass, type Dgus2Control } from './dgus2-glass.js';
import { createEscposGlass } from './escpos-glass.js';
import type { GlassEmulator } from './glass-body.js';
import { createLine2x20Glass, type Line2x20GlassOptions } from './line2x20-glass.js';
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
  /** The options of the display as they stand in the configuration (till API contract 2); what is missing is as usual. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

type Maker = (order: Omit<GlassOrder, 'options'> & { readonly baudRate?: number }, options: Given) => GlassEmulator;
type Given = Readonly<Record<string, unknown>>;

function table(value: unknown): Given {
  return typeof value === 'object' && value !== null ? (value as Given) : {};
}

function numberOf(value: unknown, usual: number): number {
  return typeof value === 'number' ? value : usual;
}

/** A panel project with its controls where the options say they are. */
function dgus2Controls(options: Given): { readonly controls: readonly Dgus2Control[]; readonly pages: number } {
  const vp = table(options['vp']);
  const pages = table(options['pages']);
  const [idle, pay, paid] = [numberOf(pages['idle'], 0), numberOf(pages['pay'], 1), numberOf(pages['paid'], 2)];
  const text = (name: string, usual: number) => ({
    name,
    kind: 'text' as const,
    vp: numberOf(vp[name], usual),
    pages: [idle, pay, paid],
  });
  return {
    pages: Math.max(idle, pay, paid) + 1,
    controls: [
      { name: 'qr', kind: 'qr', vp: numberOf(vp['qr'], 0x1000), pages: [pay] },
      ...[text('amount', 0x2000), text('line1', 0x2100), text('line2', 0x2200)].filter((one) => one.vp !== 0),
    ],
  };
}

/** Every kind of display that can be emulated, by the name of its driver. A new one is one more row. */
const GLASSES: Readonly<Record<string, Maker>> = {
  mertech: (order) => createMertechGlass(order),
  nextion: (order, options) => createNextionGlass({ ...order, project: nextionProjectFor(options) }),
  dgus2: (order, options) => createDgus2Glass({ ...order, ...dgus2Controls(options), crc: options['crc'] === true }),
  escpos: (order, options) =>
    createEscposGlass({
      ...order,
      columns: numberOf(options['columns'], 42),
      xonXoff: options['flow'] === 'xonxoff',
      native: options['native'] !== false,
    }),
  line2x20: (order, options) =>
    createLine2x20Glass({ ...order, dialect: (options['dialect'] ?? 'epson') as NonNullable<Line2x20GlassOptions['dialect']> }),
  'qr-line': (order, options) =>
    createQrLineGlass({ ...order, firmware: options['preset'] === 'diy-json' ? 'diy-json' : 'bonrix' }),
};

/** The drivers that there is an emulated glass for. */
export const EMULATED_DRIVERS: readonly string[] = Object.keys(GLASSES);

/** An emulated display, powered and started, as the options of its driver describe it; undefined where there is none of that kind. */
export function createEmulatedGlass(
  driver: string,
  { options = {}, baudRate, ...rest }: GlassOrder = {},
): GlassEmulator | undefined {
  const make = Object.hasOwn(GLASSES, driver) ? GLASSES[driver] : undefined;
  return make?.({ ...rest, ...(baudRate === undefined ? {} : { baudRate }) }, options);
}
