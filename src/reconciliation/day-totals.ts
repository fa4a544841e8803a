import { signedMoneyText } from '../payment/money.js';
import { isLateMoneyThere } from './late-money.js';
import type { PlainPair } from './plain-pair.js';
import type { PlainSum } from './plain-pairs.js';
import type { LineMoney } from './recon-ports.js';
import { type ComparedLine, isToUs, type OurRow, signedAmount, signedSettlement, type TheirLine } from './recon-words.js';

/** How many rows, and what they come to: net (C − D) in smallest units as signed text. */
export interface Figure {
  readonly count: number;
  readonly value: string;
}

/** Our side of a day. */
export type OurFigure = 'ours' | 'matched' | 'shifted' | 'waiting' | 'exceptions';
/** The other side; `matched` belongs to both. */
export type TheirFigure = 'theirs' | 'theirShifted' | 'theirExceptions';

/**
 * The totals of one day in one currency and basis (till API contract 5). Always: ours = matched + shifted + waiting + exceptions, and
 * theirs = matched + theirShifted + theirExceptions, in counts and in values.
 */
export interface DayTotals extends Readonly<Record<OurFigure | TheirFigure, Figure>> {
  readonly currency: string;
  readonly basis: 'transaction' | 'settlement';
  /** Rows of the settlement currency that are left out of this basis on both sides, because nobody told us what they settle to. */
  readonly withoutSettlementAmount: number;
}

const FIGURES = ['ours', 'theirs', 'matched', 'shifted', 'waiting', 'exceptions', 'theirShifted', 'theirExceptions'] as const;
type FigureName = (typeof FIGURES)[number];

/** What one line adds: its side's share of a currency, or undefined for a side that it has not. */
interface Share {
  readonly currency: string;
  readonly value: bigint;
}

interface Sums {
  readonly figures: Record<FigureName, { count: number; value: bigint }>;
  without: number;
  /** What plain pairs come to, kept without big numbers as long as it is exact. */
  readonly plain: { count: number; value: number };
}

const MOST_EXACT = 2 ** 52;

function createSums(): Sums {
  const figures = Object.fromEntries(FIGURES.map((name) => [name, { count: 0, value: 0n }])) as Sums['figures'];
  return { figures, without: 0, plain: { count: 0, value: 0 } };
}

function sumsOf(all: Map<string, Sums>, currency: string): Sums {
  const known = all.get(currency);
  if (known !== undefined) return known;
  const sums = createSums();
  all.set(currency, sums);
  return sums;
}

/** Puts what plain pairs come to where it belongs: what is matched. */
function settlePlain({ figures, plain }: Sums): void {
  figures.matched.count += plain.count;
  figures.matched.value += BigInt(plain.value);
  plain.count = 0;
  plain.value = 0;
}

function addPlain(sums: Sums, value: number): void {
  sums.plain.count += 1;
  sums.plain.value += value;
  if (Math.abs(sums.plain.value) > MOST_EXACT) settlePlain(sums);
}

function add(all: Map<string, Sums>, { currency, value }: Share, names: readonly FigureName[]): void {
  const { figures } = sumsOf(all, currency);
  for (const name of names) {
    figures[name].count += 1;
    figures[name].value += value;
  }
}

/**
 * The row of ours that this line counts for: of this day, and not once more for a duplicate. Late money counts where its line stands: the day
 * of a sale that ended unpaid has no place for it.
 */
function ownRow({ ours, theirs, exception }: ComparedLine, day: string): OurRow | undefined {
  if (ours === null || exception?.kind === 'duplicate_line') return undefined;
  if (isLateMoneyThere(ours)) return theirs === null ? undefined : ours;
  return ours.day === day && ours.standing === 'completed' ? ours : undefined;
}

const OUR_PLACE = { matched: 'matched', shifted: 'shifted', waiting: 'waiting', exception: 'exceptions' } as const;
const THEIR_PLACE = {
  matched: 'matched',
  shifted: 'theirShifted',
  waiting: 'theirExceptions',
  exception: 'theirExceptions',
} as const;

/** What is matched counts on both sides, and is added to both at the end: once a line instead of three times. */
const ONLY_MATCHED = ['matched'] as const;

interface Sides {
  readonly ours: Share | undefined;
  readonly theirs: Share | undefined;
}

/** Puts both sides of one line into their figures; a pair is `matched` only where both say the same in this basis. */
function place(all: Map<string, Sums>, { verdict }: ComparedLine, { ours, theirs }: Sides): void {
  const agrees = ours !== undefined && theirs !== undefined && ours.currency === theirs.currency && ours.value === theirs.value;
  if (verdict === 'matched' && agrees) {
    add(all, ours, ONLY_MATCHED);
    return;
  }
  const seen = verdict === 'matched' ? 'exception' : verdict;
  if (ours !== undefined) add(all, ours, ['ours', OUR_PLACE[seen]]);
  if (theirs !== undefined) add(all, theirs, ['theirs', THEIR_PLACE[seen]]);
}

