import { addMs, type Instant } from '../../base/clock.js';
import type { CountedSales, TodayPorts } from '../today-ports.js';
import { CLEARING_ZONE, type ShopTime, shopTime } from './shown.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const clearing = shopTime(CLEARING_ZONE);

/** A day of the shop: 23, 24 or 25 hours. */
export interface ShopDay {
  readonly day: string;
  readonly from: Instant;
  readonly to: Instant;
}

/** The day of a text like `2026-03-05`; undefined for one that is none. */
export function shopDay(day: string, shop: ShopTime): ShopDay | undefined {
  const from = shop.startOf(day);
  // Half a day into the next one, wherever a day has 23 or 25 hours.
  const to = from && shop.startOf(shop.day(addMs(from, 1.5 * DAY_MS)));
  return from === undefined || to === undefined ? undefined : { day, from, to };
}

/** The day before. */
export function dayBefore({ from }: ShopDay, shop: ShopTime): string {
  return shop.day(addMs(from, -DAY_MS / 2));
}

/** One hour of a day, on both clocks. */
export interface HourModel {
  readonly hour: number;
  /** `09:00`, by the shop's clock. */
  readonly shop: string;
  /** The same moment as `2026-03-05 10:00` in UTC+8. */
  readonly clearing: string;
  readonly count: number;
  readonly value: string;
  /** Height of its bar, 0 to 100. */
  readonly height: number;
}

/** A clearing day as far as it lies in a day of the shop; places from 0 to 100. */
export interface BandModel {
  readonly day: string;
  readonly begins: number;
  readonly width: number;
}

/** What was sold in one currency; sums in smallest units as text. */
export interface CurrencyModel {
  readonly currency: string;
  readonly hours: readonly HourModel[];
  readonly total: { readonly count: number; readonly value: string };
  readonly undone: { readonly count: number; readonly value: string };
  readonly refunded: { readonly count: number; readonly value: string };
  /** The top of the scale: 1, 2 or 5 with noughts, at least the highest bar. */
  readonly top: string;
  readonly half: string;
}

/** The next 1, 2 or 5 with noughts that is no less. */
function roundTop(value: bigint): bigint {
  for (let unit = 1n; ; unit *= 10n) for (const step of [1n, 2n, 5n]) if (step * unit >= value) return step * unit;
}

type Sold = Awaited<ReturnType<TodayPorts['paidByHour']>>;

const NOTHING = { count: 0, value: '0' };

function sumOf(all: readonly CountedSales[]): { readonly count: number; readonly value: string } {
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    value: String(all.reduce((sum, { value }) => sum + BigInt(value), 0n)),
  };
}

/** Pure: the sales of a day, each currency for itself. */
export function salesModel(
  { from, to }: ShopDay,
  sold: Sold,
  refunded: readonly CountedSales[],
  shop: ShopTime,
): readonly CurrencyModel[] {
  const currencies = [...new Set([...sold, ...refunded].map(({ currency }) => currency))].toSorted();
  return currencies.map((currency) => {
    const own = sold.filter((one) => one.currency === currency);
    const sums = Array.from({ length: Math.ceil((to - from) / HOUR_MS) }, (_unused, hour) =>
      sumOf(own.filter((one) => one.hour === hour)),
    );
    const highest = sums.reduce((most, { value }) => (BigInt(value) > most ? BigInt(value) : most), 0n);
    const top = roundTop(highest > 1n ? highest : 2n);
    const hours = sums.map(({ count, value }, hour): HourModel => {
      const at = addMs(from, hour * HOUR_MS);
      // In thousandths, so that no sum ever becomes a float.
      const height = Number((BigInt(value) * 1000n) / top) / 10;
      return { hour, shop: shop.minute(at), clearing: clearing.full(at).slice(0, 16), count, value, height };
    });
    return {
      currency,
      hours,
      total: sumOf(own),
      undone: sumOf(own.filter(({ undone }) => undone)),
      refunded: refunded.find((one) => one.currency === currency) ?? NOTHING,
      top: String(top),
      half: String(top / 2n),
    };
  });
}

/** Pure: which clearing days lie in a day of the shop, and where one ends and the next begins. */
export function bandsOf({ from, to }: ShopDay): readonly BandModel[] {
  const bands: BandModel[] = [];
  for (let at = from; at < to; ) {
    const day = clearing.day(at);
    const next = addMs(clearing.startOf(day) ?? at, DAY_MS);
    const ends = next < to ? next : to;
    const place = (moment: Instant) => (100 * (moment - from)) / (to - from);
    bands.push({ day, begins: place(at), width: place(ends) - place(at) });
    at = ends;
  }
  return bands;
}
