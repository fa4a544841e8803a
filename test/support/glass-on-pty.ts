import { createNextionGlass, type NextionGlass, type NextionGlassOptions } from '#src/simulator/glass-emulators/nextion-glass.js';
import { openPty, type Pty } from './pty.js';

/** A Nextion emulator whose line is a pseudo-terminal, as a display on a USB adapter would be. */
export interface GlassOnPty {
  readonly glass: NextionGlass;
  readonly pty: Pty;
  /** Pulls the plug; the display loses its power unless `keepsPower`. */
  unplug(options?: { keepsPower?: boolean }): Promise<void>;
  /** Plugs it in again, under the same link or another one; the display boots if it had lost its power. */
  plug(link?: string): Promise<string>;
  close(): Promise<void>;
}

/** Opens a pty under `link` and puts a display at its end. The line hears the host's baud rate, so a wrong one gives noise. */
export async function openGlassOnPty(options: NextionGlassOptions & { readonly link?: string } = {}): Promise<GlassOnPty> {
  const { link, ...glassOptions } = options;
  const pty = await openPty(link === undefined ? {} : { link });
  const glass = createNextionGlass(glassOptions);
  pty.onBytes((bytes, baudRate) => glass.receive(bytes, baudRate));
  glass.onBytes((bytes) => pty.write(bytes));
  return {
    glass,
    pty,
    async unplug({ keepsPower = false } = {}) {
      await pty.unplug();
      if (!keepsPower) glass.power(false);
    },
    async plug(newLink) {
      const path = await pty.plug(newLink);
      glass.power(true);
      return path;
    },
    async close() {
      await glass.stop();
      await pty.close();
    },
  };
}
