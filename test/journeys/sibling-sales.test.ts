import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startHarness } from '../support/bridge-harness.js';
import { chargeOf, siblingShop, TOKEN } from '../support/sibling-shops.js';

describe('customers charged by their agreement', () => {
  for (const dialect of ['rebell_agreement', 'antom_auto_debit']) {
    it(`(${dialect}) leave no token in books, timeline, log or answers`, async () => {
      const { options, sale } = siblingShop(dialect);
      const shop = await startHarness(options);
      try {
        const placed = await shop.place(sale);
        const seen = await shop.untilState(placed.paymentRequestId, ['paid'], 10_000);
        const [sent] = shop.calls('pay', seen.paymentRequestId);
        assert.ok(sent?.body.includes(TOKEN), 'the upstream needs it');
        const story = JSON.stringify(await shop.timeline(seen.paymentRequestId));
        assert.ok(!story.includes(TOKEN));
        assert.ok(story.includes('***'));
        assert.ok(story.includes(sent?.bodySha256 ?? '?'), 'the hash is of the bytes that left');
        assert.ok(!shop.logLines.join('\n').includes(TOKEN));
        assert.ok(!JSON.stringify(seen).includes(TOKEN));
        for (const file of ['bridge.sqlite', 'bridge.sqlite-wal'])
          assert.ok(!readFileSync(join(shop.folder, 'data', file)).includes(TOKEN), file);
      } finally {
        await shop.stop();
      }
    });

    it(`(${dialect}) are asked for: unknown agreements, too much money and a missing buyer are refused and stored nowhere`, async () => {
      const { options, sale } = siblingShop(dialect);
      const shop = await startHarness(options);
      try {
        const refused = async (wish: Record<string, unknown>, path: string) => {
          const answer = await shop.sell(wish, 0);
          assert.equal(answer.status, 400, answer.text);
          assert.ok(answer.text.includes(`"${path}"`), answer.text);
        };
        await refused({}, 'buyer');
        await refused(chargeOf('NOBODY'), 'buyer.agreementReference');
        await refused({ ...sale, amount: { currency: 'JPY', value: '50001' } }, 'amount.value');
        await refused({ ...chargeOf('MEMBER-SMALL'), amount: { currency: 'JPY', value: '101' } }, 'amount.value');
        await refused({ ...sale, amount: { currency: 'USD', value: '100' } }, 'amount.currency');
        await refused({ ...sale, expiresInSeconds: 60 }, 'expiresInSeconds');
        assert.equal(shop.calls().length, 0);
      } finally {
        await shop.stop();
      }
    });

    it(`(${dialect}) without a limit of the upstream are bounded by their agreement alone`, async () => {
      const { options, sale } = siblingShop(dialect);
      const shop = await startHarness({ ...options, upstream: { ...options.upstream, maxAmount: undefined } });
      try {
        const placed = await shop.place({ ...sale, amount: { currency: 'JPY', value: '50001' } });
        await shop.untilState(placed.paymentRequestId, ['paid'], 10_000);
        const tooMuch = await shop.sell({ ...chargeOf('MEMBER-SMALL'), amount: { currency: 'JPY', value: '101' } }, 0);
        assert.equal(tooMuch.status, 400, tooMuch.text);
      } finally {
        await shop.stop();
      }
    });

    it(`(${dialect}) who have no money are told so by the upstream, and other means are offered`, async () => {
      const { options } = siblingShop(dialect);
      const shop = await startHarness(options);
      try {
        shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
        const seen = await shop.place(chargeOf('MEMBER-POOR'));
        assert.equal(seen.state, 'failed');
        assert.deepEqual(seen.failure, {
          reason: 'refused',
          resultCode: 'USER_BALANCE_NOT_ENOUGH',
          advice: seen.failure?.advice,
        });
      } finally {
        await shop.stop();
      }
    });
  }
});

describe('address of a wallet’s cashier that may not be drawn', () => {
  const cases = [
    ['address_http', 'code_not_https'],
    ['address_elsewhere', 'code_foreign_host'],
    ['address_by_post', 'code_method'],
    ['address_long', 'code_too_long'],
    ['no_address', 'code_missing'],
  ] as const;
  for (const dialect of ['mini_program_cashier', 'rebell_cashier']) {
    it(`(${dialect}) because nobody named its host in the configuration, is asked about once and cancelled`, async () => {
      const { options } = siblingShop(dialect);
      const shop = await startHarness({ ...options, upstream: { ...options.upstream, codeHosts: undefined } });
      try {
        const placed = await shop.place();
        const seen = await shop.untilState(placed.paymentRequestId, ['cancelled'], 10_000);
        assert.deepEqual([seen.cancelReason, seen.orderCode, shop.calls('inquiry').length], ['code_foreign_host', null, 1]);
      } finally {
        await shop.stop();
      }
    });

    for (const [fault, reason] of cases) {
      it(`(${dialect}, ${fault}) never stands anywhere: one inquiry, then the cancel, which says why`, async () => {
        const shop = await startHarness(siblingShop(dialect).options);
        try {
          shop.simulator.setFaults([{ name: fault, call: 'pay', times: 0 }]);
          const placed = await shop.place();
          const seen = await shop.untilState(placed.paymentRequestId, ['cancelled'], 10_000);
          assert.equal(seen.cancelReason, reason);
          assert.equal(shop.calls('inquiry').length, 1);
          assert.equal(seen.orderCode, null);
        } finally {
          await shop.stop();
        }
      });
    }
  }
});
