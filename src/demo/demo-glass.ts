import type { Clock } from '../base/clock.js';
import { createNextionGlass } from '../simulator/glass-emulators/nextion-glass.js';
import { type GlassFacts, plugGlass, tcpSocket } from '../simulator/glass-emulators/plugged-glass.js';

/** A stretch of time, epoch ms. */
export interface Stretch {
  readonly from: number;
  readonly to: number | null;
}

/** The emulated Nextion of the demo, with a plug that can be pulled. */
export interface DemoGlass {
  /** The display is `tcp://127.0.0.1:<port>`. */
  readonly port: number;
  facts(): GlassFacts;
  /** PNG of what stands on the glass, drawn from the bytes that came over the line. */
  picture(): Buffer;
  /** What a phone's camera reads off the glass, or null. */
  readCode(): string | null;
  /** When this code stood on the glass, epoch ms; `to` null while it still does. */
  stretchesOf(codeText: string): readonly Stretch[];
  /** Pulls the plug (power and line, as with USB) or puts it back. */
  setPlugged(plugged: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Nextion at 9600 baud on a free port of 127.0.0.1. */
export async function createDemoGlass(clock: Clock): Promise<DemoGlass> {
  const glass = createNextionGlass({ clock, baudRate: 9600 });
  const socket = await tcpSocket(glass);
  const plugged = plugGlass(glass, socket);
  return {
    port: Number(new URL(socket.where()).port),
    facts: plugged.facts,
    picture: glass.picture,
    readCode: glass.readCode,
    stretchesOf: (codeText) => joined(glass.history().filter(({ code }) => code === codeText)),
    setPlugged: (wanted) => plugged.setPlugged(wanted),
    stop: () => glass.stop(),
  };
}

/** A text that changes beside the code begins a new entry of the history; for whoever scans, it is the same stretch. */
function joined(entries: readonly Stretch[]): readonly Stretch[] {
  return entries.reduce<Stretch[]>((stretches, { from, to }) => {
    const last = stretches.at(-1);
    if (last?.to === from) stretches[stretches.length - 1] = { from: last.from, to };
    else stretches.push({ from, to });
    return stretches;
  }, []);
}
