import type { DayTotals, Figure } from './day-totals.js';
import type { DayLine, LineMoney } from './recon-ports.js';
import type { Verdict } from './recon-words.js';

export const VERDICTS = ['matched', 'shifted', 'waiting', 'exception'] as const satisfies readonly Verdict[];
/** In which currency a day is added up: that of the payment, or that of the settlement. */
export const BASES = ['transaction', 'settlement'] as const satisfies readonly DayTotals['basis'][];
export const SIDES = ['ours', 'theirs'] as const;
export type Side = (typeof SIDES)[number];

/** Which lines of a day are wanted; null: whatever. With a basis, currency or side a line counts under the verdict that the totals count it under. */
export interface LinePick {
  readonly verdict: Verdict | null;
  readonly basis: DayTotals['basis'] | null;
  readonly currency: string | null;
  readonly side: Side | null;
}

const AMOUNTS: Readonly<Record<DayTotals['basis'], Readonly<Record<Side, keyof LineMoney>>>> = {
  transaction: { ours: 'ours', theirs: 'theirs' },
  settlement: { ours: 'oursSettled', theirs: 'theirsSettled' },
};

/** Whether the totals count a line in a figure: the rule by which the figure was added up. */
function isCounted({ verdict, counted }: DayLine, { verdict: wanted, basis, currency, side }: LinePick): boolean {
  const names = AMOUNTS[basis ?? 'transaction'];
  const agrees = counted[names.ours] !== null && counted[names.ours] === counted[names.theirs];
  // A pair is matched only where both sides say the same in this basis.
  const seen = verdict === 'matched' && !agrees ? 'exception' : verdict;
  const isHere = (one: Side) => {
    const amount = counted[names[one]];
    if (amount === null || (currency !== null && !amount.startsWith(`${currency} `))) return false;
    return wanted === null || wanted === (one === 'theirs' && seen === 'waiting' ? 'exception' : seen);
  };
  return side === null ? SIDES.some(isHere) : isHere(side);
}

function isPicked(line: DayLine, pick: LinePick): boolean {
  const { basis, currency, side, verdict } = pick;
  if (basis === null && currency === null && side === null) return verdict === null || line.verdict === verdict;
  return isCounted(line, pick);
}

const FIGURES = {
  ours: { all: 'ours', matched: 'matched', shifted: 'shifted', waiting: 'waiting', exception: 'exceptions' },
  theirs: { all: 'theirs', matched: 'matched', shifted: 'theirShifted', waiting: null, exception: 'theirExceptions' },
} as const;

/** The figure of a day that counts what is picked; null where no single one does. */
export function figureOf(totals: readonly DayTotals[], { verdict, basis, currency, side }: LinePick): Figure | null {
  if (currency === null || side === null) return null;
  const name = FIGURES[side][verdict ?? 'all'];
  const own = totals.find((one) => one.currency === currency && one.basis === (basis ?? 'transaction'));
  return (name === null ? undefined : own?.[name]) ?? { count: 0, value: '0' };
}

const LOOKED_AT_ONCE = 500;
/** So many lines are looked at and no more: it answers as fast on a day with a million lines. */
const LOOKED_AT_MOST = 5000;

interface Lines {
  readonly items: readonly DayLine[];
  readonly next: number | null;
}

/** Lines that are picked; where few are, a page may be short or empty and still have a next one. */
export async function pickLines(
  read: (from: number, limit: number) => Promise<Lines>,
  pick: LinePick,
  from: number,
  limit: number,
): Promise<Lines> {
  const items: DayLine[] = [];
  let cursor: number | null = from;
  for (let looked = 0; cursor !== null && items.length < limit && looked < LOOKED_AT_MOST; looked += LOOKED_AT_ONCE) {
    const page: Lines = await read(cursor, LOOKED_AT_ONCE);
    for (const [index, line] of page.items.entries()) {
      if (!isPicked(line, pick)) continue;
      items.push(line);
      if (items.length < limit) continue;
      return { items, next: index + 1 < page.items.length || page.next !== null ? cursor + index + 1 : null };
    }
    cursor = page.next;
  }
  return { items, next: cursor };
}
