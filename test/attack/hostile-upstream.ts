import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Asked,
  type CallName,
  type GivenBack,
  honestAnswer,
  hostileAnswer,
  paidAnswer,
  type WireAnswer,
} from './hostile-answers.js';
import { type Pick, pickFor } from './seeded-pick.js';

/**
 * How a payment is treated: hostile until its cancel has been sent this often, or all right and paid. What shall go back of a paid one is
 * answered with hostility again; of one that was `paidLongAgo` only by refunds.
 */
export type Treatment = 'hostile' | 'paid' | 'paidLongAgo';

/** An upstream on loopback that answers with seeded hostility, and a second server that nobody must call. */
export interface HostileUpstream {
  readonly url: string;
  /** Every kind played, and how often. */
  readonly played: ReadonlyMap<string, number>;
  /** Payments to which something was said that could be understood as paid, all of it right. */
  readonly saidPaid: ReadonlySet<string>;
  /** What was said to a payment, oldest first. */
  saidTo(paymentRequestId: string): readonly string[];
  /** What was asked to go back of a payment, in the order it was first asked. */
  backOf(paymentRequestId: string): readonly GivenBack[];
  /** What nobody may ask: more back than there is, or one refund in other words. */
  complaints(): readonly string[];
  /** Calls that came in where redirects point. */
  strayCalls(): number;
  stop(): Promise<void>;
}

/** After so many cancels the answer is right, so that every payment comes to an end. */
const HOSTILE_CANCELS = 2;
/** After so many answers to one refund, or to the cancel of a paid order, the next one is right. */
const HOSTILE_BACK = 2;
const REFUSED_SHARE = 0.3;
const CALLS: Readonly<Record<string, CallName>> = {
  pay: 'pay',
  inquiryPayment: 'inquiry',
  cancelPayment: 'cancel',
  refund: 'refund',
};

interface Fields {
  readonly paymentRequestId: string;
  readonly paymentAmount?: Asked['amount'];
  readonly order?: { readonly referenceOrderId: string };
  readonly refundRequestId?: string;
  readonly refundAmount?: Asked['amount'];
}

interface Back extends GivenBack {
  readonly body: string;
  asked: number;
}

interface Order {
  readonly amount: Asked['amount'];
  readonly treatment: Treatment;
  cancels: number;
  readonly back: Map<string, Back>;
}

/** Nothing goes back of an order that was cancelled, nor more than is left. */
function isLeft({ amount, back }: Order, value: bigint): boolean {
  const gone = [...back.values()].filter(({ truth }) => truth === 'does');
  return gone.reduce((left, one) => left - BigInt(one.amount.value), BigInt(amount.value)) >= value;
}

/** Starts it; `treat` decides by the sale's reference. */
export async function startHostileUpstream(seed: number, treat: (saleReference: string) => Treatment): Promise<HostileUpstream> {
  const played = new Map<string, number>();
  const saidPaid = new Set<string>();
  const said = new Map<string, string[]>();
  const orders = new Map<string, Order>();
  const complaints: string[] = [];
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
    const fields = JSON.parse(body.toString()) as Fields;
    const { paymentRequestId } = fields;
    const order = orders.get(paymentRequestId) ?? {
      amount: fields.paymentAmount ?? { currency: 'JPY', value: '1' },
      treatment: treat(fields.order?.referenceOrderId ?? ''),
      cancels: 0,
      back: new Map(),
    };
    orders.set(paymentRequestId, order);
    const request = { body, time: String(req.headers['request-time']), signature: String(req.headers['signature']) };
    const asked: Asked = { call, path: req.url ?? '', paymentRequestId, amount: order.amount, request, elsewhere };
    calls += 1;
    const list = said.get(paymentRequestId) ?? [];
    said.set(paymentRequestId, list);
    if (order.treatment !== 'hostile') {
      if (call === 'cancel' || call === 'refund') {
        const back = backFor(order, fields, call, body, pickFor(seed, -calls));
        return back.asked > HOSTILE_BACK ? honest({ ...asked, back }, list) : hostile({ ...asked, back }, list);
      }
      list.push(`${call}: paid`);
      if (call === 'inquiry') saidPaid.add(paymentRequestId);
      const gone = [...order.back.values()].filter(({ truth }) => truth === 'does');
      return paidAnswer({ ...asked, gone }, pickFor(seed, calls));
    }
    if (call === 'cancel') order.cancels += 1;
    return order.cancels > HOSTILE_CANCELS ? honest(asked, list) : hostile(asked, list);
  }

  function honest(asked: Asked, list: string[]): Promise<WireAnswer> {
    list.push(`${asked.call}: right`);
    return honestAnswer(asked);
  }

  async function hostile(asked: Asked, list: string[]): Promise<WireAnswer> {
    const { kind, ...answer } = await hostileAnswer(asked, pickFor(seed, calls));
    const name = asked.back === undefined ? kind : `${asked.call}: ${kind}`;
    played.set(name, (played.get(name) ?? 0) + 1);
    list.push(`${asked.call}: ${kind}`);
    return answer;
  }

  /** The line of the account book, written when it is first asked. */
  function backFor(order: Order, fields: Fields, call: 'cancel' | 'refund', body: Buffer, pick: Pick): Back {
    const { paymentRequestId } = fields;
    const id = fields.refundRequestId ?? paymentRequestId;
    const amount = fields.refundAmount ?? order.amount;
    const isPossible = isLeft(order, BigInt(amount.value));
    const refuses = call === 'cancel' ? order.treatment === 'paidLongAgo' : pick.chance(REFUSED_SHARE);
    const known = order.back.get(id);
    const back: Back = known ?? {
      id,
      type: call === 'cancel' ? 'CANCEL' : 'REFUND',
      amount,
      truth: refuses || !isPossible ? 'refuses' : 'does',
      body: body.toString(),
      asked: 0,
    };
    if (known === undefined && !isPossible) complaints.push(`${id}: ${amount.value} were to go back, and less is left`);
    if (back.body !== body.toString()) complaints.push(`${id}: asked again in other words`);
    back.asked += 1;
    order.back.set(id, back);
    return back;
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
    backOf: (id) => [...(orders.get(id)?.back.values() ?? [])],
    complaints: () => complaints,
    strayCalls: () => stray,
    async stop() {
      for (const one of [server, trap]) {
        one.closeAllConnections();
        await new Promise<void>((resolve) => one.close(() => resolve()));
      }
    },
  };
}
