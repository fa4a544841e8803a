import type { ServerResponse } from 'node:http';
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

/** Writes an answer, or withholds it in the way of `delivery`. Resolves when nothing more will be written. */
export async function writeAnswer(
  clock: Clock,
  response: ServerResponse,
  answer: AnswerToWrite,
  delivery: CallChange['delivery'],
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
  if (delivery === 'reset') {
    response.socket?.resetAndDestroy();
    return record('reset', null);
  }
  if (response.destroyed || response.socket === null) return record('clientGone', null);
  response.sendDate = false;
  response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
  if (delivery === 'half') {
    await writeSome(response, answer.body.subarray(0, Math.floor(answer.body.length / 2)));
    response.socket?.resetAndDestroy();
    return record('half', answer.status);
  }
  response.end(answer.body);
  return record('answered', answer.status);
}

/** Resolves when the kernel has the bytes: a reset straight after `write` would overtake them. */
function writeSome(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', () => resolve());
    response.write(bytes, () => resolve());
  });
}
