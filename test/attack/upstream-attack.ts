import { setTimeout as pause } from 'node:timers/promises';
import type { Till, WholePayment } from '../process/till.js';
import type { HttpAnswer } from '../support/http-call.js';
import type { AttackRig, Vitals } from './attack-rig.js';
import { openAttackRig } from './attack-rig.js';
import { BAD_CODE, GOOD_CODE } from './hostile-answers.js';
import { type HostileUpstream, startHostileUpstream, type Treatment } from './hostile-upstream.js';

/** What came of a run against a hostile upstream. */
export interface UpstreamAttack {
  readonly payments: number;
  readonly byState: Readonly<Record<string, number>>;
  /** Refunds and cancels of paid orders by what the upstream's book says of them. */
  readonly back: Readonly<Record<'does' | 'refuses', number>>;
  readonly played: Readonly<Record<string, number>>;
  readonly complaints: readonly string[];
  readonly warm: Vitals | undefined;
  readonly end: Vitals | undefined;
  readonly exitCode: number | null;
}

export interface UpstreamAttackPlan {
  readonly seed: number;
  readonly payments: number;
  readonly lanes?: number;
  readonly told?: (done: number) => void;
}

/** Short, so that every payment is through its whole life in a few seconds. */
const TIMING = {
  answerTimeoutMs: { pay: 400, inquiry: 400, cancel: 400, refund: 400 },
  payPausesMs: [50, 50],
  inquiryFirstAfterMs: 100,
  inquiryEveryMs: [150, 300],
  graceAfterExpiryMs: 300,
  cancelEveryMs: 150,
  laneReleaseAfterMs: 60_000,
};

/** One payment in so many is treated rightly and has to become paid. */
const RIGHT_ONE_IN = 8;
/** What follows on such a payment, in turn. */
const THEN = ['nothing', 'refunds', 'undo', 'undoByRefund'] as const;
type Then = (typeof THEN)[number];
const HOSTILE_FOR_MS = 900;
const END_WITHIN_MS = 30_000;
/** An inquiry beside an ended payment that got no usable answer in time is made again after a minute. */
const BACK_WITHIN_MS = 150_000;
const MOST_REPEATS = 30;
const DONE = ['paid', 'failed', 'cancelled', 'needs_attention'];

/** Sells on many lanes while the upstream answers with seeded hostility, and judges every payment, code and log line. */
export async function attackFromUpstream(plan: UpstreamAttackPlan): Promise<UpstreamAttack> {
  const upstream = await startHostileUpstream(plan.seed, treatmentOf);
  const rig = await openAttackRig({ lanes: plan.lanes ?? 16, upstreamUrl: upstream.url, timing: TIMING });
  const complaints: string[] = [];
  const byState: Record<string, number> = {};
  const back = { does: 0, refuses: 0 };
  let warm: Vitals | undefined;
  let next = 0;
  try {
    const streams = await Promise.all(rig.lanes.map((lane) => rig.till().events(lane)));
    const onLane = async (laneId: string) => {
      for (let index = next++; index < plan.payments; index = next++) {
        const seen = await story(rig, laneId, index);
        byState[seen.state] = (byState[seen.state] ?? 0) + 1;
        for (const { truth } of upstream.backOf(seen.paymentRequestId)) back[truth] += 1;
        for (const what of [...judge(upstream, seen, index), ...(await judgeBack(upstream, rig.till(), seen))])
          complaints.push(
            `payment ${index} (${seen.paymentRequestId}): ${what}; heard: ${upstream.saidTo(seen.paymentRequestId).join(', ')}`,
          );
        if (index === Math.floor(plan.payments / 4)) warm = rig.vitals();
        plan.told?.(index + 1);
      }
    };
    await Promise.all(rig.lanes.map(onLane));
    for (const stream of streams) {
      for (const { data } of stream.events)
        if (JSON.stringify(data).includes(BAD_CODE))
          complaints.push(`a code that may not be drawn was told: ${JSON.stringify(data).slice(0, 300)}`);
      stream.close();
    }
    complaints.push(...upstream.complaints());
    if (upstream.strayCalls() > 0) complaints.push(`${upstream.strayCalls()} calls went where a redirect pointed`);
    const end = rig.vitals();
    const exitCode = await rig.stop();
    complaints.push(...(await inTheLog(rig)));
    return {
      payments: plan.payments,
      byState,
      back,
      played: Object.fromEntries(upstream.played),
      complaints,
      warm,
      end,
      exitCode,
    };
  } finally {
    await rig.close();
    await upstream.stop();
  }
}

