import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program, type Visitor, visitor } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { httpCall } from '../support/http-call.js';

const ROLES = ['viewer', 'operator', 'approver'] as const;
const ID = 'TEST1-000000000000000000000000';

/** Every call of the back office that needs somebody, with the least role; a new one has to be put here. */
const CALLS: readonly (readonly [(typeof ROLES)[number], 'GET' | 'POST' | 'DELETE', string])[] = [
  ['viewer', 'GET', '/api/session'],
  ['viewer', 'GET', '/api/payments'],
  ['viewer', 'GET', '/api/payments/{paymentRequestId}'],
  ['viewer', 'GET', '/api/payments/{paymentRequestId}/timeline'],
  ['operator', 'POST', '/api/payments/{paymentRequestId}/inquire'],
  ['operator', 'POST', '/api/payments/{paymentRequestId}/cancel'],
  ['operator', 'POST', '/api/payments/{paymentRequestId}/undo'],
  ['operator', 'POST', '/api/payments/{paymentRequestId}/refunds'],
  ['viewer', 'GET', '/api/payments/{paymentRequestId}/refunds'],
  ['operator', 'POST', '/api/payments/{paymentRequestId}/rulings'],
  ['viewer', 'GET', '/api/rulings'],
  ['approver', 'POST', '/api/rulings/{rulingId}/confirm'],
  ['approver', 'POST', '/api/rulings/{rulingId}/reject'],
  ['viewer', 'GET', '/api/quarantine'],
  ['viewer', 'DELETE', '/api/session'],
];

describe('the roles of the back office', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.stop());

  const pathOf = (path: string) => path.replace('{paymentRequestId}', ID).replace('{rulingId}', '999');

  it('are tried on every call that its tables of endpoints describe', async () => {
    const folder = 'src/backoffice';
    const texts = await Promise.all(
      (await readdir(folder)).filter((name) => name.endsWith('.ts')).map((name) => readFile(join(folder, name), 'utf8')),
    );
    const described = texts.flatMap((text) =>
      [...text.matchAll(/role: '(\w+)',\s+method: '(\w+)',\s+path: '([^']+)'/g)].map(([, role, method = '', path]) =>
        [role, method.toUpperCase(), path].join(' '),
      ),
    );
    const tried = CALLS.map((call) => call.join(' '));
    assert.deepEqual([...tried, 'anyone POST /api/session'].sort(), described.sort());
  });

  it('let nobody in who is not known, whatever is asked', async () => {
    const keys: readonly Record<string, string>[] = [
      {},
      { Authorization: 'Bearer made-up' },
      { Cookie: `ocbridge=${'A'.repeat(43)}` },
      { Authorization: 'Basic eDp5' },
    ];
    for (const [, method, path] of CALLS)
      for (const headers of keys) {
        const answer = await httpCall(`${harness.bridge().urls.backOffice}${pathOf(path)}`, { method, headers });
        assert.deepEqual([answer.status, answer.json()['code']], [401, 'unauthenticated'], `${method} ${path}`);
      }
  });

  for (const role of ROLES) {
    it(`give a ${role} what the role covers and nothing more, by key and by cookie`, async () => {
      const visitors: readonly Visitor[] = [await program(harness, role), await visitor(harness, role)];
      for (const [needed, method, path] of CALLS)
        for (const { name, call } of visitors) {
          const { status } = await call(pathOf(path), { method });
          const isCovered = ROLES.indexOf(role) >= ROLES.indexOf(needed);
          assert.equal(status === 403, !isCovered, `${name}: ${method} ${path} gave ${status}`);
          assert.notEqual(status, 401, `${name}: ${method} ${path}`);
        }
    });
  }
});
