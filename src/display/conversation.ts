import type { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import {
  type Confirmation,
  type DeviceEvent,
  type DisplayDriver,
  type Step,
  strongerOf,
  type Verdict,
} from './display-driver.js';
import type { Link, OpenLink } from './link.js';
import { asPortLost } from './port-errors.js';

/** Ten bits a byte, in milliseconds of a second. */
const BITS_PER_BYTE_MS = 10_000;

/** Something the device said by itself after which nothing on the glass can be relied on. */
export type Upset = 'rebooted' | 'lost' | 'asleep';

/** How a row of steps ended. `proof` is the strongest thing that was proven on the way. */
export type Outcome =
  | { readonly kind: 'done'; readonly proof: Confirmation }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'unanswered'; readonly step: string }
  | { readonly kind: 'refused'; readonly step: string; readonly why: string }
  | { readonly kind: 'upset'; readonly how: Upset }
  | { readonly kind: 'closed'; readonly why: BridgeError };

/** One driver talking over one link, one step at a time. */
export interface Conversation {
  /** Which port this really is, for people. */
  readonly port: string;
  /** Speed of the line, bits per second; undefined where it has none of its own. */
  readonly baudRate: number | undefined;
  /** Bytes came in, and not one message could be read from them: most likely they were sent at another speed. */
  heardOnlyNoise(): boolean;
  /** Runs the steps one after the other; between two sends it asks `superseded` and gives way. Never rejects. */
  run(steps: readonly Step[], superseded?: () => boolean): Promise<Outcome>;
  /** Set while the device has said something upsetting that was not dealt with yet. */
  upset(): Upset | undefined;
  calm(): void;
  /** Why the link is gone; undefined while it stands. */
  closedBy(): BridgeError | undefined;
  close(): Promise<void>;
}

interface Waiting {
  readonly expect: (event: DeviceEvent) => Verdict;
  answers: number;
  refused: string | undefined;
  alarm: AbortController;
}

/** What changes from outside while steps run; shared by the listener of the link and the runner. */
interface Ears {
  bytes: number;
  messages: number;
  waiting: Waiting | undefined;
  /** When the last byte that was written has crossed the line, elapsed ms: a write is over long before where a socket or an adapter takes it. */
  crossedAt: number;
  upset: Upset | undefined;
  closedBy: BridgeError | undefined;
  /** Ends a silence between two steps when the link is gone. */
  readonly gone: AbortController;
}

function hear(ears: Ears, driver: DisplayDriver, event: DeviceEvent, stirred: () => void): void {
  const meaning = driver.meaning(event);
  if (meaning !== 'other') ears.upset = meaning;
  const { waiting } = ears;
  if (waiting !== undefined) {
    const verdict = waiting.expect(event);
    if (verdict !== 'ignore') {
      waiting.answers += 1;
      if (waiting.answers === 1 && verdict !== 'yes') waiting.refused = verdict.refused;
    }
    if (verdict !== 'ignore' || meaning !== 'other') waiting.alarm.abort();
  }
  if (meaning !== 'other') stirred();
}

/** Waits until `enough` answers came, the device was upset, the link closed, or the time is up. */
async function listen(ears: Ears, waiting: Waiting, clock: Clock, ms: number, enough: number): Promise<void> {
  const until = clock.elapsedMs() + ms;
  while (waiting.answers < enough && ears.upset === undefined && ears.closedBy === undefined) {
    const left = until - clock.elapsedMs();
    if (left <= 0) return;
    waiting.alarm = new AbortController();
    await clock.sleep(left, waiting.alarm.signal);
  }
}

