import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createWriteBehind } from '#src/reconciliation/write-behind.js';

describe('writing behind the work', () => {
  it('lets one write be under way, and begins the next one when it has ended', async () => {
    const steps: string[] = [];
    const ends: (() => void)[] = [];
    const behind = createWriteBehind();
    const write = (name: string) =>
      behind.begin(() => {
        steps.push(`${name} begins`);
        return new Promise((resolve) => void ends.push(() => resolve(void steps.push(`${name} ends`))));
      });
    await write('one');
    const second = write('two');
    await turn();
    assert.deepEqual(steps, ['one begins']);
    ends[0]?.();
    await second;
    assert.deepEqual(steps, ['one begins', 'one ends', 'two begins']);
    const done = behind.done();
    ends[1]?.();
    await done;
    assert.equal(steps.at(-1), 'two ends');
  });

  it('tells a failed write to whoever comes next, begins nothing after it, and harms nobody who does not ask', async () => {
    const heard: unknown[] = [];
    const listen = (error: unknown) => void heard.push(error);
    process.on('unhandledRejection', listen);
    const behind = createWriteBehind();
    await behind.begin(() => Promise.reject(new Error('the disk is full')));
    await turn();
    await turn();
    process.off('unhandledRejection', listen);
    assert.deepEqual(heard, []);
    let begun = 0;
    const next = () =>
      behind.begin(async () => {
        begun += 1;
      });
    await assert.rejects(next(), /the disk is full/);
    await assert.rejects(behind.done(), /the disk is full/);
    await behind.settled();
    assert.equal(begun, 0);
  });
});
