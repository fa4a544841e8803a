import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type FeeLine, feeDifferences, shareOf } from '#src/reconciliation/check-fees.js';
import { type ClearingSet, clearingIdentities, settlementIdentities } from '#src/reconciliation/check-identities.js';
import { type Cause, causeText } from '#src/reconciliation/exception-sentences.js';
import { seededSuite } from '../support/seeded.js';
import { lineOf, paidRow, refundRow } from './recon-samples.js';

const CONTRACT = [
  { feeType: 'INTERCHANGE', rate: '0.01', onRefund: 'returned' },
  { feeType: 'SERVICE', rate: '0.002', onRefund: 'none' },
] as const;
const fee = (feeType: string, value: bigint): FeeLine => ({ feeType, value, file: 'feeItems.csv', line: 7 });

const inEnglish = (causes: readonly Cause[]) => causes.map((cause) => causeText([cause]));

describe('fees', () => {
  const seeded = seededSuite();

  it('are a share of the settled amount, half up, exact for any amount', () => {
    assert.deepEqual(
      [
        shareOf(1327n, '0.01'),
        shareOf(1327n, '0.002'),
        shareOf(50n, '0.01'),
        shareOf(49n, '0.01'),
        shareOf(0n, '1'),
        shareOf(7n, '1'),
      ],
      [13n, 3n, 1n, 0n, 0n, 7n],
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.integer({ min: 0, max: 999_999_999 }), (amount, billionths) => {
        const share = shareOf(amount, `0.${String(billionths).padStart(9, '0')}`);
        const twiceOff = 2n * (amount * BigInt(billionths) - share * 1_000_000_000n);
        assert.ok(twiceOff < 1_000_000_000n && twiceOff >= -1_000_000_000n);
      }),
      seeded.runs(),
    );
  });

  it('that are as contracted raise nothing: taken from a payment, the interchange given back with a refund', () => {
    assert.deepEqual(feeDifferences(lineOf(paidRow(1), 4), [fee('INTERCHANGE', -13n), fee('SERVICE', -3n)], CONTRACT), []);
    assert.deepEqual(feeDifferences(lineOf(refundRow(1), 4), [fee('INTERCHANGE', 3n)], CONTRACT), []);
  });

  it('that are missing, wrong, of the wrong direction or unknown to the contract are told with the arithmetic', () => {
    const found = feeDifferences(lineOf(paidRow(1), 4), [fee('INTERCHANGE', 13n), fee('EXTRA', -1n)], CONTRACT);
    assert.deepEqual(
      found.map(({ feeType, expected, found: sum, at }) => [feeType, expected, sum, at?.line ?? null]),
      [
        ['EXTRA', 0n, -1n, 7],
        ['INTERCHANGE', -13n, 13n, 7],
        ['SERVICE', -3n, 0n, null],
      ],
    );
    assert.match(
      causeText(found[1] === undefined ? [] : [found[1].cause]),
      /USD 13\.27 x -0\.01 = USD -0\.13 by contract, USD 0\.13 in the report/,
    );
    const back = feeDifferences(lineOf(refundRow(1), 4), [], CONTRACT).map(({ cause }) => causeText([cause]));
    assert.deepEqual(back, ['INTERCHANGE: USD -3.35 x -0.01 = USD 0.03 by contract, USD 0.00 in the report']);
    const free = [{ feeType: 'NONE', rate: '0.00', onRefund: 'returned' as const }];
    const [taken] = feeDifferences(lineOf(paidRow(1), 4), [fee('NONE', -1n)], free);
    assert.match(causeText(taken === undefined ? [] : [taken.cause]), /13\.27 x 0\.00 = USD 0\.00 by contract/);
  });
});

describe('identities of the reports', () => {
  const total = (count: number, value: bigint) => ({ count, value });
  const right: ClearingSet = {
    name: '2026030500000101 USD',
    currency: 'USD',
    transactions: { stated: total(4, 7727n), counted: total(4, 7727n) },
    fees: { stated: total(7, -97n), counted: total(7, -97n) },
    net: total(4, 7630n),
  };

  it('hold for the sample of the reference', () => {
    assert.deepEqual(clearingIdentities(right), []);
    const batches = [{ batchId: '2026030500000101', paid: 7630n, cleared: 7630n }];
    assert.deepEqual(settlementIdentities({ name: 'settlement', currency: 'USD', stated: 7630n, batches }), []);
  });

  it('that fail are told once each, with both figures', () => {
    const wrong = {
      ...right,
      transactions: { stated: total(5, 7727n), counted: total(4, 7720n) },
      fees: { ...right.fees, stated: total(7, -96n) },
    };
    assert.deepEqual(inEnglish(clearingIdentities(wrong)), [
      '2026030500000101 USD: transactionItems states 5 lines and has 4',
      '2026030500000101 USD: transactionItems states USD 77.27 and its lines come to USD 77.20',
      '2026030500000101 USD: feeItems states USD -0.96 and its lines come to USD -0.97',
      '2026030500000101 USD: summary states USD 76.30 net, transactions and fees come to USD 76.23',
    ]);
    const batches = [
      { batchId: 'A', paid: 10n, cleared: 11n },
      { batchId: 'B', paid: 5n, cleared: null },
    ];
    assert.deepEqual(inEnglish(settlementIdentities({ name: 'S', currency: 'JPY', stated: 16n, batches })), [
      'S: settlement states JPY 16 and its batches come to JPY 15',
      'S: batch A is paid with JPY 10 and was cleared with JPY 11',
    ]);
  });
});
