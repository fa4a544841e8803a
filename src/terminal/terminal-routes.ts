import Router, { type RouterMiddleware } from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { Doorbell } from '../base/doorbell.js';
import type { Log } from '../base/log.js';
import { TERMINAL_BODY_LIMIT } from '../http/body.js';
import { whileWaiting } from '../http/caller-gone.js';
import { type Endpoint, type GuardParts, guard, type Reply } from '../http/guard.js';
import { invalidRequest, Problem } from '../http/problem.js';
import type { LaneId, Payment, PaymentRequestId } from '../payment/payment.js';
import type { Turns } from '../payment/turns.js';
import { createBellLatch } from './bell-latch.js';
import * as giveBackApi from './give-back-api.js';
import { readReceipt, startRefund, undoPayment } from './give-back-routes.js';
import { cursorOf, readCursor } from './list-cursor.js';
import { refundView } from './payment-view.js';
import { preferWaitSeconds } from './prefer-wait.js';
import { askedSale, saleFrom } from './sale-intake.js';
import { type ListQuery, LONGEST_WAIT_S, type ReadQuery, type SaleBody } from './sale-schemas.js';
import { admitTerminal, booksBusyProblem, laneOf, noSuchPayment, requireRight, stoppingProblem } from './terminal-access.js';
import * as api from './terminal-api.js';
import type { TerminalGate } from './terminal-gate.js';
import type {
  CodePictures,
  LaneRules,
  PaymentReader,
  ShopNames,
  TerminalDesk,
  TerminalKeyHolder,
  TerminalRight,
  Terminals,
} from './terminal-ports.js';
import type { TerminalViews } from './terminal-views.js';

/** What the routes of the terminal API need. */
export interface RouteParts {
  readonly terminals: Terminals;
  readonly gate: TerminalGate;
  readonly desk: TerminalDesk;
  readonly reader: PaymentReader;
  /** Shared by everything that tills ask of the books. */
  readonly turns: Turns;
  readonly views: TerminalViews;
  readonly pictures: CodePictures;
  readonly laneRules: (laneId: LaneId) => LaneRules | undefined;
  /** For receipts. */
  readonly shopNames: (payment: Pick<Payment, 'laneId' | 'upstreamId'>) => ShopNames;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the bridge begins to stop: no new work, every waiting ends. */
  readonly stopping: AbortSignal;
  /** Answers `GET /v1/lanes/{laneId}/events` by itself. */
  readonly followLane: (laneId: LaneId, ctx: Context) => Promise<void>;
}

const DEFAULT_WAIT_S = 3;
const DEFAULT_PAGE = 20;
/** A lost ring costs at most this much. */
const RECHECK_MS = 1_000;

