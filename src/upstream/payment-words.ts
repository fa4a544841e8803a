import { parseIsoTime } from '../base/clock.js';
import { sameMoney } from '../payment/money.js';
import type { PaidFacts, Payment } from '../payment/payment.js';
import { classOf, type Dialect, type ResultRule, type SaysBy } from './dialect.js';
import type { PaymentWords, VerdictWords } from './message-fields.js';

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
    walletBrandName: words.walletBrandName ?? words.pspCustomerInfo?.pspName ?? null,
    mppPaymentId: words.mppPaymentId ?? null,
    customerId: words.customerId ?? words.pspCustomerInfo?.pspCustomerId ?? null,
    settlement: settlementOf(words),
  };
}

/** What was said of the settlement, as received; null when nothing was. */
export function settlementOf(
  words: Pick<PaymentWords, 'settlementAmount' | 'grossSettlementAmount' | 'settlementQuote'>,
): PaidFacts['settlement'] {
  const amount = words.settlementAmount ?? words.grossSettlementAmount;
  if (amount === undefined && words.settlementQuote === undefined) return null;
  return { amount: amount ?? null, quote: words.settlementQuote ?? null };
}

/** What a message says became of the payment, as a result of the family, with its class. */
export interface Verdict {
  readonly resultStatus: ResultRule['status'];
  readonly resultCode: string;
  readonly class: ResultRule['class'];
  readonly advice: ResultRule['advice'];
  /** False for a code or word that does not say by itself what became of the payment: expiry decides about such an F. */
  readonly listed: boolean;
  /** The order was cancelled, whoever did it. */
  readonly isCancelled?: boolean;
}

/** Reads it from where this dialect says it; `undefined` when nothing final and nothing open is said; `unreadable` when it has to be there. */
export function verdictOf(dialect: Dialect, by: SaysBy, words: VerdictWords): Verdict | 'unreadable' | undefined {
  switch (by.at) {
    case 'paymentResult':
      if (words.paymentResult === undefined) return by.needed ? 'unreadable' : undefined;
      return ofResult(dialect, words.paymentResult);
    case 'result':
      return words.result === undefined || words.notifyType !== by.finalUnder ? undefined : ofResult(dialect, words.result);
    case 'paymentStatus': {
      const word = words.paymentStatus ?? '';
      const rule = Object.hasOwn(by.words, word) ? by.words[word] : undefined;
      if (rule === undefined) return undefined;
      const resultCode = words.paymentResultCode;
      const isCancelled = rule.isCancelled === true;
      if (rule.status === 'F' && resultCode !== undefined)
        return { ...ofResult(dialect, { resultStatus: 'F', resultCode }), isCancelled };
      return { resultStatus: rule.status, resultCode: word, class: rule.class, advice: rule.advice, listed: false, isCancelled };
    }
  }
}

function ofResult(dialect: Dialect, { resultStatus, resultCode }: Pick<Verdict, 'resultStatus' | 'resultCode'>): Verdict {
  return { resultStatus, resultCode, ...classOf(dialect, resultStatus, resultCode) };
}
