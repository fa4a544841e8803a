import assert from 'node:assert/strict';
import type { Fault } from '#src/simulator/fault-plan.js';
import { dialects } from '#src/upstream/dialects.js';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import { readRefund, refund, returnedThere, undo, untilUndo } from '../support/money-back.js';
import { ALL_SHOPS, chargeOf, type SiblingShop } from '../support/sibling-shops.js';

const NO_NOTIFICATIONS: Fault = { name: 'lose', times: 0 };
const NO_INQUIRIES: Fault = { name: 'deaf', call: 'inquiry', times: 0 };

/** A shop with a simulator of its own, and the moves of a sale that nobody has paid yet. */
interface OpenShop {
  readonly shop: Harness;
  /** Places a sale that stays open until somebody pays: a code to scan, or a debit that takes its time. */
  readonly open: () => Promise<SeenPayment>;
  readonly book: (id: string) => ReturnType<Harness['simulator']['order']>;
}

/** Whole sales through one dialect over HTTP, against the simulator's account book: what is promised for every dialect. */
export function dialectSaleSuite(dialect: string): void {
  const found = ALL_SHOPS.find((one) => one.dialect === dialect);
  assert.ok(found !== undefined, `no shop speaks ${dialect}`);
  const { options, sale, showsCode } = found;
  const at = {} as { shop: Harness };
  beforeEach(async () => {
    at.shop = await startHarness(options);
  });
  afterEach(() => at.shop.stop());
  const joined = (): OpenShop => ({
    shop: at.shop,
    open: () => at.shop.place(showsCode ? sale : chargeOf('MEMBER-SLOW')),
    book: (id) => at.shop.simulator.order(id),
  });
  fineSales(found, joined);
  silence(dialect, joined);
  ends(found, joined);
  notifications(dialect, joined);
  moneyBack(found, joined);
}

function fineSales({ dialect, sale, showsCode }: SiblingShop, joined: () => OpenShop): void {
  it(`(${dialect}) is signed rightly, charged once, paid by the upstream's word, and the till may hand over`, async () => {
    const { shop, book } = joined();
    const placed = await shop.place(sale);
    if (showsCode) {
      assert.equal(placed.state, 'awaiting_payer');
      assert.equal(placed.orderCode?.value, book(placed.paymentRequestId)?.code);
      shop.simulator.pay(placed.paymentRequestId);
    }
    const seen = await shop.untilState(placed.paymentRequestId, ['paid'], 10_000);
    assert.equal(seen.next.action, 'hand_over_goods');
    assert.equal(book(seen.paymentRequestId)?.timesCharged, 1);
    assert.equal(seen.orderCode, null);
    assert.ok(seen.paidAt !== null);
    assert.ok(shop.calls().every(({ signature }) => signature === 'good'));
    const receipt = (await shop.till(`/v1/payments/${seen.paymentRequestId}/receipt`)).json();
    assert.equal(receipt['brand'], dialects.find(({ id }) => id === dialect)?.brand);
    assert.ok(shop.simulator.notifications().every(({ state }) => state === 'acknowledged'));
  });

  it(`(${dialect}) ends paid without a single notification`, async () => {
    const { shop, open, book } = joined();
    shop.simulator.setFaults([NO_NOTIFICATIONS]);
    const placed = await open();
    shop.simulator.pay(placed.paymentRequestId);
    const seen = await shop.untilState(placed.paymentRequestId, ['paid'], 20_000);
    assert.equal(seen.endedBy, 'inquiry');
    assert.equal(book(seen.paymentRequestId)?.timesCharged, 1);
  });
}

