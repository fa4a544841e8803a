import assert from 'node:assert/strict';
import { addUser, cookieOf, logIn, PASSWORD } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { type HttpAnswer, type HttpWish, httpCall } from '../support/http-call.js';

/** Stands in every hostile login where a password would. */
const SECRET = 'canary-login-password-4242';
const DEEP = 20_000;

const bytes = (...parts: readonly (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))));
const login = (name: unknown, password: unknown, more: object = {}) => JSON.stringify({ name, password, ...more });

/** Bodies of `POST /api/session` that are no login of anybody. */
const BODIES: Readonly<Record<string, string | Buffer>> = {
  nothing: '',
  'no object': JSON.stringify(SECRET),
  null: 'null',
  'a list': JSON.stringify(['mika', SECRET]),
  'a number for a name': login(1, SECRET),
  'a list for a name': login(['mika'], SECRET),
  'an object for a name': login({ toString: 'mika' }, SECRET),
  'null for a name': login(null, SECRET),
  'a number for a password': login('mika', 1234567890123),
  'a list for a password': login('mika', [SECRET]),
  'an object for a password': login('mika', { $ne: SECRET }),
  'true for a password': login('mika', true),
  'no password': JSON.stringify({ name: SECRET }),
  'no name': JSON.stringify({ password: SECRET }),
  'empty texts': login('', ''),
  'a field that nobody knows': login('mika', SECRET, { admin: SECRET }),
  'a prototype': `{"name":"mika","password":"${SECRET}","__proto__":{"role":"approver"}}`,
  'two names': `{"name":"mika","name":"otto","password":"${SECRET}"}`,
  'two passwords': `{"name":"mika","password":"${PASSWORD}","password":"${SECRET}"}`,
  'a name of a thousand': login('m'.repeat(1_000), SECRET),
  'a password of a thousand': login('nobody', SECRET.repeat(39)),
  'a password of sixty thousand': login('nobody', SECRET.repeat(2_300)),
  'a body over the limit': login('nobody', SECRET.repeat(3_000)),
  'a megabyte': login('nobody', SECRET.repeat(40_000)),
  'lists in lists': `{"name":${'['.repeat(DEEP)}"${SECRET}"${']'.repeat(DEEP)},"password":"${SECRET}"}`,
  'objects in objects': `${'{"name":'.repeat(5_000)}"${SECRET}"${'}'.repeat(5_000)}`,
  'bytes that are no UTF-8': bytes('{"name":"mika","password":"', 0xc3, 0x28, SECRET, '"}'),
  'an overlong zero': bytes('{"name":"mika","password":"', 0xc0, 0x80, SECRET, '"}'),
  'a surrogate in UTF-8': bytes('{"name":"mika","password":"', 0xed, 0xa0, 0x80, SECRET, '"}'),
  'a mark of byte order': bytes(0xef, 0xbb, 0xbf, login('nobody', SECRET)),
  'half of a surrogate pair': `{"name":"no\\ud800body","password":"${SECRET}\\ud800"}`,
  'zero characters': login('mika\0', `${SECRET}\0`),
  'a name with a line break': login('mika\r\nX-Evil: 1', SECRET),
  'no end': `{"name":"mika","password":"${SECRET}`,
  'two values': `${login('nobody', SECRET)}${login('nobody', SECRET)}`,
  'JavaScript and no JSON': `{name:'mika',password:'${SECRET}'}`,
  'a password that nobody has': login('nobody', SECRET),
};

/** Bodies of the form of the page. */
const FORMS: Readonly<Record<string, string | Buffer>> = {
  nothing: '',
  'two names': `name=mika&name=otto&password=${SECRET}`,
  'a broken escape': `name=mika%&password=%zz${SECRET}`,
  'no UTF-8': `name=nobody&password=%c3%28${SECRET}`,
  'raw bytes': bytes('name=nobody&password=', 0xff, 0xfe, SECRET),
  'zero characters': `name=nobody%00&password=${SECRET}%00`,
  'a name of sixty thousand': `name=${'m'.repeat(60_000)}&password=${SECRET}`,
  'a body over the limit': `name=nobody&password=${SECRET.repeat(3_000)}`,
  'ten thousand fields': `${'a=1&'.repeat(10_000)}name=nobody&password=${SECRET}`,
  'another place to go to': `name=nobody&password=${SECRET}&next=https://evil.example/`,
  'a line break in the place to go to': `name=nobody&password=${SECRET}&next=/%0d%0aSet-Cookie:%20a=b`,
};

