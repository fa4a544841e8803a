import assert from 'node:assert/strict';
import knex from 'knex';
import { httpCall } from '../support/http-call.js';
import { createApprovers } from './approvers.js';
import type { BooksAtDeath } from './books-at-death.js';
import { judge, readTheBooks, type Scene } from './judges.js';
import { createPeople, type SalePlan } from './people.js';
import { askTheApprovers } from './ruling-judges.js';
import { createShopMould, openThrownAwayShop, type ShopMould, type ThrownAwayShop } from './thrown-away-shop.js';
import { SAYS_NOTHING } from './troubles.js';

const LANE = 'lane-1';
/** Longer than any of these stories. */
const STORY_MS = 30_000;

const SALE: Omit<SalePlan, 'end'> = {
  laneId: LANE,
  reference: 'J-1',
  amount: { currency: 'JPY', value: '1980' },
  expiresInSeconds: undefined,
  waitSeconds: 3,
  actsAfterMs: 1500,
  pauseBeforeMs: 0,
};

const GHOST_REFUND = JSON.stringify({ undo: null, late: null, asked: '5', refunded: '5', open: [] });

/** One sale in a shop whose bridge dies once; what is planted is done to the dead books, or by hand to the world. */
interface Plant {
  readonly end: SalePlan['end'];
  /** The bridge dies before anything was sold, or when the sale has come so far. */
  readonly diesIn: 'start' | 'awaiting_payer' | 'paid' | 'cancelled';
  readonly sql?: readonly string[];
  readonly faults?: Parameters<ThrownAwayShop['simulator']['setFaults']>[0];
  readonly byHand?: (shop: ThrownAwayShop, sale: SalePlan) => Promise<unknown> | unknown;
  readonly blindTo?: (scene: Scene) => Scene;
}

