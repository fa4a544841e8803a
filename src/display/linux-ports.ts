import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ListedPort } from './serial-system.js';

/** From a serial device up to the USB device it sits on: interface, port of a multi-port adapter, hub. */
const MOST_STEPS_UP = 6;
/** Names that serial devices have, for a system that keeps no list of them. */
const SERIAL_NAME = /^(tty(USB|ACM|AMA|S|XRUSB|mxc|THS|O)\d+|rfcomm\d+)$/;

/** The text of a file without its line end; undefined when there is none. */
async function textOf(file: string): Promise<string | undefined> {
  return (await readFile(file, 'utf8').catch(() => undefined))?.trim();
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).toSorted();
}

interface UsbFacts {
  readonly usb: NonNullable<ListedPort['usb']>;
  readonly description: string;
}

async function usbFactsAt(folder: string): Promise<UsbFacts | undefined> {
  const [vendorId, productId] = await Promise.all([textOf(join(folder, 'idVendor')), textOf(join(folder, 'idProduct'))]);
  if (vendorId === undefined || productId === undefined) return undefined;
  const [serialNumber, maker, product] = await Promise.all(
    ['serial', 'manufacturer', 'product'].map((name) => textOf(join(folder, name))),
  );
  return { usb: { vendorId, productId, serialNumber }, description: [maker, product].filter(Boolean).join(' ') };
}

async function usbFactsAbove(device: string): Promise<UsbFacts | undefined> {
  let folder = device;
  for (let step = 0; step < MOST_STEPS_UP; step += 1) {
    const facts = await usbFactsAt(folder);
    if (facts !== undefined) return facts;
    folder = dirname(folder);
  }
  return undefined;
}

/** One name of `/sys/class/tty`; undefined for consoles, pseudo-terminals and sockets without a chip behind them. */
async function portOfKernel(root: string, name: string): Promise<Omit<ListedPort, 'byId' | 'byPath'> | undefined> {
  const folder = join(root, 'sys/class/tty', name);
  const device = await realpath(join(folder, 'device')).catch(() => undefined);
  if (device === undefined) return undefined;
  // The kernel offers /dev/ttyS0 to ttyS3 whether or not there is a chip: type 0 says there is none.
  if (/^ttyS\d+$/.test(name) && ((await textOf(join(folder, 'type'))) ?? '0') === '0') return undefined;
  const path = join(root, 'dev', name);
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  const facts = await usbFactsAbove(device);
  return { path, usb: facts?.usb ?? null, description: facts?.description ?? '' };
}

/** The links of one folder of `/dev/serial`, by the device they lead to. */
async function linksOf(root: string, folder: 'by-id' | 'by-path'): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const place = join(root, 'dev/serial', folder);
  for (const name of await namesIn(place)) {
    const link = join(place, name);
    const device = await realpath(link).catch(() => undefined);
    if (device !== undefined) found.set(device, [...(found.get(device) ?? []), link]);
  }
  return found;
}

/** By the number in the name, so that ttyUSB10 follows ttyUSB9. */
function inOrder(a: { readonly path: string }, b: { readonly path: string }): number {
  return basename(a.path).localeCompare(basename(b.path), 'en', { numeric: true });
}

/**
 * The serial ports of a Linux machine as the kernel lists them, with the links that udev made, if it runs; works in containers and
 * where udev is not installed. `root` is `/` except in tests.
 */
export async function listLinuxPorts(root = '/'): Promise<readonly ListedPort[]> {
  const names = await namesIn(join(root, 'sys/class/tty'));
  const known = (await Promise.all(names.map((name) => portOfKernel(root, name)))).filter((port) => port !== undefined);
  const [byId, byPath] = await Promise.all([linksOf(root, 'by-id'), linksOf(root, 'by-path')]);
  const paths = new Set(known.map(({ path }) => path));
  const more = [...byId.keys(), ...byPath.keys()];
  // Without the kernel's list the names of the devices are all there is.
  if (names.length === 0) {
    const devices = await namesIn(join(root, 'dev'));
    more.push(...devices.filter((name) => SERIAL_NAME.test(name)).map((name) => join(root, 'dev', name)));
  }
  const others = [...new Set(more)].filter((path) => !paths.has(path)).map((path) => ({ path, usb: null, description: '' }));
  return [...known, ...others]
    .toSorted(inOrder)
    .map((port) => ({ ...port, byId: byId.get(port.path) ?? [], byPath: byPath.get(port.path) ?? [] }));
}
