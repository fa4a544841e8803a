import assert from 'node:assert/strict';
import type { Delivery } from '#src/simulator/notice-courier.js';
import type { SimulatorOptions } from '#src/simulator/simulator-options.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { type NotificationReceiver, startReceiver } from './notification-receiver.js';
import { callUpstream, payBody, resultOf } from './raw-client.js';

describe('notifications', () => {
  let clock: ManualClock;
  let simulator: UpstreamSimulator;
  let receiver: NotificationReceiver;
  /** Whether turning the clock waits until no notification is on the wire. */
  let patient: boolean;

  async function start(options: SimulatorOptions = {}): Promise<void> {
    simulator = await createUpstreamSimulator({ clock, clientPublicKeyPem: BRIDGE_PUBLIC_PEM, ...options });
  }
  beforeEach(async () => {
    patient = true;
    clock = createManualClock({ busy: () => patient && simulator.busy() });
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await simulator.stop();
    await receiver.close();
  });

  async function paid(id = 'P-1'): Promise<void> {
    await callUpstream(simulator.url, 'pay', payBody(id, { paymentNotifyUrl: receiver.url }));
    simulator.pay(id);
    await clock.settle();
  }
  const bodies = () => receiver.received.map(({ raw }) => JSON.parse(raw.toString('utf8')) as Record<string, unknown>);
  const verdicts = () => receiver.received.map(({ verdict }) => verdict.kind);
  const states = () => simulator.notifications().map(({ state }) => state);

  describe('delivery', () => {
    it('carries the fields of a success, signed over the path of the notify URL', async () => {
      await start();
      await paid();
      assert.deepEqual(verdicts(), ['good']);
      const [body] = bodies();
      assert.deepEqual(body?.['paymentResult'], { resultCode: 'SUCCESS', resultStatus: 'S', resultMessage: 'success' });
      assert.deepEqual(body?.['paymentAmount'], { currency: 'JPY', value: '1980' });
      assert.equal(body?.['paymentRequestId'], 'P-1');
      assert.equal(body?.['acquirerId'], '1020000000000000001');
      for (const field of ['paymentId', 'pspId', 'customerId', 'walletBrandName', 'paymentTime'])
        assert.equal(typeof body?.[field], 'string');
      assert.deepEqual(states(), ['acknowledged']);
      assert.equal(simulator.notifications()[0]?.deliveries[0]?.ackSignature, 'good');
    });

    it('tells of a decline by its code and of an expiry by ORDER_IS_CLOSED', async () => {
      await start();
      await callUpstream(simulator.url, 'pay', payBody('P-1', { paymentNotifyUrl: receiver.url }));
      await callUpstream(simulator.url, 'pay', payBody('P-2', { paymentNotifyUrl: receiver.url }));
      simulator.decline('P-1', 'USER_BALANCE_NOT_ENOUGH');
      await clock.advance(180_000);
      const results = bodies().map((body) => (body['paymentResult'] as { resultCode: string }).resultCode);
      assert.deepEqual(results, ['USER_BALANCE_NOT_ENOUGH', 'ORDER_IS_CLOSED']);
    });

    it('is repeated in the rhythm of production until it is acknowledged', async () => {
      await start();
      receiver.behave('refuse', 'F', 'unsigned', 'wrongly signed');
      await paid();
      for (const pause of [120_000, 600_000, 600_000]) {
        assert.deepEqual(states(), ['waiting']);
        await clock.advance(pause);
      }
      assert.equal(receiver.received.length, 4);
      await clock.advance(3_600_000);
      assert.deepEqual(states(), ['acknowledged']);
      const times = receiver.received.map(({ headers }) => headers['request-time']?.[0]);
      assert.equal(new Set(times).size, 5, 'every repeat has a fresh time and signature');
      assert.deepEqual(
        simulator.notifications()[0]?.deliveries.map(({ status, ackSignature }) => `${status} ${ackSignature}`),
        ['401 bad: client id', '200 good', '200 unsigned', '200 bad: mismatch', '200 good'],
      );
    });

    it('gives up after the last pause, and on a receiver that never answers', async () => {
      await start({ notificationPausesMs: [1_000], ackTimeoutMs: 5_000 });
      patient = false;
      receiver.behave('hold', 'hold');
      await callUpstream(simulator.url, 'pay', payBody('P-1', { paymentNotifyUrl: receiver.url }));
      simulator.pay('P-1');
      await clock.until(() => receiver.received.length === 1, 'the first delivery');
      await clock.advance(6_000);
      await clock.until(() => receiver.received.length === 2, 'the second delivery');
      await clock.advance(5_000);
      assert.deepEqual(states(), ['given up']);
      assert.equal(simulator.notifications()[0]?.deliveries[0]?.why, 'no answer within 5000 ms');
    });

    it('goes to loopback hosts only, and says so', async () => {
      await start();
      await callUpstream(simulator.url, 'pay', payBody('P-1'));
      simulator.pay('P-1');
      assert.deepEqual(states(), ['not delivered: not loopback']);
    });
  });

  describe('faults', () => {
    async function with_(name: string, ids = ['P-1']): Promise<void> {
      await start({ notificationPausesMs: [] });
      assert.equal(simulator.setFaults([{ name, call: 'notification' }]), undefined);
      for (const id of ids) await paid(id);
    }

    it('lose: never sent', async () => {
      await with_('lose');
      assert.deepEqual(states(), ['lost']);
      assert.equal(receiver.received.length, 0);
    });

    it('twice: delivered twice, although acknowledged', async () => {
      await with_('twice');
      assert.equal(receiver.received.length, 2);
      assert.deepEqual(states(), ['acknowledged']);
    });

    it('late: only after its time', async () => {
      await with_('late:30000');
      await clock.advance(29_999);
      assert.equal(receiver.received.length, 0);
      await clock.advance(1);
      assert.equal(receiver.received.length, 1);
    });

    it('out_of_order: after the next one', async () => {
      await with_('out_of_order', ['P-1', 'P-2']);
      assert.deepEqual(
        bodies().map((body) => body['paymentRequestId']),
        ['P-2', 'P-1'],
      );
    });

    it('before_answer: there before the pay answer', async () => {
      await start();
      simulator.setFaults([{ name: 'before_answer', call: 'notification' }]);
      const seen = await callUpstream(simulator.url, 'pay', payBody('P-1', { paymentNotifyUrl: receiver.url }));
      assert.equal(resultOf(seen), 'PAYMENT_IN_PROCESS:U');
      assert.deepEqual(states(), ['acknowledged']);
      assert.equal(receiver.received.length, 1);
    });

    for (const name of ['forged', 'signed_by_client_key']) {
      it(`${name}: does not verify`, async () => {
        await with_(name);
        assert.deepEqual(verdicts(), ['bad']);
      });
    }

    it('unsigned: has no signature', async () => {
      await with_('unsigned');
      assert.deepEqual(verdicts(), ['unsigned']);
    });

    for (const name of ['other_amount', 'other_currency', 'other_acquirer', 'other_payment_id', 'no_amount']) {
      it(`${name}: verifies, and is wrong`, async () => {
        await with_(name);
        assert.deepEqual(verdicts(), ['good']);
        const [{ paymentAmount, acquirerId, paymentId } = {}] = bodies();
        const right = [{ currency: 'JPY', value: '1980' }, '1020000000000000001', simulator.order('P-1')?.paymentId];
        assert.notDeepEqual([paymentAmount, acquirerId, paymentId], right);
        assert.equal(simulator.order('P-1')?.state, 'paid');
      });
    }
  });

  describe('sent again', () => {
    it('is genuine without a tamper', async () => {
      await start();
      await paid();
      const done = (await simulator.resend('N000001', { times: 3 })) as Delivery[];
      assert.equal(done.length, 3);
      assert.ok(done.every(({ acknowledged }) => acknowledged));
      assert.deepEqual(verdicts(), ['good', 'good', 'good', 'good']);
    });

    it('by the id of its order is the newest of that order', async () => {
      await start();
      simulator.setFaults([{ name: 'contradicted:ORDER_IS_CLOSED' }]);
      await paid();
      await paid('P-2');
      const done = (await simulator.resend('P-1', { times: 2 })) as Delivery[];
      const said = done.map(
        ({ body }) => JSON.parse(body) as { paymentRequestId: string; paymentResult: { resultCode: string } },
      );
      assert.deepEqual(
        said.map(({ paymentRequestId, paymentResult }) => [paymentRequestId, paymentResult.resultCode]),
        [
          ['P-1', 'ORDER_IS_CLOSED'],
          ['P-1', 'ORDER_IS_CLOSED'],
        ],
      );
    });

    it('never verifies after a tamper of signature, bytes, path, time or client', async () => {
      await start();
      await callUpstream(simulator.url, 'inquiry', { paymentRequestId: 'P-0' });
      await paid();
      const tampers = [
        'body_byte',
        'path',
        'time',
        'no_time',
        'client_id',
        'no_client_id',
        'reserialised',
        'unsigned',
        'stranger_key',
        'client_key',
        'own_key',
        'algorithm',
        'two_signatures',
        'replayed_answer',
        'replayed_ack',
      ];
      for (const tamper of tampers) {
        receiver.received.length = 0;
        const done = await simulator.resend('N000001', { times: 20, tamper });
        assert.equal((done as Delivery[]).length, 20, tamper);
        assert.ok(!verdicts().includes('good'), tamper);
      }
    });

    it('verifies, but names another client id, after foreign_client_id', async () => {
      await start();
      await paid();
      await simulator.resend('N000001', { tamper: 'foreign_client_id' });
      assert.equal(receiver.received[1]?.verdict.kind, 'good');
      assert.notEqual(receiver.received[1]?.headers['client-id']?.[0], 'SANDBOX_0TESTONLY0000001');
    });

    it('changes another byte each time, the same ones for the same seed', async () => {
      const seen: string[][] = [];
      for (let i = 0; i < 2; i += 1) {
        await start({ seed: '5' });
        receiver.received.length = 0;
        await paid();
        await simulator.resend('N000001', { times: 10, tamper: 'body_byte' });
        seen.push(receiver.received.slice(1).map(({ raw }) => raw.toString('hex')));
        await simulator.stop();
      }
      assert.deepEqual(seen[0], seen[1]);
      assert.equal(new Set(seen[0]).size, 10);
      await start();
    });

    it('is refused for an unknown id and an unknown tamper', async () => {
      await start();
      await paid();
      assert.equal(await simulator.resend('N000009'), undefined);
      assert.match(String(await simulator.resend('N000001', { tamper: 'sorcery' })), /unknown tamper; known: body_byte/);
    });
  });

  it('can be invented, without the books changing', async () => {
    await start();
    await callUpstream(simulator.url, 'pay', payBody('P-1', { paymentNotifyUrl: receiver.url }));
    await simulator.inventNotification('P-1', 'SUCCESS', 'S', 'stranger_key');
    await simulator.inventNotification('P-1', 'SUCCESS', 'S');
    assert.deepEqual(verdicts(), ['bad', 'good']);
    assert.equal(simulator.order('P-1')?.state, 'open');
  });
});
