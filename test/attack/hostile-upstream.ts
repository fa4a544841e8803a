import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Asked, type CallName, honestAnswer, hostileAnswer, paidAnswer, type WireAnswer } from './hostile-answers.js';
import { pickFor } from './seeded-pick.js';

/** How a payment is treated: hostile until its cancel has been sent this often, or all right and paid. */
export type Treatment = 'hostile' | 'paid';

/** An upstream on loopback that answers with seeded hostility, and a second server that nobody must call. */
export interface HostileUpstream {
  readonly url: string;
  /** Every kind played, and how often. */
  readonly played: ReadonlyMap<string, number>;
  /** Payments to which something was said that could be understood as paid, all of it right. */
  readonly saidPaid: ReadonlySet<string>;
  /** What was said to a payment, oldest first. */
  saidTo(paymentRequestId: string): readonly string[];
  /** Calls that came in where redirects point. */
  strayCalls(): number;
  stop(): Promise<void>;
}

/** After so many cancels the answer is right, so that every payment comes to an end. */
const HOSTILE_CANCELS = 2;
const CALLS: Readonly<Record<string, CallName>> = { pay: 'pay', inquiryPayment: 'inquiry', cancelPayment: 'cancel' };

/** Starts it; `treat` decides by the sale's reference. */
export async function startHostileUpstream(seed: number, treat: (saleReference: string) => Treatment): Promise<HostileUpstream> {
  const played = new Map<string, number>();
  const saidPaid = new Set<string>();
  const said = new Map<string, string[]>();
  const orders = new Map<string, { readonly amount: Asked['amount']; readonly treatment: Treatment; cancels: number }>();
  let stray = 0;
  let calls = 0;
  const trap = createServer((_req, res) => {
    stray += 1;
    res.end('{}');
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  const elsewhere = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;

  async function answerTo(req: IncomingMessage, body: Buffer): Promise<WireAnswer> {
    const call = CALLS[req.url?.split('/').at(-1) ?? ''] ?? 'pay';
    const fields = JSON.parse(body.toString()) as {
      paymentRequestId: string;
      paymentAmount?: Asked['amount'];
      order?: { referenceOrderId: string };
    };
    const { paymentRequestId } = fields;
    const order = orders.get(paymentRequestId) ?? {
      amount: fields.paymentAmount ?? { currency: 'JPY', value: '1' },
      treatment: treat(fields.order?.referenceOrderId ?? ''),
      cancels: 0,
    };
    orders.set(paymentRequestId, order);
    const request = { body, time: String(req.headers['request-time']), signature: String(req.headers['signature']) };
    const asked: Asked = { call, path: req.url ?? '', paymentRequestId, amount: order.amount, request, elsewhere };
    calls += 1;
    const list = said.get(paymentRequestId) ?? [];
    said.set(paymentRequestId, list);
    if (order.treatment === 'paid') {
      list.push(`${call}: paid`);
      if (call === 'inquiry') saidPaid.add(paymentRequestId);
      return paidAnswer(asked, pickFor(seed, calls));
    }
    if (call === 'cancel') order.cancels += 1;
    if (order.cancels > HOSTILE_CANCELS) {
      list.push(`${call}: right`);
      return honestAnswer(asked);
    }
    const { kind, ...answer } = await hostileAnswer(asked, pickFor(seed, calls));
    played.set(kind, (played.get(kind) ?? 0) + 1);
    list.push(`${call}: ${kind}`);
    return answer;
  }

  const server = createServer((req) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('error', () => {});
    req.on('end', () => {
      const { socket } = req;
      // Written past the server: what it would never say itself is the point.
      void answerTo(req, Buffer.concat(chunks)).then(({ pieces, finish }) => {
        for (const piece of pieces) socket.write(piece);
        if (finish === 'end') socket.end();
        else if (finish === 'reset') setTimeout(() => socket.resetAndDestroy(), 5);
      });
    });
  });
  server.on('connection', (socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    played,
    saidPaid,
    saidTo: (id) => said.get(id) ?? [],
    strayCalls: () => stray,
    async stop() {
      for (const one of [server, trap]) {
        one.closeAllConnections();
        await new Promise<void>((resolve) => one.close(() => resolve()));
      }
    },
  };
}
