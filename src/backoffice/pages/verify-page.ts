import { type Clock, type Instant, instant } from '../../base/clock.js';
import { Problem } from '../../http/problem.js';
import type { Payment, PaymentRequestId } from '../../payment/payment.js';
import type { CheckAgain, MessageToCheck } from '../signature-again.js';
import type { PageRouter } from './page-router.js';

/** A signed message as it is kept. */
interface KeptMessage extends Omit<MessageToCheck, 'upstreamId' | 'part'> {
  /** What the check said when it came; null for what we sent. */
  readonly verdict: string | null;
  readonly at: number;
}

export interface VerifyPageParts {
  readonly finder: {
    find(id: PaymentRequestId): Promise<Payment | undefined>;
    /** Port: one message of a payment's timeline. Implemented by `books/`. */
    message(
      paymentRequestId: string,
      name: { readonly part: MessageToCheck['part']; readonly id: number },
    ): Promise<KeptMessage | undefined>;
  };
  readonly checkAgain: CheckAgain;
  readonly clock: Clock;
  readonly pages: PageRouter;
}

const NAME = /^(request|answer|notification)-(\d{1,15})$/;

/** `GET /payments/ID/messages/answer-12/verify`: the verdict on a stored message, recomputed from its bytes with the keys of now. */
export function verifyPage({ finder, checkAgain, clock, pages }: VerifyPageParts): void {
  pages.page('/payments/:id/messages/:message/verify', 'viewer', async (call) => {
    const payment = await finder.find(call.param('id') as PaymentRequestId);
    const [, part, id] = NAME.exec(call.param('message')) ?? [];
    const name = { part: part as MessageToCheck['part'], id: Number(id) };
    const kept = payment === undefined || id === undefined ? undefined : await finder.message(payment.paymentRequestId, name);
    if (payment === undefined || kept === undefined)
      throw new Problem('not_found', 'The books hold no such message of this payment.');
    const now = checkAgain({ ...kept, part: name.part, upstreamId: payment.upstreamId });
    return {
      template: 'verify',
      title: call.say('verify.title'),
      at: '/payments',
      model: {
        payment,
        part: name.part,
        anchor: `${name.part === 'notification' ? 'notification' : 'message'}-${name.id}`,
        kept: { ...kept, at: instant(kept.at) as Instant },
        verdict: now,
        checkedAt: clock.now(),
      },
    };
  });
}
