import assert from 'node:assert/strict';
import { createBatches } from '#src/http/batches.js';
import { createManualClock } from '../support/manual-clock.js';

describe('calls that come in together', () => {
  it('are begun a few at a time, in order, with turns for everything else in between', async () => {
    const clock = createManualClock();
    const inBatches = createBatches(clock);
    const seen: string[] = [];
    for (let n = 1; n <= 10; n += 1) inBatches(() => seen.push(`call ${n}`));
    assert.deepEqual(seen, ['call 1', 'call 2', 'call 3', 'call 4']);
    const other = async () => {
      for (let n = 1; n <= 12; n += 1) {
        await clock.sleep(0);
        seen.push('other');
      }
    };
    await other();
    const calls = seen.filter((text) => text.startsWith('call'));
    assert.deepEqual(
      calls,
      Array.from({ length: 10 }, (_, i) => `call ${i + 1}`),
    );
    const gaps = seen
      .join(' ')
      .split(/(?:call \d+ ?)+/)
      .slice(1, -1);
    assert.ok(gaps.length >= 2);
    for (const gap of gaps) assert.ok(gap.split('other').length > 2, `others had a turn: ${seen.join(', ')}`);
  });

  it('are begun at once when they come alone', async () => {
    const clock = createManualClock();
    const inBatches = createBatches(clock);
    for (let n = 0; n < 40; n += 1) {
      let begun = false;
      inBatches(() => {
        begun = true;
      });
      if (n % 4 !== 3) assert.ok(begun);
      await clock.settle();
      assert.ok(begun);
    }
  });
});
