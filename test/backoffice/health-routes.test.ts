import assert from 'node:assert/strict';
import { healthRoutes, type Readiness } from '#src/backoffice/health-routes.js';
import { systemClock } from '#src/base/clock.js';
import { silentLog } from '#src/base/log.js';
import { createHttpApp } from '#src/http/http-app.js';
import { type Listener, startListener } from '#src/http/listener.js';
import { httpCall } from '../support/http-call.js';

describe('health', () => {
  const fine: Readiness = { lanes: { total: 10, able: 9 }, reasons: [] };
  let now: Readiness | Error = fine;
  let listener: Listener;

  before(async () => {
    const readiness = async () => {
      if (now instanceof Error) throw now;
      return now;
    };
    const app = createHttpApp({
      listener: 'backOffice',
      frontDoor: { allowedHosts: [], allowedOrigins: [], secure: false },
      cors: { methods: ['GET'], requestHeaders: ['Content-Type'], exposedHeaders: [], credentials: false },
      log: silentLog,
      routers: [
        healthRoutes({ health: { readiness }, gate: { admit: () => assert.fail('nobody is asked who he is') }, log: silentLog }),
      ],
    });
    listener = await startListener({
      name: 'backOffice',
      host: '127.0.0.1',
      port: 0,
      handler: app.callback(),
      clock: systemClock,
      log: silentLog,
    });
  });
  after(() => listener.stop(0));

  it('is alive whenever the process answers', async () => {
    now = new Error('no books');
    const answer = await httpCall(`${listener.url}/healthz`);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json(), { alive: true });
  });

  const cases: readonly (readonly [string, Readiness, boolean])[] = [
    ['with one lane unable', fine, true],
    ['with one lane unable, saying why', { ...fine, reasons: ['upstream.refused'] }, true],
    ['with every lane unable', { lanes: { total: 10, able: 0 }, reasons: ['books.diskFull', 'stopping'] }, false],
  ];
  for (const [what, readiness, ready] of cases) {
    it(`is ${ready ? '' : 'not '}ready ${what}, and says it without a key or an identifier`, async () => {
      now = readiness;
      const answer = await httpCall(`${listener.url}/readyz`);
      assert.equal(answer.status, ready ? 200 : 503);
      const { lanes, reasons } = readiness;
      assert.deepEqual(answer.json(), { ready, lanes, ...(reasons.length > 0 && { reasons }) });
      assert.equal(answer.headers['retry-after'] !== undefined, !ready);
    });
  }
});
