import assert from 'node:assert/strict';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { httpCall } from '../support/http-call.js';
import { makeOddMachine, type OddMachine } from '../support/odd-machine.js';
import { type CounterPc, createCounterPc } from './counter-pc.js';
import { ocbridge, type Service, startService, until } from './program.js';
import { createTill, type Till, type WholePayment } from './till.js';

const HOUR_MS = 3_600_000;
const WRONG = 'the clock of this machine is wrong; times sent upstream are corrected';

describe('a running bridge whose machine clock jumps', function () {
  this.timeout(60_000);
  let simulator: UpstreamSimulator;
  let glass: NextionGlass;
  let machine: OddMachine;
  let pc: CounterPc;
  let service: Service;
  let till: Till;

  before(async () => {
    simulator = await createUpstreamSimulator({ notificationPausesMs: [], cancelWindow: 'open' });
    glass = createNextionGlass({ paced: false });
    const { url } = await glass.listenTcp();
    machine = makeOddMachine();
    pc = await createCounterPc({
      simulatorUrl: simulator.url,
      lanes: ['shown', 'free'],
      displays: (lane) => (lane === 'shown' ? [{ driver: 'nextion', port: url, baudRate: 9600 }] : []),
      timing: {
        answerTimeoutMs: { pay: 1500, inquiry: 1000, cancel: 700 },
        payPausesMs: [300, 300, 300, 300, 300, 300, 300, 300],
        inquiryFirstAfterMs: 700,
        inquiryEveryMs: [700, 700],
        cancelEveryMs: 500,
      },
    });
    service = await startService(pc.file, { env: machine.env });
    till = createTill(service.terminal);
  });
  after(async () => {
    await service?.stop();
    await glass?.stop();
    await simulator?.stop();
    pc?.remove();
    machine?.remove();
  });

  const alarms = () => service.log().filter(({ msg }) => msg === WRONG);
  const calls = (call: string, id: string) =>
    simulator.calls().filter((one) => one.call === call && one.body.includes(id)).length;
  const reasons = async () => {
    const ready = await httpCall(`${service.backOffice}/readyz`);
    assert.equal(ready.status, 200, ready.text);
    return ready.json<{ reasons?: readonly string[] }>().reasons;
  };
  const doctor = () => ocbridge(['doctor', '--config', pc.file], { env: machine.env });

  async function shownOnGlass(): Promise<WholePayment> {
    const sold = (await till.sell({ laneId: 'shown' }, 10)).json<WholePayment>();
    assert.equal(sold.state, 'awaiting_payer');
    await until(() => glass.readCode() === sold.orderCode?.value, 'the code on the glass');
    return sold;
  }

  async function endOf(id: string): Promise<WholePayment> {
    return until(async () => {
      const payment = await till.read(id);
      return ['paid', 'failed', 'cancelled'].includes(payment.state) && payment;
    }, 'the end');
  }

  it('an hour ahead takes the code off the glass, ends the payment by the upstream’s word only, and says so', async () => {
    const sold = await shownOnGlass();
    assert.equal(await reasons(), undefined);
    machine.change({ wallOffsetMs: HOUR_MS });
    await until(() => glass.readCode() === null, 'a blank glass', 1500);
    assert.equal((await till.read(sold.paymentRequestId)).orderCode, null);
    const end = await endOf(sold.paymentRequestId);
    assert.deepEqual([end.state, end.endedBy], ['cancelled', 'cancel_answer']);
    assert.equal(simulator.order(sold.paymentRequestId)?.state, 'cancelled');
    await until(() => alarms().length === 1, 'the alarm');
    const offset = Number(alarms()[0]?.['offsetMs']);
    assert.ok(Math.abs(offset + HOUR_MS) < 5000, `${offset}`);
    assert.deepEqual(await reasons(), ['clock.wrong']);
    const said = await doctor();
    assert.equal(said.code, 2, said.out);
    assert.match(said.out, /^FAIL {2}clock .*this machine is 36\d\d s ahead\. Repair: switch time synchronisation on/m);
  });

  it('while it is wrong sells as ever, and shows each code to its end on the upstream’s clock', async () => {
    const sold = await shownOnGlass();
    simulator.pay(sold.paymentRequestId);
    assert.equal((await endOf(sold.paymentRequestId)).state, 'paid');
  });

  it('an hour back again moves nothing: the code stays, the sale is paid, and the doctor knows what happened', async () => {
    const sold = await shownOnGlass();
    machine.change({ wallOffsetMs: 0 });
    const inquiries = calls('inquiry', sold.paymentRequestId);
    await until(() => calls('inquiry', sold.paymentRequestId) >= inquiries + 3, 'the rhythm goes on', 6000);
    assert.equal(glass.readCode(), sold.orderCode?.value);
    simulator.pay(sold.paymentRequestId);
    assert.equal((await endOf(sold.paymentRequestId)).state, 'paid');
    const said = await doctor();
    assert.equal(said.code, 0, said.out);
    assert.match(said.out, /^OK {4}clock .*no difference/m);
    assert.match(said.out, /^WARN {2}clock .*running bridge: its time is 36\d\d s ahead of this machine's/m);
  });

  it('during a silent pay call sends nothing new and lets the upstream decide', async () => {
    simulator.setFaults([{ name: 'no_answer', call: 'pay' }]);
    const sold = (await till.sell({ laneId: 'free' }, 0)).json<WholePayment>();
    const id = sold.paymentRequestId;
    await until(() => calls('pay', id) === 1, 'the send');
    machine.change({ wallOffsetMs: 2 * HOUR_MS });
    const end = await endOf(id);
    assert.deepEqual([end.state, end.endedBy], ['cancelled', 'cancel_answer']);
    assert.equal(calls('pay', id), 1, 'an hour after the first send it is not repeated');
    assert.equal(simulator.order(id)?.state, 'cancelled');
    assert.equal(simulator.orders().filter(({ paymentRequestId }) => paymentRequestId === id).length, 1);
  });

  it('forth and back while cancelling: the cancel is repeated in its rhythm and nothing but its answer ends it', async () => {
    const sold = (await till.sell({ laneId: 'free' }, 10)).json<WholePayment>();
    const id = sold.paymentRequestId;
    assert.equal(sold.state, 'awaiting_payer');
    simulator.setFaults([{ name: 'deaf', call: 'cancel', times: 0 }]);
    assert.equal((await till.cancel(id)).status, 202);
    for (const wallOffsetMs of [3 * HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS]) {
      const sent = calls('cancel', id);
      machine.change({ wallOffsetMs });
      await until(() => calls('cancel', id) > sent + 1, 'two more cancels', 6000);
      const { state, next } = await till.read(id);
      assert.ok(state === 'cancelling' || state === 'needs_attention', state);
      assert.equal(next.newSaleAllowed, false);
    }
    simulator.setFaults([]);
    assert.equal((await endOf(id)).state, 'cancelled');
  });
});
