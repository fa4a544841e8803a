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
  ['operator', 'POST', '/api/quarantine/{id}/dealt-with'],
  ['viewer', 'GET', '/api/alerts'],
  ['operator', 'POST', '/api/alerts/{id}/dealt-with'],
  ['viewer', 'GET', '/api/audit'],
  ['viewer', 'POST', '/api/audit/verify'],
  ['viewer', 'GET', '/metrics'],
  ['operator', 'POST', '/api/clearing-files'],
  ['viewer', 'GET', '/api/clearing-files/{name}'],
  ['viewer', 'GET', '/api/clearing-files/{name}/lines/{line}'],
  ['viewer', 'GET', '/api/days/{date}'],
  ['viewer', 'GET', '/api/days/{date}/lines'],
  ['viewer', 'GET', '/api/days/{date}/exceptions'],
  ['viewer', 'GET', '/api/days/{date}/export.csv'],
  ['operator', 'POST', '/api/days/{date}/run'],
  ['approver', 'POST', '/api/days/{date}/close'],
  ['operator', 'POST', '/api/exceptions/{id}/resolve'],
  ['viewer', 'DELETE', '/api/session'],
];

/** Calls that nobody has to be known for. */
const OPEN = ['POST /api/session', 'GET /api/openapi.json', 'GET /healthz', 'GET /readyz'];

type Json = Readonly<Record<string, unknown>>;

describe('the roles of the back office', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.stop());

  const PLACES: Readonly<Record<string, string>> = { paymentRequestId: ID, rulingId: '999', date: '2026-03-05', line: '1' };
  const pathOf = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => PLACES[name] ?? 'x');

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
    assert.deepEqual([...tried, ...OPEN.map((call) => `anyone ${call}`)].sort(), described.sort());
    // A route beside the tables would have a role that nobody tries.
    for (const text of texts) assert.doesNotMatch(text, /router\.(get|post|put|patch|delete|all)\(/);
  });

  it('stand in the API description with every call there is, and no other', async () => {
    const answer = await httpCall(`${harness.bridge().urls.backOffice}/api/openapi.json`);
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/json; charset=utf-8']);
    const document = answer.json<{ openapi: string; paths: Record<string, Record<string, Json>> }>();
    assert.match(document.openapi, /^3\.1\.\d+$/);
    const calls = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ call: `${method.toUpperCase()} ${path}`, operation })),
    );
    assert.deepEqual(calls.map(({ call }) => call).sort(), [...CALLS.map(([, ...call]) => call.join(' ')), ...OPEN].sort());
    const names = calls.map(({ operation }) => operation['operationId']);
    assert.equal(new Set(names).size, names.length);
    for (const { call, operation } of calls) {
      const needed = CALLS.find(([, ...known]) => known.join(' ') === call)?.[0];
      const says = String(operation['description'] ?? '');
      if (needed === undefined) assert.deepEqual(operation['security'], [], call);
      else assert.match(says, needed === 'viewer' ? /^Any role\./ : new RegExp(`^Needs the role ${needed}\\.`), call);
      const { responses } = operation as { responses: Json };
      assert.ok(
        Object.keys(responses).some((status) => status.startsWith('2')),
        call,
      );
      const uses = /"\$ref":"#\/components\/schemas\/Problem"/;
      if (needed !== undefined) assert.match(JSON.stringify(responses['401']), uses, call);
    }
  });

  it('answer every described call as a call that there is', async () => {
    const viewer = await visitor(harness, 'approver', 'caller');
    for (const [, method, path] of CALLS.filter(([, verb]) => verb !== 'DELETE')) {
      const answer = await viewer.call(pathOf(path), { method });
      assert.notEqual(answer.status, 405, `${method} ${path}`);
      assert.notEqual(answer.text.includes('There is nothing at this address.'), true, `${method} ${path}`);
    }
  });

  it('let nobody in who is not known, whatever is asked', async () => {
    const keys: readonly Record<string, string>[] = [
      {},
      { Authorization: 'Bearer made-up' },
      { Cookie: `ocbridge=${'A'.repeat(43)}` },
      { Authorization: 'Basic eDp5' },
    ];
    for (const [index, [, method, path]] of CALLS.entries()) {
      // Strangers are allowed 60 calls a minute.
      if (index % 14 === 13) await harness.clock.advance(60_000);
      for (const headers of keys) {
        const answer = await httpCall(`${harness.bridge().urls.backOffice}${pathOf(path)}`, { method, headers });
        assert.deepEqual([answer.status, answer.json()['code']], [401, 'unauthenticated'], `${method} ${path}`);
      }
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
