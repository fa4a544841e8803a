import assert from 'node:assert/strict';
import { clearingRoutes } from '#src/backoffice/clearing-routes.js';
import { systemClock } from '#src/base/clock.js';
import { createLog } from '#src/base/log.js';
import { createHttpApp } from '#src/http/http-app.js';
import { type Listener, startListener } from '#src/http/listener.js';
import { Problem } from '#src/http/problem.js';
import { DAYS, lineOf, paidRow } from '../reconciliation/recon-samples.js';
import { type NewPlace, PLACES } from '../support/books-places.js';
import { openReconBench, type ReconBench } from '../support/recon-bench.js';
import { cycleFiles } from '../support/report-files.js';

type Json = Readonly<Record<string, unknown>>;

describe('clearing days in the back office', () => {
  let place: NewPlace;
  let bench: ReconBench;
  let listener: Listener;
  let role: 'viewer' | 'operator' | 'approver' | undefined;
  const asked: string[] = [];

  beforeEach(async function () {
    const [sqlite] = PLACES;
    assert.ok(sqlite !== undefined);
    place = await sqlite.make(this);
    bench = await openReconBench(place);
    role = 'approver';
    asked.length = 0;
    const log = createLog(() => {});
    const roles = ['viewer', 'operator', 'approver'];
    const routes = clearingRoutes({
      desk: bench.desk,
      clock: systemClock,
      log,
      gate: {
        async admit(_ctx, needed) {
          asked.push(needed);
          if (role === undefined) throw new Problem('unauthenticated', 'Log in.');
          if (roles.indexOf(role) < roles.indexOf(needed)) throw new Problem('forbidden', 'Not you.');
          return { person: { name: 'kim', role, by: 'session' }, session: undefined };
        },
      },
    });
    const app = createHttpApp({
      listener: 'backOffice',
      frontDoor: { allowedHosts: [], allowedOrigins: [], secure: false },
      cors: { methods: ['GET'], requestHeaders: ['Authorization'], exposedHeaders: [], credentials: false },
      log,
      routers: [routes],
    });
    listener = await startListener({
      name: 'backOffice',
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      handler: app.callback(),
      clock: systemClock,
      log,
    });
  });
  afterEach(async () => {
    await listener.stop(0);
    await bench.close();
    await place.remove();
  });

  async function call(method: string, path: string, body?: Json | FormData) {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${listener.url}${path}`, {
      method,
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
      ...(body !== undefined && !isForm && { headers: { 'Content-Type': 'application/json' } }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return { status: answer.status, text, headers: answer.headers, json: (isJson ? JSON.parse(text) : {}) as Json };
  }

  function form(files: ReadonlyMap<string, string>, field = 'files'): FormData {
    const data = new FormData();
    for (const [name, text] of files) data.append(field, new Blob([text]), name);
    return data;
  }

  it('take files in, compare, resolve, seal and export a day, each by who may, and never seal over a file that was not read', async () => {
    const [paid, lost] = [paidRow(1), paidRow(2)];
    await bench.insert([paid, lost]);
    role = 'operator';
    const first = await call('POST', '/api/clearing-files', form(cycleFiles(DAYS.day, [lineOf(paid, 4)])));
    assert.equal(first.status, 201, first.text);
    assert.equal((first.json['files'] as Json[]).length, 3);
    assert.equal((await call('POST', '/api/clearing-files', form(cycleFiles(DAYS.day, [lineOf(paid, 4)])))).status, 200);
    assert.equal((await call('POST', '/api/clearing-files', form(cycleFiles(DAYS.after, [])))).status, 201);
    const run = await call('POST', `/api/days/${DAYS.day}/run`, {});
    assert.deepEqual([run.status, run.json['sealed'], run.json['date']], [200, false, DAYS.day]);
    const lines = (await call('GET', `/api/days/${DAYS.day}/lines?limit=1`)).json;
    assert.equal((lines['items'] as Json[]).length, 1);
    const next = (await call('GET', `/api/days/${DAYS.day}/lines?limit=1&cursor=${String(lines['nextCursor'])}`)).json;
    assert.equal((next['items'] as Json[]).length, 1);
    const [found] = (await call('GET', `/api/days/${DAYS.day}/exceptions`)).json['items'] as Json[];
    assert.equal(found?.['kind'], 'paid_here_missing_there');
    assert.equal((await call('POST', `/api/days/${DAYS.day}/close`, {})).status, 403);
    role = 'approver';
    assert.equal((await call('POST', `/api/days/${DAYS.day}/close`, {})).json['code'], 'exceptions_open');
    const resolved = await call('POST', `/api/exceptions/${String(found?.['id'])}/resolve`, { reason: 'paid by <hand>' });
    assert.deepEqual([resolved.status, resolved.json['state']], [200, 'resolved']);
    const [, , summary = ''] = cycleFiles(DAYS.day, []).keys();
    const more = form(new Map([[summary.replace('_000.csv', '_001.csv'), `${cycleFiles(DAYS.day, []).get(summary)}`]]));
    assert.equal((await call('POST', '/api/clearing-files', more)).status, 201);
    const unread = await call('POST', `/api/days/${DAYS.day}/close`, {});
    assert.deepEqual([unread.status, unread.json['code']], [409, 'exceptions_open']);
    assert.match(unread.text, /have arrived since it was compared/);
    assert.equal((await call('GET', `/api/days/${DAYS.day}`)).json['compareAgain'], true);
    await call('POST', `/api/days/${DAYS.day}/run`, {});
    assert.equal((await call('POST', `/api/days/${DAYS.day}/close`, {})).json['sealed'], true);
    assert.deepEqual((await call('POST', `/api/days/${DAYS.day}/run`, {})).json['code'], 'day_closed');
    const csv = await call('GET', `/api/days/${DAYS.day}/export.csv`);
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
    assert.equal(csv.text.trimEnd().split('\r\n').length, 3);
  });

  it('follow an exception to the very line of the file', async () => {
    const odd = lineOf(paidRow(7, { paymentRequestId: 'OTHER-1' }), 4);
    await call('POST', '/api/clearing-files', form(cycleFiles(DAYS.day, [odd])));
    await call('POST', `/api/days/${DAYS.day}/run`, {});
    const items = (await call('GET', `/api/days/${DAYS.day}/exceptions`)).json['items'] as Json[];
    const { links, ...told } = items.find(({ kind }) => kind === 'foreign_line') as { links: { line: string; timeline: null } };
    assert.equal(links.timeline, null, 'a payment that the books do not hold has no page');
    assert.equal('words' in told, false, 'what pages in other languages need stands in no JSON');
    const line = await call('GET', links.line);
    assert.deepEqual([line.status, line.json['paymentRequestId'], line.json['line']], [200, 'OTHER-1', 4]);
  });

  it('refuse a bad file with file, line and column, and conflicts with their code', async () => {
    const files = new Map(cycleFiles(DAYS.day, [lineOf(paidRow(1), 4)]));
    const [name = ''] = files.keys();
    const bad = await call('POST', '/api/clearing-files', form(new Map([...files, [name, 'totalCount\n-1\n']])));
    assert.deepEqual([bad.status, bad.json['code']], [400, 'invalid_request']);
    const errors = bad.json['errors'] as Json[];
    assert.ok(errors.some(({ path, line, column }) => path === name && line === 2 && column === 'totalCount'));
    assert.equal(bad.json['detail'], `Nothing was imported: ${errors.length} errors.`);
    const worse = await call(
      'POST',
      '/api/clearing-files',
      form(new Map([...files, [name, `${files.get(name)}${'x\n'.repeat(1001)}`]])),
    );
    assert.equal(worse.json['detail'], 'Nothing was imported: the first 1000 errors; there are more.');
    assert.deepEqual(Object.keys((worse.json['errors'] as Json[])[0] ?? {}), ['path', 'line', 'column', 'message']);
    assert.equal((await call('POST', '/api/clearing-files', form(files))).status, 201);
    const other = form(new Map([[name, `${files.get(name)}PAYMENT`]]));
    assert.equal((await call('POST', '/api/clearing-files', other)).json['code'], 'file_conflict');
    assert.equal((await call('POST', '/api/clearing-files', form(new Map([['notes.csv', 'x']])))).status, 400);
    assert.equal((await call('POST', '/api/clearing-files', form(files, 'other'))).status, 400);
    assert.equal((await call('POST', '/api/clearing-files', { files: [] })).status, 415);
  });

  it('refuse a form that breaks off in a file nobody asked for, and one that goes on behind a header that is none', async () => {
    const part = (name: string, more = '') =>
      `--m\r\nContent-Disposition: form-data; name="${name}"; filename="a.csv"${more}\r\n\r\n`;
    for (const body of [
      `${part('other')}hello`,
      `${part('files')}hello`,
      `${part('files')}one\r\n${part('files', '\u0000')}two\r\n${part('files')}three\r\n--m--\r\n`,
    ]) {
      const headers = { 'Content-Type': 'multipart/form-data; boundary=m' };
      const answer = await fetch(`${listener.url}/api/clearing-files`, { method: 'POST', headers, body });
      assert.deepEqual([answer.status, ((await answer.json()) as Json)['code']], [400, 'invalid_request']);
    }
  });

  it('are compared and sealed by a call without a body or with {}, and by no other', async () => {
    for (const verb of ['run', 'close'])
      for (const body of [[], [1], 'x', 0, null, { x: 1 }])
        assert.equal(
          (await call('POST', `/api/days/${DAYS.day}/${verb}`, body as unknown as Json)).status,
          400,
          `${verb} ${body}`,
        );
    for (const body of [undefined, {}]) assert.equal((await call('POST', `/api/days/${DAYS.day}/run`, body)).status, 200);
  });

  it('ask who it is before anything else, on every path', async () => {
    role = undefined;
    const paths: ReadonlyArray<[string, string]> = [
      ['GET', '/api/days/2026-03-05'],
      ['GET', '/api/days/no-day'],
      ['GET', '/api/days/2026-03-05/lines'],
      ['GET', '/api/days/2026-03-05/exceptions'],
      ['GET', '/api/days/2026-03-05/export.csv'],
      ['POST', '/api/days/2026-03-05/run'],
      ['POST', '/api/days/2026-03-05/close'],
      ['POST', '/api/clearing-files'],
      ['GET', '/api/clearing-files/x'],
      ['GET', '/api/clearing-files/x/lines/1'],
      ['POST', '/api/exceptions/x/resolve'],
    ];
    for (const [method, path] of paths) assert.equal((await call(method, path)).status, 401, path);
    assert.equal(asked.length, paths.length);
    role = 'viewer';
    for (const [method, path] of paths.filter(([verb]) => verb === 'POST'))
      assert.equal((await call(method, path)).status, 403, path);
  });
});
