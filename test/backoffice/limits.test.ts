import assert from 'node:assert/strict';
import { addUser, cookieOf, logIn, program, type Visitor, visitor } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';
import { type HttpAnswer, httpCall } from '../support/http-call.js';

const page = (harness: Harness, name: string) =>
  httpCall(`${harness.bridge().urls.backOffice}/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `name=${name}&password=wrong&next=%2F`,
  });

describe('the limits of the back office', function () {
  this.timeout(120_000);
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness();
  });
  afterEach(() => harness.stop());

  it('are sixty logins a minute from one address, by the API and by the page; no password is looked at after that', async () => {
    await addUser(harness, 'mika', 'viewer');
    for (let tries = 0; tries < 10; tries += 1) assert.equal((await logIn(harness, 'nobody', 'wrong')).status, 401);
    // Of a locked name no password is looked at, and the tries count all the same.
    for (let tries = 0; tries < 49; tries += 1) {
      const locked = await logIn(harness, 'nobody', 'wrong');
      assert.deepEqual([locked.status, Number(locked.headers['retry-after']) > 1700], [429, true]);
    }
    const lockedOnPage = await page(harness, 'nobody');
    assert.deepEqual([lockedOnPage.status, Number(lockedOnPage.headers['retry-after']) > 1700], [429, true]);
    const refused = await logIn(harness, 'mika');
    assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '1'], refused.text);
    const byPage = await page(harness, 'mika');
    assert.deepEqual([byPage.status, byPage.headers['retry-after']], [429, '3']);
    await harness.clock.advance(1000);
    assert.equal((await logIn(harness, 'mika')).status, 200);
    assert.equal((await logIn(harness, 'mika')).status, 429);
  });

  it('are two hundred calls a second of all together, after a rest four times that, with Retry-After', async () => {
    const statuses: Record<number, number> = {};
    let retryAfter: unknown;
    for (let robot = 0; robot < 5; robot += 1) {
      const { call } = await program(harness, 'viewer', `robot-${robot}`);
      const answers = await Promise.all(Array.from({ length: 30 }, () => manyCalls(call, 6)));
      for (const { status, headers } of answers.flat()) {
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status === 429) retryAfter = headers['retry-after'];
      }
    }
    assert.deepEqual(statuses, { 200: 800, 429: 100 });
    assert.equal(retryAfter, '1');
  });
});

async function manyCalls(call: Visitor['call'], count: number): Promise<HttpAnswer[]> {
  const answers: HttpAnswer[] = [];
  for (let n = 0; n < count; n += 1) answers.push(await call('/api/session'));
  return answers;
}

onEitherBooks('the sessions of one person', (books) => {
  it('are twenty at most: with one more the quietest ends, and nobody else’s', async function () {
    this.timeout(120_000);
    const harness = await startHarness({ books });
    try {
      const other = await visitor(harness, 'viewer', 'other');
      await addUser(harness, 'mika', 'viewer');
      const cookies: string[] = [];
      const logInAgain = async () => {
        cookies.push(cookieOf(await logIn(harness, 'mika')));
        await harness.clock.advance(1000);
      };
      const good = async (cookie = '') =>
        (await httpCall(`${harness.bridge().urls.backOffice}/api/session`, { headers: { Cookie: cookie } })).status === 200;
      for (let n = 0; n < 20; n += 1) await logInAgain();
      assert.equal(await good(cookies[0]), true);
      await logInAgain();
      assert.deepEqual([await good(cookies[0]), await good(cookies[1]), await good(cookies[20])], [false, true, true]);
      assert.equal((await other.call('/api/session')).status, 200);
    } finally {
      await harness.stop();
    }
  });
});
