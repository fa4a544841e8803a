import type Router from '@koa/router';
import { z } from 'zod';
import type { Log } from '../base/log.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { createBackOfficeRouter, endpoint } from './backoffice-router.js';

/** Port: the figures of the bridge as Prometheus reads them. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

export const readMetrics = endpoint({
  name: 'readMetrics',
  role: 'viewer',
  method: 'get',
  path: '/metrics',
  summary: 'Figures as Prometheus reads them',
  description: 'No label names a payment, a person or a key.',
  params: z.object({}),
  query: z.object({}),
  body: null,
  answers: { 200: { says: 'The figures.', mediaType: 'text/plain', schema: z.string() } },
  problems: ['unauthenticated', 'too_many_requests'],
});

/** `GET /metrics`, for a viewer's key. */
export function metricsRoute(parts: { readonly metrics: MetricsText; readonly gate: BackOfficeGate; readonly log: Log }): Router {
  const { router, route } = createBackOfficeRouter(parts);
  route(readMetrics, async () => ({
    status: 200,
    body: await parts.metrics.text(),
    headers: { 'Content-Type': parts.metrics.contentType },
  }));
  return router;
}
