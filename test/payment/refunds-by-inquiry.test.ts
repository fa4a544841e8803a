import assert from 'node:assert/strict';
import { refundsByInquiry } from '#src/payment/decide-refund.js';
import { moneyBackOf, type OpenRefund, type RefundRequestId } from '#src/payment/refund.js';
import { SAMPLE_START, samplePayment } from '../support/payment-samples.js';

const REFUSED_AFTER_SILENCE: OpenRefund = {
  refundRequestId: 'TEST1-00000000000000000000000a' as RefundRequestId,
  amount: { currency: 'JPY', value: '500' },
  isUndo: false,
  state: 'in_doubt',
  createdAt: SAMPLE_START,
  tries: 2,
  firstSentAt: SAMPLE_START,
  lastSentAt: SAMPLE_START,
  underWay: false,
  unclear: true,
  refusal: 'PROCESS_FAIL',
};

describe('a refund that was refused after a silence', () => {
  const { life } = samplePayment('paid');
  const doubted = { ...life, moneyBack: { ...moneyBackOf(life), open: [REFUSED_AFTER_SILENCE] } };

  it('is not ended by an inquiry that was begun before the refusal and lists nothing', () => {
    const { life: after, refunds = [] } = refundsByInquiry(doubted, [], false);
    assert.deepEqual(moneyBackOf(after).open, [REFUSED_AFTER_SILENCE]);
    assert.deepEqual(refunds, []);
  });

  it('is due again, and not refused, after one to which no refunds belong', () => {
    const { life: after, refunds = [] } = refundsByInquiry(doubted, undefined, true);
    assert.deepEqual(moneyBackOf(after).open, [{ ...REFUSED_AFTER_SILENCE, refusal: null }]);
    assert.ok(refunds.every(({ state }) => state === 'in_doubt'));
  });

  it('is refused by one that was begun after it and lists nothing', () => {
    const { life: after, refunds = [] } = refundsByInquiry(doubted, [], true);
    assert.deepEqual(moneyBackOf(after).open, []);
    assert.deepEqual(
      refunds.map(({ state }) => state),
      ['refused'],
    );
  });
});
