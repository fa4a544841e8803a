import assert from 'node:assert/strict';
import { createGlassDesk, type GlassDesk, TROUBLES } from '#src/rehearsal/glass-desk.js';
import { playGlassFaults, readGlassFaults } from '#src/rehearsal/glass-faults.js';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { tcpSocket } from '#src/simulator/glass-emulators/plugged-glass.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';

describe('troubles of an emulated display', () => {
  let clock: ManualClock;
  let glass: NextionGlass;
  let desk: GlassDesk;
  let stop: AbortController;
  beforeEach(async () => {
    clock = createManualClock();
    glass = createNextionGlass({ clock, paced: false, bootMs: 100 });
    desk = createGlassDesk(glass, await tcpSocket(glass));
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await glass.stop();
  });

  function heard(): Buffer {
    const all = glass.trace().filter(({ kind }) => kind === 'in');
    return Buffer.from(all.map(({ what }) => what).join(''), 'hex');
  }
  function play(list: unknown, seed = '1'): void {
    const faults = readGlassFaults(JSON.stringify(list));
    assert.ok(typeof faults !== 'string', String(faults));
    playGlassFaults(faults, desk, { clock, seed, stop: stop.signal });
  }
  const isOn = (name: string) => desk.troubles().find((one) => one.name === name)?.on;

  it('have a key each, and switches say whether they are on', async () => {
    const keys = desk.troubles().map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length);
    assert.ok(!keys.includes('q'));
    for (const { name, kind } of TROUBLES) {
      if (kind !== 'switch') continue;
      assert.equal(await desk.make(name), true);
      assert.equal(isOn(name), true, name);
      await desk.make(name);
      assert.equal(isOn(name), false, name);
    }
    assert.equal(await desk.make('nothing-like-that'), false);
  });

  it('pull the plug, line and power, and put it back elsewhere', async () => {
    const before = desk.socket.where();
    await desk.make('unplug');
    assert.deepEqual([desk.socket.where(), desk.facts().plugged, desk.facts().powered], ['', false, false]);
    await desk.make('power');
    assert.equal(desk.facts().powered, false, 'the plug carries the power');
    await desk.make('replug-elsewhere');
    assert.match(desk.socket.where(), /^tcp:\/\/127\.0\.0\.1:\d+$/);
    assert.notEqual(desk.socket.where(), before);
    await clock.advance(200);
    assert.deepEqual([desk.facts().plugged, desk.facts().lit], [true, true]);
  });

  it('say why they could not be made', async () => {
    const plug = { ...desk.socket, putBack: () => Promise.reject(new Error('the port is taken')) };
    const other = createGlassDesk(glass, plug);
    await other.make('unplug', { on: true });
    await other.make('unplug', { on: false });
    assert.deepEqual([other.problem(), other.facts().plugged], ['the port is taken', false]);
  });

  it('come by a plan: at a byte, after seconds, for seconds, again and again', async () => {
    play([
      { name: 'drop-in', atByte: 2 },
      { name: 'unplug', afterSeconds: 10, forSeconds: 5, everySeconds: 30 },
      { name: 'reboot-after', afterSeconds: 60, atByte: 3 },
    ]);
    await clock.settle();
    glass.receive(Buffer.from('abc'));
    assert.equal(heard().toString(), 'ac');
    const seen: (boolean | undefined)[] = [];
    for (let second = 0; second < 60; second += 5) {
      await clock.advance(5_000);
      await clock.until(() => desk.facts().plugged || desk.socket.where() === '', 'the plug has moved');
      seen.push(isOn('unplug'));
    }
    assert.deepEqual(seen.slice(0, 10), [false, true, false, false, false, false, false, false, true, false]);
    stop.abort();
    await desk.make('unplug', { on: false });
    glass.receive(Buffer.from('abcdef'));
    await clock.advance(200);
    assert.ok(glass.trace().some(({ kind, what }) => kind === 'trouble' && what === 'reboot'));
  });

  it('come by chance, the same for the same seed', async () => {
    const runs: string[] = [];
    for (const seed of ['s', 's', 't']) {
      const one = createNextionGlass({ clock, paced: false });
      desk = createGlassDesk(one, await tcpSocket(one));
      play([{ name: 'corrupt-in', share: 0.05 }], seed);
      one.receive(Buffer.alloc(1_000, 0x55));
      const taken = one.trace().filter(({ kind }) => kind === 'in');
      runs.push(taken.map(({ what }) => what).join(''));
      await one.stop();
    }
    const wrong = Buffer.from(runs[0] ?? '', 'hex').filter((byte) => byte !== 0x55).length;
    assert.ok(wrong > 20 && wrong < 100, `${wrong} of 1000`);
    assert.equal(runs[0], runs[1]);
    assert.notEqual(runs[0], runs[2]);
  });

  it('are refused with the place and the reason', () => {
    for (const [text, why] of [
      ['{', /is not JSON/],
      ['{}', /expected array/],
      ['[{"name":"smash"}]', /fault 1, name/],
      ['[{"name":"mute"},{"name":"mute","after":1}]', /fault 2: .*after/],
      ['[{"name":"mute","share":0.1}]', /fault 1 \(mute\), share: only bytes/],
      ['[{"name":"drop-in","share":0.1,"atByte":1}]', /either by chance or at one byte/],
      ['[{"name":"reboot","atByte":1}]', /not about a byte/],
      ['[{"name":"reboot","forSeconds":1}]', /only a switch lasts/],
    ] as const) {
      const read = readGlassFaults(text);
      assert.ok(typeof read === 'string' && why.test(read), `${text}: ${String(read)}`);
    }
  });
});
