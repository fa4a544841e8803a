import assert from 'node:assert/strict';
import { createDgus2Driver } from '#src/display/drivers/dgus2.js';
import { DGUS2_DEFAULTS } from '#src/display/drivers/dgus2-options.js';
import { createLine2x20Driver } from '#src/display/drivers/line2x20.js';
import { createNextionDriver, NEXTION_DEFAULTS } from '#src/display/drivers/nextion.js';
import { createQrLineDriver } from '#src/display/drivers/qr-line.js';
import { createDgus2Glass } from '#src/simulator/glass-emulators/dgus2-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createLine2x20Glass } from '#src/simulator/glass-emulators/line2x20-glass.js';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createQrLineGlass } from '#src/simulator/glass-emulators/qr-line-glass.js';
import { type LaneSurfaceUnderTest, onLane, stopLane } from './surface-on-lane.js';

const CODE = 'https://qr.example/281010040000000000000000000001';
const OTHER = 'https://qr.example/281010040000000000000000000002';

const nextionAt = (baudRate: number, paced = false): LaneSurfaceUnderTest<NextionGlass> => ({
  driver: createNextionDriver({ ...NEXTION_DEFAULTS, baudRate }),
  bootMs: 300,
  glass: (clock) => createNextionGlass({ clock, paced, baudRate, bootMs: 300 }),
  baudRate,
});

/** On a wire that can be pulled. */
const pullableNextion = (): LaneSurfaceUnderTest<NextionGlass> => {
  const { baudRate: _, ...rest } = nextionAt(9600);
  return rest;
};

interface Case extends LaneSurfaceUnderTest {
  readonly name: string;
  /** What stands at the place of the time, e.g. `Time left 2:31`. */
  readonly place: string;
}

const CASES: readonly Case[] = [
  { name: 'nextion', place: 't2', ...nextionAt(9600) },
  {
    name: 'dgus2',
    place: 'line2',
    driver: createDgus2Driver(DGUS2_DEFAULTS),
    bootMs: 0,
    glass: (clock) => createDgus2Glass({ clock, paced: false }),
    baudRate: 115_200,
  },
  {
    name: 'dgus2 that confirms no writes',
    place: 'line2',
    driver: createDgus2Driver(DGUS2_DEFAULTS),
    bootMs: 0,
    glass: (clock) => createDgus2Glass({ clock, paced: false, acks: false }),
    baudRate: 115_200,
  },
  {
    name: 'line2x20',
    place: 'bottom',
    driver: createLine2x20Driver({ dialect: 'epson' }),
    bootMs: 0,
    glass: (clock) => createLine2x20Glass({ clock, paced: false, dialect: 'epson' }),
    baudRate: 9600,
  },
];

const told = (glass: GlassEmulator, place: string) => /(\d+):(\d\d)/.exec(glass.view().texts[place] ?? '');
const secondsOn = (glass: GlassEmulator, place: string) => {
  const [, minutes, seconds] = told(glass, place) ?? [];
  return minutes === undefined ? null : Number(minutes) * 60 + Number(seconds);
};

for (const one of CASES) {
  describe(`time left on ${one.name}`, () => {
    it('goes down by a second each second, and says nothing after the code has left', async () => {
      const { bench, glass } = await onLane(one);
      bench.now('awaiting_payer', { code: CODE, lifeMs: 64_000 });
      await bench.clock.advance(2_500);
      // Half a second after each boundary: 61.5 s are left when it says 1:02.
      for (let left = 62; left >= 1; left -= 1) {
        assert.equal(secondsOn(glass, one.place), left, JSON.stringify(glass.view().texts));
        if (one.driver.can.qr !== 'none') assert.equal(glass.view().code, CODE);
        await bench.clock.advance(1_000);
      }
      assert.equal(glass.view().code, null);
      await bench.clock.advance(1_000);
      assert.deepEqual([secondsOn(glass, one.place), glass.view().code], [null, null]);
      await stopLane(bench);
    });

    it('is no news for the till, and leaves what was proven as it was', async () => {
      const { bench, glass } = await onLane(one);
      bench.now('awaiting_payer', { code: CODE });
      await bench.clock.advance(3_000);
      const before = bench.status();
      const events = bench.told.length;
      const from = secondsOn(glass, one.place);
      await bench.clock.advance(20_000);
      assert.equal((from ?? 0) - (secondsOn(glass, one.place) ?? 0), 20);
      assert.deepEqual([bench.status(), bench.told.length], [before, events]);
      await stopLane(bench);
    });
  });
}

