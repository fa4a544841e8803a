import assert from 'node:assert/strict';
import type Router from '@koa/router';
import Koa from 'koa';
import { addUser, cookieOf, logIn } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { type HttpAnswer, type HttpWish, httpCall } from '../support/http-call.js';

interface Route {
  readonly method: string;
  readonly path: string;
}

/** What begins a session cannot carry its token; the rules of Origin and SameSite guard it. */
const WITHOUT_SESSION = ['POST /api/session', 'POST /login'];

/** Every route that changes something, read from the routers that the running back office answers with. */
function changingRoutes(apps: readonly Koa[]): readonly Route[] {
  const lists = apps.map((app) =>
    app.middleware
      .flatMap((one) => (one as unknown as { router?: Router }).router?.stack ?? [])
      .flatMap(({ methods, path }) => methods.map((method) => ({ method, path: String(path) }))),
  );
  const ours = lists.find((routes) => routes.some(({ path }) => path === '/api/session'));
  assert.ok(ours !== undefined, 'the back office has routers');
  return ours.filter(({ method, path }) => !/^(GET|HEAD)$/.test(method) && !WITHOUT_SESSION.includes(`${method} ${path}`));
}

/** Starts a shop and keeps hold of the applications that it listens with. */
async function startWatched(): Promise<{ readonly shop: Harness; readonly apps: readonly Koa[] }> {
  const apps: Koa[] = [];
  const { callback } = Koa.prototype;
  Koa.prototype.callback = function (this: Koa) {
    apps.push(this);
    return callback.call(this);
  };
  try {
    return { shop: await startHarness({ displays: [] }), apps };
  } finally {
    Koa.prototype.callback = callback;
  }
}

describe('a call of the back office that changes something', function () {
  this.timeout(120_000);
  let shop: Harness;
  let routes: readonly Route[];
  let id: string;
  let cookie: string;
  let token: string;
  let strange: string;
  before(async () => {
    const started = await startWatched();
    shop = started.shop;
    routes = changingRoutes(started.apps);
    id = (await shop.place()).paymentRequestId;
    await addUser(shop, 'mika', 'approver');
    await addUser(shop, 'eve', 'approver');
    const login = await logIn(shop, 'mika');
    [cookie, token] = [cookieOf(login), String(login.json()['csrfToken'])];
    strange = String((await logIn(shop, 'eve')).json()['csrfToken']);
  });
  after(() => shop.stop());

  const isUpload = (path: string) => /upload|clearing-files/.test(path);
  const isPage = (path: string) => !path.startsWith('/api/');
  const pathOf = (path: string) =>
    path.replaceAll(/:(\w+)/g, (_all, name: string) =>
      /^(id|paymentRequestId)$/.test(name) && path.includes('payments/') ? id : name === 'date' ? '2026-03-05' : '1',
    );

  /** A call as the page or program of that route makes it, with a token where it belongs. */
  function ask({ method, path }: Route, shown: string | undefined, headers: HttpWish['headers'] = {}): Promise<HttpAnswer> {
    const url = `${shop.bridge().urls.backOffice}${pathOf(path)}`;
    const header: Record<string, string> = shown === undefined || isPage(path) ? {} : { 'X-CSRF-Token': shown };
    if (isUpload(path)) {
      const field = shown === undefined || !isPage(path) ? '' : part('form-data; name="csrf"', shown);
      const body = `${field}${part('form-data; name="files"; filename="x.csv"', 'a,b')}--cut--\r\n`;
      const type = { 'Content-Type': 'multipart/form-data; boundary=cut' };
      return httpCall(url, { method, body, headers: { Cookie: cookie, ...type, ...header, ...headers } });
    }
    const fields = {
      reason: 'x',
      as: 'failed',
      amount: '1',
      refundReference: 'R-1',
      ...(shown !== undefined && { csrf: shown }),
    };
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const form = { body: new URLSearchParams(fields).toString(), headers: { Cookie: cookie, ...type, ...headers } };
    return httpCall(url, isPage(path) ? { method, ...form } : { method, headers: { Cookie: cookie, ...header, ...headers } });
  }
  const part = (disposition: string, text: string) => `--cut\r\nContent-Disposition: ${disposition}\r\n\r\n${text}\r\n`;
  const acts = async () => {
    const report = await shop.bridge().people.verifyActs();
    return report.kind === 'whole' ? report.acts : report.why;
  };

  it('is one of many, of the API as of the pages', () => {
    const kinds = routes.map(({ path }) => (isPage(path) ? 'page' : 'api'));
    assert.ok(kinds.filter((kind) => kind === 'api').length >= 14 && kinds.filter((kind) => kind === 'page').length >= 12);
  });

  it('is refused with the cookie alone, with a made-up token and with that of somebody else, and leaves no act', async () => {
    const before = await acts();
    for (const route of routes) {
      for (const shown of [undefined, '', 'A'.repeat(43), strange, token.slice(0, -1), `${token}A`]) {
        const { status, text } = await ask(route, shown);
        assert.equal(status, 403, `${route.method} ${route.path} with ${shown ?? 'nothing'}: ${text.slice(0, 200)}`);
      }
      await shop.clock.advance(1_000);
    }
    assert.equal(await acts(), before);
    assert.equal((await shop.read(id)).state, 'awaiting_payer');
  });

  it('is refused from a page of another origin, although the token is right', async () => {
    const before = await acts();
    for (const route of routes) {
      for (const origin of ['https://evil.example', 'null'])
        assert.equal((await ask(route, token, { Origin: origin })).status, 403, `${route.method} ${route.path} from ${origin}`);
      await shop.clock.advance(1_000);
    }
    assert.equal(await acts(), before);
    assert.equal((await shop.read(id)).state, 'awaiting_payer');
  });

  it('takes its token from nowhere but its own place', async () => {
    for (const route of routes.filter(({ path }) => !isUpload(path))) {
      const inAddress = { ...route, path: `${route.path}?csrf=${token}&X-CSRF-Token=${token}&csrfToken=${token}` };
      assert.equal((await ask(inAddress, undefined)).status, 403, route.path);
      await shop.clock.advance(500);
    }
  });

  it('is let in with its token: no route is refused for another reason', async () => {
    const endsSession = ({ path }: Route) => /^(\/logout|\/api\/session)$/.test(path);
    for (const route of [...routes.filter((one) => !endsSession(one)), ...routes.filter(endsSession)]) {
      const { status, headers } = await ask(route, token);
      assert.notEqual(status, 403, `${route.method} ${route.path}`);
      assert.doesNotMatch(String(headers.location ?? ''), /^\/login\?next/, route.path);
      await shop.clock.advance(1_000);
      if (!endsSession(route)) continue;
      const login = await logIn(shop, 'mika');
      [cookie, token] = [cookieOf(login), String(login.json()['csrfToken'])];
    }
  });
});
