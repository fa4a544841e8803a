import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import type { UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import type { WholePayment } from '../process/till.js';
import type { HeardEvent } from '../support/event-reader.js';
import { type BooksAtDeath, leftAwaitingAt } from './books-at-death.js';
import { askTheApprovers, readTheRulings, type ToldRuling } from './ruling-judges.js';

/** From when to when a bridge lived, epoch ms. */
export interface Lifetime {
  readonly from: number;
  to: number | null;
}

/** Everything that is known of a shop after its bridge died and came back, each from its own source. */
export interface Scene {
  /** With the account book of the upstream. */
  readonly simulator: Pick<UpstreamSimulator, 'orders' | 'calls' | 'notifications'>;
  /** The payments as a till reads them now. */
  readonly payments: readonly WholePayment[];
  readonly books: BooksAtDeath;
  readonly lanes: readonly SceneLane[];
  readonly lifetimes: readonly Lifetime[];
  readonly patience: Patience;
  /** What people at the back office were answered, where there are any. */
  readonly told?: readonly ToldRuling[];
}

export interface SceneLane {
  readonly laneId: string;
  readonly glass: Pick<GlassEmulator, 'history'>;
  /** Everything a till heard that resumed its stream after every death. */
  readonly heard: readonly HeardEvent[];
  /** When its display could be reached, where that was not always; the bridge lived through all of it. */
  readonly up?: readonly Lifetime[];
}

/** What a judge grants, ms. */
export interface Patience {
  /** How long a code may stay after its payment left `awaiting_payer`, and after its expiry (till API contract: 1 s). */
  readonly goneWithin: number;
  /** How long a fresh bridge may take to blank what an earlier one left: opening, waking the panel, painting. */
  readonly blankAfterStart: number;
}

const FINAL: ReadonlySet<string> = new Set(['paid', 'failed', 'cancelled']);

/** True when a payment has come to its end. */
export function hasEnded({ state }: { readonly state: string }): boolean {
  return FINAL.has(state);
}

/** Everything that is wrong with a shop; empty when all judges are content. */
export function judge(scene: Scene): string[] {
  const { simulator, payments, books } = scene;
  return [
    ...askTheAccountBook(simulator, payments),
    ...compareSums(simulator, payments),
    ...lookForOtherBytes(simulator),
    ...lookForAcknowledged(simulator, books),
    ...readTheBooks(books),
    ...askTheApprovers(scene.told ?? [], books),
    ...scene.lanes.flatMap((lane) => [...lookAtTheGlass(scene, lane), ...listenToTheStream(scene, lane)]),
  ];
}

/**
 * What the upstream's own account book has to say against the bridge's payments. Every order carries its sale's reference as description,
 * so that two orders of one sale are seen even if the bridge forgot one of them.
 */
function askTheAccountBook(simulator: Scene['simulator'], payments: readonly WholePayment[]): string[] {
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
    const keptThere = BigInt(kept?.value ?? 0);
    if (keptThere < 0n) say(`${-keptThere} more went back than was paid`);
    if (keptThere !== keptHere(payment))
      say(`${keptThere} of ${amount?.value} kept there, ${keptHere(payment)} here (${payment.state})`);
    if ((order.refunded?.value ?? '0') !== payment.refunded.value)
      say(`${order.refunded?.value} refunded there, ${payment.refunded.value} here`);
    if (state === 'open') say(`still open there, ${payment.state} here`);
    if (state === 'cancelled' && payment.state !== 'cancelled' && !isCancelledByUndo(payment))
      say(`cancelled there, ${payment.state} here`);
  }
  for (const [reference, count] of ordersOf) if (count > 1) complaints.push(`${reference}: ${count} orders for one sale`);
  for (const payment of payments) {
    if (!hasEnded(payment)) complaints.push(`${payment.paymentRequestId}: no end, ${payment.state}`);
    if (payment.undo?.state === 'pending') complaints.push(`${payment.paymentRequestId}: no end of its undo`);
    if (payment.alerts.length > 0 && !isExplained(payment, simulator))
      complaints.push(`${payment.paymentRequestId}: alerts ${JSON.stringify(payment.alerts)}`);
  }
  return complaints;
}