describe('time left', () => {
  it('is counted on the clock that never goes back', async () => {
    const { bench, glass } = await onLane(nextionAt(9600));
    bench.now('awaiting_payer', { code: CODE, lifeMs: 180_000 });
    await bench.clock.advance(10_500);
    assert.equal(secondsOn(glass, 't2'), 170);
    bench.clock.jumpWall(-3_600_000);
    await bench.clock.advance(10_000);
    assert.deepEqual([secondsOn(glass, 't2'), glass.view().code], [160, CODE]);
    await stopLane(bench);
  });

  it('falls with a wall clock that is put forward, as the code leaves earlier', async () => {
    const { bench, glass } = await onLane(nextionAt(9600));
    bench.now('awaiting_payer', { code: CODE, lifeMs: 180_000 });
    await bench.clock.advance(10_500);
    bench.clock.jumpWall(60_000);
    await bench.clock.advance(2_000);
    assert.equal(secondsOn(glass, 't2'), 108);
    await bench.clock.advance(107_000);
    assert.deepEqual([secondsOn(glass, 't2'), glass.view().code], [1, CODE]);
    await bench.clock.advance(500);
    assert.equal(glass.view().code, null);
    await stopLane(bench);
  });

  it('is told every fifth second only on a slow line', async () => {
    const { bench, glass } = await onLane(nextionAt(2400));
    bench.now('awaiting_payer', { code: CODE, lifeMs: 60_000 });
    await bench.clock.advance(58_000);
    const seen = [...new Set(glass.history().map(({ texts }) => texts['t2']))].filter((text) => text !== undefined);
    assert.deepEqual(seen, [
      'Time left 1:00',
      ...[55, 50, 45, 40, 35, 30, 25, 20, 15, 10].map((s) => `Time left 0:${s}`),
      'Time left 0:05',
    ]);
    await stopLane(bench);
  });

  it('is told once to a display that counts by itself', async () => {
    const driver = createQrLineDriver({ preset: 'diy-json' });
    assert.ok(!('refused' in driver));
    const { bench, glass, wire } = await onLane({
      driver,
      bootMs: 0,
      glass: (clock) => createQrLineGlass({ clock, paced: false, drawMs: 0, firmware: 'diy-json' }),
    });
    bench.now('awaiting_payer', { code: CODE, lifeMs: 64_000 });
    await bench.clock.advance(20_000);
    const lines = wire
      .written()
      .toString()
      .split('\n')
      .filter((line) => line.includes('"qr"'));
    assert.equal(lines.length, 1);
    assert.deepEqual([JSON.parse(lines[0] ?? '').seconds, glass.view().code, secondsOn(glass, 'left')], [63, CODE, 43]);
    bench.now('paid');
    await bench.clock.advance(1_500);
    assert.equal(secondsOn(glass, 'left'), null);
    await stopLane(bench);
  });

  it('does not speak over a code that the lane no longer wants', async () => {
    const { bench, glass } = await onLane(nextionAt(9600));
    bench.now('awaiting_payer', { code: CODE });
    await bench.clock.advance(5_000);
    bench.now('paid');
    await bench.clock.advance(500);
    assert.deepEqual(glass.view().texts, { t0: 'JPY 1980', t1: 'Payment received', t2: 'Thank you' });
    await bench.clock.advance(5_000);
    assert.deepEqual(glass.view().texts, { t0: 'JPY 1980', t1: 'Payment received', t2: 'Thank you' });
    await stopLane(bench);
  });

  it('is right again with the code after the panel has restarted', async () => {
    const { bench, glass } = await onLane(nextionAt(9600));
    bench.now('awaiting_payer', { code: CODE, lifeMs: 180_000 });
    await bench.clock.advance(5_500);
    glass.reboot();
    await bench.clock.advance(3_000);
    assert.deepEqual([glass.view().code, secondsOn(glass, 't2')], [CODE, 172]);
    await stopLane(bench);
  });
});

/** A Nextion, and a say in what it answers to the time left. */
async function meddledNextion() {
  const made = await onLane(pullableNextion());
  const { glass } = made;
  const receive = glass.receive;
  const meddling = { with: undefined as ((bytes: Uint8Array) => void) | undefined };
  glass.receive = (bytes) => {
    const isTime = Buffer.from(bytes).includes('Time left');
    if (isTime && meddling.with !== undefined) meddling.with(bytes);
    else receive(bytes);
  };
  return { ...made, meddling };
}

