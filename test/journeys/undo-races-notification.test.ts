import assert from 'node:assert/strict';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { undo } from '../support/money-back.js';

const PAYS = ['before the wish', 'after the inquiry', 'after the cancel'] as const;
const NOTICES = ['at once', 'late', 'never'] as const;

describe('a cancel or undo that races the notification', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
  });
  afterEach(() => shop.stop());

  for (const cancelFault of ['none', 'no_answer', 'processed_late:3000']) {
    it(`with the trouble "${cancelFault}" on the cancel never leaves money back and paid without an undo, in any order`, async function () {
      this.timeout(120_000);
      for (const wish of ['cancel', 'undo'] as const) {
        for (const pays of PAYS) {
          for (const notice of NOTICES) await story(wish, pays, notice, cancelFault);
        }
      }
    });
  }

  async function story(
    wish: 'cancel' | 'undo',
    pays: (typeof PAYS)[number],
    notice: (typeof NOTICES)[number],
    cancelFault: string,
  ): Promise<void> {
    const what = `${wish}, paid ${pays}, told ${notice}, cancel ${cancelFault}`;
    const { paymentRequestId: id } = await shop.place();
    const isHeld = notice !== 'at once';
    const wrong = shop.simulator.setFaults([
      ...(isHeld ? [{ name: 'lose', call: 'notification' as const, times: 0 }] : []),
      ...(cancelFault === 'none' ? [] : [{ name: cancelFault, call: 'cancel' as const }]),
      ...(pays === 'after the inquiry' ? [{ name: 'slow:1000', call: 'cancel' as const }] : []),
    ]);
    assert.equal(wrong, undefined);
    if (pays === 'before the wish') {
      shop.simulator.pay(id);
      await shop.clock.settle();
    }
    const asked = await (wish === 'cancel' ? shop.cancel(id) : undo(shop, id));
    assert.ok(asked.status === 202 || asked.status === 409, `${what}: ${asked.status}`);
    if (pays === 'after the inquiry') {
      await shop.clock.settle();
      shop.simulator.pay(id);
    }
    if (pays === 'after the cancel') {
      await shop.clock.advance(2_000);
      shop.simulator.pay(id, { late: true });
    }
    await shop.clock.advance(500);
    if (notice === 'late') {
      shop.simulator.setFaults([]);
      const mine = shop.simulator.notifications().filter(({ paymentRequestId }) => paymentRequestId === id);
      for (const { id: notification } of mine) await shop.simulator.resend(notification, { times: 2 });
    }
    await shop.clock.advanceUntil(
      async () => {
        const { state, undo: undoing } = await shop.read(id);
        return ['paid', 'failed', 'cancelled'].includes(state) && undoing?.state !== 'pending';
      },
      what,
      { stepMs: 1_000 },
    );
    await shop.clock.advance(12_000);
    const seen = await shop.read(id);
    const order = shop.simulator.order(id);
    const isKept = order?.kept !== null && order?.kept?.value !== '0';
    const isBack = seen.state === 'paid' && seen.undo?.state === 'done';
    const told = `${what}: ${seen.state} ${JSON.stringify(seen.undo)} ${JSON.stringify(seen.alerts)} here, ${order?.state} ${order?.kept?.value} there`;
    if (isKept && notice === 'never' && pays === 'after the cancel') {
      // A wallet that charges an order behind its cancel, and nobody is told: only the clearing files can show it.
      assert.notEqual(seen.state, 'paid', told);
    } else if (isKept) assert.ok(seen.state === 'paid' && seen.undo === null, told);
    else assert.ok(seen.state !== 'paid' || isBack, told);
    assert.ok((order?.kept?.value ?? '0') === '0' || order?.kept?.value === '1980', told);
  }
});
