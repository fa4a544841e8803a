import { stringify } from 'yaml';
import type { BridgeConfig } from '../config/bridge-config.js';
import { portText } from '../display/port-name.js';
import type { ListedPort } from '../display/serial-system.js';
import { type ConfiguredDisplay, configuredDisplays, type PortUse, portUses } from './port-use.js';

/** What `display list` found, as it is printed with `--json`. */
export interface PortReport {
  readonly ports: readonly PortUse[];
  /** Every display on a line of the configuration, where there is one. */
  readonly displays: readonly ConfiguredDisplay[];
  /** Why no lane is named; null where the configuration was read. */
  readonly note: string | null;
}

/** Joins the ports of the machine with the lanes of the configuration; `lanes` is a sentence where there are none to join. */
export async function portReport(
  ports: readonly ListedPort[],
  lanes: BridgeConfig['lanes'] | { readonly note: string },
): Promise<PortReport> {
  const displays = 'note' in lanes ? [] : await configuredDisplays(lanes, ports);
  return { ports: await portUses(ports, displays), displays, note: 'note' in lanes ? lanes.note : null };
}

/** The report for people. */
export function portReportText({ ports, displays, note }: PortReport): string {
  const lines = ports.flatMap(portLines);
  if (ports.length === 0) {
    lines.push(
      'No serial port was found. Is the display plugged in, and the adapter passed into this machine or container?',
      'A display behind a serial device server is named as tcp://host:port and is not listed.',
    );
  }
  const absent = displays.filter(({ state }) => state !== 'listed');
  if (absent.length > 0) lines.push('', 'Configured, not in this list:', ...absent.map((one) => `  ${absentLine(one)}`));
  if (note !== null) lines.push('', note);
  return lines.map((line) => `${line}\n`).join('');
}

function portLines({ path, usb, description, byId, byPath, repair, usedBy, heldBy, configureAs }: PortUse): readonly string[] {
  const serial = usb === null || usb.serialNumber !== undefined ? '' : ', no serial number';
  const what = [usb === null ? '' : `${portText(usb)}${serial}`, description].filter((text) => text !== '').join('  ');
  const lines = [what === '' ? path : `${path}  ${what}`];
  for (const link of [...byId, ...byPath]) lines.push(`    ${link}`);
  if (repair !== null) lines.push(`    ${repair}`);
  if (heldBy.length > 0) lines.push(`    open in ${heldBy.join(', ')}`);
  for (const { laneId, display, driver } of usedBy) lines.push(`    used by ${laneId}, display ${display} (${driver})`);
  if (usedBy.length === 0) lines.push(`    not used; in the configuration: port: ${nameInYaml(configureAs)}`);
  return lines;
}

function nameInYaml(name: PortUse['configureAs']): string {
  return stringify(name, {
    collectionStyle: 'flow',
    lineWidth: 0,
    defaultStringType: typeof name === 'string' ? 'PLAIN' : 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
  }).trim();
}

function absentLine({ laneId, display, driver, port, path, state }: ConfiguredDisplay): string {
  const who = `${laneId}, display ${display} (${driver}): ${port}`;
  switch (state) {
    case 'network':
      return `${who} is a serial device server`;
    case 'ambiguous':
      return `${who} fits several devices; add serialNumber, or name one under /dev/serial/by-path/`;
    case 'missing':
      return `${who} is not there; is it plugged in?`;
    default:
      return `${who} is there${path === port ? '' : ` as ${path}`}`;
  }
}