function silence(dialect: string, joined: () => OpenShop): void {
  it(`(${dialect}) sends the same bytes again into silence, a few times, and then only asks and cancels`, async () => {
    const { shop, open } = joined();
    shop.simulator.setFaults([{ name: 'deaf', call: 'pay', times: 0 }, NO_NOTIFICATIONS]);
    const placed = await open();
    const seen = await shop.untilState(placed.paymentRequestId, ['cancelled', 'failed'], 400_000);
    assert.equal(seen.state, 'cancelled');
    const sent = shop.calls('pay', placed.paymentRequestId);
    assert.equal(sent.length, 3);
    assert.equal(new Set(sent.map(({ bodySha256 }) => bodySha256)).size, 1);
    assert.equal(new Set(sent.map(({ headers }) => String(headers['signature']))).size, 3, 'each send is signed anew');
  });

  it(`(${dialect}) survives a crash before its answer: the same bytes again, one charge`, async () => {
    const { shop, open, book } = joined();
    shop.simulator.setFaults([{ name: 'no_answer', call: 'pay', nth: 1 }]);
    const placed = await open();
    await shop.restart('thrownAway');
    await shop.clock.advance(2_000);
    const sent = shop.calls('pay', placed.paymentRequestId);
    assert.ok(sent.length >= 2);
    assert.equal(new Set(sent.map(({ bodySha256 }) => bodySha256)).size, 1);
    shop.simulator.pay(placed.paymentRequestId);
    const seen = await shop.untilState(placed.paymentRequestId, ['paid', 'cancelled'], 300_000);
    const kept = book(seen.paymentRequestId)?.kept?.value ?? '0';
    assert.equal(kept, seen.state === 'paid' ? '1980' : '0');
  });

  it(`(${dialect}) doubts an F after silence until an inquiry or a cancel has the last word`, async () => {
    const { shop, open } = joined();
    shop.simulator.setFaults([
      { name: 'deaf', call: 'pay', nth: 1 },
      { name: 'processed_result:RISK_REJECT:F', call: 'pay', nth: 2, times: 0 },
      NO_NOTIFICATIONS,
    ]);
    const placed = await open();
    await shop.clock.advance(10_000);
    const seen = await shop.untilState(placed.paymentRequestId, ['in_doubt', 'cancelling', 'cancelled', 'paid'], 30_000);
    assert.notEqual(seen.state, 'failed');
  });

  it(`(${dialect}) takes half an answer for none: the same bytes again, one charge at most`, async () => {
    const { shop, open, book } = joined();
    shop.simulator.setFaults([{ name: 'half_answer', call: 'pay', nth: 1 }]);
    const placed = await open();
    await shop.clock.advance(5_000);
    const sent = shop.calls('pay', placed.paymentRequestId);
    assert.ok(sent.length >= 2);
    assert.equal(new Set(sent.map(({ bodySha256 }) => bodySha256)).size, 1);
    shop.simulator.pay(placed.paymentRequestId);
    const seen = await shop.untilState(placed.paymentRequestId, ['paid', 'cancelled'], 300_000);
    const order = book(placed.paymentRequestId);
    assert.equal(order?.kept?.value, seen.state === 'paid' ? '1980' : '0');
    assert.ok((order?.timesCharged ?? 0) <= 1);
  });

  it(`(${dialect}) believes no unsigned F or U`, async () => {
    const { shop, open } = joined();
    shop.simulator.setFaults([{ name: 'unsigned_refusal:ACCESS_DENIED', call: 'pay', times: 0 }]);
    const placed = await open();
    await shop.clock.advance(15_000);
    const seen = await shop.read(placed.paymentRequestId);
    assert.notEqual(seen.state, 'failed');
  });
}

