import type { NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import type { UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import type { WholePayment } from '../process/till.js';
import type { HeardEvent } from '../support/event-reader.js';
import type { Lifetime } from './crash-rig.js';

const FINAL: ReadonlySet<string> = new Set(['paid', 'failed', 'cancelled']);

/** True when a payment has come to its end. */
export function hasEnded({ state }: { readonly state: string }): boolean {
  return FINAL.has(state);
}

/**
 * What the upstream's own account book has to say against the bridge's payments; empty when they agree. Every order carries its sale's
 * reference as description, so that two orders of one sale are seen even if the bridge forgot one of them.
 */
export function askTheAccountBook(simulator: UpstreamSimulator, payments: readonly WholePayment[]): string[] {
  const complaints: string[] = [];
  const known = new Map(payments.map((payment) => [payment.paymentRequestId, payment]));
  const ordersOf = new Map<string, number>();
  for (const order of simulator.orders()) {
    const { paymentRequestId: id, description, state, timesCharged, kept, amount } = order;
    if (description !== null) ordersOf.set(description, (ordersOf.get(description) ?? 0) + 1);
    const payment = known.get(id);
    const say = (text: string) => complaints.push(`${id} (${description}): ${text}`);
    if (payment === undefined) {
      say('the bridge does not know this order');
      continue;
    }
    if (timesCharged > 1) say(`charged ${timesCharged} times`);
    const charged = kept !== null && kept.value !== '0';
    if (charged && kept.value !== amount?.value) say(`the payer paid ${kept.value} of ${amount?.value}`);
    if (charged !== (payment.state === 'paid')) say(`${charged ? 'paid' : 'not paid'} there, ${payment.state} here`);
    if (state === 'open') say(`still open there, ${payment.state} here`);
    if (state === 'cancelled' && payment.state !== 'cancelled') say(`cancelled there, ${payment.state} here`);
  }
  for (const [reference, count] of ordersOf) if (count > 1) complaints.push(`${reference}: ${count} orders for one sale`);
  for (const payment of payments) {
    if (!hasEnded(payment)) complaints.push(`${payment.paymentRequestId}: no end, ${payment.state}`);
    if (payment.alerts.length > 0) complaints.push(`${payment.paymentRequestId}: alerts ${JSON.stringify(payment.alerts)}`);
  }
  return [...complaints, ...sameBytes(simulator)];
}

/** Every send of a payment carries the same body, and a signature that holds. */
function sameBytes(simulator: UpstreamSimulator): string[] {
  const bodies = new Map<string, string>();
  const complaints: string[] = [];
  for (const { call, body, bodySha256, signature } of simulator.calls()) {
    if (signature !== 'good') complaints.push(`a ${call} with signature ${signature}`);
    if (call !== 'pay') continue;
    const id = (JSON.parse(body) as { paymentRequestId: string }).paymentRequestId;
    const first = bodies.get(id) ?? bodySha256;
    bodies.set(id, first);
    if (first !== bodySha256) complaints.push(`${id}: sent with other bytes`);
  }
  return complaints;
}

/** How long a code may stay after its payment left `awaiting_payer` (till API contract: 1 s), with room for a busy machine. */
const GONE_WITHIN_MS = 1500;
/** How long a fresh bridge may take to blank what an earlier one left: opening, waking the panel, painting. */
const BLANK_AFTER_START_MS = 3000;

/**
 * What a glass did wrong: a code that came up when its payment no longer awaited the payer, or stayed longer than a living bridge may let
 * it. `leftAwaitingAt` is when the books say that each payment left `awaiting_payer`.
 */
export function lookAtTheGlass(
  glass: NextionGlass,
  simulator: UpstreamSimulator,
  leftAwaitingAt: ReadonlyMap<string, number>,
  lifetimes: readonly Lifetime[],
): string[] {
  const complaints: string[] = [];
  const orders = new Map(simulator.orders().map((order) => [order.code, order.paymentRequestId]));
  for (const { code, from, to } of glass.history()) {
    if (code === null) continue;
    const id = orders.get(code) ?? 'nobody';
    const left = leftAwaitingAt.get(id);
    const say = (text: string) => complaints.push(`the code of ${id} ${text}`);
    if (left === undefined) {
      say('was never to be shown, or still is');
      continue;
    }
    if (from > left + GONE_WITHIN_MS) say(`came up ${from - left} ms too late`);
    // A bridge that died before it could blank leaves that to the next one.
    const next = lifetimes.find((life) => life.from > left);
    const died = lifetimes.some((life) => life.to !== null && life.to >= left - 100 && life.to <= left + GONE_WITHIN_MS);
    const latest = died && next !== undefined ? next.from + BLANK_AFTER_START_MS : left + GONE_WITHIN_MS;
    if (to === null || to > latest) say(`stayed ${to === null ? 'for ever' : `${to - left} ms too long`}`);
  }
  return complaints;
}

/** What a till that resumed its stream after every crash missed, heard twice, or heard in the wrong order. */
export function listenToTheStream(events: readonly HeardEvent[], payments: readonly WholePayment[]): string[] {
  const complaints: string[] = [];
  let last = 0;
  for (const [index, { id, event }] of events.entries()) {
    if (event === 'reset' || (event === 'snapshot' && index > 0)) complaints.push(`${event} in the middle of a stream`);
    if (id === null) continue;
    if (Number(id) <= last) complaints.push(`event ${id} after ${last}`);
    last = Number(id);
  }
  for (const { paymentRequestId, state, version } of payments) {
    const told = events.filter(({ event, data }) => event === 'payment' && data['paymentRequestId'] === paymentRequestId);
    const end = told.at(-1)?.data;
    if (end?.['state'] !== state || end['version'] !== version) {
      complaints.push(
        `${paymentRequestId} is ${state} in version ${version}; the stream last said ${end?.['state']} in ${end?.['version']}`,
      );
    }
  }
  return complaints;
}
