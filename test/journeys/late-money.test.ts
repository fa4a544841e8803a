import assert from 'node:assert/strict';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import { undo, untilUndo } from '../support/money-back.js';

describe('word that comes after the end', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
  });
  afterEach(() => shop.stop());

  const kinds = ({ alerts }: SeenPayment) => alerts.map(({ kind }) => kind);

  async function ended(how: 'cancelled' | 'failed' | 'paid'): Promise<SeenPayment> {
    const { paymentRequestId: id } = await shop.place();
    if (how === 'cancelled') await shop.cancel(id);
    else if (how === 'failed') shop.simulator.decline(id, 'USER_BALANCE_NOT_ENOUGH');
    else shop.simulator.pay(id);
    await shop.clock.until(async () => (await shop.read(id)).state === how, how);
    await shop.clock.settle();
    return shop.read(id);
  }

  for (const [how, kind] of [
    ['cancelled', 'paid_after_cancelled'],
    ['failed', 'paid_after_failed'],
  ] as const) {
    it(`of money after ${how} is acknowledged, leaves the state, alerts and asks once`, async () => {
      const before = await ended(how);
      const id = before.paymentRequestId;
      const asked = shop.calls('inquiry', id).length;
      shop.simulator.pay(id, { late: true });
      await shop.clock.settle();
      assert.equal(shop.simulator.notifications().at(-1)?.state, 'acknowledged');
      const seen = await shop.read(id);
      assert.equal(seen.state, how);
      assert.deepEqual(kinds(seen), [kind]);
      assert.equal(seen.next.action, 'ask_back_office');
      assert.equal(seen.next.newSaleAllowed, false);
      assert.ok(seen.version > before.version);
      assert.equal(shop.calls('inquiry', id).length, asked + 1);
      await shop.clock.advance(600_000);
      assert.equal(shop.calls('inquiry', id).length, asked + 1, 'once it is confirmed nobody asks again');
      assert.equal((await shop.read(id)).version, seen.version);
    });

    it(`of money after ${how} gives it back by cancel, and says so beside the state`, async () => {
      const { paymentRequestId: id } = await ended(how);
      const cancels = shop.calls('cancel', id).length;
      shop.simulator.pay(id, { late: true });
      await shop.clock.settle();
      const seen = await shop.read(id);
      assert.equal(seen.state, how);
      assert.deepEqual([seen.undo?.by, seen.undo?.state, seen.undo?.amount.value], ['cancel', 'done', '1980']);
      assert.deepEqual([seen.next.action, seen.next.newSaleAllowed], ['ask_back_office', false]);
      assert.equal(shop.calls('cancel', id).length, cancels + 1);
      assert.equal(shop.simulator.order(id)?.kept?.value, '0');
    });

    it(`of money after ${how} gives nothing back before an inquiry has confirmed it`, async () => {
      const { paymentRequestId: id } = await ended(how);
      const cancels = shop.calls('cancel', id).length;
      shop.simulator.setFaults([{ name: 'deaf', call: 'inquiry', times: 2 }]);
      shop.simulator.pay(id, { late: true });
      await shop.clock.advance(20_000);
      assert.equal((await shop.read(id)).undo, null);
      assert.equal(shop.calls('cancel', id).length, cancels);
      await untilUndo(shop, id, 'done');
      assert.equal(shop.simulator.order(id)?.kept?.value, '0');
    });

    it(`of money after ${how} that was only invented gives nothing back`, async () => {
      const { paymentRequestId: id } = await ended(how);
      const calls = shop.calls('cancel', id).length;
      await shop.simulator.inventNotification(id, 'SUCCESS', 'S');
      await shop.clock.advance(60_000);
      assert.equal((await shop.read(id)).undo, null);
      assert.equal(shop.calls('cancel', id).length + shop.calls('refund', id).length, calls);
    });

    it(`of money after ${how} is asked about until the upstream answers`, async () => {
      const { paymentRequestId: id } = await ended(how);
      const asked = shop.calls('inquiry', id).length;
      shop.simulator.setFaults([{ name: 'deaf', call: 'inquiry', times: 2 }]);
      shop.simulator.pay(id, { late: true });
      await shop.clock.advance(400_000);
      assert.equal(shop.calls('inquiry', id).length, asked + 3);
      assert.equal((await shop.read(id)).state, how);
    });

    it(`of money after ${how} that the upstream itself does not know at once is asked about until it does, and given back`, async () => {
      const { paymentRequestId: id } = await ended(how);
      shop.simulator.setFaults([{ name: 'payment_result:PAYMENT_IN_PROCESS:U', call: 'inquiry', times: 2 }]);
      shop.simulator.pay(id, { late: true });
      await shop.clock.settle();
      assert.deepEqual([kinds(await shop.read(id)), (await shop.read(id)).undo], [[kind], null]);
      await untilUndo(shop, id, 'done');
      assert.equal(shop.simulator.order(id)?.kept?.value, '0');
      const asked = shop.calls('inquiry', id).length;
      await shop.clock.advance(600_000);
      assert.equal(shop.calls('inquiry', id).length, asked);
    });

    it(`of money after ${how}, three times, is one alert`, async () => {
      const { paymentRequestId: id } = await ended(how);
      shop.simulator.pay(id, { late: true });
      await shop.clock.settle();
      const asked = shop.calls('inquiry', id).length;
      const [notification] = shop.simulator.notifications().slice(-1);
      const deliveries = await shop.simulator.resend(notification?.id ?? '', { times: 3 });
      assert.ok(Array.isArray(deliveries) && deliveries.every(({ acknowledged }) => acknowledged));
      await shop.clock.settle();
      assert.deepEqual(kinds(await shop.read(id)), [kind]);
      assert.equal(shop.calls('inquiry', id).length, asked);
    });

    it(`of another amount after ${how} alerts as well, and is never paid`, async () => {
      const { paymentRequestId: id } = await ended(how);
      await shop.simulator.inventNotification(id, 'SUCCESS', 'S', 'other_amount');
      await shop.clock.settle();
      const seen = await shop.read(id);
      assert.equal(seen.state, how);
      assert.deepEqual(kinds(seen), ['amount_differs']);
      assert.equal(seen.next.newSaleAllowed, false);
    });

    it(`of money without an amount after ${how} asks, and the answer alerts`, async () => {
      const { paymentRequestId: id } = await ended(how);
      shop.simulator.setFaults([{ name: 'no_amount', call: 'notification' }]);
      shop.simulator.pay(id, { late: true });
      await shop.clock.settle();
      const seen = await shop.read(id);
      assert.equal(seen.state, how);
      assert.deepEqual(kinds(seen), [kind]);
    });

    it(`of other money in the answer to the inquiry after ${how} is not lost`, async () => {
      const { paymentRequestId: id } = await ended(how);
      shop.simulator.setFaults([
        { name: 'no_amount', call: 'notification' },
        { name: 'other_amount', call: 'inquiry' },
      ]);
      shop.simulator.pay(id, { late: true });
      await shop.clock.settle();
      assert.deepEqual(kinds(await shop.read(id)), ['amount_differs']);
    });
  }

  it('of money after the end is refunded when the window is over', async () => {
    await shop.stop();
    shop = await startHarness({ displays: [], simulator: { cancelWindow: 'closed' } });
    const { paymentRequestId: id } = await ended('failed');
    shop.simulator.pay(id, { late: true });
    const seen = await untilUndo(shop, id, 'done');
    assert.deepEqual([seen.state, seen.undo?.by, seen.refunded.value], ['failed', 'refund', '1980']);
    assert.equal(shop.simulator.order(id)?.refunded?.value, '1980');
  });

  it('of money after the end is left to people where the shop wants it so', async () => {
    await shop.stop();
    shop = await startHarness({ displays: [], upstream: { latePayment: 'ask' } });
    const { paymentRequestId: id } = await ended('failed');
    shop.simulator.pay(id, { late: true });
    await shop.clock.advance(120_000);
    const seen = await shop.read(id);
    assert.deepEqual([seen.state, seen.undo, seen.next.action], ['failed', null, 'ask_back_office']);
    assert.equal(shop.simulator.order(id)?.kept?.value, '1980');
    const answer = await undo(shop, id);
    assert.deepEqual([answer.status, answer.json()['code']], [409, 'not_cancellable'], 'a till was told to ask');
  });

  it('of money after the end is given back although the process died before it could', async () => {
    const { paymentRequestId: id } = await ended('failed');
    shop.simulator.setFaults([{ name: 'no_answer', call: 'cancel' }]);
    shop.simulator.pay(id, { late: true });
    await shop.clock.settle();
    await shop.restart('thrownAway');
    await untilUndo(shop, id, 'done');
    assert.equal(shop.simulator.order(id)?.kept?.value, '0');
  });

  it('of a failure after paid leaves it paid, and alerts', async () => {
    const { paymentRequestId: id } = await ended('paid');
    await shop.simulator.inventNotification(id, 'ORDER_IS_CLOSED', 'F');
    await shop.clock.settle();
    const seen = await shop.read(id);
    assert.equal(seen.state, 'paid');
    assert.deepEqual(kinds(seen), ['failed_after_paid']);
    assert.equal(seen.next.action, 'ask_back_office');
  });

  it('of the same success again changes nothing, days later too', async () => {
    const { paymentRequestId: id, version } = await ended('paid');
    await shop.clock.advance(60_000);
    shop.clock.jumpWall(3 * 86_400_000);
    const [notification] = shop.simulator.notifications();
    const deliveries = await shop.simulator.resend(notification?.id ?? '', { times: 2 });
    assert.ok(Array.isArray(deliveries) && deliveries.every(({ acknowledged }) => acknowledged));
    await shop.clock.settle();
    const seen = await shop.read(id);
    assert.deepEqual([seen.state, seen.version, kinds(seen)], ['paid', version, []]);
  });

  it('of the same failure again changes nothing', async () => {
    const { paymentRequestId: id, version } = await ended('failed');
    const [notification] = shop.simulator.notifications();
    await shop.simulator.resend(notification?.id ?? '', { times: 2 });
    await shop.clock.settle();
    const seen = await shop.read(id);
    assert.deepEqual([seen.state, seen.version, kinds(seen)], ['failed', version, []]);
  });

  it('of a cancelled order being closed changes nothing', async () => {
    const { paymentRequestId: id } = await ended('cancelled');
    await shop.simulator.inventNotification(id, 'ORDER_IS_CLOSED', 'F');
    await shop.clock.settle();
    const seen = await shop.read(id);
    assert.deepEqual([seen.state, kinds(seen)], ['cancelled', []]);
    assert.equal(seen.next.newSaleAllowed, true);
  });

  it('of money after the end frees no lane and takes none', async () => {
    const { paymentRequestId: id } = await ended('cancelled');
    const next = await shop.place();
    shop.simulator.pay(id, { late: true });
    await shop.clock.settle();
    assert.equal((await shop.read(next.paymentRequestId)).state, 'awaiting_payer');
    const lane = (await shop.till('/v1/lanes/lane-1')).json<{ openPayment: SeenPayment }>();
    assert.equal(lane.openPayment.paymentRequestId, next.paymentRequestId);
  });
});
