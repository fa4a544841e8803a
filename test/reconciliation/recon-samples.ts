import type { LateMoney } from '#src/reconciliation/late-money.js';
import type { DayToMatch } from '#src/reconciliation/match-day.js';
import type { OurRow, TheirLine } from '#src/reconciliation/recon-words.js';

/** The day that is compared in these tests, with its neighbours. */
export const DAYS = {
  before: '2026-03-04',
  day: '2026-03-05',
  after: '2026-03-06',
  wayBefore: '2026-03-02',
  wayAfter: '2026-03-08',
} as const;

/** A paid payment of 1980 yen that settles to 13.27 dollars. */
export function paidRow(n: number, change: Partial<OurRow> = {}): OurRow {
  return {
    type: 'payment',
    paymentRequestId: `SHOP1-${n}`,
    paymentId: `90${n}`,
    refundRequestId: null,
    refundId: null,
    standing: 'completed',
    day: DAYS.day,
    amount: { currency: 'JPY', value: '1980' },
    settlement: { currency: 'USD', value: '1327' },
    ...change,
  };
}

/** A done refund of 500 yen. */
export function refundRow(n: number, change: Partial<OurRow> = {}): OurRow {
  return paidRow(n, {
    type: 'refund',
    refundRequestId: `SHOP1-R${n}`,
    refundId: `80${n}`,
    amount: { currency: 'JPY', value: '500' },
    settlement: { currency: 'USD', value: '335' },
    ...change,
  });
}

/** The line that belongs to a row. */
export function lineOf(row: OurRow, line: number, change: Partial<TheirLine> = {}): TheirLine {
  const { type, paymentRequestId, paymentId, refundRequestId, refundId, amount, settlement } = row;
  const day = change.day ?? row.day ?? DAYS.day;
  return {
    type,
    paymentRequestId,
    paymentId,
    refundRequestId,
    refundId,
    file: `transactionItems_1_USD_${day.replaceAll('-', '')}01_2_000.csv`,
    line,
    day,
    amount,
    settlement: {
      currency: settlement?.currency ?? 'USD',
      value: settlement?.value ?? '1',
      direction: type === 'payment' ? 'C' : 'D',
    },
    ...change,
  };
}

export function dayOf(ours: readonly OurRow[], theirs: readonly TheirLine[], change: Partial<DayToMatch> = {}): DayToMatch {
  return { day: DAYS.day, instanceId: 'SHOP1', ours, theirs, isComplete: true, isNextComplete: true, ...change };
}

/** Late money that nobody has given back. */
export const LEFT: LateMoney = {
  became: 'left',
  refunds: [],
  elsewhere: null,
  left: { currency: 'JPY', value: '1980' },
  cancelledOn: null,
};
