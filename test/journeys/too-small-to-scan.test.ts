import assert from 'node:assert/strict';
import { createNextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { startHarness } from '../support/bridge-harness.js';

interface SeenLane {
  readonly displays: readonly { readonly health: string; readonly reason: string | null; readonly state: string }[];
}

/** 244 by 68 dots of 0.3 mm (display reference 10.2): room for the symbol, and none for a phone. */
const SMALL_PANEL = { codePx: 68, screenPx: 244, screenMm: 73.2 };

describe('a code that nobody could scan off the display', () => {
  it('is never sent there; the till hears why and shows it itself', async () => {
    const glass = createNextionGlass({ paced: false, drawMs: { page: 0, qr: 0, text: 0 }, bootMs: 0 });
    const { url } = await glass.listenTcp();
    const shop = await startHarness({ displays: [{ driver: 'nextion', port: url, options: SMALL_PANEL }] });
    const lane = async () => (await shop.till('/v1/lanes/lane-1')).json<SeenLane>();
    try {
      await shop.clock.advanceUntil(async () => (await lane()).displays[0]?.health === 'ready', 'the display is found', {
        stepMs: 100,
      });
      const { paymentRequestId: id } = await shop.place();
      await shop.clock.advanceUntil(() => glass.view().texts['t1'] === 'Please wait', 'the payer is asked to wait', {
        stepMs: 100,
      });
      const payment = await shop.read(id);
      assert.deepEqual(
        [payment.state, payment.display[0]?.state, payment.next.action],
        ['awaiting_payer', 'unavailable', 'show_code_on_till'],
      );
      const [display] = (await lane()).displays;
      assert.deepEqual([display?.health, display?.state], ['ready', 'unavailable']);
      assert.match(display?.reason ?? '', /^a module of this code would be 0\.30 mm on this glass; phones need 0\.4 mm$/);
      assert.equal((await shop.till(`/v1/payments/${id}/code.png`)).status, 200);
      const code = Buffer.from(payment.orderCode?.value ?? '').toString('hex');
      assert.ok(code !== '' && glass.trace().every(({ what }) => !what.includes(code)), 'no byte of it has crossed the line');
    } finally {
      await shop.stop();
      await glass.stop();
    }
  });
});
