import assert from 'node:assert/strict';
import { UPSTREAM_PRIVATE_PEM } from '#src/simulator/throwaway-keys.js';
import { readPrivateKey, type SigningKey, signatureHeader, verifySignature } from '#src/upstream/signature.js';
import { CLIENT_ID, type Harness, NOTIFY_PATH, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import type { HttpAnswer } from '../support/http-call.js';
import { vectorPublicKeys } from '../support/vectors.js';

const THEIRS: SigningKey = {
  privateKey: readPrivateKey(UPSTREAM_PRIVATE_PEM),
  keyVersion: '1',
  encoding: 'percent',
  algorithmText: 'RSA256',
};

describe('notification', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
  });
  afterEach(() => shop.stop());

  const paid = (id: string) => shop.clock.until(async () => (await shop.read(id)).state === 'paid', 'paid');
  const quarantined = () => shop.logLines.filter((line) => line.includes('put into quarantine'));

  async function notify(body: string | Buffer, { time = '2026-03-05T10:00:08+08:00', key = THEIRS } = {}): Promise<HttpAnswer> {
    const bytes = Buffer.from(body);
    const signature = await signatureHeader(key, { path: NOTIFY_PATH, clientId: CLIENT_ID, time }, bytes);
    return shop.notify({ 'Client-Id': CLIENT_ID, 'Request-Time': time, Signature: signature }, bytes);
  }

  it('is acknowledged with our signature over its path, after it was stored', async () => {
    const { paymentRequestId: id } = await shop.place();
    const body = JSON.stringify({
      paymentResult: { resultCode: 'SUCCESS', resultStatus: 'S' },
      paymentRequestId: id,
      paymentAmount: { currency: 'JPY', value: '1980' },
    });
    const answer = await notify(body);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}');
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    const context = { path: NOTIFY_PATH, clientId: CLIENT_ID, time: String(answer.headers['response-time']) };
    assert.equal(answer.headers['client-id'], CLIENT_ID);
    const ours = vectorPublicKeys('acqp_public_spki.pem');
    assert.equal(verifySignature(ours, 'RSA256', String(answer.headers['signature']), context, answer.bytes).kind, 'good');
    assert.equal((await shop.read(id)).state, 'paid');
  });

  it('that overtakes the answer to pay makes it paid, and the answer changes nothing', async () => {
    shop.simulator.setFaults([{ name: 'before_answer' }]);
    const seen = await shop.place();
    assert.equal(seen.state, 'paid');
    assert.equal(seen.endedBy, 'notification');
    assert.equal(seen.orderCode, null);
    assert.deepEqual(seen.alerts, []);
    assert.deepEqual(
      shop.calls().map(({ call }) => call),
      ['pay'],
    );
  });

  it('that comes while every answer is lost makes it paid, and nothing more is sent', async () => {
    shop.simulator.setFaults([{ name: 'no_answer', call: 'pay', times: 0 }]);
    const { paymentRequestId: id } = await shop.place();
    shop.simulator.pay(id);
    await paid(id);
    await shop.clock.advance(60_000);
    assert.equal(shop.calls('pay', id).length, 1);
    assert.equal(shop.calls('cancel').length, 0);
  });

  it('three times, and behind a later one, is one end', async () => {
    shop.simulator.setFaults([{ name: 'twice', call: 'notification' }]);
    const { paymentRequestId: id } = await shop.place();
    shop.simulator.pay(id);
    await paid(id);
    await shop.clock.settle();
    const { version } = await shop.read(id);
    const [sent] = shop.simulator.notifications();
    await shop.simulator.resend(sent?.id ?? '', { times: 1 });
    await shop.clock.settle();
    assert.equal((await shop.read(id)).version, version);
    assert.equal((await shop.timeline(id)).filter(({ what }) => what === 'notification').length, 3);
  });

  it('of success with failure behind it, in either order, leaves the first, and alerts', async () => {
    const first = await shop.place();
    shop.simulator.pay(first.paymentRequestId);
    await paid(first.paymentRequestId);
    await shop.simulator.inventNotification(first.paymentRequestId, 'USER_BALANCE_NOT_ENOUGH', 'F');
    const second = await shop.place();
    await shop.simulator.inventNotification(second.paymentRequestId, 'USER_BALANCE_NOT_ENOUGH', 'F');
    shop.simulator.pay(second.paymentRequestId);
    await shop.clock.settle();
    const states = [await shop.read(first.paymentRequestId), await shop.read(second.paymentRequestId)];
    assert.deepEqual(
      states.map(({ state, alerts }) => [state, alerts.map(({ kind }) => kind)]),
      [
        ['paid', ['failed_after_paid']],
        ['failed', ['paid_after_failed']],
      ],
    );
  });

  it('days late still ends a payment that needed attention, by the inquiry it starts', async () => {
    const { paymentRequestId: id } = await shop.place();
    shop.simulator.setFaults([{ name: 'result:PROCESS_FAIL:F', call: 'cancel' }]);
    await shop.cancel(id);
    await shop.untilState(id, ['needs_attention'], 5_000);
    shop.clock.jumpWall(3 * 86_400_000);
    shop.simulator.setFaults([{ name: 'lose', call: 'notification' }]);
    await shop.clock.settle();
    shop.simulator.setFaults([]);
    shop.simulator.pay(id, { late: true });
    await paid(id);
    assert.equal((await shop.read(id)).endedBy, 'inquiry');
  });

  it('without an amount asks before it believes', async () => {
    shop.simulator.setFaults([{ name: 'no_amount', call: 'notification' }]);
    const { paymentRequestId: id } = await shop.place();
    shop.simulator.pay(id);
    await paid(id);
    const seen = await shop.read(id);
    assert.equal(seen.endedBy, 'inquiry');
    assert.deepEqual(seen.alerts, []);
    assert.equal(shop.calls('inquiry', id).length, 1);
  });

  for (const tamper of ['other_amount', 'other_currency', 'other_acquirer', 'other_payment_id']) {
    it(`with ${tamper} goes into quarantine, asks, and is told as an alert once the payment has ended`, async () => {
      const { paymentRequestId: id } = await shop.place();
      const delivery = await shop.simulator.inventNotification(id, 'SUCCESS', 'S', tamper);
      assert.ok(typeof delivery === 'object' && delivery.acknowledged);
      await shop.clock.settle();
      const asked = await shop.read(id);
      assert.deepEqual([asked.state, asked.alerts], ['awaiting_payer', []]);
      assert.equal(shop.calls('inquiry', id).length, 1);
      assert.equal(quarantined().length, 1);
      shop.simulator.pay(id);
      await paid(id);
      const seen = await shop.read(id);
      assert.deepEqual(
        seen.alerts.map(({ kind }) => kind),
        ['amount_differs'],
      );
      assert.equal(seen.next.action, 'ask_back_office');
    });
  }

  it('about a failure with another order id goes into quarantine and ends nothing', async () => {
    const { paymentRequestId: id } = await shop.place();
    await shop.simulator.inventNotification(id, 'ORDER_IS_CLOSED', 'F', 'other_payment_id');
    await shop.clock.settle();
    assert.equal((await shop.read(id)).state, 'awaiting_payer');
    assert.equal(quarantined().length, 1);
  });

  for (const [what, body] of [
    [
      'an unknown payment',
      JSON.stringify({ paymentResult: { resultCode: 'SUCCESS', resultStatus: 'S' }, paymentRequestId: 'NOBODYS-1' }),
    ],
    ['no payment at all', '{"paymentResult":{"resultCode":"SUCCESS","resultStatus":"S"}}'],
    ['no JSON', 'paid, honestly'],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['nothing', ''],
  ] as const) {
    it(`that is genuine and names ${what} is acknowledged, kept aside and alarmed`, async () => {
      const answer = await notify(body);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(quarantined().length, 1);
    });
  }

  it('with an old or odd Request-Time is taken, and with none is not', async () => {
    const { paymentRequestId: id } = await shop.place();
    const body = JSON.stringify({
      paymentResult: { resultCode: 'PAYMENT_IN_PROCESS', resultStatus: 'U' },
      paymentRequestId: id,
    });
    for (const time of ['2020-01-01T00:00:00Z', '2030-01-01T00:00:00+08:00', '1772676000000', 'yesterday']) {
      assert.equal((await notify(body, { time })).status, 200, time);
    }
    assert.equal((await notify(body, { time: '' })).status, 401);
  });

  it('signed under an unknown key version is held against the only key, with a warning', async () => {
    const { paymentRequestId: id } = await shop.place();
    const body = JSON.stringify({ paymentResult: { resultCode: 'X', resultStatus: 'U' }, paymentRequestId: id });
    assert.equal((await notify(body, { key: { ...THEIRS, keyVersion: '0' } })).status, 200);
    assert.ok(shop.logLines.some((line) => line.includes('unknown key version')));
  });

  it('never moves a payment when it is not genuine, whatever is wrong with it', async () => {
    const { paymentRequestId: id } = await shop.place();
    shop.simulator.setFaults([{ name: 'forged', call: 'notification' }]);
    shop.simulator.pay(id);
    await shop.clock.settle();
    assert.equal(shop.simulator.notifications()[0]?.deliveries[0]?.status, 401);
    const seen: SeenPayment = await shop.read(id);
    assert.equal(seen.state, 'awaiting_payer');
    assert.deepEqual(
      (await shop.timeline(id)).filter(({ what }) => what === 'notification'),
      [],
    );
  });

  it('is answered nowhere but on the path of its notify URL', async () => {
    for (const path of ['/', `${NOTIFY_PATH}/`, NOTIFY_PATH.toLowerCase(), '/aps/api/v1/payments/notifyPayment']) {
      assert.equal((await shop.notify({}, '{}', path)).status, 404, path);
    }
  });
});
