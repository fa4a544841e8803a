import type { Clock } from '../base/clock.js';
import type { DisplayDriver } from './display-driver.js';
import { createDgus2Driver } from './drivers/dgus2.js';
import { dgus2Options } from './drivers/dgus2-options.js';
import { createEscposDriver } from './drivers/escpos.js';
import { escposOptions } from './drivers/escpos-options.js';
import { createLine2x20Driver, line2x20Options } from './drivers/line2x20.js';
import { createMertechDriver } from './drivers/mertech.js';
import { createNextionDriver } from './drivers/nextion.js';
import { nextionOptions } from './drivers/nextion-options.js';
import { createQrLineDriver } from './drivers/qr-line.js';
import { createVirtualGlass, type VirtualGlass } from './drivers/virtual-glass.js';
import type { OpenLink } from './link.js';
import type { CodeLevel } from './order-code-image.js';
import { type PortName, portText } from './port-name.js';
import { createLine } from './serial-line.js';

/** Options that every driver takes, beside its own. */
export interface CommonOptions {
  readonly ecc?: CodeLevel | undefined;
  /** Silence after opening, ms: many boards restart when their port is opened. */
  readonly bootDelayMs?: number | undefined;
  readonly dtr?: boolean | undefined;
  readonly rts?: boolean | undefined;
  readonly language?: string | undefined;
  readonly screenMm?: number | undefined;
}

/** One display of a lane as the configuration gives it; checked there. */
export interface DisplaySettings {
  readonly driver: string;
  /** Absent for `virtual`. */
  readonly port?: PortName | undefined;
  readonly baudRate?: number | undefined;
  readonly options?: (CommonOptions & Readonly<Record<string, unknown>>) | undefined;
}

/** Everything a lane needs to keep one glass right. */
export interface Surface {
  readonly driver: DisplayDriver;
  /** As configured, for people. */
  readonly port: string;
  readonly bootDelayMs: number;
  readonly open: OpenLink;
  /** The picture itself, for a display that has no hardware. */
  readonly virtual: VirtualGlass | null;
}

type Refused = { readonly refused: string };
type DriverMaker = (settings: DisplaySettings) => DisplayDriver | Refused;

/** Drivers behind a line. A new one is one more row. */
const DRIVERS: Readonly<Record<string, DriverMaker>> = {
  mertech: createMertechDriver,
  nextion(settings) {
    const options = nextionOptions(settings.options ?? {}, settings.baudRate);
    return 'refused' in options ? options : createNextionDriver(options);
  },
  dgus2(settings) {
    const options = dgus2Options(settings.options ?? {}, settings.baudRate);
    return 'refused' in options ? options : createDgus2Driver(options);
  },
  escpos(settings) {
    const options = escposOptions(settings.options ?? {});
    return 'refused' in options ? options : createEscposDriver(options);
  },
  line2x20(settings) {
    const options = line2x20Options(settings.options ?? {});
    return 'refused' in options ? options : createLine2x20Driver(options);
  },
  'qr-line': (settings) => createQrLineDriver(settings.options ?? {}),
};

const DRIVER_NAMES: readonly string[] = [...Object.keys(DRIVERS), 'virtual'];

function driverFor(settings: DisplaySettings): DisplayDriver | Refused {
  const make = Object.hasOwn(DRIVERS, settings.driver) ? DRIVERS[settings.driver] : undefined;
  if (make !== undefined) return make(settings);
  return { refused: `There is no display driver "${settings.driver}"; use one of: ${DRIVER_NAMES.join(', ')}.` };
}

/** Joins driver and line as configured, or says why that cannot be, as a sentence for the technician. Nothing is opened yet. */
export function surfaceFor(settings: DisplaySettings, clock: Clock): Surface | Refused {
  if (settings.driver === 'virtual') {
    const virtual = createVirtualGlass(clock);
    const bootDelayMs = settings.options?.bootDelayMs ?? 0;
    return { driver: virtual.driver, port: 'virtual', bootDelayMs, open: virtual.open, virtual };
  }
  const driver = driverFor(settings);
  if ('refused' in driver) return driver;
  if (settings.port === undefined) return { refused: `The display driver ${settings.driver} needs a port.` };
  const line = {
    port: settings.port,
    baudRate: settings.baudRate ?? driver.defaultBaudRate,
    flow: driver.flow,
    dtr: settings.options?.dtr,
    rts: settings.options?.rts,
  };
  const bootDelayMs = settings.options?.bootDelayMs ?? driver.usualBootDelayMs ?? 0;
  return { driver, port: portText(settings.port), bootDelayMs, open: createLine(line, clock), virtual: null };
}
