import assert from 'node:assert/strict';
import { type Harness, SECOND_TILL_KEY, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';

const GOODS = [
  { referenceGoodsId: 'G1', goodsName: 'Tea', goodsQuantity: '1', goodsUnitAmount: { currency: 'JPY', value: '1980' } },
];
const SALE = { saleReference: 'T01-0001', description: 'Matcha set', expiresInSeconds: 60, goods: GOODS, laneId: 'lane-1' };

/** The same reference with one thing changed. */
const CHANGES: Readonly<Record<string, Record<string, unknown>>> = {
  'the value': { amount: { currency: 'JPY', value: '1981' } },
  'the currency': { amount: { currency: 'USD', value: '1980' } },
  'the description': { description: 'Matcha set ' },
  'the lane': { laneId: 'lane-2' },
  'the expiry': { expiresInSeconds: 61 },
  'no expiry': { expiresInSeconds: undefined },
  'no goods': { goods: undefined },
  'a good': { goods: [{ ...GOODS[0], goodsName: 'Coffee' }] },
  'the price of a good': { goods: [{ ...GOODS[0], goodsUnitAmount: { currency: 'JPY', value: '1' } }] },
  'the number of a good': { goods: [{ ...GOODS[0], goodsQuantity: '2' }] },
  'one good more': { goods: [...GOODS, ...GOODS] },
};

onEitherBooks('sale that is posted again', (books) => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ books, displays: [], lanes: ['lane-1', 'lane-2'] });
  });
  afterEach(() => shop.stop());

  it('is the same payment in every state it goes through, with one order', async () => {
    const first = await shop.sell(SALE);
    assert.equal(first.status, 201);
    const id = first.json<SeenPayment & Record<string, unknown>>().paymentRequestId;
    assert.equal(first.headers['location'], `/v1/payments/${id}`);
    const again = async () => {
      const answer = await shop.sell(SALE);
      assert.equal(answer.status, 200);
      const seen = answer.json<SeenPayment & Record<string, unknown>>();
      assert.equal(seen.paymentRequestId, id);
      return seen.state;
    };
    assert.equal(await again(), 'awaiting_payer');
    shop.simulator.pay(id);
    await shop.clock.until(async () => (await shop.read(id)).state === 'paid', 'paid');
    assert.equal(await again(), 'paid');
    shop.clock.jumpWall(400 * 86_400_000);
    assert.equal(await again(), 'paid');
    assert.equal(shop.calls('pay').length, 1);
    assert.equal(shop.simulator.orders().length, 1);
  });

  it('many times at once is one payment, one 201 and one order', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => shop.sell(SALE)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(11).fill(200), 201]);
    assert.equal(new Set(answers.map((answer) => answer.json()['paymentRequestId'])).size, 1);
    assert.equal(shop.calls('pay').length, 1);
  });

  it('after its own failure is that failure and no new attempt', async () => {
    shop.simulator.setFaults([{ name: 'result:RISK_REJECT:F', call: 'pay' }]);
    await shop.sell(SALE);
    const answer = await shop.sell(SALE);
    assert.deepEqual([answer.status, answer.json()['state']], [200, 'failed']);
    assert.equal(shop.calls('pay').length, 1);
  });

  it('while the first post is still without an answer waits for the same code', async () => {
    shop.simulator.setFaults([{ name: 'slow:2000', call: 'pay' }]);
    const both = Promise.all([shop.sell(SALE, 5), shop.sell(SALE, 5)]);
    await shop.clock.advance(2_100);
    const answers = await both;
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 201]);
    assert.ok(answers.every((answer) => answer.json()['state'] === 'awaiting_payer'));
  });

  it('with equal content in another order of its members is the same', async () => {
    const { laneId, goods, ...rest } = SALE;
    await shop.sell(SALE);
    const turned = { goods: goods.map((good) => Object.fromEntries(Object.entries(good).reverse())), laneId, ...rest };
    assert.equal((await shop.sell(turned)).status, 200);
  });

  it('with or without replaceOpenPayment is the same', async () => {
    await shop.sell(SALE);
    assert.equal((await shop.sell({ ...SALE, replaceOpenPayment: true })).status, 200);
    assert.equal((await shop.sell({ ...SALE, replaceOpenPayment: false })).status, 200);
    assert.equal(shop.calls('cancel').length, 0);
  });

  it('by another till under the same reference is another sale', async () => {
    await shop.sell(SALE);
    const answer = await shop.till('/v1/payments', {
      json: { ...SALE, amount: { currency: 'JPY', value: '1980' }, laneId: 'lane-2' },
      headers: { Authorization: `Bearer ${SECOND_TILL_KEY}` },
    });
    assert.equal(answer.status, 201);
  });

  for (const [what, change] of Object.entries(CHANGES)) {
    it(`with ${what} changed is a conflict that names the payment and changes nothing`, async () => {
      const { paymentRequestId } = (await shop.sell(SALE)).json<SeenPayment & Record<string, unknown>>();
      const answer = await shop.sell({ ...SALE, ...change });
      assert.equal(answer.status, 409);
      const { code, existing } = answer.json();
      assert.equal(code, 'sale_conflict');
      assert.deepEqual(existing, { paymentRequestId, state: 'awaiting_payer' });
      assert.equal(shop.calls('pay').length, 1);
    });
  }
});
