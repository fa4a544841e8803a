import assert from 'node:assert/strict';
import fc from 'fast-check';
import { heardAtSpeed } from '#src/simulator/glass-emulators/line-speed.js';
import { seededSuite } from '../support/seeded.js';

describe('bytes heard at another speed', () => {
  const seeded = seededSuite();
  const text = Buffer.from('HKD 12.34');

  it('come through unchanged at the same speed and at one that differs by less than half a bit in a byte', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    assert.deepEqual(heardAtSpeed(all, 9_600, 9_600), all);
    assert.deepEqual(heardAtSpeed(all, 250_000, 256_000), all);
    assert.deepEqual(heardAtSpeed(all, 256_000, 250_000), all);
  });

  it('are other bytes at half and at twice the speed, more of them at a faster receiver', () => {
    const slow = heardAtSpeed(text, 19_200, 9_600);
    const fast = heardAtSpeed(text, 9_600, 19_200);
    assert.ok(slow.length < text.length && fast.length > text.length, `${slow.length} ${fast.length}`);
    assert.ok(!slow.includes('12') && !fast.includes('12'));
  });

  it('are one break of zeros each at a much faster receiver', () => {
    // Start bit and eight zero bits are one long low; then the line is high again.
    assert.deepEqual(heardAtSpeed(Buffer.from([0, 0]), 300, 921_600), Buffer.from([0, 0]));
  });

  it('never are more than the edges of the line allow', () => {
    const speed = fc.constantFrom(300, 2_400, 9_600, 31_250, 115_200, 921_600);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), speed, speed, (bytes, sentAt, heardAt) => {
        assert.ok(heardAtSpeed(bytes, sentAt, heardAt).length <= 5 * bytes.length);
      }),
      seeded.runs(100),
    );
  });
});