/** What the shop keeps of a payment, by what its till is told. */
function keptHere({ state, amount, refunded, undo }: WholePayment): bigint {
  if (state !== 'paid' || (undo?.by === 'cancel' && undo.state === 'done')) return 0n;
  return BigInt(amount.value) - BigInt(refunded.value);
}

function isCancelledByUndo({ state, undo }: WholePayment): boolean {
  return state === 'paid' && undo?.by === 'cancel' && undo.state === 'done';
}

/** Word of money that was taken and given back again by the cancel may arrive behind it; it is told, and it is true. */
function isExplained({ paymentRequestId: id, alerts }: WholePayment, simulator: Scene['simulator']): boolean {
  const order = simulator.orders().find(({ paymentRequestId }) => paymentRequestId === id);
  const isGivenBack = order?.state === 'cancelled' && order.timesCharged === 1 && order.kept?.value === '0';
  return isGivenBack && alerts.every(({ kind }) => kind === 'paid_after_cancelled');
}

/** What is paid here is kept there, by currency. */
function compareSums(simulator: Scene['simulator'], payments: readonly WholePayment[]): string[] {
  const sums = new Map<string, { here: bigint; there: bigint }>();
  const add = (side: 'here' | 'there', money: { readonly currency: string; readonly value: string | bigint }) => {
    const sum = sums.get(money.currency) ?? { here: 0n, there: 0n };
    sum[side] += BigInt(money.value);
    sums.set(money.currency, sum);
  };
  for (const { kept } of simulator.orders()) if (kept !== null) add('there', kept);
  for (const payment of payments) add('here', { currency: payment.amount.currency, value: keptHere(payment) });
  return [...sums].flatMap(([currency, { here, there }]) =>
    here === there ? [] : [`${here} ${currency} kept here, ${there} kept there`],
  );
}

/** Every send of a payment or refund carries the same body, and every call a signature that holds. */
function lookForOtherBytes(simulator: Scene['simulator']): string[] {
  const bodies = new Map<string, string>();
  const complaints: string[] = [];
  for (const { call, body, bodySha256, signature } of simulator.calls()) {
    if (signature !== 'good') complaints.push(`a ${call} with signature ${signature}`);
    if (call !== 'pay' && call !== 'refund') continue;
    const id = idIn(body);
    const first = bodies.get(id) ?? bodySha256;
    bodies.set(id, first);
    if (first !== bodySha256) complaints.push(`${id}: sent with other bytes`);
  }
  return complaints;
}

function idIn(body: string): string {
  const { paymentRequestId, refundRequestId } = JSON.parse(body) as { paymentRequestId: string; refundRequestId?: string };
  return refundRequestId ?? paymentRequestId;
}

/** Whatever the upstream was told was received is in the books, and applied. */
function lookForAcknowledged(simulator: Scene['simulator'], books: BooksAtDeath): string[] {
  const stored = new Map(books.notifications.map(({ body, applied }) => [body, applied]));
  const complaints: string[] = [];
  for (const { id, deliveries } of simulator.notifications()) {
    for (const { acknowledged, body } of deliveries) {
      if (!acknowledged) continue;
      const applied = stored.get(body);
      if (applied === undefined) complaints.push(`notification ${id} was acknowledged and is not in the books`);
      else if (!applied) complaints.push(`notification ${id} was acknowledged and is not applied`);
    }
  }
  return complaints;
}

/** What no books may hold at any instant, read without the bridge's help: also those of a bridge that was just killed. */
export function readTheBooks(books: BooksAtDeath): string[] {
  const { integrity, payments, journal } = books;
  const complaints: string[] = integrity === 'ok' ? [] : [`the books are damaged: ${integrity}`];
  const lines = new Map<string, typeof journal>();
  for (const line of journal) lines.set(line.id, [...(lines.get(line.id) ?? []), line]);
  const holders = new Map<string, string>();
  for (const { id, laneId, state, holdsLane, dueAt } of payments) {
    let last = { seq: 0, to: 'received' };
    for (const { seq, from, to } of lines.get(id) ?? []) {
      if (seq !== last.seq + 1 || from !== last.to)
        complaints.push(`${id}: line ${seq} goes on from ${from}, line ${last.seq} ended in ${last.to}`);
      if (FINAL.has(from) && to !== from) complaints.push(`${id}: the end ${from} was left for ${to}`);
      last = { seq, to };
    }
    if (last.to !== state) complaints.push(`${id} is ${state}, its journal says ${last.to}`);
    if (!FINAL.has(state) && dueAt === null) complaints.push(`${id}: ${state} and nothing is due`);
    if (!holdsLane) continue;
    if (holders.has(laneId)) complaints.push(`${laneId} is held by ${holders.get(laneId)} and ${id}`);
    holders.set(laneId, id);
  }
  return [...complaints, ...readTheRulings(books)];
}

