import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { instant } from '#src/base/clock.js';
import { createAlertBooks } from '#src/books/alert-books.js';
import { createAnswerBooks } from '#src/books/attempt-books.js';
import { createClearingBooks } from '#src/books/clearing-books.js';
import { createDayBooks } from '#src/books/day-books.js';
import { createNeedsBooks } from '#src/books/needs-books.js';
import { createOurRows } from '#src/books/our-rows.js';
import { createQuarantineBooks } from '#src/books/quarantine-books.js';
import { createSalesBooks } from '#src/books/sales-books.js';
import { createSearchBooks, type PaymentSearch } from '#src/books/search-books.js';
import { writeShop } from '#src/books/shop-books.js';
import type { LaneId, PaymentRequestId } from '#src/payment/payment.js';
import { insertSome, LANES, OLD_PREFIX, RARE_AMOUNT, RARE_LANE, USUAL_AMOUNT } from '../bench/large-rows.js';
import { paidRow } from '../reconciliation/recon-samples.js';
import { type BooksBench, openBench } from '../support/books-bench.js';
import { type NewPlace, PLACES } from '../support/books-places.js';

/** Tables that grow with every sale, or with every day. */
const GROWING =
  'payments|attempts|journal|lane_events|notifications|refunds|acts|clearing_files|clearing_blocks|clearing_days|clearing_day_lines|clearing_exceptions';
/** Indexes that are read in order until a page is full, or that hold only what is open. */
const READ_IN_ORDER = [
  'payments_in_time',
  'payments_undo_refused',
  'refunds_open',
  'notifications_in_quarantine',
  'notifications_to_deal_with',
  'notifications_dealt_with',
  'one_open_payment_per_lane',
];

interface Asked {
  readonly sql: string;
  readonly bindings: readonly Knex.Value[];
}

/** The statements that `work` sends. */
async function sent(db: Knex, work: () => Promise<unknown>): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  const hear = ({ sql, bindings }: Asked) => void asked.push({ sql, bindings });
  db.on('query', hear);
  await work();
  db.off('query', hear);
  return asked.filter(({ sql }) => /^(select|delete|update)\b/i.test(sql));
}

/** The lines of the plan that read a growing table without looking for anything in it. */
async function scansOf(db: Knex, { sql, bindings }: Asked): Promise<readonly string[]> {
  const isPostgres = /\$1\b/.test(sql) || db.client.config.client === 'pg';
  if (!isPostgres) {
    const plan: { readonly detail: string }[] = await db.raw(`explain query plan ${sql}`, [...bindings]);
    const scans = plan.map(({ detail }) => detail).filter((detail) => new RegExp(`^SCAN (${GROWING})\\b`).test(detail));
    return scans.filter(
      (detail) =>
        !READ_IN_ORDER.some(
          (index) => detail.includes(`INDEX ${index}`) && (index !== 'payments_in_time' || / limit /.test(sql)),
        ),
    );
  }
  return db.transaction(async (trx) => {
    // On empty tables a scan is always the cheapest: this way one is left only where no index fits.
    await trx.raw('set local enable_seqscan = off');
    const { rows } = await trx.raw(`explain ${sql.replaceAll(/\$\d+/g, '?')}`, [...bindings]);
    const lines = (rows as { readonly 'QUERY PLAN': string }[]).map((row) => row['QUERY PLAN']);
    return lines.filter((line) => new RegExp(`Seq Scan on (${GROWING})\\b`).test(line));
  });
}

const NOTHING: PaymentSearch = {
  state: null,
  laneId: null,
  from: null,
  to: null,
  reference: null,
  id: null,
  currency: null,
  value: null,
  limit: 20,
  after: null,
};

/** Every filter beside every other, so many at once. */
function searches(atOnce: number): readonly PaymentSearch[] {
  const filters: readonly Partial<PaymentSearch>[] = [
    { state: 'failed' },
    { laneId: 'lane-1' },
    { value: '1980' },
    { currency: 'JPY' },
    { reference: 'S-' },
    { id: 'X' },
    { from: instant(5), to: instant(9e12), after: { createdAt: instant(9e12), paymentRequestId: 'X' } },
  ];
  const subsets = Array.from({ length: 2 ** filters.length }, (_unused, bits) =>
    filters.filter((_filter, n) => (bits >> n) % 2 === 1),
  );
  return subsets.filter(({ length }) => length <= atOnce).map((some) => Object.assign({}, NOTHING, ...some));
}

