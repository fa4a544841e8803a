import assert from 'node:assert/strict';
import { seededSuite } from '../support/seeded.js';
import { type Overload, overload } from './overload.js';

describe('more calls than the bridge can do', function () {
  this.timeout(120_000);
  const { seed } = seededSuite();
  let seen: Overload;
  before(async () => {
    seen = await overload({ seed, waves: 2, seconds: 2, atOnce: 120, noiseAtOnce: 16 });
    const { waves, calm, saleAfterMs } = seen;
    for (const { flood, notifications, peak } of waves)
      console.log(
        `      ${JSON.stringify(flood.byStatus)}, slowest ${flood.slowestMs} ms; ${notifications.count} notifications p99 ${notifications.p99Ms} ms; ` +
          `${calm?.residentMiB} to ${peak?.residentMiB} MiB`,
      );
    console.log(`      the sale after it ${saleAfterMs} ms`);
  });

  it('are answered, refused with Retry-After, or wait; a second wave needs no more memory than the first, every genuine notification is acknowledged, and then all is as before', () => {
    assert.deepEqual(seen.complaints, []);
    assert.equal(seen.exitCode, 0);
  });

  it('did turn sales away, and took others', () => {
    for (const { flood } of seen.waves) {
      assert.ok(flood.created.length > 0);
      assert.ok((flood.byStatus['503'] ?? 0) + (flood.byStatus['429'] ?? 0) + (flood.byStatus['409'] ?? 0) > 0);
    }
  });
});
