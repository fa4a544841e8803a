import assert from 'node:assert/strict';
import { addMs, instant } from '#src/base/clock.js';
import { createUpstreamClock } from '#src/upstream/upstream-clock.js';

const NOW = instant(Date.parse('2026-03-05T02:00:00.000Z'));

/** A clock that hears answers whose upstream time was `ahead` ms ahead of ours; the call took `tookMs`. */
function heardClock(known?: number) {
  const changes: number[] = [];
  let steps = 0;
  const clock = createUpstreamClock(
    known,
    () => steps,
    (offsetMs) => changes.push(offsetMs),
  );
  return {
    changes,
    offset: () => clock.offsetMs(),
    jump: () => {
      steps += 1;
    },
    hear(ahead: number, tookMs = 0) {
      clock.heard(addMs(NOW, ahead), addMs(NOW, -tookMs / 2), addMs(NOW, tookMs / 2));
      return clock.offsetMs();
    },
  };
}

describe('upstream clock', () => {
  it('believes the first verified answer at once', () => {
    const clock = heardClock();
    assert.equal(clock.offset(), 0);
    assert.equal(clock.hear(600_000), 600_000);
    assert.deepEqual(clock.changes, [600_000]);
  });

  it('takes whole-second times and slow calls for no reason to correct a good clock', () => {
    const clock = heardClock();
    assert.equal(clock.hear(-999), 0);
    assert.equal(clock.hear(1000), 0);
    assert.equal(clock.hear(3900, 8000), 0);
    assert.deepEqual(clock.changes, []);
  });

  for (const absurd of [-3_600_000, 3_600_000]) {
    it(`is not moved by a single absurd answer (${absurd} ms), however few were heard before`, () => {
      for (let before = 1; before <= 5; before += 1) {
        const clock = heardClock();
        for (let i = 0; i < before; i += 1) clock.hear(0);
        assert.equal(clock.hear(absurd), 0, `after ${before} good ones`);
        assert.equal(clock.hear(0), 0);
        assert.deepEqual(clock.changes, []);
      }
    });

    it(`gets over a first answer after a restart that was absurd (${absurd} ms) with the second`, () => {
      const clock = heardClock(120_000);
      assert.equal(clock.offset(), 120_000);
      assert.equal(clock.hear(absurd), absurd);
      assert.equal(clock.hear(120_000), 120_000);
      assert.equal(clock.hear(absurd), 120_000);
    });

    it(`believes the first answer after a restart at once: our clock may have been set meanwhile (${absurd} ms)`, () => {
      const clock = heardClock(0);
      for (let heard = 0; heard < 4; heard += 1) assert.equal(clock.hear(absurd), absurd);
      assert.deepEqual(clock.changes, [absurd]);
      assert.equal(clock.hear(0), absurd, 'and is not moved by one that differs later');
    });

    it(`gets over a first answer that was absurd (${absurd} ms)`, () => {
      const clock = heardClock();
      clock.hear(absurd);
      clock.hear(0);
      assert.equal(clock.hear(0), 0);
    });
  }

  for (const step of [-600_000, 600_000]) {
    it(`follows a corrected clock (${step} ms) after three answers`, () => {
      const clock = heardClock();
      for (let i = 0; i < 7; i += 1) clock.hear(0);
      assert.equal(clock.hear(step), 0);
      assert.equal(clock.hear(step), 0);
      assert.equal(clock.hear(step), step);
      assert.deepEqual(clock.changes, [step]);
    });
  }

  it('lets noise pass: movements of half a second change nothing', () => {
    const clock = heardClock();
    clock.hear(90_000);
    for (const jitter of [300, -300, 499, -499, 120, 0]) clock.hear(90_000 + jitter);
    assert.equal(clock.offset(), 90_000);
    assert.deepEqual(clock.changes, [90_000]);
  });

  it('goes back to no difference at all when the clock was set right', () => {
    const clock = heardClock(90_000);
    for (let i = 0; i < 5; i += 1) clock.hear(0);
    assert.equal(clock.offset(), 0);
  });

  it('believes the first answer after our own clock has jumped: what was measured before is void', () => {
    const clock = heardClock();
    for (let heard = 0; heard < 5; heard += 1) clock.hear(0);
    clock.jump();
    assert.equal(clock.offset(), 0, 'nothing is known yet');
    assert.equal(clock.hear(-3_600_000), -3_600_000);
    assert.equal(clock.hear(3_600_000), -3_600_000, 'and is not moved by one absurd answer after that');
  });

  it('learns nothing from a call in the middle of which our clock jumped', () => {
    const clock = heardClock();
    clock.hear(0);
    clock.jump();
    assert.equal(clock.hear(-1_800_000, 3_600_000), 0);
    assert.equal(clock.hear(-3_600_000), -3_600_000);
  });
});