/** A code that came up when its payment no longer awaited the payer, or stayed longer than a living bridge may let it. */
function lookAtTheGlass(
  { simulator, books, lifetimes, patience }: Scene,
  { laneId, glass, up = lifetimes }: SceneLane,
): string[] {
  const complaints: string[] = [];
  const orders = new Map(simulator.orders().map((order) => [order.code, order]));
  const left = leftAwaitingAt(books);
  for (const { code, from, to } of glass.history()) {
    if (code === null) continue;
    const order = orders.get(code);
    const leftAt = left.get(order?.paymentRequestId ?? '');
    const say = (text: string) => complaints.push(`${laneId}: the code of ${order?.paymentRequestId ?? 'nobody'} ${text}`);
    if (leftAt === undefined) {
      say('was never to be shown, or still is');
      continue;
    }
    const expiresAt = Date.parse(order?.expiresAt ?? '');
    const over = Math.min(leftAt, expiresAt);
    const why = `${leftAt <= expiresAt ? 'its payment went on' : 'it expired'} at ${new Date(over).toISOString()}`;
    if (from > over + patience.goneWithin) say(`came up ${from - over} ms too late: ${why}`);
    const latest = lastChance(over, up, patience);
    if (to === null || to > latest) say(`stayed ${to === null ? 'for ever' : `${to - over} ms too long`}: ${why}`);
  }
  return complaints;
}

/** Until when a code must be gone that was over at `over`: what a bridge did not live to blank is the next one's. */
function lastChance(over: number, lifetimes: readonly Lifetime[], patience: Patience): number {
  const livedThrough = lifetimes.some(({ from, to }) => from <= over && (to === null || to >= over + patience.goneWithin));
  if (livedThrough) return over + patience.goneWithin;
  for (const { from, to } of lifetimes) {
    if (from <= over) continue;
    const blanked = from + patience.blankAfterStart;
    if (to === null || to >= blanked) return blanked;
  }
  return Number.POSITIVE_INFINITY;
}

/** What a till that resumed its stream after every death missed, heard twice, or heard in the wrong order. */
function listenToTheStream({ payments, books }: Scene, { laneId, heard }: SceneLane): string[] {
  const complaints: string[] = [];
  // A till that has not heard an id yet can only begin anew.
  const begin = heard.findIndex(({ id }) => id !== null);
  const cursor = Number(heard[begin]?.event === 'snapshot' ? heard[begin].id : 0);
  const told: number[] = [];
  for (const [index, { event, id }] of heard.entries()) {
    if (event === 'reset' || (event === 'snapshot' && begin >= 0 && index > begin))
      complaints.push(`${laneId}: ${event} in the middle of a stream`);
    if (id !== null && event !== 'snapshot') told.push(Number(id));
  }
  const stored = (books.events.get(laneId) ?? []).filter((id) => id > cursor);
  if (told.join() !== stored.join()) complaints.push(`${laneId}: events ${firstDifference(stored, told)}`);
  for (const { paymentRequestId, laneId: lane, state, version } of payments) {
    if (lane !== laneId) continue;
    const end = heard.findLast(({ event, data }) => event === 'payment' && data['paymentRequestId'] === paymentRequestId)?.data;
    if (end?.['state'] !== state || end['version'] !== version)
      complaints.push(
        `${paymentRequestId} is ${state} in version ${version}; the stream last said ${end?.['state']} in ${end?.['version']}`,
      );
  }
  return complaints;
}

function firstDifference(stored: readonly number[], told: readonly number[]): string {
  const at = stored.findIndex((id, index) => told[index] !== id);
  return at < 0 ? `heard ${told.slice(stored.length).join()} that are not stored` : `stored ${stored[at]}, heard ${told[at]}`;
}
