import assert from 'node:assert/strict';
import { BridgeError } from '#src/base/bridge-error.js';
import { createVirtualGlass } from '#src/display/drivers/virtual-glass.js';
import type { DisplayedPayment } from '#src/display/what-to-show.js';
import { CODE, createLaneBench, type LaneBench } from './lane-bench.js';

/** Turns the clock in small steps until the code stands on the first glass. */
async function untilCode(bench: LaneBench): Promise<void> {
  await bench.clock.advanceUntil(() => bench.status().state === 'showing', 'the code is shown', { stepMs: 50, limitMs: 60_000 });
}

async function shown(options?: Parameters<typeof createLaneBench>[0]): Promise<LaneBench> {
  const bench = createLaneBench(options);
  bench.lane.start();
  bench.now('awaiting_payer');
  await untilCode(bench);
  return bench;
}

describe('lane display', () => {
  let bench: LaneBench;
  afterEach(async () => {
    const stopped = bench.lane.stop();
    await bench.clock.advance(1_000);
    await stopped;
  });

  describe('one payment', () => {
    it('shows wait, code, thanks, idle, and tells each state once', async () => {
      bench = createLaneBench();
      const [panel] = bench.panels;
      bench.lane.start();
      bench.now('submitting');
      await bench.clock.advance(500);
      assert.equal(panel?.text('t1'), 'Please wait');
      assert.equal(panel?.text('t0'), 'JPY 1980');
      assert.equal(bench.status().state, 'none');
      bench.now('awaiting_payer');
      await untilCode(bench);
      assert.equal(panel?.visibleCode(), CODE);
      assert.equal(bench.status().confirmation, 'verified');
      assert.equal(bench.status().health, 'ready');
      assert.equal(bench.status().paymentRequestId, 'SHOP114-1');
      bench.now('paid');
      await bench.clock.advance(500);
      assert.equal(panel?.page(), 'paid');
      assert.equal(panel?.text('t1'), 'Payment received');
      assert.equal(bench.status().state, 'cleared');
      await bench.clock.advance(10_000);
      assert.equal(panel?.page(), 'idle');
      const states = bench.told.map(({ status }) => status.state).filter((state, i, all) => state !== all[i - 1]);
      assert.deepEqual(states, ['none', 'pending', 'showing', 'cleared']);
    });

    it('never shows two payments together: a code is blanked before other words are written', async () => {
      bench = await shown();
      const before = bench.panels[0]?.instructions().length ?? 0;
      bench.now('awaiting_payer', { id: 'SHOP114-2', code: 'https://qr.example/two' });
      await untilCode(bench);
      await bench.clock.advanceUntil(() => bench.panels[0]?.visibleCode() === 'https://qr.example/two', 'the second code', {
        stepMs: 50,
      });
      const since = bench.panels[0]?.instructions().slice(before) ?? [];
      assert.ok(since.indexOf('qr0.txt=""') < since.findIndex((line) => line.startsWith('t0.txt=')));
    });

    it('gives up "please wait" halfway for a code, and blanks nothing in between because no code stood there', async () => {
      bench = createLaneBench();
      const panel = bench.panels[0];
      bench.lane.start();
      await bench.clock.advanceUntil(() => bench.status().health === 'ready', 'ready');
      const before = panel?.instructions().length ?? 0;
      if (panel !== undefined) panel.swallowReplies = 1;
      bench.now('submitting');
      await bench.clock.advance(100);
      bench.now('awaiting_payer');
      await untilCode(bench);
      const since = panel?.instructions().slice(before, before + 4) ?? [];
      assert.deepEqual(since, ['page pay', 'page pay', 't0.txt="JPY 1980"', `qr0.txt="${CODE}"`]);
    });

    it('takes the code away within 1 s of a cancel', async () => {
      bench = await shown();
      bench.now('cancelling');
      await bench.clock.advance(1_000);
      assert.equal(bench.panels[0]?.visibleCode(), null);
      assert.equal(bench.status().state, 'cleared');
    });

    it('takes the code away within 1 s although no ring came', async () => {
      bench = await shown();
      const payment = bench.books() as DisplayedPayment;
      bench.books = () => ({ ...payment, life: { ...payment.life, state: 'failed' } });
      await bench.clock.advance(1_000);
      assert.equal(bench.panels[0]?.visibleCode(), null);
    });

    it('shows no code while the books keep silent, and asks again when they speak', async () => {
      bench = await shown();
      const payment = bench.books() as DisplayedPayment;
      let speak = (_: DisplayedPayment | null) => {};
      bench.books = () => new Promise((resolve) => (speak = resolve));
      await bench.clock.advance(3_000);
      assert.equal(bench.panels[0]?.visibleCode(), null);
      assert.equal(bench.status().state, 'cleared');
      bench.books = () => ({ ...payment, life: { ...payment.life, state: 'cancelled' } });
      speak(payment);
      await bench.clock.advance(1_000);
      assert.equal(bench.panels[0]?.visibleCode(), null);
      assert.ok(
        !bench.panels[0]
          ?.instructions()
          .slice(-3)
          .some((line) => line.includes(CODE)),
      );
    });

    it('takes the code away exactly at its expiry on our clock, wrong as it may be', async () => {
      bench = createLaneBench();
      bench.offsetMs = -3_600_000;
      bench.lane.start();
      bench.now('awaiting_payer', { lifeMs: 60_000 });
      await untilCode(bench);
      const began = bench.clock.elapsedMs();
      await bench.clock.advance(59_900 - began);
      assert.equal(bench.panels[0]?.visibleCode(), CODE);
      await bench.clock.advance(200);
      assert.equal(bench.panels[0]?.visibleCode(), null);
    });

    it('keeps the deadline of a code when the wall clock is put back', async () => {
      bench = await shown();
      await bench.clock.advance(60_000);
      bench.clock.jumpWall(-3_600_000);
      await bench.clock.advance(121_000);
      assert.equal(bench.panels[0]?.visibleCode(), null);
    });

    it('takes the code away soon when the wall clock is put forward past its expiry', async () => {
      bench = await shown();
      bench.clock.jumpWall(3_600_000);
      await bench.clock.advance(1_000);
      assert.equal(bench.panels[0]?.visibleCode(), null);
    });

    it('shows no code while the books cannot say whose it is, and again when they can', async () => {
      bench = await shown();
      const payment = bench.books() as DisplayedPayment;
      bench.books = () => Promise.reject(new Error('disk I/O error'));
      await bench.clock.advance(1_000);
      assert.equal(bench.panels[0]?.visibleCode(), null);
      bench.books = () => payment;
      await bench.clock.advance(3_000);
      assert.equal(bench.panels[0]?.visibleCode(), CODE);
    });

    it('goes blank over a payment that cannot be understood, says so once, and shows the next one', async () => {
      bench = await shown();
      const { life, ...payment } = bench.books() as DisplayedPayment;
      bench.books = () => ({ ...payment, life: { state: life.state } as DisplayedPayment['life'] });
      await bench.clock.advance(6_000);
      assert.equal(bench.panels[0]?.visibleCode(), null);
      assert.equal(bench.log.filter((line) => line.includes('display cannot show its payment')).length, 1, bench.log.join(''));
      bench.now('awaiting_payer', { id: 'SHOP114-2', code: `${CODE}-2` });
      await bench.clock.advance(1_000);
      assert.equal(bench.panels[0]?.visibleCode(), `${CODE}-2`);
    });

    it('lets a newer wish interrupt a painting', async () => {
      bench = createLaneBench();
      bench.lane.start();
      await bench.clock.advance(500);
      const panel = bench.panels[0];
      assert.ok(panel);
      // Every status is swallowed, so that each step takes its full 500 ms.
      panel.swallowReplies = 1;
      bench.now('awaiting_payer');
      await bench.clock.advance(100);
      bench.now('cancelled');
      await bench.clock.advance(1_500);
      assert.ok(!panel.instructions().some((line) => line.includes(CODE)));
      assert.equal(panel.text('t1'), 'Payment cancelled');
    });
  });

  describe('unplugged and plugged in again', () => {
    it('is reported absent at once, with the code waiting for it, and repainted after replug', async () => {
      bench = await shown();
      bench.wires[0]?.unplug();
      await bench.clock.advance(100);
      assert.equal(bench.status().health, 'absent');
      assert.equal(bench.status().state, 'pending');
      assert.ok(!bench.lane.canShow(CODE));
      await bench.clock.advance(5_000);
      bench.panels[0]?.reboot();
      bench.wires[0]?.plug();
      await bench.clock.advance(2_000);
      assert.equal(bench.panels[0]?.visibleCode(), CODE);
      assert.equal(bench.status().state, 'showing');
      assert.ok(bench.lane.canShow(CODE));
    });

    it('blanks first after every opening', async () => {
      bench = await shown();
      bench.wires[0]?.unplug();
      bench.wires[0]?.plug();
      const before = bench.panels[0]?.instructions().length ?? 0;
      await bench.clock.advance(2_000);
      const since = bench.panels[0]?.instructions().slice(before) ?? [];
      const blank = since.indexOf('page idle');
      assert.ok(blank >= 0 && blank < since.findIndex((line) => line.includes(CODE)));
    });

    it('shows no code when it comes back after the expiry, stale until it is blanked', async () => {
      bench = await shown();
      bench.wires[0]?.unplug();
      await bench.clock.advance(181_000);
      assert.equal(bench.status().state, 'stale');
      // A panel with a battery: it kept its picture.
      assert.equal(bench.panels[0]?.visibleCode(), CODE);
      const before = bench.panels[0]?.instructions().length ?? 0;
      bench.wires[0]?.plug();
      await bench.clock.advance(2_000);
      assert.equal(bench.panels[0]?.visibleCode(), null);
      assert.equal(bench.status().state, 'cleared');
      assert.ok(
        !bench.panels[0]
          ?.instructions()
          .slice(before)
          .some((line) => line.includes(CODE)),
      );
    });

    it('says unavailable when it never got the code', async () => {
      bench = createLaneBench();
      bench.wires[0]?.unplug();
      bench.lane.start();
      bench.now('awaiting_payer');
      await bench.clock.advance(100);
      assert.equal(bench.status().state, 'pending');
      assert.match(bench.status().reason ?? '', /not there/);
      bench.now('paid');
      await bench.clock.advance(100);
      assert.equal(bench.status().state, 'unavailable');
    });

    it('names the candidates and picks none when several ports fit', async () => {
      bench = createLaneBench();
      const wire = bench.wires[0];
      assert.ok(wire);
      wire.refuse = new BridgeError('display.portAmbiguous', '2 devices fit USB 1a86:7523: /dev/ttyUSB0, /dev/ttyUSB1.');
      bench.lane.start();
      bench.now('awaiting_payer');
      await bench.clock.advance(100);
      assert.equal(bench.status().state, 'unavailable');
      assert.match(bench.status().reason ?? '', /ttyUSB0, .*ttyUSB1/);
      wire.refuse = undefined;
      await bench.clock.advance(3_000);
      assert.equal(bench.status().state, 'showing');
    });

    it('repaints a panel that restarted by itself', async () => {
      bench = await shown();
      bench.panels[0]?.reboot();
      assert.equal(bench.panels[0]?.visibleCode(), null);
      await bench.clock.advance(1_000);
      assert.equal(bench.panels[0]?.visibleCode(), CODE);
    });

    it('notices a restart whose words were lost, by asking', async () => {
      bench = await shown();
      const panel = bench.panels[0];
      assert.ok(panel);
      panel.swallowReplies = 0;
      bench.wires[0]?.toHost(Uint8Array.of(0x00));
      panel.feed(Uint8Array.from([...Buffer.from('page idle'), 0xff, 0xff, 0xff]));
      await bench.clock.advance(5_000);
      assert.equal(panel.visibleCode(), CODE);
    });
  });

  describe('trouble on the line', () => {
    it('is stale until blanking gets through', async () => {
      bench = await shown();
      const panel = bench.panels[0];
      assert.ok(panel);
      panel.deaf = true;
      bench.now('cancelled');
      await bench.clock.advance(1_100);
      assert.equal(bench.status().state, 'stale');
      assert.notEqual(bench.status().health, 'ready');
      await bench.clock.advance(60_000);
      assert.equal(bench.status().state, 'stale');
      panel.deaf = false;
      await bench.clock.advance(31_000);
      assert.equal(panel.visibleCode(), null);
      assert.equal(bench.status().state, 'cleared');
      assert.equal(bench.status().health, 'ready');
    });

    it('reports a silent panel absent within 8 s and finds it when it restarts', async () => {
      bench = await shown();
      const panel = bench.panels[0];
      assert.ok(panel);
      await bench.clock.advance(3_000);
      panel.deaf = true;
      await bench.clock.advance(8_000);
      assert.equal(bench.status().health, 'absent');
      assert.equal(bench.status().state, 'pending');
      await bench.clock.advance(120_000);
      panel.deaf = false;
      panel.reboot();
      await bench.clock.advance(2_000);
      assert.equal(panel.visibleCode(), CODE);
      assert.equal(bench.status().health, 'ready');
    });

    it('climbs the ladder: resend, wake, reopen, then growing pauses up to 30 s', async () => {
      bench = await shown();
      const panel = bench.panels[0];
      const wire = bench.wires[0];
      assert.ok(panel && wire);
      panel.deaf = true;
      const openings: number[] = [];
      let opened = wire.opened();
      for (let ms = 0; ms < 150_000; ms += 250) {
        await bench.clock.advance(250);
        if (wire.opened() > opened) openings.push(ms);
        opened = wire.opened();
      }
      const gaps = openings.slice(1).map((at, i) => at - (openings[i] ?? 0));
      assert.deepEqual(
        gaps.map((gap) => Math.round((gap - 1_165) / 500) * 500),
        [500, 1_000, 2_000, 5_000, 10_000, 30_000, 30_000, 30_000],
      );
    });

    it('survives single lost replies without a wrong word on the glass', async () => {
      bench = createLaneBench();
      bench.lane.start();
      const panel = bench.panels[0];
      assert.ok(panel);
      for (let lost = 0; lost < 14; lost += 1) {
        panel.swallowReplies = 0;
        bench.now('awaiting_payer', { id: `SHOP114-${lost}`, code: `${CODE}${lost}` });
        await bench.clock.advance(20 * lost);
        panel.swallowReplies = 1;
        await bench.clock.advance(8_000);
        assert.equal(panel.visibleCode(), `${CODE}${lost}`);
        assert.equal(bench.status().confirmation, 'verified');
        bench.now('cancelled', { id: `SHOP114-${lost}` });
        await bench.clock.advance(8_000);
        assert.equal(panel.visibleCode(), null);
      }
    });

    it('leaves no cut code on the glass when the panel holds less than configured', async () => {
      bench = createLaneBench({ panels: [{ textMax: 20 }] });
      bench.lane.start();
      bench.now('awaiting_payer');
      await bench.clock.advance(3_000);
      assert.equal(bench.panels[0]?.visibleCode(), null);
      assert.match(bench.status().reason ?? '', /only 20 of 49 characters/);
      assert.equal(bench.status().state, 'pending');
      assert.equal(bench.status().health, 'degraded');
      assert.ok(!bench.lane.canShow(CODE));
    });

    it('says unavailable for a code that this glass cannot carry, and asks the payer to wait', async () => {
      bench = createLaneBench({ driver: { textMax: 40 } });
      bench.lane.start();
      bench.now('awaiting_payer');
      await bench.clock.advance(1_000);
      assert.equal(bench.status().state, 'unavailable');
      assert.match(bench.status().reason ?? '', /49 bytes, this glass takes 40/);
      assert.equal(bench.status().health, 'ready');
      assert.equal(bench.panels[0]?.text('t1'), 'Please wait');
      assert.ok(!bench.lane.canShow(CODE));
    });
  });

  describe('several glasses and the end', () => {
    it('shows the code on each, trouble of one not touching the other', async () => {
      bench = createLaneBench({ panels: [{}, { scope: 'global' }] });
      const [first] = bench.panels;
      assert.ok(first);
      first.deaf = true;
      bench.lane.start();
      bench.now('awaiting_payer');
      await bench.clock.advance(1_000);
      assert.equal(bench.status(1).state, 'showing');
      assert.equal(bench.status(0).state, 'pending');
      assert.ok(bench.lane.canShow(CODE));
    });

    it('drives the virtual glass through the same machinery', async () => {
      const glasses: ReturnType<typeof createVirtualGlass>[] = [];
      bench = createLaneBench({
        panels: [],
        extra: (clock) => {
          const glass = createVirtualGlass(clock);
          glasses.push(glass);
          return [{ driver: glass.driver, port: 'virtual', bootDelayMs: 0, open: glass.open }];
        },
      });
      const [glass] = glasses;
      assert.ok(glass);
      bench.lane.start();
      bench.now('awaiting_payer');
      await untilCode(bench);
      assert.deepEqual(bench.status().confirmation, 'verified');
      const frame = glass.frame();
      assert.equal(frame.kind === 'scan' && frame.codeText, CODE);
      glass.setPlugged(false);
      await bench.clock.advance(10);
      assert.equal(bench.status().health, 'absent');
      assert.equal(glass.frame().kind, 'idle');
      glass.setPlugged(true);
      await bench.clock.advance(1_500);
      assert.equal(glass.frame().kind, 'scan');
      bench.now('paid');
      await bench.clock.advance(100);
      assert.equal(glass.frame().kind, 'thanks');
      assert.deepEqual(
        glass.history().map((one) => one.frame.kind),
        ['idle', 'idle', 'scan', 'idle', 'idle', 'scan', 'idle', 'thanks'],
      );
    });

    it('keeps a driver that throws away from the other glass, and tries it again', async () => {
      let broken = true;
      bench = createLaneBench({
        extra: (clock) => {
          const { driver, open } = createVirtualGlass(clock);
          const paint: typeof driver.paint = (frame) => {
            if (broken) throw new Error('a bug in paint');
            return driver.paint(frame);
          };
          return [{ driver: { ...driver, paint }, port: 'virtual', bootDelayMs: 0, open }];
        },
      });
      bench.lane.start();
      bench.now('awaiting_payer');
      await untilCode(bench);
      assert.equal(bench.status(1).health, 'degraded');
      assert.match(bench.status(1).reason ?? '', /a bug in paint/);
      broken = false;
      await bench.clock.advance(2_000);
      assert.equal(bench.status(1).state, 'showing');
    });

    it('blanks every glass at the end and closes within 500 ms, reachable or not', async () => {
      bench = createLaneBench({ panels: [{}, {}] });
      bench.lane.start();
      bench.now('awaiting_payer');
      await untilCode(bench);
      await bench.clock.advanceUntil(() => bench.status(1).state === 'showing', 'the second code', { stepMs: 50 });
      const [, second] = bench.panels;
      assert.ok(second);
      second.deaf = true;
      let ended = false;
      const stopped = bench.lane.stop().then(() => {
        ended = true;
      });
      await bench.clock.advance(501);
      assert.ok(ended);
      await stopped;
      assert.equal(bench.panels[0]?.visibleCode(), null);
      assert.equal(bench.status(0).state, 'cleared');
      assert.equal(bench.status(1).state, 'stale');
    });

    it('has no status for a lane without a display and shows nothing', async () => {
      bench = createLaneBench({ panels: [] });
      bench.lane.start();
      bench.now('awaiting_payer');
      await bench.clock.advance(100);
      assert.deepEqual(bench.lane.statuses(), []);
      assert.ok(!bench.lane.canShow(CODE));
    });
  });
});
