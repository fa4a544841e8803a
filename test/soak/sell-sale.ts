import { setTimeout as pause } from 'node:timers/promises';
import type { UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { hasEnded } from '../crash/judges.js';
import type { WholePayment } from '../process/till.js';
import type { HttpAnswer } from '../support/http-call.js';
import type { SalePlan } from './sale-plan.js';
import type { SoakLane } from './soak-shop.js';

/** What a sale needs of the shop around it. */
export interface SaleParts {
  readonly lane: SoakLane;
  readonly simulator: UpstreamSimulator;
  readonly complain: (text: string) => void;
  /** Something worth counting happened, e.g. a refusal for too many calls. */
  readonly count: (what: string) => void;
  /** True when nobody waits any longer. */
  readonly isOver: () => boolean;
}

/** A sale as far as it has come. */
interface Sale {
  readonly parts: SaleParts;
  readonly plan: SalePlan;
  /** As the till last heard of it. */
  now: WholePayment | undefined;
}

/** References of the sales that were posted; a second one when the lane was to be taken over. */
export type Sold = readonly string[];

const LONGEST_POST_MS = 45_000;
const REPLACED_AFTER_MS = 2_000;

/** Sells one sale as planned and stays until it has ended, or nobody waits any longer. */
export async function sellSale(parts: SaleParts, plan: SalePlan): Promise<Sold> {
  const sale: Sale = { parts, plan, now: undefined };
  if (!(await place(sale, false))) return [plan.reference];
  const others = [repeat(sale), payer(sale), canceller(sale), onlooker(sale)];
  const taken = plan.isReplaced ? takeOver(sale) : Promise.resolve([]);
  await Promise.all([follow(sale), ...others]);
  return [plan.reference, ...(await taken)];
}

function isDone({ parts, now }: Sale): boolean {
  return parts.isOver() || (now !== undefined && hasEnded(now));
}

/** True while somebody may still be interested in when `ms` have passed. */
async function stillOpenAfter(sale: Sale, ms: number): Promise<boolean> {
  const until = performance.now() + ms;
  while (performance.now() < until && !isDone(sale)) await pause(Math.min(200, Math.max(1, until - performance.now())));
  return !isDone(sale);
}

function hear(sale: Sale, payment: WholePayment): void {
  if (sale.now === undefined || payment.version >= sale.now.version) sale.now = payment;
}

function post({ parts, plan }: Sale, replaceOpenPayment: boolean, signal: AbortSignal): Promise<HttpAnswer> {
  const { reference, amount, expiresInSeconds, waitSeconds } = plan;
  return parts.lane.till.call('/v1/payments', {
    json: {
      laneId: parts.lane.laneId,
      saleReference: reference,
      // The account book knows it by that.
      description: reference,
      amount,
      ...(expiresInSeconds !== undefined && { expiresInSeconds }),
      ...(replaceOpenPayment && { replaceOpenPayment }),
    },
    headers: { Prefer: `wait=${waitSeconds}` },
    signal,
  });
}

/** Posts until it is answered, as a till does whose line breaks. False when the sale was refused, as one that takes a lane over may be. */
async function place(sale: Sale, replaceOpenPayment: boolean): Promise<boolean> {
  const { parts, plan } = sale;
  for (let tries = 0; !parts.isOver(); tries += 1) {
    const patience = tries === 0 && plan.hangsUpAfterMs !== undefined ? plan.hangsUpAfterMs : LONGEST_POST_MS;
    const answer = await post(sale, replaceOpenPayment, AbortSignal.timeout(patience)).catch(() => undefined);
    if (answer === undefined) parts.count('broken posts');
    else if (answer.status === 200 || answer.status === 201) {
      hear(sale, answer.json<WholePayment>());
      return true;
    } else if (answer.status === 429 || answer.status === 503) parts.count(`posts answered ${answer.status}`);
    else {
      const code = answer.json<{ code?: string }>().code ?? '';
      if (replaceOpenPayment && (code === 'lane_busy' || code === 'open_payment_paid'))
        parts.count(`take-overs refused: ${code}`);
      else parts.complain(`${plan.reference} was answered ${answer.status} ${answer.text}`);
      return false;
    }
    await pause(150);
  }
  return false;
}

async function repeat(sale: Sale): Promise<void> {
  const { parts, plan } = sale;
  const again = Array.from({ length: plan.repeats }, async () => {
    const answer = await post(sale, false, AbortSignal.timeout(LONGEST_POST_MS)).catch(() => undefined);
    if (answer === undefined || answer.status === 429 || answer.status === 503) {
      parts.count(`repeats answered ${answer?.status ?? 'not at all'}`);
      return;
    }
    const { paymentRequestId } = answer.json<WholePayment>();
    if (answer.status !== 200 || paymentRequestId !== sale.now?.paymentRequestId)
      parts.complain(`${plan.reference} posted again was answered ${answer.status} ${answer.text}`);
  });
  await Promise.all(again);
}

/** What the customer can scan: what stands on the glass, else what the till shows on its own screen. */
function codeInSight({ parts, now }: Sale): string | null {
  const { glass, showsCodes } = parts.lane;
  const onGlass = showsCodes ? (glass?.view().code ?? null) : null;
  const isShown = now?.display.some(({ state }) => state === 'showing' || state === 'pending') === true;
  return onGlass ?? (isShown && showsCodes ? null : (now?.orderCode?.value ?? null));
}

async function payer(sale: Sale): Promise<void> {
  const { parts, plan } = sale;
  const { simulator } = parts;
  while (!isDone(sale) && codeInSight(sale) === null) await pause(100);
  const code = codeInSight(sale);
  if (code === null || isDone(sale) || plan.payer.does === 'dawdles') return;
  const scanned = simulator.scan(code);
  if (scanned.kind !== 'done') {
    parts.count('codes that no wallet knows any more');
    return;
  }
  const { paymentRequestId, expiresAt } = scanned.order;
  const waitMs =
    plan.payer.does === 'paysAtTheLast' ? Date.parse(expiresAt ?? '') - plan.payer.beforeEndMs - Date.now() : plan.payer.afterMs;
  // A customer who has scanned pays whatever the glass shows by then.
  await pause(Math.max(0, waitMs));
  const done =
    plan.payer.does === 'declines'
      ? simulator.decline(paymentRequestId, 'USER_BALANCE_NOT_ENOUGH')
      : simulator.pay(paymentRequestId);
  if (done.kind !== 'done') parts.count('payers who came too late');
}

async function canceller(sale: Sale): Promise<void> {
  const { parts, plan } = sale;
  if (plan.cancelsAfterMs === undefined || !(await stillOpenAfter(sale, plan.cancelsAfterMs))) return;
  const answer = await parts.lane.till.cancel(sale.now?.paymentRequestId ?? '').catch(() => undefined);
  if (answer !== undefined && ![200, 202, 409, 429, 503].includes(answer.status))
    parts.complain(`cancel of ${plan.reference} was answered ${answer.status} ${answer.text}`);
}

/** Looks at pictures, lanes and lists, as tills do. */
async function onlooker(sale: Sale): Promise<void> {
  const { lane, complain } = sale.parts;
  const id = sale.now?.paymentRequestId ?? '';
  for (const what of sale.plan.looksAt) {
    const path =
      what === 'lane'
        ? `/v1/lanes/${lane.laneId}`
        : what === 'list'
          ? `/v1/payments?saleReference=${sale.plan.reference}`
          : `/v1/payments/${id}/${what}`;
    const answer = await lane.till.call(path).catch(() => undefined);
    if (answer !== undefined && ![200, 404, 429, 503].includes(answer.status)) complain(`${path} was answered ${answer.status}`);
    await pause(500);
  }
}

async function follow(sale: Sale): Promise<void> {
  const { following } = sale.plan;
  while (!isDone(sale)) {
    if (following === 'events') await followEvents(sale);
    else {
      await ask(sale, following === 'longPoll').catch(() => sale.parts.count('broken reads'));
      if (following === 'poll' && !isDone(sale)) await pause(700);
    }
  }
}

async function ask(sale: Sale, isLong: boolean): Promise<void> {
  const { till } = sale.parts.lane;
  const { paymentRequestId: id = '', version = 0 } = sale.now ?? {};
  const answer = await till.call(`/v1/payments/${id}${isLong ? `?afterVersion=${version}&waitSeconds=8` : ''}`);
  if (answer.status === 200) hear(sale, answer.json<WholePayment>());
  else if (answer.status === 429 || answer.status === 503) {
    sale.parts.count(`reads answered ${answer.status}`);
    await pause(500);
  } else {
    sale.parts.complain(`${sale.plan.reference} read: ${answer.status} ${answer.text}`);
    await pause(1_000);
  }
}

/** A stream of its own until the end, or for a while: tills come and go. */
async function followEvents(sale: Sale): Promise<void> {
  const { till, laneId } = sale.parts.lane;
  const stream = await till.events(laneId).catch(() => undefined);
  if (stream === undefined || stream.status !== 200) {
    sale.parts.count(`streams answered ${stream?.status ?? 'not at all'}`);
    await pause(500);
    return;
  }
  let over = false;
  void stream.ended.then(() => {
    over = true;
  });
  for (let looks = 0; looks < 200 && !over && !isDone(sale); looks += 1) {
    for (const { event, data } of stream.events.splice(0)) {
      const told = (event === 'snapshot' ? data['openPayment'] : data) as WholePayment | null;
      if (told?.paymentRequestId === sale.now?.paymentRequestId && told !== null) hear(sale, told);
    }
    await pause(100);
  }
  stream.close();
  // It may have ended between two streams.
  if (!isDone(sale)) await ask(sale, false).catch(() => undefined);
}

/** The next customer on the same lane, while the first sale may be open. */
async function takeOver(sale: Sale): Promise<Sold> {
  if (!(await stillOpenAfter(sale, REPLACED_AFTER_MS))) return [];
  const plan: SalePlan = {
    ...sale.plan,
    reference: `${sale.plan.reference}-next`,
    payer: { does: 'pays', afterMs: 500 },
    repeats: 0,
    hangsUpAfterMs: undefined,
    cancelsAfterMs: undefined,
    isReplaced: false,
  };
  const next: Sale = { parts: sale.parts, plan, now: undefined };
  if (await place(next, true)) await Promise.all([follow(next), payer(next), onlooker(next)]);
  return [plan.reference];
}
