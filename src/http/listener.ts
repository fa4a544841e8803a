import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { invariant } from '../base/assert.js';
import { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import { createBatches } from './batches.js';
import { watchConnections } from './connections.js';
import { Problem, type ProblemCode, problemBody } from './problem.js';
import { boundBodies } from './slow-bodies.js';
import { newTraceId } from './trace.js';

/** Limits of a listener in time, bytes and connections. */
export interface ListenerLimits {
  /** Ms until the headers of a request must be complete. */
  readonly headersMs: number;
  /** Ms until the whole request, body included, must be here. Answers may take longer. */
  readonly requestMs: number;
  /** The same for a request whose handler allows it a long body; left out: there are none. */
  readonly longRequestMs?: number;
  /** Ms an idle connection is kept. */
  readonly keepAliveMs: number;
  readonly headerBytes: number;
  readonly connections: number;
}

const OLDEST_TLS = 'TLSv1.2';

/** Limits that fit a shop: many tills, each with a stream and a few calls. */
const LISTENER_LIMITS: ListenerLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 75_000,
  headerBytes: 16 * 1024,
  connections: 500,
};

/** PEM texts of a key and the certificate that goes with it. */
export interface TlsFiles {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
}

/** What a listener is made of. */
export interface ListenerParts {
  /** Name in messages and logs, as in the configuration: `terminal`, `upstream`, `backOffice`. */
  readonly name: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Left out: plain HTTP. */
  readonly tls?: TlsFiles | undefined;
  /** May return a promise that lasts as long as the call does: stopping waits for it. */
  readonly handler: (req: http.IncomingMessage, res: http.ServerResponse) => unknown;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<ListenerLimits>;
}

/** A server that is listening. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** As in `http://127.0.0.1:8480`. */
  readonly url: string;
  /**
   * Shows another certificate from the next connection on; open ones go on under theirs. Throws, and changes nothing, when the two are no
   * pair. Only for a listener that was started with TLS.
   */
  useTls(tls: TlsFiles): void;
  /**
   * Takes no further connection, closes idle ones, lets answers under way come to their end for `graceMs`, then cuts the rest and
   * gives handlers whose caller is gone as long again. Streams and long polls end by the application's own stop signal, given first.
   */
  stop(graceMs: number): Promise<void>;
}

/** Starts to listen. Throws `BridgeError`: `listen.portTaken`, or `config.wrong` for an address that cannot be used. */
export async function startListener(parts: ListenerParts): Promise<Listener> {
  const limits = { ...LISTENER_LIMITS, ...parts.limits };
  const calls = new Set<Promise<unknown>>();
  const inSmallBatches = createBatches(parts.clock);
  const begin = (req: http.IncomingMessage, res: http.ServerResponse) => {
    if (req.socket.destroyed) return;
    const call = (async () => parts.handler(req, res))()
      .catch((error: unknown) => parts.log.error('handler failed', { listener: parts.name, error: errorText(error) }))
      .finally(() => calls.delete(call));
    calls.add(call);
  };
  const server = createServer(parts, limits, (req, res) => inSmallBatches(() => begin(req, res)));
  server.maxConnections = limits.connections;
  // Bytes bound the headers, not their number: else a second Host could hide behind two thousand others, which Node leaves out.
  server.maxHeadersCount = 0;
  const connections = watchConnections(server, parts.tls !== undefined);
  if (limits.longRequestMs !== undefined) boundBodies(server, limits.requestMs, parts.clock);
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    if (connections.mustStaySilent(socket)) socket.destroy();
    else answerBrokenRequest(error, socket);
  });
  server.on('drop', () => parts.log.warn('connection refused: too many', { listener: parts.name, count: limits.connections }));
  // Without this Node would invite every body before the Host rule has seen the request.
  server.on('checkContinue', (req, res) => server.emit('request', req, res));
  // And without this it would answer 417 by itself, without a problem document; an expectation may be passed over (RFC 9110 10.1.1).
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  let stopping = false;
  server.prependListener('request', (_req: http.IncomingMessage, res: http.ServerResponse) => {
    if (stopping && !res.headersSent) res.setHeader('Connection', 'close');
    res.once('close', () => {
      if (stopping) server.closeIdleConnections();
    });
  });
  await listen(server, parts);
  server.on('error', (error) => parts.log.error('listener failed', { listener: parts.name, error: errorText(error) }));
  const { port } = server.address() as AddressInfo;
  const hostText = parts.host.includes(':') ? `[${parts.host}]` : parts.host;
  return {
    host: parts.host,
    port,
    url: `${parts.tls === undefined ? 'http' : 'https'}://${hostText}:${port}`,
    useTls({ key, cert }) {
      invariant(server instanceof https.Server, 'a listener without TLS has no certificate');
      createSecureContext({ key, cert });
      server.setSecureContext({ key, cert, minVersion: OLDEST_TLS });
    },
    async stop(graceMs) {
      stopping = true;
      const end = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      connections.closeUnused();
      await atMost(end, graceMs, parts.clock);
      connections.closeAll();
      await end;
      await atMost(Promise.all(calls), graceMs, parts.clock);
    },
  };
}

