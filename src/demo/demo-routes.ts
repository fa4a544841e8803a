import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import * as z from 'zod';
import { readJsonBody, TERMINAL_BODY_LIMIT } from '../http/body.js';
import { invalidRequest, Problem } from '../http/problem.js';
import { deskOf } from './demo-desks.js';
import type { StoryLine } from './story.js';
import type { Trouble } from './troubles.js';

/** One lane of the demo, as the routes reach it. */
export interface DeskRouteParts {
  readonly upstreamId: string;
  readonly terminalId: string;
  /** Answers with the live stream. */
  readonly follow: (ctx: Context) => void;
  readonly picture: () => Buffer;
  readonly story: (paymentRequestId: string) => Promise<readonly StoryLine[] | undefined>;
  /** What a camera reads: off the glass, or off the screen of the till that shows the code of a payment. */
  readonly look: (tillShows: string | null) => Promise<string | null>;
  readonly troubles: { list(): readonly Trouble[]; set(name: string, on: boolean): Promise<boolean> };
  /** Passes `/v1/…` on to the terminal API, with the till's key. */
  readonly terminal: Middleware;
  /** The same for paths that begin with this. */
  readonly terminalUnder: (under: string) => Middleware;
}

/** What the routes of the page are joined to. */
export interface DemoRouteParts {
  /** The first is the one that is meant when nobody says otherwise. */
  readonly desks: readonly [DeskRouteParts, ...DeskRouteParts[]];
  /** Passes `/sim/…` on to the simulator. */
  readonly simulator: Middleware;
}

const lookBody = z.strictObject({ tillShows: z.string().max(100).nullable() });
const troubleBody = z.strictObject({ on: z.boolean() });

/**
 * Everything the page calls: its own few routes under `/demo`, of the desk that `?upstream=` names; the terminal API under `/v1` with the
 * key of the first till, under `/tills/T02/v1` with another's; the simulator under `/sim`.
 */
export function demoRoutes({ desks, simulator }: DemoRouteParts): Router {
  const router = new Router({ sensitive: true, strict: true });
  const desk = (ctx: Context) => deskAsked(desks, ctx);
  router.get('/demo/live', (ctx) => desk(ctx).follow(ctx));
  router.get('/demo/glass.png', (ctx) => {
    ctx.body = desk(ctx).picture();
    ctx.set('Content-Type', 'image/png');
    ctx.set('Cache-Control', 'no-store');
  });
  router.get('/demo/payments/:id/story', async (ctx) => {
    const lines = await desk(ctx).story(String(ctx.params['id']));
    if (lines === undefined) throw new Problem('not_found', 'The books hold no such payment.');
    say(ctx, { lines });
  });
  router.post('/demo/look', async (ctx) => {
    const { tillShows } = await checked(ctx, lookBody);
    say(ctx, { code: await desk(ctx).look(tillShows) });
  });
  router.post('/demo/troubles/:name', async (ctx) => {
    const { troubles } = desk(ctx);
    const { on } = await checked(ctx, troubleBody);
    if (!(await troubles.set(String(ctx.params['name']), on))) throw new Problem('not_found', 'There is no such trouble.');
    say(ctx, { troubles: troubles.list() });
  });
  router.all('/v1/*rest', desks[0].terminal);
  for (const { terminalId, terminalUnder } of desks)
    router.all(`/tills/${terminalId}/v1/*rest`, terminalUnder(`/tills/${terminalId}`));
  router.all('/sim/*rest', simulator);
  return router;
}

/** The first one where none is named, or none that there is. */
function deskAsked(desks: DemoRouteParts['desks'], ctx: Context): DeskRouteParts {
  const wish = ctx.query['upstream'];
  return (typeof wish === 'string' ? deskOf(desks, wish) : undefined) ?? desks[0];
}

async function checked<S extends z.ZodType>(ctx: Context, schema: S): Promise<z.output<S>> {
  const result = schema.safeParse(await readJsonBody(ctx, TERMINAL_BODY_LIMIT));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalidRequest(issue?.path.join('.') || 'body', issue?.message ?? 'is not valid');
}

function say(ctx: Context, body: object): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
}
