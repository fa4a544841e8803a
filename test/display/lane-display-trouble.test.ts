import assert from 'node:assert/strict';
import fc from 'fast-check';
import { whatToShow } from '#src/display/what-to-show.js';
import type { StateName } from '#src/payment/payment.js';
import { seededSuite } from '../support/seeded.js';
import { CODE, createLaneBench, type LaneBench } from './lane-bench.js';

type Turn =
  | { readonly do: 'state'; readonly state: StateName; readonly id: number }
  | { readonly do: 'unplug' | 'plug' | 'reboot' | 'deafen' | 'hear' | 'swallow' | 'page' }
  | { readonly do: 'cut'; readonly bytes: number }
  | { readonly do: 'advance'; readonly ms: number };

const turn: fc.Arbitrary<Turn> = fc.oneof(
  fc.record({
    do: fc.constant('state' as const),
    state: fc.constantFrom<StateName>('submitting', 'awaiting_payer', 'awaiting_payer', 'cancelling', 'paid', 'cancelled'),
    id: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ do: fc.constantFrom('unplug', 'plug', 'reboot', 'deafen', 'hear', 'swallow', 'page') }),
  fc.record({ do: fc.constant('cut' as const), bytes: fc.integer({ min: 1, max: 300 }) }),
  fc.record({
    do: fc.constant('advance' as const),
    ms: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: 9_000 })),
  }),
);

const codeOf = (id: number) => `${CODE}-${id}`;

/** What should be visible now, worked out from the same books. */
function wantedCode(bench: LaneBench): string | null {
  const payment = bench.books();
  if (payment === null || !('life' in payment)) return null;
  const { frame } = whatToShow(payment, bench.clock.now(), 0);
  return frame.kind === 'scan' ? frame.codeText : null;
}

async function play(bench: LaneBench, one: Turn): Promise<void> {
  const [panel] = bench.panels;
  const [wire] = bench.wires;
  assert.ok(panel && wire);
  switch (one.do) {
    case 'state':
      bench.now(one.state, { id: `SHOP114-${one.id}`, code: codeOf(one.id), lifeMs: 20_000 });
      return;
    case 'unplug':
      return wire.unplug();
    case 'plug':
      return wire.plug();
    case 'reboot':
      return panel.reboot();
    case 'deafen':
    case 'hear':
      panel.deaf = one.do === 'deafen';
      return;
    case 'swallow':
      panel.swallowReplies = 1;
      return;
    case 'page':
      // Somebody touches the panel and it changes its page by itself.
      return panel.feed(Uint8Array.from([...Buffer.from('page paid'), 0xff, 0xff, 0xff]));
    case 'cut':
      return wire.unplugAfter(one.bytes);
    case 'advance':
      return bench.clock.advance(one.ms);
  }
}

describe('lane display in trouble', () => {
  const seeded = seededSuite();
  let bench: LaneBench;

  async function end(): Promise<void> {
    const stopped = bench.lane.stop();
    await bench.clock.advance(1_000);
    await stopped;
  }

  it('comes right after any mishap, and never paints a code that is not wanted', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 3, maxLength: 25 }), fc.boolean(), async (turns, isGlobal) => {
        bench = createLaneBench({ panels: [{ scope: isGlobal ? 'global' : 'local' }] });
        const [panel] = bench.panels;
        const [wire] = bench.wires;
        assert.ok(panel && wire);
        const wrong: string[] = [];
        let changedAt = 0;
        panel.onCode = (code) => {
          const justChanged = bench.clock.elapsedMs() - changedAt < 50;
          if (code !== wantedCode(bench) && !justChanged) wrong.push(`${code} was painted while ${wantedCode(bench)} was wanted`);
        };
        bench.lane.start();
        for (const one of turns) {
          if (one.do === 'state') changedAt = bench.clock.elapsedMs();
          await play(bench, one);
          const { state, health } = bench.status();
          if (health === 'absent') assert.notEqual(state, 'showing');
        }
        panel.deaf = false;
        panel.swallowReplies = 0;
        wire.plug();
        await bench.clock.advance(36_000);
        assert.equal(panel.visibleCode(), wantedCode(bench));
        assert.equal(bench.status().health, 'ready');
        assert.ok(['none', 'cleared', 'unavailable'].includes(bench.status().state), bench.status().state);
        bench.now('awaiting_payer', { id: 'SHOP114-9', code: codeOf(9) });
        await bench.clock.advance(1_000);
        assert.equal(panel.visibleCode(), codeOf(9));
        assert.equal(bench.status().state, 'showing');
        changedAt = bench.clock.elapsedMs();
        bench.now('paid', { id: 'SHOP114-9' });
        await bench.clock.advance(1_000);
        assert.equal(panel.visibleCode(), null);
        assert.equal(bench.status().state, 'cleared');
        assert.deepEqual(wrong, []);
        await end();
      }),
      seeded.runs(Number(process.env['DISPLAY_RUNS'] ?? 15)),
    );
  });

  it('survives unplugging after every byte of painting a code, and paints it after replug', async function () {
    this.timeout(60_000);
    for (let bytes = 1; bytes < 260; bytes += 9) {
      bench = createLaneBench();
      const [panel] = bench.panels;
      const [wire] = bench.wires;
      assert.ok(panel && wire);
      bench.lane.start();
      await bench.clock.advance(500);
      wire.unplugAfter(bytes);
      bench.now('awaiting_payer');
      await bench.clock.advance(1_000);
      wire.plug();
      await bench.clock.advance(2_500);
      assert.equal(panel.visibleCode(), CODE, `cut after ${bytes} bytes`);
      await end();
    }
  });
});