function treatmentOf(reference: string): Treatment {
  if (reference.startsWith('H-')) return 'hostile';
  return reference.startsWith('undoByRefund-') ? 'paidLongAgo' : 'paid';
}

/** What follows when all was right and paid; undefined for the others. */
function thenOf(index: number): Then | undefined {
  return index % RIGHT_ONE_IN === RIGHT_ONE_IN - 1 ? THEN[Math.floor(index / RIGHT_ONE_IN) % THEN.length] : undefined;
}

/** A sale, a while of hostility, a cancel, the end; or a sale that is paid, and what goes back of it. */
async function story(rig: AttackRig, laneId: string, index: number): Promise<WholePayment> {
  const till = rig.till();
  const then = thenOf(index);
  const sale = {
    laneId,
    saleReference: `${then ?? 'H'}-${index}`,
    amount: { currency: 'JPY', value: String(1_000 + index) },
  };
  let sold = await till.sell(sale, 1);
  // A machine with more to do than it can: the same sale again, as a till repeats it.
  for (let again = 0; (sold.status === 503 || sold.status === 429) && again < MOST_REPEATS; again += 1) {
    await pause(1_000);
    sold = await till.sell(sale, 1);
  }
  if (sold.status !== 201 && sold.status !== 200) throw new Error(`sale ${index}: ${sold.status} ${sold.text}`);
  const { paymentRequestId } = sold.json<{ paymentRequestId: string }>();
  const over = performance.now() + END_WITHIN_MS;
  if (then === undefined) {
    await pause(HOSTILE_FOR_MS);
    for (let again = 0; (await till.cancel(paymentRequestId)).status >= 500 && again < MOST_REPEATS; again += 1)
      await pause(1_000);
  }
  for (;;) {
    const seen = (await answered(till, `/v1/payments/${paymentRequestId}`)).json<WholePayment>();
    if (seen.state === 'paid' && then !== undefined) return giveBack(rig, seen, then);
    if (DONE.includes(seen.state) || performance.now() > over) return seen;
    await pause(100);
  }
}

/** The till wants more than half of it back, twice, or undoes it; the payment when all of that has come to an end, or nobody waits any more. */
async function giveBack(rig: AttackRig, { paymentRequestId: id, amount }: WholePayment, then: Then): Promise<WholePayment> {
  const till = rig.till();
  const over = performance.now() + BACK_WITHIN_MS;
  const wish = { ...amount, value: String(BigInt(amount.value) / 2n + 1n) };
  const ask = (n: number) =>
    then === 'refunds'
      ? till.call(`/v1/payments/${id}/refunds`, { json: { refundReference: `R-${n}`, amount: wish } })
      : till.call(`/v1/payments/${id}/undo`, { method: 'POST' });
  for (let n = 1; n <= (then === 'nothing' ? 0 : then === 'refunds' ? 2 : 1); n += 1) {
    for (let { status } = await ask(n); (status >= 500 || status === 429) && performance.now() < over; { status } = await ask(n))
      await pause(1_000);
    while ((await isUnderWay(till, id)) && performance.now() < over) await pause(100);
  }
  return (await answered(till, `/v1/payments/${id}`)).json<WholePayment>();
}

