import type { Brand, Instant } from '../base/clock.js';
import type { Money } from './money.js';
import type { RefundOutcome } from './pay-outcome.js';
import type { Asker, FrozenRequest, LastResult, PaidFacts, PaymentLife, PaymentRequestId } from './payment.js';

/** Ours, for ever the idempotency key of one refund towards the upstream. */
export type RefundRequestId = Brand<string, 'RefundRequestId'>;

export const REFUND_STATES = ['pending', 'in_doubt', 'refunded', 'refused'] as const;

/**
 * - `pending`: stored; not answered yet, or the upstream works on it. Next: the same bytes until it is answered.
 * - `in_doubt`: a send stayed without a usable answer, or a refusal may describe only the repeat. Next: the same bytes, or an inquiry.
 * - `refunded`, `refused`: the upstream's verified word, never left.
 */
export type RefundState = (typeof REFUND_STATES)[number];

/** What the upstream told about money that went back. */
export interface RefundedFacts {
  readonly refundId: string | null;
  /** The upstream's `refundTime`; it decides the clearing day. */
  readonly refundedAt: Instant | null;
  /** `settlementAmount` and `settlementQuote` as received. */
  readonly settlement: PaidFacts['settlement'];
}

/** Who wants money to go back; the bridge only where it came after the end of a sale. */
export type GivingBack =
  | Exclude<Asker, { readonly kind: 'bridge' }>
  | { readonly kind: 'bridge'; readonly because: 'late_payment' };

/** A refund as stored. */
export interface Refund extends RefundedFacts {
  readonly refundRequestId: RefundRequestId;
  readonly paymentRequestId: PaymentRequestId;
  /** The asker's own name for it, unique per payment. */
  readonly refundReference: string;
  /** Made by an undo and not by a refund call. */
  readonly isUndo: boolean;
  readonly amount: Money;
  readonly reason: string | null;
  readonly askedBy: GivingBack;
  readonly request: Omit<FrozenRequest, 'expiresAt'>;
  readonly state: RefundState;
  readonly lastResult: LastResult | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Rises with every change a till can see. */
  readonly version: number;
}

/** A refund that has not ended, as far as rules read it. */
export interface OpenRefund {
  readonly refundRequestId: RefundRequestId;
  readonly amount: Money;
  readonly isUndo: boolean;
  readonly state: 'pending' | 'in_doubt';
  readonly createdAt: Instant;
  readonly tries: number;
  readonly firstSentAt: Instant | null;
  readonly lastSentAt: Instant | null;
  /** A send is on record and its outcome is not: it is under way, or the process died in it. */
  readonly underWay: boolean;
  /** At least one send may have left and was not itself answered F: a later F may describe only the repeat. */
  readonly unclear: boolean;
  /** The code of a refusal that an inquiry made after it has to confirm. */
  readonly refusal: string | null;
}

/** What became of a refund, to be written into its row. */
export interface RefundChange {
  readonly refundRequestId: RefundRequestId;
  readonly state: RefundState;
  /** Only with `refunded`. */
  readonly facts?: RefundedFacts | undefined;
  /** The newest word about it; left out when there is none. */
  readonly lastResult?: LastResult | undefined;
}

/** The cancel of an undo; its meaning is that of `CancelFacts`. */
export interface UndoCancel {
  readonly firstSentAt: Instant | null;
  readonly lastSentAt: Instant | null;
  readonly tries: number;
  /** What a refused cancel said (`closed`: the order is closed already); an inquiry decides what follows. */
  readonly verdict: 'windowOver' | 'closed' | 'refused' | null;
}

/** The one undo of a payment. */
export interface UndoFacts {
  readonly by: 'cancel' | 'refund';
  readonly state: 'pending' | 'done' | 'refused';
  readonly amount: Money;
  readonly at: Instant;
  /** `bridge`: money that came after the end is given back. */
  readonly asker: GivingBack;
  /** null: by refund from the beginning. */
  readonly cancel: UndoCancel | null;
  /** By refund: null until its row is stored. */
  readonly refundRequestId: RefundRequestId | null;
}

/** What went back or shall go back of a payment; sums are whole smallest units as text. */
export interface MoneyBack {
  readonly undo: UndoFacts | null;
  /** A payment after the end, confirmed by an inquiry. */
  readonly late: PaidFacts | null;
  /** Sum of all refunds that are not refused. */
  readonly asked: string;
  /** Sum of the confirmed ones. */
  readonly refunded: string;
  readonly open: readonly OpenRefund[];
  /** The most that an inquiry has listed of money that went back and stands in no refund of these books. Left out while there is none. */
  readonly elsewhere?: string;
}

/** What moves money that goes back; `of` is the amount of the payment. */
export type MoneyBackEvidence =
  | { readonly kind: 'undoAsked'; readonly by: GivingBack; readonly of: Money }
  /** The undo would need a refund, and the upstream takes none. */
  | { readonly kind: 'undoImpossible' }
  | {
      readonly kind: 'refundAsked';
      readonly refundRequestId: RefundRequestId;
      readonly amount: Money;
      readonly isUndo: boolean;
      readonly of: Money;
      readonly by: GivingBack['kind'];
    }
  | { readonly kind: 'callStarted'; readonly call: 'refund'; readonly refundRequestId: RefundRequestId }
  | { readonly kind: 'refundAnswered'; readonly refundRequestId: RefundRequestId; readonly outcome: RefundOutcome };

const NOTHING_BACK: MoneyBack = { undo: null, late: null, asked: '0', refunded: '0', open: [] };

export function moneyBackOf(life: Pick<PaymentLife, 'moneyBack'>): MoneyBack {
  return life.moneyBack ?? NOTHING_BACK;
}

/** What no refund has asked for and nothing unknown here took yet, in smallest units; refused ones give their amount free again. */
export function leftToRefund(amount: Money, life: Pick<PaymentLife, 'moneyBack'>): bigint {
  const left = BigInt(amount.value) - BigInt(moneyBackOf(life).asked) - goneElsewhere(life);
  return left < 0n ? 0n : left;
}

/** The payment goes back, or went back, as a whole: nothing more can be refunded. A refused undo leaves refunds open. */
export function isUndone(life: Pick<PaymentLife, 'moneyBack'>): boolean {
  const { undo } = moneyBackOf(life);
  return undo !== null && undo.state !== 'refused';
}

/** Money that the upstream gave back and these books know nothing of, in smallest units. */
export function goneElsewhere(life: Pick<PaymentLife, 'moneyBack'>): bigint {
  return BigInt(moneyBackOf(life).elsewhere ?? '0');
}

/** The facts of the money that is there: of a paid payment, or of one that was paid after its end. */
export function moneyThere(life: PaymentLife): PaidFacts | null {
  return life.state === 'paid' ? life.paid : moneyBackOf(life).late;
}
