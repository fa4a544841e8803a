import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Harness, startHarness } from '../support/bridge-harness.js';

describe('books after a sale with trouble', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
  });
  afterEach(() => shop.stop());

  it('hold every message that left or came, with its exact bytes and its verdict', async () => {
    shop.simulator.setFaults([
      { name: 'half_answer', call: 'pay' },
      { name: 'wrong_signature', call: 'pay', nth: 2 },
    ]);
    const { paymentRequestId: id } = await shop.place({ description: 'Matcha set 抹茶' });
    await shop.untilState(id, ['awaiting_payer'], 20_000);
    await shop.clock.advance(5_500);
    await shop.cancel(id);
    await shop.clock.settle();
    await shop.simulator.inventNotification(id, 'SUCCESS', 'S');
    await shop.clock.settle();
    const timeline = await shop.timeline(id);
    const messages = timeline.filter(({ what, detail }) => what === 'message' && detail['phase'] !== 'leaving');
    const calls = shop.calls(undefined, id);
    assert.deepEqual(
      messages.map(({ detail }) => detail['call']),
      calls.map(({ call }) => call),
    );
    for (const [index, { detail }] of messages.entries()) {
      const call = calls[index];
      assert.ok(call !== undefined);
      assert.equal(detail['requestBody'], call.body);
      assert.equal(detail['bodySha256'], call.bodySha256);
      const sent = detail['requestHeaders'] as Record<string, string>;
      assert.equal(sent['Signature'], call.headers['signature']);
      assert.equal(sent['Request-Time'], call.headers['request-time']);
      if (call.answer?.kind !== 'answered') continue;
      assert.equal(detail['answerBody'], call.answer.body);
      assert.equal(detail['status'], call.answer.status);
    }
    assert.deepEqual(
      messages.map(({ detail }) => detail['verdict'] ?? detail['silence']),
      ['brokenOff: UND_ERR_SOCKET', 'bad: mismatch', 'good', 'good', 'good', 'good', 'good'],
    );
  });

  it('have a line before every call leaves, and one after', async () => {
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    const { paymentRequestId: id } = await shop.place();
    await shop.clock.advance(5_100);
    const phases = (await shop.timeline(id)).flatMap(({ what, detail }) =>
      what === 'message' ? [`${String(detail['call'])} ${String(detail['phase'])}`] : [],
    );
    assert.deepEqual(phases, ['pay leaving', 'pay answered', 'inquiry leaving', 'inquiry answered']);
  });

  it('hold each notification as it came, headers and bytes', async () => {
    const { paymentRequestId: id } = await shop.place();
    shop.simulator.pay(id);
    await shop.clock.until(async () => (await shop.read(id)).state === 'paid', 'paid');
    const [kept] = (await shop.timeline(id)).filter(({ what }) => what === 'notification');
    const [delivery] = shop.simulator.notifications()[0]?.deliveries ?? [];
    assert.equal(kept?.detail['body'], delivery?.body);
    assert.equal(
      kept?.detail['bodySha256'],
      createHash('sha256')
        .update(delivery?.body ?? '')
        .digest('hex'),
    );
    const headers = kept?.detail['headers'] as Record<string, string>;
    for (const [name, value] of delivery?.headers ?? []) assert.equal(headers[name], value, name);
  });

  it('keep both clocks beside every move', async () => {
    shop.simulator.setClockOffset(120_000);
    const { paymentRequestId: id } = await shop.place();
    await shop.clock.advance(5_100);
    const moves = (await shop.timeline(id)).filter(({ what }) => what === 'journal');
    const last = moves.at(-1);
    assert.equal(Number(last?.detail['upstreamAt']) - (last?.at ?? 0), 120_000);
  });
});

describe('single answer with a stale time', () => {
  it('moves neither the clock nor the end of a code', async () => {
    const shop = await startHarness();
    try {
      shop.simulator.setFaults([
        { name: 'lose', times: 0 },
        { name: 'stale_time:3600000', call: 'inquiry' },
        { name: 'deaf', call: 'inquiry', nth: 3, times: 0 },
      ]);
      const placed = await shop.place({ expiresInSeconds: 30 });
      const [glass] = shop.bridge().virtualGlasses('lane-1');
      await shop.clock.advance(29_900);
      assert.equal(glass?.frame().kind, 'scan');
      await shop.clock.advance(100);
      assert.notEqual(glass?.frame().kind, 'scan');
      assert.equal((await shop.read(placed.paymentRequestId)).orderCode, null);
      assert.ok(!shop.logLines.some((line) => line.includes('clock of this machine')));
    } finally {
      await shop.stop();
    }
  });
});
