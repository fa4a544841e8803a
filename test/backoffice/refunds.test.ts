import assert from 'node:assert/strict';
import { program, type Visitor, visitor } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';
import { paid, refund, refunds, returnedThere, untilUndo } from '../support/money-back.js';

interface Listed {
  readonly items: readonly Record<string, unknown>[];
  readonly nextCursor: null;
}

onEitherBooks('refunds in the back office', (books) => {
  let shop: Harness;
  let operator: Visitor;
  let viewer: Visitor;
  before(async () => {
    shop = await startHarness({ books, displays: [], lanes: ['lane-1', 'lane-2'] });
    operator = await visitor(shop, 'operator', 'mika');
    viewer = await program(shop, 'viewer');
  });
  after(() => shop.stop());

  const ask = (id: string, value: string, refundReference: string, more: object = {}) =>
    operator.call(`/api/payments/${id}/refunds`, { json: { refundReference, amount: { currency: 'JPY', value }, ...more } });

  it('are made once by an operator in his own name, and seen by the till', async () => {
    const { paymentRequestId: id } = await paid(shop);
    const first = await ask(id, '500', 'BO-1', { reason: 'one item returned' });
    const again = await ask(id, '500', 'BO-1', { reason: 'one item returned' });
    assert.deepEqual([first.status, again.status], [201, 200], first.text);
    await shop.clock.settle();
    assert.equal(returnedThere(shop, id), '500');
    assert.deepEqual(
      (await refunds(shop, id)).map(({ refundReference, state }) => [refundReference, state]),
      [['BO-1', 'refunded']],
    );
    const list = (await viewer.call(`/api/payments/${id}/refunds`)).json<Listed & Record<string, unknown>>();
    assert.deepEqual(
      list.items.map(({ state, askedBy }) => [state, askedBy]),
      [['refunded', { kind: 'operator', name: 'mika' }]],
    );
    assert.equal((await shop.bridge().people.verifyActs()).kind, 'whole');
  });

  it('never exceed the payment together with those of the till', async () => {
    const { paymentRequestId: id } = await paid(shop);
    const both = await Promise.all([ask(id, '1500', 'BO-2'), refund(shop, id, '1500', { reference: 'T-2' })]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
    await shop.clock.settle();
    assert.equal(returnedThere(shop, id), '1500');
    const tooMuch = await ask(id, '481', 'BO-3');
    assert.deepEqual([tooMuch.status, tooMuch.json()['code']], [409, 'refund_exceeds_payment']);
  });

  it('have their form on the page of a payment unless it is undone or being undone, also after an undo that was refused', async () => {
    const form = async (id: string) => (await operator.call(`/payments/${id}`)).text.includes(`action="/payments/${id}/refunds"`);
    const { paymentRequestId: id } = await paid(shop, { laneId: 'lane-2' });
    assert.equal(await form(id), true);
    shop.simulator.setFaults([{ name: 'result:PROCESS_FAIL:F', call: 'cancel' }]);
    const undone = operator.call(`/api/payments/${id}/undo`, { method: 'POST' });
    assert.equal((await undone).status, 202);
    await untilUndo(shop, id, 'refused');
    shop.simulator.setFaults([]);
    assert.equal(await form(id), true, 'Today says that it may be refunded');
    assert.equal((await ask(id, '1980', 'BO-9')).status, 201);
    await shop.clock.settle();
    assert.equal(await form(id), false);
    const { paymentRequestId: other } = await paid(shop, { laneId: 'lane-2' });
    await operator.call(`/api/payments/${other}/undo`, { method: 'POST' });
    await untilUndo(shop, other, 'done');
    assert.equal(await form(other), false);
  });

  it('are refused with the word that says why', async () => {
    const { paymentRequestId: open } = await shop.place();
    const { paymentRequestId: id } = await paid(shop, { laneId: 'lane-2' });
    await ask(id, '100', 'BO-4');
    const refused: readonly (readonly [number, string, Promise<{ status: number; json(): Record<string, unknown> }>])[] = [
      [409, 'refund_conflict', ask(id, '101', 'BO-4')],
      [400, 'invalid_request', ask(id, '0', 'BO-5')],
      [400, 'invalid_request', ask(id, '5', 'BO 5')],
      [400, 'invalid_request', ask(id, '5', 'BO-5', { reason: 'a\nb' })],
      [400, 'invalid_request', ask(id, '5', 'BO-5', { amount: { currency: 'USD', value: '5' } })],
      [409, 'not_refundable', ask(open, '5', 'BO-5')],
      [404, 'not_found', ask('TEST1-000000000000000000000000', '5', 'BO-5')],
    ];
    for (const [status, code, answer] of refused) {
      const { status: given, json } = await answer;
      assert.deepEqual([given, json()['code']], [status, code]);
    }
    const unseen = await viewer.call('/api/payments/TEST1-000000000000000000000000/refunds');
    assert.equal(unseen.status, 404);
  });
});
