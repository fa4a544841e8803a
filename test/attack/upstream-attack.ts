import { setTimeout as pause } from 'node:timers/promises';
import type { WholePayment } from '../process/till.js';
import type { AttackRig, Vitals } from './attack-rig.js';
import { openAttackRig } from './attack-rig.js';
import { BAD_CODE, GOOD_CODE } from './hostile-answers.js';
import { type HostileUpstream, startHostileUpstream } from './hostile-upstream.js';

/** What came of a run against a hostile upstream. */
export interface UpstreamAttack {
  readonly payments: number;
  readonly byState: Readonly<Record<string, number>>;
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
  answerTimeoutMs: { pay: 400, inquiry: 400, cancel: 400 },
  payPausesMs: [50, 50],
  inquiryFirstAfterMs: 100,
  inquiryEveryMs: [150, 300],
  graceAfterExpiryMs: 300,
  cancelEveryMs: 150,
  laneReleaseAfterMs: 60_000,
};

/** One payment in so many is treated rightly and has to become paid. */
const RIGHT_ONE_IN = 8;
const HOSTILE_FOR_MS = 900;
const END_WITHIN_MS = 30_000;
const MOST_REPEATS = 30;
const DONE = ['paid', 'failed', 'cancelled', 'needs_attention'];

/** Sells on many lanes while the upstream answers with seeded hostility, and judges every payment, code and log line. */
export async function attackFromUpstream(plan: UpstreamAttackPlan): Promise<UpstreamAttack> {
  const upstream = await startHostileUpstream(plan.seed, (reference) => (reference.startsWith('P-') ? 'paid' : 'hostile'));
  const rig = await openAttackRig({ lanes: plan.lanes ?? 16, upstreamUrl: upstream.url, timing: TIMING });
  const complaints: string[] = [];
  const byState: Record<string, number> = {};
  let warm: Vitals | undefined;
  let next = 0;
  try {
    const streams = await Promise.all(rig.lanes.map((lane) => rig.till().events(lane)));
    const onLane = async (laneId: string) => {
      for (let index = next++; index < plan.payments; index = next++) {
        const seen = await story(rig, laneId, index);
        byState[seen.state] = (byState[seen.state] ?? 0) + 1;
        for (const what of judge(upstream, seen, index))
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
    if (upstream.strayCalls() > 0) complaints.push(`${upstream.strayCalls()} calls went where a redirect pointed`);
    const end = rig.vitals();
    const exitCode = await rig.stop();
    complaints.push(...(await inTheLog(rig)));
    return { payments: plan.payments, byState, played: Object.fromEntries(upstream.played), complaints, warm, end, exitCode };
  } finally {
    await rig.close();
    await upstream.stop();
  }
}

/** A sale, a while of hostility, a cancel, the end. */
async function story(rig: AttackRig, laneId: string, index: number): Promise<WholePayment> {
  const till = rig.till();
  const right = index % RIGHT_ONE_IN === RIGHT_ONE_IN - 1;
  const sale = {
    laneId,
    saleReference: `${right ? 'P' : 'H'}-${index}`,
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
  if (!right) {
    await pause(HOSTILE_FOR_MS);
    for (let again = 0; (await till.cancel(paymentRequestId)).status >= 500 && again < MOST_REPEATS; again += 1)
      await pause(1_000);
  }
  for (;;) {
    const seen = await till.read(paymentRequestId);
    if (DONE.includes(seen.state) || performance.now() > over) return seen;
    await pause(100);
  }
}

function judge(upstream: HostileUpstream, seen: WholePayment, index: number): string[] {
  const wrong: string[] = [];
  const shouldBePaid = index % RIGHT_ONE_IN === RIGHT_ONE_IN - 1;
  if (seen.state === 'paid' && !upstream.saidPaid.has(seen.paymentRequestId)) wrong.push('paid, and nobody said so rightly');
  if (shouldBePaid && seen.state !== 'paid') wrong.push(`${seen.state} although all was right and paid`);
  if (!DONE.includes(seen.state)) wrong.push(`still ${seen.state} after ${END_WITHIN_MS} ms`);
  if (seen.orderCode !== null) wrong.push('a code after the end');
  const told = JSON.stringify(seen);
  if (told.includes(BAD_CODE)) wrong.push('a code that may not be drawn is told');
  if (told.length > 20_000) wrong.push(`the till is told ${told.length} characters`);
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
