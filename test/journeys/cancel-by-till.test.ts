import assert from 'node:assert/strict';
import { type Harness, SECOND_TILL_KEY, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import { pausesOf } from '../support/call-times.js';
import { onEitherBooks } from '../support/either-books.js';

onEitherBooks('cancel by the till', (books) => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ books });
  });
  afterEach(() => shop.stop());

  const kinds = (id: string) => shop.calls(undefined, id).map(({ call }) => call);

  it('takes the code away at once, inquires once, cancels, and is idempotent', async () => {
    const { paymentRequestId: id } = await shop.place();
    const [glass] = shop.bridge().virtualGlasses('lane-1');
    await shop.clock.until(() => glass?.frame().kind === 'scan', 'the code on the glass');
    shop.simulator.setFaults([{ name: 'slow:2000', call: 'inquiry' }]);
    const answer = await shop.cancel(id);
    assert.equal(answer.status, 202);
    const asked = answer.json<SeenPayment & Record<string, unknown>>();
    assert.deepEqual([asked.state, asked.orderCode, asked.customerMayPay], ['cancelling', null, 'possible']);
    await shop.clock.settle();
    assert.notEqual(glass?.frame().kind, 'scan');
    assert.equal((await shop.cancel(id)).status, 202);
    const seen = await shop.untilState(id, ['cancelled'], 5_000);
    assert.equal(seen.cancelledBy, 'terminal');
    assert.equal(seen.cancelReason, null);
    assert.equal(seen.endedBy, 'cancel_answer');
    assert.equal(seen.next.action, 'start_new_sale');
    assert.equal(seen.next.newSaleAllowed, true);
    assert.deepEqual(kinds(id), ['pay', 'inquiry', 'cancel']);
    assert.equal((await shop.cancel(id)).status, 200);
    assert.deepEqual(kinds(id), ['pay', 'inquiry', 'cancel']);
  });

  it('while the first send is on its way waits for its end, then inquires and cancels', async () => {
    shop.simulator.setFaults([{ name: 'no_answer', call: 'pay' }]);
    const { paymentRequestId: id } = await shop.place();
    const answer = await shop.cancel(id);
    assert.equal(answer.status, 202);
    assert.equal(answer.json()['state'], 'cancelling');
    assert.deepEqual(kinds(id), ['pay']);
    const seen = await shop.untilState(id, ['cancelled'], 20_000);
    assert.deepEqual(kinds(id), ['pay', 'inquiry', 'cancel']);
    assert.equal(seen.sends, 1);
    assert.equal(shop.simulator.order(id)?.state, 'cancelled');
  });

  it('while the first send is on its way and is then refused ends as failed', async () => {
    shop.simulator.setFaults([
      { name: 'slow:3000', call: 'pay' },
      { name: 'result:RISK_REJECT:F', call: 'pay' },
    ]);
    const { paymentRequestId: id } = await shop.place();
    assert.equal((await shop.cancel(id)).status, 202);
    const seen = await shop.untilState(id, ['failed', 'cancelled'], 20_000);
    assert.equal(seen.state, 'failed');
    assert.deepEqual(kinds(id), ['pay']);
  });

  it('while the first send is on its way never shows the code that comes with the answer', async () => {
    shop.simulator.setFaults([{ name: 'slow:3000', call: 'pay' }]);
    const { paymentRequestId: id } = await shop.place();
    await shop.cancel(id);
    await shop.untilState(id, ['cancelled'], 20_000);
    const [glass] = shop.bridge().virtualGlasses('lane-1');
    assert.ok(!glass?.history().some(({ frame }) => frame.kind === 'scan'));
    assert.equal(shop.simulator.order(id)?.state, 'cancelled');
  });

  it('between two sends stops sending', async () => {
    shop.simulator.setFaults([{ name: 'reset_after', call: 'pay', times: 0 }]);
    const { paymentRequestId: id } = await shop.place();
    await shop.cancel(id);
    await shop.untilState(id, ['cancelled'], 20_000);
    assert.deepEqual(kinds(id), ['pay', 'inquiry', 'cancel']);
  });

  it('in doubt inquires and cancels, for the till', async () => {
    shop.simulator.setFaults([
      { name: 'deaf', call: 'pay', times: 0 },
      { name: 'deaf', call: 'inquiry' },
    ]);
    const { paymentRequestId: id } = await shop.place();
    await shop.untilState(id, ['in_doubt'], 40_000);
    assert.equal((await shop.cancel(id)).status, 202);
    const seen = await shop.untilState(id, ['cancelled'], 20_000);
    assert.equal(seen.cancelledBy, 'terminal');
  });

  it('goes out although the inquiry before it was never answered', async () => {
    shop.simulator.setFaults([{ name: 'deaf', call: 'inquiry', times: 0 }]);
    const { paymentRequestId: id } = await shop.place();
    await shop.cancel(id);
    await shop.clock.advance(4_900);
    assert.deepEqual(kinds(id), ['pay', 'inquiry']);
    const seen = await shop.untilState(id, ['cancelled'], 1_000);
    assert.equal(seen.state, 'cancelled');
    assert.deepEqual(kinds(id), ['pay', 'inquiry', 'cancel']);
  });

  for (const names of [
    ['result:UNKNOWN_EXCEPTION:U', 'result:SOMETHING_PENDING:U'],
    ['no_answer', 'half_answer'],
    ['traffic_limit', 'unsigned'],
    ['wrong_signature', 'http_500'],
    ['malformed_json', 'other_acquirer_is_no_fault_of_cancel'],
  ]) {
    const faults = names.filter((name) => !name.includes('no_fault'));
    it(`answered with ${faults.join(', ')} is repeated with the same bytes until S`, async () => {
      const { paymentRequestId: id } = await shop.place();
      shop.simulator.setFaults(faults.map((name, index) => ({ name, call: 'cancel' as const, nth: index + 1 })));
      await shop.cancel(id);
      const seen = await shop.untilState(id, ['cancelled', 'needs_attention', 'failed'], 40_000);
      assert.equal(seen.state, 'cancelled');
      const cancels = shop.calls('cancel', id);
      assert.equal(cancels.length, faults.length + 1);
      assert.equal(new Set(cancels.map(({ bodySha256 }) => bodySha256)).size, 1);
      assert.equal(new Set(cancels.map(({ headers }) => headers['signature'])).size, cancels.length);
      assert.ok(
        pausesOf(cancels).every((pause) => pause === 10),
        `${pausesOf(cancels)}`,
      );
    });
  }

  it('of a paid or failed payment is refused, and of a stranger or without the right', async () => {
    const { paymentRequestId: paid } = await shop.place();
    shop.simulator.pay(paid);
    await shop.clock.until(async () => (await shop.read(paid)).state === 'paid', 'paid');
    assert.equal((await shop.cancel(paid)).status, 409);
    assert.equal((await shop.cancel(paid)).json()['code'], 'not_cancellable');
    shop.simulator.setFaults([{ name: 'result:RISK_REJECT:F', call: 'pay' }]);
    const { paymentRequestId: failed } = await shop.place();
    assert.equal((await shop.cancel(failed)).status, 409);
    assert.equal((await shop.cancel('TEST1-0000')).status, 404);
    const { paymentRequestId: open } = await shop.place();
    const wish = { method: 'POST', headers: { Authorization: `Bearer ${SECOND_TILL_KEY}` } };
    assert.equal((await shop.till(`/v1/payments/${open}/cancel`, wish)).status, 403);
    assert.equal((await shop.read(open)).state, 'awaiting_payer');
    assert.equal(shop.calls('cancel').length, 0);
  });

  it('waits for the end when the till asks it to', async () => {
    const { paymentRequestId: id } = await shop.place();
    const answer = await shop.till(`/v1/payments/${id}/cancel`, { method: 'POST', headers: { Prefer: 'wait=5' } });
    assert.equal(answer.status, 202);
    assert.equal(answer.json()['state'], 'cancelled');
  });
});
