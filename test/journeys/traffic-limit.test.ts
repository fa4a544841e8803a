import assert from 'node:assert/strict';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { pausesOf, secondsOf } from '../support/call-times.js';
import { paid, readRefund, refund } from '../support/money-back.js';

describe('traffic limit', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [], lanes: ['lane-1', 'lane-2', 'lane-3'] });
  });
  afterEach(() => shop.stop());

  it('on pay doubles the pause before the same bytes go out again', async () => {
    shop.simulator.setFaults([{ name: 'traffic_limit', call: 'pay', times: 2 }]);
    const { paymentRequestId: id } = await shop.place({ laneId: 'lane-1' });
    const seen = await shop.untilState(id, ['awaiting_payer'], 20_000);
    assert.equal(seen.sends, 3);
    assert.deepEqual(pausesOf(shop.calls('pay')), [2, 6]);
  });

  it('counts as sends: when they are spent nothing more is sent', async () => {
    shop.simulator.setFaults([{ name: 'traffic_limit', call: 'pay', times: 0 }]);
    const { paymentRequestId: id } = await shop.place({ laneId: 'lane-1', expiresInSeconds: 30 });
    const seen = await shop.untilState(id, ['in_doubt'], 20_000);
    assert.equal(seen.sends, 3);
    await shop.untilState(id, ['cancelled'], 120_000);
    assert.equal(shop.calls('pay').length, 3);
  });

  it('slows the inquiries of all orders of the client to one in 10 s, for 60 s', async () => {
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    const first = await shop.place({ laneId: 'lane-1' });
    const second = await shop.place({ laneId: 'lane-2' });
    await shop.clock.advance(5_000);
    const from = shop.clock.now();
    shop.simulator.setFaults([
      { name: 'traffic_limit', call: 'pay' },
      { name: 'lose', times: 0 },
    ]);
    await shop.place({ laneId: 'lane-3' });
    await shop.clock.advance(80_000);
    for (const { paymentRequestId } of [first, second]) {
      const asked = secondsOf(shop.calls('inquiry', paymentRequestId), from);
      assert.deepEqual(
        asked.filter((at) => at <= 60),
        [0, 10, 20, 30, 40, 50, 60],
        paymentRequestId,
      );
      // After the minute the regular 5 s are back.
      assert.ok(asked.filter((at) => at > 60 && at <= 80).length >= 3, `${asked}`);
    }
  });

  it('slows what decides a refused refund to one inquiry in 10 s, too', async () => {
    await shop.stop();
    shop = await startHarness({ displays: [], timing: { cancelEveryMs: 2000 } });
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([
      { name: 'no_answer', call: 'refund' },
      { name: 'processed_result:PROCESS_FAIL:F', call: 'refund', nth: 2 },
      { name: 'traffic_limit', call: 'inquiry', times: 3 },
    ]);
    const from = shop.clock.now();
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.advance(60_000);
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'refunded');
    const asked = secondsOf(shop.calls('inquiry', id), from).filter((at) => at >= 0);
    assert.equal(asked.length, 4);
    assert.ok(
      asked.slice(1).every((at, index) => at - (asked[index] ?? 0) >= 10),
      `${asked}`,
    );
  });

  it('on an inquiry slows the others too, and says nothing about the payment', async () => {
    shop.simulator.setFaults([
      { name: 'traffic_limit', call: 'inquiry' },
      { name: 'lose', times: 0 },
    ]);
    const { paymentRequestId: id } = await shop.place({ laneId: 'lane-1' });
    await shop.clock.advance(26_000);
    assert.equal((await shop.read(id)).state, 'awaiting_payer');
    assert.deepEqual(pausesOf(shop.calls('inquiry')), [10, 10]);
  });

  it('does not hold up the inquiry before a cancel, nor the cancel', async () => {
    shop.simulator.setFaults([
      { name: 'traffic_limit', call: 'inquiry' },
      { name: 'lose', times: 0 },
    ]);
    const { paymentRequestId: id } = await shop.place({ laneId: 'lane-1' });
    await shop.clock.advance(6_000);
    await shop.cancel(id);
    const seen = await shop.untilState(id, ['cancelled'], 1_000);
    assert.equal(seen.cancelledBy, 'terminal');
    assert.deepEqual(
      shop.calls(undefined, id).map(({ call }) => call),
      ['pay', 'inquiry', 'inquiry', 'cancel'],
    );
  });

  it('makes even an inquiry that a notification asks for wait its 10 s', async () => {
    shop.simulator.setFaults([{ name: 'traffic_limit', call: 'inquiry' }]);
    const { paymentRequestId: id } = await shop.place({ laneId: 'lane-1' });
    await shop.clock.advance(5_000);
    await shop.simulator.inventNotification(id, 'SUCCESS', 'S', 'no_amount');
    await shop.clock.advance(11_000);
    assert.deepEqual(pausesOf(shop.calls('inquiry')), [10]);
  });

  it('makes an F out of nothing: under F it is still a traffic limit', async () => {
    shop.simulator.setFaults([{ name: 'result:REQUEST_TRAFFIC_EXCEED_LIMIT:F', call: 'pay' }]);
    const { paymentRequestId: id } = await shop.place({ laneId: 'lane-1' });
    assert.equal((await shop.untilState(id, ['awaiting_payer', 'failed'], 5_000)).state, 'awaiting_payer');
    assert.deepEqual(pausesOf(shop.calls('pay')), [2]);
  });
});
