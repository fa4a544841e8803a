import type { Clock } from '../base/clock.js';
import type { Doorbell } from '../base/doorbell.js';
import { applyEvidence, momentFor } from './apply-evidence.js';
import { undoWay } from './decide-undo.js';
import type { DuePayments } from './due-payments.js';
import { isForPeople } from './gone-elsewhere.js';
import { type Money, sameMoney } from './money.js';
import { isGivingBack } from './next-give-back.js';
import { type OpenRefundParts, openRefund } from './open-refund.js';
import type { Payment, PaymentRequestId } from './payment.js';
import type { CancelAnswer, CancelRequest } from './payment-desk.js';
import { type GivingBack, isUndone, leftToRefund, moneyBackOf, moneyThere, type Refund } from './refund.js';
import { settlePayment } from './settle-payment.js';
import { createTurns, type Turns } from './turns.js';

export interface RefundRequest {
  readonly paymentRequestId: PaymentRequestId;
  readonly refundReference: string;
  readonly amount: Money;
  readonly reason: string | null;
  readonly by: Exclude<GivingBack, { readonly kind: 'bridge' }>;
  /** How long the answer may wait for the upstream's word; 0 answers at once. */
  readonly waitMs: number;
  readonly stop: AbortSignal;
}

/** Why there can be no refund or undo of a payment. */
export type NotRefundable = 'notPaid' | 'undone' | 'nothingLeft' | 'noRefundsThere' | 'unknownHere' | 'nobodyThere';

export type RefundAnswer =
  | { readonly kind: 'created' | 'repeated'; readonly refund: Refund; readonly payment: Payment }
  | { readonly kind: 'refundConflict'; readonly existing: Refund }
  /** `left` is what may still be refunded. */
  | { readonly kind: 'exceedsPayment'; readonly left: Money }
  | { readonly kind: 'otherCurrency'; readonly currency: string }
  | { readonly kind: 'notRefundable'; readonly why: NotRefundable; readonly payment: Payment }
  | { readonly kind: 'booksBusy' | 'stopping' | 'unknown' };

export type UndoRequest = Pick<RefundRequest, 'paymentRequestId' | 'by' | 'waitMs' | 'stop'> & {
  /** The asker may give the money of a paid payment back; false answers `needsRefundRight` there. */
  readonly mayRefund: boolean;
  /** The asker may cancel a payment that is not paid yet; false answers `needsCancelRight` there. */
  readonly mayCancel: boolean;
};

export type UndoAnswer =
  | CancelAnswer
  /** The undo is under way, or came to its end before. */
  | { readonly kind: 'undoing'; readonly payment: Payment }
  | { readonly kind: 'notRefundable'; readonly why: NotRefundable; readonly payment: Payment }
  | { readonly kind: 'needsRefundRight' | 'needsCancelRight' | 'stopping' };

/** What tills and people may ask about money that shall go back. */
export interface GiveBackDesk {
  refund(request: RefundRequest): Promise<RefundAnswer>;
  /** Paid: the one undo of the payment, by cancel or by refund. Not paid yet: a cancel. */
  undo(request: UndoRequest): Promise<UndoAnswer>;
}

export interface GiveBackDeskParts extends OpenRefundParts {
  readonly clock: Clock;
  readonly doorbell: Doorbell;
  readonly duePayments: DuePayments;
  /** False for an upstream that left the configuration: its payments have ended, and nobody can be asked about them. */
  readonly hasUpstream: (upstreamId: string) => boolean;
  /** Shared by everything that tills ask of the books. */
  readonly turns: Turns;
  readonly cancel: (request: CancelRequest) => Promise<CancelAnswer>;
  readonly isClosed: () => boolean;
}

/** A refund whose payment is asked for by many others at once waits so long for its turn, ms. */
const LONGEST_WAIT_IN_LINE_MS = 2_000;

export function createGiveBackDesk(parts: GiveBackDeskParts): GiveBackDesk {
  const { clock, duePayments, turns } = parts;
  const lines = createLines(clock);

  async function refund(request: RefundRequest): Promise<RefundAnswer> {
    if (parts.isClosed()) return { kind: 'stopping' };
    // One after the other: all of them change the same row, and each that comes too late would only have to look again.
    const asked = await lines.run(request.paymentRequestId, () => turns.run(() => askRefund(parts, request)));
    if (asked === 'tooLong') return { kind: 'booksBusy' };
    if (asked.kind !== 'created' && asked.kind !== 'repeated') return asked;
    void duePayments.advance(asked.payment);
    if (request.waitMs <= 0) return asked;
    const { refundRequestId } = asked.refund;
    const isSettled = ({ life }: Payment) => moneyBackOf(life).open.every((one) => one.refundRequestId !== refundRequestId);
    const payment = await settlePayment(parts, request.paymentRequestId, isSettled, request.waitMs, request.stop);
    const now = await parts.books.findRefund(refundRequestId);
    return { ...asked, refund: now ?? asked.refund, payment: payment ?? asked.payment };
  }

  async function undo(request: UndoRequest): Promise<UndoAnswer> {
    if (parts.isClosed()) return { kind: 'stopping' };
    const { paymentRequestId: id } = request;
    const asked = await lines.run(id, () => turns.run(() => askUndo(parts, request)));
    if (asked === 'tooLong') return { kind: 'booksBusy' };
    if (asked === 'asCancel') {
      if (!request.mayCancel) return { kind: 'needsCancelRight' };
      const cancelled = await parts.cancel(request);
      // It was paid before the cancel could be asked for: then it is an undo after all.
      const isPaid = cancelled.kind === 'notCancellable' && cancelled.payment.life.state === 'paid';
      return isPaid ? undo(request) : cancelled;
    }
    if (asked.kind !== 'undoing') return asked;
    void duePayments.advance(asked.payment);
    if (request.waitMs <= 0) return asked;
    const payment = await settlePayment(parts, id, ({ life }) => !isGivingBack(life), request.waitMs, request.stop);
    return { kind: 'undoing', payment: payment ?? asked.payment };
  }

  return { refund, undo };
}

