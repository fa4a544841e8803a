import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Instant, instant, parseIsoTime } from '#src/base/clock.js';
import { cancelWindowEnd, clearingDayOf, isInCancelWindow } from '#src/payment/clearing-day.js';
import { seededSuite } from '../support/seeded.js';

function at(text: string): Instant {
  const time = parseIsoTime(text);
  assert.ok(time !== undefined, text);
  return time;
}

describe('clearing day and cancel window', () => {
  const seeded = seededSuite();
  it('the clearing day turns at midnight in UTC+8, wherever this machine is', () => {
    assert.equal(clearingDayOf(at('2026-03-05T23:59:59.999+08:00')), '2026-03-05');
    assert.equal(clearingDayOf(at('2026-03-06T00:00:00.000+08:00')), '2026-03-06');
    assert.equal(clearingDayOf(at('2026-03-05T16:00:00.000Z')), '2026-03-06');
  });

  it('the cancel window ends at 00:15 in UTC+8 of the day after the payment', () => {
    for (const paid of ['2026-03-05T00:00:00+08:00', '2026-03-05T12:00:00+08:00', '2026-03-05T23:59:59+08:00']) {
      assert.equal(cancelWindowEnd(at(paid)), at('2026-03-06T00:15:00+08:00'), paid);
    }
    assert.equal(cancelWindowEnd(at('2026-03-06T00:00:00+08:00')), at('2026-03-07T00:15:00+08:00'));
  });

  it('sweeps from 23:59:59 to 00:15:01 second by second', () => {
    const paid = at('2026-03-05T23:59:58+08:00');
    const end = at('2026-03-06T00:15:00+08:00');
    for (let now = at('2026-03-05T23:59:59+08:00') as number; now <= end + 1000; now += 1000) {
      assert.equal(isInCancelWindow(paid, instant(now)), now < end, new Date(now).toISOString());
    }
  });

  it('lasts between 15 minutes and a day and 15 minutes, whatever the time of payment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (paid) => {
        const left = cancelWindowEnd(instant(paid)) - paid;
        assert.ok(left > 15 * 60_000 && left <= 24 * 3_600_000 + 15 * 60_000, String(left));
      }),
      seeded.runs(),
    );
  });
});
