import { request as httpRequest } from 'node:http';
import { BRIDGE_PRIVATE_PEM, UPSTREAM_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { readPrivateKey, readPublicKey, signatureHeader, type Verdict, verifySignature } from '#src/upstream/signature.js';

/** What a raw HTTP client saw. */
export interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly raw: Buffer;
  readonly verdict: Verdict;
}

const CLIENT_ID = 'SANDBOX_0TESTONLY0000001';
const PATHS = { pay: 'pay', inquiry: 'inquiryPayment', cancel: 'cancelPayment', refund: 'refund' } as const;
const SIGNING_KEY = {
  privateKey: readPrivateKey(BRIDGE_PRIVATE_PEM),
  keyVersion: '1',
  encoding: 'percent',
  algorithmText: 'RSA256',
} as const;
const UPSTREAM_KEYS = new Map([['1', readPublicKey(UPSTREAM_PUBLIC_PEM)]]);

function pathOf(call: keyof typeof PATHS): string {
  return `/aps/api/v1/payments/${PATHS[call]}`;
}

/** One signed call as any client would make it; rejects when the connection breaks before the whole answer is there. */
export async function callUpstream(
  url: string,
  call: keyof typeof PATHS,
  body: unknown,
  options: { time?: string; headers?: Record<string, string>; signal?: AbortSignal; path?: string; method?: string } = {},
): Promise<Seen> {
  const raw = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const path = options.path ?? pathOf(call);
  const context = { path, clientId: CLIENT_ID, time: options.time ?? '2026-03-05T10:00:00+08:00' };
  const headers = {
    'content-type': 'application/json; charset=UTF-8',
    'client-id': CLIENT_ID,
    'request-time': context.time,
    signature: await signatureHeader(SIGNING_KEY, context, raw),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const { signal, method = 'POST' } = options;
    const request = httpRequest(`${url}${path}`, { method, headers, agent: false, ...(signal === undefined ? {} : { signal }) });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const answered = {
          path,
          clientId: String(response.headers['client-id']),
          time: String(response.headers['response-time']),
        };
        const signature = response.headers['signature'];
        const verdict = verifySignature(UPSTREAM_KEYS, 'RSA256', signature, answered, bytes);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, raw: bytes, verdict });
      });
    });
    request.end(raw);
  });
}

/** The parsed body of an answer. */
export function json(seen: Seen): Record<string, unknown> {
  return JSON.parse(seen.raw.toString('utf8')) as Record<string, unknown>;
}

/** `CODE:STATUS` of an answer's `result`, or of another result field. */
export function resultOf(seen: Seen, field = 'result'): string {
  const result = json(seen)[field] as { resultCode?: string; resultStatus?: string } | undefined;
  return `${result?.resultCode}:${result?.resultStatus}`;
}

/** A complete pay request. */
export function payBody(paymentRequestId: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const amount = { currency: 'JPY', value: '1980' };
  return {
    paymentRequestId,
    paymentAmount: amount,
    paymentMethod: { paymentMethodType: 'CONNECT_WALLET' },
    paymentFactor: { isInStorePayment: 'true', isCashierPayment: 'true', inStorePaymentScenario: 'OrderCode' },
    order: {
      referenceOrderId: 'T01-0001',
      orderDescription: 'Tea 抹茶',
      orderAmount: amount,
      merchant: { referenceMerchantId: 'M0042', merchantName: 'Kanda Tea Stand', merchantMCC: '5814' },
      env: { userAgent: 'ExamplePOS/1.0' },
    },
    paymentNotifyUrl: 'https://acq.example/hooks/alipayplus/notifyPayment',
    ...changes,
  };
}
