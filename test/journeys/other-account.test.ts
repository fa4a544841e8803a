import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BridgeError } from '#src/base/bridge-error.js';
import { CLIENT_ID, type Harness, startHarness } from '../support/bridge-harness.js';
import { paid, readRefund, refund } from '../support/money-back.js';

const OTHER_CLIENT = 'SANDBOX_0TESTONLY0000002';

describe('another account under the id of an upstream', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
  });
  afterEach(() => shop.stop());

  function rewrite(from: string, to: string): void {
    const file = join(shop.folder, 'bridge.yaml');
    const text = readFileSync(file, 'utf8');
    assert.ok(text.includes(from));
    writeFileSync(file, text.replaceAll(from, to));
  }

  async function isRefused(): Promise<void> {
    rewrite(CLIENT_ID, OTHER_CLIENT);
    await assert.rejects(shop.restart(), (error: unknown) => {
      assert.ok(error instanceof BridgeError);
      assert.equal(error.code, 'config.wrong');
      assert.match(error.message, new RegExp(`clientId ${CLIENT_ID}.*Repair: put clientId back`));
      return true;
    });
    rewrite(OTHER_CLIENT, CLIENT_ID);
  }

  it('does not take over an unfinished payment, which it would call unknown, and is taken when that has ended', async () => {
    const { paymentRequestId: id } = await shop.place();
    await isRefused();
    await shop.restart();
    assert.equal((await shop.read(id)).state, 'awaiting_payer');
    await shop.cancel(id);
    await shop.untilState(id, ['cancelled'], 60_000);
    rewrite(CLIENT_ID, OTHER_CLIENT);
    await shop.restart();
    assert.equal((await shop.place()).state, 'awaiting_payer');
    assert.equal(shop.calls('pay').at(-1)?.headers['client-id'], OTHER_CLIENT);
  });

  it('does not take over a refund that is under way', async () => {
    const { paymentRequestId: id } = await paid(shop);
    shop.simulator.setFaults([{ name: 'deaf', call: 'refund', times: 0 }]);
    await refund(shop, id, '500', { reference: 'R-A' });
    await shop.clock.settle();
    await isRefused();
    await shop.restart();
    assert.notEqual((await readRefund(shop, id, 'R-A')).state, 'refused');
  });
});
