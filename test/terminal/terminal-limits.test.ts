import assert from 'node:assert/strict';
import type { Turns } from '#src/payment/turns.js';
import type { TerminalLimits } from '#src/terminal/terminal-gate.js';
import { type HttpAnswer, httpCall } from '../support/http-call.js';
import { samplePayment } from '../support/payment-samples.js';
import { bearer, type KEYS, ROOMY, startTerminalServer, type TerminalServer } from '../support/terminal-server.js';

const SALE = { saleReference: 'S-1', amount: { currency: 'JPY', value: '1980' }, description: 'Matcha set', laneId: 'lane-1' };

describe('what tills may ask at most', () => {
  let server: TerminalServer;
  let turns: Turns;
  const start = async (limits: Partial<TerminalLimits> = {}) => {
    server = await startTerminalServer({ parts: { limits: { ...ROOMY, ...limits } } });
    turns = server.turns;
  };
  afterEach(() => server.close());

  const get = (path: string, headers: Record<string, string>) => httpCall(`${server.url}${path}`, { headers });
  const lane = (key: keyof typeof KEYS) => get('/v1/lanes/lane-1', bearer(key));
  const sell = (key: keyof typeof KEYS = 'till') =>
    httpCall(`${server.url}/v1/payments`, { json: SALE, headers: { ...bearer(key), Prefer: 'wait=0' } });
  const refused = (answer: HttpAnswer, status: number, code: string, retryAfter: string) => {
    assert.deepEqual([answer.status, answer.json()['code'], answer.headers['retry-after']], [status, code, retryAfter]);
    assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
  };

  it('is a rate per terminal: the next call is answered 429 with the time to wait, other terminals notice nothing', async () => {
    await start({ perTerminal: { ...ROOMY.perTerminal, callsPerSecond: 1 } });
    for (let i = 0; i < 4; i += 1) assert.equal((await lane('till')).status, 200);
    refused(await lane('till'), 429, 'too_many_requests', '1');
    assert.equal((await lane('payOnly')).status, 200);
    await server.clock.advance(1_000);
    assert.equal((await lane('till')).status, 200);
  });

  it('is a rate for all terminals together', async () => {
    await start({ inAll: { ...ROOMY.inAll, callsPerSecond: 1 } });
    for (let i = 0; i < 4; i += 1) assert.equal((await lane(i % 2 ? 'till' : 'payOnly')).status, 200);
    refused(await lane('twoLanes'), 429, 'too_many_requests', '1');
  });

  it('is a number of unknown keys per address; a known key from there is still served', async () => {
    await start({ wrongKeysPerMinute: 3 });
    const guess = (i: number) => get('/v1/lanes/lane-1', { Authorization: `Bearer guess-${i}` });
    for (let i = 0; i < 3; i += 1) assert.equal((await guess(i)).status, 401);
    refused(await guess(3), 429, 'too_many_requests', '20');
    refused(await get('/v1/lanes/lane-1', {}), 429, 'too_many_requests', '20');
    assert.equal((await lane('till')).status, 200);
    await server.clock.advance(20_000);
    assert.equal((await guess(4)).status, 401);
  });

  it('is a number of calls at once, long polls among them; a refused sale was not begun', async () => {
    await start({ perTerminal: { ...ROOMY.perTerminal, callsAtOnce: 2 } });
    server.desk.put(samplePayment('paid', { id: 'P1' }));
    const poll = () => get('/v1/payments/P1?afterVersion=9999&waitSeconds=25', bearer('till'));
    const polls = [poll(), poll()];
    await server.clock.until(() => server.clock.sleepers() === 2, 'both wait');
    refused(await sell(), 429, 'too_many_requests', '1');
    assert.equal(server.desk.stored(), 0);
    assert.equal((await lane('payOnly')).status, 200);
    await server.clock.advance(25_000);
    for (const answer of await Promise.all(polls)) assert.equal(answer.status, 200);
    assert.equal((await sell()).status, 201);
  });

  it('is what the books can do: a look that got no turn in time is answered 503', async () => {
    await start();
    const held = Array.from({ length: 100 }, () => turns.run(() => new Promise<never>(() => {})));
    const asked = lane('till');
    await server.clock.until(() => server.clock.sleepers() === 1, 'it waits for a turn');
    await server.clock.advance(1_000);
    refused(await asked, 503, 'books_unavailable', '1');
    assert.equal(held.length, 100);
  });

  it('is what can be stored in time: a sale that got no turn is a 503, so that nobody reads that nothing was created', async () => {
    await start();
    server.desk.answerNext({ kind: 'booksBusy' });
    refused(await sell(), 503, 'books_unavailable', '1');
  });

  it('counts nothing that is over: a place is given back whatever became of the call', async () => {
    await start({ perTerminal: { ...ROOMY.perTerminal, callsAtOnce: 1 } });
    for (let i = 0; i < 3; i += 1) {
      assert.equal((await get('/v1/payments/nowhere', bearer('till'))).status, 404);
      server.desk.answerNext(new Error('a bug'));
      assert.equal((await sell()).status, 500);
    }
    assert.equal((await lane('till')).status, 200);
  });

  it('ends a long poll within a second when its key is taken away', async () => {
    await start();
    server.desk.put(samplePayment('awaiting_payer', { id: 'P1' }));
    const poll = get('/v1/payments/P1?afterVersion=9999', bearer('till'));
    await server.clock.until(() => server.clock.sleepers() === 1, 'it waits');
    server.keyring.replace([]);
    await server.clock.advance(1_000);
    assert.equal((await poll).status, 401);
  });
});
