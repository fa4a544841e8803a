import assert from 'node:assert/strict';
import { STATES } from '#src/payment/payment.js';
import { describeTerminalApi, ProblemJson } from '#src/terminal/api-description.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { type HttpAnswer, httpCall } from '../support/http-call.js';
import { paid, refund, undo } from '../support/money-back.js';
import { startTerminalServer, type TerminalServer } from '../support/terminal-server.js';

type Json = Readonly<Record<string, unknown>>;

function at(document: unknown, ...path: string[]): Json {
  return path.reduce<unknown>((value, name) => (value as Json)[name], document) as Json;
}

function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === '$ref' ? [String(inner)] : references(inner)));
}

describe('the API description', () => {
  const document = describeTerminalApi('1.2.3') as Json;

  it('is OpenAPI 3.1 with title, version and bearer keys', () => {
    assert.match(String(document['openapi']), /^3\.1\.\d+$/);
    assert.equal(at(document, 'info')['version'], '1.2.3');
    assert.deepEqual(at(document, 'components', 'securitySchemes', 'terminalKey')['scheme'], 'bearer');
    assert.deepEqual(document['security'], [{ terminalKey: [] }]);
  });

  it('lists every call that exists, and none that does not', () => {
    const calls = Object.entries(at(document, 'paths')).flatMap(([path, item]) =>
      Object.keys(item as Json).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(calls.sort(), [
      'GET /v1/lanes/{laneId}',
      'GET /v1/lanes/{laneId}/events',
      'GET /v1/payments',
      'GET /v1/payments/{paymentRequestId}',
      'GET /v1/payments/{paymentRequestId}/code.png',
      'GET /v1/payments/{paymentRequestId}/code.svg',
      'GET /v1/payments/{paymentRequestId}/receipt',
      'GET /v1/payments/{paymentRequestId}/refunds',
      'GET /v1/payments/{paymentRequestId}/refunds/{refundReference}',
      'POST /v1/payments',
      'POST /v1/payments/{paymentRequestId}/cancel',
      'POST /v1/payments/{paymentRequestId}/refunds',
      'POST /v1/payments/{paymentRequestId}/undo',
    ]);
  });

  it('has an operationId of its own, a summary, answers and problems for every call', () => {
    const seen = new Set<unknown>();
    for (const [path, item] of Object.entries(at(document, 'paths'))) {
      for (const [method, operation] of Object.entries(item as Record<string, Json>)) {
        const where = `${method} ${path}`;
        assert.equal(seen.has(operation['operationId']), false, where);
        seen.add(operation['operationId']);
        assert.notEqual(operation['summary'] ?? '', '', where);
        const responses = at(operation, 'responses');
        assert.ok(
          Object.keys(responses).some((status) => status.startsWith('2')),
          where,
        );
        for (const status of ['401', '421', '500']) {
          assert.ok('application/problem+json' in at(responses, status, 'content'), `${where} ${status}`);
        }
        for (const name of path.matchAll(/\{(\w+)\}/g)) {
          const parameters = operation['parameters'] as Json[];
          assert.ok(
            parameters.some((parameter) => parameter['name'] === name[1] && parameter['required'] === true),
            where,
          );
        }
      }
    }
  });

  it('refers only to what it contains', () => {
    for (const reference of references(document)) {
      assert.ok(reference.startsWith('#/'), reference);
      assert.notEqual(at(document, ...reference.slice(2).split('/')), undefined, reference);
    }
  });

  it('describes the payment with every state, and null where the contract has it', () => {
    const payment = at(document, 'components', 'schemas', 'Payment');
    assert.deepEqual(at(payment, 'properties', 'state')['enum'], [...STATES]);
    assert.equal(payment['additionalProperties'], false);
    assert.deepEqual(at(payment, 'properties', 'paidAt')['anyOf'], [{ $ref: '#/components/schemas/Time' }, { type: 'null' }]);
    assert.equal(at(document, 'components', 'schemas', 'Time')['type'], 'string');
    assert.deepEqual(at(payment, 'properties', 'paymentId')['type'], ['string', 'null']);
    assert.equal((payment['required'] as string[]).length, Object.keys(at(payment, 'properties')).length);
  });

  it('describes what a sale needs', () => {
    const sale = at(document, 'components', 'schemas', 'Sale');
    assert.deepEqual(sale['required'], ['saleReference', 'amount', 'description']);
    assert.equal(sale['additionalProperties'], false);
    assert.deepEqual(at(sale, 'properties', 'goods')['maxItems'], 100);
  });
});

describe('the description of problems', () => {
  let shop: Harness;
  before(async () => {
    shop = await startHarness({ displays: [], lanes: ['lane-1', 'lane-2'] });
  });
  after(() => shop.stop());

  it('names every member that a refused sale, cancel or refund is answered with', async () => {
    const sale = { saleReference: 'S-PAID', laneId: 'lane-1' };
    const { paymentRequestId: id } = await paid(shop, sale);
    const { paymentRequestId: open } = await shop.place({ laneId: 'lane-2' });
    assert.equal((await refund(shop, id, '500', { reference: 'R-1' })).status, 201);
    const refused: Readonly<Record<string, () => Promise<HttpAnswer>>> = {
      sale_conflict: () => shop.sell({ ...sale, description: 'other' }),
      lane_busy: () => shop.sell({ laneId: 'lane-2' }),
      not_cancellable: () => shop.cancel(id),
      refund_conflict: () => refund(shop, id, '501', { reference: 'R-1' }),
      refund_exceeds_payment: () => refund(shop, id, '1481'),
      not_refundable: () => refund(shop, open, '1'),
      not_paid: () => shop.till(`/v1/payments/${open}/receipt`),
      invalid_request: () => shop.sell({ description: '' }),
    };
    for (const [code, ask] of Object.entries(refused)) {
      const said = (await ask()).json();
      assert.equal(said['code'], code, JSON.stringify(said));
      assert.deepEqual(ProblemJson.parse(said), said, code);
    }
    const { existing, left } = ProblemJson.parse((await refund(shop, id, '1481')).json());
    assert.deepEqual([existing, left], [undefined, { currency: 'JPY', value: '1480' }]);
    assert.equal((await undo(shop, id)).status, 202);
  });
});

describe('the readable page', () => {
  let server: TerminalServer;
  before(async () => {
    server = await startTerminalServer();
  });
  after(() => server.close());
  const call = (path: string) => httpCall(`${server.url}${path}`);

  it('and the document need no key', async () => {
    assert.deepEqual((await call('/openapi.json')).json(), JSON.parse(JSON.stringify(describeTerminalApi('0.1.0'))));
    assert.equal((await call('/docs')).headers['content-type'], 'text/html; charset=utf-8');
  });

  it('loads everything from here, and forbids all else', async () => {
    const page = await call('/docs');
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.doesNotMatch(page.text, /<script>|https?:|style=|onload/);
    const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    assert.deepEqual(parts.sort(), [
      '/docs/favicon-32x32.png',
      '/docs/start.js',
      '/docs/swagger-ui-bundle.js',
      '/docs/swagger-ui.css',
      '/openapi.json',
    ]);
    for (const part of parts) {
      const answer = await call(part);
      assert.equal(answer.status, 200, part);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    }
  });

  it('serves nothing else of the package it comes from', async () => {
    for (const path of [
      '/docs/',
      '/docs/package.json',
      '/docs/../package.json',
      '/docs/%2e%2e/package.json',
      '/docs/swagger-ui.js',
    ]) {
      assert.equal((await call(path)).status, 404, path);
    }
  });
});