function readings({ open, payments, reading, events, notifications, history, claims, clock }: BooksBench, id: PaymentRequestId) {
  const rows = createOurRows(open);
  const days = createDayBooks(open, clock);
  const clearing = createClearingBooks(open, clock);
  const needs = createNeedsBooks(open);
  const lanes = ['lane-1', 'lane-2'];
  const [lane, day, after] = ['lane-1' as LaneId, '2026-03-05', { createdAt: instant(9e12), paymentRequestId: 'X' }];
  const till = (more: object) => reading.list({ lanes, saleReference: null, state: null, limit: 20, after: null, ...more });
  return [
    () => claims.takeDue('u', 20, [id]),
    () => payments.makeUnfinishedDue(),
    () => payments.upstreamsWithWork(),
    () => payments.openOnLane(lane),
    () => payments.findSale('T01', 'S-1'),
    () => reading.findByOrder('u', 'P-1'),
    () => reading.newestOnLane(lane),
    () => reading.refunds(id),
    () => reading.countByState(),
    () => reading.countDue(clock.now()),
    () => createQuarantineBooks(open).list({ open: true, after: '5', limit: 20 }),
    () => createQuarantineBooks(open).list({ open: null, after: '5', limit: 20 }),
    () => createAlertBooks(open).list({ open: true, after: '5', limit: 20 }),
    () => createAlertBooks(open).list({ open: false, after: '5', limit: 20 }),
    () => needs.attention(20),
    () => needs.alerts(20),
    () => needs.refusedUndos(20),
    () => needs.openRefunds(20, clock.now()),
    () => needs.openRulings(20),
    () => needs.quarantined(20),
    () => needs.daysWithExceptions(20),
    () => needs.sealedDaysWithExceptions(20, clock.now()),
    () => history.timelinePage(id, { from: 0, limit: 20 }),
    () => createSalesBooks(open).paidByHour(instant(5), instant(9e12)),
    () => createSalesBooks(open).refundedBetween(instant(5), instant(9e12)),
    () => reading.blockedLanes(),
    () => till({}),
    () => till({ after, state: 'paid' }),
    () => till({ saleReference: 'S-1' }),
    () => events.events({ laneId: 'lane-1', afterId: 5, limit: 20 }),
    () => events.newestEventId('lane-1'),
    () => events.prune(clock.now()),
    () => notifications.unapplied(),
    () => createAnswerBooks(open).newest('u', 20),
    () => rows.ofDay(day, '', 500),
    () => createOurRows(open, ['u', 'v']).ofDay(day, '', 500),
    () => rows.byTheirIds('payment', ['P-1']),
    () => rows.byTheirIds('refund', ['R-1']),
    () => rows.lateMoney(['X']),
    () => rows.stateOf(day),
    () => createOurRows(open, ['u', 'v']).stateOf(day),
    () => rows.refundedUnpaid(day, '', 500),
    () => createOurRows(open, ['u', 'v']).refundedUnpaid(day, '', 500),
    () => days.toldMissing([paidRow(1)], day, day),
    () => days.find(day),
    () => days.sealedBetween(day, day),
    () => days.lines(day, 100_000, 100),
    () => days.exceptions(day, 0, 100),
    () => days.countExceptions(day),
    () => days.exception('ex-1'),
    () => clearing.files(day, day),
    () => clearing.findByName('x'),
    () => clearing.feesUnder([1], ['~p901']),
  ];
}

