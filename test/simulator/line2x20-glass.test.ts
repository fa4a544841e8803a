import assert from 'node:assert/strict';
import {
  createLine2x20Glass,
  type Line2x20Glass,
  type Line2x20GlassOptions,
} from '#src/simulator/glass-emulators/line2x20-glass.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';

const EMPTY = ' '.repeat(20);
const TOTAL = 'TOTAL      HKD 12.34';

describe('line2x20 glass emulator', () => {
  let clock: ManualClock;
  let glass: Line2x20Glass;

  function start(options: Line2x20GlassOptions): void {
    clock = createManualClock({ restMs: 0 });
    glass = createLine2x20Glass({ clock, paced: false, ...options });
  }
  /** Hex, and text between quotes. */
  function send(written: string): void {
    for (const part of written.match(/"[^"]*"|[0-9A-Fa-f]{2}/g) ?? []) {
      glass.receive(part.startsWith('"') ? Buffer.from(part.slice(1, -1), 'latin1') : Buffer.from(part, 'hex'));
    }
  }

  afterEach(async () => {
    await glass.stop();
  });

  it('shows a greeting after power-on, until it is cleared', () => {
    start({ dialect: 'epson' });
    assert.match(glass.view().texts['top'] ?? '', /SELF TEST/);
    send('0C');
    assert.deepEqual(glass.view(), { lit: true, page: null, code: null, texts: {} });
    glass.power(false);
    assert.equal(glass.view().lit, false);
    glass.power(true);
    assert.match(glass.view().texts['top'] ?? '', /SELF TEST/);
  });

  it('shows the golden bytes of the reference', () => {
    start({ dialect: 'cd5220' });
    send('1B 51 41 54 4F 54 41 4C 20 20 20 20 20 20 48 4B 44 20 31 32 2E 33 34 0D');
    assert.equal(glass.rows()[0], TOTAL);
  });

  it('scrolls behind the fortieth place unless told to overwrite', () => {
    start({ dialect: 'epson' });
    send(`1B 40 0B "${'A'.repeat(20)}${'B'.repeat(20)}C"`);
    assert.deepEqual(glass.rows(), ['B'.repeat(20), `C${' '.repeat(19)}`]);
    send(`1F 01 0C "${'A'.repeat(20)}${'B'.repeat(20)}C"`);
    assert.deepEqual(glass.rows(), [`C${'A'.repeat(19)}`, 'B'.repeat(20)]);
  });

  it('obeys epson commands for places, brightness, cursor and code page', () => {
    start({ dialect: 'epson' });
    send('0C 1F 24 13 02 "XY" 1F 58 02 1F 43 00 1B 74 00');
    assert.deepEqual(glass.rows(), [EMPTY, `${' '.repeat(18)}XY`]);
    assert.deepEqual([glass.state().brightness, glass.state().cursorShown], [40, false]);
    send('1F 24 01 02 18');
    assert.deepEqual(glass.rows(), [EMPTY, EMPTY]);
    send('1B 07 "Z"');
    assert.match(glass.trace().at(-1)?.what ?? '', /1b07|5a/i);
    assert.match(JSON.stringify(glass.trace()), /unknown command 1b 7/);
  });

  it('lets everything pass by while the printer behind it is picked', () => {
    start({ dialect: 'epson' });
    send('0C 1B 3D 01 "A RECEIPT" 0C 1B 40');
    assert.deepEqual(glass.rows(), [EMPTY, EMPTY]);
    send('1B 3D 02 0B "HELLO"');
    assert.match(glass.rows()[0], /^HELLO /);
  });

  it('as cd5220 hears nothing but lines and clearing after a whole-line command', () => {
    start({ dialect: 'cd5220' });
    send('0C 1B 51 41 "ONE" 0D 1B 6C 01 02 "lost" 1B 51 42 "TWO" 0D');
    assert.deepEqual(glass.rows(), ['ONE'.padEnd(20), 'TWO'.padEnd(20)]);
    assert.equal(glass.state().stringMode, true);
    send('0C 1B 6C 01 02 "kept" 1B 2A 01');
    assert.deepEqual(glass.rows(), [EMPTY, 'kept'.padEnd(20)]);
    assert.deepEqual([glass.state().stringMode, glass.state().brightness], [false, 20]);
  });

  it('obeys logic commands', () => {
    start({ dialect: 'logic' });
    send(`1F 11 14 10 14 "${TOTAL}" 10 00 "HI" 04 40`);
    assert.deepEqual(glass.rows(), ['HI'.padEnd(20), TOTAL]);
    assert.deepEqual([glass.state().brightness, glass.state().cursorShown], [40, false]);
    send('04 FF 1F');
    assert.deepEqual([glass.rows()[1], glass.state().brightness], [EMPTY, 100]);
  });

  it('obeys aedex commands, also under other attention characters, and loses what stands outside of them', () => {
    start({ dialect: 'aedex', greeting: '' });
    send(`"lost!#1${TOTAL}" 0D "!#2short" 0D`);
    assert.deepEqual(glass.rows(), [TOTAL, 'short'.padEnd(20)]);
    send(`"!#9${'A'.repeat(20)}${'B'.repeat(20)}" 0D`);
    assert.deepEqual(glass.rows(), ['A'.repeat(20), 'B'.repeat(20)]);
    send('"!#8" 20 20 0D "!#1old" 0D "  1new" 0D');
    assert.equal(glass.rows()[0], 'new'.padEnd(20));
  });

  it('obeys dsp800 commands', () => {
    start({ dialect: 'dsp800' });
    send(`04 01 25 17 04 01 50 45 17 "${TOTAL}" 04 01 50 31 17 "HI" 04 01 41 32 17`);
    assert.deepEqual(glass.rows(), ['HI'.padEnd(20), TOTAL]);
    assert.equal(glass.state().brightness, 40);
    send('04 01 43 31 58 17');
    assert.deepEqual(glass.rows(), [EMPTY, EMPTY]);
  });

  it('shows garbage to a host that speaks another set', () => {
    start({ dialect: 'logic', greeting: '' });
    send('1B 51 41 "PAID" 0D');
    assert.match(glass.rows()[0], /^QAPAID/);
  });

  it('shows the same whatever pieces the bytes arrive in', () => {
    const lines = Buffer.from(`\x1b@\x1f\x01\x1f$\x01\x02${TOTAL}\x0b${TOTAL}`, 'latin1');
    for (let at = 1; at < lines.length; at += 1) {
      start({ dialect: 'epson' });
      glass.receive(lines.subarray(0, at));
      glass.receive(lines.subarray(at));
      assert.deepEqual(glass.rows(), [TOTAL, TOTAL], `cut at ${at}`);
    }
  });

  it('takes the time that the baud rate allows, and damage on the way shows', async () => {
    start({ dialect: 'epson', paced: true, baudRate: 9600 });
    send(`0C "${TOTAL}"`);
    await clock.advance(21);
    assert.notEqual(glass.rows()[0], TOTAL);
    await clock.advance(3);
    assert.equal(glass.rows()[0], TOTAL);
    glass.damage('in', { at: 3, how: 'drop' });
    send('0C "ABCDEF"');
    await clock.advance(20);
    assert.equal(glass.rows()[0], 'ACDEF'.padEnd(20));
  });
});
