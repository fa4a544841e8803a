import assert from 'node:assert/strict';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';
import type { HttpAnswer } from '../support/http-call.js';
import { paid, refund, refunds, returnedThere, undo } from '../support/money-back.js';
import { seededSuite } from '../support/seeded.js';

const AMOUNT = 1980;
const AT_A_TIME = 60;

onEitherBooks('many refunds of one payment at once', (books) => {
  const seeded = seededSuite();
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ books, displays: [] });
  });
  afterEach(() => shop.stop());

  /** All at once, then as many at a time as may pass, until each is answered for good: 429 and 503 say that it may come again. */
  async function answered(calls: readonly (() => Promise<HttpAnswer>)[]): Promise<HttpAnswer[]> {
    const last: HttpAnswer[] = [];
    let left = calls.map((call, index) => ({ call, index }));
    for (let rounds = 0; left.length > 0; rounds += 1) {
      assert.ok(rounds < 400, `${left.length} calls are not answered`);
      const calling = rounds === 0 ? left : left.slice(0, AT_A_TIME);
      const tried = await Promise.all(calling.map(async (one) => ({ ...one, answer: await one.call() })));
      for (const { index, answer } of tried) last[index] = answer;
      const again = tried.filter(({ answer }) => answer.status === 429 || answer.status === 503);
      left = [...again, ...left.slice(calling.length)];
      await shop.clock.advance(1_000);
    }
    return last;
  }

  async function untilQuiet(id: string): Promise<void> {
    await shop.clock.advanceUntil(
      async () => (await refunds(shop, id)).every(({ state }) => state === 'refunded' || state === 'refused'),
      'all refunds have ended',
      { stepMs: 5_000, limitMs: 3_600_000 },
    );
  }

  it('a thousand calls never give back more than was paid', async function () {
    this.timeout(240_000);
    const { paymentRequestId: id } = await paid(shop);
    const wishes = Array.from({ length: 1_000 }, (_unused, index) => ({
      reference: `R-${index % 700}`,
      value: String((index % 700) % 90 || 1),
    }));
    const answers = await answered(
      wishes.map(
        ({ reference, value }) =>
          () =>
            refund(shop, id, value, { reference }),
      ),
    );
    for (const { status } of answers) assert.ok([200, 201, 409].includes(status), String(status));
    await untilQuiet(id);
    const all = await refunds(shop, id);
    const sum = all.reduce((total, { amount, state }) => total + (state === 'refused' ? 0 : Number(amount.value)), 0);
    const seen = await shop.read(id);
    assert.equal(seen.refunded.value, String(sum));
    assert.equal(returnedThere(shop, id), String(sum));
    assert.ok(sum <= AMOUNT && sum > AMOUNT - 90, `${sum} of ${AMOUNT}`);
    assert.equal(new Set(shop.calls('refund', id).map(({ bodySha256 }) => bodySha256)).size, all.length, 'one body each');
    const created = answers.filter(({ status }) => status === 201).length;
    assert.equal(created, all.length);
  });

  it('and an undo among them leave one truth, and never more than was paid', async function () {
    this.timeout(120_000);
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'no_answer', call: seeded.pick(['refund', 'cancel']), times: 2 }]);
    const calls = Array.from({ length: 30 }, (_unused, index) => () => refund(shop, id, '100', { reference: `U-${index}` }));
    const at = seeded.whole(0, 10);
    const answers = await answered([...calls.slice(0, at), () => undo(shop, id), ...calls.slice(at)]);
    await shop.clock.advanceUntil(async () => (await shop.read(id)).undo?.state !== 'pending', 'the undo has ended');
    await untilQuiet(id);
    const seen = await shop.read(id);
    const order = shop.simulator.order(id);
    const undoStatus = answers[at]?.status;
    if (undoStatus === 202) assert.equal(seen.undo?.state, 'done');
    else assert.deepEqual([undoStatus, seen.undo], [409, null]);
    assert.equal(order?.refunded?.value, seen.refunded.value);
    if (seen.undo !== null) assert.equal(order?.kept?.value, '0');
    else assert.equal(order?.kept?.value, String(AMOUNT - Number(seen.refunded.value)));
  });
});
