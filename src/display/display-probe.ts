import { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import type { DisplaySettings } from './display-settings.js';
import type { Link, OpenLink } from './link.js';
import { asPortLost } from './port-errors.js';
import { parseTcp } from './port-name.js';
import { candidatesFor, MUTE_DRIVERS, type ProbeAsk, type ProbeCandidate } from './probe-candidates.js';

/** Which device answered, and how to configure it. */
export interface ProbeAnswer {
  readonly driver: string;
  /** Bits per second; behind a serial device server, the configured one. */
  readonly baudRate: number;
  readonly options: Readonly<Record<string, unknown>> | null;
  /** What it says it is, for people. */
  readonly device: string;
}

/** What was found on the port of one display. */
export interface ProbedPort {
  readonly answer: ProbeAnswer | null;
  /** The port could not be opened or was lost, or a sale began: the rest was not asked. */
  readonly stopped: string | null;
  /** Speeds at which bytes came back that no candidate understands. */
  readonly noiseAt: readonly number[];
  /** The configured driver's devices never answer. */
  readonly isMute: boolean;
}

export interface ProbeParts {
  readonly settings: DisplaySettings;
  /** The configured speed, or the driver's usual one. */
  readonly baudRate: number;
  readonly bootDelayMs: number;
  /** Opens the display's port at a speed. */
  openAt(baudRate: number): OpenLink;
  readonly clock: Clock;
  /** Ends the probe: somebody needs the port. */
  readonly stop: AbortSignal;
}

interface Try {
  readonly candidate: ProbeCandidate;
  readonly baudRate: number;
}

/**
 * What does no harm on paper first, at every speed; then the configured way, then each protocol at each of its speeds. A serial device
 * server has one speed only.
 */
function plan({ settings, baudRate }: ProbeParts): readonly Try[] {
  const candidates = candidatesFor(settings.driver);
  const isNetwork = settings.port !== undefined && parseTcp(settings.port) !== undefined;
  const speeds = ({ baudRates }: ProbeCandidate) => (isNetwork ? [baudRate] : [...new Set([...baudRates, baudRate])]);
  const all = candidates.flatMap((candidate) => speeds(candidate).map((speed) => ({ candidate, baudRate: speed })));
  const isConfigured = (one: Try) => one.candidate.driver === settings.driver && one.baudRate === baudRate;
  const rank = (one: Try) => (one.candidate.sparesPaper ? 0 : 2) + (isConfigured(one) ? 0 : 1);
  return all.toSorted((a, b) => rank(a) - rank(b));
}

/** A link that collects what comes back. */
interface Ear {
  readonly link: Link;
  /** What was heard since the last call. */
  take(): Buffer;
  /** Waits until something is heard, the line is lost, or `ms` have passed. */
  listen(ms: number): Promise<void>;
  isLost(): boolean;
  close(): Promise<void>;
}

async function listenAt(open: OpenLink, { clock, stop }: ProbeParts): Promise<Ear> {
  let bell = new AbortController();
  let isLost = false;
  let heard: Buffer[] = [];
  const ring = () => bell.abort();
  const link = await open({
    heard(bytes) {
      heard.push(Buffer.from(bytes));
      ring();
    },
    closed() {
      isLost = true;
      ring();
    },
  });
  stop.addEventListener('abort', ring);
  return {
    link,
    close() {
      stop.removeEventListener('abort', ring);
      return link.close();
    },
    isLost: () => isLost,
    take() {
      const all = Buffer.concat(heard);
      heard = [];
      bell = new AbortController();
      return all;
    },
    listen: (ms) => (stop.aborted ? Promise.resolve() : clock.sleep(ms, bell.signal)),
  };
}

/** Bytes of an answer follow each other at once; one more within this time shows that it was none, ms. */
const QUIET_AFTER_MS = 30;

async function askOnce(
  ear: Ear,
  ask: ProbeAsk,
  { clock, stop }: ProbeParts,
): Promise<{ readonly device: string | undefined; readonly bytes: number }> {
  ear.take();
  await ear.link.write(ask.bytes);
  const until = clock.elapsedMs() + ask.waitMs + (ask.bytes.length + ask.answerBytes) * ear.link.msPerByte;
  const isOver = () => stop.aborted || ear.isLost() || clock.elapsedMs() >= until;
  let reply = Buffer.alloc(0);
  for (;;) {
    const isUnderstood = ask.understand(reply) !== undefined;
    await ear.listen(isUnderstood ? QUIET_AFTER_MS : until - clock.elapsedMs());
    const more = ear.take();
    reply = Buffer.concat([reply, more]);
    if ((isUnderstood && more.length === 0) || isOver()) return { device: ask.understand(reply), bytes: reply.length };
  }
}

/** Asks one candidate at one speed on an open line. */
async function askCandidate(ear: Ear, { candidate, baudRate }: Try, parts: ProbeParts) {
  let device: string | undefined;
  let noise = 0;
  for (const ask of candidate.asks(baudRate)) {
    if (parts.stop.aborted) return { device: undefined, noise };
    const said = await askOnce(ear, ask, parts);
    noise += said.bytes;
    device = said.device;
    if ((device === undefined) !== candidate.oneIsEnough) break;
  }
  return { device, noise };
}

/** Some adapters lack some speeds; the port itself is there, because it has been opened before. */
function isOnlyTheSpeed(error: unknown, hasBeenOpen: boolean): boolean {
  return (
    hasBeenOpen &&
    error instanceof BridgeError &&
    error.code === 'display.portMissing' &&
    /baud|ioctl|SetCommState/i.test(error.message)
  );
}

function stoppedText(stop: AbortSignal): string {
  return stop.reason === 'sale'
    ? 'A sale has begun on the lane; the display was given back.'
    : 'The probe was ended before it was through.';
}

/**
 * Finds out which display answers on a port, at which speed: asks only what is harmless to every display (display reference 4.3, 5.3, 6.3)
 * and opens the port anew for each speed. Never rejects.
 */
export async function probePort(parts: ProbeParts): Promise<ProbedPort> {
  const { clock, settings, stop } = parts;
  const noiseAt = new Set<number>();
  let hasBeenOpen = false;
  const result = (answer: ProbeAnswer | null, stopped: string | null): ProbedPort => ({
    answer,
    stopped,
    noiseAt: [...noiseAt],
    isMute: MUTE_DRIVERS.includes(settings.driver) && settings.options?.['preset'] !== 'diy-json',
  });
  for (const one of plan(parts)) {
    if (stop.aborted) return result(null, stoppedText(stop));
    let ear: Ear | undefined;
    try {
      ear = await listenAt(parts.openAt(one.baudRate), parts);
      // Opening may restart the board, the first time at least.
      if (!hasBeenOpen) await clock.sleep(parts.bootDelayMs, stop);
      hasBeenOpen = true;
      const { device, noise } = await askCandidate(ear, one, parts);
      if (device !== undefined) {
        const { driver, options } = one.candidate;
        return result({ driver, baudRate: one.baudRate, options, device }, null);
      }
      if (noise > 0) noiseAt.add(one.baudRate);
    } catch (error) {
      if (!isOnlyTheSpeed(error, hasBeenOpen)) return result(null, asPortLost(error, 'of the display').message);
    } finally {
      await ear?.close();
    }
  }
  return result(null, stop.aborted ? stoppedText(stop) : null);
}
