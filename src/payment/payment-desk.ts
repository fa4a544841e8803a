import type { Clock } from '../base/clock.js';
import type { Doorbell } from '../base/doorbell.js';
import { type AcceptedSale, type AcceptSaleParts, acceptSale, findRepeat, type SaleRoute } from './accept-sale.js';
import { applyEvidence } from './apply-evidence.js';
import type { DuePayments } from './due-payments.js';
import { createGiveBackDesk, type GiveBackDesk } from './give-back-desk.js';
import type { OpenRefundParts } from './open-refund.js';
import type { SaleRefusal } from './pay-outcome.js';
import { type Asker, isFinal, type LaneId, type Payment, type PaymentRequestId, type Sale } from './payment.js';
import type { AskedSale } from './same-sale.js';
import { settlePayment } from './settle-payment.js';
import type { Turns } from './turns.js';

export interface SaleRequest {
  /** What a repeat is known by; it is compared with nothing but what was stored. */
  readonly asked: AskedSale;
  /** The sale by the rules that are in force today. Called only when nothing is stored under its reference; what it throws is the answer. */
  readonly admit: () => Sale;
  readonly replaceOpenPayment: boolean;
  readonly waitMs: number;
  /** The asker hung up: stop waiting; the payment goes on. */
  readonly stop: AbortSignal;
}

export type SaleAnswer =
  | { readonly kind: 'created' | 'repeated'; readonly payment: Payment }
  | { readonly kind: 'saleConflict'; readonly existing: Payment }
  | { readonly kind: 'laneBusy'; readonly open: Payment }
  | { readonly kind: 'openPaymentPaid'; readonly open: Payment }
  /** A new sale that this lane's upstream cannot take; nothing was stored or cancelled. */
  | { readonly kind: 'refused'; readonly refusal: SaleRefusal }
  /** Too many sales wait to be stored; this one was not. */
  | { readonly kind: 'booksBusy' }
  | { readonly kind: 'stopping' };

export interface CancelRequest {
  readonly paymentRequestId: PaymentRequestId;
  readonly by: Asker;
  /** How long the answer may wait for the end of the payment; 0 answers at once. */
  readonly waitMs: number;
  readonly stop: AbortSignal;
}

export type CancelAnswer =
  | { readonly kind: 'accepted' | 'alreadyCancelled' | 'notCancellable'; readonly payment: Payment }
  | { readonly kind: 'booksBusy' }
  | { readonly kind: 'unknown' };

/** What came of a look at a sale before anything is cancelled for it. */
type TakenIn = AcceptedSale | { readonly stranger: Payment; readonly sale: Sale } | { readonly refusal: SaleRefusal };

/** What tills and people may ask of payments. */
export interface PaymentDesk extends GiveBackDesk {
  accept(request: SaleRequest): Promise<SaleAnswer>;
  cancel(request: CancelRequest): Promise<CancelAnswer>;
  /** Whether the payment's upstream can be asked anything: one that left the configuration can not. */
  canAsk(payment: Pick<Payment, 'upstreamId'>): boolean;
  /** Asks the upstream at once what became of a payment that `canAsk`; undefined when there is no such payment. */
  inquire(id: PaymentRequestId, because: string): Promise<Payment | undefined>;
  /** From now on no new sale is taken. */
  close(): void;
}

export interface PaymentDeskParts extends OpenRefundParts, AcceptSaleParts {
  readonly clock: Clock;
  /** False for an upstream that left the configuration. */
  readonly hasUpstream: (upstreamId: string) => boolean;
  readonly doorbell: Doorbell;
  readonly duePayments: DuePayments;
  readonly routeOf: (laneId: LaneId) => SaleRoute;
  /** Shared by everything that tills ask of the books. */
  readonly turns: Turns;
}

