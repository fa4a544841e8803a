import { connect, type Socket } from 'node:net';
import { SerialPort } from 'serialport';
import { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import { killPoint } from '../base/kill-point.js';
import type { LineFlow } from './display-driver.js';
import { createWatch, resolvePath } from './find-port.js';
import type { Link, LinkListener, OpenLink } from './link.js';
import { listLinuxPorts } from './linux-ports.js';
import { asPortLost, explainedOpeningError } from './port-errors.js';
import { isComPort, type PortName, parseTcp, portText } from './port-name.js';
import type { ListedPort, RawPort, SerialSystem } from './serial-system.js';

/** What a line needs to know. `dtr` and `rts` are set after opening, best effort; left out, they stay as the system sets them. */
export interface LineSettings {
  readonly port: PortName;
  /** Bits per second, 8N1. Also behind `tcp://`, where it only tells how long bytes take. */
  readonly baudRate: number;
  readonly flow?: LineFlow | undefined;
  readonly dtr?: boolean | undefined;
  readonly rts?: boolean | undefined;
}

const OPEN_DEADLINE_MS = 5_000;
const CLOSE_DEADLINE_MS = 1_000;
const WRITE_GRACE_MS = 2_000;
const WATCH_EVERY_MS = 1_000;
/** Listing the ports of a Windows machine is slow. */
const WATCH_COM_EVERY_MS = 3_000;
/** One start bit, eight data bits, one stop bit. */
const BITS_PER_BYTE = 10;

async function listByLibrary(): Promise<readonly ListedPort[]> {
  const ports = await SerialPort.list();
  return ports.map((port) => {
    const { path, vendorId, productId, serialNumber, manufacturer } = port;
    // Windows only; the library's types leave it out.
    const { friendlyName } = port as { readonly friendlyName?: string };
    return {
      path,
      usb:
        vendorId === undefined || productId === undefined
          ? null
          : { vendorId: vendorId.toLowerCase(), productId: productId.toLowerCase(), serialNumber },
      description: friendlyName ?? manufacturer ?? '',
      byId: [],
      byPath: [],
    };
  });
}

/** The machine's own ports. On Linux the kernel is asked, because the library needs udev for its list. */
export const systemSerial: SerialSystem = {
  list: () => (process.platform === 'linux' ? listLinuxPorts() : listByLibrary()),
  make: ({ path, baudRate, flow }) => {
    // Not `xoff`: the host would put bytes of its own among those of a picture.
    const waits = { rtscts: flow === 'rtscts', xon: flow === 'xonxoff' };
    return new SerialPort({ path, baudRate, ...waits, autoOpen: false, hupcl: false, lock: true });
  },
};

/** The raw plug beneath a link: a serial port or a socket. */
interface Plug {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): void;
  close(done: () => void): void;
}

