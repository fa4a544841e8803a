import http from 'node:http';
import net from 'node:net';

/** An answer, whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** Throws when the body is no JSON. */
  json<T = Record<string, unknown>>(): T;
}

/** What to send; `headers` may name `Host` freely. */
export interface HttpWish {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly signal?: AbortSignal;
}

/** One call over a connection of its own. */
export function httpCall(url: string, wish: HttpWish = {}): Promise<HttpAnswer> {
  const body = wish.json === undefined ? wish.body : JSON.stringify(wish.json);
  const headers: Record<string, string | readonly string[]> = {
    ...(wish.json === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...wish.headers,
  };
  return new Promise((resolve, reject) => {
    const request = http.request(url, {
      method: wish.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: headers as http.OutgoingHttpHeaders,
      agent: false,
      signal: wish.signal,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text, json: () => JSON.parse(text) });
      });
    });
    request.end(body);
  });
}

/** Sends raw text over TCP and gives everything that comes back until the server closes. */
export function rawCall(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.write(text);
  });
}
