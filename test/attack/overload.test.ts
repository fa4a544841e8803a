import assert from 'node:assert/strict';
import { seededSuite } from '../support/seeded.js';
import { type Overload, overload } from './overload.js';

describe('more calls than the bridge can do', function () {
  this.timeout(120_000);
  const { seed } = seededSuite();
  let seen: Overload;
  before(async () => {
    seen = await overload({ seed, seconds: 3, atOnce: 120, noiseAtOnce: 16 });
    const { flood, notifications, calm, peak, saleAfterMs } = seen;
    console.log(
      `      ${JSON.stringify(flood.byStatus)}, slowest ${flood.slowestMs} ms; ${notifications.count} notifications p99 ${notifications.p99Ms} ms; ` +
        `${calm?.residentMiB} to ${peak?.residentMiB} MiB; the sale after it ${saleAfterMs} ms`,
    );
  });

  it('are answered, refused with Retry-After, or wait; memory is bounded, every genuine notification is acknowledged, and then all is as before', () => {
    assert.deepEqual(seen.complaints, []);
    assert.equal(seen.exitCode, 0);
  });

  it('did turn sales away, and took others', () => {
    assert.ok(seen.flood.created.length > 0);
    assert.ok((seen.flood.byStatus['503'] ?? 0) + (seen.flood.byStatus['429'] ?? 0) + (seen.flood.byStatus['409'] ?? 0) > 0);
  });
});
