import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** One answer as it came over the wire; `whole` is false when the connection ended in the middle of it. */
export interface RawAnswer {
  readonly status: number;
  /** Lower-case names; of several equal ones the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly whole: boolean;
}

/** What to send, piece by piece, and how to end. */
export interface Shot {
  readonly pieces: readonly (string | Buffer)[];
  /** Ms between pieces. */
  readonly pauseMs?: number;
  /** After the last piece: wait for answers (default), say that nothing more comes, or break the connection. */
  readonly finish?: 'wait' | 'halfClose' | 'reset';
  /** Answers without a body follow this method. */
  readonly method?: string;
  /** So many answers are waited for; default 1. */
  readonly answers?: number;
  /** Waits for the end of the connection instead of the answers. */
  readonly untilClosed?: boolean;
}

/** What came back. */
export interface Exchange {
  readonly answers: readonly RawAnswer[];
  /** Bytes that are no answer. */
  readonly rest: Buffer;
  /** The other side ended the connection. */
  readonly closed: boolean;
  /** Nothing that was waited for came in time. */
  readonly timedOut: boolean;
  /** From the last byte sent to the first one back, ms; null when nothing came. */
  readonly firstByteMs: number | null;
}

/** Sends a shot over a connection of its own. Never rejects: a refused or broken connection is an exchange without answers. */
export async function exchange(port: number, shot: Shot, withinMs = 4_000): Promise<Exchange> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const wanted = shot.answers ?? 1;
  const method = shot.method ?? 'GET';
  let bytes: Buffer = Buffer.alloc(0);
  let closed = false;
  let sentAt = performance.now();
  let firstAt: number | undefined;
  let enough = () => {};
  const done = new Promise<void>((resolve) => {
    enough = resolve;
  });
  socket.on('error', () => {
    closed = true;
    enough();
  });
  const ended = () => {
    closed = true;
    enough();
  };
  socket.on('end', ended);
  socket.on('close', ended);
  socket.on('data', (chunk: Buffer) => {
    firstAt ??= performance.now();
    bytes = Buffer.concat([bytes, chunk]);
    if (shot.untilClosed !== true && parseAnswers(bytes, method).answers.filter(({ whole }) => whole).length >= wanted) enough();
  });
  for (const [index, piece] of shot.pieces.entries()) {
    if (index > 0 && shot.pauseMs !== undefined) await pause(shot.pauseMs);
    if (closed) break;
    socket.write(piece);
  }
  sentAt = performance.now();
  if (shot.finish === 'halfClose') socket.end();
  if (shot.finish === 'reset') {
    await pause(5);
    socket.resetAndDestroy();
    return { answers: [], rest: bytes, closed: true, timedOut: false, firstByteMs: null };
  }
  const late = new AbortController();
  const timedOut = await Promise.race([
    done.then(() => false),
    pause(withinMs, true, { signal: late.signal }).catch(() => false),
  ]);
  late.abort();
  socket.destroy();
  const read = parseAnswers(bytes, method);
  return { ...read, closed, timedOut, firstByteMs: firstAt === undefined ? null : Math.max(0, firstAt - sentAt) };
}

/** Reads the bytes of a connection as HTTP/1.1 answers; an incomplete last one is there with `whole` false. */
function parseAnswers(bytes: Buffer, method: string): { readonly answers: RawAnswer[]; readonly rest: Buffer } {
  const answers: RawAnswer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) break;
    const [first = '', ...lines] = bytes.subarray(at, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) break;
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const { body, next, whole } = bodyAt(bytes, end + 4, headers, status, method);
    at = next;
    // Only a word between: the answer is still to come.
    if (status >= 100 && status < 200) continue;
    answers.push({ status, headers, body, whole });
    if (!whole) break;
  }
  return { answers, rest: bytes.subarray(at) };
}

function bodyAt(bytes: Buffer, from: number, headers: ReadonlyMap<string, string>, status: number, method: string) {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return { body: Buffer.alloc(0), next: from, whole: true };
  if (headers.get('transfer-encoding') === 'chunked') return chunkedAt(bytes, from);
  const length = headers.get('content-length');
  if (length === undefined)
    return { body: bytes.subarray(from), next: bytes.length, whole: headers.get('connection') === 'close' };
  const next = Math.min(bytes.length, from + Number(length));
  return { body: bytes.subarray(from, next), next, whole: next === from + Number(length) };
}

function chunkedAt(bytes: Buffer, from: number) {
  const chunks: Buffer[] = [];
  let at = from;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    if (Number.isNaN(size) || lineEnd + 2 + size + 2 > bytes.length)
      return { body: Buffer.concat(chunks), next: bytes.length, whole: false };
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
    if (size === 0) return { body: Buffer.concat(chunks), next: at, whole: true };
  }
}
