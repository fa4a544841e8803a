import assert from 'node:assert/strict';
import { type Harness, SECOND_TILL_KEY, startHarness } from '../support/bridge-harness.js';
import { paid, readRefund, refund, refunds, returnedThere, type SeenRefund, undo, untilRefund } from '../support/money-back.js';

describe('a refund', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
  });
  afterEach(() => shop.stop());

  it('gives a part back, says so in the payment, and tells the lane', async () => {
    const before = await paid(shop);
    const id = before.paymentRequestId;
    const answer = await refund(shop, id, '500', { reference: 'R-A', reason: 'one item returned' });
    assert.equal(answer.status, 201);
    assert.equal(answer.json<SeenRefund & Record<string, unknown>>().state, 'pending');
    await shop.clock.settle();
    const seen = await readRefund(shop, id, 'R-A');
    assert.equal(seen.state, 'refunded');
    assert.match(seen.refundRequestId, /^TEST1-[0-9a-f]{24}$|^[A-Z0-9a-z]+-[0-9a-f]{24}$/);
    assert.ok(seen.refundId !== null && seen.refundedAt !== null);
    const after = await shop.read(id);
    assert.equal(after.state, 'paid');
    assert.equal(after.refunded.value, '500');
    assert.equal(after.undo, null);
    assert.ok(after.version > before.version);
    assert.equal(returnedThere(shop, id), '500');
    const [call] = shop.calls('refund', id);
    assert.equal(JSON.parse(call?.body ?? '').refundReason, 'one item returned');
  });

  it('is the same refund when it is asked for again, whatever became of it', async () => {
    const { paymentRequestId: id } = await paid(shop);
    const first = await refund(shop, id, '500', { reference: 'R-A' });
    const again = await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.settle();
    const later = await refund(shop, id, '500', { reference: 'R-A' });
    assert.deepEqual([first.status, again.status, later.status], [201, 200, 200]);
    assert.equal(later.json<{ state: string }>().state, 'refunded');
    assert.equal(shop.calls('refund', id).length, 1);
    assert.equal(returnedThere(shop, id), '500');
  });

  it('of the same reference and another content is a conflict', async () => {
    const { paymentRequestId: id } = await paid(shop);
    await refund(shop, id, '500', { reference: 'R-A' });
    const other = await refund(shop, id, '501', { reference: 'R-A' });
    assert.deepEqual([other.status, other.json()['code']], [409, 'refund_conflict']);
    const reason = await refund(shop, id, '500', { reference: 'R-A', reason: 'x' });
    assert.deepEqual([reason.status, reason.json()['code']], [409, 'refund_conflict']);
  });

  it('may be one of several, up to the amount of the payment and not above', async () => {
    const { paymentRequestId: id } = await paid(shop);
    await refund(shop, id, '1000');
    await refund(shop, id, '900');
    const tooMuch = await refund(shop, id, '81');
    assert.deepEqual([tooMuch.status, tooMuch.json()['code']], [409, 'refund_exceeds_payment']);
    assert.equal((await refund(shop, id, '80')).status, 201);
    await shop.clock.settle();
    assert.equal((await shop.read(id)).refunded.value, '1980');
    assert.equal(returnedThere(shop, id), '1980');
    const nothingLeft = await undo(shop, id);
    assert.deepEqual([nothingLeft.status, nothingLeft.json()['code']], [409, 'not_refundable']);
  });

  it('under way counts as used up, a refused one does not', async () => {
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'result:PROCESS_FAIL:F', call: 'refund' }]);
    await refund(shop, id, '1980', { reference: 'R-A' });
    await shop.clock.settle();
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'refused');
    assert.equal((await shop.read(id)).refunded.value, '0');
    shop.simulator.setFaults([{ name: 'deaf', call: 'refund', times: 0 }]);
    assert.equal((await refund(shop, id, '1980', { reference: 'R-B' })).status, 201);
    assert.equal((await refund(shop, id, '1')).json()['code'], 'refund_exceeds_payment');
  });

  it('is refused for what is not paid, for another currency, and without the right', async () => {
    const open = await shop.place();
    const early = await refund(shop, open.paymentRequestId, '1');
    assert.deepEqual([early.status, early.json()['code']], [409, 'not_refundable']);
    await shop.cancel(open.paymentRequestId);
    await shop.clock.settle();
    const { paymentRequestId: id } = await paid(shop);
    const dollars = await refund(shop, id, '1', { currency: 'USD' });
    assert.deepEqual([dollars.status, dollars.json()['code']], [400, 'invalid_request']);
    const headers = { Authorization: `Bearer ${SECOND_TILL_KEY}` };
    const json = { refundReference: 'R-X', amount: { currency: 'JPY', value: '1' } };
    assert.equal((await shop.till(`/v1/payments/${id}/refunds`, { json, headers })).status, 403);
    assert.equal((await shop.till(`/v1/payments/${id}/undo`, { method: 'POST', headers })).status, 403);
    assert.equal((await shop.till(`/v1/payments/${id}/refunds/R-X`)).status, 404);
    assert.deepEqual(await refunds(shop, id), []);
  });

  it('without an answer is sent again with the same bytes, in the rhythm of cancels', async () => {
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'no_answer', call: 'refund', times: 2 }]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.advance(9_000);
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'in_doubt');
    assert.equal((await shop.read(id)).refunded.value, '0');
    await untilRefund(shop, id, 'R-A', 'refunded');
    const calls = shop.calls('refund', id);
    assert.equal(calls.length, 3);
    assert.equal(new Set(calls.map(({ bodySha256 }) => bodySha256)).size, 1);
    assert.equal(returnedThere(shop, id), '500');
  });

  it('answered U stays pending and is sent again', async () => {
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'result:UNKNOWN_EXCEPTION:U', call: 'refund', times: 2 }]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.settle();
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'pending');
    await untilRefund(shop, id, 'R-A', 'refunded');
    assert.equal(shop.calls('refund', id).length, 3);
  });

  for (const fault of ['unsigned', 'wrong_signature', 'http_500', 'malformed_json', 'unsigned_refusal:PROCESS_FAIL']) {
    it(`answered ${fault} is neither done nor refused, and is sent again`, async () => {
      const { paymentRequestId: id } = await paid(shop);
      shop.simulator.setFaults([{ name: fault, call: 'refund' }]);
      await refund(shop, id, '500', { reference: 'R-A' });
      await shop.clock.settle();
      assert.equal((await readRefund(shop, id, 'R-A')).state, 'in_doubt');
      await untilRefund(shop, id, 'R-A', 'refunded');
      assert.equal(returnedThere(shop, id), '500');
    });
  }

  it('refused after silence is refused only when an inquiry knows of no such refund', async () => {
    const { paymentRequestId: id } = await paid(shop);
    const asked = shop.calls('inquiry', id).length;
    shop.simulator.setFaults([
      { name: 'deaf', call: 'refund' },
      { name: 'result:PROCESS_FAIL:F', call: 'refund', nth: 2 },
    ]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await untilRefund(shop, id, 'R-A', 'refused');
    assert.equal(shop.calls('inquiry', id).length, asked + 1);
    assert.equal(returnedThere(shop, id), '0');
  });

  it('refused after a silence in which it was carried out is found in the inquiry and counted', async () => {
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([
      { name: 'no_answer', call: 'refund' },
      { name: 'processed_result:PROCESS_FAIL:F', call: 'refund', nth: 2 },
    ]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await untilRefund(shop, id, 'R-A', 'refunded');
    const seen = await readRefund(shop, id, 'R-A');
    assert.ok(seen.refundId !== null && seen.refundedAt !== null);
    assert.equal((await shop.read(id)).refunded.value, '500');
  });

  it('refused after silence is known within half a minute of an upstream that answers no inquiry at first', async () => {
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([
      { name: 'no_answer', call: 'refund' },
      { name: 'processed_result:PROCESS_FAIL:F', call: 'refund', nth: 2 },
      { name: 'deaf', call: 'inquiry', times: 2 },
    ]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.advance(40_000);
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'refunded');
  });

  it('answered with the stored refusal of another refund is not refused by it', async () => {
    const { paymentRequestId: other } = await paid(shop);
    shop.simulator.setFaults([{ name: 'result:REFUND_WINDOW_EXCEED:F', call: 'refund' }]);
    await refund(shop, other, '500', { reference: 'R-A' });
    await shop.clock.settle();
    assert.equal((await readRefund(shop, other, 'R-A')).state, 'refused');
    // In the same millisecond two true refusals can be equal.
    await shop.clock.advance(2_000);
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'replayed_answer', call: 'refund' }]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.settle();
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'in_doubt');
    await untilRefund(shop, id, 'R-A', 'refunded');
    assert.equal(returnedThere(shop, id), '500');
  });

  it('is taken up again after a restart, with the same id and bytes', async () => {
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'no_answer', call: 'refund' }]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.settle();
    await shop.restart('thrownAway');
    await untilRefund(shop, id, 'R-A', 'refunded');
    const calls = shop.calls('refund', id);
    assert.ok(calls.length >= 2);
    assert.equal(new Set(calls.map(({ bodySha256 }) => bodySha256)).size, 1);
    assert.equal(returnedThere(shop, id), '500');
  });

  it('stands in the timeline with its messages', async () => {
    const { paymentRequestId: id } = await paid(shop);
    await refund(shop, id, '500');
    await shop.clock.settle();
    const calls = (await shop.timeline(id)).filter(({ detail }) => detail['call'] === 'refund');
    assert.deepEqual(
      calls.map(({ detail }) => detail['phase']),
      ['leaving', 'answered'],
    );
  });
});
