import assert from 'node:assert/strict';
import { type Harness, startHarness } from '../support/bridge-harness.js';

describe('cancel that races the payer', () => {
  let shop: Harness;
  let id: string;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
    id = (await shop.place()).paymentRequestId;
  });
  afterEach(() => shop.stop());

  const play = (...faults: Parameters<typeof shop.simulator.setFaults>[0]) =>
    assert.equal(shop.simulator.setFaults([{ name: 'lose', times: 0 }, ...faults]), undefined);
  const kinds = () => shop.calls(undefined, id).map(({ call }) => call);
  const kept = () => shop.simulator.order(id)?.kept?.value;

  it('leaves paid what was paid before the inquiry that comes before the cancel', async () => {
    play();
    shop.simulator.pay(id);
    assert.equal((await shop.cancel(id)).status, 202);
    await shop.clock.settle();
    const seen = await shop.read(id);
    assert.equal(seen.state, 'paid');
    assert.deepEqual(kinds(), ['pay', 'inquiry']);
    assert.equal(kept(), '1980');
    assert.equal((await shop.cancel(id)).status, 409);
  });

  it('leaves paid what a notification reported between the asking and the cancel', async () => {
    shop.simulator.setFaults([{ name: 'deaf', call: 'inquiry' }]);
    await shop.cancel(id);
    shop.simulator.pay(id);
    await shop.clock.until(async () => (await shop.read(id)).state === 'paid', 'paid');
    await shop.clock.advance(30_000);
    assert.deepEqual(kinds(), ['pay', 'inquiry']);
    assert.equal(kept(), '1980');
  });

  it('gives the money back when the payer was between the inquiry and the cancel', async () => {
    play({ name: 'processed_late:3000', call: 'cancel' });
    await shop.cancel(id);
    await shop.clock.settle();
    assert.deepEqual(kinds(), ['pay', 'inquiry', 'cancel']);
    shop.simulator.pay(id);
    const seen = await shop.untilState(id, ['cancelled', 'paid'], 10_000);
    assert.equal(seen.state, 'cancelled');
    assert.equal(kept(), '0');
    assert.deepEqual(seen.alerts, []);
  });

  it('does not take a success for the end once a cancel was sent: the cancel is repeated until answered', async () => {
    shop.simulator.setFaults([{ name: 'deaf', call: 'cancel', times: 2 }]);
    await shop.cancel(id);
    await shop.clock.settle();
    shop.simulator.pay(id);
    await shop.clock.settle();
    assert.equal(shop.simulator.notifications()[0]?.state, 'acknowledged');
    assert.equal((await shop.read(id)).state, 'cancelling');
    const seen = await shop.untilState(id, ['cancelled', 'paid', 'needs_attention'], 60_000);
    assert.equal(seen.state, 'cancelled');
    assert.equal(kept(), '0');
    assert.equal(shop.calls('cancel', id).length, 3);
  });

  it('never says paid and cancelled both, wherever the payer comes in', async () => {
    for (const paysAfterMs of [0, 1, 500, 1_000, 1_500, 2_500]) {
      play({ name: 'slow:1000', call: 'inquiry' }, { name: 'slow:1000', call: 'cancel' });
      const { paymentRequestId } = paysAfterMs === 0 ? { paymentRequestId: id } : await shop.place();
      await shop.cancel(paymentRequestId);
      await shop.clock.advance(paysAfterMs);
      shop.simulator.pay(paymentRequestId);
      const seen = await shop.untilState(paymentRequestId, ['cancelled', 'paid', 'needs_attention'], 60_000);
      const order = shop.simulator.order(paymentRequestId);
      const fits =
        seen.state === 'paid' ? order?.kept?.value === '1980' : order?.state === 'cancelled' && order.kept?.value === '0';
      assert.ok(fits, `paid after ${paysAfterMs} ms: ${seen.state} here, ${JSON.stringify(order)} there`);
    }
  });

  it('sees in the answer to an inquiry that the money has gone back already', async () => {
    play({ name: 'no_answer', call: 'cancel' }, { name: 'result:PROCESS_FAIL:F', call: 'cancel', nth: 2 });
    await shop.cancel(id);
    await shop.clock.settle();
    // The cancel was carried out, its answer lost, and the repeat is refused.
    shop.simulator.pay(id);
    await shop.clock.advance(12_000);
    const seen = await shop.read(id);
    assert.notEqual(seen.state, 'paid');
  });
});
