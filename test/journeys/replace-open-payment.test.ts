import assert from 'node:assert/strict';
import { type Harness, SECOND_TILL_KEY, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import type { HttpAnswer } from '../support/http-call.js';

type Busy = { readonly code: string; readonly openPayment: Readonly<Record<string, string>> };

describe('second sale on a lane with an open payment', () => {
  let shop: Harness;
  let open: SeenPayment;
  beforeEach(async () => {
    shop = await startHarness({ displays: [] });
    open = await shop.place({ saleReference: 'FIRST-1' });
  });
  afterEach(() => shop.stop());

  /** Posts while the clock is turned a little after the call came in. */
  async function replacing(sale: Record<string, unknown> = {}, waitSeconds = 3, turnMs = 0): Promise<HttpAnswer> {
    const answer = shop.sell({ replaceOpenPayment: true, ...sale }, waitSeconds);
    if (turnMs > 0) await shop.clock.advance(turnMs);
    return answer;
  }
  const firstState = async () => (await shop.read(open.paymentRequestId)).state;

  it('is refused as lane_busy, with the open payment named, and uses up nothing', async () => {
    const answer = await shop.sell({ saleReference: 'SECOND-1' });
    assert.equal(answer.status, 409);
    const { code, openPayment } = answer.json<Busy & Record<string, unknown>>();
    assert.equal(code, 'lane_busy');
    assert.deepEqual(openPayment, {
      paymentRequestId: open.paymentRequestId,
      saleReference: 'FIRST-1',
      terminalId: 'T01',
      state: 'awaiting_payer',
    });
    assert.equal(shop.calls('pay').length, 1);
    await shop.cancel(open.paymentRequestId);
    await shop.clock.settle();
    assert.equal((await shop.sell({ saleReference: 'SECOND-1' })).status, 201);
  });

  it('with replaceOpenPayment cancels the open one and is created', async () => {
    const answer = await replacing();
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.json()['state'], 'awaiting_payer');
    const first = await shop.read(open.paymentRequestId);
    assert.deepEqual([first.state, first.cancelledBy], ['cancelled', 'terminal']);
    assert.deepEqual(
      shop.calls().map(({ call }) => call),
      ['pay', 'inquiry', 'cancel', 'pay'],
    );
  });

  it('with replaceOpenPayment is created when the open one turns out to have failed', async () => {
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    shop.simulator.decline(open.paymentRequestId, 'USER_BALANCE_NOT_ENOUGH');
    assert.equal((await replacing()).status, 201);
    assert.equal(await firstState(), 'failed');
  });

  it('with replaceOpenPayment is refused as open_payment_paid when the open one was paid', async () => {
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    shop.simulator.pay(open.paymentRequestId);
    const answer = await replacing();
    assert.equal(answer.status, 409);
    const { code, openPayment } = answer.json<Busy & Record<string, unknown>>();
    assert.equal(code, 'open_payment_paid');
    assert.equal(openPayment['state'], 'paid');
    assert.equal(shop.calls('pay').length, 1);
  });

  it('with replaceOpenPayment is refused while the cancel is undecided, which goes on', async () => {
    shop.simulator.setFaults([{ name: 'deaf', call: 'cancel', times: 0 }]);
    const answer = await replacing({ saleReference: 'SECOND-2' }, 3, 3_100);
    assert.equal(answer.status, 409);
    const { code, openPayment } = answer.json<Busy & Record<string, unknown>>();
    assert.deepEqual([code, openPayment['state']], ['lane_busy', 'cancelling']);
    shop.simulator.setFaults([]);
    await shop.untilState(open.paymentRequestId, ['cancelled'], 30_000);
    assert.equal((await shop.sell({ saleReference: 'SECOND-2' })).status, 201);
  });

  it('with replaceOpenPayment is created when the open one comes to need attention within the wait', async () => {
    shop.simulator.setFaults([
      { name: 'result:PROCESS_FAIL:F', call: 'cancel' },
      { name: 'lose', times: 0 },
    ]);
    const answer = await replacing();
    assert.equal(answer.status, 201, answer.text);
    assert.equal(await firstState(), 'needs_attention');
  });

  it('with replaceOpenPayment needs the right to cancel, and without it cancels nothing', async () => {
    const answer = await shop.till('/v1/payments', {
      json: {
        saleReference: 'T02-1',
        amount: { currency: 'JPY', value: '10' },
        description: 'x',
        replaceOpenPayment: true,
      },
      headers: { Authorization: `Bearer ${SECOND_TILL_KEY}` },
    });
    assert.equal(answer.status, 403);
    await shop.clock.settle();
    assert.equal(await firstState(), 'awaiting_payer');
  });

  it('that is a repeat of the open one is that payment, and cancels nothing', async () => {
    const answer = await replacing({ saleReference: 'FIRST-1' });
    assert.equal(answer.status, 200);
    assert.equal(answer.json()['paymentRequestId'], open.paymentRequestId);
    await shop.clock.settle();
    assert.equal(await firstState(), 'awaiting_payer');
  });

  it('that uses its reference for something else is a conflict, and cancels nothing', async () => {
    const answer = await replacing({ saleReference: 'FIRST-1', description: 'something else' });
    assert.equal(answer.json()['code'], 'sale_conflict');
    await shop.clock.settle();
    assert.equal(await firstState(), 'awaiting_payer');
  });

  it('that is posted many times at once with replaceOpenPayment is one payment and one order', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => replacing({ saleReference: 'SAME-1' }, 10)));
    await shop.clock.settle();
    const ids = new Set(answers.filter(({ status }) => status < 300).map((answer) => answer.json()['paymentRequestId']));
    assert.equal(ids.size, 1);
    assert.equal(answers.filter(({ status }) => status === 201).length, 1, answers.map(({ status }) => status).join());
    assert.ok(
      answers.every(({ status }) => status === 200 || status === 201),
      answers.map(({ text }) => text).join('\n'),
    );
    const [id] = ids;
    assert.equal((await shop.read(String(id))).state, 'awaiting_payer');
    assert.equal(shop.calls('cancel').length, 1);
  });

  it('is welcome on another lane', async () => {
    const wide = await startHarness({ displays: [], lanes: ['lane-1', 'lane-2'] });
    try {
      await wide.place({ laneId: 'lane-1' });
      assert.equal((await wide.place({ laneId: 'lane-2' })).state, 'awaiting_payer');
    } finally {
      await wide.stop();
    }
  });
});