/** A machine with more to do than it can: asked again until there is an answer. */
async function answered(till: Till, path: string): Promise<HttpAnswer> {
  for (let again = 0; ; again += 1) {
    const answer = await till.call(path);
    if (answer.status === 200 || again === MOST_REPEATS) return answer;
    await pause(1_000);
  }
}

interface SeenRefund {
  readonly state: string;
  readonly refundRequestId: string;
}

async function refundsOf(till: Till, id: string): Promise<readonly SeenRefund[]> {
  return (await answered(till, `/v1/payments/${id}/refunds`)).json<{ refunds: SeenRefund[] }>().refunds;
}

async function isUnderWay(till: Till, id: string): Promise<boolean> {
  const { undo } = (await answered(till, `/v1/payments/${id}`)).json<WholePayment>();
  const refunds = await refundsOf(till, id);
  return undo?.state === 'pending' || refunds.some(({ state }) => state === 'pending' || state === 'in_doubt');
}

function judge(upstream: HostileUpstream, seen: WholePayment, index: number): string[] {
  const wrong: string[] = [];
  const shouldBePaid = thenOf(index) !== undefined;
  if (seen.state === 'paid' && !upstream.saidPaid.has(seen.paymentRequestId)) wrong.push('paid, and nobody said so rightly');
  if (shouldBePaid && seen.state !== 'paid') wrong.push(`${seen.state} although all was right and paid`);
  if (!DONE.includes(seen.state)) wrong.push(`still ${seen.state} after ${END_WITHIN_MS} ms`);
  if (seen.orderCode !== null) wrong.push('a code after the end');
  const told = JSON.stringify(seen);
  if (told.includes(BAD_CODE)) wrong.push('a code that may not be drawn is told');
  if (told.length > 20_000) wrong.push(`the till is told ${told.length} characters`);
  return wrong;
}

/** What went back there went back here, once, and nothing else. */
async function judgeBack(upstream: HostileUpstream, till: Till, seen: WholePayment): Promise<string[]> {
  const { paymentRequestId: id, amount, refunded, undo } = seen;
  if (seen.state !== 'paid') return [];
  const wrong: string[] = [];
  const book = upstream.backOf(id);
  const refunds = await refundsOf(till, id);
  const told = new Map(refunds.map(({ refundRequestId, state }) => [refundRequestId, state]));
  for (const { id: refund, type, truth } of book) {
    const state = type === 'CANCEL' ? (undo?.by === 'cancel' ? undo.state : 'refused') : told.get(refund);
    const right = truth === 'refuses' ? 'refused' : type === 'CANCEL' ? 'done' : 'refunded';
    if (state !== right) wrong.push(`${type} ${refund} is ${state ?? 'unknown'} here, the upstream ${truth} it`);
  }
  for (const [refund, state] of told)
    if (state === 'refunded' && !book.some((line) => line.id === refund))
      wrong.push(`${refund} is refunded, and nobody was asked`);
  const gone = book.filter(({ truth }) => truth === 'does').reduce((sum, line) => sum + BigInt(line.amount.value), 0n);
  const here = undo?.by === 'cancel' && undo.state === 'done' ? BigInt(amount.value) : BigInt(refunded.value);
  if (gone > BigInt(amount.value)) wrong.push(`${gone} went back of ${amount.value}`);
  if (gone !== here) wrong.push(`${gone} went back there, ${here} here`);
  return wrong;
}

/** The bridge's own faults stand in its log as errors. */
async function inTheLog(rig: AttackRig): Promise<string[]> {
  const { out, err } = await rig.service.ended;
  const faults = rig.service.log().filter(({ level, alarm }) => Number(level) >= 50 && alarm !== true);
  const told = faults.map((line) => `logged: ${JSON.stringify(line).slice(0, 400)}`);
  const leaked = [GOOD_CODE, BAD_CODE].filter((code) => out.includes(code)).map((code) => `a code stands in the log: ${code}`);
  return [...new Set(told), ...leaked, ...(err === '' ? [] : [`stderr: ${err.slice(0, 400)}`])];
}
