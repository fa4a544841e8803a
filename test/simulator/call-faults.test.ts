import assert from 'node:assert/strict';
import { type Fault, knownFaults } from '#src/simulator/fault-plan.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { callUpstream, json, payBody, resultOf, type Seen } from './raw-client.js';

describe('faults of calls', () => {
  let clock: ManualClock;
  let simulator: UpstreamSimulator;
  let giveUp: AbortController;

  beforeEach(async () => {
    clock = createManualClock({ busy: () => simulator?.busy() ?? false });
    giveUp = new AbortController();
    simulator = await createUpstreamSimulator({ clock, clientPublicKeyPem: BRIDGE_PUBLIC_PEM });
  });
  afterEach(async () => {
    giveUp.abort();
    await simulator.stop();
  });

  function play(...faults: (Fault | string)[]): void {
    assert.equal(simulator.setFaults(faults.map((fault) => (typeof fault === 'string' ? { name: fault } : fault))), undefined);
  }
  const pay = (id = 'P-1') => callUpstream(simulator.url, 'pay', payBody(id), { signal: giveUp.signal });
  const ask = (id = 'P-1') => callUpstream(simulator.url, 'inquiry', { paymentRequestId: id });
  /** A pay call that will not be answered soon; resolves with what becomes of it, once the simulator has logged it. */
  async function unanswered(id = 'P-1'): Promise<{ outcome: Promise<Seen | string> }> {
    const calls = simulator.calls().length;
    const outcome = pay(id).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
    await clock.until(() => simulator.calls().length > calls, 'the call to arrive');
    await clock.settle();
    return { outcome };
  }
  const orders = () => simulator.orders().map(({ paymentRequestId, state }) => `${paymentRequestId} ${state}`);
  const codes = (seen: Seen) => {
    const form = json(seen)['orderCodeForm'] as
      | { expireTime?: string; codeDetails: { codeValue: string; displayType: string }[] }
      | undefined;
    return form?.codeDetails;
  };

  describe('silence', () => {
    it('no_answer: processes and holds the connection, then cuts it', async () => {
      play('no_answer');
      const { outcome } = await unanswered();
      assert.deepEqual(orders(), ['P-1 open']);
      assert.equal(simulator.calls()[0]?.answer, null);
      await clock.advance(60_000);
      assert.equal(await outcome, 'ECONNRESET');
      assert.equal(simulator.calls()[0]?.answer?.kind, 'held');
    });

    it('deaf: processes nothing and holds the connection', async () => {
      play('deaf');
      const { outcome } = await unanswered();
      assert.deepEqual(orders(), []);
      giveUp.abort();
      assert.equal(await outcome, 'ABORT_ERR');
    });

    it('reset: cuts the connection without processing; reset_after: after processing', async () => {
      play('reset');
      await assert.rejects(pay(), { code: 'ECONNRESET' });
      assert.deepEqual(orders(), []);
      play('reset_after');
      await assert.rejects(pay(), { code: 'ECONNRESET' });
      assert.deepEqual(orders(), ['P-1 open']);
    });

    it('half_answer: headers and half of the body, then a reset', async () => {
      play('half_answer');
      await assert.rejects(pay(), { code: 'ECONNRESET' });
      assert.equal(simulator.calls()[0]?.answer?.kind, 'half');
      assert.deepEqual(orders(), ['P-1 open']);
    });

    it('late_answer: processes at once and answers when the client has given up', async () => {
      play('late_answer:20000');
      const { outcome } = await unanswered();
      assert.deepEqual(orders(), ['P-1 open']);
      await clock.advance(19_999);
      assert.equal(simulator.calls()[0]?.answer, null);
      await clock.advance(1);
      assert.equal(resultOf((await outcome) as Seen), 'PAYMENT_IN_PROCESS:U');
    });

    it('processed_late: processes even when the client is long gone', async () => {
      play('processed_late:30000');
      const { outcome } = await unanswered();
      giveUp.abort();
      await outcome;
      assert.deepEqual(orders(), []);
      await clock.advance(30_000);
      assert.deepEqual(orders(), ['P-1 open']);
      assert.equal(simulator.calls()[0]?.answer?.kind, 'clientGone');
    });

    it('answer_twice: carries the call out twice', async () => {
      play('answer_twice');
      assert.equal(resultOf(await pay()), 'PAYMENT_IN_PROCESS:U');
      assert.equal(simulator.calls()[0]?.processed, 2);
      assert.deepEqual(orders(), ['P-1 open']);
    });
  });

  describe('signatures', () => {
    for (const name of ['wrong_signature', 'stranger_signature', 'signed_by_client_key', 'wrong_path_signed', 'time_swapped']) {
      it(`${name}: processes, and the answer does not verify`, async () => {
        play(name);
        const seen = await pay();
        assert.deepEqual(seen.verdict, { kind: 'bad', why: 'mismatch' });
        assert.equal(resultOf(seen), 'PAYMENT_IN_PROCESS:U');
        assert.deepEqual(orders(), ['P-1 open']);
        assert.equal((await pay()).verdict.kind, 'good');
      });
    }

    it('unsigned: processes; unsigned_refusal: does not', async () => {
      play('unsigned_refusal:ACCESS_DENIED');
      const refused = await pay();
      assert.equal(refused.verdict.kind, 'unsigned');
      assert.equal(resultOf(refused), 'ACCESS_DENIED:F');
      assert.deepEqual(orders(), []);
      play('unsigned');
      assert.equal((await pay()).verdict.kind, 'unsigned');
      assert.deepEqual(orders(), ['P-1 open']);
    });

    it('stale_time: an old Response-Time that verifies', async () => {
      play('stale_time');
      const seen = await pay();
      assert.equal(seen.verdict.kind, 'good');
      assert.equal(seen.headers['response-time'], '2026-03-05T09:00:00.000+08:00');
    });

    it('replayed_answer: the answer about another order, signature and all', async () => {
      await pay('P-1');
      await pay('P-2');
      simulator.pay('P-1');
      await ask('P-1');
      play({ name: 'replayed_answer', call: 'inquiry' });
      const seen = await ask('P-2');
      assert.equal(seen.verdict.kind, 'good');
      assert.equal(json(seen)['paymentRequestId'], 'P-1');
      assert.equal(resultOf(seen, 'paymentResult'), 'SUCCESS:S');
    });
  });

  describe('results', () => {
    it('result: F and U are not processed, S is', async () => {
      play('result:PROCESS_FAIL:F');
      assert.equal(resultOf(await pay()), 'PROCESS_FAIL:F');
      play('traffic_limit');
      assert.equal(resultOf(await pay()), 'REQUEST_TRAFFIC_EXCEED_LIMIT:U');
      assert.deepEqual(orders(), []);
      play('result:SUCCESS:S');
      assert.equal(resultOf(await pay()), 'SUCCESS:S');
      assert.deepEqual(orders(), ['P-1 open']);
    });

    it('processed_result: processes and says only the result', async () => {
      play('processed_result:UNKNOWN_EXCEPTION:U');
      const seen = await pay();
      assert.deepEqual(Object.keys(json(seen)), ['result']);
      assert.deepEqual(orders(), ['P-1 open']);
    });

    it('payment_result: lies about the payment in an inquiry', async () => {
      await pay();
      play('payment_result:SUCCESS:S');
      const lie = await ask();
      assert.equal(resultOf(lie, 'paymentResult'), 'SUCCESS:S');
      assert.equal(json(lie)['paymentTime'], '2026-03-05T10:00:00+08:00');
      assert.deepEqual(orders(), ['P-1 open']);
      play('no_payment_result');
      assert.equal(json(await ask())['paymentResult'], undefined);
    });
  });

  describe('malformed answers', () => {
    it('http_500, http_503_after and http_302: another status, unsigned', async () => {
      play('http_500');
      assert.equal((await pay()).status, 500);
      play('http_302');
      const moved = await pay();
      assert.equal(moved.status, 302);
      assert.equal(moved.headers['location'], '/redirected');
      assert.deepEqual(orders(), []);
      play('http_503_after');
      assert.equal((await pay()).status, 503);
      assert.deepEqual(orders(), ['P-1 open']);
    });

    it('malformed_json, empty_body and huge_body: signed rightly all the same', async () => {
      play('malformed_json');
      const broken = await pay();
      assert.equal(broken.verdict.kind, 'good');
      assert.throws(() => json(broken), SyntaxError);
      play('empty_body');
      const empty = await pay();
      assert.equal(empty.raw.length, 0);
      assert.equal(empty.verdict.kind, 'good');
      play('huge_body:1000000');
      const huge = await pay();
      assert.ok(huge.raw.length > 999_000 && huge.raw.length < 1_001_000);
      assert.equal(huge.verdict.kind, 'good');
    });

    it('unknown_fields: the known ones stay as they are', async () => {
      play('unknown_fields');
      const seen = await pay();
      assert.equal(json(seen)['newField'], 'surprise');
      assert.equal(resultOf(seen), 'PAYMENT_IN_PROCESS:U');
    });

    it('other_amount, other_currency, other_acquirer, other_payment_id, no_amount: verify, and are wrong', async () => {
      const right = json(await pay());
      const wrong = {
        other_amount: 'paymentAmount',
        other_currency: 'paymentAmount',
        other_acquirer: 'acquirerId',
        other_payment_id: 'paymentId',
        no_amount: 'paymentAmount',
      };
      for (const [name, field] of Object.entries(wrong)) {
        play(name);
        const seen = await pay();
        assert.equal(seen.verdict.kind, 'good', name);
        assert.notDeepEqual(json(seen)[field], right[field], name);
      }
      assert.deepEqual(simulator.order('P-1')?.amount, { currency: 'JPY', value: '1980' });
    });
  });

  describe('codes', () => {
    it('no_code and image_only_code: an order without a text to draw', async () => {
      play('no_code');
      assert.equal(codes(await pay()), undefined);
      play('image_only_code');
      assert.deepEqual(
        codes(await pay())?.map(({ displayType }) => displayType),
        ['BIGIMAGE', 'MIDDLEIMAGE', 'SMALLIMAGE'],
      );
    });

    it('long_code: the code of the order has exactly so many bytes, on every repeat', async () => {
      play('long_code:255');
      const code = codes(await pay())?.[0]?.codeValue;
      assert.equal(code?.length, 255);
      assert.equal(codes(await pay())?.[0]?.codeValue, code);
      assert.equal(simulator.scan(code ?? '').kind, 'done');
    });

    it('before_answer: is paid before the pay answer is there', async () => {
      play({ name: 'before_answer', call: 'notification' });
      assert.equal(resultOf(await pay()), 'PAYMENT_IN_PROCESS:U');
      assert.deepEqual(orders(), ['P-1 paid']);
      assert.equal(simulator.notifications().length, 1);
    });
  });

  describe('plan', () => {
    it('counts the calls of its kind from the moment it is set', async () => {
      await pay('P-0');
      play({ name: 'result:RISK_REJECT:F', call: 'pay', nth: 2, times: 2 });
      await ask('P-0');
      const results = [];
      for (const id of ['P-1', 'P-2', 'P-3', 'P-4']) results.push(resultOf(await pay(id)));
      assert.deepEqual(results, ['PAYMENT_IN_PROCESS:U', 'RISK_REJECT:F', 'RISK_REJECT:F', 'PAYMENT_IN_PROCESS:U']);
      assert.equal(simulator.faults()[0]?.played, 2);
    });

    it('holds for ever with times 0, until it is replaced', async () => {
      play({ name: 'traffic_limit', times: 0 });
      for (let i = 0; i < 3; i += 1) assert.equal(resultOf(await pay()), 'REQUEST_TRAFFIC_EXCEED_LIMIT:U');
      play();
      assert.equal(resultOf(await pay()), 'PAYMENT_IN_PROCESS:U');
    });

    it('lets several faults meet in one call', async () => {
      play('other_amount', 'unknown_fields', 'unsigned');
      const seen = await pay();
      assert.deepEqual(json(seen)['paymentAmount'], { currency: 'JPY', value: '1981' });
      assert.equal(json(seen)['newField'], 'surprise');
      assert.equal(seen.verdict.kind, 'unsigned');
      assert.deepEqual(simulator.calls()[0]?.faults, ['other_amount', 'unknown_fields', 'unsigned']);
    });

    it('refuses what it cannot play and stays as it was', () => {
      play('deaf');
      assert.match(simulator.setFaults([{ name: 'gremlins' }]) ?? '', /not a known fault/);
      assert.match(simulator.setFaults([{ name: 'slow' }]) ?? '', /slow:MS/);
      assert.match(simulator.setFaults([{ name: 'no_code', call: 'inquiry' }]) ?? '', /is about pay/);
      assert.match(simulator.setFaults([{ name: 'lose', call: 'pay' }]) ?? '', /about notifications/);
      assert.match(simulator.setFaults([{ name: 'deaf', nth: 0 }]) ?? '', /nth/);
      assert.deepEqual(simulator.faults(), [{ name: 'deaf', played: 0 }]);
    });

    it('describes every known fault in a line', () => {
      for (const { name, calls, does } of knownFaults()) assert.ok(name !== '' && calls.length > 0 && does.length > 5, name);
      assert.ok(knownFaults().length > 40);
    });
  });
});