async function askOnce(ears: Ears, link: Link, clock: Clock, step: Step, attempt: number): Promise<Outcome | 'silence'> {
  const bytes = attempt > 1 ? (step.againBytes ?? step.bytes) : step.bytes;
  const waiting: Waiting | undefined = step.expect && {
    expect: step.expect,
    answers: 0,
    refused: undefined,
    alarm: new AbortController(),
  };
  ears.waiting = waiting;
  const onLineMs = bytes.length * link.msPerByte;
  ears.crossedAt = Math.max(ears.crossedAt, clock.elapsedMs()) + onLineMs;
  try {
    await link.write(bytes);
  } catch (error) {
    return { kind: 'closed', why: ears.closedBy ?? asPortLost(error, link.port) };
  }
  const done: Outcome = { kind: 'done', proof: step.proves };
  if (waiting === undefined) return done;
  const patience = step.timeoutMs + Math.max(onLineMs, ears.crossedAt - clock.elapsedMs());
  await listen(ears, waiting, clock, patience, 1);
  // The answer to an earlier try may still be on its way and would be taken for the answer to the next step: let it pass first.
  if (waiting.answers > 0 && attempt > 1) await listen(ears, waiting, clock, patience, attempt);
  if (ears.closedBy !== undefined) return { kind: 'closed', why: ears.closedBy };
  if (ears.upset !== undefined) return { kind: 'upset', how: ears.upset };
  if (waiting.refused !== undefined) return { kind: 'refused', step: step.what, why: waiting.refused };
  return waiting.answers > 0 ? done : 'silence';
}

async function ask(ears: Ears, link: Link, clock: Clock, step: Step, superseded: () => boolean): Promise<Outcome> {
  for (let attempt = 1; attempt <= step.tries; attempt += 1) {
    if (attempt > 1 && superseded()) return { kind: 'superseded' };
    const outcome = await askOnce(ears, link, clock, step, attempt);
    ears.waiting = undefined;
    if (outcome !== 'silence') return outcome;
  }
  return { kind: 'unanswered', step: step.what };
}

/**
 * Opens a fresh link and a fresh parser, so that nothing of an earlier connection can be heard in this one. `stirred` is called when the
 * link closes by itself or the device says something upsetting. Rejects with the `BridgeError` of `open`.
 */
export async function openConversation(
  driver: DisplayDriver,
  open: OpenLink,
  clock: Clock,
  stirred: () => void,
): Promise<Conversation> {
  const ears: Ears = {
    bytes: 0,
    messages: 0,
    waiting: undefined,
    crossedAt: 0,
    upset: undefined,
    closedBy: undefined,
    gone: new AbortController(),
  };
  const parser = driver.parser();
  const close = (why: BridgeError) => {
    ears.closedBy ??= why;
    ears.gone.abort();
    ears.waiting?.alarm.abort();
    stirred();
  };
  const link = await open({
    heard(bytes) {
      ears.bytes += bytes.length;
      try {
        for (const event of parser.push(bytes)) {
          ears.messages += 1;
          hear(ears, driver, event, stirred);
        }
      } catch (error) {
        // A bug in a driver must not reach the port's own event loop: it costs this connection only.
        close(asPortLost(error, 'of the display'));
      }
    },
    closed: close,
  });

  async function run(steps: readonly Step[], superseded: () => boolean = () => false): Promise<Outcome> {
    let proof: Confirmation | undefined;
    for (const step of steps) {
      if (ears.closedBy !== undefined) return { kind: 'closed', why: ears.closedBy };
      if (ears.upset !== undefined) return { kind: 'upset', how: ears.upset };
      if (superseded()) return { kind: 'superseded' };
      const outcome = await ask(ears, link, clock, step, superseded);
      if (outcome.kind !== 'done') return outcome;
      proof = strongerOf(proof, step.proves);
      if (step.gapMs > 0) await clock.sleep(step.gapMs, ears.gone.signal);
    }
    return { kind: 'done', proof: proof ?? 'written' };
  }

  return {
    port: link.port,
    baudRate: link.msPerByte > 0 ? Math.round(BITS_PER_BYTE_MS / link.msPerByte) : undefined,
    heardOnlyNoise: () => ears.bytes > 0 && ears.messages === 0,
    run,
    upset: () => ears.upset,
    calm() {
      ears.upset = undefined;
    },
    closedBy: () => ears.closedBy,
    async close() {
      ears.closedBy ??= asPortLost('closed by the bridge', link.port);
      ears.gone.abort();
      ears.waiting?.alarm.abort();
      await link.close();
    },
  };
}
