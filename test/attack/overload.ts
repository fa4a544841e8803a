import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import knex from 'knex';
import { UPSTREAM_PRIVATE_PEM } from '#src/simulator/throwaway-keys.js';
import { readPrivateKey, signatureHeader } from '#src/upstream/signature.js';
import { keySha256 } from '../process/counter-pc.js';
import { ACQUIRER_ID, CLIENT_ID, NOTIFY_PATH, TILL_KEY } from '../support/bridge-harness.js';
import { httpCall } from '../support/http-call.js';
import { type AttackRig, openAttackRig, type Vitals } from './attack-rig.js';
import type { FloodPlan, FloodResult } from './flood.js';

/** What came of one wave of an overload. */
export interface Wave {
  readonly flood: FloodResult;
  /** Genuine notifications during it: how many, and how fast. */
  readonly notifications: { readonly count: number; readonly p50Ms: number; readonly p99Ms: number };
  readonly peak: Vitals | undefined;
  readonly complaints: readonly string[];
}

/** What came of an overload. */
export interface Overload {
  readonly waves: readonly Wave[];
  readonly calm: Vitals | undefined;
  /** The first sale after it, ms. */
  readonly saleAfterMs: number;
  readonly complaints: readonly string[];
  readonly exitCode: number | null;
}

export interface OverloadPlan {
  readonly seed: number;
  /** Floods one after the other, and how long each is, s. */
  readonly waves: number;
  readonly seconds: number;
  /** Eight at once saturate it; fifty times that is the overload. */
  readonly atOnce: number;
  readonly noiseAtOnce: number;
}

const TILLS = 10;
const LANES = 60;
/** Lanes that nobody floods: their payments are notified during the flood. */
const QUIET = 10;
/** A leak, or a queue without an end, breaks this within a few waves; what may grow up to it is a matter of the machine. */
const HEAP_MIB = 192;
/**
 * What a wave may hold above the one before it. The first one opens all connections and fills every queue to its bound; that the next
 * one needs about the same is what bounded means. Less than a quarter is the heap that makes itself comfortable.
 */
const MOST_GROWTH = 1.25;

