import assert from 'node:assert/strict';
import { seededSuite } from '../support/seeded.js';
import { skipBecause } from '../support/skip.js';
import { type AdminAttack, attackAdmin } from './admin-attack.js';

describe('hostile messages to the admin socket', function () {
  this.timeout(180_000);
  const { seed } = seededSuite();
  let seen: AdminAttack;
  before(async function () {
    if (process.platform === 'win32') skipBecause(this, 'this attack speaks to a socket in the file system');
    seen = await attackAdmin({ seed, messages: 280, held: 300 });
    console.log(`      ${JSON.stringify(seen.byAnswer)}; slowest ping ${seen.slowestPingMs} ms`);
  });

  it('end nothing, leave nothing behind, give nothing away and hold no technician up', () => {
    assert.deepEqual(seen.complaints, []);
    assert.equal(seen.exitCode, 0);
  });

  it('were in part read, refused, and left without an answer', () => {
    const { done = 0, invalid_request: odd = 0, unknown_verb: unknown = 0, none = 0 } = seen.byAnswer;
    assert.ok(done > 0 && odd > 0 && unknown > 0 && none > 0, JSON.stringify(seen.byAnswer));
  });
});
