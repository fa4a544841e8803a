import assert from 'node:assert/strict';
import type { Fault } from '#src/simulator/fault-plan.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { pausesOf } from '../support/call-times.js';
import { chargeOf, siblingShop } from '../support/sibling-shops.js';

/** What each sibling does that no other pay API does: the dialect, the trap, its faults, and how the sale must end. */
const TRAPS: readonly (readonly [dialect: string, trap: string, faults: readonly Fault[], ends: 'paid' | 'cancelled'])[] = [
  [
    'antom_auto_debit',
    'PAYMENT_PENDING in place of the result ends nothing; the inquiry does',
    [{ name: 'payment_pending', times: 0 }],
    'paid',
  ],
  [
    'antom_auto_debit',
    'PENDING in an inquiry is waited out',
    [
      { name: 'lose', times: 0 },
      { name: 'payment_status:PENDING', call: 'inquiry', times: 2 },
    ],
    'paid',
  ],
  [
    'rebell_agreement',
    'AUTH_SUCCESS is money reserved, not paid',
    [
      { name: 'lose', times: 0 },
      { name: 'payment_status:AUTH_SUCCESS', call: 'inquiry', times: 2 },
    ],
    'paid',
  ],
  [
    'rebell_agreement',
    'a contract limit is U: asked about, not refused',
    [{ name: 'processed_result:ORDER_AMOUNT_EXCEED_CONTRACT_LIMIT:U', call: 'pay', times: 0 }],
    'paid',
  ],
  [
    'rebell_cashier',
    'AUTH_SUCCESS for ever is cancelled at the deadline, with the money given back',
    [
      { name: 'lose', times: 0 },
      { name: 'payment_status:AUTH_SUCCESS', call: 'inquiry', times: 0 },
    ],
    'cancelled',
  ],
  [
    'mini_program_cashier',
    'a lost answer leads to REPEAT_REQUEST without an address: asked about, then cancelled',
    [{ name: 'no_answer', call: 'pay', nth: 1 }],
    'cancelled',
  ],
  [
    'mini_program_cashier',
    'a traffic limit with F is waited out',
    [{ name: 'result:REQUEST_TRAFFIC_EXCEED_LIMIT:F', call: 'pay', nth: 1 }],
    'paid',
  ],
];

describe('trap of a sibling', () => {
  for (const [dialect, trap, faults, ends] of TRAPS) {
    it(`(${dialect}) ${trap}`, async () => {
      const { options, showsCode } = siblingShop(dialect);
      const shop: Harness = await startHarness(options);
      try {
        shop.simulator.setFaults(faults);
        const { paymentRequestId: id } = await shop.place(showsCode ? {} : chargeOf('MEMBER-SLOW'));
        if (ends === 'paid') {
          await shop.clock.advanceUntil(
            async () => shop.simulator.order(id) !== undefined && (await shop.read(id)).state !== 'submitting',
            'the order is placed',
            { limitMs: 20_000 },
          );
          shop.simulator.pay(id);
        }
        const seen = await shop.untilState(id, ['paid', 'cancelled', 'failed'], 300_000);
        assert.equal(seen.state, ends);
        const order = shop.simulator.order(id);
        assert.equal(order?.kept?.value ?? '0', ends === 'paid' ? '1980' : '0');
        assert.ok((order?.timesCharged ?? 0) <= 1);
      } finally {
        await shop.stop();
      }
    });
  }

  it('(rebell_cashier) HTTP 429 is no result and doubles the pauses before the same bytes go out again', async () => {
    const shop = await startHarness(siblingShop('rebell_cashier').options);
    try {
      shop.simulator.setFaults([{ name: 'odd_status:429', call: 'pay', times: 2 }]);
      const { paymentRequestId: id } = await shop.place();
      await shop.untilState(id, ['awaiting_payer'], 30_000);
      assert.deepEqual(pausesOf(shop.calls('pay', id)), [2, 6]);
      assert.equal(new Set(shop.calls('pay', id).map(({ bodySha256 }) => bodySha256)).size, 1);
    } finally {
      await shop.stop();
    }
  });
});
