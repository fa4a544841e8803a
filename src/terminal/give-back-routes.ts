import type { Context } from 'koa';
import { whileWaiting } from '../http/caller-gone.js';
import type { Reply } from '../http/guard.js';
import { invalidRequest, Problem } from '../http/problem.js';
import type { NotRefundable, RefundAnswer, UndoAnswer } from '../payment/give-back-desk.js';
import { moneyText } from '../payment/money.js';
import type { Payment } from '../payment/payment.js';
import { refundView } from './payment-view.js';
import { preferWaitSeconds } from './prefer-wait.js';
import { receiptText, receiptView } from './receipt-view.js';
import type { RefundBody } from './sale-schemas.js';
import { booksBusyProblem, noSuchPayment, requireRight, stoppingProblem } from './terminal-access.js';
import type { TerminalKeyHolder } from './terminal-ports.js';
import type { RouteParts } from './terminal-routes.js';

/** Answers `POST …/refunds`. */
export async function startRefund(
  parts: RouteParts,
  payment: Payment,
  body: RefundBody,
  holder: TerminalKeyHolder,
  ctx: Context,
): Promise<Reply> {
  const { currency, value } = body.amount;
  if (currency === 'IDR' && !value.endsWith('00')) throw invalidRequest('amount.value', 'must end in 00 for IDR');
  const outcome = await waiting(parts, ctx, (wait) =>
    parts.desk.refund({
      paymentRequestId: payment.paymentRequestId,
      refundReference: body.refundReference,
      amount: body.amount,
      reason: body.reason ?? null,
      by: { kind: 'terminal', id: holder.terminalId },
      ...wait,
    }),
  );
  return refundReply(outcome);
}

function refundReply(outcome: RefundAnswer): Reply {
  switch (outcome.kind) {
    case 'created':
      return {
        status: 201,
        body: refundView(outcome.refund),
        headers: { Location: `/v1/payments/${outcome.refund.paymentRequestId}/refunds/${outcome.refund.refundReference}` },
      };
    case 'repeated':
      return { status: 200, body: refundView(outcome.refund) };
    case 'refundConflict': {
      const { refundReference, refundRequestId, state } = outcome.existing;
      throw new Problem(
        'refund_conflict',
        'This refundReference was used for another refund. Take a new reference for a new one.',
        {
          members: { existing: { refundReference, refundRequestId, state } },
        },
      );
    }
    case 'exceedsPayment':
      throw new Problem('refund_exceeds_payment', `At most ${moneyText(outcome.left)} can still be refunded.`, {
        members: { left: { ...outcome.left } },
      });
    case 'otherCurrency':
      throw invalidRequest('amount.currency', `must be ${outcome.currency}, the currency of the payment`);
    case 'notRefundable':
      throw notRefundable(outcome.why, outcome.payment);
    case 'booksBusy':
      throw booksBusyProblem();
    case 'stopping':
      throw stoppingProblem();
    case 'unknown':
      throw noSuchPayment();
  }
}

/** Answers `POST …/undo`. */
export async function undoPayment(parts: RouteParts, payment: Payment, holder: TerminalKeyHolder, ctx: Context): Promise<Reply> {
  const outcome = await waiting(parts, ctx, (wait) =>
    parts.desk.undo({
      paymentRequestId: payment.paymentRequestId,
      by: { kind: 'terminal', id: holder.terminalId },
      mayRefund: holder.may.includes('refund'),
      mayCancel: holder.may.includes('cancel'),
      ...wait,
    }),
  );
  return undoReply(parts, outcome, holder);
}

function undoReply(parts: RouteParts, outcome: UndoAnswer, holder: TerminalKeyHolder): Reply {
  switch (outcome.kind) {
    case 'undoing':
    case 'accepted':
      return { status: 202, body: parts.views.payment(outcome.payment) };
    case 'alreadyCancelled':
      return { status: 200, body: parts.views.payment(outcome.payment) };
    case 'notCancellable': {
      const { paymentRequestId, life } = outcome.payment;
      const members = { payment: { paymentRequestId, state: life.state } };
      throw new Problem('not_cancellable', 'The payment has ended unpaid; there is nothing to undo.', { members });
    }
    case 'notRefundable':
      throw notRefundable(outcome.why, outcome.payment);
    case 'needsRefundRight':
      requireRight(holder, 'refund');
      throw noSuchPayment();
    case 'needsCancelRight':
      requireRight(holder, 'cancel');
      throw noSuchPayment();
    case 'booksBusy':
      throw booksBusyProblem();
    case 'stopping':
      throw stoppingProblem();
    case 'unknown':
      throw noSuchPayment();
  }
}

const WHY_NOT: Readonly<Record<NotRefundable, string>> = {
  notPaid: 'Only a paid payment can be refunded.',
  undone: 'The payment is undone or being undone as a whole.',
  nothingLeft: 'The whole amount is refunded already, or being refunded.',
  unknownHere: 'Money of this payment went back that these books know nothing of. Ask the back office.',
  noRefundsThere: 'The upstream of this payment takes no refunds; give the money back by other means.',
  nobodyThere: 'The upstream of this payment is not configured any more; give the money back by other means.',
};

function notRefundable(why: NotRefundable, { paymentRequestId, life }: Payment): Problem {
  return new Problem('not_refundable', WHY_NOT[why], { members: { payment: { paymentRequestId, state: life.state } } });
}

/** The work with the wait that the caller prefers; none unless asked for. */
async function waiting<T>(
  parts: RouteParts,
  ctx: Context,
  work: (wait: { readonly waitMs: number; readonly stop: AbortSignal }) => Promise<T>,
): Promise<T> {
  if (parts.stopping.aborted) throw stoppingProblem();
  const wait = whileWaiting(ctx, parts.stopping);
  const seconds = preferWaitSeconds(ctx.get('Prefer'));
  if (seconds !== undefined) ctx.set('Preference-Applied', `wait=${seconds}`);
  try {
    return await work({ waitMs: 1_000 * (seconds ?? 0), stop: wait.ended });
  } finally {
    wait.release();
  }
}

/** Answers `GET …/receipt`; plain text is written by itself. Throws 409 `not_paid`. */
export async function readReceipt(
  parts: RouteParts,
  payment: Payment,
  format: 'text' | undefined,
  ctx: Context,
): Promise<Reply | undefined> {
  if (payment.life.state !== 'paid') {
    const members = { payment: { paymentRequestId: payment.paymentRequestId, state: payment.life.state } };
    throw new Problem('not_paid', 'There is no receipt for a payment that is not paid.', { members });
  }
  const refunds = await parts.turns.run(() => parts.reader.refunds(payment.paymentRequestId));
  if (refunds === 'tooLong') throw booksBusyProblem();
  const shop = parts.shopNames(payment);
  const receipt = receiptView(payment, refunds, shop);
  if (format === undefined) return { status: 200, body: receipt };
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'text/plain; charset=utf-8';
  ctx.body = receiptText(receipt, shop.timeZone);
  return undefined;
}
