import { currencyExponent, type Money, moneyText } from '../payment/money.js';

/** A price as a whole number and how many of its digits stand behind the point. */
function decimal(text: unknown): { readonly digits: bigint; readonly scale: number } | undefined {
  if (typeof text !== 'string' || !/^\d{1,12}(\.\d{1,12})?$/.test(text)) return undefined;
  const [whole = '', behind = ''] = text.split('.');
  return { digits: BigInt(whole + behind), scale: behind.length };
}

/** Half up, as the sample reports are. */
function divided(value: bigint, by: bigint): bigint {
  return (2n * value + by) / (2n * by);
}

/**
 * What an amount settles to by the quote that was stored with it, with its arithmetic: `JPY 1980 x 0.0067 (JPY/USD) = USD 13.27`. Null
 * where the quote does not say it: another pair, a price for a unit other than one, no price.
 */
export function settledByQuote(amount: Money, quote: Readonly<Record<string, unknown>> | null): string | null {
  if (quote === null) return null;
  const { quotePrice, quoteCurrencyPair, quoteUnit } = quote;
  const price = decimal(quotePrice);
  const pair = /^([A-Z]{3})\/([A-Z]{3})$/.exec(String(quoteCurrencyPair));
  const isForOne = quoteUnit === undefined || quoteUnit === null || String(quoteUnit) === '1';
  if (price === undefined || price.digits === 0n || pair === null || !isForOne) return null;
  const [, base = '', other = ''] = pair;
  const currency = base === amount.currency ? other : base;
  if (base !== amount.currency && other !== amount.currency) return null;
  const exponents = [amount.currency, currency].map(currencyExponent);
  if (exponents.includes(undefined)) return null;
  const [from = 1n, to = 1n] = exponents.map((exponent) => 10n ** BigInt(exponent ?? 0));
  const scale = 10n ** BigInt(price.scale);
  const isTimes = base === amount.currency;
  const value = isTimes
    ? divided(BigInt(amount.value) * price.digits * to, scale * from)
    : divided(BigInt(amount.value) * scale * to, price.digits * from);
  const sign = isTimes ? 'x' : '/';
  return `${moneyText(amount)} ${sign} ${String(quotePrice)} (${pair[0]}) = ${moneyText({ currency, value: String(value) })}`;
}
