import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addMs, systemClock } from '#src/base/clock.js';
import { silentLog } from '#src/base/log.js';
import { surfaceFor } from '#src/display/display-settings.js';
import { createLaneDisplay, type LaneDisplay } from '#src/display/lane-display.js';
import type { DisplayedPayment } from '#src/display/what-to-show.js';
import type { LaneId, StateName } from '#src/payment/payment.js';
import { type GlassOnPty, openGlassOnPty } from '../support/glass-on-pty.js';
import { createManualClock } from '../support/manual-clock.js';
import { needPty } from '../support/pty.js';

const CODE = 'https://qr.example/281010040000000000000000000000000001';
const LANE = 'lane-1' as LaneId;

/** Only for its `until`: this file runs in real time, because bytes at 9600 baud take it. */
const { until } = createManualClock();

describe('Nextion panel on a serial line at 9600 baud', () => {
  let folder: string | undefined;
  let line: GlassOnPty;
  let lane: LaneDisplay;
  let payment: DisplayedPayment | null;
  let ring: () => void;

  before(function () {
    needPty(this);
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'glass-'));
    const link = join(folder, 'customer-display');
    line = await openGlassOnPty({ link, baudRate: 9600 });
    payment = null;
    ring = () => {};
    const surface = surfaceFor({ driver: 'nextion', port: link, baudRate: 9600 }, systemClock);
    assert.ok(!('refused' in surface));
    lane = createLaneDisplay({
      laneId: LANE,
      surfaces: [surface],
      clock: systemClock,
      log: silentLog,
      feed: {
        current: () => payment,
        onChange(_, changed) {
          ring = changed;
          return () => {};
        },
        offsetMs: () => 0,
        onStatus: () => {},
      },
    });
    lane.start();
    await until(() => lane.statuses()[0]?.health === 'ready', 'the panel is ready');
  });
  afterEach(async () => {
    await lane?.stop();
    await line?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  function now(state: StateName, lifeMs = 180_000): void {
    const since = systemClock.now();
    const code = payment?.life.code ?? { text: CODE, expiresAt: addMs(since, lifeMs) };
    payment = {
      paymentRequestId: 'SHOP114-1',
      amount: { currency: 'JPY', value: '1980' },
      life: { state, stateSince: since, code },
    };
    ring();
  }
  const state = () => lane.statuses()[0]?.state;

  it('shows the code verified, takes it away when it is paid, and says thanks', async () => {
    const began = performance.now();
    now('awaiting_payer');
    await until(() => state() === 'showing', 'the code is shown');
    const tookMs = performance.now() - began;
    assert.equal(line.glass.readCode(), CODE);
    assert.equal(lane.statuses()[0]?.confirmation, 'verified');
    assert.ok(tookMs > 200 && tookMs < 2_000, `${tookMs} ms`);
    now('paid');
    await until(() => state() === 'cleared', 'the code is gone');
    await until(() => line.glass.view().page === 'paid', 'thanks');
    assert.equal(line.glass.readCode(), null);
  });

  it('is painted again after replug under another device name', async () => {
    now('awaiting_payer');
    await until(() => state() === 'showing', 'the code is shown');
    await line.unplug();
    await until(() => lane.statuses()[0]?.health === 'absent', 'the display is absent');
    assert.equal(state(), 'pending');
    await line.plug();
    await until(() => state() === 'showing', 'the code is shown again');
    assert.equal(line.glass.readCode(), CODE);
  });

  it('shows no code when it comes back after the expiry, although it kept its power', async () => {
    now('awaiting_payer', 1_500);
    await until(() => state() === 'showing', 'the code is shown');
    await line.unplug({ keepsPower: true });
    assert.equal(line.glass.readCode(), CODE);
    await until(() => state() === 'stale', 'the code may still be visible');
    await line.plug();
    await until(() => state() === 'cleared', 'the code is blanked');
    assert.equal(line.glass.readCode(), null);
  });

  it('is blanked when the bridge ends', async () => {
    now('awaiting_payer');
    await until(() => state() === 'showing', 'the code is shown');
    const began = performance.now();
    await lane.stop();
    assert.ok(performance.now() - began < 800);
    assert.equal(line.glass.readCode(), null);
  });

  it('comes right through damaged, lost and doubled bytes', async () => {
    for (const [index, damage] of (['drop', 'corrupt', 'duplicate'] as const).entries()) {
      payment = null;
      now('awaiting_payer');
      line.glass.damage(index % 2 === 0 ? 'in' : 'out', { at: 30, how: damage });
      await until(() => state() === 'showing' && line.glass.readCode() === CODE, `the code is shown in spite of ${damage}`);
      now('cancelled');
      await until(() => state() === 'cleared' && line.glass.readCode() === null, 'the code is gone');
    }
  });
});
