import assert from 'node:assert/strict';
import { createSessionDesk } from '#src/backoffice/session-desk.js';
import { createUserDesk } from '#src/backoffice/user-desk.js';
import { createPeopleBooks } from '#src/books/people-books.js';
import { reconVerbs, sealerCheck } from '#src/recon-verbs.js';
import { PASSWORD } from '../support/back-office.js';
import { type BooksBench, openBench } from '../support/books-bench.js';
import { PLACES } from '../support/books-places.js';

const MINUTE_MS = 60_000;

describe('the times of sessions and locks', () => {
  let bench: BooksBench;
  let remove: () => Promise<void>;
  beforeEach(async function () {
    const place = await PLACES[0]?.make(this);
    assert.ok(place !== undefined);
    remove = place.remove;
    bench = await openBench(place);
  });
  afterEach(async () => {
    await bench.close();
    await remove();
  });

  async function desk() {
    const people = createPeopleBooks(bench.open);
    await createUserDesk(people, bench.clock).add({ name: 'mika', role: 'viewer', password: PASSWORD, account: 'tests' });
    return createSessionDesk(people, bench.clock);
  }

  it('a session ends after a quarter of an hour without a call, and after twelve hours of calls', async () => {
    const sessions = await desk();
    const open = async () => {
      const login = await sessions.open('mika', PASSWORD, undefined);
      assert.ok(login.kind === 'open');
      return login.token;
    };
    const idle = await open();
    await bench.clock.advance(14 * MINUTE_MS);
    assert.notEqual(await sessions.find(idle), undefined);
    await bench.clock.advance(16 * MINUTE_MS);
    assert.equal(await sessions.find(idle), undefined);
    const busy = await open();
    for (let minutes = 0; minutes < 12 * 60; minutes += 12) {
      assert.notEqual(await sessions.find(busy), undefined, `after ${minutes} min`);
      await bench.clock.advance(12 * MINUTE_MS);
    }
    assert.equal(await sessions.find(busy), undefined);
  });

  it('a password that had to wait too long behind others seals no day, and is not told as a lock', async () => {
    const sessions = await desk();
    const close = reconVerbs({} as never, {} as never, sealerCheck(sessions.checkPassword))['recon.close'];
    const asked = Promise.all(
      Array.from({ length: 30 }, (_unused, n) => close?.({ date: '2026-03-05', by: `nobody-${n}`, password: 'x' })),
    );
    await bench.clock.advance(3_000);
    const told = (await asked).map((answer) => (answer?.kind === 'refused' ? answer : assert.fail('nobody is known')));
    const busy = told.find(({ code }) => code === 'too_many_requests');
    assert.match(busy?.message ?? '', /wait to be checked; the day stays open\. Repair: try again/);
    assert.ok(told.every(({ message }) => !message.includes('locked')));
  });

  it('a session ends at the very time it was told and not before, however lately somebody called', async () => {
    const sessions = await desk();
    const login = await sessions.open('mika', PASSWORD, undefined);
    assert.ok(login.kind === 'open');
    let endsAt = login.endsAt;
    for (const ms of [29_000, 1_000, 10_000, 31_000, 29_999]) {
      await bench.clock.advance(ms);
      const live = await sessions.find(login.token);
      assert.ok(live !== undefined);
      assert.equal(live.endsAt - bench.clock.now(), 15 * MINUTE_MS);
      endsAt = live.endsAt;
    }
    await bench.clock.advance(endsAt - bench.clock.now() - 1);
    await sessions.prune();
    assert.equal((await sessions.find(login.token, true))?.endsAt, endsAt);
    await bench.clock.advance(1);
    assert.equal(await sessions.find(login.token), undefined);
    await bench.clock.advance(30_001);
    await sessions.prune();
    assert.equal((await bench.open.db('sessions')).length, 0);
  });

  it('ten wrong passwords lock a name for half an hour and no longer, and a right one before that begins the count anew', async () => {
    const sessions = await desk();
    const wrong = async (tries: number) => {
      for (let n = 0; n < tries; n += 1) assert.equal((await sessions.checkPassword('mika', 'wrong password')).kind, 'wrong');
    };
    await wrong(9);
    assert.equal((await sessions.checkPassword('mika', PASSWORD)).kind, 'right');
    await wrong(10);
    const locked = await sessions.checkPassword('mika', PASSWORD);
    assert.ok(locked.kind === 'locked' && locked.leftMs > 29 * MINUTE_MS && locked.leftMs <= 30 * MINUTE_MS);
    await bench.clock.advance(30 * MINUTE_MS);
    assert.equal((await sessions.checkPassword('mika', PASSWORD)).kind, 'right');
  });
});
