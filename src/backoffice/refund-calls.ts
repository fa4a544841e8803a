import type Router from '@koa/router';
import { utcText } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { invalidRequest, Problem } from '../http/problem.js';
import type { Payment, PaymentRequestId } from '../payment/payment.js';
import type { PaymentDesk } from '../payment/payment-desk.js';
import type { Refund } from '../payment/refund.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { createBackOfficeRouter } from './backoffice-router.js';
import { refundOutcome } from './give-back-outcome.js';
import type { Person } from './people.js';
import type { Act } from './people-ports.js';
import * as api from './refund-api.js';

export interface RefundCallParts {
  readonly finder: { find(id: PaymentRequestId): Promise<Payment | undefined> };
  readonly desk: Pick<PaymentDesk, 'canAsk' | 'refund'>;
  readonly refundsOf: (paymentRequestId: string) => Promise<readonly Refund[]>;
  /** Writes down what a person does, before it is done; not what nobody can do any more. */
  readonly recordAct: (act: Act) => Promise<unknown>;
  readonly stopping: AbortSignal;
}

/** What people may ask about refunds, for routes and pages alike; each throws the `Problem` to answer. */
export interface RefundCalls {
  list(paymentRequestId: string): Promise<readonly Refund[]>;
  /** The same refund again is no new one. The caller has made sure that the person may. */
  start(
    person: Person,
    paymentRequestId: string,
    wish: api.RefundWish,
  ): Promise<{ readonly isNew: boolean; readonly refund: Refund }>;
}

export function createRefundCalls(parts: RefundCallParts): RefundCalls {
  const existing = async (id: string) => {
    const payment = await parts.finder.find(id as PaymentRequestId);
    if (payment === undefined) throw new Problem('not_found', 'The books hold no payment of this id.');
    return payment;
  };
  return {
    list: async (id) => parts.refundsOf((await existing(id)).paymentRequestId),
    async start(person, id, { refundReference, amount, reason = null }) {
      const payment = await existing(id);
      const { paymentRequestId } = payment;
      if (parts.stopping.aborted)
        throw new Problem('stopping', 'The bridge is stopping and takes no new work.', { retryAfterSeconds: 10 });
      if (amount.currency === 'IDR' && !amount.value.endsWith('00'))
        throw invalidRequest('amount.value', 'must end in 00 for IDR');
      const act = {
        who: person.name,
        what: 'payment.refund',
        about: paymentRequestId,
        ...(reason !== null && { why: reason }),
        detail: { refundReference, amount },
      };
      if (parts.desk.canAsk(payment)) await parts.recordAct(act);
      const by = { kind: 'operator' as const, name: person.name };
      const asked = { paymentRequestId, refundReference, amount, reason, by, waitMs: 0, stop: parts.stopping };
      return refundOutcome(await parts.desk.refund(asked));
    },
  };
}

/** `/api/payments/{id}/refunds`. */
export function refundRoutes(parts: {
  readonly refunds: RefundCalls;
  /** The JSON of a refund as tills get it. */
  readonly refundView: (refund: Refund) => object;
  readonly gate: BackOfficeGate;
  readonly log: Log;
}): Router {
  const { router, route } = createBackOfficeRouter(parts);
  const calls = parts.refunds;
  const shown = (refund: Refund) => ({
    ...parts.refundView(refund),
    isUndo: refund.isUndo,
    askedBy: refund.askedBy,
    updatedAt: utcText(refund.updatedAt),
  });
  route(api.listRefunds, async ({ params }) => ({
    status: 200,
    body: { items: (await calls.list(params.paymentRequestId)).map(shown), nextCursor: null },
  }));
  route(api.startRefund, async ({ params, body }, { person }) => {
    const { isNew, refund } = await calls.start(person, params.paymentRequestId, body);
    return { status: isNew ? 201 : 200, body: shown(refund) };
  });
  return router;
}
