import { Readable } from 'node:stream';
import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { readJsonBody, TERMINAL_BODY_LIMIT } from '../http/body.js';
import { plainIssue } from '../http/plain-issue.js';
import { invalidRequest, Problem } from '../http/problem.js';
import type { ImportAnswer, ReconDesk } from '../reconciliation/recon-desk.js';
import { exceptionJson } from '../reconciliation/recon-views.js';
import { receiveUpload } from './clearing-upload.js';

/** Port: who may come in, and what for; throws a `Problem` for everybody else. */
export interface ClearingGate {
  admit(ctx: Context, role: 'viewer' | 'operator' | 'approver'): Promise<{ readonly person: { readonly name: string } }>;
}

export interface ClearingRouteParts {
  readonly desk: ReconDesk;
  readonly gate: ClearingGate;
}

const DATE = z.iso.date('must be a day like 2026-03-05, in UTC+8');
const MOST_ITEMS = 500;
const USUAL_ITEMS = 100;
const LISTING = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MOST_ITEMS).default(USUAL_ITEMS),
  cursor: z.coerce.number().int().min(0).default(0),
});
const NOTHING = z.strictObject({}).optional();
const REASON = z.strictObject({ reason: z.string().trim().min(1).max(1000) });

type WithParams = Context & { readonly params: Readonly<Record<string, string>> };

function checked<S extends z.ZodType>(schema: S, value: unknown, place: string): z.output<S> {
  const result = schema.safeParse(value, { error: plainIssue });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? place : issue.path.join('.');
  throw invalidRequest(path, issue?.message ?? 'is not valid');
}

const dateOf = (ctx: Context) => checked(DATE, (ctx as WithParams).params['date'], 'date');
const listingOf = (ctx: Context) => checked(LISTING, { ...ctx.query }, 'query');

async function bodyOf<S extends z.ZodType>(ctx: Context, schema: S): Promise<z.output<S>> {
  return checked(schema, await readJsonBody(ctx, TERMINAL_BODY_LIMIT), 'body');
}

function say(ctx: Context, body: unknown, status = 200): void {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
}

const closed = (date: string) => new Problem('day_closed', `The clearing day ${date} is sealed: it never changes again.`);

function tellImport(ctx: Context, answer: ImportAnswer): void {
  switch (answer.kind) {
    case 'imported':
      say(ctx, { files: answer.files }, answer.files.some(({ unchanged }) => !unchanged) ? 201 : 200);
      return;
    case 'refused':
      throw new Problem('invalid_request', `Nothing was imported: ${answer.errors.length} errors.`, { errors: answer.errors });
    default:
      throw new Problem(answer.kind, `${answer.message}.`);
  }
}

function dayRoutes(router: Router, { desk, gate }: ClearingRouteParts): void {
  router.get('/api/days/:date', async (ctx) => {
    await gate.admit(ctx, 'viewer');
    say(ctx, await desk.day(dateOf(ctx)));
  });
  router.get('/api/days/:date/lines', async (ctx) => {
    await gate.admit(ctx, 'viewer');
    const { cursor, limit } = listingOf(ctx);
    say(ctx, await desk.lines(dateOf(ctx), cursor, limit));
  });
  router.get('/api/days/:date/exceptions', async (ctx) => {
    await gate.admit(ctx, 'viewer');
    const { cursor, limit } = listingOf(ctx);
    const { items, nextCursor } = await desk.exceptions(dateOf(ctx), cursor, limit);
    say(ctx, { items: items.map(exceptionJson), nextCursor });
  });
  router.get('/api/days/:date/export.csv', async (ctx) => {
    await gate.admit(ctx, 'viewer');
    const date = dateOf(ctx);
    say(ctx, Readable.from(desk.exportCsv(date)));
    ctx.set('Content-Type', 'text/csv; charset=utf-8');
    ctx.set('Content-Disposition', `attachment; filename="clearing-${date}.csv"`);
  });
  router.post('/api/days/:date/run', async (ctx) => {
    const { person } = await gate.admit(ctx, 'operator');
    const date = dateOf(ctx);
    await bodyOf(ctx, NOTHING);
    const day = await desk.run(date, person.name);
    if (day === 'sealed') throw closed(date);
    say(ctx, day);
  });
  router.post('/api/days/:date/close', async (ctx) => {
    const { person } = await gate.admit(ctx, 'approver');
    const date = dateOf(ctx);
    await bodyOf(ctx, NOTHING);
    const day = await desk.close(date, person.name);
    if (day === 'sealed') throw closed(date);
    if (day === 'open') throw new Problem('exceptions_open', `${date} has open exceptions: resolve them first.`);
    if (day === 'neverRun') throw new Problem('exceptions_open', `${date} was never compared: run it first.`);
    say(ctx, day);
  });
}

/**
 * Clearing files and days (till API contract 5). Every route asks the gate before it reads anything
 * else of the call.
 */
export function clearingRoutes(parts: ClearingRouteParts): Router {
  const { desk, gate } = parts;
  const router = new Router({ sensitive: true, strict: true });
  dayRoutes(router, parts);
  router.post('/api/clearing-files', async (ctx) => {
    const { person } = await gate.admit(ctx, 'operator');
    const upload = await receiveUpload(ctx);
    try {
      tellImport(ctx, await desk.import(upload.sources, person.name));
    } finally {
      await upload.remove();
    }
  });
  router.get('/api/clearing-files/:name/lines/:line', async (ctx) => {
    await gate.admit(ctx, 'viewer');
    const { name = '', line = '' } = (ctx as WithParams).params;
    const found = /^[1-9]\d{0,9}$/.test(line) ? await desk.lineOfFile(name, Number(line)) : undefined;
    if (found === undefined) throw new Problem('not_found', 'The books hold no such line of such a file.');
    say(ctx, { file: name, ...found });
  });
  router.post('/api/exceptions/:id/resolve', async (ctx) => {
    const { person } = await gate.admit(ctx, 'operator');
    const { reason } = await bodyOf(ctx, REASON);
    const done = await desk.resolve((ctx as WithParams).params['id'] ?? '', person.name, reason);
    if (done === 'unknown') throw new Problem('not_found', 'There is no such exception.');
    if (done === 'sealed') throw new Problem('day_closed', 'The day of this exception is sealed: it never changes again.');
    say(ctx, exceptionJson(done));
  });
  return router;
}
