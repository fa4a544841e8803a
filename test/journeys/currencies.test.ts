import assert from 'node:assert/strict';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { ALL_SHOPS, chargeOf } from '../support/sibling-shops.js';

/** Amounts in smallest units as tills send them, and as people read them. */
const AMOUNTS = [
  {
    amount: { currency: 'KWD', value: '1250' },
    reads: 'KWD 1.250',
    back: { currency: 'KWD', value: '5' },
    backReads: 'KWD 0.005',
  },
  { amount: { currency: 'BHD', value: '1' }, reads: 'BHD 0.001', back: undefined, backReads: undefined },
  { amount: { currency: 'KRW', value: '1980' }, reads: 'KRW 1980', back: { currency: 'KRW', value: '5' }, backReads: 'KRW 5' },
] as const;

describe('money of no and of three decimal places', () => {
  let shop: Harness | undefined;
  let glass: NextionGlass | undefined;
  afterEach(async () => {
    await shop?.stop();
    await glass?.stop();
  });

  for (const { dialect, options, sale, showsCode } of ALL_SHOPS)
    for (const { amount, reads, back, backReads } of AMOUNTS)
      it(`(${dialect}) is ${reads} on glass and receipt, and ${amount.value} smallest units upstream`, async () => {
        const device = createNextionGlass({ paced: false });
        glass = device;
        const { url } = await device.listenTcp();
        const limit = options.upstream?.['maxAmount'] === undefined ? {} : { maxAmount: { ...amount, value: '5000' } };
        const opened = await startHarness({
          ...options,
          currencies: [amount.currency],
          displays: [{ driver: 'nextion', port: url, baudRate: 9600 }],
          upstream: { ...options.upstream, refundPath: refundPathOf(dialect), ...limit },
        });
        shop = opened;
        await opened.clock.advanceUntil(
          async () => (await opened.till('/v1/lanes/lane-1')).text.includes('"health":"ready"'),
          'the display is ready',
          { stepMs: 100 },
        );
        const placed = await opened.place({ ...(showsCode ? sale : chargeOf('MEMBER-SLOW')), amount });
        const id = placed.paymentRequestId;
        await opened.clock.advanceUntil(async () => device.view().texts['t0'] === reads, `${reads} on the glass`, {
          stepMs: 100,
        });
        const sent = JSON.parse(opened.calls('pay', id)[0]?.body ?? '{}') as Record<string, unknown>;
        assert.deepEqual(sent['paymentAmount'], amount);
        opened.simulator.pay(id);
        await opened.untilState(id, ['paid'], 20_000);
        assert.deepEqual(opened.simulator.order(id)?.kept, amount);
        const receipt = await opened.till(`/v1/payments/${id}/receipt?format=text`);
        assert.ok(receipt.text.includes(reads), receipt.text);
        if (back === undefined) return;
        const refund = await opened.till(`/v1/payments/${id}/refunds`, { json: { refundReference: 'R-1', amount: back } });
        assert.equal(refund.status, 201, refund.text);
        await opened.clock.advanceUntil(
          async () => (await opened.read(id)).refunded.value === back.value,
          'the refund is confirmed',
          { stepMs: 500 },
        );
        assert.deepEqual(opened.simulator.order(id)?.refunded, back);
        assert.ok((await opened.till(`/v1/payments/${id}/receipt?format=text`)).text.includes(`REFUNDED ${backReads}`));
      });
});

/** The order code has its own path, and no other may be configured. */
function refundPathOf(dialect: string): string | undefined {
  return dialect === 'alipayplus_order_code' ? undefined : '/v1/payments/refund';
}
