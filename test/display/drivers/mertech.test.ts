import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import type { Frame } from '#src/display/display-driver.js';
import { createMertechDriver } from '#src/display/drivers/mertech.js';
import { createMertechGlass } from '#src/simulator/glass-emulators/mertech-glass.js';
import { describeDriver, standInOf } from '../../conformance/display-driver-suite.js';

const driver = createMertechDriver();
const amount = { currency: 'JPY', value: '1980' };
const scan = (codeText: string): Frame => ({ kind: 'scan', codeText, amount, expiresAt: instant(0) });
const hexOf = (frame: Frame) => driver.paint(frame).map((step) => Buffer.from(step.bytes).toString('hex'));

const WORDS = ['CLS', 'correct', 'mistake'].map((text) => `\x02\xf0\x03${text}\x03`);

/** A word of the display, or a code of printable ASCII between head, length and trailer. */
function isClean(bytes: Uint8Array): boolean {
  const wire = Buffer.from(bytes);
  if (WORDS.includes(wire.toString('latin1'))) return true;
  const payload = wire.subarray(5, -3);
  const framed = wire.subarray(0, 3).equals(Buffer.from([2, 0xf2, 2])) && wire.subarray(-3).equals(Buffer.from([2, 0xf2, 3]));
  return framed && wire.readUInt16BE(3) === payload.length && /^[\x20-\x7e]+$/.test(payload.toString('latin1'));
}

describeDriver({
  name: 'mertech',
  driver,
  device: (reply, clock) => standInOf(createMertechGlass({ clock, paced: false, drawMs: 0 }), reply),
  golden: [
    {
      codeText: 'https://q.example/AB',
      hex: '02 F2 02 00 14 68 74 74 70 73 3A 2F 2F 71 2E 65 78 61 6D 70 6C 65 2F 41 42 02 F2 03',
    },
    { codeText: 'x'.repeat(300), hex: '02 F2 02 01 2C 78 78' },
    { codeText: 'x'.repeat(255), hex: '02 F2 02 00 FF 78 78' },
    { codeText: 'x'.repeat(256), hex: '02 F2 02 01 00 78 78' },
    { codeText: 'x'.repeat(257), hex: '02 F2 02 01 01 78 78' },
    { codeText: 'x'.repeat(1000), hex: '02 F2 02 03 E8 78 78' },
  ],
  isClean,
  messages: [],
});

describe('mertech driver', () => {
  it('says paid and not paid by the pictures of the display, and clears it for everything else', () => {
    assert.deepEqual(hexOf({ kind: 'thanks', amount }), ['02f003636f727265637403']);
    assert.deepEqual(hexOf({ kind: 'notPaid' }), ['02f0036d697374616b6503']);
    assert.deepEqual(hexOf({ kind: 'cancelled' }), ['02f0036d697374616b6503']);
    for (const kind of ['pleaseWait', 'paying', 'cancelling'] as const)
      assert.deepEqual(hexOf({ kind, amount }), ['02f003434c5303']);
    assert.deepEqual(hexOf({ kind: 'idle' }), ['02f003434c5303']);
  });

  it('never sends the words after which the display is lost', () => {
    const frames: Frame[] = [{ kind: 'idle' }, { kind: 'thanks', amount }, { kind: 'notPaid' }, scan('x')];
    const steps = [...driver.wake(), ...driver.blank(), ...frames.flatMap((frame) => driver.paint(frame))];
    assert.ok(steps.every((step) => !Buffer.from(step.bytes).toString('latin1').includes('BTO')));
  });

  it('blanks a display that waits for the rest of a code', async () => {
    const glass = createMertechGlass({ paced: false, drawMs: 0 });
    const [code] = driver.paint(scan('https://q.example/AB'));
    glass.receive(code?.bytes ?? Buffer.alloc(0));
    assert.equal(glass.view().code, 'https://q.example/AB');
    glass.receive((code?.bytes ?? Buffer.alloc(0)).subarray(0, -1));
    for (const step of driver.blank()) glass.receive(step.bytes);
    assert.equal(glass.view().code, null);
    await glass.stop();
  });
});
