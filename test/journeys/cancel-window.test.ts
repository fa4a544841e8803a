import assert from 'node:assert/strict';
import { addMs, type Instant, parseIsoTime } from '#src/base/clock.js';
import { undoWay } from '#src/payment/decide-undo.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { paid, undo, untilUndo } from '../support/money-back.js';
import { samplePayment } from '../support/payment-samples.js';

function at(text: string): Instant {
  const time = parseIsoTime(text);
  assert.ok(time !== undefined, text);
  return time;
}

describe('the cancel window of an undo', () => {
  it('is chosen right at every second from 23:59:59 to 00:15:01 in UTC+8, on either side of midnight', () => {
    const { life } = samplePayment('paid');
    for (const paidAt of [at('2026-03-05T23:59:57+08:00'), at('2026-03-05T23:59:59+08:00'), at('2026-03-06T00:00:00+08:00')]) {
      const facts = life.paid && { ...life.paid, paidAt };
      for (let now = at('2026-03-05T23:59:59+08:00'); now <= at('2026-03-06T00:15:01+08:00'); now = addMs(now, 1_000)) {
        if (now < paidAt) continue;
        // Whose day the payment belongs to, and how far into the next one it is, from the digits of the wall clock there.
        const digits = (time: number) => new Date(time + 8 * 3_600_000).toISOString();
        const isSameDay = digits(paidAt).slice(0, 10) === digits(now).slice(0, 10);
        const expected = isSameDay || digits(now).slice(11, 16) < '00:15' ? 'cancel' : 'refund';
        // What this machine believes to be the time does not matter.
        const moment = { local: addMs(now, -3_600_000), upstream: now };
        assert.equal(undoWay({ ...life, paid: facts }, moment), expected, `${digits(paidAt)} ${digits(now)}`);
      }
    }
  });

  describe('against the upstream, which keeps a calendar of its own', () => {
    let shop: Harness;
    beforeEach(async () => {
      shop = await startHarness({ displays: [] });
    });
    afterEach(() => shop.stop());

    for (const [paidAt, undoneAt, by] of [
      ['23:59:50', '00:14:58', 'cancel'],
      ['23:59:50', '00:15:01', 'refund'],
      ['00:00:01', '00:15:01', 'cancel'],
    ] as const) {
      it(`money paid at ${paidAt} and undone at ${undoneAt} goes back by ${by}, once`, async () => {
        const day = (time: string) => at(`2026-03-0${time > '12' ? 5 : 6}T${time}+08:00`);
        shop.clock.jumpWall(day(paidAt) - 2_000 - shop.clock.now());
        await shop.clock.settle();
        const { paymentRequestId: id } = await shop.place();
        await shop.clock.advance(Math.max(0, day(paidAt) - shop.clock.now()));
        shop.simulator.pay(id);
        await shop.clock.until(async () => (await shop.read(id)).state === 'paid', 'paid');
        await shop.clock.advance(day(undoneAt) - shop.clock.now());
        await undo(shop, id);
        const seen = await untilUndo(shop, id, 'done');
        assert.equal(seen.undo?.by, by);
        assert.equal(shop.calls(by, id).length, 1);
        assert.equal(shop.calls(by === 'cancel' ? 'refund' : 'cancel', id).length, 0, 'the first choice was the right one');
        assert.equal(shop.simulator.order(id)?.kept?.value, '0');
      });
    }

    it('that closes while the cancel goes unanswered turns it into a refund, once', async () => {
      shop.clock.jumpWall(at('2026-03-06T00:14:40+08:00') - 3_600_000 - shop.clock.now());
      const { paymentRequestId: id } = await paid(shop);
      await shop.clock.advance(at('2026-03-06T00:14:50+08:00') - shop.clock.now());
      shop.simulator.setFaults([{ name: 'deaf', call: 'cancel', times: 2 }]);
      await undo(shop, id);
      const seen = await untilUndo(shop, id, 'done');
      assert.equal(seen.undo?.by, 'refund');
      assert.equal(shop.simulator.order(id)?.refunded?.value, '1980');
    });
  });
});
