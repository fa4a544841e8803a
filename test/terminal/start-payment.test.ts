import assert from 'node:assert/strict';
import { BridgeError } from '#src/base/bridge-error.js';
import type { Sale } from '#src/payment/payment.js';
import type { SaleRequest } from '#src/payment/payment-desk.js';
import { PaymentJson } from '#src/terminal/payment-schemas.js';
import { type HttpWish, httpCall } from '../support/http-call.js';
import { samplePayment } from '../support/payment-samples.js';
import { bearer, KEYS, startTerminalServer, type TerminalServer } from '../support/terminal-server.js';

const SALE = { saleReference: 'T01-0001', amount: { currency: 'JPY', value: '1980' }, description: 'Matcha set 抹茶' };

interface ProblemText {
  readonly code: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly existing?: object;
  readonly openPayment?: object;
}

describe('POST /v1/payments', () => {
  let server: TerminalServer;
  const asked: SaleRequest[] = [];
  /** Those that passed the rules of their lanes. */
  const sales: Sale[] = [];
  const post = (json: unknown, wish: HttpWish = {}) =>
    httpCall(`${server.url}/v1/payments`, { method: 'POST', json, headers: { ...bearer('till'), ...wish.headers } });

  beforeEach(async () => {
    asked.length = 0;
    sales.length = 0;
    server = await startTerminalServer();
    const accept = server.desk.desk.accept;
    Object.assign(server.desk.desk, {
      accept: (request: SaleRequest) => {
        asked.push(request);
        const admit = () => {
          const sale = request.admit();
          sales.push(sale);
          return sale;
        };
        return accept({ ...request, admit });
      },
    });
  });
  afterEach(() => server.close());

  it('answers 201 with the whole payment and its address', async () => {
    const answer = await post(SALE);
    assert.equal(answer.status, 201);
    const payment = PaymentJson.parse(answer.json());
    assert.equal(payment.state, 'awaiting_payer');
    assert.equal(answer.headers.location, `/v1/payments/${payment.paymentRequestId}`);
    assert.match(answer.headers['content-type'] ?? '', /^application\/json; charset=utf-8/);
    assert.equal(answer.headers['cache-control'], 'no-store');
  });

  it('answers 200 with the same payment when the same sale comes again', async () => {
    const first = (await post(SALE)).json();
    const again = await post(SALE);
    assert.equal(again.status, 200);
    assert.deepEqual(again.json(), first);
    assert.equal(server.desk.stored(), 1);
  });

  it('hands the sale on exactly as it was sent', async () => {
    const goods = [
      { referenceGoodsId: 'G1', goodsName: '抹茶', goodsQuantity: '2', goodsUnitAmount: { currency: 'JPY', value: '990' } },
    ];
    await post({ ...SALE, expiresInSeconds: 30, goods, laneId: 'lane-1' });
    assert.deepEqual(sales[0], { ...SALE, terminalId: 'T01', laneId: 'lane-1', expiresInSeconds: 30, goods });
    await post({ ...SALE, saleReference: 'T01-0002', goods: [] });
    assert.deepEqual(sales[1], {
      ...SALE,
      saleReference: 'T01-0002',
      terminalId: 'T01',
      laneId: 'lane-1',
      expiresInSeconds: null,
      goods: null,
    });
  });

  describe('waits', () => {
    for (const [prefer, ms] of [
      [undefined, 3_000],
      ['wait=0', 0],
      ['wait=10', 10_000],
      ['wait=60', 25_000],
      ['wait=soon', 3_000],
    ] as const) {
      it(`${ms / 1000} s for Prefer ${prefer ?? '(none)'}`, async () => {
        const answer = await post(SALE, prefer === undefined ? {} : { headers: { Prefer: prefer } });
        assert.equal(asked[0]?.waitMs, ms);
        const applied = prefer === undefined || prefer === 'wait=soon' ? undefined : `wait=${ms / 1000}`;
        assert.equal(answer.headers['preference-applied'], applied);
      });
    }

    it('no longer when the till hangs up, and when the bridge stops', async () => {
      const waiting: SaleRequest[] = [];
      Object.assign(server.desk.desk, {
        accept: (request: SaleRequest) =>
          new Promise((resolve) => {
            waiting.push(request);
            request.stop.addEventListener('abort', () => resolve({ kind: 'created', payment: samplePayment('submitting') }));
          }),
      });
      const hangUp = new AbortController();
      const gone = httpCall(`${server.url}/v1/payments`, {
        method: 'POST',
        json: SALE,
        headers: bearer('till'),
        signal: hangUp.signal,
      });
      const lost = assert.rejects(gone);
      await server.clock.until(() => waiting.length === 1, 'the first sale is waiting');
      hangUp.abort();
      await lost;
      await server.clock.until(() => waiting[0]?.stop.aborted === true, 'its wait has ended');
      const stopped = post(SALE);
      await server.clock.until(() => waiting.length === 2, 'the second sale is waiting');
      server.stopping.abort();
      const answer = await stopped;
      assert.equal(answer.status, 201);
      assert.equal(answer.json()['state'], 'submitting');
    });
  });

  describe('refuses', () => {
    const long = (length: number) => '界'.repeat(length);
    const bad: readonly [string, object, string][] = [
      ['a missing reference', { saleReference: undefined }, 'saleReference'],
      ['an empty reference', { saleReference: '' }, 'saleReference'],
      ['a reference of 65 characters', { saleReference: 'a'.repeat(65) }, 'saleReference'],
      ['a reference with a space', { saleReference: 'T01 1' }, 'saleReference'],
      ['a reference with a line break at its end', { saleReference: 'T01\n' }, 'saleReference'],
      ['a number as amount', { amount: { currency: 'JPY', value: 1980 } }, 'amount.value'],
      ['amount 0', { amount: { currency: 'JPY', value: '0' } }, 'amount.value'],
      ['a leading zero', { amount: { currency: 'JPY', value: '01' } }, 'amount.value'],
      ['a sign', { amount: { currency: 'JPY', value: '-1' } }, 'amount.value'],
      ['a fraction', { amount: { currency: 'JPY', value: '19.80' } }, 'amount.value'],
      ['17 digits', { amount: { currency: 'JPY', value: '1'.repeat(17) } }, 'amount.value'],
      ['a currency in lower case', { amount: { currency: 'jpy', value: '1' } }, 'amount.currency'],
      ['a currency the merchant does not take', { amount: { currency: 'USD', value: '1' } }, 'amount.currency'],
      ['rupiah that do not end in 00', { amount: { currency: 'IDR', value: '1050' } }, 'amount.value'],
      ['an unknown field of the amount', { amount: { currency: 'JPY', value: '1', exponent: 0 } }, 'amount.exponent'],
      ['an empty description', { description: '' }, 'description'],
      ['a description of 257 code points', { description: long(257) }, 'description'],
      ['a control character', { description: 'a\u0007b' }, 'description'],
      ['a C1 control character', { description: 'a\u0085b' }, 'description'],
      ['half a surrogate pair', { description: 'a\ud83db' }, 'description'],
      ['29 seconds', { expiresInSeconds: 29 }, 'expiresInSeconds'],
      ['181 seconds', { expiresInSeconds: 181 }, 'expiresInSeconds'],
      ['half seconds', { expiresInSeconds: 60.5 }, 'expiresInSeconds'],
      ['seconds as text', { expiresInSeconds: '60' }, 'expiresInSeconds'],
      ['101 goods', { goods: Array.from({ length: 101 }, () => ({ referenceGoodsId: 'G', goodsName: 'N' })) }, 'goods'],
      ['goods without a name', { goods: [{ referenceGoodsId: 'G' }] }, 'goods[0].goodsName'],
      [
        'a quantity as number',
        { goods: [{ referenceGoodsId: 'G', goodsName: 'N', goodsQuantity: 2 }] },
        'goods[0].goodsQuantity',
      ],
      ['an unknown field of goods', { goods: [{ referenceGoodsId: 'G', goodsName: 'N', colour: 1 }] }, 'goods[0].colour'],
      ['a buyer', { buyer: { agreementReference: 'A-1' } }, 'buyer'],
      ['an unknown field', { tip: 1 }, 'tip'],
      ['null where something optional is left out', { laneId: null }, 'laneId'],
      ['replaceOpenPayment as text', { replaceOpenPayment: 'true' }, 'replaceOpenPayment'],
    ];
    for (const [what, change, path] of bad) {
      it(`${what} with 400 at ${path}`, async () => {
        const answer = await post({ ...SALE, ...change });
        assert.equal(answer.status, 400);
        const problem = answer.json<ProblemText>();
        assert.equal(problem.code, 'invalid_request');
        assert.equal(problem.errors?.[0]?.path, path);
        assert.equal(sales.length, 0);
      });
    }

    it('nothing that is just inside the limits', async () => {
      const good = [
        { saleReference: 'a'.repeat(64) },
        { saleReference: '_-9' },
        { amount: { currency: 'JPY', value: '9'.repeat(16) } },
        { amount: { currency: 'IDR', value: '1000' } },
        { description: '🍵'.repeat(256) },
        { expiresInSeconds: 30 },
        { expiresInSeconds: 180 },
        { goods: Array.from({ length: 100 }, () => ({ referenceGoodsId: 'G', goodsName: 'N' })) },
      ];
      for (const [index, change] of good.entries()) {
        const answer = await post({ ...SALE, saleReference: `ok-${index}`, replaceOpenPayment: true, ...change });
        assert.equal(answer.status, 201, answer.text);
      }
    });
  });

  describe('checks in order', () => {
    const call = (key: string | undefined, body: string) =>
      httpCall(`${server.url}/v1/payments`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/json', ...(key === undefined ? {} : { Authorization: key }) },
      });

    it('the key, then the right, then the body, then the lane', async () => {
      const wrongBody = '{';
      const foreignLane = JSON.stringify({ ...SALE, amount: { currency: 'USD', value: '1' }, laneId: 'lane-9' });
      const steps: readonly [string | undefined, string, number, string][] = [
        [undefined, wrongBody, 401, 'unauthenticated'],
        [`Bearer ${KEYS.till}x`, wrongBody, 401, 'unauthenticated'],
        [`Basic ${KEYS.till}`, wrongBody, 401, 'unauthenticated'],
        [`Bearer ${KEYS.reader}`, wrongBody, 403, 'forbidden'],
        [`Bearer ${KEYS.till}`, wrongBody, 400, 'invalid_request'],
        [`Bearer ${KEYS.till}`, foreignLane, 404, 'not_found'],
      ];
      for (const [key, body, status, code] of steps) {
        const answer = await call(key, body);
        assert.equal(answer.status, status);
        assert.equal(answer.json()['code'], code);
        assert.equal(answer.headers['www-authenticate'] !== undefined, status === 401);
      }
      assert.equal(sales.length, 0);
    });

    it('a key in the address is no key', async () => {
      const answer = await httpCall(`${server.url}/v1/payments?key=${KEYS.till}&access_token=${KEYS.till}`, {
        method: 'POST',
        json: SALE,
      });
      assert.equal(answer.status, 401);
    });

    it('unknown and foreign lanes look the same', async () => {
      const strip = (answer: { text: string }) => answer.text.replace(/"traceId":"\w+"/, '');
      const foreign = await post({ ...SALE, laneId: 'lane-9' });
      const unknown = await post({ ...SALE, laneId: 'lane-77' });
      assert.equal(foreign.status, 404);
      assert.equal(strip(foreign), strip(unknown));
    });
  });

  describe('with a key of several lanes', () => {
    it('needs the lane', async () => {
      const answer = await post(SALE, { headers: bearer('twoLanes') });
      assert.equal(answer.status, 400);
      assert.deepEqual(answer.json<ProblemText>().errors?.[0]?.path, 'laneId');
    });

    it('takes each of its lanes', async () => {
      for (const laneId of ['lane-1', 'lane-2']) {
        const answer = await post({ ...SALE, saleReference: laneId, laneId }, { headers: bearer('twoLanes') });
        assert.equal(answer.status, 201);
        assert.equal(answer.json()['laneId'], laneId);
        assert.equal(answer.json()['terminalId'], 'T03');
      }
    });
  });

  describe('when the desk says no', () => {
    it('answers sale_conflict with the existing payment', async () => {
      await post(SALE);
      const answer = await post({ ...SALE, amount: { currency: 'JPY', value: '1981' } });
      assert.equal(answer.status, 409);
      const problem = answer.json<ProblemText>();
      assert.equal(problem.code, 'sale_conflict');
      assert.deepEqual(problem.existing, { paymentRequestId: 'SHOP114-0001', state: 'awaiting_payer' });
    });

    it('answers lane_busy with the open payment', async () => {
      await post(SALE);
      const answer = await post({ ...SALE, saleReference: 'T02-1' }, { headers: bearer('payOnly') });
      assert.equal(answer.status, 409);
      const problem = answer.json<ProblemText>();
      assert.equal(problem.code, 'lane_busy');
      assert.deepEqual(problem.openPayment, {
        paymentRequestId: 'SHOP114-0001',
        saleReference: 'T01-0001',
        terminalId: 'T01',
        state: 'awaiting_payer',
      });
    });

    it('answers open_payment_paid', async () => {
      server.desk.answerNext({ kind: 'openPaymentPaid', open: samplePayment('paid') });
      const answer = await post({ ...SALE, replaceOpenPayment: true });
      assert.equal(answer.status, 409);
      assert.equal(answer.json()['code'], 'open_payment_paid');
    });

    it('replaces an open payment only for a key that may cancel', async () => {
      await post(SALE);
      const refused = await post({ ...SALE, saleReference: 'T02-1', replaceOpenPayment: true }, { headers: bearer('payOnly') });
      assert.equal(refused.status, 403);
      assert.equal(sales.length, 1);
      assert.equal((await post({ ...SALE, saleReference: 'T01-2', replaceOpenPayment: true })).status, 201);
      assert.equal(asked.at(-1)?.replaceOpenPayment, true);
    });

    it('answers 503 with Retry-After while stopping and while the books fail', async () => {
      server.desk.answerNext({ kind: 'stopping' });
      server.desk.answerNext(new BridgeError('books.unavailable', 'disk full'));
      for (const code of ['stopping', 'books_unavailable']) {
        const answer = await post(SALE);
        assert.equal(answer.status, 503);
        assert.equal(answer.json()['code'], code);
        assert.ok(Number(answer.headers['retry-after']) > 0);
      }
      server.stopping.abort();
      assert.equal((await post(SALE)).json()['code'], 'stopping');
      assert.equal(asked.length, 2);
    });

    it('answers 500 without a word of the inside when the desk breaks', async () => {
      server.desk.answerNext(new Error('secret'));
      const answer = await post(SALE);
      assert.equal(answer.status, 500);
      assert.equal(answer.json()['code'], 'internal_error');
      assert.doesNotMatch(answer.text, /secret/);
    });
  });

  it('refuses on a lane what its upstream does not take', async () => {
    await server.close();
    server = await startTerminalServer({
      rules: { currencies: ['JPY'], takes: { expiresInSeconds: false, goodsAtMost: 1, buyer: true } },
    });
    const one = { referenceGoodsId: 'G', goodsName: 'N' };
    const buyer = { agreementReference: 'A-1' };
    const cases: readonly [object, string][] = [
      [{}, 'buyer'],
      [{ buyer, expiresInSeconds: 60 }, 'expiresInSeconds'],
      [{ buyer, goods: [one, one] }, 'goods'],
    ];
    for (const [change, path] of cases) {
      const answer = await post({ ...SALE, ...change });
      assert.equal(answer.status, 400);
      assert.equal(answer.json<ProblemText>().errors?.[0]?.path, path);
    }
  });

  it('never writes a key, a code or a body into the log', async () => {
    await post(SALE);
    await post({ ...SALE, description: 1 });
    await httpCall(`${server.url}/v1/payments`, {
      method: 'POST',
      json: SALE,
      headers: { Authorization: 'Bearer wrong-key-in-the-log' },
    });
    const log = server.logged.join('\n');
    assert.doesNotMatch(log, /key-AAAA|wrong-key|code\.example|Matcha/);
    assert.match(log, /unauthenticated/);
  });
});
