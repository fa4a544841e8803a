import type { UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import type { Till, WholePayment } from '../process/till.js';
import type { HeardEvent } from '../support/event-reader.js';
import type { Seeded } from '../support/seeded.js';
import { type Approvers, type AskAs, createApprovers } from './approvers.js';
import { hasEnded } from './judges.js';
import type { ToldRuling } from './ruling-judges.js';

/** One sale of a story. */
export interface SalePlan {
  readonly laneId: string;
  readonly reference: string;
  readonly amount: { readonly currency: string; readonly value: string };
  readonly expiresInSeconds: number | undefined;
  readonly waitSeconds: number;
  /**
   * `tillRefunds`, `tillUndoes`: the payer pays, then the till gives a part or all of it back. `paidThenRuled`, `unpaidThenRuled`: the
   * payer pays or not, the upstream says nothing of it, the cashier cancels, and two people rule. `ruledTooLate`: unpaid, and the
   * upstream speaks again before the second of them confirms.
   */
  readonly end:
    | 'payerPays'
    | 'payerDeclines'
    | 'tillCancels'
    | 'tillRefunds'
    | 'tillUndoes'
    | 'nobody'
    | 'paidThenRuled'
    | 'unpaidThenRuled'
    | 'ruledTooLate';
  /** How long after the sale somebody acts, ms. */
  readonly actsAfterMs: number;
  readonly pauseBeforeMs: number;
}

/** Who ends sales, and how often, by the length of the list. */
export type Ends = readonly [SalePlan['end'], ...SalePlan['end'][]];

export const USUAL_ENDS: Ends = ['payerPays', 'payerPays', 'payerDeclines', 'tillCancels'];

const RULED: ReadonlySet<SalePlan['end']> = new Set(['paidThenRuled', 'unpaidThenRuled', 'ruledTooLate']);

/** True for an end that takes two people of the back office and an upstream that says nothing. */
export function isRuled({ end }: Pick<SalePlan, 'end'>): boolean {
  return RULED.has(end);
}

/** So many sales for a lane, one after the other; `name` makes their references unique. */
export function planSales(random: Seeded, name: string, laneId: string, count: number, ends: Ends): SalePlan[] {
  return Array.from({ length: count }, (_unused, index) => ({
    laneId,
    reference: `${name}-${laneId}-${index + 1}`,
    amount: { currency: random.pick(['JPY', 'JPY', 'USD']), value: String(random.whole(1, 99_999)) },
    expiresInSeconds: random.chance(0.5) ? 30 : undefined,
    waitSeconds: random.pick([0, 3, 10]),
    end: random.pick(ends),
    actsAfterMs: random.whole(0, 2500),
    pauseBeforeMs: random.whole(0, 400),
  }));
}

/** The shop as people see it, whichever bridge lives in it at the moment. */
export interface PeopleParts {
  readonly simulator: UpstreamSimulator;
  readonly till: () => Till;
  readonly heard: (laneId: string) => readonly HeardEvent[];
  readonly nowMs: () => number;
  /**
   * Payers may decline an order of which no till was told. Its bridge may then wait for its expiry, as the till API contract wants it: right,
   * and minutes too long where time is real.
   */
  readonly declineUnseen: boolean;
  /** Asks the back office; only ends that are ruled need it. */
  readonly askAs?: AskAs;
}

/** Cashiers, their tills and payers: they do what they have in mind whether a bridge lives or not, and try again when it does not. */
export interface People {
  /** Lets everybody do what is due; call it again and again. */
  act(): void;
  /** Every sale was made, answered, and has ended as far as the tills were told. */
  areDone(): boolean;
  sold(): readonly SalePlan[];
  /** Every sale as a till reads it now, looked up by its reference. Rejects when the bridge dies meanwhile. */
  readAll(): Promise<WholePayment[]>;
  /** What tills and people of the back office were answered that they must not be. */
  complaints(): readonly string[];
  /** What people of the back office were answered. */
  told(): readonly ToldRuling[];
  /** Where everybody stands, for whoever waits in vain. */
  standing(): string;
}

/** A sale under way. */
interface SaleNow {
  readonly plan: SalePlan;
  readonly beganAt: number;
  posting: boolean;
  answered: boolean;
  acted: boolean;
  cancelling: boolean;
  nextPostAt: number;
  nextCancelAt: number;
  /** The till's refund or undo was taken down. */
  gaveBack: boolean;
  /** Then the cashier gives up. */
  patientUntil: number;
}

interface Counter extends PeopleParts {
  readonly queues: ReadonlyMap<string, SalePlan[]>;
  readonly now: Map<string, SaleNow>;
  readonly sold: SalePlan[];
  readonly complaints: string[];
  readonly approvers: Approvers;
}

/** A till that got no answer posts the same sale again after this time. */
const POST_AGAIN_MS = 300;
/** A cashier does not press the same button faster than this. */
const CANCEL_AGAIN_MS = 1_000;
/** A cashier gives up this long after the sale, and after the payer did something. */
const PATIENCE_MS = 12_000;

const nobodyToAsk: AskAs = () => Promise.reject(new Error('this shop has no back office'));

export function createPeople(parts: PeopleParts, plans: readonly SalePlan[]): People {
  const approvers = createApprovers(parts.askAs ?? nobodyToAsk, parts.nowMs);
  const lanes = [...new Set(plans.map(({ laneId }) => laneId))];
  const counter: Counter = {
    ...parts,
    queues: new Map(lanes.map((lane) => [lane, plans.filter(({ laneId }) => laneId === lane)])),
    now: new Map(),
    sold: [],
    complaints: [],
    approvers,
  };
  return {
    act() {
      for (const lane of lanes) actOn(counter, lane);
    },
    areDone: () => lanes.every((lane) => counter.queues.get(lane)?.length === 0 && hasFinished(counter, counter.now.get(lane))),
    sold: () => counter.sold,
    async readAll() {
      const found: WholePayment[] = [];
      for (const { reference } of counter.sold) {
        const list = await parts.till().call(`/v1/payments?saleReference=${reference}`);
        found.push(...list.json<{ payments: WholePayment[] }>().payments);
      }
      return found;
    },
    complaints: () => [...counter.complaints, ...approvers.complaints()],
    told: approvers.told,
    standing: () =>
      [...counter.now.values()]
        .map(
          (sale) =>
            `${sale.plan.reference} ${toldOf(counter, sale.plan)?.state} ${JSON.stringify({ ...sale, plan: sale.plan.end })}`,
        )
        .join('; '),
  };
}

/** The newest word of the stream about a sale. */
function toldOf({ heard }: Counter, { laneId, reference }: SalePlan): WholePayment | undefined {
  return heard(laneId).findLast(({ event, data }) => event === 'payment' && data['saleReference'] === reference)?.data as
    | WholePayment
    | undefined;
}

function hasFinished(counter: Counter, sale: SaleNow | undefined): boolean {
  const told = sale && toldOf(counter, sale.plan);
  if (sale?.answered !== true || told === undefined || !hasEnded(told)) return false;
  return hasGivenBack(sale, told) && (!isRuled(sale.plan) || counter.approvers.areDoneWith(told.paymentRequestId));
}

/** What the till wanted back of a paid sale has gone back, or was refused for good. */
function hasGivenBack({ plan, gaveBack }: SaleNow, told: WholePayment): boolean {
  if (told.state !== 'paid') return true;
  if (plan.end === 'tillUndoes') return gaveBack && told.undo !== null && told.undo.state !== 'pending';
  return plan.end !== 'tillRefunds' || (gaveBack && told.refunded.value === refundOf(plan));
}

/** The part that a till gives back: more than half, so that a second one would be too much. */
function refundOf({ amount }: SalePlan): string {
  return String(BigInt(amount.value) / 2n + 1n);
}

function actOn(counter: Counter, lane: string): void {
  const now = counter.nowMs();
  const current = counter.now.get(lane);
  if (current === undefined || hasFinished(counter, current)) {
    const plan = counter.queues.get(lane)?.shift();
    if (plan === undefined) return;
    counter.sold.push(plan);
    const beganAt = now + plan.pauseBeforeMs;
    counter.now.set(lane, {
      plan,
      beganAt,
      posting: false,
      answered: false,
      acted: false,
      cancelling: false,
      nextPostAt: beganAt,
      nextCancelAt: beganAt,
      gaveBack: false,
      patientUntil: beganAt + PATIENCE_MS,
    });
    return;
  }
  if (!current.answered && !current.posting && now >= current.nextPostAt) post(counter, current);
  const told = toldOf(counter, current.plan);
  const givesUp = now >= current.patientUntil && !isRuled(current.plan);
  if (!givesUp && !current.acted && now >= current.beganAt + current.plan.actsAfterMs) endIt(counter, current, told);
  const givesBack = current.plan.end === 'tillRefunds' || current.plan.end === 'tillUndoes';
  if (givesBack && told?.state === 'paid' && !current.gaveBack) giveBack(counter, current, told);
  if (isRuled(current.plan)) rule(counter, current, told);
  if (givesUp && told !== undefined && !hasEnded(told) && told.state !== 'cancelling') cancel(counter, current, told);
}

/** The same sale until it is answered, as a till does that never got its answer. */
function post(counter: Counter, current: SaleNow): void {
  const { laneId, reference, amount, expiresInSeconds, waitSeconds } = current.plan;
  const sale = { laneId, saleReference: reference, description: reference, amount };
  current.posting = true;
  counter
    .till()
    .sell({ ...sale, ...(expiresInSeconds !== undefined && { expiresInSeconds }) }, waitSeconds)
    .then(({ status, text }) => {
      if (status === 200 || status === 201) current.answered = true;
      else if (status < 500) counter.complaints.push(`${reference} was answered ${status} ${text}`);
    })
    .catch(() => undefined)
    .finally(() => {
      current.posting = false;
      current.nextPostAt = counter.nowMs() + POST_AGAIN_MS;
    });
}

/** The payer acts on the order itself, whether its code was seen or not; the till can only cancel what it was told of. */
function endIt(counter: Counter, current: SaleNow, told: WholePayment | undefined): void {
  const { simulator } = counter;
  const { end, reference } = current.plan;
  const order = simulator.orders().find(({ description, state }) => description === reference && state === 'open');
  if (end === 'nobody') current.acted = true;
  const pays = end === 'payerPays' || end === 'tillRefunds' || end === 'tillUndoes';
  if (pays && order !== undefined) current.acted = simulator.pay(order.paymentRequestId).kind === 'done';
  const mayDecline = counter.declineUnseen || told?.state === 'awaiting_payer';
  if (end === 'payerDeclines' && order !== undefined && mayDecline)
    current.acted = simulator.decline(order.paymentRequestId, 'USER_BALANCE_NOT_ENOUGH').kind === 'done';
  if (current.acted) current.patientUntil = counter.nowMs() + PATIENCE_MS;
  if (end === 'paidThenRuled' && order !== undefined) simulator.pay(order.paymentRequestId);
  const mayCancel = end === 'tillCancels' || (isRuled(current.plan) && told?.state === 'awaiting_payer');
  if (mayCancel && told !== undefined) cancel(counter, current, told);
}

/** Two people rule what the account book says, of a payment that the bridge cannot end. */
function rule({ simulator, approvers }: Counter, { plan }: SaleNow, told: WholePayment | undefined): void {
  if (told === undefined || !(told.state === 'needs_attention' || hasEnded(told))) return;
  const order = simulator.orders().find(({ description }) => description === plan.reference);
  // Who means to pay may still do it.
  if (plan.end === 'paidThenRuled' && order?.state === 'open') return;
  const unpaid = Number(plan.amount.value) % 2 === 0 ? 'failed' : 'cancelled';
  approvers.act({
    paymentRequestId: told.paymentRequestId,
    hasEnded: hasEnded(told),
    as: order?.state === 'paid' ? 'paid' : unpaid,
    second: plan.end === 'ruledTooLate' ? 'asksUpstream' : 'rejectsFirst',
  });
}

function cancel(counter: Counter, current: SaleNow, told: WholePayment): void {
  if (current.cancelling || counter.nowMs() < current.nextCancelAt) return;
  current.cancelling = true;
  counter
    .till()
    .cancel(told.paymentRequestId)
    .then(({ status }) => {
      if (status < 500) current.acted = true;
    })
    .catch(() => undefined)
    .finally(() => {
      current.cancelling = false;
      current.nextCancelAt = counter.nowMs() + CANCEL_AGAIN_MS;
    });
}

/** The same refund, or the undo, until it is answered. */
function giveBack(counter: Counter, current: SaleNow, told: WholePayment): void {
  if (current.cancelling || counter.nowMs() < current.nextCancelAt) return;
  current.cancelling = true;
  const { plan } = current;
  const refund = { refundReference: 'R-1', amount: { currency: plan.amount.currency, value: refundOf(plan) } };
  const asked =
    plan.end === 'tillUndoes'
      ? counter.till().call(`/v1/payments/${told.paymentRequestId}/undo`, { method: 'POST' })
      : counter.till().call(`/v1/payments/${told.paymentRequestId}/refunds`, { json: refund });
  asked
    .then(({ status, text }) => {
      if (status === 200 || status === 201 || status === 202) current.gaveBack = true;
      else if (status < 500) counter.complaints.push(`${plan.reference}: giving back was answered ${status} ${text}`);
    })
    .catch(() => undefined)
    .finally(() => {
      current.cancelling = false;
      current.nextCancelAt = counter.nowMs() + CANCEL_AGAIN_MS;
    });
}
