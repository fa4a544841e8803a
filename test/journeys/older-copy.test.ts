import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { program } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { paid, readRefund, refund, returnedThere, undo, untilRefund, untilUndo } from '../support/money-back.js';

describe('books of which an older copy was put back', () => {
  let shop: Harness;
  let id: string;
  beforeEach(async () => {
    shop = await startHarness({ displays: [], simulator: { cancelWindow: 'closed' } });
    id = (await paid(shop)).paymentRequestId;
  });
  afterEach(() => shop.stop());

  /** Copies the books as they stand, lets something happen, and starts the bridge again on the copy. */
  async function forget(what: () => Promise<unknown>): Promise<void> {
    const copy = join(shop.folder, 'copy');
    await shop.clock.settle();
    cpSync(join(shop.folder, 'data'), copy, { recursive: true });
    await what();
    await shop.clock.advance(60_000);
    await shop.restart('inOrder', async (file) => {
      rmSync(dirname(file), { recursive: true });
      cpSync(copy, dirname(file), { recursive: true });
    });
  }

  const inquiries = () => shop.calls('inquiry', id).length;

  it('give no refund twice that went back after the copy, and tell operations', async () => {
    await forget(async () => {
      await refund(shop, id, '500', { reference: 'R-A' });
      await untilRefund(shop, id, 'R-A', 'refunded');
    });
    assert.equal((await shop.till(`/v1/payments/${id}/refunds/R-A`)).status, 404);
    const again = await refund(shop, id, '500', { reference: 'R-A' });
    assert.equal(again.status, 201);
    await shop.clock.settle();
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'refused');
    assert.equal(returnedThere(shop, id), '500');
    assert.equal(shop.calls('refund', id).length, 1);
    assert.ok(shop.logLines.some((line) => line.includes('refund_unknown_here')));
    const other = await refund(shop, id, '300', { reference: 'R-B' });
    assert.deepEqual([other.status, other.json()['code']], [409, 'not_refundable']);
  });

  it('let a person who has looked give back what is left there, and not more', async () => {
    await forget(async () => {
      await refund(shop, id, '1500', { reference: 'R-A' });
      await untilRefund(shop, id, 'R-A', 'refunded');
    });
    await refund(shop, id, '1500', { reference: 'R-A' });
    await shop.clock.settle();
    const operator = await program(shop, 'operator');
    const ask = (value: string, refundReference: string) =>
      operator.call(`/api/payments/${id}/refunds`, { json: { refundReference, amount: { currency: 'JPY', value } } });
    assert.deepEqual((await ask('481', 'BO-1')).json()['code'], 'refund_exceeds_payment');
    assert.equal((await ask('480', 'BO-2')).status, 201);
    await shop.clock.settle();
    assert.equal(returnedThere(shop, id), '1980');
  });

  it('undo a payment by the rest only', async () => {
    await forget(async () => {
      await refund(shop, id, '500', { reference: 'R-A' });
      await untilRefund(shop, id, 'R-A', 'refunded');
    });
    // The undo of a paid payment begins with a cancel, whose window is over there.
    assert.equal((await undo(shop, id)).status, 202);
    const seen = await untilUndo(shop, id, 'done');
    assert.deepEqual([seen.undo?.by, seen.undo?.amount.value], ['refund', '1480']);
    assert.equal(returnedThere(shop, id), '1980');
  });

  it('ask once before the first refund and then send it, when nothing went back meanwhile', async () => {
    await forget(async () => {});
    const before = inquiries();
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.settle();
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'refunded');
    await refund(shop, id, '300', { reference: 'R-B' });
    await shop.clock.settle();
    assert.equal((await readRefund(shop, id, 'R-B')).state, 'refunded');
    assert.deepEqual([inquiries() - before, returnedThere(shop, id)], [1, '800']);
  });

  it('send nothing while the upstream does not say what went back', async () => {
    await forget(async () => {});
    const before = inquiries();
    shop.simulator.setFaults([{ name: 'no_answer', call: 'inquiry', times: 3 }]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.advance(15_000);
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'pending');
    assert.equal(shop.calls('refund', id).length, 0);
    await untilRefund(shop, id, 'R-A', 'refunded');
    assert.deepEqual([inquiries() - before, returnedThere(shop, id)], [4, '500']);
  });

  it('ask as briskly after a night away as on the first try, although the refund waits since yesterday', async () => {
    await forget(async () => {});
    shop.simulator.setFaults([{ name: 'closed', call: 'inquiry', times: 2 }]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.settle();
    await shop.restart('inOrder', () => shop.clock.advance(12 * 3_600_000));
    await shop.clock.settle();
    assert.equal(shop.calls('refund', id).length, 0, 'the first question of the morning fell, too');
    await shop.clock.advance(10_000);
    assert.equal((await readRefund(shop, id, 'R-A')).state, 'refunded');
  });

  it('send a refund that the copy holds unanswered with the same id, and count it once', async () => {
    shop.simulator.setFaults([{ name: 'no_answer', call: 'refund' }]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await forget(() => untilRefund(shop, id, 'R-A', 'refunded'));
    await untilRefund(shop, id, 'R-A', 'refunded');
    assert.equal(returnedThere(shop, id), '500');
    assert.equal((await refund(shop, id, '1480', { reference: 'R-B' })).status, 201);
    await untilRefund(shop, id, 'R-B', 'refunded');
    assert.equal(returnedThere(shop, id), '1980');
  });
});

describe('books that were never put back', () => {
  it('send the refund of a payment of the same run without asking first', async () => {
    const shop = await startHarness({ displays: [] });
    try {
      const { paymentRequestId: id } = await paid(shop);
      const before = shop.calls('inquiry', id).length;
      await refund(shop, id, '500', { reference: 'R-A' });
      await shop.clock.settle();
      assert.equal((await readRefund(shop, id, 'R-A')).state, 'refunded');
      assert.equal(shop.calls('inquiry', id).length, before);
    } finally {
      await shop.stop();
    }
  });
});
