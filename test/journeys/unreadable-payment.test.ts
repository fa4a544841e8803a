import assert from 'node:assert/strict';
import { join } from 'node:path';
import knex from 'knex';
import { type Harness, type SeenPayment, startHarness } from '../support/bridge-harness.js';
import { httpCall } from '../support/http-call.js';

/** What another hand, or a dying disk, does to one stored life; gives back what stood there. */
async function spoil(booksFile: string, id: string, life: string): Promise<string> {
  const other = knex({ client: 'sqlite3', connection: { filename: booksFile }, useNullAsDefault: true });
  try {
    const row = await other('payments').where('payment_request_id', id).first('life');
    await other('payments').where('payment_request_id', id).update({ life });
    return (row as { life: string }).life;
  } finally {
    await other.destroy();
  }
}

describe('one payment that cannot be read in the books', () => {
  let shop: Harness;
  let spoiled: SeenPayment;
  let fine: SeenPayment;
  let life: string;

  const booksFile = () => join(shop.folder, 'data', 'bridge.sqlite');
  const alarms = () => shop.logLines.filter((line) => line.includes('a payment cannot be worked on'));
  const readyz = async () => (await httpCall(`${shop.bridge().urls.backOffice}/readyz`)).json<{ lanes: unknown }>();
  const list = async (query = '') =>
    (await shop.till(`/v1/payments${query}`)).json<{ payments: SeenPayment[]; nextCursor: string | null }>();

  beforeEach(async () => {
    shop = await startHarness({ lanes: ['lane-1', 'lane-2'] });
    spoiled = await shop.place({ laneId: 'lane-1', saleReference: 'SPOILED' });
    life = await spoil(booksFile(), spoiled.paymentRequestId, '{"state":"awaiting_');
    await shop.clock.advance(1000);
    fine = await shop.place({ laneId: 'lane-2' });
  });
  afterEach(() => shop.stop());

  it('is told as one alarm that names it, and stops no other: the neighbour is paid, its code was on the glass', async () => {
    await shop.clock.until(() => shop.bridge().virtualGlasses('lane-2')[0]?.frame().kind === 'scan', 'the code of lane-2');
    await shop.clock.advance(30_000);
    assert.equal(alarms().length, 1, alarms().join(''));
    const [alarm] = alarms().map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      [alarm?.['paymentRequestId'], alarm?.['errorCode'], alarm?.['alarm']],
      [spoiled.paymentRequestId, 'books.unreadableRow', true],
    );
    assert.match(String(alarm?.['why']), /lane-1.*Repair: /);
    shop.simulator.pay(fine.paymentRequestId);
    assert.equal((await shop.untilState(fine.paymentRequestId, ['paid'], 10_000)).state, 'paid');
  });

  it('leaves its own glass blank: nobody can answer for its code', async () => {
    await shop.clock.advance(1000);
    assert.equal(shop.bridge().virtualGlasses('lane-1')[0]?.frame().kind, 'idle');
  });

  it('is answered with 503 where it is asked for, and makes its lane refuse sales; nothing reaches the upstream', async () => {
    const calls = shop.calls().length;
    assert.equal((await shop.till(`/v1/payments/${spoiled.paymentRequestId}`)).status, 503);
    assert.equal((await shop.sell({ laneId: 'lane-1', saleReference: 'SPOILED' })).status, 503);
    const refused = await shop.sell({ laneId: 'lane-1' });
    assert.deepEqual([refused.status, refused.json()['code']], [503, 'books_unavailable']);
    assert.equal(shop.calls('pay').length, calls);
    assert.deepEqual(await readyz(), { ready: true, lanes: { total: 2, able: 1 }, reasons: ['books.unreadableRow'] });
  });

  it('is left out of lists, which do not end there', async () => {
    await shop.cancel(fine.paymentRequestId);
    await shop.untilState(fine.paymentRequestId, ['cancelled'], 10_000);
    await shop.clock.advance(1000);
    const newest = await shop.place({ laneId: 'lane-2' });
    const page = await list('?limit=1');
    assert.deepEqual(
      page.payments.map(({ paymentRequestId }) => paymentRequestId),
      [newest.paymentRequestId],
    );
    const rest = await list(`?limit=2&cursor=${page.nextCursor}`);
    assert.deepEqual(
      rest.payments.map(({ paymentRequestId }) => paymentRequestId),
      [fine.paymentRequestId],
    );
    assert.equal(rest.nextCursor, null);
  });

  it('does not keep the bridge from starting', async () => {
    await shop.restart();
    assert.equal((await shop.untilState(fine.paymentRequestId, ['awaiting_payer'], 10_000)).state, 'awaiting_payer');
    assert.equal(alarms().length, 1);
  });

  it('keeps a notification about it for later, acknowledged, and goes on by itself once the row can be read again', async () => {
    shop.simulator.pay(spoiled.paymentRequestId);
    await shop.clock.advance(6000);
    assert.equal(alarms().length, 1);
    const [notice] = shop.simulator.notifications();
    assert.equal(notice?.state, 'acknowledged', JSON.stringify(notice));
    await spoil(booksFile(), spoiled.paymentRequestId, life);
    assert.equal((await shop.untilState(spoiled.paymentRequestId, ['paid'], 310_000)).state, 'paid');
    assert.ok(shop.logLines.some((line) => line.includes('a payment can be worked on again')));
    assert.deepEqual((await readyz()).lanes, { total: 2, able: 2 });
  });

  it('may lack no more than a member, in an open sale or an ended one: the bridge lives on, over a restart too, and the next sale is shown', async () => {
    await shop.cancel(fine.paymentRequestId);
    await shop.untilState(fine.paymentRequestId, ['cancelled'], 10_000);
    await shop.clock.advance(6000);
    await spoil(booksFile(), spoiled.paymentRequestId, '{"state":"awaiting_payer"}');
    await spoil(booksFile(), fine.paymentRequestId, '{"state":"cancelled"}');
    await shop.clock.advance(6000);
    await shop.restart();
    await shop.clock.advance(6000);
    for (const id of [spoiled.paymentRequestId, fine.paymentRequestId])
      assert.equal((await shop.till(`/v1/payments/${id}`)).status, 503, id);
    assert.deepEqual((await list()).payments, []);
    assert.deepEqual(await readyz(), { ready: true, lanes: { total: 2, able: 1 }, reasons: ['books.unreadableRow'] });
    const glasses = ['lane-1', 'lane-2'].map((lane) => shop.bridge().virtualGlasses(lane)[0]);
    assert.deepEqual(
      glasses.map((glass) => glass?.frame().kind),
      ['idle', 'idle'],
    );
    await shop.place({ laneId: 'lane-2' });
    await shop.clock.until(() => glasses[1]?.frame().kind === 'scan', 'the code of the next sale');
  });
});
