import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { SimulatorOptions } from '#src/simulator/simulator-options.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { callUpstream, json, payBody, resultOf, type Seen } from './raw-client.js';

describe('upstream simulator', () => {
  let clock: ManualClock;
  let simulator: UpstreamSimulator;

  async function start(options: SimulatorOptions = {}): Promise<void> {
    clock = createManualClock({ busy: () => simulator?.busy() ?? false });
    simulator = await createUpstreamSimulator({ clock, clientPublicKeyPem: BRIDGE_PUBLIC_PEM, ...options });
  }
  const pay = (id: string, changes: Record<string, unknown> = {}) => callUpstream(simulator.url, 'pay', payBody(id, changes));
  const ask = (call: 'inquiry' | 'cancel', id: string) => callUpstream(simulator.url, call, { paymentRequestId: id });
  const refund = (id: string, refundRequestId: string, value: string) =>
    callUpstream(simulator.url, 'refund', { paymentRequestId: id, refundRequestId, refundAmount: { currency: 'JPY', value } });
  const codeOf = (seen: Seen) =>
    (json(seen)['orderCodeForm'] as { codeDetails: { codeValue: string }[] }).codeDetails[0]?.codeValue;

  afterEach(async () => {
    await simulator.stop();
  });

  describe('answers', () => {
    it('are signed so that the public key of the vectors verifies them', async () => {
      await start();
      const seen = await pay('P-1');
      assert.equal(seen.status, 200);
      assert.equal(seen.verdict.kind, 'good');
      assert.equal(simulator.publicKeyPem, readFileSync('test/vectors/alipayplus_public_spki.pem', 'utf8'));
      assert.equal(seen.headers['response-time'], '2026-03-05T10:00:00.000+08:00');
    });

    it('hold the code, its end in UTC+8 and the amount', async () => {
      await start();
      const answer = json(await pay('P-1'));
      assert.deepEqual(answer['result'], { resultCode: 'PAYMENT_IN_PROCESS', resultStatus: 'U', resultMessage: 'processing' });
      assert.deepEqual(answer['paymentAmount'], { currency: 'JPY', value: '1980' });
      assert.equal((answer['orderCodeForm'] as { expireTime: string }).expireTime, '2026-03-05T10:03:00+08:00');
      assert.match(codeOf(await pay('P-1')) ?? '', /^https:\/\/code\.example\/ap\/\d{20}$/);
      assert.match(String(answer['paymentId']), /^20260305\d{31}$/);
    });

    it('are the same again for the same seed and the same calls, and others for another seed', async () => {
      const seen: string[] = [];
      for (const seed of ['7', '7', '8']) {
        await start({ seed });
        seen.push((await pay('P-1')).raw.toString());
        await simulator.stop();
      }
      assert.equal(seen[0], seen[1]);
      assert.notEqual(seen[0], seen[2]);
    });

    it('shift all their times together when the clock is set wrong', async () => {
      await start({ clockOffsetMs: -90_000 });
      const seen = await pay('P-1');
      assert.equal(seen.headers['response-time'], '2026-03-05T09:58:30.000+08:00');
      assert.equal((json(seen)['orderCodeForm'] as { expireTime: string }).expireTime, '2026-03-05T10:01:30+08:00');
      simulator.setClockOffset(0);
      simulator.pay('P-1');
      const asked = await ask('inquiry', 'P-1');
      assert.equal(asked.headers['response-time'], '2026-03-05T10:00:00.000+08:00');
      assert.equal(json(asked)['paymentTime'], '2026-03-05T10:00:00+08:00');
    });
  });

  describe('pay', () => {
    it('places one order for the same request, however often it comes', async () => {
      await start();
      const answers = await Promise.all([pay('P-1'), pay('P-1'), pay('P-1')]);
      assert.equal(new Set(answers.map((seen) => seen.raw.toString())).size, 1);
      assert.equal(simulator.orders().length, 1);
    });

    it('refuses a repeat with other key values, and keeps the first order', async () => {
      await start();
      await pay('P-1');
      const other = { currency: 'JPY', value: '1981' };
      assert.equal(resultOf(await pay('P-1', { paymentAmount: other })), 'REPEAT_REQ_INCONSISTENT:F');
      assert.equal(
        resultOf(await pay('P-1', { settlementStrategy: { settlementCurrency: 'USD' } })),
        'REPEAT_REQ_INCONSISTENT:F',
      );
      assert.deepEqual(simulator.order('P-1')?.amount, { currency: 'JPY', value: '1980' });
    });

    it('refuses what breaks the field rules, naming the field, and places nothing', async () => {
      await start();
      const wrong: [Record<string, unknown>, RegExp][] = [
        [{ paymentAmount: { currency: 'JPY', value: 1980 } }, /paymentAmount\.value is a number/],
        [{ paymentAmount: { currency: 'JPY', value: '0' } }, /paymentAmount is not an amount/],
        [{ paymentFactor: { isInStorePayment: true } }, /isInStorePayment is a boolean/],
        [{ paymentNotifyUrl: '' }, /paymentNotifyUrl is empty/],
        [{ paymentNotifyUrl: undefined }, /paymentNotifyUrl is missing/],
        [{ order: { ...(payBody('P-1')['order'] as object), env: {} } }, /order\.env\.userAgent is missing/],
        [{ settlementStrategy: {} }, /settlementCurrency is missing/],
        [{ paymentExpiryTime: 'soon' }, /paymentExpiryTime/],
        [{ paymentRequestId: 'x'.repeat(65) }, /longer than 64/],
      ];
      for (const [changes, message] of wrong) {
        const seen = await pay('P-1', changes);
        assert.equal(resultOf(seen), 'PARAM_ILLEGAL:F', JSON.stringify(changes));
        assert.match(seen.raw.toString(), message);
        assert.equal(seen.verdict.kind, 'good');
      }
      assert.deepEqual(simulator.orders(), []);
    });

    it('accepts fields that should not be sent, but remarks on them', async () => {
      await start();
      const order = payBody('P-1')['order'] as object;
      await pay('P-1', { order: { ...order, env: { userAgent: 'x', clientIp: '10.0.0.1' } } });
      assert.deepEqual(simulator.calls()[0]?.remarks, ['order.env.clientIp is not to be sent']);
    });

    it('refuses other media types, methods and paths by the codes of the protocol', async () => {
      await start();
      const text = await callUpstream(simulator.url, 'pay', payBody('P-1'), { headers: { 'content-type': 'text/plain' } });
      assert.equal(resultOf(text), 'MEDIA_TYPE_NOT_ACCEPTABLE:F');
      const elsewhere = await callUpstream(simulator.url, 'pay', payBody('P-1'), { path: '/aps/api/v1/payments/nothing' });
      assert.equal(resultOf(elsewhere), 'NO_INTERFACE_DEF:F');
      const put = await callUpstream(simulator.url, 'pay', payBody('P-1'), { method: 'PUT' });
      assert.equal(resultOf(put), 'METHOD_NOT_SUPPORTED:F');
    });

    it('refuses a body that does not fit its signature', async () => {
      await start();
      const seen = await callUpstream(simulator.url, 'pay', payBody('P-1'), {
        headers: { 'request-time': '2026-03-05T10:00:01+08:00' },
      });
      assert.equal(resultOf(seen), 'INVALID_SIGNATURE:F');
      assert.equal(simulator.calls()[0]?.signature, 'bad: mismatch');
      assert.deepEqual(simulator.orders(), []);
    });

    it('believes everybody, and says so, when it has no key of the client', async () => {
      await start({ clientPublicKeyPem: undefined });
      const seen = await callUpstream(simulator.url, 'pay', payBody('P-1'), { headers: { signature: 'nonsense' } });
      assert.equal(resultOf(seen), 'PAYMENT_IN_PROCESS:U');
      assert.equal(simulator.calls()[0]?.signature, 'not checked');
    });

    it('converts into the settlement currency and names the rate', async () => {
      await start();
      await pay('P-1', { settlementStrategy: { settlementCurrency: 'USD' } });
      simulator.pay('P-1');
      const asked = json(await ask('inquiry', 'P-1'));
      assert.deepEqual(asked['settlementAmount'], { currency: 'USD', value: '1327' });
      assert.equal((asked['settlementQuote'] as { quotePrice: string }).quotePrice, '0.0067');
    });
  });

  describe('inquiry', () => {
    it('knows nothing of an order that was never placed', async () => {
      await start();
      assert.equal(resultOf(await ask('inquiry', 'P-9')), 'ORDER_NOT_EXIST:F');
    });

    it('tells waiting, paid and declined apart, by either name', async () => {
      await start();
      const paymentId = json(await pay('P-1'))['paymentId'];
      assert.equal(resultOf(await ask('inquiry', 'P-1'), 'paymentResult'), 'PAYMENT_IN_PROCESS:U');
      simulator.pay('P-1');
      const paid = await callUpstream(simulator.url, 'inquiry', { paymentId });
      assert.equal(resultOf(paid, 'paymentResult'), 'SUCCESS:S');
      assert.equal(json(paid)['paymentRequestId'], 'P-1');
      await pay('P-2');
      simulator.decline('P-2', 'USER_BALANCE_NOT_ENOUGH');
      assert.equal(resultOf(await ask('inquiry', 'P-2'), 'paymentResult'), 'USER_BALANCE_NOT_ENOUGH:F');
      assert.equal(simulator.order('P-2')?.state, 'closed');
    });
  });

  describe('cancel', () => {
    it('closes an open order and stays successful when repeated', async () => {
      await start();
      await pay('P-1');
      assert.equal(resultOf(await ask('cancel', 'P-1')), 'SUCCESS:S');
      assert.equal(resultOf(await ask('cancel', 'P-1')), 'SUCCESS:S');
      assert.equal(simulator.pay('P-1').kind, 'refused');
      assert.equal(resultOf(await pay('P-1')), 'ORDER_IS_CLOSED:F');
      assert.equal(resultOf(await ask('inquiry', 'P-1'), 'paymentResult'), 'ORDER_IS_CLOSED:F');
    });

    it('closes an order before it exists', async () => {
      await start();
      assert.equal(resultOf(await ask('cancel', 'P-1')), 'SUCCESS:S');
      assert.equal(resultOf(await pay('P-1')), 'ORDER_IS_CLOSED:F');
      assert.equal(simulator.order('P-1')?.amount, null);
    });

    it('gives the money of a paid order back and lists itself among the transactions', async () => {
      await start();
      await pay('P-1');
      simulator.pay('P-1');
      assert.deepEqual(simulator.order('P-1')?.kept, { currency: 'JPY', value: '1980' });
      assert.equal(resultOf(await ask('cancel', 'P-1')), 'SUCCESS:S');
      assert.deepEqual(simulator.order('P-1')?.kept, { currency: 'JPY', value: '0' });
      const asked = await ask('inquiry', 'P-1');
      assert.equal(resultOf(asked, 'paymentResult'), 'SUCCESS:S');
      const [entry] = json(asked)['transactions'] as { transactionType: string; transactionResult: { resultStatus: string } }[];
      assert.equal(entry?.transactionType, 'CANCEL');
      assert.equal(entry?.transactionResult.resultStatus, 'S');
    });

    it('is refused for an expired order', async () => {
      await start();
      await pay('P-1');
      await clock.advance(180_000);
      assert.equal(resultOf(await ask('cancel', 'P-1')), 'ORDER_IS_CLOSED:F');
    });

    it('is refused for a paid order from 00:15 in UTC+8 of the next day', async () => {
      await start();
      await pay('P-1');
      await pay('P-2');
      simulator.pay('P-1');
      simulator.pay('P-2');
      clock.jumpWall(14 * 3_600_000 + 14 * 60_000);
      assert.equal(resultOf(await ask('cancel', 'P-1')), 'SUCCESS:S');
      clock.jumpWall(60_000);
      assert.equal(resultOf(await ask('cancel', 'P-2')), 'CANCEL_WINDOW_EXCEED:F');
    });

    it('is refused for every paid order when the window is set closed, never for an open one', async () => {
      await start({ cancelWindow: 'closed' });
      await pay('P-1');
      await pay('P-2');
      simulator.pay('P-1');
      assert.equal(resultOf(await ask('cancel', 'P-1')), 'CANCEL_WINDOW_EXCEED:F');
      assert.equal(resultOf(await ask('cancel', 'P-2')), 'SUCCESS:S');
    });

    it('gives late money back when it is repeated', async () => {
      await start();
      await pay('P-1');
      await ask('cancel', 'P-1');
      simulator.pay('P-1', { late: true });
      const asked = await ask('inquiry', 'P-1');
      assert.equal(resultOf(asked, 'paymentResult'), 'SUCCESS:S');
      assert.equal(json(asked)['transactions'], undefined);
      assert.equal(resultOf(await ask('cancel', 'P-1')), 'SUCCESS:S');
      assert.deepEqual(simulator.order('P-1')?.kept, { currency: 'JPY', value: '0' });
    });
  });

  describe('refund', () => {
    it('gives parts back once each, never more than was paid', async () => {
      await start();
      await pay('P-1', { settlementStrategy: { settlementCurrency: 'USD' } });
      assert.equal(resultOf(await refund('P-1', 'R-1', '100')), 'ORDER_NOT_EXIST:F');
      simulator.pay('P-1');
      const first = await refund('P-1', 'R-1', '1000');
      assert.equal(resultOf(first), 'SUCCESS:S');
      assert.deepEqual(json(first)['settlementAmount'], { currency: 'USD', value: '670' });
      assert.equal((await refund('P-1', 'R-1', '1000')).raw.toString(), first.raw.toString());
      assert.equal(resultOf(await refund('P-1', 'R-1', '999')), 'REPEAT_REQ_INCONSISTENT:F');
      assert.equal(resultOf(await refund('P-1', 'R-2', '981')), 'REFUND_AMOUNT_EXCEED:F');
      assert.equal(resultOf(await refund('P-1', 'R-3', '980')), 'SUCCESS:S');
      assert.deepEqual(simulator.order('P-1')?.refunded, { currency: 'JPY', value: '1980' });
      assert.equal((json(await ask('inquiry', 'P-1'))['transactions'] as unknown[]).length, 2);
    });

    it('is refused after a cancel, in another currency and after a year', async () => {
      await start();
      await pay('P-1');
      await pay('P-2');
      simulator.pay('P-1');
      simulator.pay('P-2');
      await ask('cancel', 'P-1');
      assert.equal(resultOf(await refund('P-1', 'R-1', '1')), 'ORDER_IS_CLOSED:F');
      const dollars = { paymentRequestId: 'P-2', refundRequestId: 'R-2', refundAmount: { currency: 'USD', value: '1' } };
      assert.equal(resultOf(await callUpstream(simulator.url, 'refund', dollars)), 'PARAM_ILLEGAL:F');
      clock.jumpWall(366 * 86_400_000);
      assert.equal(resultOf(await refund('P-2', 'R-2', '1')), 'REFUND_WINDOW_EXCEED:F');
    });
  });

  describe('expiry', () => {
    it('closes an unpaid order after its life, without anybody asking', async () => {
      await start({ orderLifeMs: 60_000 });
      await pay('P-1');
      await clock.advance(59_999);
      assert.equal(simulator.order('P-1')?.state, 'open');
      await clock.advance(1);
      assert.equal(simulator.notifications()[0]?.paymentResult.resultCode, 'ORDER_IS_CLOSED');
      assert.equal(simulator.order('P-1')?.state, 'closed');
    });

    it('honours an earlier paymentExpiryTime and ignores a later one', async () => {
      await start();
      await pay('P-1', { paymentExpiryTime: '2026-03-05T10:00:30+08:00' });
      await pay('P-2', { paymentExpiryTime: '2026-03-05T10:30:00+08:00' });
      assert.equal(simulator.order('P-1')?.expiresAt, '2026-03-05T02:00:30.000Z');
      assert.equal(simulator.order('P-2')?.expiresAt, '2026-03-05T02:03:00.000Z');
      await clock.advance(30_000);
      assert.equal(simulator.order('P-1')?.state, 'closed');
      assert.equal(resultOf(await pay('P-3', { paymentExpiryTime: '2026-03-05T10:00:30+08:00' })), 'ORDER_IS_CLOSED:F');
    });

    it('never closes a paid order', async () => {
      await start();
      await pay('P-1');
      simulator.pay('P-1');
      await clock.advance(200_000);
      assert.equal(simulator.order('P-1')?.state, 'paid');
    });
  });

  it('logs every call raw: bytes, hash, verdict and answer', async () => {
    await start();
    const seen = await pay('P-1');
    const [call] = simulator.calls();
    assert.equal(call?.body, JSON.stringify(payBody('P-1')));
    assert.match(call?.bodySha256 ?? '', /^[0-9a-f]{64}$/);
    assert.equal(call?.signature, 'good');
    assert.equal(call?.answer?.body, seen.raw.toString());
    assert.equal(call?.processed, 1);
  });

  it('lets its network go down and come back on the same port', async () => {
    await start();
    await pay('P-1');
    await simulator.setReachable(false);
    await assert.rejects(pay('P-1'), { code: 'ECONNREFUSED' });
    await simulator.setReachable(true);
    assert.equal(resultOf(await pay('P-1')), 'PAYMENT_IN_PROCESS:U');
  });
});
