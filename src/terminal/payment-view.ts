import { addMs, utcText } from '../base/clock.js';
import type { Money } from '../payment/money.js';
import type { Alert, Failure, LaneId, LastResult, Moment, PaidFacts, Payment } from '../payment/payment.js';
import { moneyBackOf, type Refund } from '../payment/refund.js';
import type { LaneDisplayView, LaneView, PaymentView, RefundView } from './payment-schemas.js';
import { adviceFor, mayShowCode } from './terminal-advice.js';
import type { DisplayStatus } from './terminal-ports.js';

/** What a payment's JSON is read from. */
export interface ViewFacts {
  readonly payment: Payment;
  /** The displays of its lane as they are now. */
  readonly displays: readonly DisplayStatus[];
  /** A ready display shows its code or is about to. */
  readonly displayCanShow: boolean;
  /** Both clocks of its upstream. */
  readonly at: Moment;
  /** False when a newer state of the payment is known that forbids its code (replayed events). Default true. */
  readonly codeShowable?: boolean;
}

/** Pure: the JSON of a payment (till API contract, "Payment"). */
export function paymentView(facts: ViewFacts): PaymentView {
  const { payment, at, displayCanShow, codeShowable = true } = facts;
  const { life } = payment;
  const { code } = life;
  const codeWaits = code !== null && codeShowable && mayShowCode(payment, at);
  const displays = facts.displays.map((status) => aboutPayment(status, payment, codeWaits));
  const paid = life.state === 'paid' ? life.paid : null;
  return {
    paymentRequestId: payment.paymentRequestId,
    saleReference: payment.saleReference,
    terminalId: payment.terminalId,
    laneId: payment.laneId,
    upstreamId: payment.upstreamId,
    state: life.state,
    failure: life.failure === null ? null : failureView(life.failure),
    endedBy: life.endedBy,
    cancelledBy: life.cancelledBy,
    cancelReason: life.cancelReason,
    undo: undoView(payment),
    alerts: life.alerts.map(alertView),
    amount: moneyView(payment.amount),
    refunded: { currency: payment.amount.currency, value: moneyBackOf(life).refunded },
    paymentId: life.paymentId ?? paid?.paymentId ?? null,
    ...paidView(paid),
    orderCode: codeWaits ? { value: code.text, expiresAt: utcText(code.expiresAt) } : null,
    display: displays.map(({ driver, state, confirmation, since }) => ({ driver, state, confirmation, since: utcText(since) })),
    lastResult: life.lastResult === null ? null : lastResultView(life.lastResult),
    sends: life.sends.count,
    ...adviceFor({ payment, displays, displayCanShow, at, codeShowable }),
    createdAt: utcText(life.createdAt),
    updatedAt: utcText(payment.updatedAt),
    version: payment.version,
  };
}

function undoView({ life }: Payment): PaymentView['undo'] {
  const { undo } = moneyBackOf(life);
  return undo && { by: undo.by, state: undo.state, amount: moneyView(undo.amount), at: utcText(undo.at) };
}

/** Pure: the JSON of a refund (till API contract, "Refund"). */
export function refundView(refund: Refund): RefundView {
  const { refundReference, refundRequestId, refundId, state, amount, reason, refundedAt, lastResult, createdAt, version } =
    refund;
  return {
    refundReference,
    refundRequestId,
    refundId,
    state,
    amount: moneyView(amount),
    reason,
    refundedAt: refundedAt === null ? null : utcText(refundedAt),
    lastResult: lastResult === null ? null : lastResultView(lastResult),
    createdAt: utcText(createdAt),
    version,
  };
}

function paidView(paid: PaidFacts | null) {
  return {
    pspId: paid?.pspId ?? null,
    walletBrandName: paid?.walletBrandName ?? null,
    mppPaymentId: paid?.mppPaymentId ?? null,
    paidAt: paid === null || paid.paidAt === null ? null : utcText(paid.paidAt),
    settlement: paid === null || paid.settlement === null ? null : settlementView(paid.settlement),
  };
}

function settlementView({ amount, quote }: NonNullable<PaidFacts['settlement']>) {
  return { amount: amount === null ? null : moneyView(amount), quote: quote === null ? null : { ...quote } };
}

// Members are named one by one: what a stored row carries beyond the contract stays inside.
function moneyView({ currency, value }: Money) {
  return { currency, value };
}

function failureView({ reason, resultCode, advice }: Failure) {
  return { reason, resultCode, advice };
}

function alertView({ kind, at, paymentId }: Alert) {
  return { kind, at: utcText(at), paymentId };
}

function lastResultView({ call, at, verified, resultStatus, resultCode }: LastResult) {
  return { call, at: utcText(at), verified, resultStatus, resultCode };
}

/**
 * A display that is busy with another payment shows nothing of this one. While a code waits, `none` and another payment's state only
 * mean that the display has not looked yet.
 */
function aboutPayment(status: DisplayStatus, payment: Payment, codeWaits: boolean): DisplayStatus {
  const isMine = status.paymentRequestId === payment.paymentRequestId;
  if (isMine && !(codeWaits && status.state === 'none')) return status;
  return { ...status, state: codeWaits ? 'pending' : 'none', confirmation: null };
}

/** Pure: the JSON of one display of a lane. */
export function laneDisplayView(status: DisplayStatus): LaneDisplayView {
  const { driver, port, health, reason, state, confirmation, since } = status;
  return { driver, port, health, reason, state, confirmation, since: utcText(since) };
}

/** Pure: the JSON of a lane. */
export function laneView(laneId: LaneId, open: PaymentView | null, displays: readonly DisplayStatus[]): LaneView {
  return { laneId, openPayment: open, displays: displays.map(laneDisplayView) };
}

/** Both clocks, from ours and the measured difference in ms (upstream minus ours). */
export function momentOf(local: Moment['local'], offsetMs: number): Moment {
  return { local, upstream: addMs(local, offsetMs) };
}
