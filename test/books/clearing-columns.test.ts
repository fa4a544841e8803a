import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import { clearingColumns, paidAtOf } from '#src/books/clearing-columns.js';
import { samplePayment } from '../support/payment-samples.js';
import { LATE_FACTS } from '../support/recon-bench.js';

describe('the time of a payment in the books', () => {
  const { life } = samplePayment('paid');
  const told = { ...life, stateSince: instant(5_000), paid: { ...LATE_FACTS, paidAt: instant(1_000) } };

  it('is the one that the upstream told, and until it tells one that of the end', () => {
    assert.equal(paidAtOf(told), 1_000);
    assert.equal(paidAtOf({ ...told, paid: LATE_FACTS }), 5_000);
    assert.equal(paidAtOf({ ...told, state: 'failed' }), null);
  });

  it('stays that of the ruling when the upstream tells another one later, and so does the clearing day, which may be sealed', () => {
    const ruled = { ...told, endedBy: 'ruling' as const, stateSince: instant(Date.parse('2026-03-05T03:00:00Z')) };
    const before = { ...ruled, paid: LATE_FACTS };
    assert.equal(paidAtOf(ruled), paidAtOf(before));
    assert.deepEqual([clearingColumns(before).clearing_day, clearingColumns(ruled).clearing_day], ['2026-03-05', '2026-03-05']);
  });
});
