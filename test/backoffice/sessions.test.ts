import assert from 'node:assert/strict';
import { addUser, cookieOf, logIn, PASSWORD, program, visitor } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';
import { httpCall } from '../support/http-call.js';

onEitherBooks('the door of the back office', (books) => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness({ books });
  });
  afterEach(() => harness.stop());

  const session = (headers: Record<string, string>, method = 'GET') =>
    httpCall(`${harness.bridge().urls.backOffice}/api/session`, { method, headers });

  it('lets a person in by name and password, and gives a cookie that scripts and other sites can not use', async () => {
    await addUser(harness, 'mika', 'operator');
    const answer = await logIn(harness, 'mika');
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers['set-cookie']?.[0] ?? '', /^ocbridge=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const seen = await session({ Cookie: cookieOf(answer) });
    assert.deepEqual(
      { ...seen.json<Record<string, unknown>>(), endsAt: null },
      { name: 'mika', role: 'operator', csrfToken: answer.json()['csrfToken'], endsAt: null },
    );
  });

  it('takes a call that changes something only with the token of its session', async () => {
    await addUser(harness, 'mika', 'viewer');
    const answer = await logIn(harness, 'mika');
    const other = await logIn(harness, 'mika');
    const cookie = { Cookie: cookieOf(answer) };
    for (const token of ['', 'made-up', String(other.json()['csrfToken'])])
      assert.equal((await session({ ...cookie, 'X-CSRF-Token': token }, 'DELETE')).status, 403, token);
    assert.equal((await session(cookie)).status, 200);
    const ended = await session({ ...cookie, 'X-CSRF-Token': String(answer.json()['csrfToken']) }, 'DELETE');
    assert.deepEqual([ended.status, ended.headers['set-cookie']?.[0]?.includes('Max-Age=0')], [204, true]);
    assert.equal((await session(cookie)).status, 401);
  });

  it('locks a name for half an hour after ten wrong passwords, also a name that nobody has', async () => {
    await addUser(harness, 'mika', 'viewer');
    for (const name of ['mika', 'nobody']) {
      for (let tries = 0; tries < 10; tries += 1) assert.equal((await logIn(harness, name, 'wrong')).status, 401);
      const locked = await logIn(harness, name, PASSWORD);
      assert.deepEqual([locked.status, Number(locked.headers['retry-after']) > 1700], [429, true], name);
    }
  });

  it('gives a fresh cookie at every login and ends the session that was shown', async () => {
    await addUser(harness, 'mika', 'viewer');
    const planted = `ocbridge=${'A'.repeat(43)}`;
    const first = await logIn(harness, 'mika', PASSWORD, { Cookie: planted });
    assert.notEqual(cookieOf(first), planted);
    assert.equal((await session({ Cookie: planted })).status, 401);
    const second = await logIn(harness, 'mika', PASSWORD, { Cookie: cookieOf(first) });
    assert.equal((await session({ Cookie: cookieOf(first) })).status, 401);
    assert.equal((await session({ Cookie: cookieOf(second) })).status, 200);
    assert.equal((await session({ Cookie: `${cookieOf(first)}; ${cookieOf(second)}` })).status, 401, 'two cookies of one name');
  });

  it('shuts a disabled person out at once, cookie, password and key', async () => {
    const mika = await visitor(harness, 'operator', 'mika');
    const robot = await program(harness, 'viewer', 'robot');
    const { users } = harness.bridge().people;
    assert.deepEqual([(await mika.call('/api/session')).status, (await robot.call('/api/session')).status], [200, 200]);
    for (const name of ['mika', 'robot']) assert.equal((await users.disable({ name, account: 'tests' })).kind, 'done');
    assert.deepEqual([(await mika.call('/api/session')).status, (await robot.call('/api/session')).status], [401, 401]);
    assert.equal((await logIn(harness, 'mika')).status, 401);
  });

  it('takes nobody in under a name by which the trail calls the bridge itself', async () => {
    const { users } = harness.bridge().people;
    for (const name of ['sftp', 'bridge', 'SFTP', 'Bridge']) {
      const added = await users.add({ name, role: 'viewer', password: PASSWORD, account: 'tests' });
      assert.equal(added.kind, 'refused', name);
      assert.match(added.kind === 'refused' ? added.message : '', /Repair: choose another name/);
    }
    await addUser(harness, 'bridgette', 'viewer');
  });

  it('keeps sessions over a restart', async () => {
    const mika = await visitor(harness, 'operator', 'mika');
    await harness.restart();
    assert.equal((await mika.call('/api/session')).status, 200);
  });

  it('stores no password, no key and no cookie, and logs none', async () => {
    await addUser(harness, 'mika', 'viewer');
    const cookie = cookieOf(await logIn(harness, 'mika'));
    await logIn(harness, 'mika', 'another-wrong-password');
    const secrets = [PASSWORD, cookie.slice('ocbridge='.length), 'another-wrong-password'];
    for (const line of harness.logLines) for (const secret of secrets) assert.equal(line.includes(secret), false);
  });

  it('writes down who did what in a chain that is whole', async () => {
    await visitor(harness, 'operator', 'mika');
    assert.deepEqual({ ...(await harness.bridge().people.verifyActs()), head: '' }, { kind: 'whole', acts: 2, head: '' });
  });
});
