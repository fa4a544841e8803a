import { parseIsoTime } from '../base/clock.js';
import { sameMoney } from '../payment/money.js';
import type { PaidFacts, Payment } from '../payment/payment.js';
import type { PaymentWords } from './message-fields.js';

/** Why authentic words about a payment are not about ours as we know it; undefined when they fit (order-code reference 4.3). */
export type Misfit =
  | { readonly what: 'amountAbsent' }
  | { readonly what: 'amount' }
  | { readonly what: 'acquirerId' }
  | { readonly what: 'paymentId' };

/** Compares amount, currency, acquirer and order id with the stored payment. An absent acquirer or order id does not count as different. */
export function misfitOf(payment: Payment, words: PaymentWords, acquirerId: string | undefined): Misfit | undefined {
  if (words.acquirerId !== undefined && acquirerId !== undefined && words.acquirerId !== acquirerId)
    return { what: 'acquirerId' };
  const { paymentId } = payment.life;
  if (paymentId !== null && words.paymentId !== undefined && words.paymentId !== paymentId) return { what: 'paymentId' };
  if (words.paymentAmount === undefined) return { what: 'amountAbsent' };
  return sameMoney(words.paymentAmount, payment.amount) ? undefined : { what: 'amount' };
}

/** What to keep of a success. `paidAt` is theirs; null when they did not say a readable time. */
export function paidFactsOf(words: PaymentWords): PaidFacts {
  return {
    paymentId: words.paymentId ?? null,
    paidAt: words.paymentTime === undefined ? null : (parseIsoTime(words.paymentTime) ?? null),
    pspId: words.pspId ?? null,
    walletBrandName: words.walletBrandName ?? null,
    mppPaymentId: words.mppPaymentId ?? null,
    customerId: words.customerId ?? null,
    settlement: settlementOf(words),
  };
}

/** What was said of the settlement, as received; null when nothing was. */
export function settlementOf(words: Pick<PaymentWords, 'settlementAmount' | 'settlementQuote'>): PaidFacts['settlement'] {
  if (words.settlementAmount === undefined && words.settlementQuote === undefined) return null;
  return { amount: words.settlementAmount ?? null, quote: words.settlementQuote ?? null };
}
