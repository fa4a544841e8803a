import { invariant } from '../base/assert.js';
import type { Clock } from '../base/clock.js';
import { readIcon } from './code-icon.js';
import type { DisplayDriver, LineFlow } from './display-driver.js';
import { driverFor, type RefusedOptions } from './display-drivers.js';
import { createVirtualGlass, type VirtualGlass } from './drivers/virtual-glass.js';
import type { OpenLink } from './link.js';
import type { CodeLevel } from './order-code-image.js';
import { type PortName, portText } from './port-name.js';
import { createLine } from './serial-line.js';
import { tooSmallToScan } from './symbol-facts.js';

/** Options that every driver takes, beside its own. */
export interface CommonOptions {
  readonly ecc?: CodeLevel | undefined;
  /** Silence after opening, ms: many boards restart when their port is opened. */
  readonly bootDelayMs?: number | undefined;
  readonly dtr?: boolean | undefined;
  readonly rts?: boolean | undefined;
  readonly language?: string | undefined;
  /** PNG file for the middle of the symbol; only where the bridge draws it. */
  readonly icon?: string | undefined;
  /** Width of the visible area, mm and pixels. */
  readonly screenMm?: number | undefined;
  readonly screenPx?: number | undefined;
  /** Side of the square that the code may fill with its margin, pixels. */
  readonly codePx?: number | undefined;
  /** Pixels a module, where the display's own project fixes them. */
  readonly modulePx?: number | undefined;
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

/** The line of a display at a speed of one's own choice, without flow control unless it is named; only for displays with a port. */
export function lineAt({ port, options }: DisplaySettings, baudRate: number, clock: Clock, flow?: LineFlow): OpenLink {
  invariant(port !== undefined, 'a display without a port has no line');
  return createLine({ port, baudRate, flow, dtr: options?.dtr, rts: options?.rts }, clock);
}

/** The same driver, refusing codes as well that nobody could scan at their size on this display; asked often, so the last answer is kept. */
function refusingTooSmall(driver: DisplayDriver, settings: DisplaySettings): DisplayDriver {
  let last: { readonly codeText: string; readonly refusal: string | undefined } | undefined;
  return {
    ...driver,
    refuses(codeText) {
      if (last?.codeText !== codeText) {
        last = { codeText, refusal: driver.refuses(codeText) ?? tooSmallToScan(driver, settings, codeText) };
      }
      return last.refusal;
    },
  };
}

/** Joins driver and line as configured, or says why that cannot be, as a sentence for the technician. Nothing is opened yet. */
export function surfaceFor(settings: DisplaySettings, clock: Clock): Surface | RefusedOptions {
  const file = settings.options?.icon;
  const icon = file === undefined ? undefined : readIcon(file);
  if (icon !== undefined && 'refused' in icon) return { refused: `The icon ${file} ${icon.refused}.` };
  if (settings.driver === 'virtual') {
    const { ecc, language, modulePx, bootDelayMs = 0 } = settings.options ?? {};
    const virtual = createVirtualGlass(clock, { ecc, language, modulePx, icon });
    return { driver: refusingTooSmall(virtual.driver, settings), port: 'virtual', bootDelayMs, open: virtual.open, virtual };
  }
  const driver = driverFor(settings, icon);
  if ('refused' in driver) return driver;
  if (settings.port === undefined) return { refused: `The display driver ${settings.driver} needs a port.` };
  const bootDelayMs = settings.options?.bootDelayMs ?? driver.usualBootDelayMs ?? 0;
  return {
    driver: refusingTooSmall(driver, settings),
    port: portText(settings.port),
    bootDelayMs,
    open: lineAt(settings, settings.baudRate ?? driver.defaultBaudRate, clock, driver.flow),
    virtual: null,
  };
}
