import assert from 'node:assert/strict';
import { join } from 'node:path';
import knex from 'knex';
import { cookieOf, logIn } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { type HttpAnswer, httpCall } from '../support/http-call.js';

const ROLES = ['viewer', 'operator', 'approver'] as const;

/** What only one person may ever hear or say. */
interface Secrets {
  readonly password: string;
  readonly cookie: string;
  readonly token: string;
  readonly key: string;
}

/** What is said at the door and is nobody's. */
const WRONG = {
  password: 'canary-wrong-password-1111',
  nameBox: 'canary-password-in-the-box-of-the-name-2222',
  key: 'canary-wrong-key-3333333333333333333333333333',
  cookie: `canary-cookie-${'4'.repeat(29)}`,
  token: 'canary-token-5555555555555555555555555555555',
} as const;

describe('canaries of the back office', function () {
  this.timeout(120_000);
  let shop: Harness;
  const people = new Map<string, Secrets>();
  /** What each person was answered; `nobody` for calls that were turned away at the door. */
  const heard = new Map<string, string[]>();
  const at = (path: string) => `${shop.bridge().urls.backOffice}${path}`;

  function hear(who: string, answer: HttpAnswer): HttpAnswer {
    const told = `${answer.text}\n${JSON.stringify(answer.headers)}`;
    heard.set(who, [...(heard.get(who) ?? []), told]);
    return answer;
  }

  before(async () => {
    shop = await startHarness({ displays: [] });
    const { users } = shop.bridge().people;
    for (const role of ROLES) {
      const password = `canary-password-of-${role}-抹茶`;
      const [name, robot] = [`${role}-mika`, `${role}-robot`];
      await users.add({ name, role, password, account: 'tests' });
      const added = await users.add({ name: robot, role, apiKey: true, account: 'tests' });
      assert.ok(added.kind === 'done' && added.key !== undefined);
      const login = hear(role, await logIn(shop, name, password));
      const cookie = cookieOf(login).replace('ocbridge=', '');
      people.set(role, { password, cookie, token: String(login.json()['csrfToken']), key: added.key });
    }
    await day();
    await atTheDoor();
    for (const role of ROLES) await users.disable({ name: `${role}-robot`, account: 'tests' });
  });
  after(() => shop.stop());

  /** Everybody looks at everything, and does what may be done, by session and by key. */
  async function day(): Promise<void> {
    const { paymentRequestId: id } = await shop.place();
    const looks = ['/', '/payments', `/payments/${id}`, '/rulings', '/alerts', '/quarantine', '/days', '/audit', '/help'];
    const asks = ['/api/session', '/api/payments', `/api/payments/${id}/timeline`, '/api/audit', '/metrics', '/api/openapi.json'];
    for (const [role, { cookie, token, key }] of people) {
      const session = { Cookie: `ocbridge=${cookie}`, 'X-CSRF-Token': token };
      const bearer = { Authorization: `Bearer ${key}` };
      for (const path of [...looks, ...asks]) hear(role, await httpCall(at(path), { headers: session }));
      for (const path of asks) hear(role, await httpCall(at(path), { headers: bearer }));
      for (const headers of [session, bearer])
        for (const path of [`/api/payments/${id}/inquire`, `/api/payments/${id}/cancel`, '/api/audit/verify'])
          hear(role, await httpCall(at(path), { method: 'POST', headers }));
      const json = { refundReference: `R-${role}`, amount: { currency: 'JPY', value: '1' }, reason: 'x' };
      hear(role, await httpCall(at(`/api/payments/${id}/refunds`), { json, headers: bearer }));
      const form = new URLSearchParams({ csrf: token, reason: 'x', as: 'failed' }).toString();
      const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
      hear(role, await httpCall(at(`/payments/${id}/rulings`), { body: form, headers: { ...session, ...type } }));
      await shop.clock.advance(2_000);
    }
  }

  /** Wrong passwords, keys, cookies and tokens, also in places where they do not belong. */
  async function atTheDoor(): Promise<void> {
    const form = (body: string) =>
      httpCall(at('/login'), { body, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
    const [[, mine] = []] = people;
    assert.ok(mine !== undefined);
    for (const call of [
      () => logIn(shop, 'viewer-mika', WRONG.password),
      () => logIn(shop, WRONG.nameBox, WRONG.password),
      () => logIn(shop, 'viewer-mika', WRONG.password, { Cookie: `ocbridge=${WRONG.cookie}` }),
      () => form(`name=viewer-mika&password=${WRONG.password}`),
      () => httpCall(at('/api/payments'), { headers: { Authorization: `Bearer ${WRONG.key}` } }),
      () => httpCall(at('/api/payments'), { headers: { Authorization: `Basic ${WRONG.key}` } }),
      () => httpCall(at('/api/payments'), { headers: { Cookie: `ocbridge=${WRONG.cookie}` } }),
      () => httpCall(at(`/api/payments?key=${mine.key}&token=${mine.token}&cookie=${mine.cookie}`)),
      () => httpCall(at(`/api/session?password=${encodeURIComponent(mine.password)}`), { method: 'DELETE' }),
      () =>
        httpCall(at('/api/session'), {
          method: 'DELETE',
          headers: { Cookie: `ocbridge=${mine.cookie}`, 'X-CSRF-Token': WRONG.token },
        }),
    ])
      hear('nobody', await call());
    await shop.clock.advance(60_000);
  }

  /** Which secrets of whom stand in a text. */
  function singing(text: string): string[] {
    const all = [...people].flatMap(([role, secrets]) =>
      Object.entries(secrets).map(([what, value]) => [`${what} of ${role}`, value]),
    );
    const wrong = Object.entries(WRONG).map(([what, value]) => [`wrong ${what}`, value]);
    return [...all, ...wrong].flatMap(([what = '', value = '']) =>
      text.includes(value) || text.includes(encodeURIComponent(value)) ? [what] : [],
    );
  }

  it('are real: each is taken at the door, and was used', async () => {
    for (const [role, { password, cookie }] of people) {
      assert.equal((await logIn(shop, `${role}-mika`, password)).status, 200, role);
      assert.equal((await httpCall(at('/api/session'), { headers: { Cookie: `ocbridge=${cookie}` } })).status, 200, role);
    }
    assert.ok([...heard.values()].flat().length > 60);
    // The last one saw what those before did.
    const said = heard.get('approver')?.join('\n') ?? '';
    for (const word of ['payment.cancel', 'payment.inquire', 'ocbridge_']) assert.ok(said.includes(word), word);
  });

  it('are silent in the log, all of them', () => {
    assert.ok(shop.logLines.length > 20);
    assert.deepEqual(singing(shop.logLines.join('\n')), []);
  });

  it('are heard by nobody but their owner: the cookie at the login, the token of the session, never a password or a key', () => {
    for (const role of ROLES)
      assert.deepEqual(singing(heard.get(role)?.join('\n') ?? '').sort(), [`cookie of ${role}`, `token of ${role}`], role);
  });

  it('are said back to nobody who says them at the door', () => {
    const told = heard.get('nobody')?.join('\n') ?? '';
    assert.deepEqual(singing(told), []);
  });

  it('are silent in the trail, in the figures and in every other answer about people', async () => {
    const admin = people.get('approver');
    assert.ok(admin !== undefined);
    const headers = { Cookie: `ocbridge=${admin.cookie}` };
    for (const path of ['/api/audit?limit=100', '/metrics', '/healthz', '/readyz', '/api/openapi.json'])
      assert.deepEqual(singing((await httpCall(at(path), { headers })).text), [], path);
    assert.deepEqual(singing(JSON.stringify(await shop.bridge().people.users.list())), []);
  });

  it('stand in no table of the books: of cookies and keys there are hashes, of passwords salted ones, of tokens nothing', async () => {
    const filename = join(shop.folder, 'data', 'bridge.sqlite');
    const books = knex({ client: 'sqlite3', connection: { filename }, useNullAsDefault: true });
    try {
      const tables = (await books.raw("select name from sqlite_master where type = 'table'")) as { name: string }[];
      assert.ok(tables.length > 10);
      for (const { name } of tables)
        for (const row of (await books(name)) as Record<string, unknown>[]) {
          const text = Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString('utf8') : String(value)));
          assert.deepEqual(singing(text.join('\n')), [], name);
        }
    } finally {
      await books.destroy();
    }
  });
});
