import type { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { lineTrouble } from './line-trouble.js';
import type { Answer, Silence, Transport } from './transport.js';

/** What is known of the way to one upstream, from the calls that were made and, while no connection comes about, from trying. */
export interface UpstreamLine {
  /** What is wrong; null while nothing is known to be. */
  trouble(): BridgeError | null;
  /** No connection comes about: nothing that is sent now can arrive. */
  isCut(): boolean;
  /** Stops trying. */
  close(): void;
}

export interface UpstreamLineParts {
  readonly upstreamId: string;
  readonly baseUrl: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
}

/** So many calls in a row without an answer are more than one slow answer. */
const SILENT_CALLS = 3;
/** What was heard so long ago says nothing about now. */
const FORGOTTEN_AFTER_MS = 600_000;
/** After a call that found no connection, and between further tries. */
const TRIED_AFTER_MS = 1000;
const TRIED_EVERY_MS = 5000;

/** Gives the same transport, watched, and what it knows of the line. */
export function watchLine(parts: UpstreamLineParts): { readonly line: UpstreamLine; readonly transport: Transport } {
  const { transport, clock, log, upstreamId, baseUrl } = parts;
  const closed = new AbortController();
  let trouble: BridgeError | null = null;
  let silentCalls = 0;
  let heardAt = clock.elapsedMs();
  let trying = false;

  function say(next: BridgeError | null): void {
    if (next?.code === trouble?.code) return;
    if (next !== null) log.alarm('the upstream cannot be reached', { upstreamId, errorCode: next.code, why: next.message });
    else if (trouble !== null) log.info('the upstream can be reached again', { upstreamId, errorCode: trouble.code });
    trouble = next;
  }

  function heard(answer: Answer): void {
    heardAt = clock.elapsedMs();
    if (answer.kind === 'answered') {
      silentCalls = 0;
      say(null);
      return;
    }
    silentCalls += 1;
    // One lost connection is no cut line: it is looked at by trying.
    if (answer.cause === 'noConnection') void tryUntilItStands();
    else if (silentCalls >= SILENT_CALLS) say(lineTrouble(answer, baseUrl));
  }

  async function tryUntilItStands(): Promise<void> {
    if (trying) return;
    trying = true;
    await clock.sleep(TRIED_AFTER_MS, closed.signal);
    for (let failed: Silence | undefined; !closed.signal.aborted; ) {
      failed = await transport.reach();
      if (failed === undefined) break;
      if (!closed.signal.aborted) say(lineTrouble(failed, baseUrl));
      await clock.sleep(TRIED_EVERY_MS, closed.signal);
    }
    trying = false;
    if (isConnectionTrouble(trouble)) say(null);
  }

  function now(): BridgeError | null {
    if (trouble?.code === 'upstream.noAnswer' && clock.elapsedMs() - heardAt > FORGOTTEN_AFTER_MS) say(null);
    return trouble;
  }

  return {
    line: { trouble: now, isCut: () => isConnectionTrouble(now()), close: () => closed.abort() },
    transport: {
      ...transport,
      async post(path, headers, body, deadlineMs) {
        const answer = await transport.post(path, headers, body, deadlineMs);
        heard(answer);
        return answer;
      },
    },
  };
}

function isConnectionTrouble(trouble: BridgeError | null): boolean {
  return trouble !== null && trouble.code !== 'upstream.noAnswer';
}