describe('the judges of a crash', function () {
  this.timeout(60_000);
  let mould: ShopMould;
  let shop: ThrownAwayShop;
  before(async () => {
    mould = await createShopMould('sqlite3');
  });
  beforeEach(async () => {
    shop = await openThrownAwayShop(mould, { seed: 'judges', lanes: [LANE], orderLifeMs: 180_000 });
  });
  afterEach(() => shop.close());
  after(() => mould.remove());

  async function meddle(statements: readonly string[]): Promise<void> {
    const place = shop.place();
    assert.ok(place.client === 'sqlite3');
    const db = knex({ client: 'sqlite3', connection: { filename: place.filename }, useNullAsDefault: true });
    for (const statement of statements) await db.raw(statement);
    await db.destroy();
  }

  /** What the judges say of a story with one error planted in it. */
  async function complaintsAbout({ end, diesIn, sql = [], faults = [], byHand, blindTo }: Plant): Promise<readonly string[]> {
    const plan: SalePlan = { ...SALE, end };
    const { simulator, till, heard, clock } = shop;
    assert.equal(simulator.setFaults(faults), undefined);
    const people = createPeople({ simulator, till, heard: () => heard(LANE), nowMs: () => clock.now(), declineUnseen: true }, [
      plan,
    ]);
    let hasDied = false;
    const hasCome = () => diesIn === 'start' || heard(LANE).some(({ data }) => data['state'] === diesIn);
    await shop.rise(undefined);
    const until = clock.now() + STORY_MS;
    while (clock.now() < until && !(hasDied && people.areDone())) {
      if (!hasDied && hasCome()) {
        hasDied = true;
        shop.life().die();
        await meddle(sql);
        await shop.rise(undefined);
        await byHand?.(shop, plan);
      }
      people.act();
      await clock.advance(100);
    }
    assert.ok(hasDied, 'the story came to the death');
    await clock.advance(2000);
    const payments = await people.readAll();
    shop.life().die();
    const glass = shop.glasses.get(LANE);
    assert.ok(glass !== undefined);
    const scene: Scene = {
      simulator,
      payments,
      books: await shop.booksAtDeath(),
      lifetimes: shop.lifetimes,
      lanes: [{ laneId: LANE, glass, heard: heard(LANE) }],
      patience: { goneWithin: 1000, blankAfterStart: 2500 },
    };
    return judge(blindTo?.(scene) ?? scene);
  }

  async function assertSeen(plant: Plant, complaint: RegExp): Promise<void> {
    const complaints = await complaintsAbout(plant);
    assert.ok(
      complaints.some((text) => complaint.test(text)),
      `${complaint} is not among ${JSON.stringify(complaints, null, 1)}`,
    );
  }

  const wipeOut = ['attempts', 'journal', 'lane_events', 'payments'].map((table) => `delete from ${table}`);

  it('say nothing against a bridge that died once and kept every promise', async () => {
    assert.deepEqual(await complaintsAbout({ end: 'payerPays', diesIn: 'awaiting_payer' }), []);
  });

  it('see a second order for one sale, made because the first was forgotten', () =>
    assertSeen(
      {
        end: 'payerPays',
        diesIn: 'awaiting_payer',
        sql: wipeOut,
        byHand: ({ till }, { reference, amount }) =>
          till().sell({ laneId: LANE, saleReference: reference, description: reference, amount }, 0),
      },
      /2 orders for one sale/,
    ));

  it('see an order that the bridge knows nothing of', () =>
    assertSeen({ end: 'payerPays', diesIn: 'paid', sql: wipeOut }, /does not know this order/));

  it('see a notification that was acknowledged and dropped', () =>
    assertSeen(
      {
        end: 'payerPays',
        diesIn: 'start',
        sql: ['create trigger t after insert on notifications begin delete from notifications where id = new.id; end'],
      },
      /was acknowledged and is not in the books/,
    ));

  it('see a notification that was acknowledged and never applied', () =>
    assertSeen(
      {
        end: 'payerPays',
        diesIn: 'start',
        sql: ['create trigger t after update on notifications begin update notifications set applied = 0 where id = new.id; end'],
      },
      /was acknowledged and is not applied/,
    ));

  it('see a payment that silence made final', () =>
    assertSeen(
      {
        end: 'payerPays',
        diesIn: 'start',
        faults: [
          { name: 'no_answer', call: 'pay', times: 0 },
          { name: 'lose', call: 'notification', times: 0 },
        ],
        sql: [
          `create trigger t after update on payments when old.state = 'submitting' and new.under_way = 0 begin
             update payments set state = 'failed', life = json_set(life, '$.state', 'failed'), holds_lane = 0, due_at = null
             where payment_request_id = new.payment_request_id; end`,
        ],
      },
      /[1-9]\d* of \d+ kept there, 0 here \(failed\)/,
    ));

  it('see a final state that was left', () =>
    assertSeen(
      {
        end: 'payerPays',
        diesIn: 'paid',
        sql: [
          `insert into journal (payment_request_id, seq, at, upstream_at, evidence, decision, from_state, to_state)
             select payment_request_id, revision + 1, updated_at, updated_at, '{}', 'moved', 'paid', 'failed' from payments`,
          `update payments set state = 'failed', life = json_set(life, '$.state', 'failed'), revision = revision + 1`,
        ],
      },
      /the end paid was left for failed/,
    ));

  it('see money that was kept there and is not paid here', () =>
    assertSeen(
      {
        end: 'tillCancels',
        diesIn: 'cancelled',
        // Nobody tells the bridge; it would give the money back.
        faults: [{ name: 'lose', call: 'notification', times: 0 }],
        byHand: ({ simulator }) => simulator.pay(simulator.orders()[0]?.paymentRequestId ?? '', { late: true }),
      },
      /0 [A-Z]{3} kept here, [1-9]\d* kept there/,
    ));

  it('say nothing against a bridge that died while money went back, and gave it back once', async () => {
    assert.deepEqual(await complaintsAbout({ end: 'tillRefunds', diesIn: 'paid' }), []);
  });

  it('say nothing against a bridge that died beside an undo', async () => {
    assert.deepEqual(await complaintsAbout({ end: 'tillUndoes', diesIn: 'paid' }), []);
  });

  it('see a refund that the till is told and the upstream never made', () =>
    assertSeen(
      {
        end: 'tillRefunds',
        diesIn: 'paid',
        sql: [`update payments set life = json_set(life, '$.moneyBack', json('${GHOST_REFUND}')), version = version + 1`],
      },
      /\d+ refunded there, \d+ here/,
    ));

  it('see a refund that was sent again with other bytes', () =>
    assertSeen(
      {
        end: 'tillRefunds',
        diesIn: 'paid',
        faults: [{ name: 'no_answer', call: 'refund' }],
        byHand: async ({ till, clock }) => {
          const [payment] = (await till().call('/v1/payments')).json<{ payments: { paymentRequestId: string }[] }>().payments;
          const json = { refundReference: 'R-1', amount: { currency: 'JPY', value: '991' } };
          await till().call(`/v1/payments/${payment?.paymentRequestId}/refunds`, { json });
          await clock.settle();
          await meddle([`update refunds set request_body = cast(replace(cast(request_body as text), '"991"', '"990"') as blob)`]);
        },
      },
      /sent with other bytes/,
    ));

  it('see an unfinished payment of which nothing is due', async () => {
    await shop.rise(undefined);
    await shop.till().sell({ laneId: LANE }, 0);
    await shop.clock.settle();
    shop.life().die();
    assert.deepEqual(readTheBooks(await shop.booksAtDeath()), []);
    await meddle(['update payments set due_at = null']);
    assert.match(readTheBooks(await shop.booksAtDeath()).join(), /awaiting_payer and nothing is due/);
  });

  it('see a ruling without its end, its act, its line or its second person, and a chain of acts that was changed', async () => {
    const { clock, simulator, turnUntil } = shop;
    await shop.rise(undefined);
    const { users } = shop.bridge()?.people ?? assert.fail('a bridge lives');
    const keys = new Map<string, string | undefined>();
    for (const name of ['first', 'second']) {
      const added = await turnUntil(users.add({ name, role: 'approver', apiKey: true, account: 'tests' }));
      keys.set(name, added.kind === 'done' ? added.key : undefined);
    }
    assert.equal(simulator.setFaults(SAYS_NOTHING), undefined);
    const sold = (await turnUntil(shop.till().sell({ laneId: LANE }, 3))).json<{ paymentRequestId: string }>();
    simulator.pay(sold.paymentRequestId);
    await turnUntil(shop.till().cancel(sold.paymentRequestId));
    await clock.advance(65_000);
    const approvers = createApprovers(
      (who, path, wish) =>
        httpCall(`${shop.bridge()?.urls.backOffice}${path}`, { ...wish, headers: { Authorization: `Bearer ${keys.get(who)}` } }),
      () => clock.now(),
    );
    for (let tries = 0; tries < 30 && !approvers.areDoneWith(sold.paymentRequestId); tries += 1) {
      approvers.act({ paymentRequestId: sold.paymentRequestId, hasEnded: false, as: 'paid', second: 'rejectsFirst' });
      await clock.advance(400);
    }
    shop.life().die();
    const books = await shop.booksAtDeath();
    const told = approvers.told();
    assert.deepEqual([readTheBooks(books), askTheApprovers(told, books), approvers.complaints()], [[], [], []]);
    assert.deepEqual(
      told.map(({ what }) => what),
      ['proposed', 'rejected', 'proposed', 'confirmed'],
    );
    const [rejected, confirmed] = books.rulings;
    assert.ok(rejected !== undefined && confirmed !== undefined);
    const sees = (planted: Partial<BooksAtDeath>, complaint: RegExp) =>
      assert.match(readTheBooks({ ...books, ...planted }).join(), complaint);
    sees({ journal: books.journal.filter(({ rulingId }) => rulingId === null) }, /\(confirmed\) has 0 lines/);
    sees({ rulings: [rejected, { ...confirmed, state: 'rejected' }] }, /was ruled, and ruling \d+ is not confirmed/);
    sees({ payments: books.payments.map((one) => ({ ...one, state: 'failed' })) }, /ends its payment as paid, which is failed/);
    sees({ rulings: [rejected, { ...confirmed, decidedBy: 'first' }] }, /decided by whoever proposed it/);
    sees({ rulings: [{ ...rejected, state: 'open' }, confirmed] }, /waits for a payment that is paid/);
    const twice = [rejected, confirmed].map((one) => ({ ...one, state: 'open' }));
    sees({ rulings: twice }, /2 open rulings/);
    sees(
      { acts: books.acts.filter(({ what }) => what !== 'ruling.confirm') },
      /has the acts ruling.confirm of nobody, not of second/,
    );
    sees({ actsHead: null }, /ends otherwise than its head says/);
    assert.match(askTheApprovers(told, { rulings: [rejected] }).join(), /it is in no books/);
    await meddle([`update acts set why = 'another reason' where what = 'ruling.reject'`]);
    assert.match(readTheBooks(await shop.booksAtDeath()).join(), /the chain of acts breaks at \d+/);
  });

  it('see a code that outlives its order on the glass', () =>
    assertSeen(
      { end: 'payerPays', diesIn: 'awaiting_payer', byHand: ({ glasses }) => glasses.get(LANE)?.deafen(true) },
      /the code of .* stayed/,
    ));

  it('see an event that a till never heard', async () => {
    const without = (scene: Scene): Scene => ({
      ...scene,
      lanes: scene.lanes.map((lane) => ({ ...lane, heard: lane.heard.filter((_event, index) => index !== 2) })),
    });
    await assertSeen({ end: 'payerPays', diesIn: 'awaiting_payer', blindTo: without }, /lane-1: events stored \d+, heard \d+/);
  });

  it('see an event that a till heard and the books lost', () =>
    assertSeen(
      {
        end: 'payerPays',
        diesIn: 'paid',
        sql: ["delete from lane_events where kind = 'payment' and body like '%awaiting_payer%'"],
      },
      /lane-1: events stored \d+, heard \d+/,
    ));
});
