import assert from 'node:assert/strict';
import { createTroubles, type Troubles } from '#src/demo/troubles.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { httpCall } from '../support/http-call.js';

describe('troubles of the demo', () => {
  let simulator: UpstreamSimulator;
  let troubles: Troubles;
  let line: { whole: boolean };
  let parts: Parameters<typeof createTroubles>[0];

  beforeEach(async () => {
    simulator = await createUpstreamSimulator();
    line = { whole: true };
    const breakable = {
      isWhole: () => line.whole,
      setWhole: async (whole: boolean) => {
        line.whole = whole;
      },
    };
    const display = { isWhole: () => true, setWhole: async () => {} };
    parts = { simulator, network: breakable, display, upstream: 'Alipay+', showsCode: true, repeatsCode: true };
    troubles = createTroubles(parts);
  });

  afterEach(() => simulator.stop());

  const on = () => troubles.list().flatMap((trouble) => (trouble.on ? [trouble.name] : []));

  it('arms several at once and disarms one without the others', async () => {
    await troubles.set('no_answer', true);
    await troubles.set('lose_notification', true);
    assert.deepEqual(on(), ['lose_notification', 'no_answer']);
    await troubles.set('no_answer', false);
    assert.deepEqual(on(), ['lose_notification']);
  });

  it('is over after it was played once, and others stay armed', async () => {
    await troubles.set('wrong_signature', true);
    await troubles.set('lose_notification', true);
    await httpCall(`${simulator.url}/aps/api/v1/payments/inquiryPayment`, { json: { paymentRequestId: 'nobody' } });
    assert.deepEqual(on(), ['lose_notification']);
    await troubles.set('traffic_limit', true);
    assert.deepEqual(on(), ['lose_notification', 'traffic_limit']);
  });

  it('keeps faults that somebody else set through /sim/faults', async () => {
    simulator.setFaults([{ name: 'slow:10', call: 'inquiry', times: 0 }]);
    await troubles.set('no_answer', true);
    assert.deepEqual(
      simulator.faults().map(({ name }) => name),
      ['slow:10', 'no_answer'],
    );
  });

  it('switches the line and says so', async () => {
    await troubles.set('network', true);
    assert.equal(line.whole, false);
    assert.deepEqual(on(), ['network']);
    await troubles.set('network', false);
    assert.deepEqual(on(), []);
  });

  it('knows nothing of other names', async () => {
    assert.equal(await troubles.set('coffee', true), false);
  });

  it('calls the upstream by its name, and speaks of no code where nothing is scanned', () => {
    const words = createTroubles({ ...parts, upstream: 'Antom', showsCode: false }).list();
    const all = words.map(({ label, watch }) => `${label} ${watch}`).join(' ');
    assert.match(all, /Cut the network to Antom/);
    assert.doesNotMatch(all, /Alipay|upstream|code/);
  });

  it('promises no second code where a repeat brings none', () => {
    const said = (repeatsCode: boolean) =>
      createTroubles({ ...parts, upstream: 'Mini Program', repeatsCode })
        .list()
        .find(({ name }) => name === 'no_answer')?.watch ?? '';
    assert.match(said(true), /still one order, one charge/);
    assert.match(said(false), /Mini Program tells a code only once, so the bridge cancels the sale/);
  });
});
