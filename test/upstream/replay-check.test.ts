import assert from 'node:assert/strict';
import { addMs } from '#src/base/clock.js';
import { createLog } from '#src/base/log.js';
import { createReplayCheck, type GivenAnswer } from '#src/upstream/replay-check.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';

const WHOLE_SECONDS = '2026-03-05T10:00:00+08:00';
const MILLISECONDS = '2026-03-05T10:00:00.417+08:00';
const EPOCH = '1772676000417';

describe('an answer that names nobody', () => {
  let clock: ManualClock;
  let alarms: string[];
  beforeEach(() => {
    clock = createManualClock();
    alarms = [];
  });

  function checking(before: readonly GivenAnswer[] = []) {
    const isOld = createReplayCheck(
      'u',
      createLog((line) => alarms.push(line)),
      clock,
      before,
    );
    return (givenTo: string, time: string, askedAtMs = clock.elapsedMs(), isOneOfAKind = false, signature = 'sig-1') => {
      const headers = { signature, 'response-time': time };
      const answer = { status: 200, headers, body: new Uint8Array(), verdict: 'good' };
      const message = {
        call: 'cancel' as const,
        path: '/x',
        requestHeaders: {},
        requestBody: new Uint8Array(),
        answer,
        silence: null,
      };
      return isOld({ message, givenTo, askedAtMs, isOneOfAKind });
    };
  }

  it('in whole seconds is true for a second payment within the second, however often for its own, and old afterwards', async () => {
    const isOld = checking();
    assert.equal(isOld('A', WHOLE_SECONDS), false);
    await clock.advance(1_000);
    assert.equal(isOld('B', WHOLE_SECONDS), false, 'the second may not be over');
    await clock.advance(1);
    assert.equal(isOld('C', WHOLE_SECONDS), true);
    assert.equal(alarms.length, 1);
    await clock.advance(60_000);
    assert.equal(isOld('A', WHOLE_SECONDS), false);
    assert.equal(isOld('B', WHOLE_SECONDS), false);
  });

  it('is true for a call that began before the other answer came, however long it took', async () => {
    const isOld = checking();
    const begun = clock.elapsedMs();
    await clock.advance(4_000);
    assert.equal(isOld('A', WHOLE_SECONDS), false);
    await clock.advance(4_000);
    assert.equal(isOld('B', WHOLE_SECONDS, begun), false);
  });

  for (const time of [MILLISECONDS, EPOCH])
    it(`that is timed ${time} is old for every call that began after it came`, async () => {
      const isOld = checking();
      assert.equal(isOld('A', time), false);
      assert.equal(isOld('B', time), false, 'the same millisecond');
      await clock.advance(2);
      assert.equal(isOld('C', time), true);
    });

  it('but carries an id or a code of theirs is old for a second payment at once', () => {
    const isOld = checking();
    assert.equal(isOld('A', WHOLE_SECONDS, 0, true), false);
    assert.equal(isOld('B', WHOLE_SECONDS, 0, true), true);
  });

  it('is known from the books by when it was put on record', () => {
    const given = (ms: number) => ({ signature: 'sig-1', givenTo: 'A', at: addMs(clock.now(), ms) });
    assert.equal(checking([given(-1_001)])('B', WHOLE_SECONDS), true);
    assert.equal(checking([given(-900)])('B', WHOLE_SECONDS), false);
    // Written by a clock that was ahead: nothing is known of when it came.
    assert.equal(checking([given(3_600_000)])('B', WHOLE_SECONDS), false);
    assert.equal(checking([given(-1_001)])('A', WHOLE_SECONDS), false);
  });
});
