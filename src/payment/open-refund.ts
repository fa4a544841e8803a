import { applyEvidence, type EvidenceParts, type Weighed } from './apply-evidence.js';
import type { NewRefund } from './books-port.js';
import type { Money } from './money.js';
import type { Payment } from './payment.js';
import { type GivingBack, leftToRefund, moneyBackOf, type RefundRequestId } from './refund.js';

/** What opening a refund needs. */
export interface OpenRefundParts extends EvidenceParts {
  /** A new id: the instance's prefix and at least 80 random bits. */
  readonly newRefundId: () => RefundRequestId;
}

/** A refund as it is asked for; that of an undo gets its reference here. */
export interface WantedRefund {
  readonly refundReference: string | null;
  readonly isUndo: boolean;
  readonly amount: Money;
  readonly reason: string | null;
  readonly askedBy: GivingBack;
}

/**
 * Stores a refund with its frozen bytes beside the change of its payment, in one transaction. The decision is `illegal`, and nothing is
 * stored, when the payment has no room for it any more; nothing is `weighed` when it has a refund of this reference; undefined where the upstream takes no refunds. Nothing is sent here.
 */
export async function openRefund(
  parts: OpenRefundParts,
  payment: Payment,
  wanted: WantedRefund,
): Promise<(Weighed & { readonly refundRequestId: RefundRequestId }) | undefined> {
  const { upstream } = parts.upstreamOf(payment.upstreamId);
  if (upstream.freezeRefund === null) return undefined;
  const refundRequestId = parts.newRefundId();
  const { amount, isUndo, reason, askedBy } = wanted;
  const refund: NewRefund = {
    ...wanted,
    refundReference: wanted.refundReference ?? `undo-${refundRequestId.slice(-24)}`,
    refundRequestId,
    request: upstream.freezeRefund({ payment, refundRequestId, amount, reason }),
  };
  const weighed = await applyEvidence(
    parts,
    payment.paymentRequestId,
    { kind: 'refundAsked', refundRequestId, amount, isUndo, of: payment.amount, by: askedBy.kind },
    { record: (read, change) => parts.books.openRefund(read, change, refund) },
  );
  return { ...weighed, refundRequestId };
}

/** The refund of an undo: all that is left. undefined when there is none to be had. */
export async function openUndoRefund(parts: OpenRefundParts, payment: Payment): Promise<Payment | undefined> {
  const { undo } = moneyBackOf(payment.life);
  const left = leftToRefund(payment.amount, payment.life);
  if (undo === null || left <= 0n) return undefined;
  const opened = await openRefund(parts, payment, {
    refundReference: null,
    isUndo: true,
    amount: { currency: payment.amount.currency, value: String(left) },
    reason: null,
    askedBy: undo.asker,
  });
  return opened === undefined || opened.decision.kind === 'illegal' ? undefined : opened.payment;
}
