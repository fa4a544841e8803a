import assert from 'node:assert/strict';
import { utcText } from '#src/base/clock.js';
import { UPSTREAM_PRIVATE_PEM } from '#src/simulator/throwaway-keys.js';
import { readPrivateKey, signatureHeader } from '#src/upstream/signature.js';
import { CLIENT_ID, type Harness, startHarness } from '../support/bridge-harness.js';
import { siblingShop } from '../support/sibling-shops.js';

const PATH = '/hooks/rebell/cashier';
const ADDRESS = 'https://code.example/o/7f3Kq9';

describe('cashier address of Rebell that comes by a message of its own', () => {
  let shop: Harness;
  beforeEach(async () => {
    const { options } = siblingShop('rebell_cashier');
    shop = await startHarness({ ...options, cashierNotifyPath: PATH });
    shop.simulator.setFaults([{ name: 'no_address', call: 'pay', times: 0 }]);
  });
  afterEach(() => shop.stop());

  async function tell(message: Record<string, string>) {
    const body = JSON.stringify(message);
    const time = utcText(shop.clock.now());
    const key = {
      privateKey: readPrivateKey(UPSTREAM_PRIVATE_PEM),
      keyVersion: '1',
      encoding: 'plain' as const,
      algorithmText: 'SHA256withRSA',
    };
    const signature = await signatureHeader(key, { path: PATH, clientId: CLIENT_ID, time }, Buffer.from(body));
    return shop.notify({ 'Client-Id': CLIENT_ID, 'Request-Time': time, Signature: signature }, body, PATH);
  }

  it('brings the code onto the glass, and the sale goes on as any other', async () => {
    const placed = await shop.place();
    assert.equal(placed.state, 'in_doubt', 'accepted, and no code yet: nothing is cancelled');
    const answer = await tell({ paymentId: placed.paymentId ?? '', cashierRedirectUrl: ADDRESS });
    assert.equal(answer.status, 200);
    assert.ok(answer.text.includes('"S"'));
    await shop.clock.settle();
    const seen = await shop.read(placed.paymentRequestId);
    assert.equal(seen.state, 'awaiting_payer');
    assert.equal(seen.orderCode?.value, ADDRESS);
    shop.simulator.pay(placed.paymentRequestId);
    assert.equal((await shop.untilState(placed.paymentRequestId, ['paid'], 20_000)).state, 'paid');
  });

  it('in the shape that names it by our id alone brings the code, too', async () => {
    const placed = await shop.place();
    const answer = await tell({ paymentRequestId: placed.paymentRequestId, cashierUrl: ADDRESS, status: 'SUCCESS' });
    assert.ok(answer.text.includes('"S"'));
    await shop.clock.settle();
    const seen = await shop.read(placed.paymentRequestId);
    assert.deepEqual([seen.state, seen.orderCode?.value], ['awaiting_payer', ADDRESS]);
  });

  it('by our id alone, before the answer to the pay request came, is kept until it has', async () => {
    shop.simulator.setFaults([
      { name: 'no_answer', call: 'pay' },
      { name: 'no_address', call: 'pay', nth: 2, times: 0 },
    ]);
    const placed = await shop.place();
    assert.equal(placed.state, 'submitting');
    const answer = await tell({ paymentRequestId: placed.paymentRequestId, cashierUrl: ADDRESS });
    assert.ok(answer.text.includes('UNKNOWN_EXCEPTION'));
    const seen = await shop.untilState(placed.paymentRequestId, ['awaiting_payer'], 20_000);
    assert.equal(seen.orderCode?.value, ADDRESS);
  });

  it('with two ids that are not of one payment, or an id of ours that nobody knows, is drawn for nobody', async () => {
    const placed = await shop.place();
    await tell({ paymentId: placed.paymentId ?? '', paymentRequestId: 'TEST1-of-another-payment', cashierUrl: ADDRESS });
    await tell({ paymentRequestId: 'TEST1-never-heard-of', cashierUrl: ADDRESS });
    await tell({ cashierUrl: ADDRESS });
    await shop.clock.settle();
    assert.equal((await shop.read(placed.paymentRequestId)).state, 'in_doubt');
    const aside = shop.logLines.filter((line) => line.includes('put into quarantine'));
    assert.deepEqual(
      aside.map((line) => (JSON.parse(line) as { why: string }).why),
      ['paymentRequestId', 'unknownPayment', 'unreadable'],
    );
  });

  it('after an acceptance by a word nobody has heard of is waited for until the deadline, and drawn', async () => {
    shop.simulator.setFaults([{ name: 'processed_result:BEING_PREPARED:A', call: 'pay' }]);
    const { paymentRequestId } = await shop.place();
    await shop.clock.advance(60_000);
    assert.equal((await shop.read(paymentRequestId)).state, 'in_doubt');
    await tell({ paymentRequestId, cashierUrl: ADDRESS });
    await shop.clock.settle();
    const seen = await shop.read(paymentRequestId);
    assert.deepEqual([seen.state, seen.orderCode?.value], ['awaiting_payer', ADDRESS]);
  });

  it('is sent by the upstream itself a while after its answer, and taken', async () => {
    shop.simulator.setFaults([{ name: 'address_later:2000', call: 'pay' }]);
    const placed = await shop.place();
    assert.equal(placed.state, 'in_doubt');
    const seen = await shop.untilState(placed.paymentRequestId, ['awaiting_payer'], 5_000);
    assert.equal(seen.orderCode?.value, shop.simulator.order(placed.paymentRequestId)?.code);
    assert.deepEqual(
      shop.simulator.notifications().map(({ state }) => state),
      ['acknowledged'],
    );
    shop.simulator.pay(placed.paymentRequestId);
    assert.equal((await shop.untilState(placed.paymentRequestId, ['paid'], 20_000)).state, 'paid');
  });

  it('overtakes the answer it belongs to, and stands on the glass all the same', async () => {
    shop.simulator.setFaults([{ name: 'address_first', call: 'pay' }]);
    const placed = await shop.place();
    const seen = await shop.untilState(placed.paymentRequestId, ['awaiting_payer'], 5_000);
    assert.equal(seen.orderCode?.value, shop.simulator.order(placed.paymentRequestId)?.code);
    assert.ok(shop.simulator.notifications().every(({ deliveries: [first] }) => first?.ackBody?.includes('UNKNOWN_EXCEPTION')));
  });

  it('for an order nobody knows yet is kept and to be sent again', async () => {
    const answer = await tell({ paymentId: 'NEVER-HEARD-OF', cashierRedirectUrl: ADDRESS });
    assert.equal(answer.status, 200);
    assert.ok(answer.text.includes('UNKNOWN_EXCEPTION'));
  });

  it('on a foreign host is not drawn, and the order is cancelled', async () => {
    const placed = await shop.place();
    await tell({ paymentId: placed.paymentId ?? '', cashierRedirectUrl: 'https://phish.example/1' });
    const seen = await shop.untilState(placed.paymentRequestId, ['cancelled'], 10_000);
    assert.equal(seen.cancelReason, 'code_foreign_host');
  });

  it('that never comes is waited for until the deadline', async () => {
    const placed = await shop.place({ expiresInSeconds: 30 });
    await shop.clock.advance(40_000);
    assert.notEqual((await shop.read(placed.paymentRequestId)).state, 'cancelled');
    const seen = await shop.untilState(placed.paymentRequestId, ['cancelled', 'failed'], 60_000);
    assert.notEqual(seen.state, 'paid');
  });
});
