import Router from '@koa/router';
import Koa, { type Context } from 'koa';
import { parseIsoTime } from '../base/clock.js';
import { knownFaults, readPlan } from './fault-plan.js';
import { knownTampers } from './notification-tamper.js';
import { readRequestBody } from './read-request.js';
import { replayText, reportText } from './run-report.js';
import type { UpstreamSimulator } from './upstream-simulator.js';
import type { WalletAnswer } from './wallet.js';

const MOST_BODY_BYTES = 256 * 1024;
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

function say(ctx: Context, status: number, body: unknown): void {
  ctx.status = status;
  ctx.body = body;
}

function refuse(ctx: Context, status: number, error: string): void {
  say(ctx, status, { error });
}

/** Empty counts as `{}`; `undefined` means that the refusal has been said. */
async function jsonBody(ctx: Context): Promise<unknown> {
  const raw = await readRequestBody(ctx.req, MOST_BODY_BYTES);
  if (raw === undefined) {
    refuse(ctx, 413, `the body is longer than ${MOST_BODY_BYTES} bytes`);
    return undefined;
  }
  if (raw.length === 0) return {};
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Falls through to the same sentence.
  }
  refuse(ctx, 400, 'the body is not a JSON object or list');
  return undefined;
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

function textField(body: unknown, name: string): string | undefined {
  const value = field(body, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function answerWallet(ctx: Context, answer: WalletAnswer): void {
  if (answer.kind === 'unknown') refuse(ctx, 404, 'no such order');
  else if (answer.kind === 'refused') say(ctx, 409, { error: answer.why, order: answer.order });
  else say(ctx, 200, answer.order);
}

const param = (ctx: Context & { params: Record<string, string> }, name: string) => ctx.params[name] ?? '';

function orderRoutes(router: Router, simulator: UpstreamSimulator): void {
  router.get('/sim/orders', (ctx) => say(ctx, 200, { orders: simulator.orders() }));
  router.get('/sim/orders/:id', (ctx) => {
    const order = simulator.order(param(ctx, 'id'));
    if (order === undefined) refuse(ctx, 404, 'no such order');
    else say(ctx, 200, order);
  });
  router.post('/sim/orders/:id/pay', async (ctx) => {
    const body = await jsonBody(ctx);
    if (body !== undefined) answerWallet(ctx, simulator.pay(param(ctx, 'id'), { late: field(body, 'late') === true }));
  });
  router.post('/sim/orders/:id/decline', async (ctx) => {
    const body = await jsonBody(ctx);
    if (body === undefined) return;
    const resultCode = textField(body, 'resultCode');
    if (resultCode === undefined) refuse(ctx, 400, 'resultCode is missing');
    else answerWallet(ctx, simulator.decline(param(ctx, 'id'), resultCode));
  });
  router.post('/sim/orders/:id/close', (ctx) => answerWallet(ctx, simulator.close(param(ctx, 'id'))));
  router.post('/sim/scan', async (ctx) => {
    const body = await jsonBody(ctx);
    if (body === undefined) return;
    const code = textField(body, 'code');
    if (code === undefined) refuse(ctx, 400, 'code is missing');
    else answerWallet(ctx, simulator.scan(code));
  });
}

function notificationRoutes(router: Router, simulator: UpstreamSimulator): void {
  router.get('/sim/notifications', (ctx) => {
    const { notifications: dropped } = simulator.dropped();
    say(ctx, 200, { notifications: simulator.notifications(), dropped, tampers: knownTampers() });
  });
  router.post('/sim/notifications/:id/resend', async (ctx) => {
    const body = await jsonBody(ctx);
    if (body === undefined) return;
    const times = field(body, 'times') ?? 1;
    if (typeof times !== 'number' || !Number.isInteger(times) || times < 1 || times > 10_000) {
      refuse(ctx, 400, 'times is a whole number from 1 to 10000');
      return;
    }
    const done = await simulator.resend(param(ctx, 'id'), { times, tamper: textField(body, 'tamper') });
    if (done === undefined) refuse(ctx, 404, 'no such notification');
    else if (typeof done === 'string') refuse(ctx, 400, done);
    else say(ctx, 200, { deliveries: done });
  });
  router.post('/sim/orders/:id/invent-notification', async (ctx) => {
    const body = await jsonBody(ctx);
    if (body === undefined) return;
    const resultCode = textField(body, 'resultCode') ?? 'SUCCESS';
    const resultStatus = textField(body, 'resultStatus') ?? 'S';
    const done = await simulator.inventNotification(param(ctx, 'id'), resultCode, resultStatus, textField(body, 'tamper'));
    if (done === undefined) refuse(ctx, 404, 'no such order');
    else if (typeof done === 'string') refuse(ctx, 400, done);
    else say(ctx, 200, done);
  });
}

function faultRoutes(router: Router, simulator: UpstreamSimulator): void {
  const plan = () => ({ faults: simulator.faults(), chaos: simulator.chaos() ?? null, known: knownFaults() });
  router.get('/sim/faults', (ctx) => say(ctx, 200, plan()));
  router.put('/sim/faults', async (ctx) => {
    const body = await jsonBody(ctx);
    if (body === undefined) return;
    const wanted = readPlan(body);
    const wrong = typeof wanted === 'string' ? wanted : simulator.setFaults(wanted.faults);
    if (wrong !== undefined || typeof wanted === 'string') {
      refuse(ctx, 400, wrong ?? '');
      return;
    }
    simulator.setChaos(wanted.chaos);
    say(ctx, 200, plan());
  });
}

function reportRoutes(router: Router, simulator: UpstreamSimulator): void {
  router.get('/sim/report', (ctx) => {
    const report = simulator.report();
    if (ctx.query['format'] === 'text') ctx.body = reportText(report);
    else say(ctx, 200, report);
  });
  router.get('/sim/log', (ctx) => {
    const { log, ...report } = simulator.report();
    const head = `${replayText(report)}${log.events} events, ${log.dropped} of them no longer listed, sha256 ${log.sha256}\n`;
    ctx.body = [
      ...head
        .trimEnd()
        .split('\n')
        .map((line) => `# ${line}`),
      ...simulator.eventLog(),
      '',
    ].join('\n');
  });
}

function clearingRoutes(router: Router, simulator: UpstreamSimulator): void {
  router.post('/sim/clearing-files', async (ctx) => {
    const body = await jsonBody(ctx);
    if (body === undefined) return;
    const date = textField(body, 'date') ?? '';
    const parts = field(body, 'parts') ?? 1;
    if (parseIsoTime(`${date}T00:00:00+08:00`) === undefined) refuse(ctx, 400, 'date is a day like 2026-03-05, in UTC+8');
    else if (typeof parts !== 'number' || !Number.isInteger(parts) || parts < 1 || parts > 1000)
      refuse(ctx, 400, 'parts is a whole number from 1 to 1000');
    else say(ctx, 200, { date, ...simulator.clearingFiles(date, parts) });
  });
}

/** Everything under `/sim` (contract 6) as a Koa application. Answers only to loopback names, so that no foreign web page can drive it. */
export function simulatorRoutes(simulator: UpstreamSimulator): Koa {
  const app = new Koa();
  const router = new Router();
  orderRoutes(router, simulator);
  notificationRoutes(router, simulator);
  faultRoutes(router, simulator);
  reportRoutes(router, simulator);
  router.get('/sim/calls', (ctx) => say(ctx, 200, { calls: simulator.calls(), dropped: simulator.dropped().calls }));
  router.get('/sim/public-key', (ctx) => {
    ctx.type = 'application/x-pem-file';
    ctx.body = simulator.publicKeyPem;
  });
  clearingRoutes(router, simulator);
  app.silent = true;
  app.use(async (ctx, next) => {
    const origin = ctx.get('origin');
    if (!LOOPBACK_HOST.test(ctx.get('host'))) refuse(ctx, 421, 'only loopback host names are answered');
    else if (origin !== '' && !LOOPBACK_HOST.test(origin.replace(/^https?:\/\//, ''))) refuse(ctx, 403, 'foreign origin');
    else await next();
    if (ctx.status === 404 && ctx.body === undefined) refuse(ctx, 404, 'not found');
  });
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}
