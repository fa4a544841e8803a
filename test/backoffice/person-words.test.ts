import assert from 'node:assert/strict';
import { cookieOf, logIn, type Visitor, visitor } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';
import { httpCall } from '../support/http-call.js';

/** Calls that take a person's words, with what else they need. */
const TAKES_WORDS: readonly (readonly [string, object])[] = [
  ['/api/payments/ID/rulings', { as: 'failed' }],
  ['/api/rulings/1/reject', {}],
  ['/api/exceptions/1/resolve', {}],
  ['/api/quarantine/1/dealt-with', {}],
  ['/api/alerts/1/dealt-with', {}],
  ['/api/payments/ID/refunds', { refundReference: 'R-1', amount: { currency: 'JPY', value: '1' } }],
];

/** Texts that JSON can carry and no database gives back. */
const UNKEEPABLE = ['half \ud800', '\udc00 half', 'a zero \u0000'];

/** Addresses with a zero in them, and what they come to. */
const ZEROS: readonly (readonly [string, number])[] = [
  ['/api/payments?reference=%00', 400],
  ['/api/payments?lane=a%00', 400],
  ['/api/payments?lane=a&lane=%00', 400],
  ['/api/audit?who=%00', 400],
  ['/api/audit?what=%00', 400],
  ['/api/payments/%00', 404],
  ['/api/payments/%00/timeline', 404],
  ['/api/payments/%00/refunds', 404],
  ['/api/clearing-files/%00/lines/1', 404],
];

const PAGES: readonly (readonly [string, number])[] = [
  ['/payments/%00', 404],
  ['/payments/%00/messages/answer-1/verify', 404],
  ['/payments?q=%00&lane=%00&currency=%00', 200],
  ['/audit?who=%00', 200],
];

onEitherBooks('what a person writes', (books) => {
  let shop: Harness;
  let anna: Visitor;
  let id: string;
  before(async () => {
    shop = await startHarness({ books, displays: [] });
    anna = await visitor(shop, 'approver', 'anna');
    id = (await shop.place()).paymentRequestId;
  });
  after(() => shop.stop());

  it('is refused where no database would give it back as it was, and the trail of acts stays whole', async () => {
    for (const [path, body] of TAKES_WORDS)
      for (const reason of UNKEEPABLE) {
        const answer = await anna.call(path.replace('ID', id), { json: { ...body, reason } });
        const { code, errors } = answer.json<Record<string, unknown> & { errors: { path: string }[] }>();
        assert.deepEqual([answer.status, code, errors[0]?.path], [400, 'invalid_request', 'reason'], `${path} ${answer.text}`);
      }
    assert.equal((await anna.call('/api/audit/verify', { method: 'POST' })).json()['kind'], 'whole');
  });

  it('is taken with line breaks, blanks around it and signs beyond the first plane', async () => {
    const json = { refundReference: 'R-2', amount: { currency: 'JPY', value: '1' }, reason: '抹茶 🍵' };
    assert.equal((await anna.call(`/api/payments/${id}/refunds`, { json })).json()['code'], 'not_refundable');
    const answer = await anna.call('/api/alerts/1/dealt-with', { json: { reason: ' one 🍵\ntwo ' } });
    assert.equal(answer.json()['code'], 'not_found');
  });

  it('and addresses with a zero in them are no error of the bridge, whoever asks', async () => {
    for (const [path, status] of ZEROS) assert.equal((await anna.call(path)).status, status, path);
    const resolved = await anna.call('/api/exceptions/%00/resolve', { json: { reason: 'x' } });
    assert.deepEqual([resolved.status, resolved.json()['code']], [404, 'not_found']);
    for (const [path, status] of PAGES) assert.equal((await anna.call(path)).status, status, path);
    for (const path of ['/v1/payments/%00', '/v1/payments/%00/refunds', '/v1/lanes/%00'])
      assert.equal((await shop.till(path)).status, 404, path);
    assert.equal((await shop.till('/v1/payments?laneId=%00')).status, 400);
  });

  it('is refused in forms as in calls', async () => {
    const login = await logIn(shop, 'anna');
    const csrf = String(login.json()['csrfToken']);
    const form = (path: string, fields: string) =>
      httpCall(`${shop.bridge().urls.backOffice}${path}`, {
        body: `csrf=${csrf}&${fields}`,
        headers: { Cookie: cookieOf(login), 'Content-Type': 'application/x-www-form-urlencoded' },
      });
    for (const path of [`/payments/${id}/rulings`, '/alerts/1/dealt-with', '/quarantine/1/dealt-with', `/payments/${id}/refunds`])
      assert.equal((await form(path, 'as=failed&amount=1&refundReference=R-1&reason=a%00b')).status, 400, path);
    assert.equal((await form('/alerts/%00/dealt-with', 'reason=x')).status, 404);
  });
});
