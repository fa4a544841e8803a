import assert from 'node:assert/strict';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { secondsOf } from '../support/call-times.js';

describe('shop whose notifications never arrive', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness();
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
  });
  afterEach(() => shop.stop());

  it('learns by inquiry that it was paid, with everything the upstream told', async () => {
    const { paymentRequestId: id } = await shop.place();
    await shop.clock.advance(10_000);
    shop.simulator.pay(id);
    const seen = await shop.untilState(id, ['paid'], 10_000);
    assert.equal(seen.endedBy, 'inquiry');
    assert.equal(seen.next.action, 'hand_over_goods');
    assert.equal(seen.paidAt, '2026-03-05T02:00:10.000Z');
    assert.ok(seen.walletBrandName !== null);
    assert.equal(seen.paymentId, shop.simulator.order(id)?.paymentId);
    const asked = shop.calls('inquiry').length;
    await shop.clock.advance(60_000);
    assert.equal(shop.calls('inquiry').length, asked, 'nobody asks about a payment that is over');
  });

  it('asks 5 s after the code, every 3 s for half a minute, then every 5 s, and twice after the end', async () => {
    const placed = await shop.place();
    await shop.untilState(placed.paymentRequestId, ['failed', 'cancelled'], 300_000);
    const asked = secondsOf(shop.calls('inquiry'), '2026-03-05T02:00:00.000Z');
    const dense = [5, 8, 11, 14, 17, 20, 23, 26, 29];
    assert.deepEqual(asked.slice(0, dense.length), dense);
    const later = asked.slice(dense.length).filter((at) => at < 180);
    assert.equal(later[0], 32);
    assert.ok(
      later.slice(1).every((at, index) => at - (later[index] ?? 0) === 5),
      `${later}`,
    );
    assert.deepEqual(
      asked.filter((at) => at >= 180),
      [185],
      'the order is closed there, and the inquiry after expiry hears it',
    );
  });

  it('ends a sale nobody paid as expired, by the inquiry after the expiry', async () => {
    const placed = await shop.place({ expiresInSeconds: 30 });
    const seen = await shop.untilState(placed.paymentRequestId, ['failed', 'cancelled'], 120_000);
    assert.deepEqual(seen.failure, { reason: 'expired', resultCode: 'ORDER_IS_CLOSED', advice: 'new_sale_may_work' });
    assert.equal(seen.endedBy, 'inquiry');
    assert.equal(seen.next.action, 'start_new_sale');
  });

  for (const name of ['payment_result:PAYMENT_IN_PROCESS:U', 'no_payment_result', 'result:ORDER_NOT_EXIST:F']) {
    it(`(inquiries answer ${name}) blanks the glass at expiry, doubts, and cancels at the deadline`, async () => {
      shop.simulator.setFaults([
        { name: 'lose', times: 0 },
        { name, call: 'inquiry', times: 0 },
        { name: 'processed_result:SUCCESS:S', call: 'cancel', times: 0 },
      ]);
      const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
      const [glass] = shop.bridge().virtualGlasses('lane-1');
      await shop.clock.advance(29_900);
      assert.equal(glass?.frame().kind, 'scan');
      await shop.clock.advance(100);
      assert.notEqual(glass?.frame().kind, 'scan');
      const expired = await shop.read(id);
      assert.deepEqual([expired.state, expired.orderCode], ['in_doubt', null]);
      assert.equal(expired.customerMayPay, 'possible');
      await shop.clock.advance(14_900);
      assert.equal((await shop.read(id)).state, 'in_doubt');
      assert.equal(shop.calls('cancel').length, 0);
      await shop.clock.advance(100);
      const seen = await shop.read(id);
      assert.equal(seen.state, 'cancelled');
      assert.deepEqual([seen.cancelledBy, seen.cancelReason], ['bridge', 'deadline']);
      const after = shop.calls().filter(({ at }) => at >= '2026-03-05T02:00:30.000Z');
      assert.deepEqual(
        after.map(({ call, at }) => `${call} ${at.slice(17, 19)}`),
        ['inquiry 35', 'inquiry 45', 'cancel 45'],
      );
    });
  }

  it('goes on asking when the question is refused, and raises an alarm', async () => {
    shop.simulator.setFaults([
      { name: 'lose', times: 0 },
      { name: 'result:ACCESS_DENIED:F', call: 'inquiry', times: 3 },
    ]);
    const { paymentRequestId: id } = await shop.place();
    shop.simulator.pay(id);
    await shop.clock.advance(12_000);
    assert.equal((await shop.read(id)).state, 'awaiting_payer');
    assert.ok(shop.logLines.some((line) => line.includes('"why":"inquiry_refused"')));
    assert.equal((await shop.untilState(id, ['paid'], 10_000)).endedBy, 'inquiry');
  });

  for (const name of [
    'unsigned',
    'wrong_signature',
    'http_500',
    'half_answer',
    'malformed_json',
    'other_amount',
    'other_acquirer',
    'other_payment_id',
    'other_request_id',
    'other_client',
    'no_amount',
    'numeric_amount',
    'no_response_time',
    'odd_status:202',
    'closed',
  ]) {
    it(`takes no word of money from an inquiry that came back as ${name}`, async () => {
      const { paymentRequestId: id } = await shop.place();
      shop.simulator.setFaults([
        { name, call: 'inquiry', times: 3 },
        { name: 'lose', times: 0 },
      ]);
      shop.simulator.pay(id);
      await shop.clock.advance(11_500);
      assert.equal(shop.calls('inquiry').length, 3);
      assert.equal((await shop.read(id)).state, 'awaiting_payer');
      const seen = await shop.untilState(id, ['paid'], 10_000);
      const odd = name.startsWith('other_') && name !== 'other_client';
      assert.deepEqual(
        seen.alerts.map(({ kind }) => kind),
        odd ? ['amount_differs'] : [],
        'what did not fit is told once the payment is final',
      );
      assert.equal(seen.next.action, odd ? 'ask_back_office' : 'hand_over_goods');
    });
  }
});
