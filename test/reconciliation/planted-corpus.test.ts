import assert from 'node:assert/strict';
import { EXCEPTION_KINDS } from '#src/reconciliation/recon-ports.js';
import { PLACES } from '../support/books-places.js';
import { seededSuite } from '../support/seeded.js';
import { aloneOf, CORPUS, judgeDay, mixedDay, seedOf } from './planted-corpus.js';

/** `npm run soak -- corpus` plants fifty of each kind. */
const OF_EACH_KIND = 3;
const MIXED = 6;

describe('what the account book planted in its reports', () => {
  const seeded = seededSuite();
  const [sqlite] = PLACES;

  it('is every kind of exception there is', () => {
    assert.deepEqual(Object.keys(CORPUS).toSorted(), EXCEPTION_KINDS.toSorted());
  });

  for (const kind of Object.keys(CORPUS)) {
    it(`is found as ${kind}, and nothing else is`, async function () {
      this.timeout(60_000);
      for (let n = 0; n < OF_EACH_KIND; n += 1) {
        assert.ok(sqlite !== undefined);
        const place = await sqlite.make(this);
        try {
          const found = await judgeDay(aloneOf(kind, seedOf(seeded, kind, n)), place, kind === 'late_file');
          assert.equal(found, 1);
        } finally {
          await place.remove();
        }
      }
    });
  }

  it('is found all of it when ten kinds meet in one day, three of them in one payment', async function () {
    this.timeout(60_000);
    for (let n = 0; n < MIXED; n += 1) {
      assert.ok(sqlite !== undefined);
      const place = await sqlite.make(this);
      try {
        assert.ok((await judgeDay(mixedDay(seedOf(seeded, 'late_file', 50 + n)), place)) >= 9);
      } finally {
        await place.remove();
      }
    }
  });
});