function transactionSides(line: ComparedLine, day: string): Sides {
  const row = ownRow(line, day);
  // Reports without transaction amounts are counted with what our books say about the same row.
  const money = line.theirs?.amount ?? (line.theirs === null ? null : (line.ours?.amount ?? null));
  const isUp = line.theirs !== null && isToUs(line.theirs);
  return {
    ours: row && { currency: row.amount.currency, value: signedAmount(row, row.amount) },
    theirs: money === null ? undefined : { currency: money.currency, value: isUp ? BigInt(money.value) : -BigInt(money.value) },
  };
}

function theirSettlement(theirs: TheirLine): Share {
  return { currency: theirs.settlement.currency, value: signedSettlement(theirs) };
}

/** `unsettled`: nobody told us what our row settles to, and the line is left out on both sides. */
function settlementSides(line: ComparedLine, day: string): Sides | 'unsettled' {
  const row = ownRow(line, day);
  if (row !== undefined && row.settlement === null) return 'unsettled';
  const ours = row?.settlement && { currency: row.settlement.currency, value: signedAmount(row, row.settlement) };
  return { ours: ours ?? undefined, theirs: line.theirs === null ? undefined : theirSettlement(line.theirs) };
}

function addSettlement(all: Map<string, Sums>, line: ComparedLine, day: string, settlementCurrency: string): void {
  const sides = settlementSides(line, day);
  if (sides === 'unsettled') sumsOf(all, line.theirs?.settlement.currency ?? settlementCurrency).without += 1;
  else place(all, line, sides);
}

const NO_SIDES: Sides = { ours: undefined, theirs: undefined };

function shareText(share: Share | undefined): string | null {
  return share === undefined ? null : signedMoneyText({ currency: share.currency, value: String(share.value) });
}

/** What the totals of a day count of one line, amount by amount. */
export function countedOf(line: ComparedLine, day: string): LineMoney {
  const sides = transactionSides(line, day);
  const settled = settlementSides(line, day);
  const { ours, theirs } = settled === 'unsettled' ? NO_SIDES : settled;
  return {
    ours: shareText(sides.ours),
    theirs: shareText(sides.theirs),
    oursSettled: shareText(ours),
    theirsSettled: shareText(theirs),
  };
}

function totalsOf(all: ReadonlyMap<string, Sums>, basis: DayTotals['basis']): DayTotals[] {
  return [...all]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, sums]) => {
      settlePlain(sums);
      const { figures, without } = sums;
      const { matched } = figures;
      const isOfBoth = (name: FigureName) => name === 'ours' || name === 'theirs';
      const texts = FIGURES.map((name) => {
        const { count, value } = figures[name];
        const whole = isOfBoth(name) ? { count: count + matched.count, value: value + matched.value } : { count, value };
        return [name, { count: whole.count, value: String(whole.value) }];
      });
      return { currency, basis, ...(Object.fromEntries(texts) as Record<FigureName, Figure>), withoutSettlementAmount: without };
    });
}

/** Adds a day up, some lines at a time. */
export interface TotalsTally {
  add(lines: readonly ComparedLine[]): void;
  /** Pairs that are matched in both bases. */
  addPlain(pairs: readonly PlainPair[]): void;
  /** What such pairs come to. */
  addSums(sums: readonly PlainSum[]): void;
  totals(): readonly DayTotals[];
}

/**
 * Adds a compared day up, once in the currencies of the payments and once in those of the settlement. Cancelled rows count nothing. In the
 * settlement basis a pair whose settled amounts differ counts among the exceptions of both sides, also where its payment matches.
 * `settlementCurrency` is where rows of ours without a line and without an amount are counted apart.
 */
export function createTotalsTally(day: string, settlementCurrency: string): TotalsTally {
  const transaction = new Map<string, Sums>();
  const settlement = new Map<string, Sums>();
  return {
    add(lines) {
      for (const line of lines) {
        place(transaction, line, transactionSides(line, day));
        addSettlement(settlement, line, day, settlementCurrency);
      }
    },
    addPlain(pairs) {
      for (const { type, amount, settlement: settled } of pairs) {
        const sign = type === 'payment' ? 1 : -1;
        addPlain(sumsOf(transaction, amount.currency), sign * Number(amount.value));
        addPlain(sumsOf(settlement, settled.currency), sign * Number(settled.value));
      }
    },
    addSums(sums) {
      for (const { basis, currency, count, value } of sums) {
        const { matched } = sumsOf(basis === 'transaction' ? transaction : settlement, currency).figures;
        matched.count += count;
        matched.value += BigInt(value);
      }
    },
    totals: () => [...totalsOf(transaction, 'transaction'), ...totalsOf(settlement, 'settlement')],
  };
}

/** The totals of a day that is compared as a whole. */
export function dayTotals(lines: readonly ComparedLine[], day: string, settlementCurrency: string): readonly DayTotals[] {
  const tally = createTotalsTally(day, settlementCurrency);
  tally.add(lines);
  return tally.totals();
}
