import assert from 'node:assert/strict';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { pausesOf } from '../support/call-times.js';

describe('upstream that falls deaf after the code was shown', () => {
  let shop: Harness;
  let id: string;
  beforeEach(async () => {
    shop = await startHarness();
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    const placed = await shop.place({ expiresInSeconds: 30 });
    assert.equal(placed.state, 'awaiting_payer');
    id = placed.paymentRequestId;
    shop.simulator.setFaults([
      { name: 'lose', times: 0 },
      { name: 'deaf', times: 0 },
    ]);
  });
  afterEach(() => shop.stop());

  const hearAgain = () => shop.simulator.setFaults([{ name: 'lose', times: 0 }]);

  it('leaves no code on the glass after its end, and none with the till', async () => {
    const [glass] = shop.bridge().virtualGlasses('lane-1');
    await shop.clock.advance(30_000);
    assert.notEqual(glass?.frame().kind, 'scan');
    const seen = await shop.read(id);
    assert.equal(seen.orderCode, null);
    assert.equal((await shop.till(`/v1/payments/${id}/code.svg`)).status, 404);
    const blankedAt = glass?.history().findLast(({ frame }) => frame.kind !== 'scan')?.at;
    assert.ok(blankedAt !== undefined && blankedAt <= Date.parse('2026-03-05T02:00:30.000Z'));
  });

  it('comes to a person in time and never to an end by guess', async () => {
    const states = new Set<string>();
    for (let seconds = 0; seconds < 150; seconds += 5) {
      states.add((await shop.read(id)).state);
      await shop.clock.advance(5_000);
    }
    assert.deepEqual([...states], ['awaiting_payer', 'in_doubt', 'cancelling', 'needs_attention']);
    const seen = await shop.read(id);
    assert.equal(seen.next.action, 'ask_back_office');
    assert.equal(seen.next.newSaleAllowed, false);
    assert.equal(seen.customerMayPay, 'possible');
  });

  it('frees the lane for the next customer, and never takes it back', async () => {
    await shop.untilState(id, ['needs_attention'], 200_000);
    const lane = (await shop.till('/v1/lanes/lane-1')).json<{ openPayment: unknown }>();
    assert.equal(lane.openPayment, null);
    hearAgain();
    const next = await shop.place();
    assert.equal(next.state, 'awaiting_payer');
    await shop.untilState(id, ['cancelled', 'failed'], 600_000);
    assert.equal((await shop.read(next.paymentRequestId)).state, 'awaiting_payer');
    const [glass] = shop.bridge().virtualGlasses('lane-1');
    const frame = glass?.frame();
    assert.equal(frame?.kind === 'scan' && frame.codeText, next.orderCode?.value);
  });

  it('finds the right end by itself when it hears again: nobody had paid', async () => {
    await shop.untilState(id, ['needs_attention'], 200_000);
    hearAgain();
    const seen = await shop.untilState(id, ['cancelled', 'failed', 'paid'], 900_000);
    assert.equal(seen.state, 'cancelled');
    assert.deepEqual([seen.cancelledBy, seen.cancelReason], ['bridge', 'deadline']);
    assert.equal(seen.endedBy, 'cancel_answer');
    assert.equal(seen.next.newSaleAllowed, true);
  });

  it('gives the money back when it hears again: it was paid, and the cancel had been sent', async () => {
    shop.simulator.pay(id);
    await shop.untilState(id, ['needs_attention'], 200_000);
    hearAgain();
    const seen = await shop.untilState(id, ['cancelled', 'failed', 'paid'], 900_000);
    assert.equal(seen.state, 'cancelled');
    const order = shop.simulator.order(id);
    assert.deepEqual([order?.state, order?.kept?.value, order?.timesCharged], ['cancelled', '0', 1]);
  });

  it('finds paid when it hears again before a cancel was sent', async () => {
    shop.simulator.pay(id);
    await shop.untilState(id, ['in_doubt'], 60_000);
    hearAgain();
    const seen = await shop.untilState(id, ['cancelled', 'failed', 'paid'], 60_000);
    assert.equal(seen.state, 'paid');
    assert.equal(shop.simulator.order(id)?.kept?.value, '1980');
  });

  it('repeats the same cancel evenly for a minute, then ever more slowly, and asks in between, for ever', async () => {
    await shop.clock.advance(45_000 + 1_300_000);
    assert.equal((await shop.read(id)).state, 'needs_attention');
    const cancels = shop.calls('cancel', id);
    assert.equal(new Set(cancels.map(({ bodySha256 }) => bodySha256)).size, 1);
    // A cancel that waits 8 s for its answer is repeated 10 s after it was sent; from the seventh on the pauses double up to 5 min.
    const pauses = pausesOf(cancels);
    assert.deepEqual(pauses.slice(0, 6), [10, 10, 10, 10, 10, 10], `${pauses}`);
    assert.ok(
      pauses.slice(6).every((pause, index, all) => pause >= (all[index - 1] ?? 10) - 10 && pause <= 320),
      `${pauses}`,
    );
    assert.ok((pauses.at(-1) ?? 0) >= 300, `${pauses}`);
    assert.ok(
      shop.logLines.some((line) => line.includes('"why":"cancel_unanswered"')),
      'an alarm after ten minutes',
    );
    const asked = pausesOf(shop.calls('inquiry', id));
    assert.ok(
      asked.every((pause) => pause <= 310),
      `${asked}`,
    );
    assert.ok(asked.length >= 12);
  });

  it('lets a cashier cancel beside the state, which stays until the answer', async () => {
    await shop.untilState(id, ['needs_attention'], 200_000);
    const answer = await shop.cancel(id);
    assert.equal(answer.status, 202);
    assert.equal(answer.json()['state'], 'needs_attention');
    hearAgain();
    assert.equal((await shop.untilState(id, ['cancelled'], 900_000)).state, 'cancelled');
  });
});
