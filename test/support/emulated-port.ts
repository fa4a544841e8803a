import { BridgeError } from '#src/base/bridge-error.js';
import type { LinkListener, OpenLink } from '#src/display/link.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { heardAtSpeed } from '#src/simulator/glass-emulators/line-speed.js';

/** A serial port in memory with an emulated display at its end; the wrong speed gives noise in both directions. */
export interface EmulatedPort {
  openAt(baudRate: number): OpenLink;
  /** Everything that was sent, speed by speed, in order. */
  readonly sent: { readonly baudRate: number; readonly bytes: Buffer }[];
  /** The next openings fail with it. */
  refuse: BridgeError | undefined;
  opened(): number;
}

export function createEmulatedPort(glass: GlassEmulator): EmulatedPort {
  let owner: { readonly listener: LinkListener; readonly baudRate: number } | undefined;
  let opened = 0;
  glass.onBytes((bytes) => {
    if (owner === undefined) return;
    owner.listener.heard(heardAtSpeed(bytes, glass.baudRate(), owner.baudRate));
  });
  const port: EmulatedPort = {
    sent: [],
    refuse: undefined,
    opened: () => opened,
    openAt: (baudRate) => async (listener) => {
      if (port.refuse !== undefined) throw port.refuse;
      if (owner !== undefined) throw new BridgeError('display.portBusy', 'opened twice');
      const mine = { listener, baudRate };
      owner = mine;
      opened += 1;
      return {
        port: '/dev/ttyUSB0',
        msPerByte: 10_000 / baudRate,
        async write(bytes) {
          port.sent.push({ baudRate, bytes: Buffer.from(bytes) });
          glass.receive(bytes, baudRate);
        },
        async close() {
          if (owner === mine) owner = undefined;
        },
      };
    },
  };
  return port;
}
