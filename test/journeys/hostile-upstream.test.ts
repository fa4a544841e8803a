import assert from 'node:assert/strict';
import type { Fault } from '#src/simulator/fault-plan.js';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';

/** Whole and honest answers that come in an odd way. */
const ODD_BUT_RIGHT = [
  'in_parts:40',
  'trickle:3000',
  'chunked',
  'then_closed',
  'answer_twice',
  'unknown_fields',
  'two_codes',
  'expire_zone:+0000',
  'expire_zone:-0930',
  'expire_zone:+0545',
];
const SHORT = { expiresInSeconds: 30 };
const ENDS = ['paid', 'failed', 'cancelled'];

describe('hostile upstream', () => {
  let shop: Harness;
  beforeEach(async () => {
    shop = await startHarness();
  });
  afterEach(() => shop.stop());

  const play = (...faults: Fault[]) => assert.equal(shop.simulator.setFaults(faults), undefined);
  const frames = () =>
    shop
      .bridge()
      .virtualGlasses('lane-1')[0]
      ?.history()
      .map(({ frame }) => frame) ?? [];
  const codesShown = () => frames().flatMap((frame) => (frame.kind === 'scan' ? [frame.codeText] : []));
  const booked = (id: string) => {
    const { state, timesCharged, kept } = shop.simulator.order(id) ?? {};
    return { state, timesCharged, kept: kept?.value };
  };
  const kinds = ({ alerts }: SeenPayment) => alerts.map(({ kind }) => kind);

  for (const name of ODD_BUT_RIGHT) {
    it(`whose right answer to pay comes as ${name} is believed at the first send, until the right end`, async () => {
      play({ name, call: 'pay' });
      const placed = await shop.place();
      const seen = await shop.untilState(placed.paymentRequestId, ['awaiting_payer'], 4_000);
      const order = shop.simulator.order(placed.paymentRequestId);
      assert.deepEqual([seen.sends, seen.orderCode?.value, seen.orderCode?.expiresAt], [1, order?.code, order?.expiresAt]);
      await shop.clock.until(() => codesShown().length > 0, 'the code on the glass');
      assert.deepEqual(codesShown(), [order?.code]);
      shop.simulator.pay(placed.paymentRequestId);
      assert.equal((await shop.untilState(placed.paymentRequestId, ENDS, 1_000)).endedBy, 'notification');
    });
  }

  for (const name of ['in_parts:40', 'trickle:3000', 'chunked', 'then_closed']) {
    it(`whose every answer comes as ${name} is understood, through inquiry and cancel`, async () => {
      play({ name, times: 0 });
      const placed = await shop.place();
      const { paymentRequestId: id } = await shop.untilState(placed.paymentRequestId, ['awaiting_payer'], 4_000);
      await shop.clock.advance(12_000);
      assert.ok(shop.calls('inquiry', id).length >= 2);
      await shop.cancel(id);
      const seen = await shop.untilState(id, ENDS, 10_000);
      assert.deepEqual([seen.state, seen.sends, shop.calls('cancel', id).length], ['cancelled', 1, 1]);
      assert.ok(!shop.logLines.some((line) => line.includes('upstream did not answer')));
    });
  }

  it('whose very first answer is an hour ahead: the sale is given up unseen, and the next one is sold', async () => {
    play({ name: 'future_time', call: 'pay' });
    const { paymentRequestId: id } = await shop.place();
    const seen = await shop.untilState(id, ENDS, 20_000);
    assert.deepEqual([seen.state, booked(id).state, codesShown()], ['cancelled', 'cancelled', []]);
    const next = await shop.place();
    assert.equal(next.orderCode?.expiresAt, shop.simulator.order(next.paymentRequestId)?.expiresAt);
  });

  it('that gives a repeat another code: the one that pays is on the glass', async () => {
    play({ name: 'reset_after', call: 'pay' }, { name: 'code_anew', call: 'pay', nth: 2 });
    const { paymentRequestId: id } = await shop.place();
    const seen = await shop.untilState(id, ['awaiting_payer'], 5_000);
    assert.equal(seen.orderCode?.value, shop.simulator.order(id)?.code);
    await shop.clock.until(() => codesShown().length > 0, 'the code on the glass');
    assert.deepEqual(
      codesShown().map((code) => shop.simulator.scan(code).kind),
      ['done'],
    );
  });

  it('that says a code ended an hour ago: it is never shown, and the order is cancelled at once', async () => {
    play({ name: 'expire_shift:-3600', call: 'pay' });
    const { paymentRequestId: id } = await shop.place();
    const seen = await shop.untilState(id, ENDS, 20_000);
    assert.deepEqual([seen.state, seen.cancelReason], ['cancelled', 'deadline']);
    assert.deepEqual(codesShown(), []);
    assert.equal(booked(id).state, 'cancelled');
  });

  it('that says a code lives until tomorrow: it goes with the order all the same', async () => {
    play({ name: 'expire_shift:86400', call: 'pay' }, { name: 'lose', times: 0 });
    const { paymentRequestId: id } = await shop.place();
    await shop.clock.advance(179_000);
    assert.equal((await shop.read(id)).state, 'awaiting_payer');
    const seen = await shop.untilState(id, ENDS, 10_000);
    assert.deepEqual([seen.state, seen.failure?.resultCode], ['failed', 'ORDER_IS_CLOSED']);
    assert.notEqual(frames().at(-1)?.kind, 'scan');
  });

  describe('whose payer pays in the last millisecond of the order', () => {
    it('is paid by the notification', async () => {
      play({ name: 'pays_at_expiry', call: 'pay' });
      const { paymentRequestId: id } = await shop.place(SHORT);
      await shop.clock.advance(29_000);
      assert.equal((await shop.read(id)).state, 'awaiting_payer');
      const seen = await shop.untilState(id, ENDS, 1_500);
      assert.deepEqual([seen.state, seen.endedBy, kinds(seen)], ['paid', 'notification', []]);
    });

    it('is paid by the inquiry when the notification is lost, with the glass blank', async () => {
      play({ name: 'pays_at_expiry', call: 'pay' }, { name: 'lose', times: 0 });
      const { paymentRequestId: id } = await shop.place(SHORT);
      await shop.clock.advance(30_500);
      assert.equal((await shop.read(id)).state, 'in_doubt');
      assert.notEqual(frames().at(-1)?.kind, 'scan');
      const seen = await shop.untilState(id, ENDS, 10_000);
      assert.deepEqual([seen.state, seen.endedBy, kinds(seen)], ['paid', 'inquiry', []]);
      assert.deepEqual(booked(id), { state: 'paid', timesCharged: 1, kept: '1980' });
    });

    it('has the money back when nothing said so before the cancel', async () => {
      play({ name: 'pays_at_expiry', call: 'pay' }, { name: 'lose', times: 0 }, { name: 'deaf', call: 'inquiry', times: 0 });
      const { paymentRequestId: id } = await shop.place(SHORT);
      const seen = await shop.untilState(id, ENDS, 90_000);
      assert.deepEqual([seen.state, seen.cancelReason], ['cancelled', 'deadline']);
      assert.deepEqual(booked(id), { state: 'cancelled', timesCharged: 1, kept: '0' });
    });
  });

  describe('whose payer is faster than the cancel', () => {
    for (const call of ['inquiry', 'cancel'] as const) {
      it(`by the length of the ${call}: the till hears what the account book says`, async () => {
        const { paymentRequestId: id } = await shop.place();
        play({ name: 'pays_first', call }, { name: 'lose', times: 0 });
        await shop.cancel(id);
        const seen = await shop.untilState(id, ENDS, 10_000);
        assert.equal(seen.state, call === 'inquiry' ? 'paid' : 'cancelled');
        const kept = call === 'inquiry' ? '1980' : '0';
        assert.deepEqual(booked(id), { state: seen.state, timesCharged: 1, kept });
      });
    }
  });

  it('that answers a cancel S and charges the payer all the same: cancelled, with an alert', async () => {
    const { paymentRequestId: id } = await shop.place();
    play({ name: 'paid_after_cancel' });
    await shop.cancel(id);
    await shop.untilState(id, ENDS, 10_000);
    await shop.clock.advance(30_000);
    const seen = await shop.read(id);
    assert.deepEqual([seen.state, kinds(seen)], ['cancelled', ['paid_after_cancelled']]);
    assert.deepEqual([seen.next.action, seen.next.newSaleAllowed], ['ask_back_office', false]);
  });

  it('that answers a cancel S and does nothing, whose payer kept a picture of the code: an alert when he pays', async () => {
    const { paymentRequestId: id } = await shop.place();
    play({ name: 'empty_promise' });
    await shop.cancel(id);
    assert.equal((await shop.untilState(id, ENDS, 10_000)).state, 'cancelled');
    assert.equal((await shop.read(id)).next.newSaleAllowed, true);
    shop.simulator.pay(id);
    await shop.clock.advance(5_000);
    const seen = await shop.read(id);
    assert.deepEqual([seen.state, kinds(seen)], ['cancelled', ['paid_after_cancelled']]);
    assert.equal(seen.next.newSaleAllowed, false);
  });

  describe('whose notification', () => {
    async function paidWith(...faults: Fault[]): Promise<string> {
      const { paymentRequestId: id } = await shop.place();
      play(...faults);
      shop.simulator.pay(id);
      await shop.clock.settle();
      return id;
    }

    it('comes twenty times at the same moment is one end, acknowledged twenty times', async () => {
      const id = await paidWith({ name: 'burst:20' });
      await shop.clock.until(() => shop.simulator.notifications()[0]?.deliveries.length === 20, 'all of them');
      assert.ok(shop.simulator.notifications()[0]?.deliveries.every(({ acknowledged }) => acknowledged));
      const seen = await shop.read(id);
      assert.deepEqual([seen.state, seen.endedBy, kinds(seen)], ['paid', 'notification', []]);
      const moves = (await shop.timeline(id)).filter(({ detail }) => detail['to'] === 'paid' && detail['decision'] === 'moved');
      assert.equal(moves.length, 1);
    });

    it('hangs up before it hears the acknowledgement is applied all the same', async () => {
      const id = await paidWith({ name: 'hang_up' });
      const seen = await shop.untilState(id, ENDS, 4_000);
      assert.deepEqual([seen.state, seen.endedBy], ['paid', 'notification']);
    });

    it('writes the amount as a number is kept aside, and the inquiry ends the payment', async () => {
      const id = await paidWith({ name: 'numeric_amount', call: 'notification' });
      assert.equal(shop.simulator.notifications()[0]?.state, 'acknowledged');
      assert.equal((await shop.read(id)).state, 'awaiting_payer');
      const seen = await shop.untilState(id, ENDS, 6_000);
      assert.deepEqual([seen.state, seen.endedBy, kinds(seen)], ['paid', 'inquiry', []]);
    });
  });
});