async function askRefund(parts: GiveBackDeskParts, request: RefundRequest): Promise<RefundAnswer> {
  const { paymentRequestId: id, refundReference, amount, reason } = request;
  for (;;) {
    const payment = await parts.books.find(id);
    if (payment === undefined) return { kind: 'unknown' };
    const known = await parts.books.refundNamed(id, refundReference);
    if (known !== undefined)
      return sameRefund(known, request) ? { kind: 'repeated', refund: known, payment } : conflictWith(known);
    if (payment.life.state !== 'paid') return { kind: 'notRefundable', why: 'notPaid', payment };
    if (isUndone(payment.life)) return { kind: 'notRefundable', why: 'undone', payment };
    if (!parts.hasUpstream(payment.upstreamId)) return { kind: 'notRefundable', why: 'nobodyThere', payment };
    if (amount.currency !== payment.amount.currency) return { kind: 'otherCurrency', currency: payment.amount.currency };
    const left = leftToRefund(payment.amount, payment.life);
    if (BigInt(amount.value) > left) return { kind: 'exceedsPayment', left: { currency: amount.currency, value: String(left) } };
    if (isForPeople(payment.life, request.by.kind)) return { kind: 'notRefundable', why: 'unknownHere', payment };
    const opened = await openRefund(parts, payment, { refundReference, isUndo: false, amount, reason, askedBy: request.by });
    if (opened === undefined) return { kind: 'notRefundable', why: 'noRefundsThere', payment };
    // Another refund (perhaps this very one) or an undo was faster, in another process: what stands now says why this one is none.
    if (opened.decision.kind === 'illegal' || !opened.weighed) continue;
    const refund = await parts.books.findRefund(opened.refundRequestId);
    if (refund !== undefined) return { kind: 'created', refund, payment: opened.payment };
  }
}

function conflictWith(existing: Refund): RefundAnswer {
  return { kind: 'refundConflict', existing };
}

function sameRefund(known: Refund, { amount, reason }: RefundRequest): boolean {
  return !known.isUndo && sameMoney(known.amount, amount) && known.reason === reason;
}

async function askUndo(
  parts: GiveBackDeskParts,
  request: UndoRequest,
): Promise<Exclude<UndoAnswer, CancelAnswer> | UnknownOrCancel> {
  const { paymentRequestId: id, by } = request;
  const payment = await parts.books.find(id);
  if (payment === undefined) return { kind: 'unknown' };
  const { life } = payment;
  // Money that came after the end is given back by people only: a till was told to ask them.
  const isLate = by.kind === 'operator' && moneyThere(life) !== null;
  if (life.state !== 'paid' && !isLate) return 'asCancel';
  if (!request.mayRefund) return { kind: 'needsRefundRight' };
  if (moneyBackOf(life).undo !== null) return { kind: 'undoing', payment };
  if (leftToRefund(payment.amount, life) <= 0n) return { kind: 'notRefundable', why: 'nothingLeft', payment };
  if (!parts.hasUpstream(payment.upstreamId)) return { kind: 'notRefundable', why: 'nobodyThere', payment };
  const { upstream } = parts.upstreamOf(payment.upstreamId);
  const at = momentFor(parts.clock, upstream);
  if (upstream.freezeRefund === null && undoWay(life, at) === 'refund')
    return { kind: 'notRefundable', why: 'noRefundsThere', payment };
  const weighed = await applyEvidence(parts, id, { kind: 'undoAsked', by, of: payment.amount });
  // Somebody else's undo, or a refund of the last rest, was faster.
  return weighed.decision.kind === 'illegal' ? askUndo(parts, request) : { kind: 'undoing', payment: weighed.payment };
}

type UnknownOrCancel = { readonly kind: 'unknown' } | 'asCancel';

/** Work on one payment at a time, in order; other payments do not wait for it. */
function createLines(clock: Clock) {
  const lines = new Map<PaymentRequestId, { readonly turns: Turns; inLine: number }>();
  return {
    async run<T>(id: PaymentRequestId, work: () => Promise<T>): Promise<T | 'tooLong'> {
      const line = lines.get(id) ?? { turns: createTurns({ atOnce: 1, waitMs: LONGEST_WAIT_IN_LINE_MS, clock }), inLine: 0 };
      lines.set(id, line);
      line.inLine += 1;
      try {
        return await line.turns.run(work);
      } finally {
        line.inLine -= 1;
        if (line.inLine === 0) lines.delete(id);
      }
    },
  };
}