describe('trouble while the time left is told', () => {
  it('refused: it is not asked for again, and the code stands as proven', async () => {
    const { bench, glass, meddling } = await meddledNextion();
    bench.now('awaiting_payer', { code: CODE });
    await bench.clock.advance(1_500);
    let asked = 0;
    meddling.with = () => {
      asked += 1;
      glass.say(Uint8Array.of(0x1c, 0xff, 0xff, 0xff));
    };
    const events = bench.told.length;
    await bench.clock.advance(10_000);
    assert.deepEqual(
      [asked, bench.told.length, bench.status().state, bench.status().confirmation],
      [1, events, 'showing', 'verified'],
    );
    meddling.with = undefined;
    bench.now('awaiting_payer', { id: 'SHOP114-2', code: OTHER });
    await bench.clock.advance(1_500);
    assert.equal(secondsOn(glass, 't2'), 179, 'for the next code it is told again');
    await stopLane(bench);
  });

  it('no answer to it alone: the display is asked, and the code stands as proven', async () => {
    const { bench, glass, meddling } = await meddledNextion();
    bench.now('awaiting_payer', { code: CODE });
    await bench.clock.advance(1_500);
    meddling.with = () => {};
    const events = bench.told.length;
    await bench.clock.advance(10_000);
    assert.deepEqual([bench.told.length, bench.status().health, bench.status().confirmation], [events, 'ready', 'verified']);
    meddling.with = undefined;
    await bench.clock.advance(1_500);
    assert.equal(secondsOn(glass, 't2'), 167);
    await stopLane(bench);
  });

  it('no answer to anything: the till hears of it within 8 s, as without', async () => {
    const { bench, glass } = await meddledNextion();
    bench.now('awaiting_payer', { code: CODE });
    await bench.clock.advance(1_500);
    glass.deafen(true);
    await bench.clock.advance(8_000);
    assert.deepEqual([bench.status().health, bench.status().state], ['absent', 'pending']);
    glass.deafen(false);
    await bench.clock.advance(8_000);
    assert.deepEqual([bench.status().health, bench.status().state, glass.view().code], ['ready', 'showing', CODE]);
    await stopLane(bench);
  });

  it('expiry: the code leaves within a second, although the panel is busy with the time', async () => {
    const { bench, glass } = await onLane(nextionAt(9600));
    bench.now('awaiting_payer', { code: CODE, lifeMs: 30_000 });
    await bench.clock.advance(28_990);
    glass.stall(1_500);
    await bench.clock.advance(1_010);
    assert.equal(glass.view().code, CODE, 'nothing can be drawn yet');
    await bench.clock.advance(1_000);
    assert.deepEqual([glass.view().code, glass.view().page], [null, 'idle']);
    await stopLane(bench);
  });

  it('cancel: the code leaves within a second, and no time is told on what follows', async () => {
    const { bench, glass } = await onLane(nextionAt(9600, true));
    bench.now('awaiting_payer', { code: CODE });
    for (const offset of [0, 10, 20, 30]) {
      bench.now('awaiting_payer', { id: `SHOP114-${offset}`, code: offset % 2 === 0 ? CODE : OTHER });
      await bench.clock.advance(1_500);
      const next = bench.clock.elapsedMs();
      await bench.clock.advance(1_000 - (next % 1_000) + offset);
      bench.now('cancelling', { id: `SHOP114-${offset}` });
      await bench.clock.advance(1_000);
      assert.deepEqual([glass.view().code, glass.view().texts['t1']], [null, 'Cancelling, please wait'], `${offset} ms`);
      assert.equal(told(glass, 't2'), null);
    }
    await stopLane(bench);
  });

  it('a pulled plug in the middle of it is reported, and all is right again after it', async () => {
    for (const bytes of [1, 8, 20]) {
      const { bench, glass, wire } = await onLane(pullableNextion());
      bench.now('awaiting_payer', { code: CODE });
      await bench.clock.advance(1_990);
      wire.unplugAfter(bytes);
      await bench.clock.advance(100);
      assert.deepEqual([bench.status().health, bench.status().state], ['absent', 'pending'], `after ${bytes} bytes`);
      glass.power(false);
      await bench.clock.advance(2_000);
      wire.plug();
      glass.power(true);
      await bench.clock.advance(4_000);
      assert.deepEqual([bench.status().health, glass.view().code, secondsOn(glass, 't2')], ['ready', CODE, 172]);
      await stopLane(bench);
    }
  });
});
