import assert from 'node:assert/strict';
import { visitor } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { paid, refund, undo } from '../support/money-back.js';

describe('the receipt of a payment', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
  });
  afterEach(() => shop.stop());

  const receipt = (id: string, query = '') => shop.till(`/v1/payments/${id}/receipt${query}`);

  it('is there from the moment it is paid, and not before', async () => {
    const { paymentRequestId: id } = await shop.place();
    const early = await receipt(id);
    assert.deepEqual([early.status, early.json()['code']], [409, 'not_paid']);
    assert.equal((await receipt(id, '?format=text')).status, 409);
    shop.simulator.pay(id);
    await shop.clock.until(async () => (await shop.read(id)).state === 'paid', 'paid');
    const { brand, status, notice, paymentRequestId } = (await receipt(id)).json();
    assert.deepEqual(
      { brand, status, notice, paymentRequestId },
      { brand: 'Alipay+', status: 'paid', notice: null, paymentRequestId: id },
    );
    assert.equal((await receipt('TEST1-nobody')).status, 404);
    assert.equal((await receipt(id, '?format=pdf')).status, 400);
  });

  it('has the times of its merchant, else of the bridge; the pages have those of the bridge, and say so', async () => {
    for (const [zones, offset] of [
      [{ timeZone: 'Asia/Kolkata' }, '+05:30'],
      [{ timeZone: 'Asia/Kolkata', merchantZone: 'Asia/Tokyo' }, '+09:00'],
    ] as const) {
      const elsewhere = await startHarness({ displays: [], ...zones });
      try {
        const { paymentRequestId: id } = await paid(elsewhere);
        const { text } = await elsewhere.till(`/v1/payments/${id}/receipt?format=text`);
        const { paidAt } = (await elsewhere.till(`/v1/payments/${id}/receipt`)).json<{ paidAt: string }>();
        const told = /\d{4}-\d{2}-\d{2} [\d:]{8}[+-]\d{2}:\d{2}/.exec(text)?.[0] ?? '';
        assert.ok(told.endsWith(offset), text);
        assert.equal(Date.parse(told.replace(' ', 'T')), Math.floor(Date.parse(paidAt) / 1000) * 1000);
        const page = await (await visitor(elsewhere, 'viewer')).call(`/payments/${id}`);
        assert.match(page.text, /<footer[^>]*>.*Asia\/Kolkata/);
        const here = new Date(Date.parse(paidAt) + 5.5 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
        assert.ok(page.text.includes(`<dd>${here}</dd>`), here);
      } finally {
        await elsewhere.stop();
      }
    }
  });

  it('as text is plain, in 32 columns, and says first what has gone back', async () => {
    const { paymentRequestId: id } = await paid(shop);
    const text = await receipt(id, '?format=text');
    assert.equal(text.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(text.text.split('\n')[0]?.trim(), 'Alipay+');
    await refund(shop, id, '500');
    await shop.clock.settle();
    assert.match((await receipt(id, '?format=text')).text, /^ *PARTLY REFUNDED JPY 500\n/);
    await undo(shop, id);
    await shop.clock.settle();
    const undone = await receipt(id);
    assert.equal(undone.json()['status'], 'undone');
    assert.match((await receipt(id, '?format=text')).text, /^ *UNDONE: PAYMENT RETURNED\n/);
  });
});
