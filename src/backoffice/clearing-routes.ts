import { Readable } from 'node:stream';
import type Router from '@koa/router';
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { Problem } from '../http/problem.js';
import type { LinePick } from '../reconciliation/pick-lines.js';
import type { ImportAnswer, ReconDesk } from '../reconciliation/recon-desk.js';
import { exceptionJson } from '../reconciliation/recon-views.js';
import type { BackOfficeGate } from './backoffice-gate.js';
import { type BackOfficeRouter, createBackOfficeRouter } from './backoffice-router.js';
import * as api from './clearing-api.js';
import { receiveUpload } from './clearing-upload.js';

export interface ClearingRouteParts {
  readonly desk: ReconDesk;
  readonly gate: Pick<BackOfficeGate, 'admit'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Nothing can be compared that lies ahead. */
export const notBegun = (date: string) =>
  new Problem('invalid_request', `${date} has not begun in UTC+8, and no file of it is there. Repair: look at the date again.`);
const closed = (date: string) => new Problem('day_closed', `The clearing day ${date} is sealed: it never changes again.`);

function importReply(answer: ImportAnswer) {
  switch (answer.kind) {
    case 'imported':
      return { status: answer.files.some(({ unchanged }) => !unchanged) ? 201 : 200, body: { files: answer.files } };
    case 'refused':
      throw new Problem('invalid_request', `${answer.message.replace(/^n/, 'N')}.`, { errors: answer.errors });
    default:
      throw new Problem(answer.kind, `${answer.message}.`);
  }
}

/** Undefined: all lines. */
function pickOf(query: { readonly [name in keyof LinePick]?: LinePick[name] | undefined }): LinePick | undefined {
  const { verdict = null, basis = null, currency = null, side = null } = query;
  const isWhole = verdict === null && basis === null && currency === null && side === null;
  return isWhole ? undefined : { verdict, basis, currency, side };
}

function dayRoutes({ route }: BackOfficeRouter, desk: ReconDesk): void {
  route(api.readDay, async ({ params }) => ({ status: 200, body: await desk.day(params.date) }));
  route(api.listLines, async ({ params, query }) => ({
    status: 200,
    body: await desk.lines(params.date, query.cursor, query.limit, pickOf(query)),
  }));
  route(api.listExceptions, async ({ params, query }) => {
    const { items, nextCursor } = await desk.exceptions(params.date, query.cursor, query.limit);
    return { status: 200, body: { items: items.map(exceptionJson), nextCursor } };
  });
  route(api.exportDay, async ({ params: { date } }, _caller, ctx) => {
    ctx.status = 200;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = Readable.from(desk.exportCsv(date));
    ctx.set('Content-Type', 'text/csv; charset=utf-8');
    ctx.set('Content-Disposition', `attachment; filename="clearing-${date}.csv"`);
    return undefined;
  });
  route(api.runDay, async ({ params: { date } }, { person }) => {
    const day = await desk.run(date, person.name);
    if (day === 'sealed') throw closed(date);
    if (day === 'notBegun') throw notBegun(date);
    return { status: 200, body: day };
  });
  route(api.closeDay, async ({ params: { date } }, { person }) => {
    const day = await desk.close(date, person.name);
    if (day === 'sealed') throw closed(date);
    if (day === 'open') throw new Problem('exceptions_open', `${date} has open exceptions: resolve them first.`);
    if (day === 'running')
      throw new Problem('exceptions_open', `${date} is not over yet in UTC+8, and its reports are not there.`);
    if (day === 'newFiles')
      throw new Problem(
        'exceptions_open',
        `Files or sales of ${date}, or files beside it, have arrived since it was compared, or a day before it was sealed: run it again.`,
      );
    if (day === 'neverRun') throw new Problem('exceptions_open', `${date} was never compared: run it first.`);
    return { status: 200, body: day };
  });
}

/**
 * Clearing files and days (till API contract 5). Every route asks the gate before it reads anything
 * else of the call.
 */
export function clearingRoutes(parts: ClearingRouteParts): Router {
  const { desk } = parts;
  const routes = createBackOfficeRouter(parts);
  dayRoutes(routes, desk);
  routes.route(api.importFiles, async (_asked, { person }, ctx) => {
    const upload = await receiveUpload(ctx, parts.clock);
    try {
      return importReply(await desk.import(upload.sources, person.name));
    } finally {
      await upload.remove();
    }
  });
  routes.route(api.readFile, async ({ params: { name } }) => {
    const found = await desk.file(name);
    if (found === undefined) throw new Problem('not_found', 'The books hold no such file.');
    return { status: 200, body: found };
  });
  routes.route(api.readFileLine, async ({ params: { name, line } }) => {
    const found = /^[1-9]\d{0,9}$/.test(line) ? await desk.lineOfFile(name, Number(line)) : undefined;
    if (found === undefined) throw new Problem('not_found', 'The books hold no such line of such a file.');
    return { status: 200, body: { file: name, ...found } };
  });
  routes.route(api.resolveException, async ({ params, body }, { person }) => {
    const done = await desk.resolve(params.id, person.name, body.reason);
    if (done === 'unknown') throw new Problem('not_found', 'There is no such exception.');
    if (done === 'sealed') throw new Problem('day_closed', 'The day of this exception is sealed: it never changes again.');
    return { status: 200, body: exceptionJson(done) };
  });
  return routes.router;
}
