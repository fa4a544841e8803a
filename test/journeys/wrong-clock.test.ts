import assert from 'node:assert/strict';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';

const MINUTES = 60_000;

for (const offset of [10 * MINUTES, -10 * MINUTES]) {
  describe(`a local clock that is wrong by ${-offset / MINUTES} minutes`, () => {
    let shop: Harness;
    beforeEach(async () => {
      shop = await startHarness({ simulator: { clockOffsetMs: offset } });
    });
    afterEach(() => shop.stop());

    const glass = () => shop.bridge().virtualGlasses('lane-1')[0];
    const timeOf = (index: number) => {
      const headers = shop.simulator.calls().at(index)?.headers ?? {};
      return Date.parse(String(Object.entries(headers).find(([name]) => name.toLowerCase() === 'request-time')?.[1]));
    };

    async function sell(): Promise<SeenPayment> {
      const seen = (await shop.sell({ expiresInSeconds: 60 })).json<SeenPayment & Record<string, unknown>>();
      assert.equal(seen.state, 'awaiting_payer');
      return seen;
    }

    it('is corrected in every time that leaves, as soon as one verified answer was heard', async () => {
      // The first request can not know; nothing but its order's own end depends on it.
      const first = (await shop.sell()).json<SeenPayment & Record<string, unknown>>();
      await shop.cancel(first.paymentRequestId);
      await shop.untilState(first.paymentRequestId, ['cancelled']);
      await sell();
      const upstreamNow = shop.clock.now() + offset;
      assert.ok(Math.abs(timeOf(-1) - upstreamNow) < 2000, 'Request-Time');
      const body = JSON.parse(shop.simulator.calls().at(-1)?.body ?? '{}') as { paymentExpiryTime: string };
      assert.ok(Math.abs(Date.parse(body.paymentExpiryTime) - upstreamNow - 60_000) < 2000, 'paymentExpiryTime');
    });

    it('does not keep a code on the glass, and is told to operations once', async () => {
      const seen = (await shop.sell()).json<SeenPayment & Record<string, unknown>>();
      await shop.clock.until(() => glass()?.frame().kind === 'scan', 'the code on the glass');
      const left = Date.parse(seen.orderCode?.expiresAt ?? '') - (shop.clock.now() + offset);
      assert.ok(left > 170_000 && left <= 180_000, `${left} ms left`);
      await shop.clock.advance(left - 1000);
      assert.equal(glass()?.frame().kind, 'scan');
      await shop.clock.advance(1000);
      await shop.clock.until(() => glass()?.frame().kind !== 'scan', 'the glass blank at expiry');
      const alarms = shop.logLines.filter((line) => line.includes('clock of this machine is wrong'));
      assert.equal(alarms.length, 1, alarms.join(''));
    });

    it('is remembered over a restart', async () => {
      await shop.sell();
      await shop.clock.settle();
      const callsBefore = shop.simulator.calls().length;
      await shop.restart();
      await shop.clock.advanceUntil(() => shop.simulator.calls().length > callsBefore, 'a call after the restart', {
        stepMs: 500,
      });
      assert.ok(Math.abs(timeOf(callsBefore) - (shop.clock.now() + offset)) < 3000, 'the first call after the restart');
    });
  });
}

for (const wrongBy of [-60 * MINUTES, 60 * MINUTES]) {
  describe(`a local clock that was put ${wrongBy / MINUTES} minutes off while the bridge was stopped`, () => {
    let shop: Harness;
    beforeEach(async () => {
      // Ten minutes to begin with, so that the books remember a difference.
      shop = await startHarness({ simulator: { clockOffsetMs: 10 * MINUTES } });
      const { paymentRequestId } = await shop.place();
      shop.simulator.pay(paymentRequestId);
      await shop.untilState(paymentRequestId, ['paid'], 10_000);
      await shop.restart('inOrder', async () => {
        shop.clock.jumpWall(wrongBy);
        shop.simulator.setClockOffset(10 * MINUTES - wrongBy);
      });
    });
    afterEach(() => shop.stop());

    const glass = () => shop.bridge().virtualGlasses('lane-1')[0];

    async function shown(): Promise<SeenPayment> {
      const seen = await shop.place();
      assert.equal(seen.state, 'awaiting_payer');
      await shop.clock.until(() => glass()?.frame().kind === 'scan', 'the code on the glass');
      return seen;
    }

    it('shows the next code to its end and no longer, the upstream being dead', async () => {
      const { paymentRequestId: id } = await shown();
      shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
      await shop.simulator.setReachable(false);
      await shop.clock.advance(176_000);
      assert.equal(glass()?.frame().kind, 'scan');
      await shop.clock.advance(5000);
      assert.notEqual(glass()?.frame().kind, 'scan');
      assert.equal((await shop.read(id)).orderCode, null);
    });

    it('does not end the next sale early, the upstream being there', async () => {
      const { paymentRequestId: id } = await shown();
      await shop.clock.advance(20_000);
      assert.ok(shop.calls('inquiry', id).length > 0);
      assert.equal((await shop.read(id)).state, 'awaiting_payer');
      assert.equal(glass()?.frame().kind, 'scan');
      shop.simulator.pay(id);
      assert.equal((await shop.untilState(id, ['paid'], 10_000)).state, 'paid');
    });
  });
}

describe('a local clock that was put an hour back while the bridge was stopped and a code stood', () => {
  it('keeps the code no longer than it is good, the upstream being dead, and ends nothing by it', async () => {
    const shop = await startHarness();
    try {
      const { paymentRequestId: id } = await shop.place();
      const glass = () => shop.bridge().virtualGlasses('lane-1')[0];
      await shop.clock.until(() => glass()?.frame().kind === 'scan', 'the code on the glass');
      shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
      await shop.simulator.setReachable(false);
      await shop.restart('inOrder', async () => shop.clock.jumpWall(-60 * MINUTES));
      await shop.clock.until(() => glass()?.frame().kind === 'scan', 'the code on the glass again');
      await shop.clock.advance(181_000);
      assert.notEqual(glass()?.frame().kind, 'scan');
      assert.notEqual((await shop.read(id)).state, 'cancelled');
      shop.simulator.setClockOffset(60 * MINUTES);
      shop.simulator.setFaults([]);
      await shop.simulator.setReachable(true);
      await shop.untilState(id, ['cancelled']);
    } finally {
      await shop.stop();
    }
  });
});