/** Floods a bridge with more than it can do, with the limits that it ships with, while the upstream sends genuine notifications. */
export async function overload(plan: OverloadPlan): Promise<Overload> {
  const keys = Array.from({ length: TILLS }, (_, i) => `flood-key-for-tests-${String(i).padStart(24, '0')}`);
  const rig = await openAttackRig({
    lanes: LANES,
    env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` },
    change: (settings) => {
      const floodable = settings.lanes.slice(QUIET).map(({ id }) => id);
      settings.terminals = [
        {
          id: 'T01',
          lanes: settings.lanes.slice(0, QUIET).map(({ id }) => id),
          keySha256: [keySha256(TILL_KEY)],
          may: ['pay', 'cancel', 'refund'],
        },
        ...keys.map((key, i) => ({ id: `F${i}`, lanes: floodable, keySha256: [keySha256(key)], may: ['pay', 'cancel'] })),
      ];
    },
  });
  try {
    const till = rig.till();
    const placed: Placed[] = [];
    for (const laneId of rig.lanes.slice(0, QUIET)) {
      const seen = (await till.sell({ laneId }, 10)).json<{ paymentRequestId: string; paymentId: string }>();
      placed.push({ id: seen.paymentRequestId, paymentId: seen.paymentId });
    }
    const calm = rig.vitals();
    const waves: Wave[] = [];
    for (let n = 0; n < plan.waves; n += 1) waves.push(await wave(rig, plan, n, keys, placed));
    const complaints = waves.flatMap((one) => one.complaints);
    waves.slice(1).forEach(({ peak }, index) => {
      const before = waves[index]?.peak;
      if (before !== undefined && peak !== undefined && peak.residentMiB > MOST_GROWTH * before.residentMiB)
        complaints.push(`${before.residentMiB} MiB in a wave became ${peak.residentMiB} in the next`);
    });
    const since = performance.now();
    const after = await till.sell({ laneId: 'lane-1' }, 10);
    const saleAfterMs = Math.round(performance.now() - since);
    if (after.status !== 201) complaints.push(`the sale after it: ${after.status} ${after.text}`);
    for (const { id } of placed) {
      const { state, endedBy } = await till.read(id);
      if (state !== 'paid' || endedBy !== 'notification') complaints.push(`${id} is ${state} by ${endedBy}`);
    }
    const exitCode = await rig.stop();
    complaints.push(
      ...(await compareBooks(
        rig.pc.books,
        waves.flatMap(({ flood }) => flood.created),
        rig.simulator.orders(),
      )),
    );
    return { waves, calm, saleAfterMs, complaints, exitCode };
  } finally {
    await rig.close();
  }
}

interface Placed {
  readonly id: string;
  readonly paymentId: string;
}

/** One flood, and genuine notifications about `placed` beside it. */
async function wave(
  rig: AttackRig,
  plan: OverloadPlan,
  number: number,
  keys: readonly string[],
  placed: readonly Placed[],
): Promise<Wave> {
  const flooded = flood({
    ...plan,
    seed: plan.seed + number,
    terminalUrl: rig.service.terminal,
    upstreamUrl: rig.service.upstream,
    notifyPath: NOTIFY_PATH,
    clientId: CLIENT_ID,
    keys,
    lanes: rig.lanes.slice(QUIET),
  });
  let over = false;
  void flooded.finally(() => {
    over = true;
  });
  let peak = rig.vitals();
  const times: number[] = [];
  const refused: string[] = [];
  // Each payment is notified at least once, also where the machine is slower than the flood is long.
  for (let n = 0; !over || n < placed.length; n += 1) {
    const about = placed[n % placed.length] as Placed;
    const since = performance.now();
    const answer = await notify(rig.service.upstream, about, number > 0 || n >= placed.length);
    times.push(performance.now() - since);
    if (answer.status !== 200 || !answer.text.includes('"resultStatus":"S"'))
      refused.push(`${answer.status} ${answer.text.slice(0, 200)}`);
    const now = rig.vitals();
    if (now !== undefined && peak !== undefined && now.residentMiB > peak.residentMiB) peak = now;
    await pause(20);
  }
  const result = await flooded;
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.floor(times.length * share)] ?? 0);
  return {
    flood: result,
    notifications: { count: times.length, p50Ms: at(0.5), p99Ms: at(0.99) },
    peak,
    complaints: [...judgeFlood(result), ...refused.map((answer) => `a genuine notification was answered ${answer}`)],
  };
}

/** Answers of a bridge that has too much to do; what is no number is a broken or silent connection. */
const OWED = ['200', '201', '202', '404', '409', '429', '503'];

function judgeFlood({ byStatus, noiseByStatus, withoutRetryAfter }: FloodResult): string[] {
  const odd = Object.entries(byStatus).filter(([status]) => !OWED.includes(status));
  const oddNoise = Object.entries(noiseByStatus).filter(([status]) => status !== '401' && status !== '429');
  return [
    ...odd.map(([status, count]) => `tills: ${count} times ${status}`),
    ...oddNoise.map(([status, count]) => `noise: ${count} times ${status}`),
    ...(withoutRetryAfter > 0 ? [`${withoutRetryAfter} refusals without Retry-After`] : []),
  ];
}

function flood(plan: FloodPlan): Promise<FloodResult> {
  const worker = new Worker(new URL('./flood.js', import.meta.url), { workerData: plan });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

const THEIRS = {
  privateKey: readPrivateKey(UPSTREAM_PRIVATE_PEM),
  keyVersion: '1',
  encoding: 'percent',
  algorithmText: 'RSA256',
} as const;

/** A genuine success; `again` says it as a repeat does: other bytes of time and signature, the same message. */
async function notify(
  upstreamUrl: string,
  { id, paymentId }: { readonly id: string; readonly paymentId: string },
  again: boolean,
) {
  const time = again ? new Date().toISOString() : '2026-03-05T10:16:08+08:00';
  const fields = {
    paymentResult: { resultCode: 'SUCCESS', resultStatus: 'S' },
    paymentRequestId: id,
    paymentId,
    paymentAmount: { currency: 'JPY', value: '1980' },
    acquirerId: ACQUIRER_ID,
  };
  const body = Buffer.from(JSON.stringify(fields));
  const signature = await signatureHeader(THEIRS, { path: NOTIFY_PATH, clientId: CLIENT_ID, time }, body);
  const headers = { 'Content-Type': 'application/json', 'Client-Id': CLIENT_ID, 'Request-Time': time, Signature: signature };
  return httpCall(`${upstreamUrl}${NOTIFY_PATH}`, { method: 'POST', headers, body });
}

/** What tills were told was created is in the books; what the upstream has as an order is in the books; nobody paid but whom we notified. */
async function compareBooks(
  file: string,
  created: readonly string[],
  orders: readonly { readonly paymentRequestId: string }[],
): Promise<string[]> {
  const books = knex({ client: 'sqlite3', connection: { filename: file }, useNullAsDefault: true });
  const rows = (await books('payments').select('payment_request_id', 'sale_reference')) as readonly {
    payment_request_id: string;
    sale_reference: string;
  }[];
  await books.destroy();
  const references = new Set(rows.map((row) => row.sale_reference));
  const ids = new Set(rows.map((row) => row.payment_request_id));
  return [
    ...created
      .filter((reference) => !references.has(reference))
      .map((reference) => `${reference} was answered 201 and is not in the books`),
    ...orders
      .filter(({ paymentRequestId }) => !ids.has(paymentRequestId))
      .map(({ paymentRequestId }) => `the upstream has ${paymentRequestId}, the books do not`),
  ];
}
