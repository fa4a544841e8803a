import assert from 'node:assert/strict';
import knex from 'knex';
import { instant } from '#src/base/clock.js';
import { newLife } from '#src/payment/transitions.js';
import type { Fault } from '#src/simulator/fault-plan.js';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';

const LOST: Fault = { name: 'lose', times: 0 };
const HOW = ['inOrder', 'thrownAway'] as const;

for (const how of HOW) {
  describe(`restart (${how === 'inOrder' ? 'stopped in order' : 'thrown away'})`, () => {
    let shop: Harness;
    beforeEach(async () => {
      shop = await startHarness();
      assert.equal(shop.simulator.setFaults([LOST]), undefined);
    });
    afterEach(() => shop.stop());

    const play = (...faults: Fault[]) => assert.equal(shop.simulator.setFaults([LOST, ...faults]), undefined);
    const kinds = (id: string) => shop.calls(undefined, id).map(({ call }) => call);
    const onlyOneOrder = (id: string) => {
      assert.equal(shop.simulator.orders().filter(({ paymentRequestId }) => paymentRequestId === id).length, 1);
      assert.equal(shop.simulator.orders().length, 1);
      assert.equal(new Set(shop.calls('pay', id).map(({ bodySha256 }) => bodySha256)).size, 1);
    };
    const glass = () => shop.bridge().virtualGlasses('lane-1')[0];

    it('while a send is unanswered sends the same bytes again, as the same order', async () => {
      play({ name: 'no_answer', call: 'pay' });
      const { paymentRequestId: id } = await shop.place();
      await shop.restart(how);
      assert.equal((await shop.read(id)).state, 'submitting');
      const seen = await shop.untilState(id, ['awaiting_payer'], 12_000);
      assert.equal(seen.sends, 2);
      onlyOneOrder(id);
    });

    it('still knows an answer that was given to another payment in the life before', async () => {
      const { paymentRequestId: before } = await shop.place();
      await shop.cancel(before);
      await shop.untilState(before, ['cancelled'], 5_000);
      await shop.restart(how);
      play({ name: 'replayed_answer', call: 'pay' });
      const { paymentRequestId: id, state, orderCode } = await shop.place();
      assert.deepEqual([state, orderCode], ['submitting', null]);
      const seen = await shop.untilState(id, ['awaiting_payer'], 12_000);
      assert.equal(seen.orderCode?.value, shop.simulator.order(id)?.code);
    });

    it('counts the sends of the life before', async () => {
      play({ name: 'deaf', call: 'pay', times: 0 });
      const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
      await shop.clock.advance(9_100);
      assert.equal(shop.calls('pay', id).length, 2);
      await shop.restart(how);
      await shop.untilState(id, ['in_doubt'], 30_000);
      assert.equal(shop.calls('pay', id).length, 3);
      await shop.restart(how);
      await shop.untilState(id, ['cancelled'], 90_000);
      assert.equal(shop.calls('pay', id).length, 3);
    });

    it('makes a refusal after a send whose outcome nobody knows no end', async () => {
      play({ name: 'deaf', call: 'pay' }, { name: 'result:RISK_REJECT:F', call: 'pay', nth: 2 });
      const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
      await shop.restart(how);
      const seen = await shop.untilState(id, ['in_doubt', 'failed'], 15_000);
      assert.equal(seen.state, 'in_doubt');
    });

    it('more than a minute after the first send asks and cancels instead of sending again', async () => {
      play({ name: 'no_answer', call: 'pay' });
      const { paymentRequestId: id } = await shop.place();
      await shop.simulator.setReachable(false);
      await shop.clock.settle();
      await shop.restart(how);
      await shop.simulator.setReachable(false);
      shop.clock.jumpWall(61_000);
      await shop.restart(how);
      await shop.simulator.setReachable(true);
      const seen = await shop.untilState(id, ['cancelled', 'failed', 'paid'], 60_000);
      assert.equal(seen.state, 'cancelled');
      assert.equal(shop.calls('pay', id).length, 1);
      assert.deepEqual(kinds(id).slice(-2), ['inquiry', 'cancel']);
    });

    it('with a code on the glass blanks it, shows it again, and goes on asking', async () => {
      const placed = await shop.place();
      await shop.clock.until(() => glass()?.frame().kind === 'scan', 'the code on the glass');
      const before = glass();
      await shop.restart(how);
      assert.notEqual(before?.frame().kind, 'scan', 'the glass of the stopped bridge is blank');
      await shop.clock.until(() => glass()?.frame().kind === 'scan', 'the code on the glass again');
      const frame = glass()?.frame();
      assert.equal(frame?.kind === 'scan' && frame.codeText, placed.orderCode?.value);
      shop.simulator.pay(placed.paymentRequestId);
      assert.equal((await shop.untilState(placed.paymentRequestId, ['paid'], 10_000)).endedBy, 'inquiry');
      assert.equal(shop.calls('pay').length, 1);
    });

    it('after the code ran out meanwhile shows nothing, and finds the end', async () => {
      const { paymentRequestId: id } = await shop.place();
      shop.clock.jumpWall(3_600_000);
      await shop.restart(how);
      assert.notEqual(glass()?.frame().kind, 'scan');
      assert.ok(
        !glass()
          ?.history()
          .some(({ frame }) => frame.kind === 'scan'),
      );
      const seen = await shop.untilState(id, ['failed', 'cancelled'], 60_000);
      assert.equal(seen.state, 'failed');
      assert.equal(seen.failure?.reason, 'expired');
    });

    it('finds paid what was paid meanwhile, hours later', async () => {
      const { paymentRequestId: id } = await shop.place();
      shop.simulator.pay(id);
      shop.clock.jumpWall(5 * 3_600_000);
      await shop.restart(how);
      const seen = await shop.untilState(id, ['paid', 'failed', 'cancelled'], 60_000);
      assert.equal(seen.state, 'paid');
    });

    it('in doubt goes on asking, and cancels at the same deadline', async () => {
      play({ name: 'deaf', call: 'inquiry', times: 0 });
      const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
      await shop.untilState(id, ['in_doubt'], 31_000);
      await shop.restart(how);
      play(
        { name: 'payment_result:PAYMENT_IN_PROCESS:U', call: 'inquiry', times: 0 },
        { name: 'result:SUCCESS:S', call: 'cancel' },
      );
      const seen = await shop.untilState(id, ['cancelled', 'failed'], 20_000);
      assert.equal(seen.state, 'cancelled');
      const [cancel] = shop.calls('cancel', id);
      assert.ok(Math.abs(Date.parse(cancel?.at ?? '') - Date.parse('2026-03-05T02:00:45.000Z')) < 1_000, cancel?.at);
    });

    it('while an unanswered cancel is out repeats the same cancel', async () => {
      const { paymentRequestId: id } = await shop.place();
      play({ name: 'deaf', call: 'cancel' });
      await shop.cancel(id);
      await shop.clock.settle();
      await shop.restart(how);
      assert.equal((await shop.read(id)).state, 'cancelling');
      const seen = await shop.untilState(id, ['cancelled'], 20_000);
      assert.equal(seen.cancelledBy, 'terminal');
      assert.equal(new Set(shop.calls('cancel', id).map(({ bodySha256 }) => bodySha256)).size, 1);
    });

    it('between the asking and the cancel inquires again before it cancels', async () => {
      const { paymentRequestId: id } = await shop.place();
      play({ name: 'deaf', call: 'inquiry' });
      await shop.cancel(id);
      await shop.clock.settle();
      await shop.restart(how);
      const seen = await shop.untilState(id, ['cancelled'], 20_000);
      assert.equal(seen.state, 'cancelled');
      assert.deepEqual(kinds(id).slice(-2), ['inquiry', 'cancel']);
    });

    it('keeps what needs attention beside a free lane, and ends it', async () => {
      const { paymentRequestId: id } = await shop.place();
      play({ name: 'result:PROCESS_FAIL:F', call: 'cancel' });
      await shop.cancel(id);
      await shop.untilState(id, ['needs_attention'], 5_000);
      await shop.restart(how);
      assert.equal((await shop.read(id)).state, 'needs_attention');
      const next = await shop.place();
      assert.equal(next.state, 'awaiting_payer');
      await shop.cancel(id);
      assert.equal((await shop.untilState(id, ['cancelled'], 60_000)).state, 'cancelled');
    });

    it('leaves ended payments alone, alerts and all', async () => {
      const { paymentRequestId: id } = await shop.place();
      await shop.cancel(id);
      await shop.untilState(id, ['cancelled'], 5_000);
      await shop.simulator.inventNotification(id, 'SUCCESS', 'S');
      await shop.clock.settle();
      const { display: _then, ...before } = await shop.read(id);
      const calls = shop.calls().length;
      await shop.restart(how);
      await shop.clock.advance(120_000);
      const { display: _now, ...after } = await shop.read(id);
      assert.deepEqual(after, before);
      assert.equal(shop.calls().length, calls);
    });

    it('answers the same sale with the same payment', async () => {
      const sale = { saleReference: 'R-1', description: 'over a restart' };
      const first = (await shop.sell(sale)).json<SeenPayment & Record<string, unknown>>();
      await shop.restart(how);
      const again = await shop.sell(sale);
      assert.equal(again.status, 200);
      assert.equal(again.json()['paymentRequestId'], first.paymentRequestId);
      assert.equal((await shop.sell({ ...sale, description: 'else' })).json()['code'], 'sale_conflict');
      assert.equal((await shop.sell({ saleReference: 'R-2' })).json()['code'], 'lane_busy');
    });
  });
}

