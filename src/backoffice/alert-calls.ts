import type Router from '@koa/router';
import { z } from 'zod';
import { type Instant, utcText } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { AlertKind } from '../payment/payment.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { createBackOfficeRouter, endpoint } from './backoffice-router.js';
import * as dealing from './dealing.js';

/** An alert of a payment. */
export interface ListedAlert extends dealing.Waiting {
  readonly paymentRequestId: string;
  readonly kind: AlertKind;
  readonly at: Instant;
}

const AlertJson = z
  .strictObject({
    id: z.string(),
    paymentRequestId: z.string(),
    kind: z.enum(['paid_after_failed', 'paid_after_cancelled', 'failed_after_paid', 'amount_differs']),
    at: z.string(),
    dealtWith: dealing.DealtJson.nullable(),
  })
  .meta({ id: 'ListedAlert' });

const listAlerts = endpoint({
  name: 'listAlerts',
  role: 'viewer',
  method: 'get',
  path: '/api/alerts',
  summary: 'What contradicts the end of a payment, over all payments',
  description: 'Newest first. That somebody has dealt with it changes nothing about the payment or its advice.',
  params: z.strictObject({}),
  query: dealing.ListQuery,
  body: null,
  answers: {
    200: {
      says: 'A page of the list.',
      schema: z.strictObject({ items: z.array(AlertJson), nextCursor: z.string().nullable() }),
    },
  },
  problems: ['invalid_request', 'unauthenticated', 'too_many_requests', 'books_unavailable'],
});

const dealWithAlert = endpoint({
  name: 'dealWithAlert',
  role: 'operator',
  method: 'post',
  path: '/api/alerts/{id}/dealt-with',
  summary: 'Say that somebody has dealt with an alert',
  description: 'It stays in the list and at its payment, with who, when and why.',
  params: dealing.IdPath,
  query: z.strictObject({}),
  body: dealing.DealingIn,
  answers: { 200: { says: 'It is dealt with.', schema: AlertJson } },
  problems: dealing.DEALING_PROBLEMS,
});

function alertView(one: ListedAlert): z.output<typeof AlertJson> {
  return { ...one, at: utcText(one.at), dealtWith: dealing.dealtView(one) };
}

/** `/api/alerts`. */
export function alertRoutes(parts: {
  readonly alerts: dealing.DealingParts<ListedAlert>;
  readonly gate: BackOfficeGate;
  readonly log: Log;
}): Router {
  const { router, route } = createBackOfficeRouter(parts);
  const { alerts } = parts;
  route(listAlerts, async ({ query }) => ({ status: 200, body: await dealing.listPage(alerts.books, query, alertView) }));
  route(dealWithAlert, async ({ params, body }, { person }) => ({
    status: 200,
    body: alertView(await dealing.deal(alerts, person, params.id, body.reason)),
  }));
  return router;
}

/** For the API description. */
export const ALERT_ENDPOINTS = [listAlerts, dealWithAlert] as const;
