import assert from 'node:assert/strict';
import { type Harness, type HarnessOptions, startHarness } from '../support/bridge-harness.js';
import { paid, readRefund, refund, refunds, returnedThere, undo, untilUndo } from '../support/money-back.js';

describe('an undo', () => {
  let shop: Harness;
  const open = async (options: HarnessOptions = {}) => {
    shop = await startHarness({ displays: [], ...options });
  };
  afterEach(() => shop.stop());

  const kept = (id: string) => shop.simulator.order(id)?.kept?.value;

  it('of a paid payment inside the window is the cancel of the upstream, and the payment stays paid', async () => {
    await open();
    const before = await paid(shop);
    const id = before.paymentRequestId;
    const answer = await undo(shop, id);
    assert.equal(answer.status, 202);
    await shop.clock.settle();
    const seen = await shop.read(id);
    assert.equal(seen.state, 'paid');
    assert.deepEqual([seen.undo?.by, seen.undo?.state, seen.undo?.amount.value], ['cancel', 'done', '1980']);
    assert.equal(seen.refunded.value, '0', 'an undo by cancel is no refund');
    assert.deepEqual([seen.next.action, seen.next.newSaleAllowed], ['start_new_sale', true]);
    assert.ok(seen.version > before.version);
    assert.equal(kept(id), '0');
    assert.deepEqual(seen.alerts, []);
  });

  it('asked for three times is one undo', async () => {
    await open();
    const { paymentRequestId: id } = await paid(shop);
    const answers = await Promise.all([undo(shop, id), undo(shop, id), undo(shop, id)]);
    await shop.clock.settle();
    answers.push(await undo(shop, id));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 202, 202],
    );
    assert.equal(shop.calls('cancel', id).length, 1);
    assert.equal(kept(id), '0');
  });

  it('says wait while it is under way, forbids a new sale and refunds, and sends the same cancel again', async () => {
    await open();
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'deaf', call: 'cancel', times: 2 }]);
    await undo(shop, id);
    await shop.clock.advance(9_000);
    const seen = await shop.read(id);
    assert.deepEqual([seen.state, seen.undo?.state], ['paid', 'pending']);
    assert.deepEqual([seen.next.action, seen.next.newSaleAllowed], ['wait', false]);
    assert.equal((await refund(shop, id, '1')).json()['code'], 'not_refundable');
    await untilUndo(shop, id, 'done');
    assert.equal(shop.calls('cancel', id).length, 3);
    assert.equal((await refund(shop, id, '1')).json()['code'], 'not_refundable');
  });

  it('turns into a refund after "window exceeded" and an inquiry that says paid', async () => {
    await open({ simulator: { cancelWindow: 'closed' } });
    const { paymentRequestId: id } = await paid(shop);
    const asked = shop.calls('inquiry', id).length;
    await undo(shop, id);
    const seen = await untilUndo(shop, id, 'done');
    assert.equal(seen.undo?.by, 'refund');
    assert.equal(seen.refunded.value, '1980');
    assert.equal(shop.calls('cancel', id).length, 1);
    assert.equal(shop.calls('inquiry', id).length, asked + 1);
    assert.equal(returnedThere(shop, id), '1980');
    const [only, ...others] = await refunds(shop, id);
    assert.equal(others.length, 0);
    assert.equal((await readRefund(shop, id, only?.refundReference ?? '')).state, 'refunded');
  });

  it('does not turn into a refund while the inquiry after "window exceeded" stays without an answer, and asks like a cancel', async () => {
    await open({ simulator: { cancelWindow: 'closed' } });
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'deaf', call: 'inquiry', times: 2 }]);
    await undo(shop, id);
    await shop.clock.advance(19_000);
    assert.equal(shop.calls('refund', id).length, 0);
    await shop.clock.advance(6_000);
    assert.equal((await shop.read(id)).undo?.state, 'done');
    assert.equal(returnedThere(shop, id), '1980');
  });

  it('does not turn into a refund by silence, an unsigned word or another refusal', async () => {
    for (const fault of ['deaf', 'unsigned_refusal:CANCEL_WINDOW_EXCEED', 'result:PROCESS_FAIL:F']) {
      await open();
      const { paymentRequestId: id } = await paid(shop);
      shop.simulator.setFaults([{ name: fault, call: 'cancel', times: 0 }]);
      await undo(shop, id);
      await shop.clock.advance(120_000);
      const seen = await shop.read(id);
      assert.equal(shop.calls('refund', id).length, 0, fault);
      assert.equal(seen.undo?.state, fault === 'result:PROCESS_FAIL:F' ? 'refused' : 'pending', fault);
      if (seen.undo?.state === 'refused') assert.equal(seen.next.action, 'ask_back_office');
      await shop.stop();
    }
    await open();
  });

  it('that was refused leaves the way open for a refund, and is not tried again', async () => {
    await open();
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'result:PROCESS_FAIL:F', call: 'cancel' }]);
    await undo(shop, id);
    await untilUndo(shop, id, 'refused');
    assert.equal((await undo(shop, id)).status, 202);
    assert.equal((await refund(shop, id, '1980')).status, 201);
    await shop.clock.settle();
    assert.equal(returnedThere(shop, id), '1980');
    assert.equal(shop.calls('cancel', id).length, 1);
  });

  it('after a refund gives the rest back as a refund', async () => {
    await open();
    const { paymentRequestId: id } = await paid(shop);
    await refund(shop, id, '500');
    await shop.clock.settle();
    await undo(shop, id);
    const seen = await untilUndo(shop, id, 'done');
    assert.deepEqual([seen.undo?.by, seen.undo?.amount.value], ['refund', '1480']);
    assert.equal(seen.refunded.value, '1980');
    assert.equal(shop.calls('cancel', id).length, 0);
  });

  it('beside a refund under way waits for its end, so that what is done leaves nothing with the shop', async () => {
    await open();
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([
      { name: 'result:UNKNOWN_EXCEPTION:U', call: 'refund' },
      { name: 'result:PROCESS_FAIL:F', call: 'refund', nth: 2 },
    ]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.settle();
    assert.equal((await undo(shop, id)).status, 202);
    await shop.clock.settle();
    const waiting = await shop.read(id);
    assert.deepEqual([waiting.undo?.by, waiting.undo?.state, waiting.undo?.amount.value], ['refund', 'pending', '1480']);
    assert.deepEqual([waiting.next.action, waiting.next.newSaleAllowed], ['wait', false]);
    const seen = await untilUndo(shop, id, 'done');
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'refused');
    assert.deepEqual([seen.undo?.amount.value, seen.refunded.value, seen.next.newSaleAllowed], ['1980', '1980', true]);
    assert.equal(kept(id), '0');
  });

  it('whose cancel finds the order closed is done once an inquiry says that it is not paid any more', async () => {
    await open();
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([
      { name: 'no_answer', call: 'cancel' },
      { name: 'processed_result:ORDER_IS_CLOSED:F', call: 'cancel', nth: 2 },
      { name: 'payment_result:ORDER_IS_CLOSED:F', call: 'inquiry', times: 0 },
    ]);
    await undo(shop, id);
    const seen = await untilUndo(shop, id, 'done');
    assert.deepEqual([seen.undo?.by, seen.next.action, seen.alerts], ['cancel', 'start_new_sale', []]);
    assert.equal(kept(id), '0');
  });

  it('whose cancel finds the order closed while an inquiry still says paid is refused, and a person has to look', async () => {
    await open();
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'result:ORDER_IS_CLOSED:F', call: 'cancel' }]);
    await undo(shop, id);
    const seen = await untilUndo(shop, id, 'refused');
    assert.deepEqual([seen.next.action, seen.next.newSaleAllowed], ['ask_back_office', false]);
  });

  it('that became a refund hides no word of a failure any more', async () => {
    await open({ simulator: { cancelWindow: 'closed' } });
    const { paymentRequestId: id } = await paid(shop);
    await undo(shop, id);
    await untilUndo(shop, id, 'done');
    await shop.simulator.inventNotification(id, 'ORDER_IS_CLOSED', 'F');
    await shop.clock.settle();
    assert.deepEqual(
      (await shop.read(id)).alerts.map(({ kind }) => kind),
      ['failed_after_paid'],
    );
  });

  it('whose refund is refused says so, and the money can be refunded anew', async () => {
    await open({ simulator: { cancelWindow: 'closed' } });
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'result:REFUND_WINDOW_EXCEED:F', call: 'refund' }]);
    await undo(shop, id);
    const seen = await untilUndo(shop, id, 'refused');
    assert.deepEqual([seen.next.action, seen.next.newSaleAllowed, seen.refunded.value], ['ask_back_office', false, '0']);
    assert.equal((await refund(shop, id, '1980')).status, 201);
  });

  it('of a payment that is not paid yet is a cancel', async () => {
    await open();
    const { paymentRequestId: id } = await shop.place();
    assert.equal((await undo(shop, id)).status, 202);
    await shop.clock.settle();
    const seen = await shop.read(id);
    assert.deepEqual([seen.state, seen.undo], ['cancelled', null]);
    assert.equal((await undo(shop, id)).status, 200);
  });

  it('of a failed payment is refused', async () => {
    await open();
    const { paymentRequestId: id } = await shop.place();
    shop.simulator.decline(id, 'USER_BALANCE_NOT_ENOUGH');
    await shop.clock.until(async () => (await shop.read(id)).state === 'failed', 'failed');
    const answer = await undo(shop, id);
    assert.deepEqual([answer.status, answer.json()['code']], [409, 'not_cancellable']);
  });

  it('sent before the process died is sent again by the next one', async () => {
    await open();
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'no_answer', call: 'cancel' }]);
    await undo(shop, id);
    await shop.clock.settle();
    await shop.restart('thrownAway');
    await untilUndo(shop, id, 'done');
    assert.equal(kept(id), '0');
    assert.deepEqual((await shop.read(id)).alerts, []);
  });

  it('takes word of the closed order for what it is', async () => {
    await open();
    const { paymentRequestId: id } = await paid(shop);
    await undo(shop, id);
    await untilUndo(shop, id, 'done');
    await shop.simulator.inventNotification(id, 'ORDER_IS_CLOSED', 'F');
    await shop.clock.settle();
    const seen = await shop.read(id);
    assert.deepEqual([seen.state, seen.undo?.state, seen.alerts], ['paid', 'done', []]);
  });
});
