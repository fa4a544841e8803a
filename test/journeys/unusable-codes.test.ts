import assert from 'node:assert/strict';
import type { Fault } from '#src/simulator/fault-plan.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';

const UNUSABLE: ReadonlyArray<readonly [string, string]> = [
  ['no_code', 'code_missing'],
  ['image_only_code', 'code_missing'],
  ['long_code:2954', 'code_too_long'],
  ['other_amount', 'amount_differs'],
  ['other_currency', 'amount_differs'],
  ['other_acquirer', 'id_conflict'],
];

describe('code that cannot be used', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness();
  });
  afterEach(() => shop.stop());

  const play = (...faults: Fault[]) => assert.equal(shop.simulator.setFaults(faults), undefined);

  for (const [name, cancelReason] of UNUSABLE) {
    it(`(${name}) is never shown: one inquiry, one cancel, ${cancelReason}`, async () => {
      play({ name, call: 'pay' });
      const placed = await shop.place();
      const seen = await shop.untilState(placed.paymentRequestId, ['cancelled', 'failed', 'paid'], 10_000);
      assert.equal(seen.state, 'cancelled');
      assert.equal(seen.cancelReason, cancelReason);
      assert.equal(seen.cancelledBy, 'bridge');
      assert.equal(seen.next.action, 'start_new_sale');
      assert.deepEqual(
        shop.calls().map(({ call }) => call),
        ['pay', 'inquiry', 'cancel'],
      );
      const [glass] = shop.bridge().virtualGlasses('lane-1');
      assert.ok(!glass?.history().some(({ frame }) => frame.kind === 'scan'));
    });

    it(`(${name}) does not keep money from counting that was paid before the cancel`, async () => {
      play({ name, call: 'pay' }, { name: 'before_answer' }, { name: 'lose', times: 0 });
      const placed = await shop.place();
      const seen = await shop.untilState(placed.paymentRequestId, ['cancelled', 'failed', 'paid'], 10_000);
      assert.equal(seen.state, 'paid');
      assert.equal(shop.calls('cancel').length, 0);
    });
  }

  it('of exactly 2,953 bytes is shown', async () => {
    play({ name: 'long_code:2953', call: 'pay' });
    const seen = await shop.place();
    assert.equal(seen.state, 'awaiting_payer');
    assert.equal(Buffer.byteLength(seen.orderCode?.value ?? ''), 2953);
  });

  it('is not a code with odd characters: it goes through to till and glass unchanged', async () => {
    play({ name: 'odd_code', call: 'pay' });
    const seen = await shop.place();
    const code = shop.simulator.orders()[0]?.code;
    assert.equal(seen.orderCode?.value, code);
    const [glass] = shop.bridge().virtualGlasses('lane-1');
    await shop.clock.until(() => glass?.frame().kind === 'scan', 'the code on the glass');
    const frame = glass?.frame();
    assert.equal(frame?.kind === 'scan' && frame.codeText, code);
  });

  it('is not a code without an end: it lives for 180 s from the answer', async () => {
    play({ name: 'no_expire_time', call: 'pay' });
    const at = shop.clock.now();
    const seen = await shop.place();
    assert.equal(Date.parse(seen.orderCode?.expiresAt ?? ''), at + 180_000);
  });

  it('that has run out when it comes is never shown', async () => {
    const slow = await startHarness({ timing: { answerTimeoutMs: { pay: 40_000 } } });
    try {
      slow.simulator.setFaults([
        { name: 'late_answer:35000', call: 'pay' },
        { name: 'lose', times: 0 },
      ]);
      const { paymentRequestId: id } = await slow.place({ expiresInSeconds: 30 });
      const ended = await slow.untilState(id, ['failed', 'cancelled'], 60_000);
      const moves = (await slow.timeline(id))
        .filter(({ detail }) => detail['decision'] === 'moved')
        .map(({ detail }) => detail['to']);
      assert.deepEqual(moves, ['received', 'submitting', 'in_doubt', 'failed']);
      assert.deepEqual(ended.failure, { reason: 'expired', resultCode: 'ORDER_IS_CLOSED', advice: 'new_sale_may_work' });
      const [glass] = slow.bridge().virtualGlasses('lane-1');
      assert.ok(!glass?.history().some(({ frame }) => frame.kind === 'scan'));
    } finally {
      await slow.stop();
    }
  });
});