function ends({ dialect, showsCode, cancelsTheEnded = true }: SiblingShop, joined: () => OpenShop): void {
  it(`(${dialect}) ends unpaid when nobody pays in time, with nothing on the glass, nothing kept and a new sale allowed`, async () => {
    const { shop, open, book } = joined();
    shop.simulator.setFaults([NO_NOTIFICATIONS]);
    const placed = await open();
    const seen = await shop.untilState(placed.paymentRequestId, ['failed', 'cancelled'], 300_000);
    assert.equal(seen.orderCode, null);
    assert.equal(seen.next.newSaleAllowed, true);
    assert.equal(book(seen.paymentRequestId)?.kept?.value, '0');
    const [display] = seen.display;
    assert.equal(display?.state, showsCode ? 'cleared' : 'none');
  });

  // The order code's own word for an ended order, ORDER_IS_CLOSED, contradicts such an inquiry; its deadline has its tests in `deaf-after-the-code.test.ts`.
  if (cancelsTheEnded)
    it(`(${dialect}) is cancelled at the deadline when nobody pays and nobody says so`, async () => {
      const { shop, open, book } = joined();
      shop.simulator.setFaults([NO_NOTIFICATIONS, { name: 'payment_result:PAYMENT_IN_PROCESS:U', call: 'inquiry', times: 0 }]);
      const placed = await open();
      const seen = await shop.untilState(placed.paymentRequestId, ['cancelled'], 300_000);
      assert.equal(seen.cancelledBy, 'bridge');
      assert.equal(seen.cancelReason, 'deadline');
      assert.equal(book(seen.paymentRequestId)?.kept?.value, '0');
    });

  it(`(${dialect}) is cancelled by the till through a lost answer to the cancel, and nothing is kept`, async () => {
    const { shop, open, book } = joined();
    shop.simulator.setFaults([{ name: 'no_answer', call: 'cancel', nth: 1 }]);
    const placed = await open();
    assert.equal((await shop.cancel(placed.paymentRequestId)).status, 202);
    const seen = await shop.untilState(placed.paymentRequestId, ['cancelled'], 60_000);
    assert.equal(seen.cancelledBy, 'terminal');
    assert.equal(book(seen.paymentRequestId)?.kept?.value ?? '0', '0');
    assert.equal(shop.calls('cancel').length, 2);
    assert.equal(new Set(shop.calls('cancel').map(({ bodySha256 }) => bodySha256)).size, 1);
  });
}

function notifications(dialect: string, joined: () => OpenShop): void {
  it(`(${dialect}) is paid by a notification alone, and the same one again changes nothing and is acknowledged`, async () => {
    const { shop, open } = joined();
    shop.simulator.setFaults([NO_INQUIRIES]);
    const { paymentRequestId: id } = await open();
    shop.simulator.pay(id);
    const seen = await shop.untilState(id, ['paid'], 5_000);
    assert.equal(seen.endedBy, 'notification');
    const [notice] = shop.simulator.notifications();
    const again = await shop.simulator.resend(notice?.id ?? '?', { times: 2 });
    assert.ok(Array.isArray(again) && again.length === 2 && again.every(({ acknowledged }) => acknowledged));
    assert.equal((await shop.read(id)).version, seen.version);
  });

  it(`(${dialect}) is refused by a notification alone, and the cashier may offer other means`, async () => {
    const { shop, open } = joined();
    shop.simulator.setFaults([NO_INQUIRIES]);
    const { paymentRequestId: id } = await open();
    shop.simulator.decline(id, 'USER_BALANCE_NOT_ENOUGH');
    const seen = await shop.untilState(id, ['failed'], 5_000);
    assert.equal(seen.endedBy, 'notification');
    assert.deepEqual([seen.failure?.reason, seen.failure?.advice], ['refused', 'other_means']);
  });

  it(`(${dialect}) is not moved by a notification that is unsigned, signed by somebody else or changed on its way`, async () => {
    const { shop, open } = joined();
    const { paymentRequestId: id } = await open();
    const { state, version } = await shop.read(id);
    shop.simulator.setFaults([NO_INQUIRIES]);
    for (const tamper of ['unsigned', 'stranger_key', 'client_key', 'body_byte', 'path', 'time']) {
      const delivery = await shop.simulator.inventNotification(id, 'SUCCESS', 'S', tamper);
      assert.ok(typeof delivery === 'object' && !delivery.acknowledged, tamper);
    }
    const seen = await shop.read(id);
    assert.deepEqual([seen.state, seen.version], [state, version]);
  });
}

