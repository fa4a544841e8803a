import assert from 'node:assert/strict';
import { type Visitor, visitor } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';

interface SeenRuling extends Record<string, unknown> {
  readonly id: string;
  readonly state: string;
  readonly decidedBy: string | null;
}

const DEAF = [
  { name: 'lose', times: 0 },
  { name: 'deaf', times: 0 },
];

onEitherBooks('a ruling', (books) => {
  let shop: Harness;
  let mika: Visitor;
  let rui: Visitor;
  let sora: Visitor;
  beforeEach(async () => {
    shop = await startHarness({ books, displays: [] });
    mika = await visitor(shop, 'approver', 'mika');
    rui = await visitor(shop, 'approver', 'rui');
    sora = await visitor(shop, 'operator', 'sora');
  });
  afterEach(() => shop.stop());

  /** A payment whose code was shown, and of which nothing was heard since. */
  async function unsettled(): Promise<string> {
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
    shop.simulator.setFaults(DEAF);
    await shop.clock.advance(45_000);
    await shop.untilState(id, ['needs_attention'], 300_000);
    return id;
  }

  const propose = (who: Visitor, id: string, as: string) =>
    who.call(`/api/payments/${id}/rulings`, { json: { as, reason: 'the console of the upstream says so' } });
  const proposed = async (id: string, as: string): Promise<SeenRuling> => {
    const answer = await propose(sora, id, as);
    assert.equal(answer.status, 201, answer.text);
    return answer.json<SeenRuling>();
  };
  const decide = (who: Visitor, { id }: SeenRuling, what: 'confirm' | 'reject') =>
    who.call(`/api/rulings/${id}/${what}`, { method: 'POST' });
  const listed = async (query: string) =>
    (await sora.call(`/api/rulings${query}`)).json<{ items: readonly SeenRuling[] } & Record<string, unknown>>().items;

  for (const as of ['paid', 'failed', 'cancelled'] as const) {
    it(`of two people ends a payment as ${as}, and one alone changes nothing`, async () => {
      const id = await unsettled();
      const ruling = await proposed(id, as);
      assert.equal((await shop.read(id)).state, 'needs_attention');
      assert.equal((await decide(sora, ruling, 'confirm')).status, 403);
      const confirmed = await decide(mika, ruling, 'confirm');
      assert.deepEqual([confirmed.status, confirmed.json()['state'], confirmed.json()['decidedBy']], [200, 'confirmed', 'mika']);
      const { state, endedBy, failure, cancelledBy, cancelReason, next } = await shop.read(id);
      assert.deepEqual([state, endedBy, cancelReason], [as, 'ruling', null]);
      assert.deepEqual(failure, as === 'failed' ? { reason: 'ruled', resultCode: null, advice: 'new_sale_may_work' } : null);
      assert.equal(cancelledBy, as === 'cancelled' ? 'operator' : null);
      assert.deepEqual([next.action, next.newSaleAllowed], as === 'paid' ? ['hand_over_goods', false] : ['start_new_sale', true]);
      assert.equal((await decide(mika, ruling, 'confirm')).status, 200, 'the same again is the same');
      assert.equal((await shop.bridge().people.verifyActs()).kind, 'whole');
    });
  }

  it('is confirmed by another person than the one who proposed it, approver or not', async () => {
    const id = await unsettled();
    const ruling = (await propose(mika, id, 'paid')).json<SeenRuling>();
    for (const what of ['confirm', 'reject'] as const)
      assert.deepEqual((await decide(mika, ruling, what)).json()['code'], 'forbidden');
    assert.equal((await shop.read(id)).state, 'needs_attention');
    assert.equal((await decide(rui, ruling, 'confirm')).status, 200);
  });

  it('is open once per payment, rejected by another approver, and then proposed anew', async () => {
    const id = await unsettled();
    const first = await proposed(id, 'failed');
    const again = await propose(sora, id, 'failed');
    assert.deepEqual([again.status, again.json()['id']], [200, first.id]);
    const other = await propose(mika, id, 'paid');
    assert.deepEqual([other.status, other.json()['code']], [409, 'ruling_conflict']);
    assert.deepEqual(
      (await listed('?open=true')).map((one) => one.id),
      [first.id],
    );
    assert.equal((await decide(rui, first, 'reject')).json()['state'], 'rejected');
    assert.deepEqual([(await decide(mika, first, 'confirm')).json()['code']], ['ruling_conflict']);
    assert.equal((await shop.read(id)).state, 'needs_attention');
    assert.deepEqual(await listed('?open=true'), []);
    const second = await proposed(id, 'paid');
    assert.deepEqual(
      (await listed('?limit=1')).map((one) => one.id),
      [second.id],
    );
    assert.deepEqual(
      (await listed(`?limit=1&cursor=${second.id}`)).map((one) => one.id),
      [first.id],
    );
  });

  it('is taken only where the bridge needs one, and calls nothing unpaid that may still be paid', async () => {
    const { paymentRequestId: open } = await shop.place();
    for (const as of ['paid', 'failed', 'cancelled'])
      assert.deepEqual((await propose(sora, open, as)).json()['code'], 'not_rulable', as);
    await shop.untilState(open, ['awaiting_payer'], 1_000);
    shop.simulator.setFaults(DEAF);
    // The cancel holds the lane too long while the code, of three minutes, is still good.
    await shop.cancel(open);
    const { state, orderCode } = await shop.untilState(open, ['needs_attention'], 170_000);
    assert.deepEqual([state, orderCode], ['needs_attention', null]);
    for (const as of ['failed', 'cancelled']) {
      const early = await propose(sora, open, as);
      assert.deepEqual([early.status, early.json()['code']], [409, 'not_rulable'], as);
    }
    assert.equal((await propose(sora, open, 'paid')).status, 201);
    assert.equal((await propose(sora, 'TEST1-000000000000000000000000', 'paid')).status, 404);
    assert.equal((await propose(sora, open, 'lost')).status, 400);
  });

  it('is void when the word of the upstream comes first', async () => {
    const id = await unsettled();
    const ruling = await proposed(id, 'failed');
    shop.simulator.setFaults([]);
    await shop.untilState(id, ['paid', 'failed', 'cancelled'], 600_000);
    const late = await decide(mika, ruling, 'confirm');
    assert.deepEqual([late.status, late.json()['code']], [409, 'ruling_conflict']);
    assert.deepEqual(
      (await listed('')).map(({ state, decidedBy }) => [state, decidedBy]),
      [['void', null]],
    );
    assert.notEqual((await shop.read(id)).endedBy, 'ruling');
  });

  it('of two who confirm at once is confirmed once', async () => {
    const id = await unsettled();
    const ruling = await proposed(id, 'paid');
    const answers = await Promise.all([decide(mika, ruling, 'confirm'), decide(rui, ruling, 'confirm')]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const { timeline } = (await sora.call(`/api/payments/${id}/timeline`)).json<{
      timeline: { detail: { evidence?: { kind: string } } }[];
    }>();
    assert.equal(timeline.filter(({ detail }) => detail.evidence?.kind === 'ruled').length, 1);
    assert.equal((await shop.bridge().people.verifyActs()).kind, 'whole');
  });

  it('and the word of the upstream at the same moment leave one end, and an alert where they differ', async () => {
    const id = await unsettled();
    const ruling = await proposed(id, 'failed');
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    const [confirmed] = await Promise.all([
      decide(mika, ruling, 'confirm'),
      sora.call(`/api/payments/${id}/inquire`, { method: 'POST' }),
    ]);
    await shop.clock.settle();
    const { state, endedBy } = await shop.read(id);
    const [stored] = await listed('');
    if (confirmed.status === 200) assert.deepEqual([state, endedBy, stored?.state], ['failed', 'ruling', 'confirmed']);
    else assert.deepEqual([confirmed.status, stored?.state, endedBy === 'ruling'], [409, 'void', false]);
  });

  it('outlives a restart between proposal and confirmation', async () => {
    const id = await unsettled();
    const ruling = await proposed(id, 'cancelled');
    await shop.restart();
    assert.equal((await decide(rui, ruling, 'confirm')).status, 200);
    assert.equal((await shop.read(id)).state, 'cancelled');
  });

  it('that was wrong is contradicted by the upstream as soon as it speaks', async () => {
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    const { paymentRequestId: id } = await shop.place({ expiresInSeconds: 30 });
    shop.simulator.setFaults(DEAF);
    shop.simulator.pay(id);
    await shop.untilState(id, ['needs_attention'], 300_000);
    const ruling = await proposed(id, 'failed');
    await decide(mika, ruling, 'confirm');
    assert.equal((await shop.read(id)).next.newSaleAllowed, true);
    shop.simulator.setFaults([{ name: 'lose', times: 0 }]);
    await shop.clock.advanceUntil(async () => (await shop.read(id)).alerts.length > 0, 'an alert', {
      stepMs: 5_000,
      limitMs: 900_000,
    });
    const { state, alerts, next } = await shop.read(id);
    assert.deepEqual([state, alerts[0]?.kind, next.newSaleAllowed], ['failed', 'paid_after_failed', false]);
  });
});
