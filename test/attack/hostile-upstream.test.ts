import assert from 'node:assert/strict';
import { seededSuite } from '../support/seeded.js';
import { attackFromUpstream, type UpstreamAttack } from './upstream-attack.js';

/** `npm run attack` plays a thousand and more. */
const PAYMENTS = 48;

describe('a hostile upstream', function () {
  this.timeout(240_000);
  const { seed } = seededSuite();
  let attack: UpstreamAttack;
  before(async () => {
    attack = await attackFromUpstream({ seed, payments: PAYMENTS, lanes: 24 });
  });

  it('makes no payment paid that it did not rightly call so, gets no forbidden code drawn, is followed nowhere, and breaks nothing', () => {
    assert.deepEqual(attack.complaints, []);
    assert.equal(attack.exitCode, 0);
  });

  it('cannot keep what is rightly paid from being paid, however odd the words around it', () => {
    assert.equal(attack.byState['paid'], PAYMENTS / 8);
  });

  it('lets no more money go back than was paid, none twice, and none that is called refused, whatever it says to refunds and undo', () => {
    // Judged payment by payment, with the book of the upstream; here only that there was something to judge.
    const { does, refuses } = attack.back;
    assert.ok(does >= 2 && does + refuses >= PAYMENTS / 12, JSON.stringify(attack.back));
    assert.ok(Object.keys(attack.played).some((kind) => kind.startsWith('refund: ')));
  });

  it('was hostile in many ways', () => {
    assert.ok(Object.keys(attack.played).length > 20, Object.keys(attack.played).join(', '));
  });
});
