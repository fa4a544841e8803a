import { createServer, type Socket } from 'node:net';
import { heardAtSpeed } from './line-speed.js';
import { openPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.js';

/** The device's end of a line, whatever carries it. */
export interface DeviceEnd {
  /** Bytes from the host. `hostBaudRate`, where the line can tell it: another rate than the device's turns them into noise. */
  receive(bytes: Uint8Array, hostBaudRate?: number): void;
  /** Bits per second at which the device's end runs now. */
  baudRate(): number;
  /** Calls `send` with bytes for the host; returns how to stop. */
  onBytes(send: (bytes: Buffer) => void): () => void;
}

/** A display behind a serial device server: `tcp://127.0.0.1:<port>`. */
export interface TcpPlug {
  readonly port: number;
  readonly url: string;
  connected(): boolean;
  /** Cuts the connection and closes the port. */
  unplug(): Promise<void>;
  /** Does so by itself once exactly `bytes` more have come from the host; resolves when it has, or when the line was cut otherwise. */
  unplugAfter(bytes: number): Promise<void>;
  /** Opens the same port again, or another one; answers the port. */
  plug(port?: number): Promise<number>;
}

/** Offers a device on a TCP port of 127.0.0.1. One host at a time: a new one takes the line over, as serial device servers do after a lost line. */
export async function plugIntoTcp(device: DeviceEnd, port = 0): Promise<TcpPlug> {
  let host: Socket | undefined;
  let current = port;
  let left: number | undefined;
  let onGone: (() => void)[] = [];

  function take(bytes: Buffer): void {
    if (left === undefined || bytes.length < left) {
      if (left !== undefined) left -= bytes.length;
      device.receive(bytes);
      return;
    }
    device.receive(bytes.subarray(0, left));
    void unplug();
  }

  function unplug(): Promise<void> {
    left = undefined;
    for (const tell of onGone.splice(0)) tell();
    return new Promise((resolve) => {
      server.close(() => resolve());
      host?.destroy();
      host = undefined;
    });
  }

  const server = createServer((socket) => {
    host?.destroy();
    host = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      if (host === socket) take(bytes);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (host === socket) host = undefined;
    });
  });
  device.onBytes((bytes) => host?.write(bytes));

  function listen(wanted: number): Promise<number> {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', () => {
        server.off('error', reject);
        const address = server.address();
        current = typeof address === 'object' && address !== null ? address.port : wanted;
        resolve(current);
      });
    });
  }

  await listen(port);
  return {
    get port() {
      return current;
    },
    get url() {
      return `tcp://127.0.0.1:${current}`;
    },
    connected: () => host !== undefined,
    unplug,
    unplugAfter(bytes) {
      left = bytes;
      return new Promise((resolve) => {
        onGone = [...onGone, resolve];
      });
    },
    plug: (wanted = current) => (server.listening ? Promise.resolve(current) : listen(wanted)),
  };
}

/**
 * Puts a device at the far end of a new pseudo-terminal, under a stable `link` if one is named. Where host and device disagree about the
 * speed, both hear what a receiver makes of it. Rejects where there are no pseudo-terminals.
 */
export async function plugIntoPty(device: DeviceEnd, link?: string): Promise<PseudoTerminal> {
  const terminal = await openPseudoTerminal(link === undefined ? {} : { link });
  terminal.onBytes((bytes, hostBaudRate) => device.receive(bytes, hostBaudRate));
  let saying = Promise.resolve();
  const quiet = device.onBytes((bytes) => {
    const sentAt = device.baudRate();
    // The host may have changed its speed since it last wrote; a line that is gone hears nothing.
    saying = saying
      .then(async () => terminal.write(heardAtSpeed(bytes, sentAt, await terminal.baudRate())))
      .catch(() => undefined);
  });
  return {
    ...terminal,
    close() {
      quiet();
      return terminal.close();
    },
  };
}
