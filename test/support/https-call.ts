import type { OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Certificate } from './certificates.js';
import type { HttpWish } from './http-call.js';

/** What came back over TLS, and which certificate the server showed. */
export interface HttpsAnswer {
  readonly status: number;
  readonly text: string;
  /** As sent, one a cookie. */
  readonly cookies: readonly string[];
}

/**
 * One call to `localhost` that trusts this certificate and no other. Over `agent` a connection is kept; without one the call has its own.
 * Rejects when the server shows another certificate.
 */
export function httpsCall(
  port: number,
  path: string,
  trusted: Certificate,
  wish: Pick<HttpWish, 'method' | 'headers' | 'json'> = {},
  agent?: https.Agent,
): Promise<HttpsAnswer> {
  const body = wish.json === undefined ? undefined : JSON.stringify(wish.json);
  return new Promise((resolve, reject) => {
    const request = https.request({
      host: '127.0.0.1',
      port,
      path,
      servername: 'localhost',
      ca: trusted.cert,
      method: wish.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        Host: `localhost:${port}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }),
        ...wish.headers,
      } as OutgoingHttpHeaders,
      agent: agent ?? false,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, cookies: response.headers['set-cookie'] ?? [] }),
      );
    });
    request.end(body);
  });
}
