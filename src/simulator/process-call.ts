import { parseHeaderTime } from '../base/clock.js';
import { type AnswerParts, refusal } from './answer-bodies.js';
import type { Face } from './face.js';
import type { BookedOrder, OrderBook } from './order-book.js';
import { isIllegal, readBody, readOrderName, readRefund } from './request-check.js';
import { convert } from './settlement-rates.js';
import { type CallName, type WireObject, type WireResult, wireResult } from './simulator-words.js';

/** A call whose signature has been judged. */
export interface IncomingCall {
  readonly call: CallName;
  readonly face: Face;
  readonly clientId: string;
  readonly requestTime: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface Processed {
  readonly answer: WireObject;
  /** Things a careful reviewer of the client would point out. */
  readonly remarks: readonly string[];
  /** The order that a `pay` created with this very call. */
  readonly created?: BookedOrder;
}

export interface ProcessParts extends AnswerParts {
  readonly book: OrderBook;
}

function refused(code: string, message: string): Processed {
  return { answer: refusal(wireResult(code, 'F', message.slice(0, 256))), remarks: [] };
}

/** What a fault wants otherwise while a call is carried out. */
export interface Twist {
  /** Replaces the seeded code of an order that a `pay` creates. */
  readonly newCode?: string | undefined;
  /** An order that is there already gets another code. */
  readonly codeAnew?: boolean | undefined;
  /** Replaces what an inquiry would say about the payment. */
  readonly paymentResult?: WireResult | undefined;
}

/** Does what the call asks and words the answer. */
export function processCall(parts: ProcessParts, incoming: IncomingCall, twist: Twist = {}): Processed {
  if (!/^application\/json\b/i.test(incoming.contentType)) {
    return refused('MEDIA_TYPE_NOT_ACCEPTABLE', `content type ${incoming.contentType || '(none)'}`);
  }
  if (parseHeaderTime(incoming.requestTime) === undefined)
    return refused('PARAM_ILLEGAL', 'Request-Time is not ISO 8601 with offset, nor milliseconds');
  const body = readBody(incoming.body);
  if (isIllegal(body)) return refused('PARAM_ILLEGAL', body.illegal);
  switch (incoming.call) {
    case 'pay':
      return processPay(parts, incoming, body, twist);
    case 'inquiry':
      return processInquiry(parts, incoming.face, body, twist);
    case 'cancel':
      return processCancel(parts, incoming, body);
    case 'refund':
      return processRefund(parts, incoming.face, body);
  }
}

function processPay(
  parts: ProcessParts,
  { face, clientId }: IncomingCall,
  body: WireObject,
  { newCode, codeAnew }: Twist,
): Processed {
  const read = face.readPay(body, parts.time.shown(parts.time.now()));
  if (isIllegal(read)) return refused('PARAM_ILLEGAL', read.illegal);
  const { asked, remarks } = read;
  if (convert(asked.amount, asked.settlementCurrency).value === '0') {
    return refused('PAYMENT_AMOUNT_INVALID', 'the settlement amount would be zero');
  }
  const known = parts.book.find({ paymentRequestId: asked.paymentRequestId }) !== undefined;
  const { kind, order } = parts.book.place({ ...asked, face }, clientId, newCode);
  if (kind === 'inconsistent')
    return { ...refused('REPEAT_REQ_INCONSISTENT', 'key values differ from the first request'), remarks };
  if (!known) charge(parts.book, order);
  if (kind === 'closed') return { ...refused(face.closedCode?.(order) ?? 'ORDER_IS_CLOSED', 'the order is closed'), remarks };
  if (known && codeAnew === true) parts.book.recode(order, parts.names.code(`after ${order.code}`));
  return { answer: face.payAnswer(parts, order, known), remarks, ...(known ? {} : { created: order }) };
}

/** What the token of an agreement makes of a new order: charged, refused, or left open until somebody pays it under `/sim`. */
function charge(book: OrderBook, order: BookedOrder): void {
  const token = order.asked?.token;
  if (token === undefined || token.startsWith('tok-slow')) return;
  const [, code] = /^tok-decline-([A-Z_]+)$/.exec(token) ?? [];
  if (code === undefined) book.pay(order);
  else book.close(order, code);
}

function processInquiry(parts: ProcessParts, face: Face, body: WireObject, { paymentResult }: Twist): Processed {
  const name = readOrderName(body);
  if (isIllegal(name)) return refused('PARAM_ILLEGAL', name.illegal);
  const order = parts.book.find(name);
  if (order === undefined) return refused('ORDER_NOT_EXIST', 'no order');
  const both = name.paymentRequestId !== undefined && name.paymentId !== undefined;
  return {
    answer: face.inquiryAnswer(parts, order, paymentResult),
    remarks: both ? ['send only one of paymentRequestId and paymentId'] : [],
  };
}

function processCancel(parts: ProcessParts, { face, clientId }: IncomingCall, body: WireObject): Processed {
  const name = readOrderName(body);
  if (isIllegal(name)) return refused('PARAM_ILLEGAL', name.illegal);
  const order = parts.book.find(name);
  if (order === undefined && !face.cancelsTheUnknown) return refused('ORDER_NOT_EXIST', 'no order');
  switch (parts.book.cancel(name, clientId)) {
    case 'cancelled':
      return { answer: face.cancelDone(parts, order), remarks: [] };
    case 'closed':
      // Only the order code's page knows a word for it; the others have nothing to undo.
      if (!face.cancelsTheUnknown) return { answer: face.cancelDone(parts, order), remarks: [] };
      return refused('ORDER_IS_CLOSED', 'the order is closed');
    case 'windowOver':
      return refused('CANCEL_WINDOW_EXCEED', 'the cancel window is over');
    case 'unknown':
      return refused('ORDER_NOT_EXIST', 'no order');
    case 'refundedBefore':
      return refused('PROCESS_FAIL', 'part of the payment was refunded');
  }
}

function processRefund(parts: ProcessParts, face: Face, body: WireObject): Processed {
  const read = readRefund(body);
  if (isIllegal(read)) return refused('PARAM_ILLEGAL', read.illegal);
  const done = parts.book.refund(read.name, read.refundRequestId, read.amount);
  switch (done) {
    case 'unknown':
      return refused('ORDER_NOT_EXIST', 'no such payment');
    case 'closed':
      return refused('ORDER_IS_CLOSED', 'the payment was cancelled');
    case 'inconsistent':
      return refused('REPEAT_REQ_INCONSISTENT', 'another refund has this refundRequestId');
    case 'tooMuch':
      return refused('REFUND_AMOUNT_EXCEED', 'more than what is left');
    case 'tooLate':
      return refused('REFUND_WINDOW_EXCEED', 'the refund window is over');
    case 'otherCurrency':
      return refused('PARAM_ILLEGAL', 'refundAmount.currency differs from the payment');
    default:
      return { answer: face.refundDone(parts, done), remarks: [] };
  }
}
