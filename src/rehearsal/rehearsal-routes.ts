import Router from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { readJsonBody, TERMINAL_BODY_LIMIT } from '../http/body.js';
import { invalidRequest, Problem } from '../http/problem.js';
import type { GlassDesk } from './glass-desk.js';

const troubleBody = z.strictObject({ on: z.boolean().optional(), count: z.int().min(1).max(1_000_000).optional() });

/** What the page of a rehearsal calls. */
export function rehearsalRoutes(desk: GlassDesk, follow: (ctx: Context) => void): Router {
  const router = new Router({ sensitive: true, strict: true });
  router.get('/live', (ctx) => follow(ctx));
  router.get('/glass.png', (ctx) => {
    ctx.body = desk.glass.picture();
    ctx.set('Content-Type', 'image/png');
    ctx.set('Cache-Control', 'no-store');
  });
  router.post('/troubles/:name', async (ctx) => {
    const read = troubleBody.safeParse(await readJsonBody(ctx, TERMINAL_BODY_LIMIT));
    const [issue] = read.error?.issues ?? [];
    if (!read.success) throw invalidRequest(issue?.path.join('.') || 'body', issue?.message ?? 'is not valid');
    if (!(await desk.make(String(ctx.params['name']), read.data))) throw new Problem('not_found', 'There is no such trouble.');
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { troubles: desk.troubles() };
  });
  return router;
}