/** Takes a payment back to the instant after its first commit: stored, and nothing tried yet. */
async function neverTried(booksFile: string): Promise<void> {
  const books = knex({ client: 'sqlite3', connection: { filename: booksFile }, useNullAsDefault: true });
  try {
    const { created_at: at } = (await books('payments').first('created_at')) as { created_at: number };
    const life = newLife(instant(at), null, 180_000);
    await books('payments').update({
      state: 'received',
      holds_lane: 1,
      under_way: 0,
      life: JSON.stringify(life),
      version: 1,
      revision: 1,
      due_at: at,
    });
    await books('attempts').delete();
    await books('journal').where('seq', '>', 1).delete();
  } finally {
    await books.destroy();
  }
}

describe('sale that was stored and never sent', () => {
  for (const [lateMs, state] of [
    [29_000, 'awaiting_payer'],
    [31_000, 'failed'],
  ] as const) {
    it(`is ${state} when the bridge comes back ${lateMs / 1000} s after its creation`, async () => {
      const shop = await startHarness({ displays: [] });
      try {
        await shop.simulator.setReachable(false);
        const { paymentRequestId: id } = await shop.place();
        shop.clock.jumpWall(lateMs);
        await shop.restart('inOrder', async (file) => {
          await neverTried(file);
          await shop.simulator.setReachable(true);
        });
        await shop.clock.settle();
        const seen = await shop.read(id);
        assert.equal(seen.state, state);
        assert.equal(shop.calls().length, state === 'failed' ? 0 : 1);
        if (state === 'failed') assert.equal(seen.failure?.reason, 'never_sent');
      } finally {
        await shop.stop();
      }
    });
  }
});