export function createPaymentDesk(parts: PaymentDeskParts): PaymentDesk {
  const { clock, duePayments, turns } = parts;
  let closed = false;

  async function cancel({ paymentRequestId: id, by, waitMs, stop }: CancelRequest): Promise<CancelAnswer> {
    const asked = await turns.run(() => askCancel(parts, id, by));
    if (asked === 'tooLong') return { kind: 'booksBusy' };
    if (asked.kind !== 'accepted' || waitMs <= 0) return asked;
    const now = await settlePayment(parts, id, (p) => isFinal(p.life.state), waitMs, stop);
    return { kind: 'accepted', payment: now ?? asked.payment };
  }

  /** Undefined when the lane is free now. */
  async function clearLane(open: Payment, request: SaleRequest): Promise<SaleAnswer | undefined> {
    if (!request.replaceOpenPayment) return { kind: 'laneBusy', open };
    const by: Asker = { kind: 'terminal', id: request.asked.terminalId };
    const asked = await cancel({ paymentRequestId: open.paymentRequestId, by, waitMs: 0, stop: request.stop });
    if (asked.kind === 'booksBusy') return asked;
    const ended = await settlePayment(
      parts,
      open.paymentRequestId,
      (p) => isFinal(p.life.state) || p.life.state === 'needs_attention',
      request.waitMs,
      request.stop,
    );
    if (ended === undefined) return undefined;
    if (ended.life.state === 'paid') return { kind: 'openPaymentPaid', open: ended };
    const free = isFinal(ended.life.state) || ended.life.state === 'needs_attention';
    return free ? undefined : { kind: 'laneBusy', open: ended };
  }

  const store = async (sale: Sale): Promise<AcceptedSale | 'stopping'> =>
    closed ? 'stopping' : acceptSale(parts, sale, parts.routeOf(sale.laneId));

  /** The repeat is looked for first: it never cancels anything, and no rule that changed since then turns it away. */
  async function takeIn({ asked, admit }: SaleRequest): Promise<TakenIn | 'stopping'> {
    const repeat = await findRepeat(parts, asked);
    if (repeat !== undefined) return repeat;
    const sale = admit();
    return (await inTheWay(parts, sale)) ?? store(sale);
  }

  async function finish(
    kind: 'created' | 'repeated',
    payment: Payment,
    request: SaleRequest,
    deadline: number,
  ): Promise<SaleAnswer> {
    void duePayments.advance(payment);
    const left = Math.max(0, deadline - clock.elapsedMs());
    const now = await settlePayment(parts, payment.paymentRequestId, showableOrEnded, left, request.stop);
    return { kind, payment: now ?? payment };
  }

  return {
    cancel,
    ...createGiveBackDesk({ ...parts, cancel, isClosed: () => closed }),
    canAsk: ({ upstreamId }) => parts.hasUpstream(upstreamId),
    inquire: (id, because) => askInquiry(parts, id, because),
    close() {
      closed = true;
    },
    async accept(request) {
      if (closed) return { kind: 'stopping' };
      const deadline = clock.elapsedMs() + request.waitMs;
      const looked = await turns.run(() => takeIn(request));
      if (typeof looked === 'object' && 'refusal' in looked) return { kind: 'refused', refusal: looked.refusal };
      const held = typeof looked === 'object' && 'stranger' in looked ? looked : undefined;
      const refused = held && (await clearLane(held.stranger, request));
      if (refused !== undefined) return refused;
      const accepted = typeof looked === 'object' && 'stranger' in looked ? await turns.run(() => store(looked.sale)) : looked;
      if (accepted === 'tooLong') return { kind: 'booksBusy' };
      if (accepted === 'stopping') return { kind: 'stopping' };
      if ('conflict' in accepted) return { kind: 'saleConflict', existing: accepted.conflict };
      if ('laneBusy' in accepted) return { kind: 'laneBusy', open: accepted.laneBusy };
      return finish(accepted.isNew ? 'created' : 'repeated', accepted.payment, request, deadline);
    },
  };
}

/** What keeps a new sale from being stored as it is. */
async function inTheWay(parts: PaymentDeskParts, sale: Sale): Promise<TakenIn | undefined> {
  const refusal = parts.routeOf(sale.laneId).upstream.refusalOf(sale);
  if (refusal !== undefined) return { refusal };
  const open = await parts.books.openOnLane(sale.laneId);
  // Another request of this very sale may have been stored since the look: its payment is no stranger to be cancelled.
  return open !== undefined && !isAttempt(open, sale) ? { stranger: open, sale } : undefined;
}

/** Makes an inquiry due and sets it going. */
async function askInquiry(parts: PaymentDeskParts, id: PaymentRequestId, because: string): Promise<Payment | undefined> {
  if ((await parts.books.find(id)) === undefined) return undefined;
  const { payment } = await applyEvidence(parts, id, { kind: 'inquiryAsked', because });
  void parts.duePayments.advance(payment);
  return payment;
}

/** Puts the wish to cancel on record and sets it going. */
async function askCancel(parts: PaymentDeskParts, id: PaymentRequestId, by: Asker): Promise<CancelAnswer> {
  const known = await parts.books.find(id);
  if (known === undefined) return { kind: 'unknown' };
  if (known.life.state === 'cancelled') return { kind: 'alreadyCancelled', payment: known };
  if (isFinal(known.life.state)) return { kind: 'notCancellable', payment: known };
  const { payment, decision } = await applyEvidence(parts, id, { kind: 'cancelAsked', by });
  if (decision.kind === 'illegal')
    return { kind: payment.life.state === 'cancelled' ? 'alreadyCancelled' : 'notCancellable', payment };
  void parts.duePayments.advance(payment);
  return { kind: 'accepted', payment };
}

/** The till's wait ends here: there is a code to show, or an end, or a person has to look. */
function showableOrEnded(payment: Payment): boolean {
  const { state } = payment.life;
  return state === 'awaiting_payer' || state === 'needs_attention' || isFinal(state);
}

/** This payment was opened for this till and reference. */
function isAttempt(payment: Payment, sale: Sale): boolean {
  return payment.terminalId === sale.terminalId && payment.saleReference === sale.saleReference;
}
