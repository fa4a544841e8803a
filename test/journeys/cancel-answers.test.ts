import assert from 'node:assert/strict';
import type { Fault } from '#src/simulator/fault-plan.js';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';

/** What the inquiry after the cancel says, whatever the simulator's own books say. */
const says = (name: string, nth = 2): Fault => ({ name, call: 'inquiry', nth, times: 0 });
const PAID = 'payment_result:SUCCESS:S';
const CLOSED = 'payment_result:ORDER_IS_CLOSED:F';
const OPEN = 'payment_result:PAYMENT_IN_PROCESS:U';
const NOTHING_THERE = 'result:ORDER_NOT_EXIST:F';
const twoDeaf: Fault = { name: 'deaf', call: 'inquiry', nth: 2, times: 2 };

describe('refused cancel', () => {
  let shop: Harness;
  let id: string;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
    id = (await shop.place({ expiresInSeconds: 30 })).paymentRequestId;
  });
  afterEach(() => shop.stop());

  /** The till cancels; the cancel is answered with `answer`; the inquiry before it finds the order open, those after it `says`. */
  async function cancelled(answer: string, ...says: Fault[]): Promise<SeenPayment> {
    const wrong = shop.simulator.setFaults([
      { name: 'lose', times: 0 },
      { name: `result:${answer}:F`, call: 'cancel', times: 0 },
      { name: OPEN, call: 'inquiry' },
      ...says,
    ]);
    assert.equal(wrong, undefined);
    assert.equal((await shop.cancel(id)).status, 202);
    await shop.clock.settle();
    return shop.read(id);
  }

  const kinds = () => shop.calls(undefined, id).map(({ call }) => call);

  for (const answer of ['CANCEL_WINDOW_EXCEED', 'PROCESS_FAIL', 'ACCESS_DENIED', 'INVALID_SIGNATURE', 'BRAND_NEW']) {
    it(`with ${answer} and an inquiry that says paid is paid`, async () => {
      const seen = await cancelled(answer, says(PAID));
      assert.equal(seen.state, 'paid');
      assert.equal(seen.endedBy, 'inquiry');
      assert.deepEqual(kinds(), ['pay', 'inquiry', 'cancel', 'inquiry']);
    });

    it(`with ${answer} and an inquiry that says open needs a person, who frees the lane`, async () => {
      const seen = await cancelled(answer, says(OPEN));
      assert.equal(seen.state, 'needs_attention');
      assert.equal((await shop.place()).state, 'awaiting_payer');
    });

    it(`with ${answer} is asked about again until the inquiry is answered`, async () => {
      const seen = await cancelled(answer, twoDeaf, says(PAID, 4));
      assert.equal(seen.state, 'cancelling');
      assert.equal((await shop.untilState(id, ['paid', 'needs_attention'], 60_000)).state, 'paid');
      assert.equal(shop.calls('cancel', id).length, 1, 'a refused cancel is not repeated');
    });
  }

  it('because the window is over, with an inquiry that says closed, is failed as expired', async () => {
    const seen = await cancelled('CANCEL_WINDOW_EXCEED', says(CLOSED));
    assert.equal(seen.state, 'failed');
    assert.deepEqual(seen.failure, { reason: 'expired', resultCode: 'ORDER_IS_CLOSED', advice: 'new_sale_may_work' });
  });

  it('for any other reason, with an inquiry that says closed, needs a person first', async () => {
    assert.equal((await cancelled('PROCESS_FAIL', says(CLOSED))).state, 'needs_attention');
    assert.ok(shop.logLines.some((line) => line.includes('"why":"cancel_refused"')));
  });

  it('because the payer has declined ends soon after the order, however rare cancels have become', async () => {
    await shop.stop();
    shop = await startHarness({ displays: [], timing: { cancelEveryMs: 6000 } });
    const placedAt = shop.clock.now();
    id = (await shop.place({ expiresInSeconds: 180 })).paymentRequestId;
    await cancelled('ORDER_IS_CLOSED', says(CLOSED));
    await shop.untilState(id, ['cancelled'], 240_000);
    const lasted = shop.clock.now() - placedAt;
    assert.ok(lasted >= 180_000 && lasted < 200_000, `${lasted} ms`);
  });

  for (const answer of ['ORDER_NOT_EXIST', 'ORDER_IS_CLOSED']) {
    it(`with ${answer} before the end of the order is no end: the same cancel goes on`, async () => {
      const seen = await cancelled(answer, says(NOTHING_THERE));
      assert.equal(seen.state, 'cancelling');
      await shop.clock.advance(20_000);
      assert.equal((await shop.read(id)).state, 'cancelling');
      assert.equal(shop.calls('cancel', id).length, 3);
    });

    it(`with ${answer} after the end of the order is cancelled once an inquiry says unpaid`, async () => {
      await cancelled(answer, says(NOTHING_THERE));
      const seen = await shop.untilState(id, ['cancelled', 'failed', 'needs_attention'], 60_000);
      assert.equal(seen.state, 'cancelled');
      assert.ok(shop.clock.now() >= Date.parse('2026-03-05T02:00:30.000Z'));
      assert.deepEqual(kinds().slice(-2), ['cancel', 'inquiry']);
    });

    it(`with ${answer} after the end of the order is paid when the inquiry says so`, async () => {
      await cancelled(answer, says(PAID));
      const seen = await shop.untilState(id, ['cancelled', 'paid', 'needs_attention'], 60_000);
      assert.equal(seen.state, 'paid');
    });

    it(`with ${answer} after the end of the order needs a person while the inquiry says open`, async () => {
      await cancelled(answer, says(OPEN));
      const seen = await shop.untilState(id, ['cancelled', 'paid', 'needs_attention'], 60_000);
      assert.equal(seen.state, 'needs_attention');
    });

    it(`with ${answer} after the end of the order says nothing while the inquiry is not answered`, async () => {
      await cancelled(answer, twoDeaf, says(CLOSED, 4));
      await shop.clock.advance(31_000);
      assert.equal((await shop.read(id)).state, 'cancelling');
      const seen = await shop.untilState(id, ['cancelled', 'paid', 'needs_attention'], 60_000);
      assert.equal(seen.state, 'cancelled');
    });
  }

  it('after the real 00:15 of the next day leaves a paid payment paid', async () => {
    const wrong = shop.simulator.setFaults([
      { name: 'lose', times: 0 },
      { name: 'deaf', call: 'inquiry', times: 0 },
    ]);
    assert.equal(wrong, undefined);
    shop.simulator.pay(id);
    await shop.simulator.setReachable(false);
    // From 10:00 to 00:20 in UTC+8 the line is dead.
    await shop.untilState(id, ['needs_attention'], 300_000);
    shop.clock.jumpWall(15 * 3_600_000);
    shop.simulator.setFaults([]);
    await shop.simulator.setReachable(true);
    const seen = await shop.untilState(id, ['paid', 'failed', 'cancelled'], 900_000);
    assert.equal(seen.state, 'paid');
    assert.equal(shop.simulator.order(id)?.kept?.value, '1980');
  });
});

describe('an answer to a cancel that comes again', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    const { paymentRequestId } = await shop.place();
    await shop.cancel(paymentRequestId);
    await shop.untilState(paymentRequestId, ['cancelled'], 5_000);
    await shop.clock.advance(2_000);
  });
  afterEach(() => shop.stop());

  for (const when of ['in the same life', 'after a restart'])
    it(`for another order ${when} cancels nothing: the same cancel goes on, and this order is cancelled, too`, async () => {
      if (when === 'after a restart') await shop.restart('thrownAway');
      shop.simulator.setFaults([
        { name: 'lose', times: 0 },
        { name: 'replayed_answer', call: 'cancel' },
      ]);
      const { paymentRequestId: id } = await shop.place();
      assert.equal((await shop.cancel(id)).status, 202);
      await shop.clock.settle();
      assert.equal((await shop.read(id)).state, 'cancelling');
      await shop.untilState(id, ['cancelled'], 60_000);
      assert.equal(shop.simulator.order(id)?.state, 'cancelled');
      assert.equal(shop.calls('cancel', id).length, 2);
    });
});
