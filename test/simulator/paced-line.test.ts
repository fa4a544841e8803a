import assert from 'node:assert/strict';
import { createPacedLine } from '#src/simulator/glass-emulators/paced-line.js';
import { createManualClock } from '../support/manual-clock.js';

describe('line of an emulated glass', () => {
  it('holds a million bytes and loses what a host sends beyond them', async () => {
    const clock = createManualClock({ restMs: 0 });
    let through = 0;
    const line = createPacedLine(
      clock,
      () => 100_000_000,
      (bytes) => {
        through += bytes.length;
      },
      new AbortController().signal,
    );
    for (let i = 0; i < 30; i += 1) line.push(Buffer.alloc(100_000, 0x20));
    await clock.advance(1_000);
    assert.equal(through, 1_000_000);
    line.push(Buffer.from('more'));
    await clock.advance(10);
    assert.equal(through, 1_000_004);
  });
});
