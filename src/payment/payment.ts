import type { Brand, Instant } from '../base/clock.js';
import type { Alarm } from './alarms.js';
import type { RuledAs } from './decide-ruling.js';
import type { Money } from './money.js';
import type { CancelOutcome, InquiryOutcome, PayOutcome, RefusalAdvice } from './pay-outcome.js';
import type { MoneyBack, MoneyBackEvidence, RefundChange } from './refund.js';

/** Ours, for ever the idempotency key towards the upstream. */
export type PaymentRequestId = Brand<string, 'PaymentRequestId'>;
export type LaneId = Brand<string, 'LaneId'>;

export const STATES = [
  'received',
  'submitting',
  'awaiting_payer',
  'in_doubt',
  'cancelling',
  'needs_attention',
  'paid',
  'failed',
  'cancelled',
] as const;

/**
 * - `received`: stored; nothing has left the bridge. Next: the first send.
 * - `submitting`: at least one send is on record, no usable answer yet. Next: the same bytes again.
 * - `awaiting_payer`: the order exists and its code may be shown. Next: inquiries until it ends or expires.
 * - `in_doubt`: nobody here knows whether an order exists or was paid. Next: inquiries until the deadline, then a cancel.
 * - `cancelling`: a cancel was asked for. Next: one inquiry, then the same cancel until it is answered.
 * - `needs_attention`: out of legal moves, or the lane was held too long. The lane is free; the questions go on.
 * - `paid`, `failed`, `cancelled`: final, never left.
 */
export type StateName = (typeof STATES)[number];

const FINAL_STATES: ReadonlySet<StateName> = new Set<StateName>(['paid', 'failed', 'cancelled']);

export function isFinal(state: StateName): boolean {
  return FINAL_STATES.has(state);
}

/** Every unfinished state but `needs_attention` keeps its lane from taking another sale. */
export function holdsLane(state: StateName): boolean {
  return !isFinal(state) && state !== 'needs_attention';
}

/** The order code. `expiresAt` is on the upstream's clock, as the upstream said it. */
export interface ScanCode {
  readonly text: string;
  readonly expiresAt: Instant;
}

/** Stored before the first byte leaves, sent again byte for byte. */
export interface FrozenRequest {
  readonly path: string;
  readonly body: Uint8Array;
  /** Lower-case hex. */
  readonly bodySha256: string;
  /** `paymentExpiryTime` inside the body, on the upstream's clock; null when none was sent. */
  readonly expiresAt: Instant | null;
}

export type DoubtReason =
  | 'silence'
  | 'statusUnknown'
  | 'codeMissing'
  | 'codeTooLong'
  | 'codeNotDrawable'
  | 'amountDiffers'
  | 'idConflict'
  | 'refusedAfterSilence'
  | 'unexpectedSuccess'
  | 'underWay'
  | 'codeLater'
  | 'codeExpired'
  | 'tooLateToRepeat';

export type CancelReason =
  | 'code_foreign_host'
  | 'code_not_https'
  | 'code_method'
  | 'code_too_long'
  | 'code_missing'
  | 'id_conflict'
  | 'amount_differs'
  | 'deadline';

export type Asker =
  | { readonly kind: 'terminal'; readonly id: string }
  | { readonly kind: 'operator'; readonly name: string }
  | { readonly kind: 'bridge'; readonly because: CancelReason };

export interface Failure {
  readonly reason: 'refused' | 'expired' | 'never_sent' | 'ruled';
  readonly resultCode: string | null;
  readonly advice: RefusalAdvice;
}

export type EndedBy = 'notification' | 'inquiry' | 'pay_answer' | 'cancel_answer' | 'ruling' | 'not_sent';

/** What the upstream told about a paid order, kept for receipts, refunds and clearing. */
export interface PaidFacts {
  readonly paymentId: string | null;
  /** The upstream's `paymentTime`, never our clock; null when it was not said. */
  readonly paidAt: Instant | null;
  readonly pspId: string | null;
  readonly walletBrandName: string | null;
  readonly mppPaymentId: string | null;
  /** Personal data: kept for complaints, never shown to a till. */
  readonly customerId: string | null;
  /** `settlementAmount` and `settlementQuote` as received. */
  readonly settlement: { readonly amount: Money | null; readonly quote: Readonly<Record<string, unknown>> | null } | null;
}

