/** Whole smallest units as text, never a float: `{ currency: 'JPY', value: '1980' }` is 1980 yen, `{ currency: 'USD', value: '1980' }` is 19.80 dollars. */
export interface Money {
  readonly currency: string;
  readonly value: string;
}

/** 1 to 16 digits, no sign, no leading zero (order-code reference 3.2). */
export const MONEY_VALUE = /^[1-9][0-9]{0,15}$/;

/**
 * Decimal places per currency as Alipay+ counts them (order-code reference 2.3): an own table, because libraries follow ISO 4217,
 * which differs (CLP and VND have none here, IDR keeps two that are always `00`).
 */
const EXPONENTS: Readonly<Record<string, number>> = {
  AED: 2,
  AUD: 2,
  BDT: 2,
  BHD: 3,
  BRL: 2,
  CAD: 2,
  CHF: 2,
  CLP: 0,
  CNY: 2,
  CZK: 2,
  DKK: 2,
  EUR: 2,
  GBP: 2,
  HKD: 2,
  HUF: 2,
  IDR: 2,
  ILS: 2,
  INR: 2,
  // One wallet of the Mini Program cashier (sibling reference 0): it counts in fils.
  IQD: 3,
  JOD: 3,
  JPY: 0,
  KHR: 2,
  KRW: 0,
  KWD: 3,
  KZT: 2,
  LKR: 2,
  MNT: 2,
  MOP: 2,
  MXN: 2,
  MYR: 2,
  NOK: 2,
  NPR: 2,
  NZD: 2,
  OMR: 3,
  PEN: 2,
  PHP: 2,
  PKR: 2,
  PLN: 2,
  QAR: 2,
  RON: 2,
  SAR: 2,
  SEK: 2,
  SGD: 2,
  THB: 2,
  TRY: 2,
  TWD: 2,
  USD: 2,
  UZS: 2,
  VND: 0,
  ZAR: 2,
};

/** Decimal places of a currency, or `undefined` when the bridge does not know it (then it does not trade in it). */
export function currencyExponent(currency: string): number | undefined {
  return Object.hasOwn(EXPONENTS, currency) ? EXPONENTS[currency] : undefined;
}

export function sameMoney(a: Money, b: Money): boolean {
  return a.currency === b.currency && a.value === b.value;
}

/** For people: `JPY 1980`, `USD 19.80`. A currency without a known exponent shows its smallest units. */
export function moneyText(money: Money): string {
  const exponent = currencyExponent(money.currency) ?? 0;
  if (exponent === 0) return `${money.currency} ${money.value}`;
  const digits = money.value.padStart(exponent + 1, '0');
  return `${money.currency} ${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** The same for signed smallest units: `USD -0.05`; never `-0`. */
export function signedMoneyText({ currency, value }: Money): string {
  const text = moneyText({ currency, value: value.replace(/^-/, '') });
  return /^-0*[1-9]/.test(value) ? text.replace(' ', ' -') : text;
}
