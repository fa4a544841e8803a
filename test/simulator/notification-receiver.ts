import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BRIDGE_PRIVATE_PEM, UPSTREAM_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { readPrivateKey, readPublicKey, signatureHeader, type Verdict, verifySignature } from '#src/upstream/signature.js';

/** One notification as it came in. */
export interface Received {
  readonly headers: IncomingMessage['headersDistinct'];
  readonly raw: Buffer;
  readonly verdict: Verdict;
}

/** How the receiver behaves; `ack` is the default. */
export type Manner = 'ack' | 'unsigned' | 'wrongly signed' | 'refuse' | 'F' | 'hold';

/** A receiver of notifications that verifies, remembers and acknowledges, or misbehaves as told. */
export interface NotificationReceiver {
  readonly url: string;
  readonly received: Received[];
  /** The next ones are treated so, in turn; then it acknowledges. */
  behave(...manners: Manner[]): void;
  close(): Promise<void>;
}

const HOOK_PATH = '/hooks/alipayplus/notifyPayment';
const CLIENT_ID = 'SANDBOX_0TESTONLY0000001';
const KEY = {
  privateKey: readPrivateKey(BRIDGE_PRIVATE_PEM),
  keyVersion: '1',
  encoding: 'percent',
  algorithmText: 'RSA256',
} as const;
const KEYS = new Map([['1', readPublicKey(UPSTREAM_PUBLIC_PEM)]]);

/** Listens on a free port of 127.0.0.1. */
export async function startReceiver(): Promise<NotificationReceiver> {
  const received: Received[] = [];
  let manners: Manner[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const raw = Buffer.concat(chunks);
      const one = (name: string) => request.headersDistinct[name]?.[0] ?? '';
      const context = { path: HOOK_PATH, clientId: one('client-id'), time: one('request-time') };
      const signatures = request.headersDistinct['signature'] ?? [];
      const header = signatures.length === 1 ? signatures[0] : signatures;
      received.push({ headers: request.headersDistinct, raw, verdict: verifySignature(KEYS, 'RSA256', header, context, raw) });
      const manner = manners.shift() ?? 'ack';
      if (manner === 'hold') return;
      if (manner === 'refuse') {
        response.writeHead(401).end();
        return;
      }
      const status = manner === 'F' ? 'F' : 'S';
      const body = Buffer.from(
        JSON.stringify({ result: { resultCode: 'SUCCESS', resultStatus: status, resultMessage: 'success' } }),
      );
      const answered = { path: HOOK_PATH, clientId: CLIENT_ID, time: '2026-03-05T10:16:08.057+08:00' };
      const signed = manner === 'wrongly signed' ? Buffer.from('else') : body;
      const signature = manner === 'unsigned' ? {} : { signature: await signatureHeader(KEY, answered, signed) };
      response.writeHead(200, { 'client-id': CLIENT_ID, 'response-time': answered.time, ...signature }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${HOOK_PATH}`,
    received,
    behave(...wanted) {
      manners = wanted;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
