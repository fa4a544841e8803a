import assert from 'node:assert/strict';
import { program, type Visitor, visitor } from '../support/back-office.js';
import { type Harness, startHarness } from '../support/bridge-harness.js';
import { onEitherBooks } from '../support/either-books.js';

interface Listed extends Record<string, unknown> {
  readonly id: string;
  readonly paymentRequestId: string;
  readonly kind?: string;
  readonly dealtWith: { readonly by: string; readonly why: string } | null;
}

onEitherBooks('what waits for people', (books) => {
  let shop: Harness;
  let olga: Visitor;
  let otto: Visitor;
  let vera: Visitor;
  before(async () => {
    shop = await startHarness({ books, displays: [], lanes: ['lane-1', 'lane-2', 'lane-3'] });
    olga = await visitor(shop, 'operator', 'olga');
    otto = await visitor(shop, 'operator', 'otto');
    vera = await program(shop, 'viewer', 'vera');
  });
  after(() => shop.stop());

  const list = async (path: string) => {
    const answer = await vera.call(path);
    assert.equal(answer.status, 200, answer.text);
    return answer.json<{ items: readonly Listed[]; nextCursor: string | null }>();
  };
  const deal = (who: Visitor, path: string, reason: string) => who.call(`${path}/dealt-with`, { json: { reason } });
  const trail = async (query: string) =>
    (await vera.call(`/api/audit${query}`)).json<{ items: Record<string, string>[]; nextCursor: string | null }>();

  it('lists an alert once it is raised, and keeps it after somebody has dealt with it', async () => {
    for (const lane of ['lane-1', 'lane-2']) {
      const { paymentRequestId: id } = await shop.place({ laneId: lane });
      shop.simulator.decline(id, 'USER_BALANCE_NOT_ENOUGH');
      await shop.untilState(id, ['failed']);
      shop.simulator.pay(id, { late: true });
      await shop.clock.settle();
    }
    const { items } = await list('/api/alerts?open=true');
    const [newest, oldest] = items;
    assert.ok(newest !== undefined && oldest !== undefined && items.length === 2);
    assert.deepEqual(
      items.map(({ kind, dealtWith }) => [kind, dealtWith]),
      [
        ['paid_after_failed', null],
        ['paid_after_failed', null],
      ],
    );
    const { nextCursor } = await list('/api/alerts?limit=1');
    assert.deepEqual([nextCursor, (await list(`/api/alerts?cursor=${nextCursor}`)).items[0]?.id], [newest.id, oldest.id]);
    assert.equal((await deal(vera, `/api/alerts/${oldest.id}`, 'mine')).status, 403);
    assert.equal((await deal(olga, `/api/alerts/${oldest.id}`, ' ')).status, 400);
    const done = await deal(olga, `/api/alerts/${oldest.id}`, 'told the customer 抹茶');
    assert.deepEqual([done.status, done.json<Listed>().dealtWith?.by], [200, 'olga'], done.text);
    assert.equal((await deal(olga, `/api/alerts/${oldest.id}`, 'told the customer 抹茶')).status, 200, 'the same again');
    const second = await deal(otto, `/api/alerts/${oldest.id}`, 'me too');
    assert.deepEqual([second.status, second.json()['code']], [409, 'already_dealt_with']);
    assert.equal(second.json<{ dealtWith: { why: string } } & Record<string, unknown>>().dealtWith.why, 'told the customer 抹茶');
    assert.deepEqual(
      (await list('/api/alerts?open=true')).items.map(({ id }) => id),
      [newest.id],
    );
    assert.deepEqual(
      (await list('/api/alerts?open=false')).items.map(({ id }) => id),
      [oldest.id],
    );
    assert.equal((await deal(olga, '/api/alerts/999999', 'nothing')).status, 404);
    const { alerts, next } = await shop.read(oldest.paymentRequestId);
    assert.deepEqual([alerts.length, next.newSaleAllowed], [1, false], 'the payment and its advice are as before');
    const acts = (await trail('?what=alert.deal')).items;
    assert.deepEqual(
      acts.map(({ who, about, why }) => [who, about, why]),
      [['olga', oldest.paymentRequestId, 'told the customer 抹茶']],
    );
  });

  it('keeps a notification in quarantine after somebody has dealt with it, once, however many try at once', async () => {
    const { paymentRequestId: id } = await shop.place({ laneId: 'lane-3' });
    for (let times = 0; times < 2; times += 1) {
      await shop.simulator.inventNotification(id, 'SUCCESS', 'S', 'other_amount');
      await shop.clock.settle();
    }
    const [newest, oldest] = (await list('/api/quarantine?open=true')).items;
    assert.ok(newest !== undefined && oldest !== undefined);
    const path = `/api/quarantine/${newest.id}`;
    assert.equal((await deal(vera, path, 'mine')).status, 403);
    const answers = await Promise.all([deal(olga, path, 'a'), deal(otto, path, 'b'), deal(olga, path, 'a')]);
    const statuses = answers.map(({ status }) => status);
    assert.ok(statuses.includes(200) && statuses.includes(409), statuses.join());
    assert.deepEqual(
      (await list('/api/quarantine?open=true')).items.map((one) => one.id),
      [oldest.id],
    );
    const [kept] = (await list('/api/quarantine?open=false')).items;
    assert.equal(kept?.id, newest.id);
    assert.equal((await trail('?what=quarantine.deal')).items.length, 1);
    assert.equal((await deal(olga, '/api/quarantine/999999', 'nothing')).status, 404);
  });

  it('shows the trail newest first, by person and by kind, page by page, and verifies it', async () => {
    const all: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof trail>> = await trail(`?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      all.push(...page.items.map(({ seq }) => String(seq)));
      cursor = page.nextCursor;
    }
    assert.ok(all.length > 5);
    assert.deepEqual(
      all,
      [...all.keys()].map((n) => String(all.length - n)),
    );
    const ofOlga = (await trail('?who=olga&limit=100')).items;
    assert.ok(ofOlga.length > 0 && ofOlga.every(({ who }) => who === 'olga'));
    const logins = (await trail('?who=olga&what=session.begin')).items;
    assert.deepEqual(
      logins.map(({ who, what }) => [who, what]),
      [['olga', 'session.begin']],
    );
    const verified = await vera.call('/api/audit/verify', { method: 'POST' });
    const { kind, acts, head } = verified.json<{ kind: string; acts: number; head: string } & Record<string, unknown>>();
    assert.deepEqual([kind, acts, head], ['whole', all.length, (await trail('?limit=1')).items[0]?.['hash']]);
  });
});
