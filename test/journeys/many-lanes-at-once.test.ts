import assert from 'node:assert/strict';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import { createManualClock } from '../support/manual-clock.js';

const LANES = 68;

describe('journey: many lanes sell at the same moment', function () {
  this.timeout(60_000);
  let shop: Harness;
  before(async () => {
    shop = await startHarness({ lanes: Array.from({ length: LANES }, (_, i) => `lane-${i + 1}`), displays: [] });
  });
  after(() => shop.stop());

  it('calls the upstream 64 times at once, not more; the other sales wait in the books and get their codes', async () => {
    shop.simulator.setFaults([{ name: 'deaf', call: 'pay', times: 64 }]);
    const sales = await Promise.all(Array.from({ length: LANES }, (_, i) => shop.sell({ laneId: `lane-${i + 1}` }, 0)));
    assert.deepEqual([...new Set(sales.map(({ status }) => status))], [201]);
    await shop.clock.settle();
    assert.equal(shop.calls('pay').length, 64);
    const ids = sales.map((sale) => sale.json<{ paymentRequestId: string }>().paymentRequestId);
    await shop.clock.advanceUntil(
      async () => (await Promise.all(ids.map((id) => shop.read(id)))).every(({ state }) => state === 'awaiting_payer'),
      'every lane has its code',
      { stepMs: 1_000, limitMs: 28_000 },
    );
    assert.equal(shop.simulator.orders().length, LANES);
  });
});

describe('journey: two upstreams, one of them deaf', function () {
  this.timeout(60_000);

  it('gets the codes of one upstream at once while as many calls as may be wait for the other', async () => {
    // Its clock stands where the shop's begins: the machine's would be months ahead.
    const clock = createManualClock();
    const other = await createUpstreamSimulator({ clock, clientPublicKeyPem: BRIDGE_PUBLIC_PEM, notificationPausesMs: [] });
    const lanes = Array.from({ length: LANES }, (_, i) => `lane-${i + 1}`);
    const otherUpstream = { baseUrl: other.url, lanes: ['lane-1', 'lane-2'] };
    const shop = await startHarness({ lanes, displays: [], otherUpstream });
    try {
      shop.simulator.setFaults([{ name: 'deaf', call: 'pay', times: 1000 }]);
      await Promise.all(lanes.slice(2).map((laneId) => shop.sell({ laneId }, 0)));
      await shop.clock.settle();
      assert.equal(shop.calls('pay').length, 64);
      const asked = (await shop.sell({ laneId: 'lane-1' }, 0)).json<SeenPayment>();
      await shop.clock.settle();
      assert.equal((await shop.read(asked.paymentRequestId)).state, 'awaiting_payer');
      assert.equal(shop.calls('pay').length, 64, 'and no time has passed');
      assert.equal(other.orders().length, 1);
    } finally {
      await shop.stop();
      await other.stop();
    }
  });
});
