import { closeSync, constants, openSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { ReadStream } from 'node:tty';

/** The device's end of a line, whatever carries it. */
export interface DeviceEnd {
  /** Bytes from the host. */
  receive(bytes: Uint8Array): void;
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
  /** Opens the same port again, or another one; answers the port. */
  plug(port?: number): Promise<number>;
}

/** Offers a device on a TCP port of 127.0.0.1. One host at a time: a new one takes the line over, as serial device servers do after a lost line. */
export async function plugIntoTcp(device: DeviceEnd, port = 0): Promise<TcpPlug> {
  let host: Socket | undefined;
  let current = port;
  const server = createServer((socket) => {
    host?.destroy();
    host = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      if (host === socket) device.receive(bytes);
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
    unplug: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        host?.destroy();
        host = undefined;
      }),
    plug: (wanted = current) => (server.listening ? Promise.resolve(current) : listen(wanted)),
  };
}

/** Ties a device to an open terminal device such as the far end of a pty pair; answers how to let go. Not on Windows. */
export function plugIntoTerminal(device: DeviceEnd, path: string): () => void {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  let stream: ReadStream;
  try {
    stream = new ReadStream(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  stream.setRawMode(true);
  stream.on('error', () => {});
  stream.on('data', (bytes: Buffer) => device.receive(bytes));
  const quiet = device.onBytes((bytes) => stream.write(bytes));
  return () => {
    quiet();
    stream.destroy();
  };
}
