import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RawConfig } from './config-schema.js';
import type { DisplayPort } from './display-schema.js';
import type { Finding } from './problem.js';

type UsbIdentity = Exclude<DisplayPort, string>;

/** Findings about displays that share a port: the same text, two names of one device, or USB identities that fit one device. */
export async function displayPortFindings(config: RawConfig, folder: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const taken: { readonly port: DisplayPort; readonly device: string; readonly owner: string }[] = [];
  for (const [laneIndex, lane] of config.lanes.entries()) {
    for (const [index, display] of lane.displays.entries()) {
      if (display.driver === 'virtual') continue;
      const path = ['lanes', laneIndex, 'displays', index, 'port'];
      const wrongTcpPort = typeof display.port === 'string' && Number(/^tcp:.*:(\d+)$/i.exec(display.port)?.[1] ?? 1);
      if (wrongTcpPort === 0 || Number(wrongTcpPort) > 65_535) {
        findings.push({ path, message: 'names a TCP port that does not exist', repair: 'Use a port from 1 to 65535.' });
      }
      const device = typeof display.port === 'string' ? await deviceOf(display.port, folder) : '';
      const rival = taken.find((other) => samePort(other.port, other.device, display.port, device));
      if (rival !== undefined) {
        findings.push({
          path,
          message: `is the port of ${rival.owner}, too`,
          repair:
            typeof display.port === 'string'
              ? 'Give each display its own port.'
              : 'Add the serialNumber of each adapter ("ocbridge display list" shows it), or give each display its own port.',
        });
      }
      taken.push({ port: display.port, device, owner: `lanes[${laneIndex}].displays[${index}]` });
    }
  }
  return findings;
}

/** `tcp://` and COM names without regard to case; device paths followed through their links, as far as the device is plugged in. */
async function deviceOf(port: string, folder: string): Promise<string> {
  if (/^(tcp:|com\d|\\\\)/i.test(port)) return port.toLowerCase().replace(/^\\\\\.\\/, '');
  const absolute = resolve(folder, port);
  return realpath(absolute).catch(() => absolute);
}

function samePort(a: DisplayPort, deviceOfA: string, b: DisplayPort, deviceOfB: string): boolean {
  if (typeof a === 'string' || typeof b === 'string') return typeof a === typeof b && deviceOfA === deviceOfB;
  return sameUsbDevicePossible(a, b);
}

/** An identity without a serial number fits every adapter of its make, so also the other one's. */
function sameUsbDevicePossible(a: UsbIdentity, b: UsbIdentity): boolean {
  if (bareHex(a.vendorId) !== bareHex(b.vendorId) || bareHex(a.productId) !== bareHex(b.productId)) return false;
  return a.serialNumber === undefined || b.serialNumber === undefined || a.serialNumber === b.serialNumber;
}

function bareHex(id: string): string {
  return id.replace(/^0x/, '');
}
