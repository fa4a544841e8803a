import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import {
  type AdminAnswer,
  createLineReader,
  LONGEST_ANSWER,
  LONGEST_REQUEST,
  readAnswer,
  readRequest,
} from './admin-messages.js';
import { guardSocketFolder } from './admin-path.js';

/** Does one verb. A `BridgeError` it throws reaches the asker with its code and sentence. */
export type AdminHandler = (args: Readonly<Record<string, unknown>>) => Promise<AdminAnswer>;

export interface AdminServerParts {
  /** From `adminSocketPath`. */
  readonly path: string;
  /** By verb. */
  readonly handlers: Readonly<Record<string, AdminHandler>>;
  readonly log: Log;
}

export interface AdminServer {
  /** Takes no further calls and removes the socket; calls under way are still answered, and not waited for. */
  close(): Promise<void>;
}

/** A connection that says nothing for this long is dropped, ms. */
const REQUEST_WITHIN_MS = 5000;
const CALL_WITHIN_MS = 20_000;
const PROBE_WITHIN_MS = 2000;
/** Connections open at once. Of more, whoever came first and has asked nothing yet is cut off, so that a technician gets through. */
const MOST_OPEN = 64;

/** One connection. */
interface Caller {
  hasAsked: boolean;
}

/**
 * Opens the admin socket: one line of JSON in, one out, then the connection ends. Only the account of this process (and the
 * administrator) can connect: the socket is made with mode 0600, and a Windows pipe grants others reading only, while every call
 * has to write. Call it after the single-instance lock is taken: a socket file that nobody answers on is then a dead process's and
 * is replaced. Throws `BridgeError` when somebody does answer, or something else stands in the place.
 */
export async function serveAdmin(parts: AdminServerParts): Promise<AdminServer> {
  const { path } = parts;
  guardSocketFolder(path, true);
  await clearStaleSocket(path);
  const open = new Map<Socket, Caller>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const caller = { hasAsked: false };
    open.set(socket, caller);
    socket.on('close', () => open.delete(socket));
    receive(socket, caller, parts);
    if (open.size > MOST_OPEN) cutOffOne(open, socket);
  });
  await listen(server, path);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close();
        // Listening has ended by now; what is under way may take as long as it likes.
        for (const socket of open.keys()) socket.unref();
        resolve();
      }),
  };
}

function cutOffOne(open: ReadonlyMap<Socket, Caller>, newest: Socket): void {
  const [silent] = [...open].find(([, { hasAsked }]) => !hasAsked) ?? [newest];
  silent.destroy();
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new BridgeError('listen.portTaken', `the admin socket ${path} cannot be opened: ${error.message}`, { cause: error }),
      ),
    );
    if (process.platform === 'win32') {
      server.listen(path, resolve);
      return;
    }
    // The bind happens inside this call, so nobody can connect between it and the chmod.
    const before = process.umask(0o177);
    try {
      server.listen(path, () => {
        chmodSync(path, 0o600);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

async function clearStaleSocket(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new BridgeError(
      'listen.portTaken',
      `${path} is not a socket. Repair: move that file away, the bridge needs its place.`,
    );
  }
  if (await somebodyAnswers(path)) {
    throw new BridgeError('listen.portTaken', `another process answers on ${path}. Repair: stop it with "ocbridge stop".`);
  }
  unlinkSync(path);
}

function somebodyAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_WITHIN_MS, () => done(true));
    socket.once('connect', () => done(true));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
  });
}

