import assert from 'node:assert/strict';
import { addMs } from '#src/base/clock.js';
import { LaneJson, PaymentJson, PaymentListJson } from '#src/terminal/payment-schemas.js';
import { type HttpWish, httpCall } from '../support/http-call.js';
import { SAMPLE_CODE, SAMPLE_START, samplePayment } from '../support/payment-samples.js';
import { bearer, type KEYS, keyHash, startTerminalServer, type TerminalServer } from '../support/terminal-server.js';

describe('reading over the terminal API', () => {
  let server: TerminalServer;
  beforeEach(async () => {
    server = await startTerminalServer();
  });
  afterEach(() => server.close());

  const call = (path: string, key: keyof typeof KEYS = 'till', wish: HttpWish = {}) =>
    httpCall(`${server.url}${path}`, { ...wish, headers: { ...bearer(key), ...wish.headers } });

  describe('a payment', () => {
    it('is read by every key of its lane and is 404 for all others', async () => {
      server.desk.put(samplePayment('awaiting_payer', { id: 'P1' }));
      for (const key of ['till', 'payOnly', 'twoLanes', 'reader'] as const) {
        const answer = await call('/v1/payments/P1', key);
        assert.equal(answer.status, 200);
        assert.equal(PaymentJson.parse(answer.json()).paymentRequestId, 'P1');
      }
      const strip = (text: string) => text.replace(/"traceId":"\w+"/, '');
      const foreign = await call('/v1/payments/P1', 'foreign');
      const unknown = await call('/v1/payments/P9', 'foreign');
      assert.equal(foreign.status, 404);
      assert.equal(strip(foreign.text), strip(unknown.text));
    });

    it('is never read without a key', async () => {
      server.desk.put(samplePayment('awaiting_payer', { id: 'P1' }));
      for (const path of [
        '/v1/payments/P1',
        '/v1/payments',
        '/v1/payments/P1/code.svg',
        '/v1/lanes/lane-1',
        '/v1/lanes/lane-1/events',
      ]) {
        const answer = await httpCall(`${server.url}${path}`);
        assert.equal(answer.status, 401, path);
        assert.equal(answer.headers['www-authenticate'], 'Bearer realm="terminal"');
      }
    });

    it('stays 404 for odd ids', async () => {
      for (const id of ['%00', '%E0%A4%A', '..%2f', 'P1%20', '__proto__', 'constructor']) {
        assert.equal((await call(`/v1/payments/${id}`)).status, 404, id);
      }
      assert.equal((await call('/v1/payments/')).status, 404);
      assert.equal((await call('/V1/payments')).status, 404);
    });

    it('answers HEAD without a body', async () => {
      server.desk.put(samplePayment('paid', { id: 'P1' }));
      const answer = await call('/v1/payments/P1', 'till', { method: 'HEAD' });
      assert.equal(answer.status, 200);
      assert.equal(answer.text, '');
    });

    it('stops being readable with a key that a reload took away', async () => {
      server.desk.put(samplePayment('paid', { id: 'P1' }));
      const holder = { terminalId: 'T01', lanes: ['lane-1'], may: ['pay'] } as const;
      server.keyring.replace([{ keySha256: [keyHash('new-key')], holder: { ...holder, may: ['pay'] } }]);
      assert.equal((await call('/v1/payments/P1')).status, 401);
      const fresh = await httpCall(`${server.url}/v1/payments/P1`, { headers: { Authorization: 'Bearer new-key' } });
      assert.equal(fresh.status, 200);
    });
  });

  describe('the long poll', () => {
    const poll = (query: string) => call(`/v1/payments/P1?${query}`);
    beforeEach(() => {
      server.desk.put(samplePayment('awaiting_payer', { id: 'P1', version: 7 }));
    });

    it('answers at once when the version is already higher', async () => {
      const answer = await poll('afterVersion=6&waitSeconds=25');
      assert.equal(answer.json()['version'], 7);
    });

    it('answers the change as soon as it happens', async () => {
      const answer = poll('afterVersion=7&waitSeconds=25');
      await server.clock.until(() => server.clock.sleepers() === 1, 'the poll is waiting');
      server.desk.move('P1', 'paid');
      assert.equal((await answer).json()['state'], 'paid');
      assert.equal((await answer).json()['version'], 8);
    });

    it('finds the change within a second when nobody rings', async () => {
      const answer = poll('afterVersion=7&waitSeconds=25');
      await server.clock.until(() => server.clock.sleepers() === 1, 'the poll is waiting');
      const find = server.desk.reader.find;
      Object.assign(server.desk.reader, { find: async () => samplePayment('paid', { id: 'P1', version: 8 }) });
      await server.clock.advance(1_000);
      assert.equal((await answer).json()['version'], 8);
      Object.assign(server.desk.reader, { find });
    });

    it('answers the current state when the time is up, after at most 25 s', async () => {
      for (const [query, ms] of [
        ['afterVersion=7&waitSeconds=2', 2_000],
        ['afterVersion=7', 25_000],
        ['afterVersion=7&waitSeconds=600', 25_000],
        ['afterVersion=999&waitSeconds=1', 1_000],
        ['waitSeconds=3', 3_000],
      ] as const) {
        let answered = false;
        const answer = poll(query).finally(() => {
          answered = true;
        });
        await server.clock.until(() => server.clock.sleepers() === 1, 'the poll is waiting');
        await server.clock.advance(ms - 1);
        assert.equal(answered, false, query);
        await server.clock.advance(1);
        assert.equal((await answer).status, 200);
        assert.equal((await answer).json()['version'], 7);
      }
    });

    it('answers at once without a wish to wait', async () => {
      for (const query of ['', 'waitSeconds=0', 'afterVersion=7&waitSeconds=0']) {
        assert.equal((await poll(query)).json()['version'], 7);
      }
    });

    it('ends with the current state when the bridge stops', async () => {
      const answer = poll('afterVersion=7&waitSeconds=25');
      await server.clock.until(() => server.clock.sleepers() === 1, 'the poll is waiting');
      server.stopping.abort();
      assert.equal((await answer).status, 200);
      assert.equal((await answer).json()['version'], 7);
    });

    it('leaves nothing behind when the till hangs up', async () => {
      const hangUp = new AbortController();
      const lost = assert.rejects(call('/v1/payments/P1?afterVersion=7', 'till', { signal: hangUp.signal }));
      await server.clock.until(() => server.clock.sleepers() === 1, 'the poll is waiting');
      hangUp.abort();
      await lost;
      await server.clock.until(() => server.clock.sleepers() === 0, 'nobody is waiting');
    });

    it('refuses what is no number', async () => {
      for (const query of ['afterVersion=-1', 'afterVersion=x', 'waitSeconds=1.5', 'waitSeconds=', 'afterversion=1']) {
        const answer = await poll(query);
        assert.equal(answer.status, 400, query);
        assert.equal(answer.json<{ errors: { path: string }[] }>().errors[0]?.path, query.split('=')[0]);
      }
    });
  });

  describe('the list', () => {
    const idsOf = (answer: { json<T>(): T }) =>
      PaymentListJson.parse(answer.json<unknown>()).payments.map(({ paymentRequestId }) => paymentRequestId);
    const at = (ms: number) => ({ createdAt: addMs(SAMPLE_START, ms) });

    beforeEach(() => {
      server.desk.put(samplePayment('paid', { id: 'A', saleReference: 'S-1', life: at(1) }));
      server.desk.put(samplePayment('cancelled', { id: 'B', saleReference: 'S-2', life: at(2) }));
      server.desk.put(samplePayment('failed', { id: 'D', terminalId: 'T02', saleReference: 'S-1', life: at(3) }));
      server.desk.put(samplePayment('paid', { id: 'C', laneId: 'lane-2', saleReference: 'S-4', life: at(3) }));
      server.desk.put(samplePayment('paid', { id: 'F', laneId: 'lane-9', saleReference: 'S-1', life: at(4) }));
    });

    it('has the payments of the lanes of the key, newest first', async () => {
      assert.deepEqual(idsOf(await call('/v1/payments')), ['D', 'B', 'A']);
      assert.deepEqual(idsOf(await call('/v1/payments', 'twoLanes')), ['D', 'C', 'B', 'A']);
      assert.deepEqual(idsOf(await call('/v1/payments', 'foreign')), ['F']);
    });

    it('finds by reference, lane and state', async () => {
      assert.deepEqual(idsOf(await call('/v1/payments?saleReference=S-1')), ['D', 'A']);
      assert.deepEqual(idsOf(await call('/v1/payments?saleReference=S-9')), []);
      assert.deepEqual(idsOf(await call('/v1/payments?laneId=lane-2', 'twoLanes')), ['C']);
      assert.deepEqual(idsOf(await call('/v1/payments?state=paid', 'twoLanes')), ['C', 'A']);
      assert.deepEqual(idsOf(await call('/v1/payments?state=paid&saleReference=S-1&laneId=lane-1', 'twoLanes')), ['A']);
    });

    it('goes through all pages without a gap or a repeat, also over equal times', async () => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const answer = await call(`/v1/payments?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`, 'twoLanes');
        seen.push(...idsOf(answer));
        cursor = answer.json<{ nextCursor: string | null }>().nextCursor;
      } while (cursor !== null);
      assert.deepEqual(seen, ['D', 'C', 'B', 'A']);
    });

    it('has 404 for a lane of others', async () => {
      assert.equal((await call('/v1/payments?laneId=lane-9')).status, 404);
    });

    it('refuses odd queries with the place', async () => {
      const cases: readonly [string, string][] = [
        ['limit=0', 'limit'],
        ['limit=101', 'limit'],
        ['limit=x', 'limit'],
        ['cursor=zzz', 'cursor'],
        ['cursor=', 'cursor'],
        ['state=open', 'state'],
        ['saleReference=a%20b', 'saleReference'],
        ['saleReference=a&saleReference=b', 'saleReference'],
        ['sort=asc', 'sort'],
      ];
      for (const [query, path] of cases) {
        const answer = await call(`/v1/payments?${query}`);
        assert.equal(answer.status, 400, query);
        assert.equal(answer.json<{ errors: { path: string }[] }>().errors[0]?.path, path);
      }
    });
  });

  describe('the code as a picture', () => {
    it('is there while the code may be shown, and 404 from its expiry on', async () => {
      server.desk.put(samplePayment('awaiting_payer', { id: 'P1' }));
      const svg = await call('/v1/payments/P1/code.svg');
      assert.equal(svg.headers['content-type'], 'image/svg+xml');
      assert.match(svg.text, new RegExp(SAMPLE_CODE));
      const png = await call('/v1/payments/P1/code.png');
      assert.equal(png.headers['content-type'], 'image/png');
      assert.equal(png.headers['cache-control'], 'no-store');
      await server.clock.advance(180_000);
      for (const file of ['code.svg', 'code.png']) assert.equal((await call(`/v1/payments/P1/${file}`)).status, 404);
    });

    it('is 404 for other lanes and in every other state', async () => {
      server.desk.put(samplePayment('awaiting_payer', { id: 'P1' }));
      assert.equal((await call('/v1/payments/P1/code.svg', 'foreign')).status, 404);
      for (const state of ['submitting', 'cancelling', 'paid', 'failed', 'cancelled', 'needs_attention'] as const) {
        server.desk.put(samplePayment(state, { id: 'P2' }));
        assert.equal((await call('/v1/payments/P2/code.svg')).status, 404, state);
      }
    });
  });

  describe('a cancel', () => {
    const cancel = (id: string, key: keyof typeof KEYS = 'till', wish: HttpWish = {}) =>
      call(`/v1/payments/${id}/cancel`, key, { method: 'POST', ...wish });

    it('answers 202 while it is under way, as often as it is asked', async () => {
      server.desk.put(samplePayment('awaiting_payer', { id: 'P1' }));
      for (const wish of [{}, { body: '' }, { json: {} }]) {
        const answer = await cancel('P1', 'till', wish);
        assert.equal(answer.status, 202);
        const payment = PaymentJson.parse(answer.json());
        assert.equal(payment.state, 'cancelling');
        assert.equal(payment.orderCode, null);
      }
    });

    it('answers 200 for what is cancelled and 409 for what has ended otherwise', async () => {
      server.desk.put(samplePayment('cancelled', { id: 'P1' }));
      assert.equal((await cancel('P1')).status, 200);
      for (const state of ['paid', 'failed'] as const) {
        server.desk.put(samplePayment(state, { id: 'P2' }));
        const answer = await cancel('P2');
        assert.equal(answer.status, 409);
        assert.equal(answer.json()['code'], 'not_cancellable');
        assert.deepEqual(answer.json()['payment'], { paymentRequestId: 'P2', state });
      }
    });

    it('needs the right and the lane, and takes no body', async () => {
      server.desk.put(samplePayment('awaiting_payer', { id: 'P1' }));
      assert.equal((await cancel('P1', 'payOnly')).status, 403);
      assert.equal((await cancel('P1', 'foreign')).status, 404);
      assert.equal((await cancel('P9')).status, 404);
      const answer = await cancel('P1', 'till', { json: { reason: 'x' } });
      assert.equal(answer.status, 400);
      assert.equal((await call('/v1/payments/P1')).json()['state'], 'awaiting_payer');
    });
  });

  describe('a lane', () => {
    it('has its open payment and its displays', async () => {
      server.desk.put(samplePayment('awaiting_payer', { id: 'P1' }));
      server.displays.push({
        driver: 'nextion',
        port: 'COM7',
        health: 'absent',
        reason: 'unplugged',
        state: 'pending',
        confirmation: null,
        since: SAMPLE_START,
        paymentRequestId: 'P1',
      });
      const lane = LaneJson.parse((await call('/v1/lanes/lane-1')).json());
      assert.equal(lane.openPayment?.paymentRequestId, 'P1');
      assert.equal(lane.openPayment?.next.action, 'show_code_on_till');
      assert.deepEqual(
        lane.displays.map(({ health, state, reason }) => [health, state, reason]),
        [['absent', 'pending', 'unplugged']],
      );
    });

    it('has null while nothing holds it', async () => {
      server.desk.put(samplePayment('needs_attention', { id: 'P1' }));
      assert.deepEqual((await call('/v1/lanes/lane-1')).json(), { laneId: 'lane-1', openPayment: null, displays: [] });
      assert.equal((await call('/v1/lanes/lane-9')).status, 404);
      assert.equal((await call('/v1/lanes/lane-9/events')).status, 404);
    });
  });

  it('names the allowed methods of every address', async () => {
    for (const [path, allow] of [
      ['/v1/payments', 'POST, HEAD, GET'],
      ['/v1/payments/P1', 'HEAD, GET'],
      ['/v1/payments/P1/cancel', 'POST'],
      ['/v1/lanes/lane-1/events', 'HEAD, GET'],
      ['/openapi.json', 'HEAD, GET'],
    ] as const) {
      const answer = await call(path, 'till', { method: 'DELETE' });
      assert.equal(answer.status, 405, path);
      assert.equal(answer.headers.allow, allow);
    }
  });
});
