import assert from 'node:assert/strict';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import type { HeardEvent } from '../support/event-reader.js';

describe('what the till sees', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness();
  });
  afterEach(() => shop.stop());

  const lost = { name: 'lose', times: 0 };
  const short = ({ state, customerMayPay, next }: SeenPayment) => [state, customerMayPay, next.action, next.newSaleAllowed];

  it('in every state says whether the customer may pay and what to do next', async () => {
    shop.simulator.setFaults([
      lost,
      { name: 'slow:500', call: 'pay' },
      { name: 'deaf', call: 'inquiry', times: 0 },
      { name: 'deaf', call: 'cancel', times: 0 },
    ]);
    const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
    const seen = [short(await shop.read(id))];
    for (const state of ['awaiting_payer', 'in_doubt', 'cancelling', 'needs_attention', 'cancelled']) {
      if (state === 'cancelled') shop.simulator.setFaults([lost]);
      const payment = await shop.untilState(id, [state], 900_000);
      // The glass needs a moment to show the code.
      if (state === 'awaiting_payer') await shop.clock.settle();
      seen.push(short(state === 'awaiting_payer' ? await shop.read(id) : payment));
    }
    assert.deepEqual(seen, [
      ['submitting', 'possible', 'wait', false],
      ['awaiting_payer', 'yes', 'wait_for_payer', false],
      ['in_doubt', 'possible', 'wait', false],
      ['cancelling', 'possible', 'wait', false],
      ['needs_attention', 'possible', 'ask_back_office', false],
      ['cancelled', 'no', 'start_new_sale', true],
    ]);
  });

  it('on a lane without a display is told to show the code itself', async () => {
    const bare = await startHarness({ displays: [] });
    try {
      assert.equal((await bare.place()).next.action, 'show_code_on_till');
    } finally {
      await bare.stop();
    }
  });

  it('is no code after its end, to the millisecond, although nothing else happened', async () => {
    shop.simulator.setFaults([lost, { name: 'deaf', call: 'inquiry', times: 0 }]);
    const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
    await shop.clock.advance(29_999);
    const before = await shop.read(id);
    assert.ok(before.orderCode !== null);
    assert.equal((await shop.till(`/v1/payments/${id}/code.png`)).status, 200);
    shop.clock.jumpWall(1);
    const after = await shop.read(id);
    assert.equal(after.orderCode, null);
    assert.notEqual(after.customerMayPay, 'yes');
    assert.equal((await shop.till(`/v1/payments/${id}/code.png`)).status, 404);
  });

  it('has a version that rises with every change it can see, and with nothing else', async () => {
    shop.simulator.setFaults([lost]);
    const { paymentRequestId: id } = await shop.place();
    await shop.clock.advance(5_000);
    const asked = await shop.read(id);
    assert.deepEqual(asked.lastResult?.['call'], 'inquiry');
    await shop.clock.advance(30_000);
    assert.ok(shop.calls('inquiry', id).length > 8);
    const later = await shop.read(id);
    assert.equal(later.version, asked.version, 'the same answer again is no change');
    assert.deepEqual(later.lastResult, asked.lastResult, 'and leaves the last result, its time included');
    shop.simulator.setFaults([lost, { name: 'result:ACCESS_DENIED:F', call: 'inquiry' }]);
    await shop.clock.advance(5_000);
    const refused = await shop.read(id);
    assert.equal(refused.version, asked.version + 1);
    assert.equal(refused.lastResult?.['resultCode'], 'ACCESS_DENIED');
  });

  it('wakes the long poll with the end, and lets it rest until then', async () => {
    const placed = await shop.place();
    const { paymentRequestId: id, version } = await shop.read(placed.paymentRequestId);
    let answered = false;
    const poll = shop.till(`/v1/payments/${id}?afterVersion=${version}&waitSeconds=25`).then((answer) => {
      answered = true;
      return answer.json<SeenPayment & Record<string, unknown>>();
    });
    await shop.clock.advance(4_000);
    assert.equal(answered, false);
    shop.simulator.pay(id);
    const seen = await poll;
    assert.equal(seen.state, 'paid');
    assert.ok(seen.version > version);
  });

  it('hears every version once and in order, over a restart too', async () => {
    const before = await shop.events('lane-1');
    const { paymentRequestId: id } = await shop.place();
    await shop.clock.until(() => statesIn(before.events, id).includes('awaiting_payer'), 'the code as an event');
    const lastId = before.events.at(-1)?.id ?? '';
    await shop.restart();
    const after = await shop.events('lane-1', lastId);
    shop.simulator.pay(id);
    await shop.clock.until(() => statesIn(after.events, id).includes('paid'), 'paid as an event');
    const ids = [...before.events, ...after.events].flatMap((event) => (event.id === null ? [] : [Number(event.id)]));
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
      'ids rise strictly',
    );
    assert.ok(!after.events.some(({ event }) => event === 'snapshot' || event === 'reset'));
    const versions = [...before.events, ...after.events].flatMap(({ event, data }) =>
      event === 'payment' && data['paymentRequestId'] === id ? [Number(data['version'])] : [],
    );
    assert.deepEqual(
      versions,
      versions.map((_, index) => (versions[0] ?? 1) + index),
      'no version is missing',
    );
    assert.equal((await shop.read(id)).version, versions.at(-1));
  });

  it('is answered early when the payment ends before the code comes', async () => {
    shop.simulator.setFaults([
      { name: 'slow:1000', call: 'pay' },
      { name: 'result:RISK_REJECT:F', call: 'pay' },
    ]);
    const posted = shop.sell({}, 20);
    await shop.clock.advance(1_100);
    assert.equal((await posted).json()['state'], 'failed');
  });

  it('gets the payment as it stands when the wait is over, and may look again', async () => {
    shop.simulator.setFaults([{ name: 'deaf', call: 'pay', times: 0 }]);
    const posted = shop.sell({}, 2);
    await shop.clock.advance(2_100);
    const answer = await posted;
    assert.equal(answer.status, 201);
    assert.deepEqual([answer.json()['state'], (answer.json()['next'] as { action: string }).action], ['submitting', 'wait']);
  });
});

function statesIn(events: readonly HeardEvent[], id: string): readonly unknown[] {
  return events.flatMap(({ event, data }) => (event === 'payment' && data['paymentRequestId'] === id ? [data['state']] : []));
}
