import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from 'undici';
import { createSeeded } from '../support/seeded.js';

/** What a flood is made of; it runs in a thread of its own, so that whoever measures beside it is not held up by it. */
export interface FloodPlan {
  readonly seed: number;
  readonly terminalUrl: string;
  readonly upstreamUrl: string;
  readonly notifyPath: string;
  readonly clientId: string;
  readonly keys: readonly string[];
  readonly lanes: readonly string[];
  /** Calls of tills at once, and noise at the upstream's listener at once. */
  readonly atOnce: number;
  readonly noiseAtOnce: number;
  readonly seconds: number;
}

/** What came of it. */
export interface FloodResult {
  readonly byStatus: Readonly<Record<string, number>>;
  readonly noiseByStatus: Readonly<Record<string, number>>;
  /** Refusals without `Retry-After` where it is owed. */
  readonly withoutRetryAfter: number;
  readonly slowestMs: number;
  readonly p99Ms: number;
  /** The references of sales that were answered 201. */
  readonly created: readonly string[];
}

const NO_ANSWER_AFTER_MS = 15_000;

async function flood(plan: FloodPlan): Promise<FloodResult> {
  const seeded = createSeeded(plan.seed);
  const tills = new Pool(plan.terminalUrl, {
    connections: plan.atOnce,
    pipelining: 1,
    headersTimeout: NO_ANSWER_AFTER_MS,
    bodyTimeout: NO_ANSWER_AFTER_MS,
  });
  const strangers = new Pool(plan.upstreamUrl, {
    connections: Math.max(1, plan.noiseAtOnce),
    pipelining: 1,
    headersTimeout: NO_ANSWER_AFTER_MS,
  });
  const byStatus: Record<string, number> = {};
  const noiseByStatus: Record<string, number> = {};
  const times: number[] = [];
  const created: string[] = [];
  const open: string[] = [];
  let withoutRetryAfter = 0;
  let count = 0;
  const until = performance.now() + plan.seconds * 1_000;
  const one = <T>(list: readonly T[]) => list[seeded.whole(0, list.length - 1)] as T;

  async function call(method: 'GET' | 'POST', path: string, body?: object): Promise<{ status: number; text: string }> {
    const since = performance.now();
    const headers = {
      authorization: `Bearer ${one(plan.keys)}`,
      prefer: 'wait=0',
      ...(body && { 'content-type': 'application/json' }),
    };
    try {
      const answer = await tills.request({ method, path, headers, body: body === undefined ? null : JSON.stringify(body) });
      const text = await answer.body.text();
      times.push(performance.now() - since);
      const { statusCode: status } = answer;
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      if ((status === 429 || status === 503) && answer.headers['retry-after'] === undefined) withoutRetryAfter += 1;
      return { status, text };
    } catch (error) {
      const code = (error as { code?: string }).code ?? 'broken';
      byStatus[code] = (byStatus[code] ?? 0) + 1;
      return { status: 0, text: '' };
    }
  }

  async function till(): Promise<void> {
    while (performance.now() < until) {
      const dice = seeded.fraction();
      const known = open.length === 0 ? undefined : one(open);
      if (dice < 0.15 && known !== undefined) await call('POST', `/v1/payments/${known}/cancel`);
      else if (dice < 0.3) await call('GET', known === undefined ? '/v1/payments?limit=10' : `/v1/payments/${known}`);
      else {
        count += 1;
        const saleReference = `F-${plan.seed}-${count}`;
        const sale = { saleReference, amount: { currency: 'JPY', value: '100' }, description: 'Flood', laneId: one(plan.lanes) };
        const { status, text } = await call('POST', '/v1/payments', sale);
        if (status !== 201) continue;
        created.push(saleReference);
        open.push((JSON.parse(text) as { paymentRequestId: string }).paymentRequestId);
        if (open.length > 200) open.shift();
      }
    }
  }

  async function stranger(): Promise<void> {
    const signature = `algorithm=RSA256, keyVersion=1, signature=${Buffer.alloc(256, 7).toString('base64')}`;
    while (performance.now() < until) {
      const headers = {
        'client-id': plan.clientId,
        'request-time': '2026-03-05T10:16:08+08:00',
        signature,
        'content-type': 'application/json',
      };
      const length = one([200, 2_000, 100_000]);
      const status = await strangers
        .request({ method: 'POST', path: plan.notifyPath, headers, body: `{"x":"${'x'.repeat(length)}"}` })
        .then(async ({ statusCode, body }) => {
          await body.dump();
          return String(statusCode);
        })
        .catch((error: { code?: string }) => error.code ?? 'broken');
      noiseByStatus[status] = (noiseByStatus[status] ?? 0) + 1;
    }
  }

  await Promise.all([...Array.from({ length: plan.atOnce }, till), ...Array.from({ length: plan.noiseAtOnce }, stranger)]);
  await Promise.all([tills.destroy(), strangers.destroy()]);
  times.sort((a, b) => a - b);
  return {
    byStatus,
    noiseByStatus,
    withoutRetryAfter,
    slowestMs: Math.round(times.at(-1) ?? 0),
    p99Ms: Math.round(times[Math.floor(times.length * 0.99)] ?? 0),
    created,
  };
}

parentPort?.postMessage(await flood(workerData as FloodPlan));
