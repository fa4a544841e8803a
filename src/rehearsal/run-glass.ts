import { readFile } from 'node:fs/promises';
import { systemClock } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import { createEmulatedGlass, EMULATED_DRIVERS } from '../simulator/glass-emulators/emulated-glass.js';
import type { GlassEmulator } from '../simulator/glass-emulators/glass-body.js';
import { type GlassSocket, ptySocket, tcpSocket } from '../simulator/glass-emulators/plugged-glass.js';
import { createGlassDesk, type GlassDesk } from './glass-desk.js';
import { type GlassFault, playGlassFaults, readGlassFaults } from './glass-faults.js';
import { rehearsalFacts } from './glass-words.js';
import { reportLines } from './line-report.js';
import type { ListenPlace, RehearsalOrder } from './rehearsal-order.js';
import { openRehearsalPage } from './rehearsal-page.js';
import { terminalSocket } from './terminal-socket.js';
import { type Keyboard, showInTerminal, type TextWindow } from './terminal-view.js';

/** What a rehearsal gets from the process it runs in; tests bring their own. */
export interface RehearsalParts {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A terminal to draw in; undefined where output is piped. */
  readonly window: TextWindow | undefined;
  readonly keyboard: Keyboard | undefined;
  readonly log: Log;
  /** Resolves when it is to end. */
  readonly told: Promise<unknown>;
}

const EXIT_FINE = 0;
const EXIT_WRONG = 1;
const EXIT_FAILED = 2;

function socketAt(place: ListenPlace, glass: GlassEmulator): Promise<GlassSocket> {
  if (place.kind === 'tcp') return tcpSocket(glass, place.port);
  if (place.kind === 'pty') return ptySocket(glass, place.link);
  return terminalSocket(glass, place.path, systemClock);
}

/** Why it cannot be plugged in there, with the repair where it is known. */
function plugText(error: unknown, place: ListenPlace): string {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (isTaken && place.kind === 'tcp')
    return `port ${place.port} is taken by another program. Repair: name another one with --listen.`;
  return errorText(error);
}

/** The plan of a file, or a sentence that names the file and what is wrong. */
async function faultsOf(file: string | undefined): Promise<readonly GlassFault[] | string> {
  if (file === undefined) return [];
  try {
    const faults = readGlassFaults(await readFile(file, 'utf8'));
    return typeof faults === 'string' ? `${file}: ${faults}` : faults;
  } catch (error) {
    return `${file} cannot be read: ${errorText(error)}`;
  }
}

/** Shows the glass until it is told to end. */
async function rehearse(
  desk: GlassDesk,
  faults: readonly GlassFault[],
  order: RehearsalOrder,
  parts: RehearsalParts,
): Promise<void> {
  const clock = systemClock;
  const stopping = new AbortController();
  const leave = () => stopping.abort();
  const stop = stopping.signal;
  void parts.told.then(leave);
  const { driver, entry, seed, pagePort, json, trace } = order;
  const facts = () => rehearsalFacts(desk, driver, entry);
  const page =
    pagePort === undefined ? undefined : await openRehearsalPage({ desk, facts, port: pagePort, clock, log: parts.log, stop });
  try {
    playGlassFaults(faults, desk, { clock, seed, stop });
    const shared = { desk, facts, pageUrl: page?.url, clock, stop };
    const { window, keyboard, out } = parts;
    if (window === undefined || json) await reportLines({ ...shared, json, trace, out });
    else await showInTerminal({ ...shared, window, keyboard, leave });
  } finally {
    leave();
    await page?.stop();
  }
}

/**
 * Runs an emulated display until a signal or a key; gives the exit code: 0 ended in order, 1 a wrong plan of faults or driver, 2 it cannot
 * be plugged in there. Rejects with a `BridgeError` where the page cannot be opened.
 */
export async function runGlass(order: RehearsalOrder, parts: RehearsalParts): Promise<number> {
  const { driver, baudRate, options, listen } = order;
  const faults = await faultsOf(order.faultsFile);
  if (typeof faults === 'string') {
    parts.err(`${faults}\n`);
    return EXIT_WRONG;
  }
  const glass = createEmulatedGlass(driver, { baudRate, options });
  if (glass === undefined) {
    parts.err(`There is no emulated display for "${driver}"; there are: ${EMULATED_DRIVERS.join(', ')}.\n`);
    return EXIT_WRONG;
  }
  try {
    const socket = await socketAt(listen, glass).catch((error: unknown) => plugText(error, listen));
    if (typeof socket === 'string') {
      parts.err(`The display cannot be plugged in there: ${socket}\n`);
      return EXIT_FAILED;
    }
    await rehearse(createGlassDesk(glass, socket), faults, order, parts);
    return EXIT_FINE;
  } finally {
    await glass.stop();
  }
}
