import assert from 'node:assert/strict';
import { program, type Visitor, visitor } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';

onEitherBooks('payments in the back office', (books) => {
  let harness: Harness;
  let viewer: Visitor;
  before(async () => {
    harness = await startHarness({ books, lanes: ['lane-1', 'lane-2'] });
    viewer = await program(harness, 'viewer');
  });
  after(() => harness.stop());

  const found = async (query: string) => {
    const answer = await viewer.call(`/api/payments?${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json<{ items: { paymentRequestId: string; saleReference: string }[]; nextCursor: string | null }>();
  };
  const idsOf = async (query: string) => (await found(query)).items.map(({ paymentRequestId }) => paymentRequestId);

  it('are found by reference, any id, lane, state, amount and day, and by nothing that does not fit', async () => {
    const one = await harness.place({ saleReference: 'FIND-0001', laneId: 'lane-1' });
    const two = await harness.place({ saleReference: 'FIND-0002', laneId: 'lane-2', amount: { currency: 'JPY', value: '77' } });
    const day = new Date(harness.clock.now()).toISOString().slice(0, 10);
    assert.deepEqual((await idsOf('reference=FIND-')).sort(), [one.paymentRequestId, two.paymentRequestId].sort());
    assert.deepEqual(await idsOf('reference=FIND-0002'), [two.paymentRequestId]);
    for (const id of [two.paymentRequestId, two.paymentId, 'FIND-0002'].filter((known) => known !== null))
      assert.deepEqual(await idsOf(`id=${id}`), [two.paymentRequestId], `${id}`);
    assert.deepEqual(await idsOf('lane=lane-2&state=awaiting_payer'), [two.paymentRequestId]);
    assert.deepEqual(await idsOf('amount=77&currency=JPY'), [two.paymentRequestId]);
    assert.equal((await idsOf(`date=${day}`)).length, 2);
    for (const query of ['reference=NONE', 'amount=77&currency=USD', 'state=paid', 'date=2001-01-01', 'id=nobody'])
      assert.deepEqual(await idsOf(query), [], query);
    for (const query of ['state=rich', 'unknown=1', 'zone=%2B08:00', 'cursor=xx', 'date=2026-02-30'])
      assert.equal((await viewer.call(`/api/payments?${query}`)).status, 400, query);
  });

  it('are listed newest first, page by page, each once', async () => {
    const all = await idsOf('limit=100');
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await found(`limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ paymentRequestId }) => paymentRequestId));
      cursor = page.nextCursor ?? '';
    } while (cursor !== '');
    assert.deepEqual(seen, all);
  });

  it('show a viewer no code that may still be scanned, and an operator the one the till has', async () => {
    const [{ paymentRequestId = '' } = {}] = (await found('state=awaiting_payer')).items;
    const operator = await visitor(harness, 'operator');
    const path = `/api/payments/${paymentRequestId}`;
    assert.equal((await viewer.call(path)).json()['orderCode'], null);
    assert.notEqual((await operator.call(path)).json()['orderCode'], null);
    assert.equal((await viewer.call('/api/payments/TEST1-000000000000000000000000')).status, 404);
  });

  it('tell their whole story with the exact bytes', async () => {
    const [{ paymentRequestId = '' } = {}] = (await found('reference=FIND-0001')).items;
    const answer = await viewer.call(`/api/payments/${paymentRequestId}/timeline`);
    const { timeline } = answer.json<{ timeline: { at: string; what: string; detail: Record<string, string> }[] }>();
    const sent = timeline.find(({ detail }) => detail['call'] === 'pay' && detail['phase'] === 'answered');
    assert.ok(sent);
    const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
    for (const { at, what, detail } of timeline) {
      assert.match(at, rfc3339);
      if (what === 'journal') assert.match(String(detail['upstreamAt']), rfc3339);
    }
    const [call] = harness.calls('pay', paymentRequestId);
    assert.equal(Buffer.from(sent.detail['requestBodyBase64'] ?? '', 'base64').toString(), call?.body);
    assert.equal(sent.detail['requestBody'], call?.body);
    assert.equal(sent.detail['verdict'], 'good');
  });

  it('are asked about and cancelled by an operator in his own name, never by a viewer', async () => {
    const operator = await visitor(harness, 'operator', 'mika');
    const [{ paymentRequestId = '' } = {}] = (await found('reference=FIND-0001')).items;
    const path = `/api/payments/${paymentRequestId}`;
    for (const act of ['inquire', 'cancel']) assert.equal((await viewer.call(`${path}/${act}`, { method: 'POST' })).status, 403);
    const before = harness.calls('inquiry', paymentRequestId).length;
    assert.equal((await operator.call(`${path}/inquire`, { method: 'POST' })).status, 202);
    await harness.clock.settle();
    assert.ok(harness.calls('inquiry', paymentRequestId).length > before);
    assert.equal((await operator.call(`${path}/cancel`, { method: 'POST' })).status, 202);
    await harness.clock.settle();
    const { state, cancelledBy } = await harness.read(paymentRequestId);
    assert.deepEqual([state, cancelledBy], ['cancelled', 'operator']);
    assert.equal((await operator.call(`${path}/cancel`, { method: 'POST' })).status, 200);
    assert.equal((await harness.bridge().people.verifyActs()).kind, 'whole');
  });

  it('are undone by an operator once they are paid, and an unpaid end is nothing to undo', async () => {
    const operator = await visitor(harness, 'operator', 'noa');
    const { paymentRequestId } = await harness.place({ laneId: 'lane-1' });
    await harness.simulator.pay(paymentRequestId);
    await harness.untilState(paymentRequestId, ['paid']);
    const undo = () => operator.call(`/api/payments/${paymentRequestId}/undo`, { method: 'POST' });
    assert.equal((await viewer.call(`/api/payments/${paymentRequestId}/undo`, { method: 'POST' })).status, 403);
    assert.equal((await undo()).status, 202);
    await harness.clock.settle();
    assert.equal((await harness.read(paymentRequestId)).state, 'paid');
    assert.equal(harness.simulator.orders().find((order) => order.paymentRequestId === paymentRequestId)?.state, 'cancelled');
    assert.equal((await undo()).status, 202);
  });
});
