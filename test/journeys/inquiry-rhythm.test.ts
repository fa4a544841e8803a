import assert from 'node:assert/strict';
import { type HarnessOptions, startHarness } from '../support/bridge-harness.js';
import { chargeOf, siblingShop } from '../support/sibling-shops.js';

/** When inquiries came in, in whole seconds after the answer to pay, during the first `forMs` of an order that nobody pays. */
async function inquiredAt(options: HarnessOptions, sale: Record<string, unknown>, forMs: number): Promise<readonly number[]> {
  const shop = await startHarness(options);
  try {
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    const { paymentRequestId: id } = await shop.place(sale);
    for (let gone = 0; gone < forMs; gone += 500) await shop.clock.advance(500);
    const [pay] = shop.calls('pay', id);
    const start = Date.parse(pay?.at ?? '');
    return shop.calls('inquiry', id).map(({ at }) => Math.round((Date.parse(at) - start) / 1000));
  } finally {
    await shop.stop();
  }
}

const withTiming = ({ options }: { readonly options: HarnessOptions }, timing: Record<string, unknown>): HarnessOptions => ({
  ...options,
  timing,
});

describe('inquiry rhythm', () => {
  const antom = siblingShop('antom_auto_debit');
  const slow = chargeOf('MEMBER-SLOW');

  it('of Antom is that of its own demo unless the configuration says otherwise: after 2, 4, 8, 16 and 32 s', async () => {
    // The order ends by itself a minute after the send; the last pause would go beyond that.
    assert.deepEqual(await inquiredAt(antom.options, slow, 59_000), [2, 6, 14, 30]);
  });

  it('of an upstream is what `timing` says, whatever the dialect’s own', async () => {
    const even = withTiming(antom, { inquiryEveryMs: [5000, 20_000] });
    assert.deepEqual(await inquiredAt(even, slow, 58_000), [5, 10, 15, 20, 25, 30, 50]);
    const pauses = withTiming(antom, { inquiryPausesMs: [1000, 9000], inquiryEveryMs: [1000, 20_000] });
    assert.deepEqual(await inquiredAt(pauses, slow, 58_000), [1, 10, 30, 50]);
  });

  it('may stretch with an order code too', async () => {
    const pauses = { timing: { inquiryPausesMs: [2000, 4000, 8000] } };
    assert.deepEqual(await inquiredAt(pauses, {}, 25_000), [2, 6, 14, 19, 24]);
    assert.deepEqual(await inquiredAt({}, {}, 15_000), [5, 8, 11, 14]);
  });

  it('of a Mini Program wallet is even, as its page asks', async () => {
    assert.deepEqual(await inquiredAt(siblingShop('mini_program_cashier').options, {}, 21_000), [5, 10, 15, 20]);
  });
});