export type AlertKind = 'paid_after_failed' | 'paid_after_cancelled' | 'failed_after_paid' | 'amount_differs';

export interface Alert {
  readonly kind: AlertKind;
  readonly at: Instant;
  readonly paymentId: string | null;
}

export type CallName = 'pay' | 'inquiry' | 'cancel' | 'refund' | 'notification';

/** The newest thing the upstream said, or null fields for silence. For people and tills; decisions never read it. */
export interface LastResult {
  readonly call: CallName;
  readonly at: Instant;
  readonly verified: boolean;
  readonly resultStatus: string | null;
  readonly resultCode: string | null;
}

/** Facts about the sends of the pay request. */
export interface SendFacts {
  /** Over restarts. */
  readonly count: number;
  readonly firstAt: Instant | null;
  /** When the newest attempt was put on record, just before it left. */
  readonly lastAt: Instant | null;
  /** When the newest attempt came to an answer or to silence; pauses count from here. */
  readonly lastEndedAt: Instant | null;
  /** An attempt is on record and its outcome is not: the call is under way, or the process died in it. */
  readonly underWay: boolean;
  /** At least one attempt may have put bytes on the wire. */
  readonly bytesMayHaveLeft: boolean;
  /** At least one finished attempt was not itself answered F: a later F may describe only the repeat. */
  readonly unclear: boolean;
  /** The newest answer asked us to slow down: the next pause is doubled. */
  readonly slowed: boolean;
}

export interface CancelFacts {
  readonly by: Asker;
  readonly askedAt: Instant;
  /** The inquiry before the first cancel was answered or timed out. */
  readonly inquired: boolean;
  /** When the first cancel left (committed before it did); null before. */
  readonly firstSentAt: Instant | null;
  readonly lastSentAt: Instant | null;
  readonly tries: number;
  /**
   * What the newest answered cancel said. `absent`: no such order, or already closed, said after the expiry. `windowOver`,
   * `refused`: a verified refusal; an inquiry decides what it means. null: nothing usable yet, the same cancel is due again.
   */
  readonly verdict: 'absent' | 'windowOver' | 'refused' | null;
}

/** Everything `decide` and `nextAction` read; plain data, stored as it stands. Times are on our clock unless said otherwise. */
export interface PaymentLife {
  readonly state: StateName;
  readonly stateSince: Instant;
  readonly createdAt: Instant;
  readonly sends: SendFacts;
  /** The dialect's default life when nobody names an expiry, ms. */
  readonly defaultLifeMs: number;
  /** `paymentExpiryTime` in the frozen bytes, upstream clock. */
  readonly requestedExpiry: Instant | null;
  readonly paymentId: string | null;
  readonly code: ScanCode | null;
  /** The customer is charged without scanning anything: an open order without a code is as it should be. */
  readonly codeless?: boolean;
  readonly doubt: DoubtReason | null;
  /** In doubt for a reason that waiting cannot mend: one inquiry, then the cancel. */
  readonly cancelBecause: CancelReason | null;
  readonly cancel: CancelFacts | null;
  /** When the newest inquiry was started, and how many there were in this state. */
  readonly inquiredAt: Instant | null;
  readonly inquiriesHere: number;
  /** Somebody has a reason to ask at once (a notification that does not fit, an alert, a person). */
  readonly askNow: boolean;
  /** Only in a final state: an alert waits for the upstream's word. */
  readonly alertToConfirm: boolean;
  readonly paid: PaidFacts | null;
  readonly failure: Failure | null;
  readonly cancelledBy: 'terminal' | 'operator' | 'bridge' | null;
  readonly cancelReason: CancelReason | null;
  readonly endedBy: EndedBy | null;
  /** Authentic word of money that does not fit, heard before the end; becomes an alert when the payment ends. */
  readonly oddMoney: Alert | null;
  readonly alerts: readonly Alert[];
  readonly lastResult: LastResult | null;
  /** When an inquiry was last answered after the end: what went back there is known up to then. */
  readonly toldAt?: Instant | undefined;
  /** Left out until money went back or shall go back. */
  readonly moneyBack?: MoneyBack | undefined;
}

