import assert from 'node:assert/strict';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type Certificate, makeCertificate } from '../support/certificates.js';
import { httpCall } from '../support/http-call.js';
import { makeOddMachine, type OddMachine } from '../support/odd-machine.js';
import { startTlsFront, type TlsFront } from '../support/tls-front.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { ocbridge, type Service, startService, until } from './program.js';
import { createTill, type Till, type WholePayment } from './till.js';

const NAME = 'gateway.test';
const DAY_MS = 86_400_000;
const CUT = 'the upstream cannot be reached';
const BACK = 'the upstream can be reached again';

describe('a running bridge whose way to the upstream is broken', function () {
  this.timeout(60_000);
  const authority = makeCertificate({ name: 'Authority of the tests' });
  const good = makeCertificate({ name: NAME, by: authority });
  let simulator: UpstreamSimulator;
  let front: TlsFront;
  let glass: NextionGlass;
  let machine: OddMachine;
  let pc: CounterPc;
  let service: Service;
  let till: Till;

  before(async () => {
    simulator = await createUpstreamSimulator();
    front = await startTlsFront(good, Number(new URL(simulator.url).port));
    glass = createNextionGlass({ paced: false });
    const { url } = await glass.listenTcp();
    machine = makeOddMachine({ names: { [NAME]: '127.0.0.1' } });
    pc = await createCounterPc({
      simulatorUrl: `https://${NAME}:${front.port}`,
      displays: () => [{ driver: 'nextion', port: url, baudRate: 9600 }],
      timing: { payPausesMs: [1000, 500], answerTimeoutMs: { pay: 1500, inquiry: 1000, cancel: 700 }, cancelEveryMs: 1000 },
    });
    service = await startService(pc.file, { env: env() });
    till = createTill(service.terminal);
  });
  after(async () => {
    await service?.stop();
    await glass?.stop();
    await front?.stop();
    await simulator?.stop();
    pc?.remove();
    machine?.remove();
  });

  function env(): Record<string, string> {
    return { ...machine.env, NODE_EXTRA_CA_CERTS: machine.keep('authority.pem', authority.cert) };
  }
  const logged = (event: string) => service.log().filter(({ msg }) => msg === event);
  const readyz = () => httpCall(`${service.backOffice}/readyz`);

  /** A sale that goes through, and leaves the lane free. */
  async function sellsWell(): Promise<void> {
    const sold = (await till.sell({}, 10)).json<WholePayment>();
    assert.equal(sold.state, 'awaiting_payer', JSON.stringify(sold.lastResult));
    await until(() => glass.readCode() === sold.orderCode?.value, 'the code on the glass');
    simulator.pay(sold.paymentRequestId);
    await until(async () => (await till.read(sold.paymentRequestId)).state === 'paid', 'paid');
  }

  /** What the doctor finds; something is wrong. */
  async function doctorChecks() {
    const doctor = await ocbridge(['doctor', '--config', pc.file, '--json'], { env: env() });
    assert.equal(doctor.code, 2, doctor.out);
    type Check = Readonly<Record<'check' | 'result' | 'about' | 'code' | 'repair', string>>;
    return (JSON.parse(doctor.out) as { readonly checks: readonly Check[] }).checks;
  }

  /** What everybody is told while no connection comes about; nothing has left, so the till may sell again. */
  async function troubleSaid(code: string, repair: RegExp): Promise<void> {
    const orders = simulator.orders().length;
    const alarms = logged(CUT).length;
    const sold = (await till.sell({}, 20)).json<WholePayment>();
    assert.deepEqual([sold.state, sold.failure?.reason, sold.next.newSaleAllowed], ['failed', 'never_sent', true]);
    assert.equal(glass.readCode(), null);
    await until(() => logged(CUT).length > alarms, 'the alarm');
    const [alarm, ...more] = logged(CUT).slice(alarms);
    assert.deepEqual(more, [], 'told once');
    assert.deepEqual([alarm?.['alarm'], alarm?.['errorCode']], [true, code]);
    assert.match(String(alarm?.['why']), repair);
    assert.ok(String(alarm?.['why']).includes(NAME));
    const ready = await readyz();
    assert.equal(ready.status, 503);
    assert.deepEqual(ready.json(), { ready: false, lanes: { total: 1, able: 0 }, reasons: [code] });
    const failed = (await doctorChecks()).filter(({ result }) => result === 'FAIL');
    assert.deepEqual(
      failed.map(({ check, code: cause }) => [check, cause]),
      [['upstream', code]],
    );
    assert.match(failed[0]?.repair ?? '', repair);
    assert.equal(simulator.orders().length, orders);
  }

  it('sells while all is well, and the doctor names the end of the certificate', async () => {
    await sellsWell();
    assert.equal((await readyz()).status, 200);
    const doctor = await ocbridge(['doctor', '--config', pc.file], { env: env() });
    assert.equal(doctor.code, 0, doctor.out);
    assert.match(doctor.out, new RegExp(`^OK    certificate .*${NAME}:${front.port}: valid until \\d{4}-\\d{2}-\\d{2}$`, 'm'));
  });

  it('when the name service is gone says so, and goes on by itself when it is back', async () => {
    machine.change({ names: { [NAME]: null } });
    // A connection that is kept needs no name.
    front.show(good);
    await troubleSaid('upstream.nameUnknown', /name server \(DNS\)/);
    machine.change({ names: { [NAME]: '127.0.0.1' } });
    // Nobody sells: the bridge finds out by trying.
    await until(async () => (await readyz()).status === 200, 'ready again');
    assert.equal(logged(BACK).length, 1);
    await sellsWell();
  });

  const bad: readonly [string, string, RegExp, Certificate][] = [
    [
      'has expired',
      'upstream.certificateExpired',
      /look at the clock; if it is right, the upstream has to renew/,
      makeCertificate({ name: NAME, by: authority, from: Date.now() - 9 * DAY_MS, to: Date.now() - DAY_MS }),
    ],
    [
      'is of another name',
      'upstream.certificateName',
      /proxy or a portal/,
      makeCertificate({ name: 'other.test', by: authority }),
    ],
    ['is of nobody known', 'upstream.certificateUntrusted', /NODE_EXTRA_CA_CERTS/, makeCertificate({ name: NAME })],
  ];
  for (const [what, code, repair, certificate] of bad) {
    it(`when the certificate ${what} sends nothing, and sells again as soon as it is right`, async () => {
      front.show(certificate);
      await troubleSaid(code, repair);
      front.show(good);
      await sellsWell();
      await until(() => logged(BACK).at(-1)?.['errorCode'] === code, 'told that it is over');
      assert.equal((await readyz()).status, 200);
    });
  }

  /** Calls arrive and no answer comes back, until `mend`: the sale stays in doubt, the lane is held, and all is well again by itself. */
  async function silenceBorne(mend: () => void, meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    const orders = simulator.orders().length;
    const alarms = logged(CUT).length;
    const { paymentRequestId: id } = (await till.sell({}, 0)).json<WholePayment>();
    await until(async () => (await till.read(id)).state === 'in_doubt', 'the doubt', 30_000);
    const { next, orderCode } = await till.read(id);
    assert.deepEqual([next.newSaleAllowed, orderCode, glass.readCode()], [false, null, null]);
    assert.equal((await till.sell({}, 0)).status, 409, 'the lane is held');
    await until(() => logged(CUT).length > alarms, 'the alarm');
    const ready = await readyz();
    assert.equal(ready.status, 200);
    assert.deepEqual(ready.json(), { ready: true, lanes: { total: 1, able: 1 }, reasons: ['upstream.noAnswer'] });
    await meanwhile();
    mend();
    const end = await until(async () => {
      const { state, endedBy } = await till.read(id);
      return state === 'cancelled' && endedBy;
    }, 'the end');
    assert.equal(end, 'cancel_answer', 'by the word of the upstream');
    assert.equal(simulator.orders().length, orders + 1, 'one order, however often it was sent');
    await until(() => logged(BACK).at(-1)?.['errorCode'] === 'upstream.noAnswer', 'told that it is over');
    assert.equal(logged(CUT).length, alarms + 1, 'told once');
    assert.equal((await readyz()).json<{ reasons?: unknown }>().reasons, undefined);
    await sellsWell();
  }

  it('when answers come as slow as treacle keeps the sale in doubt, says why everywhere, and ends it by itself when they come', async () => {
    simulator.setFaults([{ name: 'trickle:30000', times: 0 }]);
    await silenceBorne(
      () => simulator.setFaults([]),
      async () => {
        const found = (await doctorChecks()).filter(({ code }) => code === 'upstream.noAnswer');
        assert.deepEqual(
          found.map(({ result, check, about }) => [result, check, about.split(', ')[1]]),
          [
            ['WARN', 'upstream', 'running bridge'],
            ['FAIL', 'answer', `${NAME}:${front.port}`],
          ],
        );
        assert.match(found[1]?.repair ?? '', /wait/);
      },
    );
  });

  it('when connections are half-open does the same, and asks on new ones', async () => {
    await sellsWell();
    front.swallow(true);
    await silenceBorne(() => front.swallow(false));
  });

  it('when the certificate will end in a week, the doctor warns', async () => {
    front.show(makeCertificate({ name: NAME, by: authority, to: Date.now() + 7.5 * DAY_MS }));
    const doctor = await ocbridge(['doctor', '--config', pc.file], { env: env() });
    assert.equal(doctor.code, 0, doctor.out);
    assert.match(doctor.out, /^WARN {2}certificate .*7 more days\. Repair: /m);
    front.show(good);
  });
});
