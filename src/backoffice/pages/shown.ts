import { type Instant, instant, parseIsoTime } from '../../base/clock.js';
import { currencyExponent, type Money } from '../../payment/money.js';
import type { Say } from './words/words.js';

/** Digits in threes: `1,980`; text in, text out, however long. */
export function grouped(digits: string): string {
  return digits.replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/**
 * Signed smallest units as people write them, without the currency: `-1,980.05`. A currency whose exponent nobody told us shows its
 * smallest units as they are, without a point: better odd than wrong.
 */
export function unitsShown(currency: string, value: string): string {
  const exponent = currencyExponent(currency) ?? 0;
  const sign = value.startsWith('-') ? '\u2212' : '';
  const digits = value.replace(/^[-+]/, '').padStart(exponent + 1, '0');
  const whole = grouped(exponent === 0 ? digits : digits.slice(0, -exponent));
  return exponent === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-exponent)}`;
}

/** `JPY 1,980`, `USD −19.80`. */
export function moneyShown({ currency, value }: Money): string {
  return `${currency}\u00a0${unitsShown(currency, value)}`;
}

/** An amount that is decimal text already, `USD -1980.05`, as pages write money: `USD −1,980.05`; any other text as it is. */
export function amountShown(text: string): string {
  const [, currency, sign, whole = '', decimals] = /^([A-Z]{3}) (-?)(\d+)(\.\d+)?$/.exec(text) ?? [];
  return currency === undefined ? text : `${currency}\u00a0${sign === '-' ? '\u2212' : ''}${grouped(whole)}${decimals ?? ''}`;
}

/**
 * What a person typed as an amount of a currency, in smallest units as text: `19.80` of USD is `1980`. Full-width digits and commas
 * between thousands are let through; `undefined` for anything that is not plainly an amount above zero, above all for too many decimals.
 */
export function typedAmount(currency: string, typed: string): string | undefined {
  const exponent = currencyExponent(currency);
  const text = typed.normalize('NFKC').trim();
  if (exponent === undefined || !/^(\d{1,16}|\d{1,3}(,\d{3}){1,5})(\.\d+)?$/.test(text)) return undefined;
  const [whole = '', decimals = ''] = text.replaceAll(',', '').split('.');
  if (decimals.length > exponent) return undefined;
  const units = `${whole}${decimals.padEnd(exponent, '0')}`.replace(/^0+/, '');
  return units === '' || units.length > 16 ? undefined : units;
}

/** Times of the shop: one zone, named beside each page. */
export interface ShopTime {
  readonly zone: string;
  /** `2026-03-05 02:15:30`. */
  full(at: Instant): string;
  /** With milliseconds: `02:15:30.412`. */
  precise(at: Instant): string;
  /** `2026-03-05`. */
  day(at: Instant): string;
  /** `02:15`. */
  minute(at: Instant): string;
  /** When a day of the shop begins; undefined for a text that is no day. */
  startOf(day: string): Instant | undefined;
}

/** The clearing day's own zone: UTC+8 all the year (clearing reference 1). */
export const CLEARING_ZONE = 'Etc/GMT-8';

/** Times in an IANA zone. */
export function shopTime(zone: string): ShopTime {
  // One for all times of a page: making it takes longer than using it.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  const full = (at: Instant) => format.format(at);
  const offsetAt = (at: Instant) => (parseIsoTime(`${full(at).replace(' ', 'T')}Z`) ?? at) - (at - (at % 1000));
  return {
    zone,
    full,
    precise: (at) => `${full(at).slice(11)}.${String(at % 1000).padStart(3, '0')}`,
    day: (at) => full(at).slice(0, 10),
    minute: (at) => full(at).slice(11, 16),
    startOf(day) {
      const utc = /^\d{4}-\d{2}-\d{2}$/.test(day) ? parseIsoTime(`${day}T00:00:00Z`) : undefined;
      if (utc === undefined) return undefined;
      // Twice: the first guess may lie on the other side of a change to summer time.
      const guess = instant(utc - offsetAt(utc));
      return instant(utc - offsetAt(guess));
    },
  };
}

/** Marks that turn the direction of what follows: shown by their code points, they can turn nothing. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text from outside as it is: nothing in it may look like something else. */
export function seenText(text: string): string {
  return text.replaceAll(TURNING, (mark) => `[U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`);
}

/** How long ago, in the largest unit that says it: `3 min`, `2 h`, `5 d`, in the words of a language. */
export function ageShown(ms: number, say: Say): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return say('age.minutes', { count: minutes });
  if (minutes < 48 * 60) return say('age.hours', { count: Math.floor(minutes / 60) });
  return say('age.days', { count: Math.floor(minutes / 1440) });
}