function receive(socket: Socket, caller: Caller, parts: AdminServerParts): void {
  const reader = createLineReader(LONGEST_REQUEST);
  let unread = 0;
  socket.on('error', () => socket.destroy());
  socket.setTimeout(REQUEST_WITHIN_MS, () => socket.destroy());
  socket.on('end', () => {
    if (!caller.hasAsked) socket.destroy();
  });
  socket.on('data', (bytes) => {
    if (caller.hasAsked) {
      // One line is all there is to say; who goes on for long says it to nobody.
      unread += bytes.length;
      if (unread > LONGEST_REQUEST) socket.destroy();
      return;
    }
    const line = reader.push(bytes);
    if (line === undefined) return;
    caller.hasAsked = true;
    socket.setTimeout(0);
    const answer =
      line === 'tooLong' ? Promise.resolve(refused('invalid_request', 'the request is too long')) : handle(line, parts);
    void answer.then((done) => {
      socket.setTimeout(REQUEST_WITHIN_MS);
      socket.end(`${JSON.stringify(done)}\n`);
    });
  });
}

function refused(code: string, message: string): AdminAnswer {
  return { kind: 'refused', code, message };
}

async function handle(line: string, { handlers, log }: AdminServerParts): Promise<AdminAnswer> {
  const request = readRequest(line);
  if (request === undefined) return refused('invalid_request', 'the request is not one line of JSON with verb and args');
  const handler = Object.hasOwn(handlers, request.verb) ? handlers[request.verb] : undefined;
  if (handler === undefined)
    return refused('unknown_verb', `the running bridge knows no "${request.verb}"; it may be of another version`);
  try {
    return await handler(request.args);
  } catch (error) {
    if (error instanceof BridgeError) return refused(error.code, error.message);
    log.error('admin call failed', { call: request.verb, error: errorText(error) });
    return refused('internal_error', `the running bridge failed at "${request.verb}"; its log says why`);
  }
}

/** How a call is bounded: `clock` measures, `withinMs` is the whole time it may take (20 s by default). */
export interface AdminCallLimits {
  readonly clock: Clock;
  readonly withinMs?: number;
}

/**
 * Asks the running bridge. Rejects with `BridgeError`: `admin.notRunning` when nobody listens, `admin.notAllowed` when it belongs to
 * another account, `admin.noAnswer` when it breaks off or takes too long.
 */
export async function callAdmin(
  path: string,
  verb: string,
  args: Readonly<Record<string, unknown>>,
  limits: AdminCallLimits,
): Promise<AdminAnswer> {
  guardSocketFolder(path, false);
  const over = new AbortController();
  const socket = connect(path);
  try {
    return await Promise.race([
      exchange(socket, path, `${JSON.stringify({ verb, args })}\n`),
      limits.clock.sleep(limits.withinMs ?? CALL_WITHIN_MS, over.signal).then(() => {
        throw noAnswer(path, 'it takes too long');
      }),
    ]);
  } finally {
    over.abort();
    socket.destroy();
  }
}

function exchange(socket: Socket, path: string, request: string): Promise<AdminAnswer> {
  return new Promise((resolve, reject) => {
    const reader = createLineReader(LONGEST_ANSWER);
    socket.once('connect', () => socket.write(request));
    socket.on('error', (error: NodeJS.ErrnoException) => reject(connectError(path, error)));
    socket.on('close', () => reject(noAnswer(path, 'it broke off')));
    socket.on('data', (bytes) => {
      const line = reader.push(bytes);
      if (line === undefined) return;
      const answer = line === 'tooLong' ? undefined : readAnswer(line);
      if (answer === undefined) reject(noAnswer(path, 'its answer cannot be read'));
      else resolve(answer);
    });
  });
}

function noAnswer(path: string, why: string): BridgeError {
  return new BridgeError(
    'admin.noAnswer',
    `the bridge on ${path} gave no answer: ${why}. Repair: look at its log, then try again.`,
  );
}

function connectError(path: string, error: NodeJS.ErrnoException): BridgeError {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK') {
    return new BridgeError(
      'admin.notRunning',
      'the bridge is not running with this configuration. Repair: start it with "ocbridge serve".',
    );
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new BridgeError(
      'admin.notAllowed',
      'the bridge runs under another account. Repair: run this command as that account or as administrator.',
    );
  }
  return noAnswer(path, error.message);
}
