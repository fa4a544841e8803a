import assert from 'node:assert/strict';
import { createTurns } from '#src/payment/turns.js';
import { createManualClock } from '../support/manual-clock.js';

describe('turns', () => {
  it('let so many work at once, and the others in the order they came', async () => {
    const clock = createManualClock();
    const turns = createTurns({ atOnce: 2, waitMs: 1_000, clock });
    const begun: number[] = [];
    const finish: (() => void)[] = [];
    const work = (n: number) =>
      turns.run(
        () =>
          new Promise<number>((resolve) => {
            begun.push(n);
            finish.push(() => resolve(n));
          }),
      );
    const all = [1, 2, 3, 4].map(work);
    await clock.settle();
    assert.deepEqual(begun, [1, 2]);
    finish[1]?.();
    await clock.settle();
    assert.deepEqual(begun, [1, 2, 3]);
    for (const done of [0, 2, 3]) {
      finish[done]?.();
      await clock.settle();
    }
    assert.deepEqual(await Promise.all(all), [1, 2, 3, 4]);
  });

  it('are not waited for for ever: what got none was not begun, and takes nobody else his turn', async () => {
    const clock = createManualClock();
    const turns = createTurns({ atOnce: 1, waitMs: 1_000, clock });
    let finish = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = turns.run(() => held);
    let begun = 0;
    const late = turns.run(async () => {
      begun += 1;
    });
    await clock.advance(1_000);
    assert.equal(await late, 'tooLong');
    finish();
    await first;
    assert.equal(begun, 0);
    assert.equal(await turns.run(async () => 'now'), 'now');
  });

  it('are passed on when the work fails', async () => {
    const turns = createTurns({ atOnce: 1, waitMs: 1_000, clock: createManualClock() });
    await assert.rejects(turns.run(() => Promise.reject(new Error('a bug'))));
    assert.equal(await turns.run(async () => 'next'), 'next');
  });
});