/** The calls of the terminal API that need a key. */
export function terminalRoutes(parts: RouteParts): Router {
  const router = new Router({ sensitive: true, strict: true });

  function route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
    endpoint: Endpoint<P, Q, B>,
    right: TerminalRight | null,
    handle: GuardParts<TerminalKeyHolder, P, Q, B>['handle'],
    takes: 'call' | 'stream' = 'call',
  ): void {
    const admit = (ctx: Context) => parts.gate.admit(ctx, right);
    const inItsPlace: typeof handle = async (asked, holder, ctx) => {
      const leave = parts.gate.enter(holder, takes);
      return handle(asked, holder, ctx).finally(leave);
    };
    const middleware = guard({ endpoint, bodyLimit: TERMINAL_BODY_LIMIT, log: parts.log, admit, handle: inItsPlace });
    router.register(endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'), [endpoint.method], middleware as RouterMiddleware);
  }

  const visible = (id: string, holder: TerminalKeyHolder) => visiblePayment(parts, id, holder);

  route(api.startPayment, 'pay', ({ body }, holder, ctx) => start(parts, body, holder, ctx));
  route(api.listPayments, null, ({ query }, holder) => list(parts, query, holder));
  route(api.readPayment, null, ({ params, query }, _holder, ctx) => read(parts, params.paymentRequestId, query, ctx));
  route(api.codeSvg, null, async ({ params }, holder, ctx) => {
    const svg = await parts.pictures.svg(codeOf(parts, await visible(params.paymentRequestId, holder)));
    picture(ctx, 'image/svg+xml', svg);
  });
  route(api.codePng, null, async ({ params }, holder, ctx) => {
    const png = await parts.pictures.png(codeOf(parts, await visible(params.paymentRequestId, holder)));
    picture(ctx, 'image/png', Buffer.from(png));
  });
  route(api.cancelPayment, 'cancel', async ({ params }, holder, ctx) =>
    cancel(parts, await visible(params.paymentRequestId, holder), holder, ctx),
  );
  route(giveBackApi.startRefund, 'refund', async ({ params, body }, holder, ctx) =>
    startRefund(parts, await visible(params.paymentRequestId, holder), body, holder, ctx),
  );
  route(giveBackApi.listRefunds, null, async ({ params }, holder) => {
    const { paymentRequestId } = await visible(params.paymentRequestId, holder);
    const refunds = await inTurn(parts, () => parts.reader.refunds(paymentRequestId));
    return { status: 200, body: { refunds: refunds.map(refundView) } };
  });
  route(giveBackApi.readRefund, null, async ({ params }, holder) => {
    const { paymentRequestId } = await visible(params.paymentRequestId, holder);
    const refunds = await inTurn(parts, () => parts.reader.refunds(paymentRequestId));
    const refund = refunds.find(({ refundReference }) => refundReference === params.refundReference);
    if (refund === undefined) throw new Problem('not_found', 'This payment has no refund of this reference.');
    return { status: 200, body: refundView(refund) };
  });
  route(giveBackApi.undoPayment, null, async ({ params }, holder, ctx) => {
    // Which of the two it takes depends on how the payment stands; with neither there is nothing to look at.
    if (!holder.may.includes('cancel')) requireRight(holder, 'refund');
    return undoPayment(parts, await visible(params.paymentRequestId, holder), holder, ctx);
  });
  route(giveBackApi.readReceipt, null, async ({ params, query }, holder, ctx) =>
    readReceipt(parts, await visible(params.paymentRequestId, holder), query.format, ctx),
  );
  route(api.readLane, null, async ({ params }, holder) => ({
    status: 200,
    body: await laneView(parts, laneOf(holder, params.laneId)),
  }));
  route(
    api.laneEvents,
    null,
    async ({ params }, holder, ctx) => {
      await parts.followLane(laneOf(holder, params.laneId), ctx);
      return undefined;
    },
    'stream',
  );
  return router;
}

/** A look into the books, when it is its turn. Throws 503 when no turn comes in time. */
async function inTurn<T>({ turns }: RouteParts, look: () => Promise<T>): Promise<T> {
  const found = await turns.run(look);
  if (found === 'tooLong') throw booksBusyProblem();
  return found;
}

async function visiblePayment(parts: RouteParts, id: string, holder: TerminalKeyHolder): Promise<Payment> {
  const payment = await inTurn(parts, () => parts.reader.find(id as PaymentRequestId));
  if (payment === undefined || !holder.lanes.includes(payment.laneId)) throw noSuchPayment();
  return payment;
}

const laneView = (parts: RouteParts, laneId: LaneId) => inTurn(parts, () => parts.views.lane(laneId));

async function start(parts: RouteParts, body: SaleBody, holder: TerminalKeyHolder, ctx: Context): Promise<Reply> {
  if (parts.stopping.aborted) throw stoppingProblem();
  const waitS = preferWaitSeconds(ctx.get('Prefer'));
  if (waitS !== undefined) ctx.set('Preference-Applied', `wait=${waitS}`);
  const waiting = whileWaiting(ctx, parts.stopping);
  try {
    const waitMs = 1_000 * (waitS ?? DEFAULT_WAIT_S);
    const outcome = await parts.desk.accept({
      asked: askedSale(body, holder),
      admit: () => saleFrom(body, holder, parts.laneRules),
      replaceOpenPayment: body.replaceOpenPayment === true,
      waitMs,
      stop: waiting.ended,
    });
    switch (outcome.kind) {
      case 'created':
        return {
          status: 201,
          body: parts.views.payment(outcome.payment),
          headers: { Location: `/v1/payments/${outcome.payment.paymentRequestId}` },
        };
      case 'repeated':
        return { status: 200, body: parts.views.payment(outcome.payment) };
      case 'saleConflict':
        throw new Problem(
          'sale_conflict',
          'This saleReference was used for a sale with other content. Take a new reference for a new sale.',
          {
            members: {
              existing: { paymentRequestId: outcome.existing.paymentRequestId, state: outcome.existing.life.state },
            },
          },
        );
      case 'laneBusy':
        throw openPaymentProblem('lane_busy', 'The lane has an open payment. Wait for its end or cancel it.', outcome.open);
      case 'openPaymentPaid':
        throw openPaymentProblem('open_payment_paid', 'The open payment was paid before it could be cancelled.', outcome.open);
      case 'refused':
        throw invalidRequest(outcome.refusal.path, outcome.refusal.message);
      case 'booksBusy':
        throw booksBusyProblem();
      case 'stopping':
        throw stoppingProblem();
    }
  } finally {
    waiting.release();
  }
}

