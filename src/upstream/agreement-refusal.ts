import type { Money } from '../payment/money.js';
import type { SaleRefusal } from '../payment/pay-outcome.js';
import type { Sale } from '../payment/payment.js';
import type { Agreements } from './agreement-token.js';

/** Why an agreement cannot be charged with a sale: unknown, or more than the upstream or the agreement itself allows for one sale. */
export function agreementRefusal(
  { agreementReference, amount }: Pick<Sale, 'agreementReference' | 'amount'>,
  agreements: Agreements,
  maxAmount: Money | undefined,
): SaleRefusal | undefined {
  if (agreementReference == null) return undefined;
  const agreement = agreements.get(agreementReference);
  if (agreement === undefined) return { path: 'buyer.agreementReference', message: 'is not an agreement the bridge knows' };
  for (const most of [maxAmount, agreement.maxAmount]) {
    if (most === undefined) continue;
    if (most.currency !== amount.currency)
      return {
        path: 'amount.currency',
        message: `must be ${most.currency}: the limit of a charge without a code is in ${most.currency}`,
      };
    if (BigInt(amount.value) > BigInt(most.value))
      return { path: 'amount.value', message: `must be at most ${most.value} ${most.currency} for a charge without a code` };
  }
  return undefined;
}
