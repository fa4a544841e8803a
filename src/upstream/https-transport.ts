import { Agent } from 'undici';
import type { Clock } from '../base/clock.js';
import { errorText } from '../base/log.js';
import type { Answer, Transport } from './transport.js';

/** As much as a notification may have; every answer is kept, and real ones have a few thousand bytes. */
const LONGEST_ANSWER_BYTES = 256 * 1024;
const MOST_CONNECTIONS = 64;
const LONGEST_HEADER_BYTES = 64 * 1024;

/** Failures in which no connection ever stood, so that not one byte of the request can have left. */
const BEFORE_CONNECTION = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Real HTTP(S) to one upstream over kept-alive connections. Nothing is repeated here and no redirect is followed. */
export function createHttpsTransport(baseUrl: string, clock: Clock, connectTimeoutMs: number): Transport {
  const agent = new Agent({
    connections: MOST_CONNECTIONS,
    pipelining: 1,
    connect: { timeout: connectTimeoutMs },
    maxHeaderSize: LONGEST_HEADER_BYTES,
    // The deadline below is the only clock; undici's own would fire at other moments.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    async post(path, headers, body, deadlineMs) {
      const given = new AbortController();
      const done = new AbortController();
      let timedOut = false;
      void clock.sleep(deadlineMs, done.signal).then(() => {
        if (done.signal.aborted) return;
        timedOut = true;
        given.abort();
      });
      try {
        const response = await agent.request({
          origin: new URL(baseUrl).origin,
          path,
          method: 'POST',
          headers: { ...headers },
          body,
          signal: given.signal,
        });
        const bytes = await readBounded(response.body);
        if (bytes === undefined) return silent('tooLong', `answer longer than ${LONGEST_ANSWER_BYTES} bytes`);
        return { kind: 'answered', status: response.statusCode, headers: plainHeaders(response.headers), body: bytes };
      } catch (error) {
        if (timedOut) return silent('timeOut', `no answer within ${deadlineMs} ms`);
        const code = codeOf(error);
        if (BEFORE_CONNECTION.has(code)) return { kind: 'silent', bytesMayHaveLeft: false, cause: 'noConnection', detail: code };
        return silent('brokenOff', code || errorText(error));
      } finally {
        done.abort();
      }
    },
    close: () => agent.destroy(),
  };
}

function silent(cause: 'timeOut' | 'brokenOff' | 'tooLong', detail: string): Answer {
  return { kind: 'silent', bytesMayHaveLeft: true, cause, detail };
}

async function readBounded(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    // Leaving the loop destroys the stream and with it the connection.
    if (length > LONGEST_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function plainHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | readonly string[]> {
  const out: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) out[name.toLowerCase()] = value;
  return out;
}

/** The same error number can come from reading a connection that stood, and then bytes may have left. */
function onStandingConnection(error: Error): boolean {
  return (
    'syscall' in error &&
    typeof error.syscall === 'string' &&
    error.syscall !== 'connect' &&
    !error.syscall.startsWith('getaddrinfo')
  );
}

function codeOf(error: unknown): string {
  let at: unknown = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if ('code' in at && typeof at.code === 'string' && BEFORE_CONNECTION.has(at.code) && !onStandingConnection(at))
      return at.code;
    // Both addresses of a host name were tried: each failure counts, and all of them must be "no connection".
    if (at instanceof AggregateError && at.errors.length > 0 && at.errors.every((e) => BEFORE_CONNECTION.has(codeOf(e))))
      return codeOf(at.errors[0]);
    if (at.cause === undefined)
      return onStandingConnection(at) ? 'BROKEN' : 'code' in at && typeof at.code === 'string' ? at.code : '';
    at = at.cause;
  }
  return '';
}
