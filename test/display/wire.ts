import { BridgeError } from '#src/base/bridge-error.js';
import type { LinkListener, OpenLink } from '#src/display/link.js';

/** A line in memory between the product and a device that the test holds. */
export interface Wire {
  readonly open: OpenLink;
  /** From the device to the host; dropped while nobody has opened the line. */
  toHost(bytes: Uint8Array): void;
  /** Pulls the cable: an open line is lost, a new one cannot be opened. */
  unplug(): void;
  plug(): void;
  /** Pulls the cable after so many more bytes from the host, in the middle of an instruction if need be. */
  unplugAfter(bytes: number): void;
  /** Everything the host wrote over all connections. */
  written(): Buffer;
  opened(): number;
  /** Makes the next openings fail with this error until it is cleared. */
  refuse: BridgeError | undefined;
}

/** `device` gets the bytes of the host. */
export function createWire(device: (bytes: Uint8Array) => void): Wire {
  let plugged = true;
  let owner: LinkListener | undefined;
  let opened = 0;
  let left = Number.POSITIVE_INFINITY;
  const written: Buffer[] = [];
  const wire: Wire = {
    refuse: undefined,
    open: async (listener) => {
      if (wire.refuse !== undefined) throw wire.refuse;
      if (!plugged) throw new BridgeError('display.portMissing', 'The port is not there.');
      owner = listener;
      opened += 1;
      return {
        port: 'wire',
        msPerByte: 0,
        async write(bytes) {
          if (owner !== listener) throw new BridgeError('display.portLost', 'The port was lost.');
          const through = Buffer.from(bytes).subarray(0, left);
          left -= through.length;
          written.push(through);
          device(through);
          if (left > 0) return;
          wire.unplug();
          throw new BridgeError('display.portLost', 'The port was lost while writing.');
        },
        async close() {
          if (owner === listener) owner = undefined;
        },
      };
    },
    toHost: (bytes) => owner?.heard(bytes),
    unplug() {
      plugged = false;
      const lost = owner;
      owner = undefined;
      lost?.closed(new BridgeError('display.portLost', 'The port was unplugged.'));
    },
    plug() {
      plugged = true;
      left = Number.POSITIVE_INFINITY;
    },
    unplugAfter(bytes) {
      left = bytes;
    },
    written: () => Buffer.concat(written),
    opened: () => opened,
  };
  return wire;
}
