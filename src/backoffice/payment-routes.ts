import type Router from '@koa/router';
import { addMs, type Clock, type Instant, instant, parseIsoTime } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { invalidRequest, Problem } from '../http/problem.js';
import type { Payment, PaymentRequestId, StateName } from '../payment/payment.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { createBackOfficeRouter } from './backoffice-router.js';
import { createPaymentActs, type PaymentActParts } from './payment-acts.js';
import type { SearchQuery } from './payment-api.js';
import * as api from './payment-api.js';
import { type Person, roleCovers } from './people.js';
import { type HistoryPage, stretchOf, timelineJson } from './timeline-json.js';
import { seenBy } from './timeline-seen.js';

/** The place in a list after which the next page begins. */
export interface ListPlace {
  readonly createdAt: Instant;
  readonly paymentRequestId: string;
}

/** Port: payments as people look for them. Implemented by `books/`. */
export interface PaymentFinder {
  find(id: PaymentRequestId): Promise<Payment | undefined>;
  search(wanted: {
    readonly state: StateName | null;
    readonly laneId: string | null;
    readonly from: Instant | null;
    readonly to: Instant | null;
    readonly reference: string | null;
    readonly id: string | null;
    readonly currency: string | null;
    readonly value: string | null;
    readonly limit: number;
    readonly after: ListPlace | null;
  }): Promise<{ readonly payments: readonly Payment[]; readonly next: ListPlace | null }>;
  timelinePage(paymentRequestId: string, wish: { readonly from: number; readonly limit: number }): Promise<HistoryPage>;
}

export interface PaymentRouteParts extends PaymentActParts {
  readonly gate: BackOfficeGate;
  readonly finder: PaymentFinder;
  /** The JSON of a payment as tills get it. */
  readonly view: (payment: Payment) => object;
  readonly clock: Clock;
  readonly log: Log;
}

const USUAL_PAGE = 20;
const DAY_MS = 86_400_000;

/** `/api/payments` and what stands below it. */
export function paymentRoutes(parts: PaymentRouteParts): Router {
  const { router, route } = createBackOfficeRouter(parts);
  const acts = createPaymentActs(parts);
  const shown = (payment: Payment, { role }: Person) => {
    const view = parts.view(payment);
    return roleCovers(role, 'operator') ? view : { ...view, orderCode: null };
  };
  const existing = async (id: string): Promise<Payment> => {
    const payment = await parts.finder.find(id as PaymentRequestId);
    if (payment === undefined) throw new Problem('not_found', 'The books hold no payment of this id.');
    return payment;
  };

  route(api.searchPayments, async ({ query }, { person }) => {
    const { payments, next } = await parts.finder.search(wantedOf(query));
    return {
      status: 200,
      body: { items: payments.map((payment) => shown(payment, person)), nextCursor: next === null ? null : cursorOf(next) },
    };
  });
  route(api.readPayment, async ({ params }, { person }) => ({
    status: 200,
    body: shown(await existing(params.paymentRequestId), person),
  }));
  route(api.readTimeline, async ({ params, query }, { person }) => {
    const payment = await existing(params.paymentRequestId);
    const page = await parts.finder.timelinePage(payment.paymentRequestId, stretchOf(query.cursor, query.limit));
    const lines = seenBy(person, payment, page.lines);
    return { status: 200, body: timelineJson(shown(payment, person), { ...page, lines }) };
  });
  route(api.inquirePayment, async ({ params }, { person }) => {
    const payment = await existing(params.paymentRequestId);
    const asked = await acts.inquire(payment, person);
    return { status: 202, body: shown(asked ?? payment, person) };
  });
  route(api.cancelPayment, async ({ params }, { person }) => {
    const { status, payment } = await acts.cancel(await existing(params.paymentRequestId), person);
    return { status, body: shown(payment, person) };
  });
  route(api.undoPayment, async ({ params }, { person }) => {
    const { status, payment } = await acts.undo(await existing(params.paymentRequestId), person);
    return { status, body: shown(payment, person) };
  });
  return router;
}

function wantedOf(query: SearchQuery): Parameters<PaymentFinder['search']>[0] {
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  if (after === undefined) throw invalidRequest('cursor', 'is not a cursor of this bridge');
  const day = query.date === undefined ? undefined : parseIsoTime(`${query.date}T00:00:00${query.zone ?? 'Z'}`);
  if (query.date !== undefined && day === undefined) throw invalidRequest('date', 'is not a day');
  if (query.zone !== undefined && day === undefined) throw invalidRequest('zone', 'belongs to date');
  if (day !== undefined && (query.from !== undefined || query.to !== undefined))
    throw invalidRequest('date', 'stands alone, without from and to');
  return {
    state: query.state ?? null,
    laneId: query.lane ?? null,
    from: day ?? query.from ?? null,
    to: day === undefined ? (query.to ?? null) : addMs(day, DAY_MS),
    reference: query.reference ?? null,
    id: query.id ?? null,
    currency: query.currency ?? null,
    value: query.amount ?? null,
    limit: query.limit ?? USUAL_PAGE,
    after,
  };
}

export function cursorOf({ createdAt, paymentRequestId }: ListPlace): string {
  return Buffer.from(`${createdAt}:${paymentRequestId}`, 'utf8').toString('base64url');
}

export function readCursor(cursor: string): ListPlace | undefined {
  const found = /^([0-9]{1,15}):([A-Za-z0-9_-]{1,128})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (found?.[1] === undefined || found[2] === undefined) return undefined;
  return { createdAt: instant(Number(found[1])), paymentRequestId: found[2] };
}
