import assert from 'node:assert/strict';
import { openBooks } from '#src/books/database.js';
import { type BooksBench, LONGEST_CALL_MS, openBench } from '../support/books-bench.js';
import { needPostgres, type TestDatabase } from '../support/postgres.js';

describe('two processes on one PostgreSQL database', () => {
  let database: TestDatabase;
  let one: BooksBench;
  let other: BooksBench;

  before(async function () {
    await needPostgres(this);
  });
  beforeEach(async function () {
    database = await (await needPostgres(this)).createDatabase();
    const place = { place: { client: 'pg', connection: database.connection } as const, remove: () => database.drop() };
    [one, other] = await Promise.all([openBench(place), openBench(place)]);
  });
  afterEach(async () => {
    await one.close();
    await other.close();
    await database.drop();
  });

  /** As if a claim had lasted its whole time. */
  const runOut = () => database.query('update payments set claimed_until = 1 where claimed_until is not null');

  it('never both have a payment, and whoever stored it has it first', async () => {
    const { paymentRequestId: id } = await one.opened();
    assert.equal(await other.claims.take(id), false);
    assert.equal(await one.claims.take(id), true);
    await one.claims.release(id);
    const both = await Promise.all([one.claims.take(id), other.claims.take(id)]);
    assert.deepEqual([...both].sort(), [false, true]);
  });

  it('share out what is due without taking anything twice', async () => {
    for (const lane of ['lane-1', 'lane-2', 'lane-3', 'lane-4']) {
      const { paymentRequestId } = await one.opened(lane);
      await one.claims.release(paymentRequestId);
    }
    const turns = await Promise.all([one, other, one, other].map(({ payments }) => payments.takeDue('u', 2, [])));
    const taken = turns.flatMap((turn) => turn.taken);
    // The same process may be given its own again: it knows what it works on.
    const [mine, others] = [turns[0], turns[1]].map((turn) => new Set(turn?.taken));
    assert.equal(new Set(taken).size, 4);
    assert.equal([...(mine ?? [])].filter((id) => others?.has(id)).length, 0);
  });

  it('leave each other alone as long as a call may last, and hear when the other’s time is up', async () => {
    const { paymentRequestId: id } = await one.opened();
    const { taken, nextAt } = await other.payments.takeDue('u', 5, []);
    assert.deepEqual(taken, []);
    const endsIn = Number(nextAt) - other.clock.now();
    assert.ok(endsIn > LONGEST_CALL_MS && endsIn < LONGEST_CALL_MS + 5000, `${endsIn} ms`);
    await other.payments.makeUnfinishedDue();
    assert.equal((await other.payments.find(id))?.dueAt, one.clock.now(), 'a start leaves it as it is');
  });

  it('take over from one that died, whatever was due when', async () => {
    const payment = await one.opened();
    await one.payments.reschedule(payment, null);
    await runOut();
    assert.deepEqual((await other.payments.takeDue('u', 5, [])).taken, [payment.paymentRequestId]);
    assert.equal(await one.claims.take(payment.paymentRequestId), true, 'the slow one still believes in its claim');
    await one.clock.advance(3000);
    assert.equal(await one.claims.take(payment.paymentRequestId), false, 'and asks again before a call that would outlast it');
  });

  it('give everything back when they end in order', async () => {
    const { paymentRequestId: id } = await one.opened();
    await one.claims.releaseAll();
    assert.equal(await other.claims.take(id), true);
    await one.claims.releaseAll();
    assert.equal(await one.claims.take(id), false, 'only what was theirs');
  });

  it('have one payment on a lane and one for a sale, whoever opens them', async () => {
    for (let round = 0; round < 5; round += 1) {
      const lane = await Promise.all(
        [one, other].map((bench) => bench.payments.open(bench.fresh('lane-1', `${bench === one}${round}`))),
      );
      assert.equal(lane.filter((answer) => 'payment' in answer && answer.isNew).length, 1);
      assert.equal(lane.filter((answer) => 'laneBusy' in answer).length, 1);
      const sale = await Promise.all([one, other].map((bench) => bench.payments.open(bench.fresh('lane-2', `SALE-${round}`))));
      assert.equal(new Set(sale.map((answer) => 'payment' in answer && answer.payment.paymentRequestId)).size, 1);
      await database.query('update payments set holds_lane = 0');
    }
  });

  it('may start at the same moment, on a database that has no tables yet', async function () {
    const empty = await (await needPostgres(this)).createDatabase();
    const place = { client: 'pg', connection: empty.connection } as const;
    const opened = await Promise.all(Array.from({ length: 4 }, () => openBooks(place)));
    const [count] = await empty.query<{ n: number }>('select count(*)::int as n from knex_migrations');
    assert.ok((count?.n ?? 0) >= 2);
    await Promise.all(opened.map((books) => books.close()));
    await empty.drop();
  });
});
