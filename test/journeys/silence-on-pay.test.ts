import assert from 'node:assert/strict';
import type { Fault } from '#src/simulator/fault-plan.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';

/** Answers to `pay` that count as none although something came back or the order was placed. */
const NO_RESULT: readonly Fault['name'][] = [
  'no_answer',
  'deaf',
  'reset',
  'reset_after',
  'half_answer',
  'closed',
  'trickle:20000',
  'late_answer:20000',
  'processed_late:9500',
  'http_500',
  'http_503_after',
  'http_302',
  'odd_status:202',
  'odd_status:400',
  'malformed_json',
  'empty_body',
  'huge_body:4194304',
  'unsigned',
  'wrong_signature',
  'stranger_signature',
  'signed_by_client_key',
  'wrong_path_signed',
  'time_swapped',
  'no_response_time',
  'other_client',
  'numeric_amount',
  'unsigned_refusal:RISK_REJECT',
  'unsigned_refusal:INVALID_SIGNATURE',
  'replayed_answer',
];
const UNVERIFIED = /signature|signed|swapped/;

describe('silence on pay', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
  });
  afterEach(() => shop.stop());

  it('places one order with three sends of the same bytes, each signed and timed anew', async () => {
    shop.simulator.setFaults([{ name: 'no_answer', call: 'pay', times: 2 }]);
    const { paymentRequestId: id } = await shop.place();
    const seen = await shop.untilState(id, ['awaiting_payer'], 30_000);
    assert.equal(seen.sends, 3);
    assert.equal(shop.simulator.orders().length, 1);
    assert.equal(seen.orderCode?.value, shop.simulator.orders()[0]?.code);
    const sends = shop.calls('pay');
    assert.deepEqual(
      sends.map(({ signature }) => signature),
      ['good', 'good', 'good'],
    );
    assert.equal(new Set(sends.map(({ bodySha256 }) => bodySha256)).size, 1);
    assert.equal(new Set(sends.map(({ headers }) => headers['signature'])).size, 3);
    assert.equal(new Set(sends.map(({ headers }) => headers['request-time'])).size, 3);
    // 8 s of patience, 1 s of pause, 8 s, 3 s (order-code reference 1.4 and 3.4).
    const began = Date.parse(sends[0]?.at ?? '');
    assert.deepEqual(
      sends.map(({ at }) => Date.parse(at) - began),
      [0, 9_000, 20_000],
    );
  });

  for (const name of NO_RESULT) {
    it(`takes ${name} for no result: the same bytes again, then the code`, async () => {
      if (name === 'replayed_answer') {
        const before = await shop.place();
        await shop.cancel(before.paymentRequestId);
        await shop.clock.settle();
      }
      // Time stands still here; the two times have to differ for a swap to be one.
      if (name === 'time_swapped') shop.simulator.setClockOffset(7);
      shop.simulator.setFaults([{ name, call: 'pay' }]);
      const { paymentRequestId: id } = await shop.place();
      const early = await shop.read(id);
      assert.equal(early.state, 'submitting');
      assert.equal(early.orderCode, null);
      if (UNVERIFIED.test(name)) {
        const { call, verified, resultCode } = early.lastResult ?? {};
        assert.deepEqual({ call, verified, resultCode }, { call: 'pay', verified: false, resultCode: null });
      }
      const seen = await shop.untilState(id, ['awaiting_payer', 'failed', 'in_doubt'], 12_000);
      assert.equal(seen.state, 'awaiting_payer');
      assert.equal(seen.sends, 2);
      assert.equal(seen.orderCode?.value, shop.simulator.order(id)?.code);
      assert.equal(new Set(shop.calls('pay', id).map(({ bodySha256 }) => bodySha256)).size, 1);
      assert.equal(shop.simulator.orders().filter(({ paymentRequestId }) => paymentRequestId === id).length, 1);
    });
  }

  it('takes an answer with unknown fields for what it is', async () => {
    shop.simulator.setFaults([{ name: 'unknown_fields', call: 'pay' }]);
    assert.equal((await shop.place()).state, 'awaiting_payer');
  });

  it('asks at once when all sends are spent, and cancels an order whose code never came', async () => {
    shop.simulator.setFaults([{ name: 'no_answer', call: 'pay', times: 0 }]);
    const { paymentRequestId: id } = await shop.place();
    const seen = await shop.untilState(id, ['cancelled'], 60_000);
    assert.equal(seen.cancelReason, 'code_missing');
    assert.equal(seen.cancelledBy, 'bridge');
    assert.equal(seen.sends, 3);
    assert.deepEqual(
      shop.calls(undefined, id).map(({ call }) => call),
      ['pay', 'pay', 'pay', 'inquiry', 'cancel'],
    );
    assert.equal(shop.simulator.order(id)?.state, 'cancelled');
  });

  it('waits for the deadline when nobody knows the order, and then cancels what may still come into being', async () => {
    shop.simulator.setFaults([{ name: 'deaf', call: 'pay', times: 0 }]);
    const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
    await shop.untilState(id, ['in_doubt'], 30_000);
    const seen = await shop.untilState(id, ['cancelled'], 60_000);
    assert.equal(seen.cancelReason, 'deadline');
    assert.equal(shop.calls('pay', id).length, 3);
    const [order] = shop.simulator.orders();
    assert.deepEqual({ state: order?.state, code: order?.code }, { state: 'cancelled', code: null });
  });

  it('never sends more often than it may, and never a minute after the first send', async () => {
    shop.simulator.setFaults([{ name: 'reset', call: 'pay', times: 0 }]);
    const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
    await shop.untilState(id, ['cancelled'], 120_000);
    assert.equal(shop.calls('pay', id).length, 3);
  });

  it('calls the upstream signed, in its media type, without a query and as nobody else', async () => {
    await shop.place();
    const [call] = shop.calls('pay');
    assert.equal(call?.path, '/aps/api/v1/payments/pay');
    assert.equal(call?.method, 'POST');
    assert.equal(call?.headers['content-type'], 'application/json; charset=UTF-8');
    assert.equal(call?.headers['client-id'], 'SANDBOX_0TESTONLY0000001');
    assert.deepEqual(call?.remarks, []);
  });
});
