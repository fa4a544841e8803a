import assert from 'node:assert/strict';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';

const FINAL = ['paid', 'failed', 'cancelled'];

describe('when the upstream is silent', function () {
  // Half an hour of shop time in small turns.
  this.timeout(180_000);
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness();
  });
  afterEach(() => shop.stop());

  const pays = () => shop.simulator.calls().filter(({ call }) => call === 'pay');
  const glass = () => shop.bridge().virtualGlasses('lane-1')[0];

  /** Posts a sale and turns the clock until it comes to one of the states. */
  async function sellUntil(states: readonly string[]): Promise<SeenPayment> {
    const answer = shop.sell();
    let id: string | undefined;
    await shop.clock.advanceUntil(
      async () => {
        const open = (await shop.till('/v1/payments')).json<{ payments: SeenPayment[] }>().payments[0];
        id = open?.paymentRequestId;
        return open !== undefined && states.includes(open.state);
      },
      `a sale in ${states.join(' or ')}`,
      { stepMs: 250, limitMs: 60_000 },
    );
    await answer;
    return shop.read(id ?? '');
  }

  it('sends the same bytes three times with three signatures, and there is one order', async () => {
    shop.simulator.setFaults([
      { name: 'no_answer', call: 'pay', times: 1 },
      { name: 'deaf', call: 'pay', nth: 2 },
    ]);
    const seen = await sellUntil(['awaiting_payer']);
    assert.equal(seen.sends, 3);
    assert.equal(pays().length, 3);
    assert.equal(new Set(pays().map(({ bodySha256 }) => bodySha256)).size, 1);
    const header = (name: string) =>
      new Set(pays().map(({ headers }) => Object.entries(headers).find(([n]) => n.toLowerCase() === name)?.[1]));
    assert.equal(header('signature').size, 3);
    assert.equal(header('request-time').size, 3);
    assert.equal(shop.simulator.orders().length, 1);
    assert.equal(seen.orderCode?.value, shop.simulator.orders()[0]?.code);
  });

  it('a refusal after silence does not end the payment: the inquiry does', async () => {
    shop.simulator.setFaults([
      { name: 'no_answer', call: 'pay' },
      { name: 'result:RISK_REJECT:F', call: 'pay', nth: 2 },
      { name: 'deaf', call: 'inquiry', times: 2 },
    ]);
    const doubt = await sellUntil(['in_doubt']);
    assert.equal(doubt.failure, null);
    assert.equal(doubt.next.newSaleAllowed, false);
    shop.simulator.pay(doubt.paymentRequestId);
    const end = await shop.untilState(doubt.paymentRequestId, FINAL);
    assert.equal(end.state, 'paid', 'the first send had placed the order, and it was paid');
  });

  it('every payment ends right without a single notification', async () => {
    shop.simulator.setFaults([{ name: 'lose', call: 'notification', times: 0 }]);
    const paid = await sellUntil(['awaiting_payer']);
    shop.simulator.pay(paid.paymentRequestId);
    assert.equal((await shop.untilState(paid.paymentRequestId, FINAL)).endedBy, 'inquiry');

    const declined = await sellUntil(['awaiting_payer']);
    shop.simulator.decline(declined.paymentRequestId, 'USER_BALANCE_NOT_ENOUGH');
    const failed = await shop.untilState(declined.paymentRequestId, FINAL);
    assert.deepEqual(failed.failure, { reason: 'refused', resultCode: 'USER_BALANCE_NOT_ENOUGH', advice: 'other_means' });

    const left = await sellUntil(['awaiting_payer']);
    const expired = await shop.untilState(left.paymentRequestId, FINAL);
    assert.equal(expired.state, 'failed');
    assert.equal(expired.failure?.reason, 'expired');

    const aborted = await sellUntil(['awaiting_payer']);
    await shop.cancel(aborted.paymentRequestId);
    assert.equal((await shop.untilState(aborted.paymentRequestId, FINAL)).state, 'cancelled');
    assert.deepEqual(
      shop.simulator.orders().map(({ state }) => state),
      ['paid', 'closed', 'closed', 'cancelled'],
    );
  });

  it('wholly deaf after the code: the glass blanks at expiry, a person is asked, nothing ends by guess', async () => {
    const seen = await sellUntil(['awaiting_payer']);
    const id = seen.paymentRequestId;
    await shop.clock.until(() => glass()?.frame().kind === 'scan', 'the code on the glass');
    const expiresAt = Date.parse(seen.orderCode?.expiresAt ?? '');
    shop.simulator.setFaults([{ name: 'lose', call: 'notification', times: 0 }]);
    await shop.simulator.setReachable(false);
    await shop.clock.advance(expiresAt - shop.clock.now() - 1000);
    assert.equal(glass()?.frame().kind, 'scan', 'still there one second before');
    await shop.clock.advance(1000);
    await shop.clock.until(() => glass()?.frame().kind !== 'scan', 'the glass without the code at expiry');
    const lateAt = shop.clock.now() - expiresAt;
    assert.ok(lateAt <= 1000, `${lateAt} ms late`);
    assert.equal((await shop.read(id)).orderCode, null);

    const attention = await shop.untilState(id, ['needs_attention', ...FINAL]);
    assert.equal(attention.state, 'needs_attention');
    assert.equal(attention.next.action, 'ask_back_office');
    assert.equal(attention.customerMayPay, 'possible');
    assert.ok(shop.clock.now() - expiresAt <= 120_000, `${shop.clock.now() - expiresAt} ms after expiry`);
    await shop.clock.advance(900_000);
    assert.equal((await shop.read(id)).state, 'needs_attention', 'a quarter of an hour later still nobody guessed');

    await shop.simulator.setReachable(true);
    const end = await shop.untilState(id, FINAL);
    assert.equal(end.state, 'cancelled');
    assert.equal(end.cancelReason, 'deadline');
    assert.equal((await shop.sell()).status, 201, 'the lane took the next sale');
  });

  it('deaf while the customer pays: what stands in the upstream books is what the till hears in the end', async () => {
    const seen = await sellUntil(['awaiting_payer']);
    const id = seen.paymentRequestId;
    shop.simulator.setFaults([
      { name: 'lose', call: 'notification', times: 0 },
      { name: 'deaf', call: 'inquiry', times: 0 },
      { name: 'deaf', call: 'cancel', times: 0 },
    ]);
    shop.simulator.pay(id);
    assert.equal((await shop.untilState(id, ['needs_attention', ...FINAL])).state, 'needs_attention');
    shop.simulator.setFaults([]);
    const end = await shop.untilState(id, FINAL);
    const [order] = shop.simulator.orders();
    // A cancel had been sent: its answer decides, and it gave the money back.
    assert.equal(end.state, 'cancelled');
    assert.equal(order?.state, 'cancelled');
    assert.equal(order?.kept?.value, '0');
  });
});
