import assert from 'node:assert/strict';
import Router from '@koa/router';
import { z } from 'zod';
import { BridgeError } from '#src/base/bridge-error.js';
import { systemClock } from '#src/base/clock.js';
import { createLog } from '#src/base/log.js';
import { readRawBody, UPSTREAM_BODY_LIMIT } from '#src/http/body.js';
import { type Endpoint, guard } from '#src/http/guard.js';
import { createHttpApp } from '#src/http/http-app.js';
import { type Listener, startListener } from '#src/http/listener.js';
import { PROBLEM_CODES, PROBLEM_STATUS, Problem, problemTitle } from '#src/http/problem.js';
import { type HttpWish, httpCall, rawCall } from '../support/http-call.js';

const Item = z.strictObject({ name: z.string(), inner: z.strictObject({ count: z.int() }).optional() });
const ECHO = {
  name: 'echo',
  method: 'post',
  path: '/echo',
  summary: '',
  params: z.strictObject({}),
  query: z.strictObject({ q: z.string().optional() }),
  body: Item,
  answers: { 200: { says: '', schema: z.strictObject({ ok: z.literal(true) }) } },
  problems: [],
} satisfies Endpoint<z.ZodObject, z.ZodObject, z.ZodType>;

describe('the HTTP front', () => {
  const logged: string[] = [];
  let listener: Listener;
  let bodiesRead = 0;

  before(async () => {
    const router = new Router({ sensitive: true, strict: true });
    const log = createLog((line) => void logged.push(line));
    const admit = () => undefined;
    router.post(
      '/echo',
      guard({
        endpoint: ECHO,
        bodyLimit: 64 * 1024,
        log,
        admit,
        handle: async ({ body }) => {
          bodiesRead += 1;
          return { status: 200, body: { ok: body.name !== 'bad answer' } };
        },
      }),
    );
    router.post('/raw', async (ctx) => {
      const bytes = await readRawBody(ctx, UPSTREAM_BODY_LIMIT);
      ctx.body = { bytes: bytes.length };
    });
    router.get('/throw/:what', (ctx) => {
      if (ctx['params'].what === 'books') throw new BridgeError('books.unavailable', 'disk full at /secret/place');
      if (ctx['params'].what === 'busy') throw new Problem('too_many_requests', 'Too many.', { retryAfterSeconds: 7 });
      throw new Error('a secret of the inside');
    });
    const app = createHttpApp({
      listener: 'terminal',
      frontDoor: { allowedHosts: ['counter.example'], allowedOrigins: ['https://till.example'], secure: false },
      cors: { methods: ['GET', 'POST'], requestHeaders: ['Authorization'], exposedHeaders: ['X-Trace-Id'], credentials: false },
      log,
      routers: [router],
    });
    listener = await startListener({
      name: 'terminal',
      host: '127.0.0.1',
      port: 0,
      handler: app.callback(),
      clock: systemClock,
      log,
    });
  });
  after(() => listener.stop(0));

  const call = (path: string, wish?: HttpWish) => httpCall(`${listener.url}${path}`, wish);
  const post = (body: string, headers: Record<string, string> = { 'Content-Type': 'application/json' }, path = '/echo') =>
    call(path, { method: 'POST', body, headers });

  describe('problem documents', () => {
    it('have a title and a status for every code', () => {
      for (const code of PROBLEM_CODES) {
        assert.ok(PROBLEM_STATUS[code] >= 400 && PROBLEM_STATUS[code] < 600);
        assert.notEqual(problemTitle(code), '');
      }
    });

    it('carry type, title, status, code, detail and traceId', async () => {
      const answer = await call('/nowhere');
      assert.equal(answer.status, 404);
      assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
      const problem = answer.json();
      assert.deepEqual(Object.keys(problem).sort(), ['code', 'detail', 'status', 'title', 'traceId', 'type']);
      assert.equal(problem['code'], 'not_found');
      assert.equal(problem['status'], 404);
      assert.match(String(problem['traceId']), /^[0-9a-f]{32}$/);
      assert.equal(problem['traceId'], answer.headers['x-trace-id']);
    });

    it('say nothing of the inside for an unexpected error, but log it under the same trace', async () => {
      const answer = await call('/throw/inside');
      assert.equal(answer.status, 500);
      assert.equal(answer.json()['code'], 'internal_error');
      assert.doesNotMatch(answer.text, /secret/);
      const line = logged.find((text) => text.includes(String(answer.headers['x-trace-id'])));
      assert.match(line ?? '', /a secret of the inside/);
    });

    it('are books_unavailable with Retry-After when the books fail', async () => {
      const answer = await call('/throw/books');
      assert.equal(answer.status, 503);
      assert.equal(answer.json()['code'], 'books_unavailable');
      assert.equal(answer.headers['retry-after'], '5');
      assert.doesNotMatch(answer.text, /secret/);
    });

    it('carry Retry-After for 429', async () => {
      const answer = await call('/throw/busy');
      assert.equal(answer.status, 429);
      assert.equal(answer.headers['retry-after'], '7');
    });

    it('name the allowed methods with 405', async () => {
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
        const answer = await call('/echo', { method });
        assert.equal(answer.status, 405, method);
        assert.equal(answer.json()['code'], 'method_not_allowed');
        assert.equal(answer.headers.allow, 'POST');
      }
      assert.equal((await call('/nowhere', { method: 'PUT' })).status, 404);
      assert.equal((await call('/nowhere', { method: 'PROPFIND' })).status, 404);
      assert.equal((await call('/echo', { method: 'PROPFIND' })).status, 405);
    });
  });

  describe('safe headers', () => {
    it('stand on every answer', async () => {
      for (const answer of [await call('/nowhere'), await post('{"name":"x"}')]) {
        assert.equal(answer.headers['x-content-type-options'], 'nosniff');
        assert.match(String(answer.headers['content-security-policy']), /default-src 'none'/);
        assert.equal(answer.headers['cache-control'], 'no-store');
        assert.equal(answer.headers['x-powered-by'], undefined);
      }
    });
  });

  describe('the Host rule', () => {
    const cases: readonly [string, number][] = [
      ['localhost', 404],
      ['COUNTER.example.:1', 404],
      ['[::1]:8480', 404],
      ['evil.example', 421],
      ['localhost.evil.example', 421],
    ];
    for (const [host, status] of cases) {
      it(`answers ${status} to Host ${host}`, async () => {
        const answer = await call('/nowhere', { headers: { Host: host } });
        assert.equal(answer.status, status);
        if (status === 421) assert.equal(answer.json()['code'], 'host_not_allowed');
      });
    }

    it('answers 421 to a request without Host and to one with two', async () => {
      assert.match(await rawCall(listener.port, 'GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1.1 421 /);
      const twice = 'GET /echo HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
      assert.match(await rawCall(listener.port, twice), /^HTTP\/1.1 421 /);
    });

    it('answers 421 to a foreign name in the request line', async () => {
      const text = 'GET http://evil.example/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
      assert.match(await rawCall(listener.port, text), /^HTTP\/1.1 421 /);
    });

    it('comes before the body: nothing invites it, nothing waits for it', async () => {
      const head = 'POST /echo HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\nContent-Length: 12\r\n';
      const answer = await rawCall(listener.port, `${head}Expect: 100-continue\r\n\r\n`);
      assert.match(answer, /^HTTP\/1.1 421 /);
      assert.doesNotMatch(answer, /100 Continue/);
    });

    it('invites the body of a caller that may send it', async () => {
      const head = 'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 12\r\n';
      const answer = await rawCall(listener.port, `${head}Connection: close\r\nExpect: 100-continue\r\n\r\n{"name":"x"}`);
      assert.match(answer, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
    });
  });

  describe('an expectation', () => {
    it('that nobody knows is passed over', async () => {
      const answer = await post('{"name":"x"}', { 'Content-Type': 'application/json', Expect: '200-ok' });
      assert.equal(answer.status, 200);
    });
  });

  describe('the Origin rule and CORS', () => {
    const preflight = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' };

    it('refuses foreign origins without a CORS answer, also in a preflight', async () => {
      for (const origin of ['https://evil.example', 'null', 'http://localhost:3000']) {
        const simple = await call('/echo', { method: 'POST', json: { name: 'x' }, headers: { Origin: origin } });
        const asked = await call('/echo', { method: 'OPTIONS', headers: { Origin: origin, ...preflight } });
        for (const answer of [simple, asked]) {
          assert.equal(answer.status, 403, origin);
          assert.equal(answer.json()['code'], 'forbidden');
          assert.equal(answer.headers['access-control-allow-origin'], undefined);
        }
      }
    });

    it('answers the preflight of an allowed origin', async () => {
      const answer = await call('/echo', { method: 'OPTIONS', headers: { Origin: 'https://till.example', ...preflight } });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers['access-control-allow-origin'], 'https://till.example');
      assert.match(String(answer.headers['access-control-allow-methods']), /POST/);
      assert.match(String(answer.headers['access-control-allow-headers']), /Authorization/);
      assert.equal(answer.headers['access-control-allow-credentials'], undefined);
      assert.match(String(answer.headers.vary), /Origin/);
    });

    it('names the allowed origin on answers and on problems, never *', async () => {
      const headers = { Origin: 'https://till.example', 'Content-Type': 'application/json' };
      for (const answer of [await post('{"name":"x"}', headers), await post('{', headers), await call('/nowhere', { headers })]) {
        assert.equal(answer.headers['access-control-allow-origin'], 'https://till.example');
      }
    });

    it('says nothing about CORS to callers without an origin', async () => {
      assert.equal((await post('{"name":"x"}')).headers['access-control-allow-origin'], undefined);
    });
  });

  describe('bodies', () => {
    const errorsOf = (answer: { json<T>(): T }) => answer.json<{ errors: { path: string; message: string }[] }>().errors;

    it('are JSON in UTF-8 or 415', async () => {
      const body = '{"name":"x"}';
      for (const type of ['application/json', 'Application/JSON; Charset="UTF-8"', 'application/json;charset=utf8']) {
        assert.equal((await post(body, { 'Content-Type': type })).status, 200, type);
      }
      for (const type of [
        'text/plain',
        'application/json; charset=latin1',
        'application/x-www-form-urlencoded',
        'application/jsonp',
      ]) {
        const answer = await post(body, { 'Content-Type': type });
        assert.equal(answer.status, 415, type);
        assert.equal(answer.json()['code'], 'unsupported_media_type');
      }
      assert.equal((await post(body, {})).status, 415);
      assert.equal((await post(body, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })).status, 415);
    });

    it('are refused when the bytes are not UTF-8', async () => {
      const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
      const answer = await call('/echo', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
      assert.equal(answer.status, 400);
      assert.deepEqual(errorsOf(answer), [{ path: 'body', message: 'these bytes are not UTF-8' }]);
    });

    const wrong: readonly [string, string][] = [
      ['{"name":1}', 'name'],
      ['{}', 'name'],
      ['', 'body'],
      ['[]', 'body'],
      ['{"name":"x","other":1}', 'other'],
      ['{"name":"x","inner":{"count":"1"}}', 'inner.count'],
      ['{"name":"x","inner":{"count":1,"odd":2}}', 'inner.odd'],
      ['{"name":"x","name":"y"}', 'name'],
      ['{"name":"x","__proto__":{}}', '__proto__'],
      ['{"name":', 'name'],
    ];
    for (const [body, path] of wrong) {
      it(`are refused with the place ${path}: ${body || '(empty)'}`, async () => {
        const before = bodiesRead;
        const answer = await post(body);
        assert.equal(answer.status, 400);
        assert.equal(answer.json()['code'], 'invalid_request');
        assert.equal(errorsOf(answer)[0]?.path, path);
        assert.equal(bodiesRead, before);
      });
    }

    it('say "is required" for what is missing', async () => {
      assert.equal(errorsOf(await post('{}'))[0]?.message, 'is required');
    });

    it('may be 64 KiB and not a byte more, announced or in chunks', async () => {
      const ofSize = (size: number) => `{"name":"${'x'.repeat(size - 11)}"}`;
      assert.equal((await post(ofSize(64 * 1024))).status, 200);
      const announced = await post(ofSize(64 * 1024 + 1));
      assert.equal(announced.status, 413);
      assert.equal(announced.json()['code'], 'body_too_large');
      const chunk = 'x'.repeat(70_000);
      const head =
        'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
      const chunked = await rawCall(listener.port, `${head}${chunk.length.toString(16)}\r\n${chunk}\r\n0\r\n\r\n`);
      assert.match(chunked, /^HTTP\/1.1 413 /);
    });

    it('of several MiB still hear their 413', async () => {
      const answer = await post('x'.repeat(4 * 1024 * 1024));
      assert.equal(answer.status, 413);
    });

    it('of upstream size are read raw up to 256 KiB', async () => {
      assert.deepEqual((await post('y'.repeat(256 * 1024), {}, '/raw')).json(), { bytes: 256 * 1024 });
      assert.equal((await post('y'.repeat(256 * 1024 + 1), {}, '/raw')).status, 413);
    });
  });

  describe('queries', () => {
    it('refuse unknown and repeated parameters', async () => {
      for (const [query, path] of [
        ['?odd=1', 'odd'],
        ['?q=1&q=2', 'q'],
      ] as const) {
        const answer = await post('{"name":"x"}', { 'Content-Type': 'application/json' }, `/echo${query}`);
        assert.equal(answer.status, 400);
        assert.equal(answer.json<{ errors: { path: string }[] }>().errors[0]?.path, path);
      }
    });
  });

  describe('our own answers', () => {
    it('become a 500 and a log line when they break their description', async () => {
      const answer = await post('{"name":"bad answer"}');
      assert.equal(answer.status, 500);
      assert.equal(answer.json()['code'], 'internal_error');
      assert.ok(logged.some((line) => line.includes('an answer broke its own description') && line.includes('echo')));
    });
  });
});
