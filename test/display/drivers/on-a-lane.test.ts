import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLine2x20Driver } from '#src/display/drivers/line2x20.js';
import type { EscposGlass } from '#src/simulator/glass-emulators/escpos-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createLine2x20Glass } from '#src/simulator/glass-emulators/line2x20-glass.js';
import { seededSuite } from '../../support/seeded.js';
import { onLane, stopLane } from '../surface-on-lane.js';
import { codeSurfaces } from './code-surfaces.js';

const UNPLUGGINGS = 20;
const USUAL_SEED = 2_810_100;
const FIRST = 'https://qr.example/281010040000000000000000000001';
const SECOND = 'https://qr.example/281010040000000000000000000002';

const codesSeen = (glass: GlassEmulator) => new Set(glass.history().flatMap(({ code }) => (code === null ? [] : [code])));

for (const surface of codeSurfaces()) {
  const { canClear, confirmation } = surface.driver.can;

  describe(`${surface.name} on a lane`, () => {
    const seeded = seededSuite(USUAL_SEED);
    const offsets = fc.sample(fc.integer({ min: 1, max: 400 }), seeded.runs(UNPLUGGINGS));

    it('shows the code of a payment, and what the till is told about it is true', async () => {
      const { bench, glass } = await onLane(surface);
      bench.now('awaiting_payer', { code: FIRST });
      await bench.clock.advanceUntil(() => glass.view().code === FIRST, 'the code', { stepMs: 100, limitMs: 3_000 });
      await bench.clock.advance(1_000);
      const { state, confirmation: told } = bench.status();
      assert.deepEqual([state, told], [canClear ? 'showing' : 'printed', confirmation]);
      bench.now('cancelling');
      await bench.clock.advance(1_000);
      assert.equal(glass.view().code, canClear ? null : FIRST);
      assert.equal(bench.status().state, canClear ? 'cleared' : 'printed');
      await stopLane(bench);
    });

    it('takes the code away at its expiry, if it can be taken away', async () => {
      const { bench, glass } = await onLane(surface);
      bench.now('awaiting_payer', { code: FIRST, lifeMs: 30_000 });
      // A display that counts by itself is told whole seconds, and rather one too few.
      await bench.clock.advance(28_500);
      assert.equal(glass.view().code, FIRST);
      await bench.clock.advance(2_500);
      assert.equal(glass.view().code, canClear ? null : FIRST);
      await stopLane(bench);
    });

    it(`is right again after each of ${UNPLUGGINGS} pulled plugs, and never shows a torn code or an old one`, async () => {
      const { bench, glass, wire } = await onLane(surface);
      for (const [i, bytes] of offsets.entries()) {
        const code = i % 2 === 0 ? FIRST : SECOND;
        wire.unplugAfter(bytes);
        bench.now('awaiting_payer', { id: `SHOP114-${i}`, code });
        await bench.clock.advance(500);
        wire.unplug();
        if (canClear) glass.power(false);
        const from = glass.history().length;
        await bench.clock.advance(2_000);
        wire.plug();
        glass.power(true);
        // It is looked for every second, starts, and is silent for its own boot delay.
        await bench.clock.advance(3_000 + surface.bootMs);
        assert.equal(glass.view().code, code, `round ${i}, after ${bytes} bytes`);
        const since = new Set(
          glass
            .history()
            .slice(from)
            .map((segment) => segment.code),
        );
        assert.ok(
          [...since].every((seen) => seen === null || seen === code || !canClear),
          `round ${i}`,
        );
        bench.now('cancelled', { id: `SHOP114-${i}`, code: null });
        await bench.clock.advance(6_000);
      }
      assert.ok([...codesSeen(glass)].every((seen) => seen === FIRST || seen === SECOND));
      await stopLane(bench);
    });
  });
}

