import type { Amount } from './simulator-words.js';

/** Price of one unit of a currency in US dollars, invented but plausible, as text so that no float touches money. */
const IN_DOLLARS: Readonly<Record<string, string>> = {
  CNY: '0.14',
  EUR: '1.08',
  GBP: '1.27',
  HKD: '0.128',
  IDR: '0.000062',
  JPY: '0.0067',
  KRW: '0.00073',
  MYR: '0.22',
  PHP: '0.0175',
  SGD: '0.74',
  THB: '0.029',
  VND: '0.00004',
};

const WITHOUT_DECIMALS: ReadonlySet<string> = new Set(['CLP', 'JPY', 'KRW', 'VND']);
const WITH_THREE: ReadonlySet<string> = new Set(['BHD', 'IQD', 'JOD', 'KWD', 'OMR']);
const SCALE = 1_000_000_000_000n;

function exponent(currency: string): bigint {
  if (WITHOUT_DECIMALS.has(currency)) return 0n;
  return WITH_THREE.has(currency) ? 3n : 2n;
}

function scaled(decimal: string): bigint {
  const [whole = '0', part = ''] = decimal.split('.');
  return BigInt(whole) * SCALE + BigInt(part.padEnd(12, '0').slice(0, 12));
}

function decimalText(value: bigint): string {
  const part = (value % SCALE).toString().padStart(12, '0').replace(/0+$/, '');
  return part === '' ? `${value / SCALE}` : `${value / SCALE}.${part}`;
}

/** How many units of `to` one unit of `from` is worth, times 10^12. Unknown currencies count as dollars. */
function rate(from: string, to: string): bigint {
  return (scaled(IN_DOLLARS[from] ?? '1') * SCALE) / scaled(IN_DOLLARS[to] ?? '1');
}

/** The price of one unit as it stands in a `settlementQuote`, e.g. `0.0067`. */
export function quotePrice(from: string, to: string): string {
  return decimalText(rate(from, to));
}

/** Converts an amount of smallest units, half up; `0` is possible and then the order may not be placed (order-code reference 3.1). */
export function convert(amount: Amount, to: string): Amount {
  if (amount.currency === to) return amount;
  const shift = 10n ** exponent(amount.currency) * SCALE;
  const product = BigInt(amount.value) * rate(amount.currency, to) * 10n ** exponent(to);
  return { currency: to, value: ((product + shift / 2n) / shift).toString() };
}
