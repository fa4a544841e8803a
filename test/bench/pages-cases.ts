import { instant } from '#src/base/clock.js';
import type { Db } from '#src/books/database-kind.js';
import { clearingDayOf } from '#src/payment/clearing-day.js';
import type { LargeBooks } from './large-books.js';
import { DAY_MS, OLD_PREFIX, RARE_AMOUNT, RARE_LANE, USUAL_AMOUNT } from './large-rows.js';

/** What the cases ask for, found in the books. */
export interface Landmarks {
  readonly books: LargeBooks;
  /** A payment with its whole story, from the middle of the time. */
  readonly whole: { readonly id: string; readonly theirs: string; readonly reference: string };
  readonly refundId: string;
  /** Cursor before the last thirty payments. */
  readonly lastPage: string;
  /** A lane event from the middle of those that are kept. */
  readonly eventId: number;
}

/** One page or list that is asked for again and again. */
export interface Asked {
  readonly what: string;
  readonly path: string;
  readonly who: 'person' | 'till';
  readonly until: 'end' | 'firstByte';
  /** Further headers. */
  readonly more?: Readonly<Record<string, string>>;
  /** Not every version has it. */
  readonly maybe?: boolean;
}

export async function landmarksOf(db: Db, books: LargeBooks): Promise<Landmarks> {
  const { startAt, days } = books.plan;
  const middle = startAt + (days / 2) * DAY_MS;
  const columns = ['payment_request_id', 'upstream_payment_id', 'sale_reference', 'created_at'];
  const near = await db('payments').where('created_at', '>=', middle).orderBy('created_at').limit(2000).select(columns);
  const told = await db('journal')
    .whereIn(
      'payment_request_id',
      near.map((row) => String(row['payment_request_id'])),
    )
    .where('seq', 6)
    .first('payment_request_id');
  const whole = near.find((row) => row['payment_request_id'] === told?.['payment_request_id']) ?? near[0];
  const refund = await db('refunds').orderBy('refund_request_id').first('refund_id');
  const last = await db('payments').orderBy('created_at').offset(30).first('created_at', 'payment_request_id');
  const event = await db('lane_events').where('lane_id', 'lane-1').orderBy('id', 'desc').offset(20).first('id');
  return {
    books,
    whole: {
      id: String(whole?.['payment_request_id']),
      theirs: String(whole?.['upstream_payment_id']),
      reference: String(whole?.['sale_reference']),
    },
    refundId: String(refund?.['refund_id']),
    lastPage: Buffer.from(`${last?.['created_at']}:${last?.['payment_request_id']}`).toString('base64url'),
    eventId: Number(event?.['id'] ?? 0),
  };
}

const person = (what: string, path: string): Asked => ({ what, path, who: 'person', until: 'end' });
const maybe = (what: string, path: string): Asked => ({ ...person(what, path), maybe: true });
const first = (what: string, path: string): Asked => ({ ...person(what, path), until: 'firstByte' });
const till = (what: string, path: string): Asked => ({ what, path, who: 'till', until: 'end' });