describe('hostile logins', function () {
  this.timeout(120_000);
  let shop: Harness;
  before(async () => {
    shop = await startHarness({ displays: [] });
    await addUser(shop, 'mika', 'approver');
  });
  after(() => shop.stop());

  const at = (path: string) => `${shop.bridge().urls.backOffice}${path}`;
  const json = (body: string | Buffer, headers: HttpWish['headers'] = {}) =>
    httpCall(at('/api/session'), { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } });
  const form = (body: string | Buffer, headers: HttpWish['headers'] = {}) =>
    httpCall(at('/login'), {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    });

  function assertTurnedAway({ status, headers, text }: HttpAnswer, what: string): void {
    assert.ok(status >= 400 && status < 500, `${what}: ${status}`);
    assert.equal(headers['set-cookie'], undefined, what);
    assert.equal(text.includes(SECRET), false, `${what} is said back`);
  }

  it('by the API are refused in words, whatever stands in them, and are no error of the bridge', async () => {
    for (const [what, body] of Object.entries(BODIES)) {
      const answer = await json(body);
      assertTurnedAway(answer, what);
      assert.match(String(answer.json()['code']), /^(invalid_request|unauthenticated|body_too_large)$/, what);
      // From one address sixty logins a minute are looked at, and ten wrong ones lock a name.
      await shop.clock.advance(5_000);
    }
    const notJson: readonly Readonly<Record<string, string>>[] = [
      { 'Content-Type': 'text/plain' },
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      { 'Content-Type': 'application/json; charset=utf-16' },
      { 'Content-Encoding': 'gzip' },
    ];
    for (const headers of notJson) {
      const answer = await json(login('mika', SECRET), headers);
      assertTurnedAway(answer, JSON.stringify(headers));
      assert.equal(answer.status, 415);
    }
  });

  it('by the page are refused on the page, whatever stands in them', async () => {
    for (const [what, body] of Object.entries(FORMS)) {
      const answer = await form(body);
      assertTurnedAway(answer, what);
      assert.match(answer.headers['content-type'] ?? '', /^text\/html/, what);
      assert.doesNotMatch(answer.text, /evil\.example|Set-Cookie/, what);
      await shop.clock.advance(5_000);
    }
    assertTurnedAway(await form(login('mika', SECRET), { 'Content-Type': 'application/json' }), 'JSON for the page');
  });

  it('leave no password in the log and no act in the trail, and the right person still gets in', async () => {
    await shop.clock.advance(31 * 60_000);
    assert.equal((await logIn(shop, 'mika')).status, 200);
    assert.equal(shop.logLines.join('\n').includes('canary-login-password'), false);
    assert.equal(shop.logLines.join('\n').includes(PASSWORD), false);
    assert.deepEqual({ ...(await shop.bridge().people.verifyActs()), head: '' }, { kind: 'whole', acts: 2, head: '' });
  });

  describe('with a session that somebody else has planted', () => {
    const whoIs = async (cookie: string) => {
      const answer = await httpCall(at('/api/session'), { headers: { Cookie: cookie } });
      return answer.status === 200 ? answer.json()['name'] : answer.status;
    };
    const doors: Readonly<Record<string, (cookie: string) => Promise<HttpAnswer>>> = {
      API: (cookie) => logIn(shop, 'mika', PASSWORD, { Cookie: cookie }),
      page: (cookie) => form(`name=mika&password=${encodeURIComponent(PASSWORD)}`, { Cookie: cookie }),
    };
    before(() => addUser(shop, 'eve', 'viewer'));

    for (const [door, enter] of Object.entries(doors))
      it(`by the ${door} begin a session of their own, and the planted one never becomes that of the victim`, async () => {
        const planted = await logIn(shop, 'eve');
        const cookies = [cookieOf(planted), `ocbridge=${'A'.repeat(43)}`, `ocbridge=${'A'.repeat(42)}`, 'ocbridge='];
        const seen = new Set<string>(cookies);
        for (const cookie of cookies) {
          const fresh = cookieOf(await enter(cookie));
          assert.match(fresh, /^ocbridge=[\w-]{43}$/, cookie);
          assert.equal(seen.has(fresh), false);
          seen.add(fresh);
          assert.equal(await whoIs(fresh), 'mika');
          assert.equal(await whoIs(cookie), 401, 'what was planted is nobody');
          // Two cookies of one name: one of them is planted.
          assert.equal(await whoIs(`${cookie}; ${fresh}`), 401);
        }
        const token = String(planted.json()['csrfToken']);
        const ended = await httpCall(at('/api/session'), {
          method: 'DELETE',
          headers: { Cookie: [...seen].at(-1) ?? '', 'X-CSRF-Token': token },
        });
        assert.equal(ended.status, 403, 'the token of the planted session is that of no other');
        await shop.clock.advance(60_000);
      });
  });
});
