import { parseIsoTime } from '../base/clock.js';
import { type AnswerParts, cancelDone, inquiryAnswer, payAccepted, refundDone, refusal } from './answer-bodies.js';
import type { BookedOrder, OrderBook } from './order-book.js';
import { isIllegal, readBody, readOrderName, readPay, readRefund } from './request-check.js';
import { convert } from './settlement-rates.js';
import { type CallName, type WireObject, type WireResult, wireResult } from './simulator-words.js';

/** A call whose signature has been judged. */
export interface IncomingCall {
  readonly call: CallName;
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
  if (parseIsoTime(incoming.requestTime) === undefined)
    return refused('PARAM_ILLEGAL', 'Request-Time is not ISO 8601 with offset');
  const body = readBody(incoming.body);
  if (isIllegal(body)) return refused('PARAM_ILLEGAL', body.illegal);
  switch (incoming.call) {
    case 'pay':
      return processPay(parts, incoming.clientId, body, twist);
    case 'inquiry':
      return processInquiry(parts, body, twist);
    case 'cancel':
      return processCancel(parts, incoming.clientId, body);
    case 'refund':
      return processRefund(parts, body);
  }
}

function processPay(parts: ProcessParts, clientId: string, body: WireObject, { newCode, codeAnew }: Twist): Processed {
  const read = readPay(body);
  if (isIllegal(read)) return refused('PARAM_ILLEGAL', read.illegal);
  const { asked, remarks } = read;
  if (convert(asked.amount, asked.settlementCurrency).value === '0') {
    return refused('PAYMENT_AMOUNT_INVALID', 'the settlement amount would be zero');
  }
  const known = parts.book.find({ paymentRequestId: asked.paymentRequestId }) !== undefined;
  const { kind, order } = parts.book.place(asked, clientId, newCode);
  if (kind === 'inconsistent')
    return { ...refused('REPEAT_REQ_INCONSISTENT', 'key values differ from the first request'), remarks };
  if (kind === 'closed') return { ...refused('ORDER_IS_CLOSED', 'the order is closed'), remarks };
  if (known && codeAnew === true) parts.book.recode(order, parts.names.code(`after ${order.code}`));
  return { answer: payAccepted(parts, order), remarks, ...(known ? {} : { created: order }) };
}

function processInquiry(parts: ProcessParts, body: WireObject, { paymentResult }: Twist): Processed {
  const name = readOrderName(body);
  if (isIllegal(name)) return refused('PARAM_ILLEGAL', name.illegal);
  const order = parts.book.find(name);
  if (order === undefined) return refused('ORDER_NOT_EXIST', 'no order');
  const both = name.paymentRequestId !== undefined && name.paymentId !== undefined;
  return {
    answer: inquiryAnswer(parts, order, paymentResult),
    remarks: both ? ['send only one of paymentRequestId and paymentId'] : [],
  };
}

function processCancel(parts: ProcessParts, clientId: string, body: WireObject): Processed {
  const name = readOrderName(body);
  if (isIllegal(name)) return refused('PARAM_ILLEGAL', name.illegal);
  switch (parts.book.cancel(name, clientId)) {
    case 'cancelled':
      return { answer: cancelDone(parts), remarks: [] };
    case 'closed':
      return refused('ORDER_IS_CLOSED', 'the order is closed');
    case 'windowOver':
      return refused('CANCEL_WINDOW_EXCEED', 'the cancel window is over');
    case 'unknown':
      return refused('ORDER_NOT_EXIST', 'no order');
    case 'refundedBefore':
      return refused('PROCESS_FAIL', 'part of the payment was refunded');
  }
}

function processRefund(parts: ProcessParts, body: WireObject): Processed {
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
      return { answer: refundDone(parts, done), remarks: [] };
  }
}
