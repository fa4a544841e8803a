import Router from '@koa/router';
import type { BackOfficeGate } from './backoffice-gate.js';

/** Port: the figures of the bridge as Prometheus reads them. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** `GET /metrics`, for a viewer's key. No label names a payment, a person or a key. */
export function metricsRoute({ metrics, gate }: { readonly metrics: MetricsText; readonly gate: BackOfficeGate }): Router {
  const router = new Router({ sensitive: true, strict: true });
  router.get('/metrics', gate.needs('viewer'), async (ctx) => {
    ctx.body = await metrics.text();
    ctx.set('Content-Type', metrics.contentType);
    ctx.set('Cache-Control', 'no-store');
  });
  return router;
}