/** A payment as stored. */
export interface Payment {
  readonly paymentRequestId: PaymentRequestId;
  readonly laneId: LaneId;
  readonly terminalId: string;
  readonly saleReference: string;
  readonly upstreamId: string;
  readonly merchantId: string;
  readonly amount: Money;
  readonly request: FrozenRequest;
  readonly life: PaymentLife;
  /** Rises with every change a till can see. */
  readonly version: number;
  /** Rises with every record; the optimistic lock. */
  readonly revision: number;
  readonly updatedAt: Instant;
  readonly dueAt: Instant | null;
}

/** A till's sale as the terminal API took it in; compared field by field when the same reference comes again. */
export interface Sale {
  readonly saleReference: string;
  readonly terminalId: string;
  readonly laneId: LaneId;
  readonly amount: Money;
  readonly description: string;
  readonly expiresInSeconds: number | null;
  readonly goods: readonly GoodsItem[] | null;
  /** Whose agreement is charged; the token behind it is none of the till's business. */
  readonly agreementReference?: string | null;
}

export interface GoodsItem {
  readonly referenceGoodsId: string;
  readonly goodsName: string;
  readonly goodsQuantity?: string | undefined;
  readonly goodsUnitAmount?: Money | undefined;
}

export type ClockEvidence =
  | 'saleTooOld'
  | 'sendsSpent'
  | 'tooLateToRepeat'
  | 'codeExpired'
  | 'deadlinePassed'
  | 'laneHeldTooLong'
  | 'attemptLost';

/** Anything that may move a payment. */
export type Evidence =
  | { readonly kind: 'callStarted'; readonly call: 'pay' | 'inquiry' | 'cancel' }
  | { readonly kind: 'payAnswered'; readonly outcome: PayOutcome }
  /** `elsewhere`: what it lists as given back and no refund of these books stands for, in smallest units. */
  | { readonly kind: 'inquiryAnswered'; readonly outcome: InquiryOutcome; readonly elsewhere?: string }
  | { readonly kind: 'cancelAnswered'; readonly outcome: CancelOutcome }
  | { readonly kind: 'notifiedPaid'; readonly facts: PaidFacts }
  | { readonly kind: 'notifiedFailed'; readonly failure: Failure; readonly unlisted: boolean; readonly paymentId: string | null }
  /** Authentic, about this payment, but its amount, currency, acquirer or order id is not ours. */
  | {
      readonly kind: 'notifiedOdd';
      readonly saysPaid: boolean;
      readonly moneyDiffers: boolean;
      readonly paymentId: string | null;
      readonly why: string;
    }
  | { readonly kind: 'clock'; readonly what: ClockEvidence }
  /** A code that came by a message of its own, or why it may not be drawn. */
  | { readonly kind: 'codeArrived'; readonly code: ScanCode }
  | { readonly kind: 'codeUnusable'; readonly because: CancelReason }
  | { readonly kind: 'cancelAsked'; readonly by: Asker }
  | { readonly kind: 'inquiryAsked'; readonly because: string }
  /** Two people have looked; only a payment that needs attention takes it. */
  | { readonly kind: 'ruled'; readonly as: RuledAs; readonly rulingId: string }
  | MoneyBackEvidence;

export type Decision =
  | { readonly kind: 'moved'; readonly life: PaymentLife; readonly alarm?: Alarm | undefined }
  /** Evidence recorded, state unchanged (facts may have changed). `refunds`: what became of refunds by it. */
  | {
      readonly kind: 'kept';
      readonly life: PaymentLife;
      readonly alarm?: Alarm | undefined;
      readonly refunds?: readonly RefundChange[];
    }
  /** Recorded as such: a bug here, or an answer that came after it was worth anything. */
  | { readonly kind: 'illegal'; readonly life: PaymentLife };

/** Both clocks at one moment: what our machine says, and what the upstream would say (ours plus the measured difference). */
export interface Moment {
  readonly local: Instant;
  readonly upstream: Instant;
}
