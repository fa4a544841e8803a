import { invalidRequest, Problem } from '../http/problem.js';
import type { NotRefundable, RefundAnswer, UndoAnswer } from '../payment/give-back-desk.js';
import { moneyText } from '../payment/money.js';
import type { Payment } from '../payment/payment.js';
import type { Refund } from '../payment/refund.js';

const WHY_NOT: Readonly<Record<NotRefundable, string>> = {
  notPaid: 'Only the money of a paid payment can go back.',
  undone: 'The payment is undone or being undone already.',
  nothingLeft: 'The whole amount is refunded already, or being refunded.',
  unknownHere: 'Money of this payment went back that these books know nothing of. Ask the back office.',
  noRefundsThere: 'The upstream of this payment takes no refunds; give the money back by other means.',
  nobodyThere: 'The upstream of this payment is not configured any more; give the money back by other means.',
};

/** What came of an operator's undo, as status and payment; throws the `Problem` to answer. */
export function undoOutcome(outcome: UndoAnswer): { readonly status: 200 | 202; readonly payment: Payment } {
  switch (outcome.kind) {
    case 'undoing':
    case 'accepted':
      return { status: 202, payment: outcome.payment };
    case 'alreadyCancelled':
      return { status: 200, payment: outcome.payment };
    case 'notCancellable':
      throw new Problem('not_cancellable', 'The payment has ended unpaid; there is nothing to undo.', membersOf(outcome.payment));
    case 'notRefundable':
      throw new Problem('not_refundable', WHY_NOT[outcome.why], membersOf(outcome.payment));
    case 'booksBusy':
      throw new Problem('books_unavailable', 'The books have more to do than they can at the moment. Ask again.');
    case 'stopping':
      throw new Problem('stopping', 'The bridge is stopping and takes no new work.', { retryAfterSeconds: 10 });
    case 'needsRefundRight':
    case 'needsCancelRight':
      throw new Problem('forbidden', 'This needs the role "operator".');
    case 'unknown':
      throw new Problem('not_found', 'The books hold no payment of this id.');
  }
}

/** What came of an operator's refund; throws the `Problem` to answer. */
export function refundOutcome(outcome: RefundAnswer): { readonly isNew: boolean; readonly refund: Refund } {
  switch (outcome.kind) {
    case 'created':
    case 'repeated':
      return { isNew: outcome.kind === 'created', refund: outcome.refund };
    case 'refundConflict': {
      const { refundReference, refundRequestId, state } = outcome.existing;
      const members = { existing: { refundReference, refundRequestId, state } };
      throw new Problem('refund_conflict', 'This refundReference was used for another refund.', { members });
    }
    case 'exceedsPayment':
      throw new Problem('refund_exceeds_payment', `At most ${moneyText(outcome.left)} can still be refunded.`, {
        members: { left: { ...outcome.left } },
      });
    case 'otherCurrency':
      throw invalidRequest('amount.currency', `must be ${outcome.currency}, the currency of the payment`);
    case 'notRefundable':
      throw new Problem('not_refundable', WHY_NOT[outcome.why], membersOf(outcome.payment));
    case 'booksBusy':
      throw new Problem('books_unavailable', 'The books have more to do than they can at the moment. Ask again.');
    case 'stopping':
      throw new Problem('stopping', 'The bridge is stopping and takes no new work.', { retryAfterSeconds: 10 });
    case 'unknown':
      throw new Problem('not_found', 'The books hold no payment of this id.');
  }
}

function membersOf({ paymentRequestId, life }: Payment) {
  return { members: { payment: { paymentRequestId, state: life.state } } };
}
