import assert from 'node:assert/strict';
import { type ActBooks, createActBooks } from '#src/books/act-books.js';
import { openBooks } from '#src/books/database.js';
import { type BooksBench, CANCEL, openBench } from '../support/books-bench.js';
import { type NewPlace, PLACES } from '../support/books-places.js';

for (const kind of PLACES) {
  describe(`the trail of acts on ${kind.name}`, () => {
    let place: NewPlace;
    let bench: BooksBench;
    let acts: ActBooks;
    before(function () {
      return kind.prepare(this);
    });
    beforeEach(async function () {
      place = await kind.make(this);
      bench = await openBench(place);
      acts = createActBooks(bench.open);
      for (let n = 0; n < 5; n += 1)
        await acts.record({ who: 'mika', what: 'payment.cancel', about: `p${n}`, why: 'a reason' }, bench.clock.now());
    });
    afterEach(async () => {
      await bench.close();
      await place.remove();
    });

    const verdict = async () => {
      const report = await acts.verify();
      return report.kind === 'whole' ? report.acts : `${report.seq}: ${report.why}`;
    };

    it('is whole as it was written, also while somebody writes on, and when there is none', async () => {
      const writing = (async () => {
        for (let n = 0; n < 20; n += 1) await acts.record({ who: 'w', what: 'user.add', about: 'x' }, bench.clock.now());
      })();
      const seen: unknown[] = [];
      for (let looks = 0; looks < 10; looks += 1) seen.push(await verdict());
      await writing;
      assert.ok(
        seen.every((one) => typeof one === 'number' && one >= 5),
        seen.join(),
      );
      assert.equal(await verdict(), 25);
      await bench.open.db('acts').delete();
      await bench.open.db('acts_head').delete();
      assert.equal(await verdict(), 0);
    });

    it('is whole whatever stood in the words: what is hashed is what can be read back', async () => {
      const act = { who: 'console:\udc00', what: 'payment.refund', about: 'p\u0000', why: 'half \ud800, zero \u0000, whole 🍵' };
      const recorded = await acts.record({ ...act, detail: { said: 'half \ud800' } }, bench.clock.now());
      assert.equal(await verdict(), 6);
      const [read] = await acts.list({ who: null, what: null, before: null, limit: 1 });
      assert.deepEqual(read, recorded);
      assert.deepEqual([read?.who, read?.why], ['console:\ufffd', 'half \ufffd, zero \ufffd, whole 🍵']);
    });

    for (const [what, meddle, found] of [
      ['changed', (db) => db('acts').where('seq', 3).update({ why: 'another' }), '3: its content was changed'],
      ['taken away', (db) => db('acts').where('seq', 3).delete(), '3: act 3 is missing'],
      ['taken from the end', (db) => db('acts').where('seq', 5).delete(), '5: acts up to 5 were recorded, and are gone'],
      ['put at the end', (db) => copy(db, 6), '5: the chain ends otherwise than its head says'],
      ['put before the first', (db) => copy(db, -1), '5: the chain ends otherwise than its head says'],
      ['hidden with its head', (db) => db('acts_head').delete(), '0: the chain ends otherwise than its head says'],
    ] satisfies readonly (readonly [string, (db: BooksBench['open']['db']) => PromiseLike<unknown>, string])[])
      it(`is broken when an act was ${what}`, async () => {
        await meddle(bench.open.db);
        assert.equal(await verdict(), found);
      });

    it('lists alerts that were raised before they had a list, and only those', async () => {
      const { db } = bench.open;
      const payment = await bench.opened();
      const ended = await bench.record(payment, CANCEL);
      assert.equal(ended.life.state, 'cancelled');
      await bench.opened('lane-2');
      await bench.record(ended, {
        kind: 'notifiedOdd',
        saysPaid: true,
        moneyDiffers: true,
        paymentId: 'x',
        why: 'amount',
      });
      const listed = await db('alerts').select('payment_request_id', 'kind', 'at');
      assert.deepEqual(
        listed.map((row: { kind: string }) => row.kind),
        ['amount_differs'],
      );
      await db.raw('drop table alerts');
      for (const index of INDEXES) await db.raw(`drop index ${index}`);
      await db.raw('alter table rulings drop column decided_why');
      for (const column of ['dealt_by', 'dealt_at', 'dealt_why']) await db.raw(`alter table notifications drop column ${column}`);
      await db('knex_migrations').where('name', '0010-lists-for-people').delete();
      await bench.close();
      const again = await openBooks(place.place);
      try {
        assert.deepEqual(await again.db('alerts').select('payment_request_id', 'kind', 'at'), listed);
      } finally {
        await again.close();
        bench = await openBench(place);
      }
    });
  });
}

/** What the migration under test made beside the table of alerts. */
const INDEXES = [
  'rulings_open',
  'rulings_decided',
  'notifications_to_deal_with',
  'notifications_dealt_with',
  'acts_by_person',
  'acts_by_kind',
  'acts_by_person_and_kind',
];

async function copy(db: BooksBench['open']['db'], seq: number): Promise<void> {
  const row: Record<string, unknown> | undefined = await db('acts').where('seq', 5).first();
  await db('acts').insert({ ...row, seq });
}
