import assert from 'node:assert/strict';
import { seededSuite } from '../support/seeded.js';
import { skipBecause } from '../support/skip.js';
import { type AttackRig, NO_LIMITS, openAttackRig } from './attack-rig.js';
import { HOSTILE_KINDS } from './hostile-requests.js';
import { attackRequests, type RequestAttack } from './request-attack.js';

/** `npm run attack` sends a hundred thousand. */
const REQUESTS = 700;

describe('hostile requests', function () {
  this.timeout(120_000);
  const { seed } = seededSuite();
  let rig: AttackRig;
  let attack: RequestAttack;
  let exitCode: number | null;
  before(async () => {
    rig = await openAttackRig({ change: (settings) => Object.assign(settings.listen.terminal, { limits: NO_LIMITS }) });
    attack = await attackRequests(rig, { seed, requests: REQUESTS });
    exitCode = await rig.stop();
  });
  after(() => rig.close());

  it('of every kind are answered as promised, make no sale that was not asked for, and leave the bridge running', () => {
    const told = attack.complaints.map(
      ({ index, kind, what }) => `${kind}: ${what} (npm run attack -- --seed ${seed} --only ${index})`,
    );
    assert.deepEqual(told, []);
    assert.equal(exitCode, 0);
    assert.deepEqual(Object.keys(attack.byKind).sort(), [...HOSTILE_KINDS].sort());
    assert.ok(attack.payments > 5, 'right sales among them are taken');
    assert.ok(attack.refunds > 0, 'right refunds among them are made');
  });

  it('leave nothing behind in the process', function () {
    if (attack.warm === undefined || attack.end === undefined)
      skipBecause(this, 'memory and handles of another process are read from /proc, which this system has not');
    const { warm, end } = attack;
    assert.ok(end.residentMiB - warm.residentMiB < 60, `${warm.residentMiB} MiB became ${end.residentMiB}`);
    assert.ok(end.handles - warm.handles < 20, `${warm.handles} handles became ${end.handles}`);
  });

  it('are written to no log beyond one line each, and never with a key', async () => {
    const { out, err } = await rig.service.ended;
    assert.equal(err, '');
    assert.doesNotMatch(out, /till-key-for-tests/);
  });
});
