import assert from 'node:assert/strict';
import type { Clock } from '#src/base/clock.js';
import type { DisplayDriver } from '#src/display/display-driver.js';
import { createDgus2Driver } from '#src/display/drivers/dgus2.js';
import { DGUS2_DEFAULTS } from '#src/display/drivers/dgus2-options.js';
import { createEscposDriver } from '#src/display/drivers/escpos.js';
import { ESCPOS_DEFAULTS } from '#src/display/drivers/escpos-options.js';
import { createMertechDriver } from '#src/display/drivers/mertech.js';
import { createNextionDriver, NEXTION_DEFAULTS } from '#src/display/drivers/nextion.js';
import { createQrLineDriver } from '#src/display/drivers/qr-line.js';
import { createDgus2Glass } from '#src/simulator/glass-emulators/dgus2-glass.js';
import { createEscposGlass } from '#src/simulator/glass-emulators/escpos-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createMertechGlass } from '#src/simulator/glass-emulators/mertech-glass.js';
import { createNextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createQrLineGlass } from '#src/simulator/glass-emulators/qr-line-glass.js';
import { type TestIcon, testIcon } from '../../support/test-icon.js';

/** A driver and the device it talks to. */
export interface Surface {
  readonly name: string;
  readonly driver: DisplayDriver;
  /** How long the device takes to start, ms. */
  readonly bootMs: number;
  glass(clock: Clock): GlassEmulator;
}

const BOOT_MS = 300;

function qrLine(preset: 'bonrix' | 'diy-json'): Surface {
  const driver = createQrLineDriver({ preset });
  assert.ok(!('refused' in driver));
  return {
    name: `qr-line, ${preset}`,
    driver,
    bootMs: BOOT_MS,
    glass: (clock) => createQrLineGlass({ clock, paced: false, drawMs: 0, bootMs: BOOT_MS, firmware: preset }),
  };
}

function printer(native: boolean, icon?: TestIcon): Surface {
  const picture = icon === undefined ? 'paper, sent as a picture' : 'paper, sent as a picture with an icon';
  const drawnIcon = icon === undefined ? undefined : testIcon(icon);
  return {
    name: native ? 'paper, drawn by the printer' : picture,
    driver: createEscposDriver({ ...ESCPOS_DEFAULTS, native, columns: 32, moduleDots: 4 }, drawnIcon),
    bootMs: 0,
    glass: (clock) => createEscposGlass({ clock, paced: false, msPerDot: 0, native, columns: 32 }),
  };
}

/** Every kind of device that can show a code, quick to draw, bytes passing at once. */
export function codeSurfaces(): readonly Surface[] {
  return [
    {
      name: 'nextion',
      driver: createNextionDriver(NEXTION_DEFAULTS),
      bootMs: BOOT_MS,
      glass: (clock) => createNextionGlass({ clock, paced: false, bootMs: BOOT_MS, drawMs: { page: 0, qr: 0, text: 0 } }),
    },
    {
      name: 'mertech',
      driver: createMertechDriver(),
      bootMs: BOOT_MS,
      glass: (clock) => createMertechGlass({ clock, paced: false, bootMs: BOOT_MS, drawMs: 0 }),
    },
    {
      name: 'dgus2',
      driver: createDgus2Driver({ ...DGUS2_DEFAULTS, maxPayload: 458 }),
      bootMs: BOOT_MS,
      glass: (clock) => createDgus2Glass({ clock, paced: false, bootMs: BOOT_MS, pageMs: 0 }),
    },
    {
      name: 'dgus2, with checksums, confirming no writes',
      driver: createDgus2Driver({ ...DGUS2_DEFAULTS, maxPayload: 458, crc: true }),
      bootMs: BOOT_MS,
      glass: (clock) => createDgus2Glass({ clock, paced: false, bootMs: BOOT_MS, pageMs: 0, crc: true, acks: false }),
    },
    qrLine('bonrix'),
    qrLine('diy-json'),
    printer(true),
    printer(false),
    printer(false, 'plus'),
  ];
}
