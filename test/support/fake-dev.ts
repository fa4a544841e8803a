import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** A serial device as the kernel of a stand-in machine knows it. */
export interface FakeDevice {
  /** Name under `/dev`. */
  readonly name: string;
  /** Socket like `1-2`; left out: not USB. */
  readonly socket?: string;
  readonly vendorId?: string;
  readonly productId?: string;
  readonly serialNumber?: string;
  readonly product?: string;
  /** Names under `/dev/serial`, e.g. `by-id/usb-FTDI-if00`. */
  readonly links?: readonly string[];
  /** Of a `ttyS`: 0 is a name without a chip. */
  readonly chip?: number;
}

/** A folder laid out as `/dev` and `/sys` of a Linux machine. */
export interface FakeDev {
  readonly root: string;
  path(name: string): string;
  remove(): void;
}

/** Lays the folder out; the device files are plain files. Without `kernelList` there is no `/sys`. */
export function createFakeDev(devices: readonly FakeDevice[], { kernelList = true } = {}): FakeDev {
  const root = mkdtempSync(join(tmpdir(), 'fake-dev-'));
  const put = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const link = (from: string, to: string) => {
    mkdirSync(dirname(join(root, from)), { recursive: true });
    symlinkSync(relative(dirname(join(root, from)), join(root, to)), join(root, from));
  };
  for (const one of devices) {
    put(`dev/${one.name}`, '');
    for (const name of one.links ?? []) link(`dev/serial/${name}`, `dev/${one.name}`);
    if (!kernelList) continue;
    const usb = one.socket === undefined ? undefined : `sys/devices/pci0000:00/usb1/${one.socket}`;
    const device = usb === undefined ? 'sys/devices/platform/serial8250' : `${usb}/${one.socket}:1.0/${one.name}`;
    put(`${device}/uevent`, '');
    if (usb !== undefined) {
      put(`${usb}/idVendor`, `${one.vendorId}\n`);
      put(`${usb}/idProduct`, `${one.productId}\n`);
      if (one.serialNumber !== undefined) put(`${usb}/serial`, `${one.serialNumber}\n`);
      if (one.product !== undefined) put(`${usb}/product`, `${one.product}\n`);
    }
    const tty = `${device}/tty/${one.name}`;
    put(`${tty}/dev`, '188:0\n');
    if (one.chip !== undefined) put(`${tty}/type`, `${one.chip}\n`);
    link(`${tty}/device`, device);
    link(`sys/class/tty/${one.name}`, tty);
  }
  if (kernelList) put('sys/class/tty/console/dev', '5:1\n');
  return { root, path: (name) => join(root, 'dev', name), remove: () => rmSync(root, { recursive: true, force: true }) };
}
