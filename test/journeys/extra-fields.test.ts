import assert from 'node:assert/strict';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { ALL_SHOPS, chargeOf } from '../support/sibling-shops.js';

const EXTRA = {
  extraHeaders: { 'Merchant-Id': 'M-77' },
  extraBody: { partnerId: 'P-9', order: { memo: { counter: '7' } } },
};

describe('configured extra fields', () => {
  for (const { dialect, options, sale, showsCode } of ALL_SHOPS)
    it(`(${dialect}) stand in the stored and signed bytes of pay, the header in every call, and nothing of ours changes`, async () => {
      const wish = showsCode ? sale : chargeOf('MEMBER-SLOW');
      const placeIn = async (of: Harness) => {
        of.simulator.setFaults([
          { name: 'no_answer', call: 'pay', nth: 1 },
          { name: 'lose', times: 0 },
        ]);
        const placed = await of.place({ saleReference: 'EXTRA-1', ...wish });
        return { id: placed.paymentRequestId, body: JSON.parse(of.calls('pay')[0]?.body ?? '{}') as Record<string, unknown> };
      };
      // One shop after the other: the clock of each waits for every call under way in this process.
      const plain = await startHarness(options);
      const { body: bare } = await placeIn(plain).finally(() => plain.stop());
      const shop = await startHarness({ ...options, upstream: { ...options.upstream, ...EXTRA } });
      try {
        const { id, body } = await placeIn(shop);
        const { partnerId, ...rest } = body;
        const { memo, ...order } = rest['order'] as Record<string, unknown>;
        assert.deepEqual([partnerId, memo], ['P-9', { counter: '7' }]);
        for (const field of ['paymentRequestId', 'paymentNotifyUrl', 'cashierNotifyUrl', 'paymentExpiryTime']) {
          assert.equal(typeof rest[field], typeof bare[field], field);
          delete rest[field];
          delete bare[field];
        }
        assert.deepEqual({ ...rest, order }, bare);
        await shop.restart('thrownAway');
        await shop.cancel(id);
        await shop.untilState(id, ['cancelled'], 60_000);
        const calls = shop.calls(undefined, id);
        assert.deepEqual(new Set(calls.map(({ call }) => call)), new Set(['pay', 'inquiry', 'cancel']));
        for (const { headers, signature } of calls) {
          assert.equal(headers['merchant-id'], 'M-77');
          assert.equal(signature, 'good');
        }
        assert.equal(new Set(shop.calls('pay', id).map(({ bodySha256 }) => bodySha256)).size, 1);
      } finally {
        await shop.stop();
      }
    });
});