function openPaymentProblem(code: 'lane_busy' | 'open_payment_paid', detail: string, open: Payment): Problem {
  const { paymentRequestId, saleReference, terminalId, life } = open;
  return new Problem(code, detail, {
    members: { openPayment: { paymentRequestId, saleReference, terminalId, state: life.state } },
  });
}

async function list(parts: RouteParts, query: z.output<typeof ListQuery>, holder: TerminalKeyHolder): Promise<Reply> {
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  if (after === undefined) throw invalidRequest('cursor', 'is not a cursor of this bridge');
  const limit = query.limit ?? DEFAULT_PAGE;
  const filter = {
    lanes: query.laneId === undefined ? holder.lanes : [laneOf(holder, query.laneId)],
    saleReference: query.saleReference ?? null,
    state: query.state ?? null,
    limit: limit + 1,
    after,
  };
  const found = await inTurn(parts, () => parts.reader.list(filter));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = found.length > limit && last !== undefined ? cursorOf(last) : null;
  return { status: 200, body: { payments: page.map((payment) => parts.views.payment(payment)), nextCursor } };
}

async function read(parts: RouteParts, id: string, query: z.output<typeof ReadQuery>, ctx: Context): Promise<Reply> {
  const waiting = whileWaiting(ctx, parts.stopping);
  const latch = createBellLatch({ doorbell: parts.doorbell, topic: id, clock: parts.clock, ended: waiting.ended });
  // The key may be taken away while its holder waits.
  const look = () => visiblePayment(parts, id, admitTerminal(parts.terminals, ctx, null));
  try {
    const asked = query.waitSeconds ?? (query.afterVersion === undefined ? 0 : LONGEST_WAIT_S);
    const until = parts.clock.elapsedMs() + 1_000 * Math.min(asked, LONGEST_WAIT_S);
    let payment = await look();
    const afterVersion = query.afterVersion ?? payment.version;
    while (payment.version <= afterVersion && !waiting.ended.aborted) {
      const left = until - parts.clock.elapsedMs();
      if (left <= 0) break;
      await latch.wait(Math.min(left, RECHECK_MS));
      payment = await look();
    }
    return { status: 200, body: parts.views.payment(payment) };
  } finally {
    latch.close();
    waiting.release();
  }
}

function codeOf(parts: RouteParts, payment: Payment): string {
  const code = parts.views.showableCode(payment);
  if (code === undefined) throw new Problem('not_found', 'This payment has no code that may be shown.');
  return code;
}

function picture(ctx: Context, mediaType: string, body: string | Buffer): undefined {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
  ctx.type = mediaType;
}

async function cancel(parts: RouteParts, payment: Payment, holder: TerminalKeyHolder, ctx: Context): Promise<Reply> {
  if (parts.stopping.aborted) throw stoppingProblem();
  const waiting = whileWaiting(ctx, parts.stopping);
  try {
    const outcome = await parts.desk.cancel({
      paymentRequestId: payment.paymentRequestId,
      by: { kind: 'terminal', id: holder.terminalId },
      waitMs: 1_000 * (preferWaitSeconds(ctx.get('Prefer')) ?? 0),
      stop: waiting.ended,
    });
    switch (outcome.kind) {
      case 'accepted':
        return { status: 202, body: parts.views.payment(outcome.payment) };
      case 'alreadyCancelled':
        return { status: 200, body: parts.views.payment(outcome.payment) };
      case 'notCancellable': {
        const { paymentRequestId, life } = outcome.payment;
        const detail = life.state === 'paid' ? 'The payment is paid; undo gives the money back.' : 'The payment has ended.';
        throw new Problem('not_cancellable', detail, { members: { payment: { paymentRequestId, state: life.state } } });
      }
      case 'booksBusy':
        throw booksBusyProblem();
      case 'unknown':
        throw noSuchPayment();
    }
  } finally {
    waiting.release();
  }
}
