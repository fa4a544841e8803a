import assert from 'node:assert/strict';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createMertechGlass, type MertechGlassOptions } from '#src/simulator/glass-emulators/mertech-glass.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { readByTwo } from '../support/two-readers.js';

const CODE = 'https://q.example/AB';
const GOLDEN = '02F202001468747470733A2F2F712E6578616D706C652F414202F203';

describe('mertech glass emulator', () => {
  let clock: ManualClock;
  let glass: GlassEmulator;
  let heard: string;

  function start(options: MertechGlassOptions = {}): void {
    clock = createManualClock({ restMs: 0 });
    heard = '';
    glass = createMertechGlass({ clock, paced: false, drawMs: 0, ...options });
    glass.onBytes((bytes) => {
      heard += bytes.toString('hex');
    });
  }
  const sendHex = (hex: string) => glass.receive(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const word = (text: string) => glass.receive(Buffer.from(`\x02\xf0\x03${text}\x03`, 'latin1'));
  function code(payload: Buffer, length = payload.length): void {
    const head = Buffer.from([2, 0xf2, 2, length >> 8, length & 0xff]);
    glass.receive(Buffer.concat([head, payload, Buffer.from([2, 0xf2, 3])]));
  }

  afterEach(async () => {
    await glass.stop();
  });

  it('shows the golden bytes of the reference and the pictures of its words, and never answers', () => {
    start();
    sendHex(GOLDEN);
    assert.deepEqual(glass.view(), { lit: true, page: 'code', code: CODE, texts: {} });
    word('correct');
    assert.deepEqual(glass.view(), { lit: true, page: 'correct', code: null, texts: {} });
    word('mistake');
    assert.equal(glass.view().page, 'mistake');
    sendHex('02 F0 03 43 4C 53 03');
    assert.equal(glass.view().page, 'idle');
    word('0D1302?');
    word('hello');
    assert.equal(glass.view().page, 'idle');
    assert.equal(heard, '');
  });

  it('shows the same whatever pieces the bytes arrive in, and after any garbage', () => {
    const bytes = Buffer.from(GOLDEN, 'hex');
    for (let at = 1; at < bytes.length; at += 1) {
      start();
      sendHex('FF 03 41 F2 02');
      glass.receive(bytes.subarray(0, at));
      glass.receive(bytes.subarray(at));
      assert.equal(glass.view().code, CODE, `cut at ${at}`);
    }
  });

  it('trusts the length, so that a payload may hold the trailer', () => {
    start();
    const payload = Buffer.from('a\x02\xf2\x03b', 'latin1');
    code(payload);
    assert.equal(glass.view().code, payload.toString('utf8'));
  });

  it('ignores empty codes, codes over 1000 bytes and codes with a wrong trailer', () => {
    start();
    code(Buffer.from(CODE));
    code(Buffer.alloc(0));
    code(Buffer.alloc(1001, 0x41));
    code(Buffer.from('longer than its length says'), 5);
    assert.equal(glass.view().code, CODE);
    word('CLS');
    word('CLS');
    code(Buffer.alloc(1000, 0x41));
    assert.equal(glass.view().code?.length, 1000);
  });

  it('shows a wrong code to a host that writes one byte of length from 256 bytes on', () => {
    start();
    code(Buffer.alloc(300, 0x41), 300 & 0xff);
    assert.equal(glass.view().code, null);
  });

  it('gives up a half frame after a pause', async () => {
    start();
    sendHex(GOLDEN.slice(0, 20));
    await clock.advance(501);
    sendHex(GOLDEN);
    assert.equal(glass.view().code, CODE);
  });

  it('takes its time to draw, in order', async () => {
    start({ drawMs: 60 });
    sendHex(GOLDEN);
    word('CLS');
    assert.equal(glass.view().code, null);
    await clock.advance(60);
    assert.equal(glass.view().code, CODE);
    await clock.advance(60);
    assert.equal(glass.view().code, null);
  });

  it('takes the time that the baud rate allows', async () => {
    start({ paced: true, baudRate: 9600 });
    sendHex(GOLDEN);
    // 28 bytes of 10 bits at 9600 baud are 29.2 ms.
    await clock.advance(28);
    assert.equal(glass.view().code, null);
    await clock.advance(2);
    assert.equal(glass.view().code, CODE);
  });

  it('is lost after the word that nobody should send', () => {
    start();
    word('BTOFF');
    sendHex(GOLDEN);
    assert.equal(glass.view().lit, false);
  });

  it('boots dark, hears nothing meanwhile and has forgotten its code', async () => {
    start();
    sendHex(GOLDEN);
    glass.reboot();
    assert.equal(glass.view().lit, false);
    sendHex(GOLDEN);
    await clock.advance(1000);
    assert.deepEqual(glass.view(), { lit: true, page: 'idle', code: null, texts: {} });
  });

  it('is read back by two independent readers up to its longest code', async () => {
    start();
    for (const length of [1, 54, 170, 300, 1000]) {
      const text = `https://code.example/ap/${'0123456789'.repeat(100)}`.slice(0, length);
      code(Buffer.from(text));
      assert.deepEqual(await readByTwo(glass), [text, text], `${length} bytes`);
    }
    word('CLS');
    assert.deepEqual(await readByTwo(glass), [null, null]);
  });
});
