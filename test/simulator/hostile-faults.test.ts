import assert from 'node:assert/strict';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Fault } from '#src/simulator/fault-plan.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { type NotificationReceiver, startReceiver } from './notification-receiver.js';
import { callUpstream, json, payBody, resultOf, type Seen } from './raw-client.js';

describe('faults that hostile networks and upstreams have', () => {
  let clock: ManualClock;
  let simulator: UpstreamSimulator;
  let receiver: NotificationReceiver;

  beforeEach(async () => {
    clock = createManualClock({ busy: () => simulator?.busy() ?? false });
    receiver = await startReceiver();
    simulator = await createUpstreamSimulator({ clock, clientPublicKeyPem: BRIDGE_PUBLIC_PEM, notificationPausesMs: [1_000] });
  });
  afterEach(async () => {
    await simulator.stop();
    await receiver.close();
  });

  function play(...faults: (Fault | string)[]): void {
    assert.equal(simulator.setFaults(faults.map((fault) => (typeof fault === 'string' ? { name: fault } : fault))), undefined);
  }
  const pay = (id = 'P-1') => callUpstream(simulator.url, 'pay', payBody(id, { paymentNotifyUrl: receiver.url }));
  const ask = (id = 'P-1') => callUpstream(simulator.url, 'inquiry', { paymentRequestId: id });
  const cancel = (id = 'P-1') => callUpstream(simulator.url, 'cancel', { paymentRequestId: id });
  const orders = () => simulator.orders().map(({ paymentRequestId, state }) => `${paymentRequestId} ${state}`);
  const form = (seen: Seen) =>
    json(seen)['orderCodeForm'] as { expireTime: string; codeDetails: { codeValue: string; displayType: string }[] };
  const codeIn = (seen: Seen) => form(seen).codeDetails[0]?.codeValue ?? '';
  const broken = (seen: Promise<Seen>) => seen.then(() => 'answered').catch((error: NodeJS.ErrnoException) => error.code);

  describe('on the way', () => {
    it('closed: nothing is processed, and the connection ends in order without a byte', async () => {
      play('closed');
      assert.equal(await broken(pay()), 'ECONNRESET');
      assert.deepEqual(orders(), []);
      assert.equal(simulator.calls()[0]?.answer?.kind, 'closed');
    });

    it('then_closed: the answer is whole and promises to keep the connection, which is then closed', async () => {
      play('then_closed');
      const agent = new Agent({ keepAlive: true });
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        httpRequest(`${simulator.url}/aps/api/v1/payments/pay`, { method: 'POST', agent }, resolve).on('error', reject).end('{}');
      });
      const ended = new Promise((resolve) => answer.socket.once('close', resolve));
      for await (const _bytes of answer) assert.equal(answer.statusCode, 200);
      assert.notEqual(answer.headers['connection'], 'close');
      await ended;
      agent.destroy();
    });

    it('in_parts, trickle and chunked: the same signed bytes, however they come', async () => {
      const whole = await pay();
      for (const fault of ['in_parts:7', 'chunked']) {
        play(fault);
        const seen = await pay();
        assert.deepEqual(seen.raw, whole.raw);
        assert.equal(seen.verdict.kind, 'good');
        assert.equal(seen.headers['content-length'] === undefined, fault === 'chunked');
      }
      play('trickle:2000');
      let isThere = false;
      const seen = pay().finally(() => {
        isThere = true;
      });
      await clock.until(() => simulator.calls().length === 4, 'the call to arrive');
      await clock.advance(1_900);
      assert.equal(isThere, false, 'the last byte takes its time');
      await clock.advance(200);
      assert.deepEqual((await seen).raw, whole.raw);
    });

    it('trickle: stops when the client has gone', async () => {
      play('trickle:2000');
      const socket = connect(simulator.port, '127.0.0.1');
      socket.write('POST /aps/api/v1/payments/pay HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}');
      await clock.until(() => simulator.calls().length === 1, 'the call to arrive');
      socket.destroy();
      await clock.advance(3_000);
      assert.equal(simulator.calls()[0]?.answer?.kind, 'clientGone');
    });

    it('odd_status: signed rightly under another status; one that is none is refused', async () => {
      play('odd_status:502');
      const seen = await pay();
      assert.deepEqual([seen.status, seen.verdict.kind], [502, 'good']);
      assert.deepEqual(orders(), ['P-1 open']);
      assert.match(simulator.setFaults([{ name: 'odd_status:99' }]) ?? '', /odd_status:STATUS/);
    });
  });

  describe('in headers and fields', () => {
    it('no_response_time and other_client: signed rightly, and worth nothing', async () => {
      play('no_response_time');
      const timeless = await pay();
      assert.deepEqual([timeless.headers['response-time'], timeless.verdict.kind], [undefined, 'bad']);
      play('other_client');
      const foreign = await pay();
      assert.equal(foreign.verdict.kind, 'good');
      assert.notEqual(foreign.headers['client-id'], simulator.calls()[1]?.headers['client-id']);
    });

    it('future_time: one hour ahead, signed rightly', async () => {
      play('future_time');
      const seen = await pay();
      assert.equal(Date.parse(String(seen.headers['response-time'])) - clock.now(), 3_600_000);
      assert.equal(seen.verdict.kind, 'good');
    });

    it('numeric_amount and other_request_id: verify, and are wrong', async () => {
      play('numeric_amount');
      assert.deepEqual(json(await pay())['paymentAmount'], { currency: 'JPY', value: 1980 });
      play('other_request_id');
      const seen = await ask();
      assert.equal(seen.verdict.kind, 'good');
      assert.notEqual(json(seen)['paymentRequestId'], 'P-1');
    });

    it('expire_zone and expire_shift: another way to write the end, and another end', async () => {
      const end = Date.parse(form(await pay()).expireTime);
      for (const [zone, text] of [
        ['+0000', '2026-03-05T02:03:00+00:00'],
        ['-0930', '2026-03-04T16:33:00-09:30'],
        ['+0545', '2026-03-05T07:48:00+05:45'],
      ]) {
        play(`expire_zone:${zone}`);
        assert.equal(form(await pay()).expireTime, text);
        assert.equal(Date.parse(text ?? ''), end);
      }
      play('expire_shift:-3600');
      assert.equal(Date.parse(form(await pay()).expireTime), end - 3_600_000);
      assert.match(simulator.setFaults([{ name: 'expire_zone:CET' }]) ?? '', /expire_zone:±HHMM/);
    });
  });

  describe('with codes', () => {
    it('two_codes: only the first of two texts pays', async () => {
      play('two_codes');
      const texts = form(await pay()).codeDetails.filter(({ displayType }) => displayType === 'TEXT');
      assert.deepEqual(
        texts.map(({ codeValue }) => simulator.scan(codeValue).kind),
        ['done', 'unknown'],
      );
    });

    it('code_anew: a repeat has another code, and the old one is dead', async () => {
      const first = codeIn(await pay());
      play('code_anew');
      const second = codeIn(await pay());
      assert.notEqual(second, first);
      assert.deepEqual([simulator.scan(first).kind, simulator.scan(second).kind], ['unknown', 'done']);
      assert.equal(codeIn(await pay()), second, 'later repeats keep it');
      assert.equal(simulator.orders().length, 1);
    });
  });

  describe('by the payer', () => {
    it('pays_first: a cancel that the payer overtakes gives the money back', async () => {
      await pay();
      play({ name: 'pays_first', call: 'cancel' });
      assert.equal(resultOf(await cancel()), 'SUCCESS:S');
      const order = simulator.order('P-1');
      assert.deepEqual([order?.state, order?.timesCharged, order?.kept?.value], ['cancelled', 1, '0']);
    });

    it('pays_first: an inquiry that the payer overtakes says paid', async () => {
      await pay();
      play({ name: 'pays_first', call: 'inquiry' });
      assert.equal(resultOf(await ask(), 'paymentResult'), 'SUCCESS:S');
    });

    it('pays_at_expiry: is paid in the last millisecond, and only then', async () => {
      play('pays_at_expiry');
      await pay();
      await clock.advance(179_998);
      assert.deepEqual(orders(), ['P-1 open']);
      await clock.advance(1);
      assert.deepEqual(orders(), ['P-1 paid']);
    });

    it('paid_after_cancel: S, and then the payer is charged once; one who had paid before is not', async () => {
      for (const id of ['P-1', 'P-2']) await pay(id);
      simulator.pay('P-2');
      play({ name: 'paid_after_cancel', times: 0 });
      assert.equal(resultOf(await cancel('P-1')), 'SUCCESS:S');
      assert.equal(resultOf(await cancel('P-2')), 'SUCCESS:S');
      assert.deepEqual(orders(), ['P-1 paid', 'P-2 cancelled']);
      assert.deepEqual(
        simulator.orders().map(({ timesCharged }) => timesCharged),
        [1, 1],
      );
    });

    it('empty_promise: S, and the order is still there to be paid', async () => {
      await pay();
      play('empty_promise');
      assert.equal(resultOf(await cancel()), 'SUCCESS:S');
      assert.deepEqual(orders(), ['P-1 open']);
    });
  });

  describe('of notifications', () => {
    const states = () => simulator.notifications().map(({ state }) => state);
    const said = () =>
      receiver.received.map(({ raw }) => {
        const { paymentResult } = JSON.parse(raw.toString('utf8')) as { paymentResult: { resultStatus: string } };
        return paymentResult.resultStatus;
      });

    async function paid(...faults: (Fault | string)[]): Promise<void> {
      await pay();
      play(...faults);
      simulator.pay('P-1');
      await clock.settle();
    }

    it('burst: comes many times at the same moment', async () => {
      await paid('burst:5');
      assert.equal(receiver.received.length, 5);
      assert.deepEqual(states(), ['acknowledged']);
    });

    it('again: comes once more after it was acknowledged', async () => {
      await paid('again:3000');
      assert.equal(receiver.received.length, 1);
      await clock.advance(3_000);
      assert.equal(receiver.received.length, 2);
      await clock.advance(60_000);
      assert.equal(receiver.received.length, 2);
    });

    it('hang_up: is received, its acknowledgement never heard, and so it is repeated', async () => {
      await paid('hang_up');
      await clock.until(() => receiver.received.length === 1, 'the notification to arrive');
      await clock.settle();
      assert.deepEqual(states(), ['waiting']);
      await clock.advance(1_000);
      await clock.until(() => states()[0] === 'acknowledged', 'the repeat to be acknowledged');
      assert.deepEqual(said(), ['S', 'S']);
    });

    it('contradicted: the opposite comes behind it, as genuine as the first', async () => {
      await paid({ name: 'contradicted:RISK_REJECT', times: 0 });
      await clock.until(() => said().length === 2, 'both');
      await pay('P-2');
      simulator.close('P-2');
      await clock.until(() => said().length === 4, 'both of the other');
      assert.deepEqual(said(), ['S', 'F', 'F', 'S']);
      assert.ok(receiver.received.every(({ verdict }) => verdict.kind === 'good'));
      assert.deepEqual(orders(), ['P-1 paid', 'P-2 closed'], 'the account book is not moved by what is said');
    });
  });
});
