import Router from '@koa/router';
import type { Context } from 'koa';

/** What decides whether the bridge can take sales. */
export interface Readiness {
  readonly booksAvailable: boolean;
  readonly stopping: boolean;
  /** `able`: lanes that can take a sale; a dead glass alone never makes a lane unable. */
  readonly lanes: { readonly total: number; readonly able: number };
}

/** Port: how the bridge is, asked at every call. */
export interface BridgeHealth {
  readiness(): Promise<Readiness>;
}

/** `GET /healthz` (the process answers) and `GET /readyz` (it can take sales, else 503): no key, no identifiers. */
export function healthRoutes(health: BridgeHealth): Router {
  const router = new Router({ sensitive: true, strict: true });
  router.get('/healthz', (ctx) => answer(ctx, 200, { alive: true }));
  router.get('/readyz', async (ctx) => {
    const { booksAvailable, stopping, lanes } = await health.readiness();
    const ready = booksAvailable && !stopping && lanes.able > 0;
    if (!ready) ctx.set('Retry-After', '5');
    answer(ctx, ready ? 200 : 503, { ready, lanes: { total: lanes.total, able: lanes.able } });
  });
  return router;
}

function answer(ctx: Context, status: number, body: object): void {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
}
