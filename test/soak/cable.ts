import { realpathSync } from 'node:fs';
import { systemClock } from '#src/base/clock.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createPacedLine } from '#src/simulator/glass-emulators/paced-line.js';
import { openPty } from '../support/pty.js';

/** How a cable is pulled. */
export interface Pull {
  /** The far end is just gone, without a hang-up that serialport is sure to notice. */
  readonly abrupt: boolean;
  /** The device loses its power, and with it its picture. */
  readonly losesPower: boolean;
}

/** The cable between a serial port and an emulated display: it paces both directions and can be cut at any byte. */
export interface Cable {
  isPlugged(): boolean;
  /** The name that the kernel gave the port last. */
  portName(): string;
  pull(how: Pull): Promise<void>;
  /** Pulls it once exactly so many more bytes of the host have reached the device; gives how to take that back. */
  pullAfter(bytes: number, how: Pull, pulled: () => void): () => void;
  plug(): Promise<void>;
  close(): Promise<void>;
}

/** Runs a cable from a pseudo-terminal under `link` to `glass`, which must let bytes pass at once. */
export async function runCable(glass: GlassEmulator, link: string, baudRate: number): Promise<Cable> {
  const pty = await openPty({ link });
  const stop = new AbortController();
  let plugged = true;
  let cut: { left: number; readonly how: Pull; readonly pulled: () => void } | undefined;
  const toDevice = createPacedLine(systemClock, () => baudRate, arrive, stop.signal);
  const toHost = createPacedLine(
    systemClock,
    () => baudRate,
    (bytes) => plugged && pty.write(bytes),
    stop.signal,
  );

  function arrive(bytes: Buffer): void {
    if (!plugged) return;
    const through = cut === undefined ? bytes : bytes.subarray(0, cut.left);
    glass.receive(through);
    if (cut === undefined) return;
    cut.left -= through.length;
    if (cut.left > 0) return;
    const { how, pulled } = cut;
    void pull(how).then(pulled);
  }

  async function pull({ abrupt, losesPower }: Pull): Promise<void> {
    cut = undefined;
    if (!plugged) return;
    plugged = false;
    toDevice.clear();
    toHost.clear();
    if (losesPower) glass.power(false);
    await pty.unplug({ abrupt });
  }

  pty.onBytes((bytes) => plugged && toDevice.push(bytes));
  glass.onBytes((bytes) => plugged && toHost.push(bytes));
  let name = realpathSync(link);
  return {
    isPlugged: () => plugged,
    portName: () => name,
    pull,
    pullAfter(bytes, how, pulled) {
      const mine = { left: bytes, how, pulled };
      cut = mine;
      return () => {
        if (cut === mine) cut = undefined;
      };
    },
    async plug() {
      plugged = true;
      glass.power(true);
      await pty.plug();
      // It may have been pulled again already, by whoever waited for the port to be opened.
      if (plugged) name = realpathSync(link);
    },
    async close() {
      stop.abort();
      await pty.close();
    },
  };
}
