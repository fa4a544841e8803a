import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { createEmulatedGlass, type GlassOrder } from '#src/simulator/glass-emulators/emulated-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import type { DamageKind } from '#src/simulator/glass-emulators/paced-line.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { needPty } from '../support/pty.js';

/** One kind of emulated glass, as the suite sees it. */
export interface EmulatorCase {
  readonly name: string;
  readonly driver: string;
  readonly options?: GlassOrder['options'];
  /** Bytes that make a glass show `SHOWN` (or these words, where it can show no code). */
  readonly show: Uint8Array;
  /** Bytes that are answered, and the shortest answer; absent for a device that never answers. */
  readonly ask?: Uint8Array;
  /** Paper stays when the power goes. */
  readonly isPaper?: boolean;
  /** Shows words only. */
  readonly isText?: boolean;
  /** Another case has the same device behind its plug. */
  readonly isVariant?: boolean;
}

/** The code or the words that `show` brings onto the glass. */
export const SHOWN = 'https://q.example/AB';

const BOOT_MS = 3_000;

function stands({ isText }: EmulatorCase, glass: GlassEmulator): boolean {
  const { code, texts } = glass.view();
  return isText === true ? Object.values(texts).some((text) => text.includes('AB')) : code === SHOWN;
}

function heardBy(glass: GlassEmulator): Buffer {
  const heard = glass.trace().filter(({ kind }) => kind === 'in');
  return Buffer.from(heard.map(({ what }) => what).join(''), 'hex');
}

