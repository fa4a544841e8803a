import assert from 'node:assert/strict';
import type { ClearingLine } from '#src/reconciliation/clearing-lines.js';
import { plainPair } from '#src/reconciliation/plain-pair.js';
import type { OurRow } from '#src/reconciliation/recon-words.js';

const DAY = '2026-03-05';
const YEN = { currency: 'JPY', value: '1980' };
const DOLLARS = { currency: 'USD', value: '1320' };
const IDS = { type: 'payment', paymentRequestId: 'A-1', paymentId: 'P-1', refundRequestId: null, refundId: null } as const;

const ROW: OurRow = { ...IDS, day: DAY, standing: 'completed', amount: YEN, settlement: DOLLARS };
const LINE: ClearingLine = {
  ...IDS,
  line: 7,
  amount: YEN,
  settlement: { ...DOLLARS, direction: 'C' },
  time: '',
  feeType: null,
  unknown: null,
};

describe('a pair that says the same to the letter', () => {
  it('is one, with the line it stands on', () => {
    assert.equal(plainPair(ROW, LINE, 'f.csv', DAY)?.line, 7);
  });

  const rows: readonly Partial<OurRow>[] = [
    { day: '2026-03-06' },
    { standing: 'cancelled' },
    { settlement: null },
    { amount: { ...YEN, value: '1981' } },
    { amount: { ...YEN, currency: 'KRW' } },
    { settlement: { ...DOLLARS, value: '1321' } },
    { settlement: { ...DOLLARS, currency: 'EUR' } },
    { paymentRequestId: 'A-2' },
    { type: 'refund' },
  ];
  for (const change of rows)
    it(`is none, and goes to the rules for all pairs, when our row has ${JSON.stringify(change)}`, () => {
      assert.equal(plainPair({ ...ROW, ...change }, LINE, 'f.csv', DAY), undefined);
    });

  const lines: readonly Partial<ClearingLine>[] = [
    { amount: null },
    { settlement: { ...DOLLARS, direction: 'D' } },
    { refundRequestId: 'R-1' },
  ];
  for (const change of lines)
    it(`is none, and goes to the rules for all pairs, when the line has ${JSON.stringify(change)}`, () => {
      assert.equal(plainPair(ROW, { ...LINE, ...change }, 'f.csv', DAY), undefined);
    });

  it('is none beyond what can be added up without loss', () => {
    const much = { ...YEN, value: '1'.repeat(16) };
    assert.equal(plainPair({ ...ROW, amount: much }, { ...LINE, amount: much }, 'f.csv', DAY), undefined);
  });
});
