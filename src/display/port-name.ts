/** A USB device by what it says about itself; hex digits with or without `0x`, upper or lower case. */
export interface UsbIdentity {
  readonly vendorId: string;
  readonly productId: string;
  readonly serialNumber?: string | undefined;
}

/** A device path, `COM7`, `tcp://host:port` of a serial device server, or a USB identity (till API contract: configuration). */
export type PortName = string | UsbIdentity;

const COM_PORT = /^(\\\\\.\\)?COM\d+$/i;

/** Windows names are no files: they are neither resolved nor looked up. */
export function isComPort(path: string): boolean {
  return COM_PORT.test(path);
}

/** Host and port of a `tcp://` name; `undefined` for anything else. */
export function parseTcp(port: PortName): { readonly host: string; readonly port: number } | undefined {
  if (typeof port !== 'string' || !port.startsWith('tcp://') || !URL.canParse(port)) return undefined;
  const url = new URL(port);
  const number = Number(url.port);
  return url.hostname === '' || number < 1 ? undefined : { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: number };
}

/** A port as people read it: the name itself, or `USB 1a86:7523` with the serial number behind it. */
export function portText(port: PortName): string {
  if (typeof port === 'string') return port;
  const serial = port.serialNumber === undefined ? '' : ` serial number ${port.serialNumber}`;
  return `USB ${hexId(port.vendorId)}:${hexId(port.productId)}${serial}`;
}

function hexId(id: string): string {
  return id.toLowerCase().replace(/^0x/, '').padStart(4, '0');
}

/** Whether a listed port carries this identity; ports that are not USB carry none. */
export function sameUsbId(
  wanted: UsbIdentity,
  listed: {
    readonly vendorId?: string | undefined;
    readonly productId?: string | undefined;
    readonly serialNumber?: string | undefined;
  },
): boolean {
  if (listed.vendorId === undefined || listed.productId === undefined) return false;
  if (hexId(listed.vendorId) !== hexId(wanted.vendorId) || hexId(listed.productId) !== hexId(wanted.productId)) return false;
  return wanted.serialNumber === undefined || wanted.serialNumber === listed.serialNumber;
}
