import assert from 'node:assert/strict';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';

onEitherBooks('one sale', (books) => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ books });
  });
  afterEach(() => shop.stop());

  it('goes from the till to the glass, and is paid by the notification', async () => {
    const answer = await shop.sell();
    assert.equal(answer.status, 201, answer.text);
    const placed = answer.json<SeenPayment & Record<string, unknown>>();
    assert.equal(placed.state, 'awaiting_payer');
    const [order] = shop.simulator.orders();
    assert.equal(placed.orderCode?.value, order?.code);
    const [glass] = shop.bridge().virtualGlasses('lane-1');
    await shop.clock.until(() => glass?.frame().kind === 'scan', 'code on the glass');
    const frame = glass?.frame();
    assert.equal(frame?.kind === 'scan' && frame.codeText, order?.code);
    shop.simulator.pay(placed.paymentRequestId);
    await shop.clock.until(async () => (await shop.read(placed.paymentRequestId)).state === 'paid', 'paid');
    const paid = await shop.read(placed.paymentRequestId);
    assert.equal(paid.endedBy, 'notification');
    assert.equal(paid.next.action, 'hand_over_goods');
    assert.equal(paid.orderCode, null);
    await shop.clock.until(() => glass?.frame().kind === 'thanks', 'thanks on the glass');
    assert.equal(shop.simulator.calls().filter((c) => c.call === 'pay').length, 1);
  });
});
