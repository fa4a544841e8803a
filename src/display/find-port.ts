import { realpath, stat } from 'node:fs/promises';
import { BridgeError } from '../base/bridge-error.js';
import { errorText } from '../base/log.js';
import { isComPort, type PortName, portText, sameUsbId, type UsbIdentity } from './port-name.js';
import type { ListedPort, SerialSystem } from './serial-system.js';

type ListPorts = SerialSystem['list'];

/** One of several devices that fit, told apart as well as can be. */
function candidateText({ path, usb, byPath: [socket] }: ListedPort): string {
  if (usb?.serialNumber !== undefined) return `${path} (serial number ${usb.serialNumber})`;
  return socket === undefined ? path : `${path} (${socket})`;
}

/** Finds the one port that carries this USB identity now; the name may differ at every plugging. */
async function findUsb(identity: UsbIdentity, list: ListPorts): Promise<string> {
  const wanted = portText(identity);
  const ports = await list().catch((error: unknown) => {
    throw new BridgeError(
      'display.portMissing',
      `The serial ports of this machine cannot be listed (${errorText(error)}), so ${wanted} cannot be found. ` +
        'Name the port by its path or COM name instead.',
      { cause: error },
    );
  });
  const fitting = ports.filter(({ usb }) => usb !== null && sameUsbId(identity, usb));
  const [first, ...others] = fitting;
  if (first === undefined) {
    throw new BridgeError(
      'display.portMissing',
      `No display with ${wanted} is plugged in; "ocbridge display list" shows what is.`,
    );
  }
  if (others.length === 0) return first.path;
  throw new BridgeError(
    'display.portAmbiguous',
    `${fitting.length} devices fit ${wanted}: ${fitting.map(candidateText).join(', ')}. Nothing is picked: add serialNumber, or name one under /dev/serial/by-path/.`,
  );
}

/** The device file behind a name, asked again at each opening: links move when a device is plugged in again. */
export async function resolvePath(port: PortName, list: ListPorts): Promise<string> {
  const path = typeof port === 'string' ? port : await findUsb(port, list);
  // `\\.\COM12` is another spelling of COM12.
  return isComPort(path) ? path.replace(/^\\\\\.\\/, '') : realpath(path);
}

/** A way to look whether an open port is still the one that was opened; what it gives says why not. */
export async function createWatch(port: PortName, path: string, list: ListPorts): Promise<() => Promise<string | undefined>> {
  if (isComPort(path)) {
    const isListed = async () => (await list()).some((one) => one.path.toUpperCase() === path.toUpperCase());
    // Some virtual COM ports are never listed; their absence says nothing.
    const wasListed = await isListed().catch(() => false);
    return async () => (!wasListed || (await isListed()) ? undefined : 'it is no longer listed');
  }
  const first = await stat(path);
  return async () => {
    try {
      const now = await stat(path);
      if (now.ino !== first.ino || now.rdev !== first.rdev) return 'another device has taken its name';
      if (typeof port === 'string' && (await realpath(port)) !== path) return 'its name now leads to another port';
      return undefined;
    } catch {
      return 'it has vanished';
    }
  };
}
