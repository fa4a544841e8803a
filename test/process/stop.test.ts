import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { httpCall } from '../support/http-call.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { ocbridge, type Service, startService, until } from './program.js';
import { createTill, type Till, type WholePayment } from './till.js';

/** What a stopped bridge has in its books. */
async function inTheBooks(pc: CounterPc, id: string): Promise<WholePayment> {
  const run = await ocbridge(['payment', 'show', id, '--json', '--config', pc.file]);
  assert.equal(run.code, 0, run.err);
  return JSON.parse(run.out) as WholePayment;
}

/** A request that never ends, as a broken till might send. */
function hangOn(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(`POST /v1/payments HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 10\r\n\r\n{`);
  return socket;
}

describe('stopping a running bridge', function () {
  this.timeout(60_000);
  let simulator: UpstreamSimulator;
  let glass: NextionGlass;
  let pc: CounterPc;
  let service: Service;
  let till: Till;

  beforeEach(async () => {
    simulator = await createUpstreamSimulator();
    glass = createNextionGlass({ paced: false });
    const { url } = await glass.listenTcp();
    pc = await createCounterPc({
      simulatorUrl: simulator.url,
      lanes: ['shown', 'busy', 'free'],
      displays: (lane) => (lane === 'shown' ? [{ driver: 'nextion', port: url, baudRate: 9600 }] : []),
      timing: { answerTimeoutMs: { pay: 30_000 } },
    });
    service = await startService(pc.file);
    till = createTill(service.terminal);
  });
  afterEach(async () => {
    await service.stop();
    await glass.stop();
    await simulator.stop();
    pc.remove();
  });

  const sell = (laneId: string, waitSeconds: number) => till.sell({ laneId, saleReference: `${laneId}-1` }, waitSeconds);

  async function shownCode(): Promise<void> {
    const sold = await sell('shown', 3);
    assert.equal(sold.status, 201, sold.text);
    const code = simulator.order(sold.json<WholePayment>().paymentRequestId)?.code ?? undefined;
    await until(() => glass.readCode() === code && code !== undefined, 'the code on the glass');
  }

  const sendsOnRecord = async () => {
    const answer = await till.call('/v1/lanes/busy');
    return answer.json<{ openPayment: WholePayment | null }>().openPayment?.sends === 1;
  };

  const ways: readonly [string, (file: string) => Promise<unknown>][] = [
    ['SIGTERM', async () => service.signal('SIGTERM')],
    ['SIGINT', async () => service.signal('SIGINT')],
    [
      'ocbridge stop',
      async (file) => {
        const run = await ocbridge(['stop', '--config', file]);
        assert.equal(run.code, 0, run.err);
        assert.equal(run.out, 'stopped\n');
        await until(
          () =>
            httpCall(`${service.backOffice}/healthz`).then(
              () => false,
              () => true,
            ),
          'nobody listens any more',
          100,
        );
      },
    ],
  ];
  for (const [name, stop] of ways) {
    it(`by ${name} blanks the glass at once, refuses new sales, finishes the pay call under way, exits 0`, async () => {
      await shownCode();
      simulator.setFaults([{ name: 'slow:2500', call: 'pay' }]);
      const waiting = sell('busy', 25);
      await until(sendsOnRecord, 'the pay call is under way');
      const stopping = stop(pc.file);
      await until(() => service.log().some(({ msg }) => msg === 'bridge stops'), 'the bridge stops');
      const since = performance.now();
      const refused = await sell('free', 3);
      assert.equal(refused.status, 503, refused.text);
      assert.equal(refused.json()['code'], 'stopping');
      assert.match(String(refused.headers['retry-after']), /^\d+$/);
      assert.equal((await httpCall(`${service.backOffice}/readyz`)).status, 503);
      await until(() => glass.readCode() === null && glass.view().page === 'idle', 'an idle glass', 1000);
      const answered = await waiting;
      assert.equal(answered.status, 201, 'the waiting till is told how things stand');
      const { code, err } = await service.ended;
      assert.deepEqual({ code, err }, { code: 0, err: '' });
      assert.ok(performance.now() - since < 10_000);
      await stopping;
      const payment = await inTheBooks(pc, answered.json<WholePayment>().paymentRequestId);
      assert.equal(payment.state, 'awaiting_payer', 'the answer that came while stopping is in the books');
      assert.equal(simulator.orders().length, 2, 'the refused sale left nothing upstream');
    });
  }

  it('parks a pay call that is not answered, hangs up on whoever hangs on, and is gone within 10 s', async () => {
    simulator.setFaults([{ name: 'no_answer', call: 'pay' }]);
    const stream = await till.events('busy');
    const waiting = sell('busy', 25);
    await until(sendsOnRecord, 'the pay call is under way');
    const hanging = [service.terminal, service.upstream, service.backOffice].map(hangOn);
    const since = performance.now();
    service.signal('SIGTERM');
    await stream.ended;
    assert.equal((await waiting).json()['state'], 'submitting');
    assert.equal((await service.ended).code, 0);
    const took = performance.now() - since;
    assert.ok(took < 10_000, `it took ${Math.round(took)} ms`);
    for (const socket of hanging) socket.destroy();
    const id = (await waiting).json<WholePayment>().paymentRequestId;
    const parked = await inTheBooks(pc, id);
    assert.deepEqual([parked.state, parked.sends], ['submitting', 1]);

    service = await startService(pc.file);
    till = createTill(service.terminal);
    await until(async () => (await till.read(id)).state === 'awaiting_payer', 'the parked payment goes on');
    const sent = simulator.calls().filter(({ call }) => call === 'pay');
    assert.equal(sent.length, 2);
    assert.equal(sent[0]?.bodySha256, sent[1]?.bodySha256);
    assert.equal(simulator.orders().length, 1);
  });
});
