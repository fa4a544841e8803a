import { Agent, buildConnector } from 'undici';
import type { Clock } from '../base/clock.js';
import { errorText } from '../base/log.js';
import type { Silence, Transport } from './transport.js';

/** As much as a notification may have; every answer is kept, and real ones have a few thousand bytes. */
const LONGEST_ANSWER_BYTES = 256 * 1024;
const MOST_CONNECTIONS = 64;
const LONGEST_HEADER_BYTES = 64 * 1024;

/** Made by the connector and by nothing else: no connection stood, so not one byte of a request can have left. */
class NoConnection extends Error {
  override name = 'NoConnection';
}

/** Real HTTP(S) to one upstream over kept-alive connections. Nothing is repeated here and no redirect is followed. */
export function createHttpsTransport(baseUrl: string, clock: Clock, connectTimeoutMs: number): Transport {
  const { origin, host, hostname, protocol, port } = new URL(baseUrl);
  const plain = buildConnector({ timeout: connectTimeoutMs });
  const connect: buildConnector.connector = (options, callback) =>
    plain(options, (...[error, socket]) =>
      error === null ? callback(null, socket) : callback(new NoConnection(errorText(error), { cause: error }), null),
    );
  const agent = new Agent({
    connections: MOST_CONNECTIONS,
    pipelining: 1,
    connect,
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
      const exchange = async () => {
        const response = await agent.request({
          origin,
          path,
          method: 'POST',
          headers: { ...headers },
          body,
          signal: given.signal,
        });
        return { response, bytes: await readBounded(response.body) };
      };
      // A connection that hangs in its making does not always hear the signal: the deadline holds all the same.
      const late = new Promise<undefined>((resolve) => given.signal.addEventListener('abort', () => resolve(undefined)));
      try {
        const heard = await Promise.race([exchange(), late]);
        if (heard === undefined) return silent('timeOut', `no answer within ${deadlineMs} ms`);
        const { response, bytes } = heard;
        if (bytes === undefined) return silent('tooLong', `answer longer than ${LONGEST_ANSWER_BYTES} bytes`);
        return { kind: 'answered', status: response.statusCode, headers: plainHeaders(response.headers), body: bytes };
      } catch (error) {
        if (timedOut) return silent('timeOut', `no answer within ${deadlineMs} ms`);
        const failed = connectingFailed(error);
        return failed === undefined ? silent('brokenOff', codeOf(error)) : noConnection(failed);
      } finally {
        done.abort();
      }
    },
    reach: () =>
      new Promise((resolve) => {
        plain({ host, hostname, protocol, port }, (...[error, socket]) => {
          socket?.destroy();
          resolve(error === null ? undefined : noConnection(error));
        });
      }),
    close: () => agent.destroy(),
  };
}

function noConnection(error: unknown): Silence {
  return { kind: 'silent', bytesMayHaveLeft: false, cause: 'noConnection', detail: codeOf(error) };
}

function silent(cause: 'timeOut' | 'brokenOff' | 'tooLong', detail: string): Silence {
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

/** What went wrong where no connection stood; `undefined` where one did, or nobody can say. */
function connectingFailed(error: unknown): unknown {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if (at instanceof NoConnection) return at.cause;
    at = at.cause;
  }
  return undefined;
}

/** The innermost code word; where several addresses of a name were tried, that of the first. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return errorText(error);
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (error.cause !== undefined) return codeOf(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
