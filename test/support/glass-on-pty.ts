import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createNextionGlass, type NextionGlass, type NextionGlassOptions } from '#src/simulator/glass-emulators/nextion-glass.js';
import type { HangUp } from '#src/simulator/glass-emulators/pseudo-terminal.js';
import { keepReceived, type Pty } from './pty.js';

/** An emulated display whose line is a pseudo-terminal, as a display on a USB adapter would be. */
export interface GlassOnPty<Glass extends GlassEmulator = NextionGlass> {
  readonly glass: Glass;
  readonly pty: Pty;
  /** Pulls the plug; the display loses its power unless `keepsPower`. */
  unplug(options?: HangUp & { keepsPower?: boolean }): Promise<void>;
  /** Plugs it in again, under the same link or another one; the display boots if it had lost its power. */
  plug(link?: string): Promise<string>;
  close(): Promise<void>;
}

/** Puts a display at the end of a pty under `link`. The line hears the host's baud rate, so a wrong one gives noise in both directions. */
export async function onPty<Glass extends GlassEmulator>(glass: Glass, link?: string): Promise<GlassOnPty<Glass>> {
  const pty = keepReceived(await glass.attachPty(link));
  return {
    glass,
    pty,
    async unplug({ keepsPower = false, abrupt = false } = {}) {
      await pty.unplug({ abrupt });
      if (!keepsPower) glass.power(false);
    },
    async plug(newLink) {
      const path = await pty.plug(newLink);
      glass.power(true);
      return path;
    },
    close: () => glass.stop(),
  };
}

/** A Nextion emulator on a pty. */
export function openGlassOnPty({ link, ...options }: NextionGlassOptions & { readonly link?: string } = {}): Promise<GlassOnPty> {
  return onPty(createNextionGlass(options), link);
}
