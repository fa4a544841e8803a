import assert from 'node:assert/strict';
import type { BridgeError } from '#src/base/bridge-error.js';
import type { Frame } from '#src/display/display-driver.js';
import type { DisplaySettings } from '#src/display/display-settings.js';
import { type RunningTest, startTest, testCode } from '#src/display/display-test.js';
import { createMertechDriver } from '#src/display/drivers/mertech.js';
import type { LoanRefusal } from '#src/display/lane-display.js';
import { createLaneBench, type LaneBench } from './lane-bench.js';
import { createWire } from './wire.js';

const SETTINGS: readonly DisplaySettings[] = [{ driver: 'nextion', port: 'wire' }];
const ORDER = { number: '4711', codeLength: 60, forMs: 20_000, currency: 'JPY' };

/** Lets the clock run until a promise is settled. */
async function turned<T>(bench: LaneBench, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  await bench.clock.advanceUntil(() => isDone, 'the work is done', { stepMs: 50, limitMs: 60_000 });
  return done;
}

function isTest(test: RunningTest | LoanRefusal): asserts test is RunningTest {
  assert.notEqual(typeof test, 'string', String(test));
}

describe('glasses lent to a technician', () => {
  let bench: LaneBench;
  const start = (order: Partial<typeof ORDER> = {}, settings = SETTINGS) =>
    turned(bench, startTest({ lane: bench.lane, settings, clock: bench.clock }, { ...ORDER, ...order }));
  const begin = () => {
    bench.lane.start();
    return bench.clock.advanceUntil(() => bench.status().health === 'ready', 'the panel is ready', { stepMs: 50 });
  };
  beforeEach(() => {
    bench = createLaneBench();
  });
  afterEach(() => turned(bench, bench.lane.stop()));

  it('show a test code with the number in it, confirmed, until they are given back', async () => {
    await begin();
    const test = await start();
    isTest(test);
    const [glass] = test.glasses;
    assert.match(test.code, /4711/);
    assert.equal(bench.panels[0]?.visibleCode(), test.code);
    assert.deepEqual([glass?.result, glass?.confirmation, glass?.reason], ['shown', 'verified', null]);
    assert.deepEqual(await turned(bench, test.end()), { ended: 'returned', notBlank: [] });
    assert.equal(bench.panels[0]?.visibleCode(), null);
  });

  it('are found first when the lane was only just started', async () => {
    bench.lane.start();
    const test = await start();
    isTest(test);
    assert.equal(test.glasses[0]?.result, 'shown');
  });

  it('leave no trace in what tills are told about the payment before', async () => {
    await begin();
    bench.now('awaiting_payer');
    await bench.clock.advance(1_000);
    bench.now('paid');
    await bench.clock.advance(1_000);
    const before = bench.told.length;
    const test = await start();
    isTest(test);
    await turned(bench, test.end());
    await bench.clock.advance(3_000);
    assert.deepEqual(bench.told.slice(before), []);
    assert.equal(bench.status().state, 'cleared');
  });

  it('are not lent while a payment holds the lane', async () => {
    await begin();
    for (const state of ['submitting', 'awaiting_payer', 'in_doubt', 'cancelling'] as const) {
      bench.now(state);
      assert.equal(await start(), 'sale', state);
    }
    bench.now('needs_attention');
    isTest(await start());
  });

  it('are not lent while the books cannot say, nor twice', async () => {
    await begin();
    bench.books = () => Promise.reject(new Error('disk full'));
    assert.equal(await start(), 'unknown');
    bench.books = () => null;
    isTest(await start());
    assert.equal(await start(), 'lent');
  });

  it('go back to the lane at once when a sale begins, and show its code', async () => {
    await begin();
    const test = await start();
    isTest(test);
    bench.now('submitting', { id: 'SHOP114-2' });
    await bench.clock.advance(600);
    assert.equal(bench.panels[0]?.visibleCode(), null);
    assert.equal(bench.panels[0]?.text('t1'), 'Please wait');
    assert.equal(bench.status().state, 'none');
    const { code } = bench.now('awaiting_payer', { id: 'SHOP114-2' }).life;
    await bench.clock.advance(600);
    assert.equal(bench.panels[0]?.visibleCode(), code?.text);
    assert.deepEqual([bench.status().state, bench.status().paymentRequestId], ['showing', 'SHOP114-2']);
    assert.equal((await turned(bench, test.end())).ended, 'sale');
    assert.equal(bench.panels[0]?.visibleCode(), code?.text, 'the end of the test touches nothing');
  });

  it('go back by themselves when the time is up', async () => {
    await begin();
    const test = await start({ forMs: 2_000 });
    isTest(test);
    await bench.clock.advance(3_000);
    assert.equal(bench.panels[0]?.visibleCode(), null);
    assert.deepEqual(await turned(bench, test.end()), { ended: 'time', notBlank: [] });
  });

  it('are lent for the time after a slow one has shown it', async () => {
    const driver = createMertechDriver();
    const slow = {
      driver: { ...driver, paint: (frame: Frame) => driver.paint(frame).map((step) => ({ ...step, gapMs: 8_000 })) },
      port: 'slow',
      bootDelayMs: 0,
      open: createWire(() => {}).open,
    };
    bench = createLaneBench({ extra: () => [slow] });
    await begin();
    const test = await start({ forMs: 2_000 }, [...SETTINGS, { driver: 'mertech', port: 'slow' }]);
    isTest(test);
    assert.deepEqual(
      test.glasses.map(({ result }) => result),
      ['shown', 'shown'],
    );
    await bench.clock.advance(1_500);
    assert.equal(bench.panels[0]?.visibleCode(), test.code);
    await bench.clock.advance(1_500);
    assert.equal(bench.panels[0]?.visibleCode(), null);
    assert.equal((await turned(bench, test.end())).ended, 'time');
  });

  it('say what keeps them from showing it', async () => {
    bench.wires[0]?.unplug();
    bench.lane.start();
    await bench.clock.advance(500);
    const absent = await start();
    isTest(absent);
    assert.deepEqual([absent.glasses[0]?.result, absent.glasses[0]?.reason], ['failed', 'The port is not there.']);
  });

  it('refuse a code that does not fit before anything is sent', async () => {
    await begin();
    const before = bench.wires[0]?.written().length ?? 0;
    const test = await start({ codeLength: 300 });
    isTest(test);
    assert.equal(test.glasses[0]?.result, 'refused');
    assert.match(test.glasses[0]?.reason ?? '', /300 bytes, this glass takes 255/);
    assert.ok(!bench.wires[0]?.written().subarray(before).includes('ocbridge'));
  });

  it('name the display that is not blank afterwards', async () => {
    await begin();
    const test = await start();
    isTest(test);
    bench.wires[0]?.unplug();
    assert.deepEqual((await turned(bench, test.end())).notBlank, [1]);
  });

  it('give their ports away and open them again when they are back', async () => {
    await begin();
    const loan = await turned(bench, bench.lane.lend({ frame: { kind: 'idle' }, forMs: 60_000 }));
    assert.notEqual(typeof loan, 'string');
    if (typeof loan === 'string') return;
    await turned(bench, loan.releasePorts());
    assert.match(bench.status().reason ?? '', /lent/);
    const opened = bench.wires[0]?.opened();
    await bench.clock.advance(10_000);
    assert.equal(bench.wires[0]?.opened(), opened, 'nobody opens it meanwhile');
    await turned(bench, loan.giveBack());
    await bench.clock.advance(2_000);
    assert.deepEqual([bench.status().health, bench.status().reason], ['ready', null]);
  });

  it('give their ports away although they could not be opened', async () => {
    const wire = bench.wires[0];
    assert.ok(wire);
    wire.refuse = Object.assign(new Error('busy'), { code: 'display.portBusy' }) as unknown as BridgeError;
    bench.lane.start();
    await bench.clock.advance(40_000);
    const loan = await turned(bench, bench.lane.lend({ frame: { kind: 'idle' }, forMs: 60_000 }));
    if (typeof loan === 'string') throw new Error(loan);
    await turned(bench, loan.releasePorts());
    wire.refuse = undefined;
    bench.now('submitting');
    await bench.clock.advanceUntil(() => bench.panels[0]?.text('t1') === 'Please wait', 'the sale has the glass', {
      limitMs: 3_000,
    });
  });
});

describe('test code', () => {
  it('has the length that is asked for, and always the number', () => {
    for (const length of [26, 43, 60, 170]) {
      assert.equal(testCode('0042', length).length, length);
      assert.match(testCode('0042', length), /0042/);
    }
  });
});
