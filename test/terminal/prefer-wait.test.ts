import assert from 'node:assert/strict';
import { preferWaitSeconds } from '#src/terminal/prefer-wait.js';

describe('Prefer: wait', () => {
  const cases: readonly [string, number | undefined][] = [
    ['wait=0', 0],
    ['wait=10', 10],
    ['WAIT = 10', 10],
    ['wait="10"', 10],
    ['wait=25', 25],
    ['wait=26', 25],
    ['wait=999999999', 25],
    ['respond-async, wait=7', 7],
    ['respond-async,wait=7;a=b', 7],
    ['wait=5, wait=9', 5],
    ['', undefined],
    ['wait', undefined],
    ['wait=', undefined],
    ['wait=abc', undefined],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['wait=x, wait=9', undefined],
    ['waiting=5', undefined],
    ['return=minimal', undefined],
    ['wait=5=9', undefined],
    ['wait="5', 5],
  ];
  for (const [text, seconds] of cases) {
    it(`reads "${text}" as ${seconds ?? 'no wish'}`, () => assert.equal(preferWaitSeconds(text), seconds));
  }

  it('is read in no time even from a header of blanks', () => {
    const before = performance.now();
    for (const text of [`wait${' '.repeat(16_000)}x`, `wait=x${' '.repeat(16_000)}"y`, `wait=${' '.repeat(16_000)}"x`])
      assert.equal(preferWaitSeconds(text), undefined);
    assert.ok(performance.now() - before < 100);
  });
});