function moneyBack({ dialect, listsRefunds = false, saysCancelled = true }: SiblingShop, joined: () => OpenShop): void {
  /** A paid sale, and a refund of 500 whose first send stays without an answer and whose repeats are answered as told. */
  async function refundedInSilence(faults: readonly Fault[]): Promise<string> {
    const { shop, open } = joined();
    const { paymentRequestId: id } = await open();
    shop.simulator.pay(id);
    await shop.untilState(id, ['paid'], 20_000);
    shop.simulator.setFaults(faults);
    assert.equal((await refund(shop, id, '500', { reference: 'R-A' })).status, 201);
    return id;
  }

  /** The states in which the refund stands, until `last` or for four minutes; the money is never free for a second refund. */
  async function statesUntil(shop: Harness, id: string, last: string): Promise<ReadonlySet<string>> {
    const states = new Set<string>();
    for (let step = 0; step < 80 && !states.has(last); step += 1) {
      await shop.clock.advance(3_000);
      const { state } = await readRefund(shop, id, 'R-A');
      states.add(state);
      if (state === 'refused') continue;
      const again = await refund(shop, id, '1980', { reference: 'R-ALL' });
      assert.deepEqual([again.status, again.json()['code']], [409, 'refund_exceeds_payment']);
    }
    return states;
  }

  it(`(${dialect}) never calls a refund refused that was carried out in silence: it ends refunded, once`, async () => {
    const { shop } = joined();
    const id = await refundedInSilence([
      { name: 'no_answer', call: 'refund' },
      { name: 'processed_result:PROCESS_FAIL:F', call: 'refund', nth: 2 },
    ]);
    const states = await statesUntil(shop, id, 'refunded');
    assert.deepEqual([states.has('in_doubt'), states.has('refused'), states.has('refunded')], [true, false, true]);
    assert.equal(returnedThere(shop, id), '500');
    assert.equal(new Set(shop.calls('refund').map(({ bodySha256 }) => bodySha256)).size, 1);
  });

  it(`(${dialect}) ${listsRefunds ? 'ends' : 'does not end'} a refund that was never made and is refused after a silence`, async () => {
    const { shop } = joined();
    const id = await refundedInSilence([
      { name: 'deaf', call: 'refund' },
      { name: 'result:PROCESS_FAIL:F', call: 'refund', nth: 2, times: 0 },
    ]);
    const states = await statesUntil(shop, id, 'refused');
    assert.equal(states.has('refused'), listsRefunds);
    const sends = shop.calls('refund');
    assert.ok(listsRefunds ? sends.length === 2 : sends.length > 4, `${sends.length} sends`);
    assert.equal(new Set(sends.map(({ bodySha256 }) => bodySha256)).size, 1);
  });
  it(`(${dialect}) ${saysCancelled ? 'calls an undo done' : 'leaves an undo to people'} whose cancel was carried out in silence and refused when repeated`, async () => {
    const { shop, open } = joined();
    const { paymentRequestId: id } = await open();
    shop.simulator.pay(id);
    await shop.untilState(id, ['paid'], 20_000);
    shop.simulator.setFaults([
      { name: 'no_answer', call: 'cancel' },
      { name: 'processed_result:BRAND_NEW_REFUSAL:F', call: 'cancel', nth: 2, times: 0 },
    ]);
    await undo(shop, id);
    const seen = await untilUndo(shop, id, saysCancelled ? 'done' : 'refused');
    assert.equal(seen.state, 'paid');
    assert.equal(shop.simulator.order(id)?.kept?.value, '0');
    assert.equal(seen.next.action, saysCancelled ? 'start_new_sale' : 'ask_back_office');
  });
}
