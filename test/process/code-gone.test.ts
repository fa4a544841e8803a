import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { createEmulatedGlass } from '#src/simulator/glass-emulators/emulated-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { type Service, startService, until } from './program.js';
import { createTill, type WholePayment } from './till.js';

/** Every kind of display from which a code can be taken away, at its usual speed. */
const DISPLAYS = [
  { driver: 'nextion', options: {} },
  { driver: 'mertech', options: {} },
  { driver: 'dgus2', options: {} },
  { driver: 'dgus2', options: { crc: true } },
  { driver: 'qr-line', options: { preset: 'bonrix', bootDelayMs: 0 } },
  { driver: 'qr-line', options: { preset: 'diy-json', bootDelayMs: 0 } },
];
const GONE_WITHIN_MS = 1_000;
/** A bridge that has just started opens and wakes its displays first, on a machine that runs other tests. */
const GONE_AFTER_START_MS = 2_000;

describe('a code on all displays of a lane at once, whose upstream and bridge have died', function () {
  this.timeout(90_000);
  let simulator: UpstreamSimulator;
  let glasses: GlassEmulator[];
  let pc: CounterPc;
  let service: Service;

  afterEach(async () => {
    await service?.stop();
    for (const glass of glasses ?? []) await glass.stop();
    await simulator?.stop();
    pc?.remove();
  });

  /** Sells, waits for the code on every glass, and kills upstream and bridge. Gives the code and its end, epoch ms. */
  async function showAndDie(orderLifeMs: number): Promise<{ readonly code: string; readonly expiresAt: number }> {
    simulator = await createUpstreamSimulator({ orderLifeMs });
    glasses = [];
    const displays: Record<string, unknown>[] = [];
    for (const { driver, options } of DISPLAYS) {
      const glass = createEmulatedGlass(driver, { options });
      assert.ok(glass !== undefined, driver);
      glasses.push(glass);
      displays.push({ driver, options, port: (await glass.listenTcp()).url });
    }
    pc = await createCounterPc({ simulatorUrl: simulator.url, displays: () => displays });
    service = await startService(pc.file);
    const till = createTill(service.terminal);
    await until(
      async () => (await till.lane('lane-1')).displays.every(({ health }) => health === 'ready'),
      'every display is ready',
    );
    const sold = await till.sell();
    const { orderCode } = sold.json<WholePayment>();
    assert.ok(orderCode !== null, sold.text);
    await until(() => glasses.every((glass) => glass.view().code === orderCode.value), 'the code on every glass');
    await simulator.setReachable(false);
    service.signal('SIGKILL');
    await service.ended;
    for (const [i, glass] of glasses.entries()) assert.equal(glass.view().code, orderCode.value, `display ${i + 1} keeps it`);
    return { code: orderCode.value, expiresAt: Date.parse(orderCode.expiresAt) };
  }

  /** When each display last showed a code, epoch ms; infinite while it still does. */
  const lastShown = () =>
    glasses.map((glass) => glass.history().findLast(({ code }) => code !== null)?.to ?? Number.POSITIVE_INFINITY);

  async function assertGone(byMs: number): Promise<void> {
    await until(() => glasses.every((glass) => glass.view().code === null), 'every glass is blank');
    await pause(1_500);
    for (const [i, at] of lastShown().entries()) {
      assert.ok(at <= byMs, `display ${i + 1} (${DISPLAYS[i]?.driver}): ${at - byMs} ms too late`);
    }
  }

  it('leaves every one within 1 s of its expiry when the bridge has come back before that', async () => {
    const { expiresAt } = await showAndDie(12_000);
    service = await startService(pc.file);
    assert.ok(Date.now() < expiresAt, 'the bridge came back in time');
    await pause(expiresAt - Date.now());
    await assertGone(expiresAt + GONE_WITHIN_MS);
  });

  it('leaves every one as soon as the bridge is back when it expired meanwhile', async () => {
    const { expiresAt } = await showAndDie(6_000);
    await pause(expiresAt - Date.now() + 100);
    service = await startService(pc.file);
    await assertGone(Date.now() + GONE_AFTER_START_MS);
    const codes = new Set(glasses.flatMap((glass) => glass.history().flatMap(({ code }) => (code === null ? [] : [code]))));
    assert.equal(codes.size, 1, 'and none but this one was ever there');
  });
});
