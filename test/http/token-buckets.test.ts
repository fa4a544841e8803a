import assert from 'node:assert/strict';
import { createTokenBuckets } from '#src/http/token-buckets.js';
import { createManualClock } from '../support/manual-clock.js';

describe('token buckets', () => {
  it('give a burst, then the rate, and say how long to wait', async () => {
    const clock = createManualClock();
    const buckets = createTokenBuckets({ perSecond: 2, burst: 3 }, clock);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => buckets.take('till')),
      [0, 0, 0, 500],
    );
    assert.equal(buckets.take('other'), 0);
    await clock.advance(400);
    assert.equal(buckets.take('till'), 100, 'asking too early costs nothing');
    await clock.advance(100);
    assert.deepEqual(
      [1, 2].map(() => buckets.take('till')),
      [0, 500],
    );
  });

  it('are full again after a rest, and never more than full', async () => {
    const clock = createManualClock();
    const buckets = createTokenBuckets({ perSecond: 2, burst: 3 }, clock);
    for (let i = 0; i < 4; i += 1) buckets.take('till');
    await clock.advance(3_600_000);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => buckets.take('till') === 0),
      [true, true, true, false],
    );
  });

  it('forget the quietest of more than a thousand keys and no other', () => {
    const buckets = createTokenBuckets({ perSecond: 1, burst: 1 }, createManualClock());
    buckets.take('quiet');
    buckets.take('busy');
    for (let i = 0; i < 999; i += 1) {
      buckets.take(`made-up-${i}`);
      assert.notEqual(buckets.take('busy'), 0);
    }
    assert.equal(buckets.take('quiet'), 0);
  });
});