/** Rejects with `late` when `work` takes longer than `ms`. */
async function within<T>(clock: Clock, ms: number, work: Promise<T>, late: () => BridgeError): Promise<T> {
  const finished = new AbortController();
  const tooLate = clock.sleep(ms, finished.signal).then(() => {
    if (!finished.signal.aborted) throw late();
    return new Promise<never>(() => {});
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    finished.abort();
  }
}

/** Turns a plug into a link: one generation, closed once, deadlines on every write. */
function linkOver(plug: Plug, port: string, msPerByte: number, clock: Clock, listener: LinkListener) {
  const gone = new AbortController();
  let whyGone: BridgeError | undefined;
  let rejectWrite: ((why: BridgeError) => void) | undefined;

  const unplug = () =>
    within(clock, CLOSE_DEADLINE_MS, new Promise<void>((resolve) => plug.close(resolve)), () =>
      asPortLost('it did not close', port),
    ).catch(() => undefined);

  function end(why: BridgeError): boolean {
    if (whyGone !== undefined) return false;
    whyGone = why;
    gone.abort();
    rejectWrite?.(why);
    return true;
  }

  /** The port broke, or is no longer worth having. Later reports of the same end are ignored. */
  function lose(cause: unknown): void {
    const why = asPortLost(cause, port);
    if (!end(why)) return;
    void unplug();
    listener.closed(why);
  }

  const link: Link = {
    port,
    msPerByte,
    async write(bytes) {
      if (whyGone !== undefined) throw whyGone;
      killPoint('glass.halfWritten', port, () => plug.write(bytes.subarray(0, bytes.length / 2), () => {}));
      const sent = new Promise<void>((resolve, reject) => {
        rejectWrite = reject;
        plug.write(bytes, (error) => (error ? reject(asPortLost(error, port)) : resolve()));
      });
      const deadline = WRITE_GRACE_MS + 2 * bytes.length * msPerByte;
      try {
        await within(clock, deadline, sent, () => asPortLost(`${bytes.length} bytes were not taken within ${deadline} ms`, port));
      } catch (error) {
        lose(error);
        throw whyGone;
      } finally {
        rejectWrite = undefined;
      }
    },
    async close() {
      if (end(asPortLost('closed by the bridge', port))) await unplug();
    },
  };
  return { link, lose, gone: gone.signal };
}

/**
 * Notices a port that vanished although the library says nothing: unplugging at the wrong instant leaves the port "open" and the library
 * reading in circles.
 */
async function watch(
  clock: Clock,
  everyMs: number,
  gone: AbortSignal,
  look: () => Promise<string | undefined>,
  lose: (why: string) => void,
) {
  for (;;) {
    await clock.sleep(everyMs, gone);
    if (gone.aborted) return;
    const why = await look().catch(() => undefined);
    if (why !== undefined) {
      lose(why);
      return;
    }
  }
}

function openSerial(port: RawPort): Promise<void> {
  return new Promise((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
}

/** Ptys and some adapters have no modem lines: an error here says nothing about the port. */
function setModemLines(port: RawPort, { dtr, rts }: LineSettings): Promise<void> {
  if (dtr === undefined && rts === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    port.set({ ...(dtr === undefined ? {} : { dtr }), ...(rts === undefined ? {} : { rts }) }, () => resolve());
  });
}

async function openSerialLine(settings: LineSettings, clock: Clock, system: SerialSystem, listener: LinkListener): Promise<Link> {
  const { list } = system;
  const name = portText(settings.port);
  const hangs = (ms: number, what: string) => () => asPortLost(`${what} took longer than ${ms} ms`, name);
  const path = await within(clock, OPEN_DEADLINE_MS, resolvePath(settings.port, list), hangs(OPEN_DEADLINE_MS, 'looking for it'));
  const look = await within(
    clock,
    OPEN_DEADLINE_MS,
    createWatch(settings.port, path, list),
    hangs(OPEN_DEADLINE_MS, 'looking at it'),
  );
  const port = system.make({ path, baudRate: settings.baudRate, flow: settings.flow });
  const plug: Plug = {
    write(bytes, done) {
      // Never called on a closed port, which would keep the bytes and send them after the next opening.
      port.write(Buffer.from(bytes), (error) => (error ? done(error) : port.drain((failed) => done(failed))));
    },
    close: (done) => (port.isOpen ? port.close(() => done()) : done()),
  };
  const msPerByte = (BITS_PER_BYTE * 1000) / settings.baudRate;
  const { link, lose, gone } = linkOver(plug, path, msPerByte, clock, listener);
  port.on('error', lose);
  port.on('close', () => lose('it was unplugged'));
  port.on('data', (bytes: Buffer) => {
    if (!gone.aborted) listener.heard(bytes);
  });
  const opening = openSerial(port);
  try {
    await within(clock, OPEN_DEADLINE_MS, opening, hangs(OPEN_DEADLINE_MS, 'opening it'));
    await within(clock, CLOSE_DEADLINE_MS, setModemLines(port, settings), hangs(CLOSE_DEADLINE_MS, 'setting its modem lines'));
  } catch (error) {
    // A port that opens after all is closed again at once.
    void opening.then(() => port.close(() => undefined)).catch(() => undefined);
    await link.close();
    throw error;
  }
  void watch(clock, isComPort(path) ? WATCH_COM_EVERY_MS : WATCH_EVERY_MS, gone, look, lose);
  return link;
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

async function openTcpLine(
  host: string,
  tcpPort: number,
  settings: LineSettings,
  clock: Clock,
  listener: LinkListener,
): Promise<Link> {
  const name = portText(settings.port);
  const socket = connect({ host, port: tcpPort, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 });
  const plug: Plug = {
    write: (bytes, done) => socket.write(bytes, done),
    close(done) {
      socket.destroy();
      done();
    },
  };
  const msPerByte = (BITS_PER_BYTE * 1000) / settings.baudRate;
  socket.on('error', () => undefined);
  await within(clock, OPEN_DEADLINE_MS, connected(socket), () => {
    return new BridgeError('display.portMissing', `${name} does not answer.`);
  }).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
  const { link, lose, gone } = linkOver(plug, name, msPerByte, clock, listener);
  socket.on('error', lose);
  socket.on('end', () => lose('the other side hung up'));
  socket.on('close', () => lose('the connection was closed'));
  socket.on('data', (bytes: Buffer) => {
    if (!gone.aborted) listener.heard(bytes);
  });
  return link;
}

/**
 * A factory of links to one port: each call makes a new port object, resolves the name anew and never keeps a byte of an earlier
 * connection. Rejects with `display.portMissing`, `portBusy`, `noPermission`, `portAmbiguous` or `portLost`, each with its repair.
 */
export function createLine(settings: LineSettings, clock: Clock, system: SerialSystem = systemSerial): OpenLink {
  const tcp = parseTcp(settings.port);
  return async (listener) => {
    try {
      return tcp === undefined
        ? await openSerialLine(settings, clock, system, listener)
        : await openTcpLine(tcp.host, tcp.port, settings, clock, listener);
    } catch (error) {
      const path = tcp === undefined ? await resolvePath(settings.port, system.list).catch(() => undefined) : undefined;
      throw await explainedOpeningError(error, portText(settings.port), path);
    }
  };
}
