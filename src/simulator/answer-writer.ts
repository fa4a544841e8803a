import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.js';
import type { CallChange } from './call-change.js';
import type { AnswerRecord } from './call-log.js';

export interface AnswerToWrite {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** How long a connection that gets no answer is held before it is cut. */
const HELD_MS = 60_000;
const MOST_KEPT_TEXT = 64 * 1024;

/** Writes an answer, or withholds it, in the way that the faults want. Resolves when nothing more will be written. */
export async function writeAnswer(
  clock: Clock,
  response: ServerResponse,
  answer: AnswerToWrite,
  { delivery, inParts, chunked = false }: Pick<CallChange, 'delivery' | 'inParts' | 'chunked'>,
  giveUp: AbortSignal,
): Promise<AnswerRecord> {
  const record = (kind: AnswerRecord['kind'], status: number | null): AnswerRecord => ({
    kind,
    status,
    headers: answer.headers,
    body: answer.body.toString('utf8').slice(0, MOST_KEPT_TEXT),
  });
  if (delivery === 'held') {
    await clock.sleep(HELD_MS, giveUp);
    response.destroy();
    return record('held', null);
  }
  if (delivery === 'reset' || delivery === 'closed') {
    if (delivery === 'reset') reset(response.socket);
    else response.socket?.end();
    return record(delivery, null);
  }
  if (response.destroyed || response.socket === null) return record('clientGone', null);
  const { socket } = response;
  response.sendDate = false;
  response.writeHead(answer.status, { ...answer.headers, ...(chunked ? {} : { 'content-length': answer.body.length }) });
  if (delivery === 'half') {
    await writeSome(response, answer.body.subarray(0, Math.floor(answer.body.length / 2)));
    reset(socket);
    return record('half', answer.status);
  }
  const { parts, overMs } = inParts ?? { parts: chunked ? 3 : 1, overMs: 0 };
  // Behind the last byte, when the client already counts on the connection.
  if (delivery === 'thenClosed') response.once('finish', () => socket.end());
  if (parts > 1) {
    const whole = await writeParts(clock, response, answer.body, parts, overMs / parts, giveUp);
    if (!whole) return record('clientGone', answer.status);
    response.end();
  } else response.end(answer.body);
  return record(delivery ?? 'answered', answer.status);
}

/** A socket that is being ended, because the client went away, cannot be reset any more: its handle would stay open for ever. */
function reset(socket: Socket | null): void {
  if (socket?.writableEnded === true) socket.destroy();
  else socket?.resetAndDestroy();
}

/** False when the client went away before the last byte. */
async function writeParts(
  clock: Clock,
  response: ServerResponse,
  body: Buffer,
  parts: number,
  pauseMs: number,
  giveUp: AbortSignal,
): Promise<boolean> {
  response.socket?.setNoDelay(true);
  response.flushHeaders();
  const size = Math.max(1, Math.ceil(body.length / parts));
  for (let from = 0; from < body.length; from += size) {
    if (pauseMs > 0) await clock.sleep(pauseMs, giveUp);
    if (giveUp.aborted) return false;
    await writeSome(response, body.subarray(from, from + size));
  }
  return true;
}

/** Resolves when the kernel has the bytes: a reset straight after `write` would overtake them. */
function writeSome(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(bytes, done);
  });
}