/** What every emulated glass can be made to suffer (display reference 13, emulator requirements). */
export function describeEmulator(one: EmulatorCase): void {
  describe(`emulated glass ${one.name}`, () => {
    let clock: ManualClock;
    let glass: GlassEmulator;
    let said: Buffer[];

    function start(order: GlassOrder = {}): void {
      clock = createManualClock({ restMs: 0 });
      const options = { bootMs: BOOT_MS, ...one.options, ...order.options };
      const made = createEmulatedGlass(one.driver, { clock, paced: false, ...order, options });
      assert.ok(made !== undefined);
      glass = made;
      said = [];
      glass.onBytes((bytes) => said.push(bytes));
    }
    beforeEach(() => start());
    afterEach(() => glass.stop());

    const drawn = () => clock.advance(2_000);

    it('shows what it is told, as pixels that are read back where it is a code', async () => {
      glass.receive(one.show);
      await drawn();
      assert.ok(stands(one, glass));
      assert.equal(glass.readCode(), one.isText === true ? null : SHOWN);
    });

    it('loses, doubles and corrupts the bytes it is told to, in both directions, once and as a bad cable does', async () => {
      const lengths: Record<DamageKind, number> = { drop: 1, corrupt: 2, duplicate: 3 };
      for (const [how, length] of Object.entries(lengths) as [DamageKind, number][]) {
        start();
        glass.damage('in', { at: 2, how });
        glass.receive(Buffer.from([0x41, 0x42]));
        glass.receive(Buffer.from([0x43]));
        await clock.settle();
        const [first, ...others] = heardBy(glass);
        assert.deepEqual([first, others.length, others.at(-1)], [0x41, length, 0x43], how);
        glass.damage('out', { at: 1, how });
        glass.say(Buffer.from([0x41, 0x42]));
        assert.equal(Buffer.concat(said).length, length, how);
        let count = 0;
        glass.disturb('in', () => (++count % 2 === 0 ? how : undefined));
        const before = heardBy(glass).length;
        glass.receive(Buffer.from([1, 2, 3, 4]));
        assert.equal(heardBy(glass).length - before, { drop: 2, corrupt: 4, duplicate: 6 }[how], how);
        glass.disturb('in', undefined);
        await glass.stop();
      }
    });

    if (one.ask !== undefined) {
      const ask = one.ask;
      it('stops answering and goes on working', async () => {
        glass.receive(ask);
        await drawn();
        assert.ok(Buffer.concat(said).length > 0, 'it does answer');
        glass.mute(true);
        said.length = 0;
        glass.receive(one.show);
        glass.receive(ask);
        await drawn();
        assert.ok(stands(one, glass));
        assert.deepEqual(said, []);
        glass.mute(false);
        glass.receive(ask);
        await drawn();
        assert.ok(Buffer.concat(said).length > 0);
      });
    }

    it('hears nothing while it is deafened', async () => {
      glass.deafen(true);
      glass.receive(one.show);
      await drawn();
      assert.ok(!stands(one, glass));
      glass.deafen(false);
      glass.receive(one.show);
      await drawn();
      assert.ok(stands(one, glass));
    });

    it('restarts in the middle of a frame, at every byte of it, and is deaf until it has booted', async () => {
      for (let after = 1; after < one.show.length; after += 1) {
        if (after > 1) start();
        glass.reboot({ afterBytes: after });
        glass.receive(one.show);
        await clock.advance(BOOT_MS / 2);
        glass.receive(one.show);
        await clock.advance(BOOT_MS / 2 + 2_000);
        if (one.isPaper !== true) assert.ok(!stands(one, glass), `after ${after} bytes`);
        const pieces = glass.history().filter(({ code }) => code === SHOWN).length;
        glass.receive(one.show);
        await drawn();
        assert.ok(stands(one, glass), `after ${after} bytes`);
        assert.ok(pieces === 0 || one.isPaper === true, `the torn frame was shown after ${after} bytes`);
        await glass.stop();
      }
    });

    it('without power is dark, deaf and mute, and has forgotten all but its paper', async () => {
      glass.receive(one.show);
      await drawn();
      glass.power(false);
      glass.receive(one.show);
      if (one.ask !== undefined) glass.receive(one.ask);
      await drawn();
      if (one.isPaper !== true) assert.deepEqual([glass.view().lit, stands(one, glass)], [false, false]);
      glass.power(true);
      await clock.advance(BOOT_MS + 100);
      if (one.isPaper !== true) assert.ok(glass.view().lit && !stands(one, glass));
      glass.receive(one.show);
      await drawn();
      assert.ok(stands(one, glass));
    });

    it('takes the time of its speed', async () => {
      await glass.stop();
      start({ paced: true, baudRate: 2_400 });
      const lineMs = (one.show.length * 10_000) / 2_400;
      glass.receive(one.show);
      await clock.advance(lineMs - 20);
      assert.ok(heardBy(glass).length < one.show.length);
      await clock.advance(2_100);
      assert.equal(heardBy(glass).length, one.show.length);
      assert.ok(stands(one, glass));
    });

    if (one.isVariant === true) return;

    it('goes away on TCP after exactly so many bytes, and comes back under another port', async () => {
      const plug = await glass.listenTcp();
      const first = await hostAt(plug.port);
      const half = Math.floor(one.show.length / 2);
      const gone = plug.unplugAfter(half);
      first.write(one.show);
      await gone;
      assert.deepEqual(heardBy(glass), Buffer.from(one.show.subarray(0, half)));
      await clock.until(() => first.closed, 'the host notices');
      const other = await plug.plug(0);
      glass.reboot();
      await clock.advance(BOOT_MS + 100);
      const second = await hostAt(other);
      second.write(one.show);
      await clock.until(() => heardBy(glass).length === half + one.show.length, 'the whole frame');
      await drawn();
      assert.ok(stands(one, glass));
      second.destroy();
    });

    it('goes away on a pseudo-terminal after exactly so many bytes, and comes back under another name', async function () {
      needPty(this);
      const folder = mkdtempSync(join(tmpdir(), 'emulated-'));
      try {
        const pty = await glass.attachPty(join(folder, 'ttyUSB0'));
        const speed = glass.baudRate();
        const first = await portAt(pty.path(), speed);
        const half = Math.floor(one.show.length / 2);
        const { gone } = await pty.unplugAfter(half);
        first.write(Buffer.from(one.show));
        await gone;
        assert.deepEqual(heardBy(glass), Buffer.from(one.show.subarray(0, half)));
        await new Promise((resolve) => first.close(resolve));
        glass.reboot();
        await clock.advance(BOOT_MS + 100);
        const second = await portAt(await pty.plug(join(folder, 'ttyUSB1')), speed);
        second.write(Buffer.from(one.show));
        await clock.until(() => heardBy(glass).length === half + one.show.length, 'the whole frame');
        await drawn();
        assert.ok(stands(one, glass));
        await new Promise((resolve) => second.close(resolve));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}

function hostAt(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

function portAt(path: string, baudRate: number): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    port.on('error', () => {});
    port.on('data', () => {});
    port.open((error) => (error ? reject(error) : resolve(port)));
  });
}
