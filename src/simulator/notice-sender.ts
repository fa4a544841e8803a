import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../base/clock.js';
import type { OutgoingNotice } from './notification-tamper.js';
import { distinctHeaders, readRequestBody } from './read-request.js';

/** What a receiver said to a notification, or why it said nothing. */
export type Reply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Record<string, string | readonly string[]>;
      readonly body: Buffer;
    }
  | { readonly kind: 'silent'; readonly why: string };

const MOST_ACK_BYTES = 64 * 1024;

/** Only this machine is ever called: the simulator must not be a way to make others receive requests. */
export function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Posts one notification and waits at most `timeoutMs`; never rejects. With `hangUp` it cuts the connection as soon as all is written. */
export async function sendNotice(
  clock: Clock,
  url: string,
  out: OutgoingNotice,
  { timeoutMs, hangUp, stop }: { readonly timeoutMs: number; readonly hangUp: boolean; readonly stop: AbortSignal },
): Promise<Reply> {
  const over = new AbortController();
  const end = () => over.abort();
  stop.addEventListener('abort', end);
  const timeOut = clock.sleep(timeoutMs, over.signal).then((): Reply => {
    over.abort();
    return { kind: 'silent', why: stop.aborted ? 'stopped' : `no answer within ${timeoutMs} ms` };
  });
  const reply = await Promise.race([post(url, out, hangUp, over.signal), timeOut]);
  stop.removeEventListener('abort', end);
  over.abort();
  return reply;
}

function post(url: string, out: OutgoingNotice, hangUp: boolean, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve) => {
    const silent = (error: Error) => resolve({ kind: 'silent', why: error.message });
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    // A connection of its own each time: a kept one that the receiver has just closed would look like a lost acknowledgement.
    const request = send(url, { method: 'POST', agent: false, signal });
    for (const name of new Set(out.headers.map(([key]) => key))) {
      const values = out.headers.filter(([key]) => key === name).map(([, value]) => value);
      request.setHeader(name, values.length === 1 ? (values[0] ?? '') : values);
    }
    request.setHeader('content-length', out.body.length);
    request.on('error', silent);
    request.on('response', (response) => {
      response.on('error', silent);
      void readRequestBody(response, MOST_ACK_BYTES).then((body) => {
        if (body === undefined) resolve({ kind: 'silent', why: 'the answer broke off or was too long' });
        else resolve({ kind: 'answered', status: response.statusCode ?? 0, headers: distinctHeaders(response), body });
      });
    });
    request.end(out.body, () => {
      if (hangUp) request.destroy(new Error('hung up'));
    });
  });
}