async function atMost(work: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  const done = new AbortController();
  const over = () => done.abort();
  void work.then(over, over);
  await clock.sleep(ms, done.signal);
}

function createServer(parts: ListenerParts, limits: ListenerLimits, handler: http.RequestListener): http.Server {
  const options: http.ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.longRequestMs ?? limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
    noDelay: true,
    keepAlive: true,
    // A request without Host is answered by the Host rule, with a problem document.
    requireHostHeader: false,
  };
  if (parts.tls === undefined) return http.createServer(options, handler);
  const { key, cert } = parts.tls;
  return https.createServer({ ...options, key, cert, minVersion: OLDEST_TLS, handshakeTimeout: limits.headersMs }, handler);
}

function listen(server: http.Server, parts: ListenerParts): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(error, parts));
    server.once('error', failed);
    server.listen({ host: parts.host, port: parts.port }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

function listenError(error: NodeJS.ErrnoException, { name, host, port }: ListenerParts): BridgeError {
  const options = { cause: error };
  if (error.code === 'EADDRINUSE') {
    const what = `listen.${name}: port ${port} on ${host} is taken by another program. Stop it, or choose another port for listen.${name}.`;
    return new BridgeError('listen.portTaken', what, options);
  }
  if (error.code === 'EACCES') {
    const what = `listen.${name}: this account may not open port ${port} on ${host}. Choose a port from 1024 up.`;
    return new BridgeError('config.wrong', what, options);
  }
  const what = `listen.${name}: ${host}:${port} cannot be opened (${error.code ?? error.message}). Use an address of this machine.`;
  return new BridgeError('config.wrong', what, options);
}

/** Requests that never became one: no Koa, only a problem document. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Duplex): void {
  const spoken = 'bytesWritten' in socket && (socket as Socket).bytesWritten > 0;
  if (error.code === 'ECONNRESET' || !socket.writable || (spoken && error.code === 'ERR_HTTP_REQUEST_TIMEOUT')) {
    socket.destroy();
    return;
  }
  const problem = brokenRequest(error.code);
  const body = JSON.stringify(problemBody(problem, newTraceId()));
  const head = [
    `HTTP/1.1 ${problem.status} ${http.STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function brokenRequest(code: string | undefined): Problem {
  const found: readonly [ProblemCode, string] =
    code === 'HPE_HEADER_OVERFLOW'
      ? ['headers_too_large', 'The headers of this request are larger than the bridge takes.']
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['request_timeout', 'The request did not arrive completely in time.']
        : ['invalid_request', 'This is not an HTTP request.'];
  return new Problem(found[0], found[1]);
}
