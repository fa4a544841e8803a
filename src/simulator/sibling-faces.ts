import { createHash } from 'node:crypto';
import { addMs, type Instant, instant, parseIsoTime, wholeSecondsUtc, wholeSecondsUtc8 } from '../base/clock.js';
import { type AnswerParts, paymentResultOf, transaction } from './answer-bodies.js';
import { type Face, TIME_TEXTS } from './face.js';
import type { AskedOrder, BookedOrder, GivenBack } from './order-book.js';
import { ORDER_CODE_FACE } from './order-code-face.js';
import { amountOf, canonical, type FieldRule, fieldAt, firstBreach, needed, object, optional, textAt } from './request-check.js';
import { SUCCESS, type WireObject, type WireResult, wireResult } from './simulator-words.js';

const PAY: readonly FieldRule[] = [
  needed('productCode', 32),
  needed('paymentRequestId', 64),
  { at: 'paymentAmount', kind: 'amount', needed: true },
  optional('paymentExpiryTime', 64),
];

/** Sibling reference 2.3 */
const MINI_PROGRAM_PAY: readonly FieldRule[] = [
  ...PAY,
  needed('paymentNotifyUrl', 1024, /^https?:\/\//),
  object('order', true),
  needed('order.referenceOrderId', 64),
  needed('order.orderDescription', 256),
  { at: 'order.orderAmount', kind: 'amount', needed: true },
  object('order.merchant', false),
  needed('order.merchant.referenceMerchantId', 64),
  optional('order.merchant.merchantMCC', 4),
  optional('order.merchant.merchantName', 256),
  object('order.goods', false),
  needed('order.goods.referenceGoodsId', 64),
  needed('order.goods.goodsName', 256),
];

/** Sibling reference 1.3 */
const REBELL_PAY: readonly FieldRule[] = [
  ...PAY,
  needed('paymentNotifyUrl', 1024, /^https?:\/\//),
  optional('cashierNotifyUrl', 1024),
  optional('paymentAuthCode', 128),
  object('order', false),
  optional('order.orderDescription', 256),
];

/** Sibling reference 3.3 */
const AUTO_DEBIT_PAY: readonly FieldRule[] = [
  needed('productCode', 32, /^AGREEMENT_PAYMENT$/),
  ...PAY.slice(1),
  needed('paymentNotifyUrl', 2048, /^https?:\/\//),
  object('paymentMethod', true),
  needed('paymentMethod.paymentMethodType', 64),
  needed('paymentMethod.paymentMethodId', 128),
  object('order', true),
  needed('order.referenceOrderId', 64),
  needed('order.orderDescription', 256),
  { at: 'order.orderAmount', kind: 'amount', needed: true },
  { at: 'order.goods', kind: 'list', max: 100 },
];

interface Reading {
  readonly rules: readonly FieldRule[];
  /** What a repeat must repeat. */
  readonly keyFields: readonly string[];
  /** Where the agreement stands that is charged; without one a payer has to pay. */
  readonly tokenAt?: string;
  readonly longestMs?: number;
}

function reader({ rules, keyFields, tokenAt, longestMs }: Reading): Face['readPay'] {
  return (body, now) => {
    const wrong = firstBreach(rules, body);
    if (wrong !== undefined) return { illegal: wrong };
    const expiryText = textAt(body, 'paymentExpiryTime');
    const shownExpiry = expiryText === undefined ? undefined : parseIsoTime(expiryText);
    if (expiryText !== undefined && shownExpiry === undefined)
      return { illegal: 'paymentExpiryTime is not ISO 8601 with offset' };
    const amount = amountOf(fieldAt(body, 'paymentAmount'));
    const notifyUrl = textAt(body, 'paymentNotifyUrl') ?? '';
    if (amount === undefined || !URL.canParse(notifyUrl)) return { illegal: 'paymentNotifyUrl is not a URL' };
    const words = [...keyFields, 'paymentAmount'].map((path) => canonical(fieldAt(body, path))).join('\n');
    const asked: Omit<AskedOrder, 'face'> = {
      paymentRequestId: textAt(body, 'paymentRequestId') ?? '',
      amount,
      settlementCurrency: textAt(body, 'settlementStrategy.settlementCurrency') ?? amount.currency,
      notifyUrl,
      cashierNotifyUrl: textAt(body, 'cashierNotifyUrl'),
      token: tokenAt === undefined ? undefined : textAt(body, tokenAt),
      shownExpiry: longestMs === undefined ? shownExpiry : earlier(shownExpiry, addMs(now, longestMs)),
      keyValues: createHash('sha256').update(words).digest('base64url'),
      merchantName: textAt(body, 'order.merchant.merchantName') ?? null,
      description: textAt(body, 'order.orderDescription') ?? null,
    };
    return { asked, remarks: [] };
  };
}

function earlier(a: Instant | undefined, b: Instant): Instant {
  return a === undefined ? b : instant(Math.min(a, b));
}

type TimeText = (at: Instant) => string;

const named = (order: BookedOrder): WireObject => ({
  paymentRequestId: order.paymentRequestId,
  ...(order.paymentId === null ? {} : { paymentId: order.paymentId }),
});

function paidWords({ time }: AnswerParts, order: BookedOrder, timeText: TimeText): WireObject {
  if (order.asked === null) return {};
  const paymentAmount = { ...order.asked.amount };
  return order.paidAt === null ? { paymentAmount } : { paymentAmount, paymentTime: timeText(time.shown(order.paidAt)) };
}

const redirect = (order: BookedOrder): WireObject => ({
  redirectActionForm: { method: 'GET', redirectionUrl: order.code },
});

/** How an order stands in a word: money that was given back by a cancel is no success here (sibling reference 3.7). */
function statusWord(order: BookedOrder, claimed: WireResult | undefined, cancelled: string): string {
  if (claimed === undefined && order.state === 'cancelled') return cancelled;
  const { resultStatus } = claimed ?? paymentResultOf(order);
  if (resultStatus === 'S') return 'SUCCESS';
  return resultStatus === 'F' ? 'FAIL' : 'PROCESSING';
}

function answers(timeText: TimeText): Pick<Face, 'cancelDone' | 'refundDone' | 'cancelsTheUnknown'> {
  return {
    cancelDone: ({ time }, order) => ({
      result: { ...SUCCESS },
      ...(order === undefined ? {} : named(order)),
      cancelTime: timeText(time.shown(time.now())),
    }),
    refundDone: ({ time }: AnswerParts, entry: GivenBack) => ({
      result: { ...SUCCESS },
      refundRequestId: entry.requestId,
      refundId: entry.transactionId,
      refundAmount: { ...entry.amount },
      refundTime: timeText(time.shown(entry.at)),
    }),
    cancelsTheUnknown: false,
  };
}

const ended = (order: BookedOrder) => wireResult(order.endCode ?? 'PROCESS_FAIL', 'F');

/** A wallet's cashier behind the Mini Program OpenAPI (sibling reference 2). A repeat says so and gives no address, as on its page. */
const MINI_PROGRAM_FACE: Face = {
  ...answers(wholeSecondsUtc8),
  id: 'miniProgram',
  speaks: (_path, algorithm) => algorithm === 'RSA256',
  calls: { pay: 'pay', inquiryPayment: 'inquiry', cancel: 'cancel', refund: 'refund', refundApply: 'refund' },
  algorithm: 'RSA256',
  timeText: TIME_TEXTS.offset,
  readPay: reader({ rules: MINI_PROGRAM_PAY, keyFields: ['productCode'] }),
  payAnswer: (_parts, order, known) =>
    known
      ? { result: { ...wireResult('REPEAT_REQUEST', 'S', 'order exists') }, paymentId: order.paymentId }
      : { result: { ...SUCCESS }, paymentId: order.paymentId, ...redirect(order) },
  inquiryAnswer: (parts, order, claimed) => ({
    result: { ...SUCCESS },
    ...named(order),
    paymentStatus: statusWord(order, claimed, 'CANCELLED'),
    ...paidWords(parts, order, wholeSecondsUtc8),
  }),
  notice: (parts, order, result) => ({
    ...named(order),
    ...paidWords(parts, order, wholeSecondsUtc8),
    paymentResult: { ...result },
  }),
};

/** Rebell, both products (sibling reference 1): an agreement is charged, everybody else gets the cashier's address. */
const REBELL_FACE: Face = {
  ...answers(wholeSecondsUtc),
  id: 'rebell',
  speaks: (_path, algorithm) => algorithm === 'SHA256withRSA',
  calls: { pay: 'pay', inquiryPayment: 'inquiry', cancel: 'cancel', refund: 'refund', refundApply: 'refund' },
  algorithm: 'SHA256withRSA',
  timeText: TIME_TEXTS.utc,
  readPay: reader({ rules: REBELL_PAY, keyFields: ['productCode', 'paymentAuthCode'], tokenAt: 'paymentAuthCode' }),
  payAnswer(_parts, order) {
    const charged = order.asked?.token !== undefined;
    if (charged && order.state === 'closed') return { result: { ...ended(order) }, ...named(order) };
    if (charged && order.state === 'paid') return { result: { ...SUCCESS }, ...named(order) };
    const accepted = { result: { ...wireResult('ACCEPT', 'A', 'accepted') }, ...named(order) };
    return charged ? accepted : { ...accepted, ...redirect(order) };
  },
  inquiryAnswer: (parts, order, claimed) => ({
    result: { ...SUCCESS },
    ...named(order),
    paymentStatus: statusWord(order, claimed, 'FAIL'),
    ...paidWords(parts, order, wholeSecondsUtc),
  }),
  notice: (parts, order, result) => ({
    ...named(order),
    ...paidWords(parts, order, wholeSecondsUtc),
    paymentStatus: result.resultStatus === 'S' ? 'SUCCESS' : 'FAIL',
  }),
};

/** Antom, Auto Debit (sibling reference 3). */
const AUTO_DEBIT_FACE: Face = {
  ...answers(wholeSecondsUtc8),
  id: 'autoDebit',
  speaks: (path) => path.startsWith('/ams/'),
  calls: { pay: 'pay', inquiryPayment: 'inquiry', cancel: 'cancel', refund: 'refund' },
  algorithm: 'RSA256',
  timeText: TIME_TEXTS.epochMs,
  readPay: reader({
    rules: AUTO_DEBIT_PAY,
    keyFields: ['paymentMethod.paymentMethodId'],
    tokenAt: 'paymentMethod.paymentMethodId',
    longestMs: 60_000,
  }),
  payAnswer(parts, order) {
    if (order.state === 'closed') return { result: { ...ended(order) } };
    if (order.state !== 'paid') return { result: { ...wireResult('PAYMENT_IN_PROCESS', 'U', 'in process') } };
    return { result: { ...SUCCESS }, ...named(order), ...paidWords(parts, order, wholeSecondsUtc8) };
  },
  inquiryAnswer(parts, order, claimed) {
    const word = statusWord(order, claimed, 'CANCELLED');
    const code = claimed?.resultCode ?? order.endCode ?? 'PROCESS_FAIL';
    const refunds = order.givenBack.filter(({ type }) => type === 'REFUND');
    return {
      result: { ...SUCCESS },
      ...named(order),
      paymentStatus: word,
      ...(word === 'FAIL' ? { paymentResultCode: code } : {}),
      ...paidWords(parts, order, wholeSecondsUtc8),
      ...(refunds.length === 0 ? {} : { transactions: refunds.map((entry) => transaction(parts, entry)) }),
    };
  },
  notice: (parts, order, result) => ({
    notifyType: 'PAYMENT_RESULT',
    result: { ...result },
    ...named(order),
    ...paidWords(parts, order, wholeSecondsUtc8),
  }),
  closedCode: (order) => (order.timesCharged > 0 ? 'ORDER_IS_CANCELED' : 'ORDER_IS_CLOSED'),
};

/** Every pay API that the simulator plays. */
export const FACES: readonly Face[] = [ORDER_CODE_FACE, AUTO_DEBIT_FACE, REBELL_FACE, MINI_PROGRAM_FACE];