function searches({ books: { plan }, whole, refundId, lastPage }: Landmarks): readonly Asked[] {
  const from = new Date(plan.startAt + 20 * DAY_MS).toISOString().slice(0, 10);
  const to = new Date(plan.startAt + 21 * DAY_MS).toISOString().slice(0, 10);
  const list = (what: string, query: string) => person(`payments ${what}`, `/payments?${query}`);
  return [
    list('without a filter', ''),
    list('last page', `cursor=${lastPage}`),
    list('failed', 'state=failed'),
    list('needing attention', 'state=needs_attention'),
    list('of a lane', 'lane=lane-3'),
    list('of a lane with few', `lane=${RARE_LANE}`),
    list('of the usual amount', `amount=${USUAL_AMOUNT}&currency=JPY`),
    list('of a rare amount', `amount=${RARE_AMOUNT}&currency=JPY`),
    list('of a rare amount, paid', `amount=${RARE_AMOUNT}&currency=JPY&state=paid`),
    list('of the usual amount, needing attention', `amount=${USUAL_AMOUNT}&currency=JPY&state=needs_attention`),
    list('of the usual amount, on a lane with few', `amount=${USUAL_AMOUNT}&currency=JPY&lane=${RARE_LANE}`),
    list('of the usual amount, failed, on a lane', `amount=${USUAL_AMOUNT}&currency=JPY&state=failed&lane=lane-2`),
    list('failed, on a lane with few', `state=failed&lane=${RARE_LANE}`),
    list('of a day far back', `from=${from}&to=${to}`),
    list('of a day far back, failed', `from=${from}&to=${to}&state=failed`),
    list('in a rarer currency', 'currency=USD'),
    list('in a currency nobody paid in', 'currency=EUR'),
    list('beginning with S3-00', 'q=S3-00'),
    list('beginning as only old ones do', `q=${OLD_PREFIX}`),
    list('beginning as only old ones do, failed', `q=${OLD_PREFIX}&state=failed`),
    list('by our id', `q=${whole.id}`),
    list('by their id', `q=${whole.theirs}`),
    list('by reference', `q=${whole.reference}`),
    list('by the id of a refund', `q=${refundId}`),
    list('by an id nobody has', 'q=NOBODY-HAS-THIS'),
    person('call: payments by amount and lane', `/api/payments?amount=${USUAL_AMOUNT}&lane=lane-2&limit=100`),
  ];
}

function days({ books: { plan, bigDay } }: Landmarks): readonly Asked[] {
  const usual = clearingDayOf(instant(plan.startAt + 100 * DAY_MS));
  const deep = Math.max(0, plan.payments / 10 - 150);
  const exceptions = Math.max(0, Math.floor(plan.payments / 10 / 200) - 50);
  return [
    person('calendar of days', '/days'),
    person('calendar a year back', `/days?month=${usual.slice(0, 7)}`),
    person('a usual day', `/days/${usual}`),
    person('the big day', `/days/${bigDay}`),
    person('the big day, last exceptions', `/days/${bigDay}?from=${exceptions}`),
    person('lines of the big day', `/days/${bigDay}/lines`),
    person('lines of the big day, last page', `/days/${bigDay}/lines?from=${deep}`),
    person('lines of the big day, exceptions', `/days/${bigDay}/lines?verdict=exception`),
    person('call: lines, last page', `/api/days/${bigDay}/lines?cursor=${deep}&limit=100`),
    person('call: exceptions, last page', `/api/days/${bigDay}/exceptions?cursor=${exceptions}`),
    first('export of the big day, first byte', `/days/${bigDay}/export.csv`),
  ];
}

/** Every page and list; on both books the same cases in the same order. */
export function casesOf(landmarks: Landmarks): readonly Asked[] {
  const { whole, eventId } = landmarks;
  const events = (what: string, path: string): Asked => ({ ...till(what, path), until: 'firstByte' });
  return [
    ...searches(landmarks),
    person('a payment with its timeline', `/payments/${whole.id}`),
    person('call: timeline', `/api/payments/${whole.id}/timeline`),
    ...days(landmarks),
    person('call: rulings', '/api/rulings'),
    person('call: open rulings', '/api/rulings?open=true'),
    person('call: quarantine', '/api/quarantine'),
    maybe('today', '/'),
    maybe('rulings', '/rulings'),
    maybe('quarantine', '/quarantine'),
    maybe('alerts', '/alerts'),
    maybe('audit', '/audit'),
    person('metrics', '/metrics'),
    person('readyz', '/readyz'),
    till('till: by reference', `/v1/payments?saleReference=${whole.reference}`),
    till('till: newest of all lanes', '/v1/payments?limit=100'),
    till('till: of a lane with few', `/v1/payments?laneId=${RARE_LANE}&limit=100`),
    till('till: needing attention', '/v1/payments?state=needs_attention'),
    till('till: a lane', '/v1/lanes/lane-1'),
    events('till: events of a lane', '/v1/lanes/lane-1/events'),
    { ...events('till: events since an old one', '/v1/lanes/lane-1/events'), more: { 'Last-Event-ID': String(eventId) } },
  ];
}