for (const kind of PLACES) {
  describe(`what is asked of large books (${kind.name})`, () => {
    let place: NewPlace;
    let bench: BooksBench;
    before(async function () {
      await kind.prepare(this);
      place = await kind.make(this);
      bench = await openBench(place);
    });
    after(async () => {
      await bench?.close();
      await place?.remove();
    });

    async function refuseScans(work: () => Promise<unknown>): Promise<number> {
      const asked = await sent(bench.open.db, work);
      for (const one of asked) assert.deepEqual(await scansOf(bench.open.db, one), [], one.sql);
      return asked.length;
    }

    it('reads no growing table from end to end, whatever people filter by', async () => {
      const books = createSearchBooks(bench.open);
      let statements = 0;
      // A plan of PostgreSQL takes a transaction of its own.
      for (const wanted of searches(kind.name === 'SQLite' ? 7 : 2)) statements += await refuseScans(() => books.search(wanted));
      assert.ok(statements > 29, `${statements}`);
    });

    it('reads none for what tills ask, for what the loop does by itself, for days and figures', async () => {
      const { paymentRequestId: id } = await bench.opened('lane-1');
      for (const work of readings(bench, id)) assert.ok((await refuseScans(work)) > 0, String(work));
    });

    it('counts payments that have ended as they end, and those that have not from their rows', async () => {
      const before = new Map(await bench.reading.countByState());
      const opened = await bench.opened('lane-2');
      const after = new Map(await bench.reading.countByState());
      assert.equal(after.get('received'), (before.get('received') ?? 0) + 1);
      await bench.record(opened, { kind: 'cancelAsked', by: { kind: 'terminal', id: 'T01' } });
      const ended = new Map(await bench.reading.countByState());
      assert.equal(ended.get('cancelled'), (before.get('cancelled') ?? 0) + 1);
      assert.equal(ended.get('received'), before.get('received'));
    });
  });
}

describe('a search in large books', () => {
  const PAYMENTS = 6000;
  let place: NewPlace;
  let bench: BooksBench;
  before(async function () {
    const [sqlite] = PLACES;
    assert.ok(sqlite !== undefined);
    place = await sqlite.make(this);
    bench = await openBench(place);
    await writeShop(bench.open, bench.clock, {
      lanes: LANES.map((id) => ({ id, merchant: 'shop-1', upstream: 'alipayplus' })),
      terminals: [{ id: 'T01', lanes: LANES }],
    });
    await bench.open.db.raw('PRAGMA synchronous=OFF');
    await bench.open.db.transaction((trx) =>
      insertSome(trx, { payments: PAYMENTS, days: 10, startAt: 1_780_000_000_000 }, 0, PAYMENTS),
    );
  });
  after(async () => {
    await bench?.close();
    await place?.remove();
  });

  interface Row {
    readonly payment_request_id: string;
    readonly state: string;
    readonly lane_id: string;
    readonly value: string;
    readonly currency: string;
    readonly sale_reference: string;
    readonly created_at: number;
  }

  const fits = (row: Row, { state, laneId, value, currency, reference, from }: PaymentSearch) =>
    (state === null || row.state === state) &&
    (laneId === null || row.lane_id === laneId) &&
    (value === null || row.value === value) &&
    (currency === null || row.currency === currency) &&
    (reference === null || row.sale_reference.startsWith(reference)) &&
    (from === null || row.created_at >= from);

  it('finds every payment that fits once and no other, newest first, over all pages', async () => {
    const rows: Row[] = await bench.open.db('payments').orderBy('created_at', 'desc').orderBy('payment_request_id', 'desc');
    const books = createSearchBooks(bench.open);
    let found = 0;
    for (const state of [null, 'failed', 'needs_attention'] as const)
      for (const laneId of [null, 'lane-3', RARE_LANE])
        for (const value of [null, USUAL_AMOUNT, RARE_AMOUNT])
          for (const more of [
            {},
            { currency: 'USD' },
            { reference: 'S' },
            { reference: OLD_PREFIX },
            { from: instant(1_780_500_000_000) },
          ]) {
            const wanted: PaymentSearch = { ...NOTHING, state, laneId, value, ...more, limit: 100 };
            const ids: string[] = [];
            for (let after: PaymentSearch['after'] = null, calls = 0; calls < 100; calls += 1) {
              const page = await books.search({ ...wanted, after });
              ids.push(...page.payments.map(({ paymentRequestId }) => paymentRequestId));
              after = page.next;
              if (after === null) break;
            }
            const expected = rows.filter((row) => fits(row, wanted)).map((row) => row.payment_request_id);
            assert.deepEqual(ids, expected, JSON.stringify(wanted));
            found += ids.length;
          }
    assert.ok(found > PAYMENTS * 2, `${found}`);
  });
});
