import assert from 'node:assert/strict';
import { createDgus2Glass } from '#src/simulator/glass-emulators/dgus2-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createLine2x20Glass } from '#src/simulator/glass-emulators/line2x20-glass.js';
import { createNextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createQrLineGlass } from '#src/simulator/glass-emulators/qr-line-glass.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';

type Display = Readonly<Record<string, unknown>>;

/** The till shows the code itself this long after it was issued at the latest, ms. */
const WITHIN_MS = 2_000;

/** Sells on a lane with these displays, `trouble` coming just before; gives what the till was told meanwhile, by time. */
async function tillIsTold(shop: Harness): Promise<{ readonly action: string; readonly afterMs: number }> {
  const { paymentRequestId: id } = await shop.place();
  await shop.untilState(id, ['awaiting_payer'], 1_000);
  const issued = shop.clock.elapsedMs();
  for (;;) {
    const { next } = await shop.read(id);
    const afterMs = shop.clock.elapsedMs() - issued;
    if (next.action !== 'wait_for_payer' || afterMs >= 10_000) return { action: next.action, afterMs };
    await shop.clock.advance(100);
  }
}

describe('a code that no display shows', () => {
  let shop: Harness | undefined;
  let glass: GlassEmulator | undefined;
  afterEach(async () => {
    await shop?.stop();
    await glass?.stop();
  });

  /** A shop whose one display is `settings` with `device` behind it, ready. */
  async function open(settings: Display, device: GlassEmulator): Promise<{ shop: Harness; device: GlassEmulator }> {
    glass = device;
    const { url } = await device.listenTcp();
    const opened = await startHarness({ displays: [{ ...settings, port: url }] });
    shop = opened;
    await opened.clock.advanceUntil(
      async () => (await opened.till('/v1/lanes/lane-1')).text.includes('"health":"ready"'),
      'the display is ready',
      { stepMs: 100 },
    );
    return { shop: opened, device };
  }

  async function onTheTill(of: Harness, what: string): Promise<void> {
    const { action, afterMs } = await tillIsTold(of);
    assert.equal(action, 'show_code_on_till', what);
    assert.ok(afterMs <= WITHIN_MS, `${what}: after ${afterMs} ms`);
  }

  it('is for the till to show within 2 s when no display is plugged in', async () => {
    shop = await startHarness({ displays: [{ driver: 'nextion', port: '/dev/no-such-display' }] });
    await shop.clock.advance(3_000);
    await onTheTill(shop, 'unplugged');
  });

  it('is for the till to show within 2 s when there are only text displays', async () => {
    const { shop: text } = await open({ driver: 'line2x20' }, createLine2x20Glass({ paced: false }));
    await onTheTill(text, 'text only');
  });

  it('is for the till to show within 2 s when the display does not take such a code', async () => {
    const { shop: small } = await open({ driver: 'dgus2', options: { maxPayload: 20 } }, createDgus2Glass({ paced: false }));
    await onTheTill(small, 'refused');
  });

  for (const [name, settings, made] of [
    ['a panel with status replies', { driver: 'nextion' }, () => createNextionGlass({ paced: false })],
    ['a panel with acknowledgements', { driver: 'dgus2' }, () => createDgus2Glass({ paced: false })],
    [
      'a home-made display with a patient acknowledgement',
      { driver: 'qr-line', options: { preset: 'diy-json', bootDelayMs: 0, ackTimeoutMs: 5_000 } },
      () => createQrLineGlass({ paced: false, firmware: 'diy-json' }),
    ],
  ] as const) {
    it(`is for the till to show within 2 s when the display falls silent as the sale begins: ${name}`, async () => {
      const { shop: silent, device } = await open(settings, made());
      device.mute(true);
      await onTheTill(silent, name);
    });
  }
});
