import assert from 'node:assert/strict';
import { attackNotifications } from '../attack/notification-attack.js';
import { seededSuite } from '../support/seeded.js';

/** `npm run attack` delivers a hundred times as many. */
const NOTIFICATIONS = 1_000;
const USUAL_SEED = 20260305;

describe('1,000 mutated notifications', function () {
  // Real RSA and real commits: long on a busy machine, ten seconds on a free one.
  this.timeout(300_000);
  const random = seededSuite(USUAL_SEED);

  it(`none makes a payment paid, every genuine one between them is applied (seed ${random.seed})`, async () => {
    const { delivered, genuine, accepted } = await attackNotifications({ seed: random.seed, notifications: NOTIFICATIONS });
    assert.ok(delivered - genuine >= NOTIFICATIONS);
    assert.equal(accepted, 0);
  });
});
