import { access, constants, realpath } from 'node:fs/promises';
import type { BridgeConfig } from '../config/bridge-config.js';
import { permissionAdvice, permissionFacts } from '../display/permission-advice.js';
import { portHolders } from '../display/port-holders.js';
import { isComPort, type PortName, parseTcp, portText, sameUsbId } from '../display/port-name.js';
import type { ListedPort } from '../display/serial-system.js';

/** One display of a lane and what stands behind its port now. */
export interface ConfiguredDisplay {
  readonly laneId: string;
  /** Its place in the lane's list, from 1. */
  readonly display: number;
  readonly driver: string;
  /** As configured, for people. */
  readonly port: string;
  /** Device file or COM name behind it; null where there is none, or no single one. */
  readonly path: string | null;
  /** `listed`: one of the listed ports; `unlisted`: there, but not in the list; `network`: a serial device server. */
  readonly state: 'listed' | 'unlisted' | 'missing' | 'ambiguous' | 'network';
}

/** A listed port, which displays use it, and how to name it in the configuration. */
export interface PortUse extends ListedPort {
  /** Whether this account may open it; null where only opening it would tell. */
  readonly mayOpen: boolean | null;
  /** What to do where it may not; null else. */
  readonly repair: string | null;
  readonly usedBy: readonly Pick<ConfiguredDisplay, 'laneId' | 'display' | 'driver'>[];
  /** Programs that have it open now, as far as this account can see; the bridge is one of them. */
  readonly heldBy: readonly string[];
  /** The name that still fits after replugging and restarting, as far as there is one. */
  readonly configureAs: PortName;
}

/** Every display on a line, with the port it has now. */
export async function configuredDisplays(
  lanes: BridgeConfig['lanes'],
  ports: readonly ListedPort[],
): Promise<readonly ConfiguredDisplay[]> {
  const found: ConfiguredDisplay[] = [];
  for (const { id: laneId, displays } of lanes) {
    for (const [index, display] of displays.entries()) {
      if (display.driver === 'virtual') continue;
      const { driver, port } = display;
      found.push({ laneId, display: index + 1, driver, port: portText(port), ...(await placeOf(port, ports)) });
    }
  }
  return found;
}

async function placeOf(port: PortName, ports: readonly ListedPort[]): Promise<Pick<ConfiguredDisplay, 'path' | 'state'>> {
  if (typeof port !== 'string') {
    const fitting = ports.filter(({ usb }) => usb !== null && sameUsbId(port, usb));
    const [first] = fitting;
    if (first === undefined) return { path: null, state: 'missing' };
    return fitting.length > 1 ? { path: null, state: 'ambiguous' } : { path: first.path, state: 'listed' };
  }
  if (parseTcp(port) !== undefined) return { path: null, state: 'network' };
  const wanted = isComPort(port) ? port.replace(/^\\\\\.\\/, '').toUpperCase() : await realpath(port).catch(() => undefined);
  const listed = ports.find(({ path }) => (isComPort(path) ? path.toUpperCase() : path) === wanted);
  if (listed !== undefined) return { path: listed.path, state: 'listed' };
  return wanted === undefined || isComPort(port) ? { path: null, state: 'missing' } : { path: wanted, state: 'unlisted' };
}

/** The listed ports with everything a technician wants to know about them; nothing is opened. */
export function portUses(ports: readonly ListedPort[], displays: readonly ConfiguredDisplay[]): Promise<readonly PortUse[]> {
  return Promise.all(
    ports.map(async (port) => ({
      ...port,
      ...(await rightsOn(port.path)),
      heldBy: isComPort(port.path) ? [] : await portHolders(port.path),
      usedBy: displays
        .filter(({ path, state }) => state === 'listed' && path === port.path)
        .map(({ laneId, display, driver }) => ({ laneId, display, driver })),
      configureAs: lastingName(port, ports),
    })),
  );
}

async function rightsOn(path: string): Promise<Pick<PortUse, 'mayOpen' | 'repair'>> {
  if (isComPort(path)) return { mayOpen: null, repair: null };
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return { mayOpen: true, repair: null };
  } catch {
    return { mayOpen: false, repair: permissionAdvice(path, await permissionFacts(path), false) };
  }
}

/** Devices with a serial number are named by it, others by their socket; what neither has keeps its plain name. */
function lastingName({ path, usb, byId: [device], byPath: [socket] }: ListedPort, all: readonly ListedPort[]): PortName {
  if (usb?.serialNumber !== undefined) return device ?? usb;
  if (socket !== undefined) return socket;
  const isAlone = usb !== null && all.filter((other) => other.usb !== null && sameUsbId(usb, other.usb)).length === 1;
  return device ?? (isAlone ? usb : path);
}
