import assert from 'node:assert/strict';
import { createEscposGlass, type EscposGlass, type EscposGlassOptions } from '#src/simulator/glass-emulators/escpos-glass.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { readByTwo } from '../support/two-readers.js';

const CODE = 'https://q.example/AB';
const GOLDEN =
  '1D286B0400314132 00 1D286B0300314306 1D286B0300314531 ' +
  '1D286B1700315030 68747470733A2F2F712E6578616D706C652F4142 1D286B0300315130';

describe('escpos paper emulator', () => {
  let clock: ManualClock;
  let glass: EscposGlass;
  let heard: string;

  function start(options: EscposGlassOptions = {}): void {
    clock = createManualClock({ restMs: 0 });
    heard = '';
    glass = createEscposGlass({ clock, paced: false, msPerDot: 0, ...options });
    glass.onBytes((bytes) => {
      heard += bytes.toString('hex');
    });
  }
  /** Hex, and text between quotes. */
  function send(...written: string[]): string {
    heard = '';
    for (const part of written.join(' ').match(/"[^"]*"|[0-9A-Fa-f]{2}/g) ?? []) {
      glass.receive(part.startsWith('"') ? Buffer.from(part.slice(1, -1), 'latin1') : Buffer.from(part, 'hex'));
    }
    return heard;
  }

  afterEach(async () => {
    await glass.stop();
  });

  it('prints the golden bytes of the reference between lines of text, and cuts', async () => {
    start();
    send('1B40 1B6101 "HKD 12.34" 0A', GOLDEN, '1B4A18 "SCAN TO PAY" 0A 1D564200');
    const [slip] = glass.slips();
    assert.deepEqual([slip?.lines, slip?.drawn, slip?.isCut], [['HKD 12.34', 'SCAN TO PAY'], [CODE], true]);
    assert.deepEqual(glass.view(), { lit: true, page: null, code: CODE, texts: { line1: 'HKD 12.34', line2: 'SCAN TO PAY' } });
    send('1B6101 1B4A18', GOLDEN, '1B4A18 1D564200');
    assert.deepEqual(await readByTwo(glass), [CODE, CODE]);
    assert.equal(glass.slips().length, 2);
  });

  it('keeps its paper whatever happens to its power', () => {
    start();
    send(GOLDEN, '1D564200');
    glass.power(false);
    assert.equal(glass.view().code, CODE);
    assert.equal(send('100401'), '');
  });

  it('prints nothing and says nothing about a symbol that is wider than the paper', () => {
    start({ columns: 16 });
    send('1D286B0300314310 1D286B1700315030 68747470733A2F2F712E6578616D706C652F4142 1D286B0300315130 1D7201 1D564200');
    assert.deepEqual([heard, glass.view().code], ['00', null]);
  });

  it('skips codes where it has no generator, and modules that are too large for it', () => {
    start({ native: false });
    assert.equal(send(GOLDEN, '1D7201'), '00');
    assert.deepEqual(glass.slips(), []);
    start({ largestModule: 4 });
    send(GOLDEN);
    // Version 2 at the usual 3 dots.
    assert.equal(glass.slips()[0]?.bitmap().height, 75);
  });

  it('prints pictures of any size through its buffer', async () => {
    start({ xonXoff: true });
    const row = 'F0'.repeat(33);
    send(`1D76300021000801 ${row.repeat(264)}`, '1D564200');
    const bitmap = glass.slips()[0]?.bitmap();
    assert.deepEqual([bitmap?.height, bitmap?.pixels[0], bitmap?.pixels[4 * 4], glass.lostBytes()], [264, 0, 255, 0]);
  });

  it('answers questions that jump the queue at once, also without paper or with an open cover', () => {
    start();
    assert.equal(send('100401', '100402', '100403', '100404', '100409'), '12121212');
    glass.setTrouble({ noPaper: true });
    assert.equal(send('100401', '100402', '100404'), '1a3272');
    glass.setTrouble({ noPaper: false, coverOpen: true });
    assert.equal(send('100401', '100402', '100404'), '1a1612');
  });

  it('answers the question in the queue after what stands before it, and not while it is off line', async () => {
    start({ msPerDot: 1 });
    assert.equal(send('"A" 0A 1D7201'), '');
    await clock.advance(30);
    assert.equal(heard, '00');
    glass.setTrouble({ coverOpen: true });
    assert.equal(send('1D7201'), '');
    glass.setTrouble({ coverOpen: false });
    assert.equal(heard, '00');
  });

  it('speaks by itself only where automatic status is on, and resetting brings its own setting back', () => {
    start();
    glass.setTrouble({ coverOpen: true });
    assert.equal(heard, '');
    glass.setTrouble({ coverOpen: false });
    assert.equal(send('1D61FF'), '10000000');
    glass.setTrouble({ noPaper: true });
    assert.equal(heard, '1000000018000c00');
    glass.setTrouble({ noPaper: false });
    heard = '';
    send('1B40');
    glass.setTrouble({ error: true });
    assert.equal(heard, '');
  });

  it('prints a line that is full, without a line feed', async () => {
    start({ columns: 32 });
    send(`"${'x'.repeat(40)}"`);
    await clock.advance(100);
    assert.deepEqual(glass.slips()[0]?.lines, ['x'.repeat(32)]);
    send('1B40');
    await clock.advance(100);
    assert.deepEqual(glass.slips()[0]?.lines, ['x'.repeat(32)], 'initialising drops what is not printed yet');
  });

  it('loses what its buffer does not hold', () => {
    start({ bufferBytes: 45, msPerDot: 1 });
    send('0A', `"${'x'.repeat(100)}"`);
    assert.equal(glass.lostBytes(), 55);
  });

  it('holds the host back by XOFF before its buffer is full, and calls it again by XON', async () => {
    start({ xonXoff: true, msPerDot: 1 });
    send('0A', `"${'x'.repeat(3967)}"`);
    assert.equal(heard, '');
    send('"x"');
    assert.equal(heard, '13');
    await clock.advance(150);
    assert.equal(heard, '1311');
    assert.equal(glass.lostBytes(), 0);
  });

  it('prints the same whatever pieces the bytes arrive in', () => {
    const bytes = Buffer.from(`${GOLDEN}1D564200`.replaceAll(' ', ''), 'hex');
    for (let at = 1; at < bytes.length; at += 1) {
      start();
      glass.receive(bytes.subarray(0, at));
      glass.receive(bytes.subarray(at));
      assert.deepEqual([glass.view().code, glass.slips().length], [CODE, 1], `cut at ${at}`);
    }
  });

  it('takes the time that the baud rate and the paper allow', async () => {
    start({ paced: true, baudRate: 9600, msPerDot: 0.8 });
    glass.receive(Buffer.from(`${GOLDEN}1D7201`.replaceAll(' ', ''), 'hex'));
    // 64 bytes at 9600 baud are 66.7 ms, 25 modules of 6 dots at 0.8 ms are 120 ms.
    await clock.advance(180);
    assert.equal(heard, '');
    await clock.advance(10);
    assert.equal(heard, '00');
  });

  it('is read back by two independent readers, drawn by itself or sent as a picture', async () => {
    for (const length of [1, 54, 170, 300]) {
      start({ columns: 42 });
      const text = `https://code.example/ap/${'0123456789'.repeat(50)}`.slice(0, length);
      const store = Buffer.from([0x1d, 0x28, 0x6b, (length + 3) & 0xff, (length + 3) >> 8, 0x31, 0x50, 0x30]);
      send('1B6101 1B4A18 1D286B0300314305');
      glass.receive(Buffer.concat([store, Buffer.from(text)]));
      send('1D286B0300315130 1B4A18 1D564200');
      assert.deepEqual(await readByTwo(glass), [text, text], `${length} bytes`);
    }
  });
});