describe('a printer on a lane', () => {
  const [surface] = codeSurfaces().filter(({ driver }) => !driver.can.canClear);
  const slips = (glass: GlassEmulator) => (glass as EscposGlass).slips().filter((slip) => slip.drawn.length > 0);

  async function printerOnLane() {
    assert.ok(surface !== undefined);
    const { bench, glass, wire } = await onLane(surface);
    return { bench, wire, glass: glass as EscposGlass };
  }

  it('prints a code once, whatever happens to its line and its power afterwards', async () => {
    const { bench, glass, wire } = await printerOnLane();
    bench.now('awaiting_payer', { code: FIRST });
    await bench.clock.advance(2_000);
    wire.unplug();
    await bench.clock.advance(2_000);
    assert.equal(bench.status().health, 'absent');
    wire.plug();
    await bench.clock.advance(3_000);
    assert.deepEqual([bench.status().health, bench.status().state], ['ready', 'printed']);
    glass.reboot();
    await bench.clock.advance(5_000);
    assert.equal(slips(glass).length, 1);
    bench.now('awaiting_payer', { id: 'SHOP114-2', code: SECOND });
    await bench.clock.advance(2_000);
    assert.deepEqual(
      slips(glass).map(({ drawn }) => drawn[0]),
      [FIRST, SECOND],
    );
    await stopLane(bench);
  });

  it('says that paper is missing before a sale, prints when there is some, and never claims what it has not printed', async () => {
    const { bench, glass } = await printerOnLane();
    glass.setTrouble({ noPaper: true });
    await bench.clock.advance(5_000);
    assert.match(`${bench.status().health}: ${bench.status().reason}`, /^degraded: .*it has no paper/);
    assert.equal(bench.lane.canShow(FIRST), false);
    bench.now('awaiting_payer', { code: FIRST });
    await bench.clock.advance(5_000);
    assert.equal(bench.status().state, 'pending');
    bench.now('cancelled');
    await bench.clock.advance(1_500);
    assert.equal(bench.status().state, 'unavailable');
    bench.now('awaiting_payer', { id: 'SHOP114-2', code: SECOND });
    await bench.clock.advance(1_000);
    glass.setTrouble({ noPaper: false });
    await bench.clock.advance(31_000);
    assert.deepEqual([bench.status().health, bench.status().state], ['ready', 'printed']);
    assert.deepEqual(
      slips(glass).map(({ drawn }) => drawn[0]),
      [SECOND],
    );
    await stopLane(bench);
  });

  it('asks nothing but its status while nothing is to be printed', async () => {
    const { bench, glass } = await printerOnLane();
    for (const state of ['submitting', 'in_doubt', 'cancelling', 'cancelled'] as const) {
      bench.now(state);
      await bench.clock.advance(3_000);
    }
    assert.deepEqual(glass.slips(), []);
    await stopLane(bench);
  });
});

describe('a text display on a lane', () => {
  it('tells the payer what to do while the code stands elsewhere, and the till that it cannot show it', async () => {
    const { bench, glass } = await onLane({
      driver: createLine2x20Driver({ dialect: 'cd5220' }),
      bootMs: 0,
      glass: (clock) => createLine2x20Glass({ clock, paced: false, dialect: 'cd5220' }),
    });
    assert.deepEqual(glass.view().texts, {}, 'the greeting is gone');
    bench.now('awaiting_payer', { code: FIRST });
    await bench.clock.advance(1_000);
    assert.deepEqual(glass.view().texts, { top: 'TOTAL       JPY 1980', bottom: 'SCAN ALIPAY+ QR 2:59' });
    assert.deepEqual([bench.status().state, bench.lane.canShow(FIRST)], ['unavailable', false]);
    assert.match(bench.status().reason ?? '', /shows text only/);
    bench.now('paid');
    await bench.clock.advance(1_000);
    assert.equal(glass.view().texts['bottom'], 'PAID - THANK YOU    ');
    await bench.clock.advance(10_000);
    assert.deepEqual(glass.view().texts, {});
    await stopLane(bench);
  });
});
