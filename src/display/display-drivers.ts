import type { CodeIcon } from './code-icon.js';
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

/** What a driver is made of. */
export interface DriverSettings {
  readonly driver: string;
  readonly baudRate?: number | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** Why no driver can be made of its options: a sentence that begins with the option where one is to blame, as in `vp.qr must be …`. */
export type RefusedOptions = { readonly refused: string };
type DriverMaker = (settings: DriverSettings, icon: CodeIcon | undefined) => DisplayDriver | RefusedOptions;

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
  escpos(settings, icon) {
    const options = escposOptions(settings.options ?? {});
    return 'refused' in options ? options : createEscposDriver(options, icon);
  },
  line2x20(settings) {
    const options = line2x20Options(settings.options ?? {});
    return 'refused' in options ? options : createLine2x20Driver(options);
  },
  'qr-line': (settings) => createQrLineDriver(settings.options ?? {}),
};

const DRIVER_NAMES: readonly string[] = [...Object.keys(DRIVERS), 'virtual'];

/** Makes the driver behind a line, or says why that cannot be. Pure. */
export function driverFor(settings: DriverSettings, icon: CodeIcon | undefined): DisplayDriver | RefusedOptions {
  const make = Object.hasOwn(DRIVERS, settings.driver) ? DRIVERS[settings.driver] : undefined;
  if (make === undefined)
    return { refused: `There is no display driver "${settings.driver}"; use one of: ${DRIVER_NAMES.join(', ')}.` };
  const driver = make(settings, icon);
  const isForeign = !('refused' in driver) && icon !== undefined && !driver.can.centreIcon;
  return isForeign ? { refused: 'This display draws the code itself, so no icon can stand in it.' } : driver;
}
