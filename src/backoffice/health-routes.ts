import Router from '@koa/router';
import type { Context } from 'koa';

/** What decides whether the bridge can take sales. */
export interface Readiness {
  /** `able`: lanes that can take a sale; a dead glass alone never makes a lane unable. */
  readonly lanes: { readonly total: number; readonly able: number };
  /** What is wrong, as code words that name nothing and nobody: `stopping`, `books.diskFull`, `upstream.noAnswer`. */
  readonly reasons: readonly string[];
}

/** Port: how the bridge is, asked at every call. */
export interface BridgeHealth {
  readiness(): Promise<Readiness>;
}

/** `GET /healthz` (the process answers) and `GET /readyz` (it can take sales, else 503 and why, in code words): no key, no identifiers. */
export function healthRoutes(health: BridgeHealth): Router {
  const router = new Router({ sensitive: true, strict: true });
  router.get('/healthz', (ctx) => answer(ctx, 200, { alive: true }));
  router.get('/readyz', async (ctx) => {
    const { lanes, reasons } = await health.readiness();
    const { total, able } = lanes;
    const ready = able > 0;
    if (!ready) ctx.set('Retry-After', '5');
    answer(ctx, ready ? 200 : 503, { ready, lanes: { total, able }, ...(reasons.length > 0 && { reasons }) });
  });
  return router;
}

function answer(ctx: Context, status: number, body: object): void {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
}
