import assert from 'node:assert/strict';
import { type Harness, startHarness } from '../support/bridge-harness.js';

describe('upstream that cannot be reached', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
  });
  afterEach(() => shop.stop());

  it('for all sends fails the payment as never sent, because provably nothing left', async () => {
    await shop.simulator.setReachable(false);
    const placed = await shop.place();
    assert.equal(placed.state, 'submitting');
    assert.equal(placed.customerMayPay, 'no');
    const seen = await shop.untilState(placed.paymentRequestId, ['failed', 'in_doubt'], 60_000);
    assert.equal(seen.state, 'failed');
    assert.deepEqual(seen.failure, { reason: 'never_sent', resultCode: null, advice: 'new_sale_may_work' });
    assert.equal(seen.endedBy, 'not_sent');
    assert.equal(seen.sends, 3);
    assert.equal(seen.next.newSaleAllowed, true);
    assert.equal(shop.calls().length, 0);
  });

  it('at first and then can be gets the same order', async () => {
    await shop.simulator.setReachable(false);
    const placed = await shop.place();
    await shop.simulator.setReachable(true);
    const seen = await shop.untilState(placed.paymentRequestId, ['awaiting_payer', 'failed'], 60_000);
    assert.equal(seen.state, 'awaiting_payer');
    assert.equal(seen.sends, 2);
    assert.equal(shop.calls('pay').length, 1);
  });

  it('after one send that left is no proof that nothing was placed', async () => {
    shop.simulator.setFaults([{ name: 'reset_after', call: 'pay' }]);
    const placed = await shop.place({ expiresInSeconds: 30 });
    await shop.simulator.setReachable(false);
    const seen = await shop.untilState(placed.paymentRequestId, ['failed', 'in_doubt'], 60_000);
    assert.equal(seen.state, 'in_doubt');
    assert.equal(seen.customerMayPay, 'possible');
    await shop.simulator.setReachable(true);
    const ended = await shop.untilState(placed.paymentRequestId, ['failed', 'cancelled'], 120_000);
    assert.equal(ended.state, 'cancelled');
    assert.equal(shop.simulator.order(placed.paymentRequestId)?.state, 'cancelled');
  });

  it('lets a cashier cancel at once, without a call, while nothing has left', async () => {
    await shop.simulator.setReachable(false);
    const placed = await shop.place();
    const answer = await shop.cancel(placed.paymentRequestId);
    assert.equal(answer.status, 202);
    const seen = await shop.read(placed.paymentRequestId);
    assert.equal(seen.state, 'cancelled');
    assert.equal(seen.cancelledBy, 'terminal');
    assert.equal(seen.endedBy, 'not_sent');
    await shop.simulator.setReachable(true);
    await shop.clock.advance(60_000);
    assert.equal(shop.calls().length, 0);
  });

  it('makes an F that comes later no end, because an earlier send was not itself answered F', async () => {
    await shop.simulator.setReachable(false);
    const placed = await shop.place({ expiresInSeconds: 30 });
    shop.simulator.setFaults([{ name: 'result:RISK_REJECT:F', call: 'pay', times: 0 }]);
    await shop.simulator.setReachable(true);
    assert.equal((await shop.untilState(placed.paymentRequestId, ['in_doubt', 'failed'], 20_000)).state, 'in_doubt');
  });
});
