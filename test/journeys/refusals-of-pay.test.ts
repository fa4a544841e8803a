import assert from 'node:assert/strict';
import { type Harness, startHarness } from '../support/bridge-harness.js';

describe('refusal of pay', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
  });
  afterEach(() => shop.stop());

  it('on the first send fails the payment at once and frees the lane', async () => {
    shop.simulator.setFaults([{ name: 'result:RISK_REJECT:F', call: 'pay' }]);
    const seen = await shop.place();
    assert.equal(seen.state, 'failed');
    assert.equal(seen.endedBy, 'pay_answer');
    assert.deepEqual(seen.failure, { reason: 'refused', resultCode: 'RISK_REJECT', advice: 'other_means' });
    assert.equal(seen.next.action, 'offer_other_means');
    assert.equal(seen.next.newSaleAllowed, true);
    assert.equal(seen.customerMayPay, 'no');
    assert.deepEqual(
      shop.calls().map(({ call }) => call),
      ['pay'],
    );
    assert.equal((await shop.place()).state, 'awaiting_payer');
  });

  it('that was given to an earlier payment and comes again ends nothing: the same bytes, and the order they placed', async () => {
    shop.simulator.setFaults([{ name: 'result:RISK_REJECT:F', call: 'pay' }]);
    assert.equal((await shop.place()).state, 'failed');
    await shop.clock.advance(2_000);
    shop.simulator.setFaults([{ name: 'replayed_answer', call: 'pay' }]);
    const { paymentRequestId: id, state } = await shop.place();
    assert.equal(state, 'submitting');
    assert.equal(shop.simulator.order(id)?.state, 'open', 'the order was placed');
    const seen = await shop.untilState(id, ['awaiting_payer', 'failed'], 12_000);
    assert.equal(seen.state, 'awaiting_payer');
    assert.equal(seen.orderCode?.value, shop.simulator.order(id)?.code);
  });

  it('with a malformed status letter in an unsigned answer fails nothing', async () => {
    shop.simulator.setFaults([{ name: 'result:RISK_REJECT:X', call: 'pay' }]);
    const { paymentRequestId: id } = await shop.place();
    assert.equal((await shop.read(id)).state, 'submitting');
    assert.equal((await shop.untilState(id, ['awaiting_payer', 'failed'])).state, 'awaiting_payer');
  });

  it('after silence goes in doubt first: an order that exists is found and cancelled', async () => {
    shop.simulator.setFaults([
      { name: 'no_answer', call: 'pay' },
      { name: 'result:PROCESS_FAIL:F', call: 'pay', nth: 2 },
      { name: 'deaf', call: 'inquiry' },
    ]);
    const { paymentRequestId: id } = await shop.place();
    const doubtful = await shop.untilState(id, ['in_doubt', 'failed'], 20_000);
    assert.equal(doubtful.state, 'in_doubt');
    assert.equal(doubtful.failure, null);
    assert.equal(doubtful.next.newSaleAllowed, false);
    const seen = await shop.untilState(id, ['cancelled', 'failed'], 60_000);
    assert.equal(seen.state, 'cancelled');
    assert.equal(shop.simulator.order(id)?.state, 'cancelled');
  });

  it('after silence goes in doubt first: an order that was paid meanwhile is paid', async () => {
    shop.simulator.setFaults([
      { name: 'no_answer', call: 'pay' },
      { name: 'result:RISK_REJECT:F', call: 'pay', nth: 2 },
      { name: 'lose', times: 0 },
    ]);
    const { paymentRequestId: id } = await shop.place();
    shop.simulator.pay(id);
    const seen = await shop.untilState(id, ['paid', 'failed', 'cancelled'], 60_000);
    assert.equal(seen.state, 'paid');
    assert.equal(seen.endedBy, 'inquiry');
  });

  for (const first of ['result:UNKNOWN_EXCEPTION:U', 'traffic_limit', 'unsigned_refusal:PROCESS_FAIL', 'reset']) {
    it(`after ${first} does not end the payment by itself`, async () => {
      shop.simulator.setFaults([
        { name: first, call: 'pay' },
        { name: 'result:INVALID_CONTRACT:F', call: 'pay', nth: 2, times: 0 },
      ]);
      const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
      const seen = await shop.untilState(id, ['in_doubt', 'failed'], 20_000);
      assert.equal(seen.state, 'in_doubt');
      assert.equal(seen.sends, 2);
      const ended = await shop.untilState(id, ['cancelled', 'failed', 'paid'], 120_000);
      assert.equal(ended.state, 'cancelled');
      assert.equal(ended.cancelReason, 'deadline');
    });
  }

  it('because an order with this id says something else is inquired about once and cancelled, and alarmed', async () => {
    shop.simulator.setFaults([{ name: 'processed_result:REPEAT_REQ_INCONSISTENT:F', call: 'pay' }]);
    const { paymentRequestId: id } = await shop.place();
    const seen = await shop.untilState(id, ['cancelled', 'failed', 'paid'], 10_000);
    assert.equal(seen.state, 'cancelled');
    assert.equal(seen.cancelReason, 'id_conflict');
    assert.deepEqual(
      shop.calls(undefined, id).map(({ call }) => call),
      ['pay', 'inquiry', 'cancel'],
    );
    assert.ok(shop.logLines.some((line) => line.includes('"why":"id_conflict"')));
  });

  it('because an order with this id says something else still ends paid when it was paid', async () => {
    shop.simulator.setFaults([
      { name: 'processed_result:REPEAT_REQ_INCONSISTENT:F', call: 'pay' },
      { name: 'before_answer', call: 'pay' },
      { name: 'lose', times: 0 },
    ]);
    const { paymentRequestId: id } = await shop.place();
    const seen = await shop.untilState(id, ['cancelled', 'failed', 'paid'], 10_000);
    assert.equal(seen.state, 'paid');
    assert.equal(shop.calls('cancel').length, 0);
  });

  it('with status S is inquired about and never paid by itself', async () => {
    shop.simulator.setFaults([
      { name: 'processed_result:SUCCESS:S', call: 'pay' },
      { name: 'no_answer', call: 'inquiry' },
    ]);
    const { paymentRequestId: id } = await shop.place();
    assert.equal((await shop.read(id)).state, 'in_doubt');
    const seen = await shop.untilState(id, ['cancelled', 'paid'], 30_000);
    assert.equal(seen.state, 'cancelled', 'the order is open and its code never came');
    assert.equal(shop.simulator.order(id)?.state, 'cancelled');
  });
});
