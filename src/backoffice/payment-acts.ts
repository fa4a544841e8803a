import { Problem } from '../http/problem.js';
import type { Payment } from '../payment/payment.js';
import type { PaymentDesk } from '../payment/payment-desk.js';
import { undoOutcome } from './give-back-outcome.js';
import type { Person } from './people.js';
import type { Act } from './people-ports.js';

export interface PaymentActParts {
  readonly desk: Pick<PaymentDesk, 'canAsk' | 'cancel' | 'inquire' | 'undo' | 'refund'>;
  /** Writes down what a person does, before it is done. */
  readonly recordAct: (act: Act) => Promise<unknown>;
  readonly stopping: AbortSignal;
}

/** What came of an act: 202 under way, 200 there was nothing more to do. */
export interface ActDone {
  readonly status: 200 | 202;
  readonly payment: Payment;
}

/**
 * What people do about payments, each written down before it is done, unless nothing can come of it because the upstream left the
 * configuration. All throw a `Problem` for what is refused.
 */
export interface PaymentActs {
  /** Undefined when the payment has gone meanwhile. */
  inquire(payment: Payment, person: Person): Promise<Payment | undefined>;
  cancel(payment: Payment, person: Person): Promise<ActDone>;
  undo(payment: Payment, person: Person): Promise<ActDone>;
}

const busy = () => new Problem('books_unavailable', 'The books have more to do than they can at the moment. Ask again.');
const unknown = () => new Problem('not_found', 'The books hold no payment of this id.');
const nobodyThere = () =>
  new Problem('not_found', 'The upstream of this payment is not configured any more: there is nobody to ask.');
const stopped = () => new Problem('stopping', 'The bridge is stopping and takes no new work.', { retryAfterSeconds: 10 });

/** The acts of people, for calls and pages alike. */
export function createPaymentActs({ desk, recordAct, stopping }: PaymentActParts): PaymentActs {
  const wait = { waitMs: 0, stop: stopping };
  const begin = async (what: string, payment: Payment, { name }: Person) => {
    if (stopping.aborted) throw stopped();
    const { paymentRequestId } = payment;
    if (desk.canAsk(payment)) await recordAct({ who: name, what, about: paymentRequestId });
    return { paymentRequestId, by: { kind: 'operator' as const, name }, ...wait };
  };
  return {
    async inquire(payment, person) {
      if (!desk.canAsk(payment)) throw nobodyThere();
      const { paymentRequestId } = await begin('payment.inquire', payment, person);
      return desk.inquire(paymentRequestId, 'operator');
    },
    async cancel(payment, person) {
      const outcome = await desk.cancel(await begin('payment.cancel', payment, person));
      switch (outcome.kind) {
        case 'accepted':
          return { status: 202, payment: outcome.payment };
        case 'alreadyCancelled':
          return { status: 200, payment: outcome.payment };
        case 'notCancellable': {
          const { paymentRequestId, life } = outcome.payment;
          const members = { payment: { paymentRequestId, state: life.state } };
          throw new Problem('not_cancellable', 'The payment has ended.', { members });
        }
        case 'booksBusy':
          throw busy();
        case 'unknown':
          throw unknown();
      }
    },
    async undo(payment, person) {
      const asked = await begin('payment.undo', payment, person);
      return undoOutcome(await desk.undo({ ...asked, mayRefund: true, mayCancel: true }));
    },
  };
}
