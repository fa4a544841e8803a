import { type Instant, utc8Text } from '../base/clock.js';
import type { BookedOrder, GivenBack } from './order-book.js';
import type { SeededNames } from './seeded-names.js';
import { convert, quotePrice } from './settlement-rates.js';
import { type SimulatorTime, SUCCESS, type WireObject, type WireResult, wireResult } from './simulator-words.js';

export interface AnswerParts {
  readonly names: SeededNames;
  readonly time: SimulatorTime;
  readonly acquirerId: string;
}

const PSP_ID = '1022000000000000009';
const WALLETS = ['ExampleWallet', 'SamplePay', 'Muster Wallet'] as const;

/** Seconds precision, as in order-code reference 8.2. */
function wireTime(time: SimulatorTime, at: Instant): string {
  return `${utc8Text(time.shown(at)).slice(0, 19)}+08:00`;
}

export function refusal(result: WireResult): WireObject {
  return { result: { ...result } };
}

/** The accepted answer with the code in its four forms (order-code reference 3.3, 8.2). */
export function payAccepted({ time, acquirerId }: AnswerParts, order: BookedOrder): WireObject {
  const image = (size: string) => `https://code.example/img?code=${encodeURIComponent(order.code ?? '')}&size=${size}`;
  return {
    result: { ...wireResult('PAYMENT_IN_PROCESS', 'U', 'processing') },
    acquirerId,
    paymentId: order.paymentId,
    paymentAmount: order.asked === null ? null : { ...order.asked.amount },
    orderCodeForm: {
      paymentMethodType: 'CONNECT_WALLET',
      expireTime: order.expiresAt === null ? null : wireTime(time, order.expiresAt),
      codeDetails: [
        { codeValue: order.code, displayType: 'TEXT' },
        { codeValue: image('L'), displayType: 'BIGIMAGE' },
        { codeValue: image('M'), displayType: 'MIDDLEIMAGE' },
        { codeValue: image('S'), displayType: 'SMALLIMAGE' },
      ],
    },
  };
}

/** How an order stands as a payment: S once money was taken, also after it was given back (order-code reference 5.1). */
export function paymentResultOf(order: BookedOrder): WireResult {
  if (order.paidAt !== null && order.timesCharged > 0) return SUCCESS;
  if (order.state === 'open') return wireResult('PAYMENT_IN_PROCESS', 'U', 'processing');
  return wireResult(order.endCode ?? 'ORDER_IS_CLOSED', 'F', order.endCode === 'ORDER_IS_CLOSED' ? 'closed' : 'failed');
}

function settlementFields(parts: AnswerParts, order: BookedOrder, at: Instant): WireObject {
  const asked = order.asked;
  if (asked === null) return {};
  const settlementAmount = { ...convert(asked.amount, asked.settlementCurrency) };
  if (asked.settlementCurrency === asked.amount.currency) return { settlementAmount };
  const hour = 3_600_000;
  const from = (Math.floor(at / hour) * hour) as Instant;
  return {
    settlementAmount,
    settlementQuote: {
      quoteId: `QT${parts.names.pick(`quote ${order.paymentRequestId}`, 10_000_000_000).toString().padStart(10, '0')}`,
      quoteCurrencyPair: `${asked.amount.currency}/${asked.settlementCurrency}`,
      quotePrice: quotePrice(asked.amount.currency, asked.settlementCurrency),
      quoteStartTime: wireTime(parts.time, from),
      quoteExpiryTime: wireTime(parts.time, (from + hour) as Instant),
    },
  };
}

/** What inquiry and notification say about an order whose payment has the result `paymentResult`. */
export function paymentFields(parts: AnswerParts, order: BookedOrder, paymentResult: WireResult): WireObject {
  const named: WireObject = {
    paymentResult: { ...paymentResult },
    paymentRequestId: order.paymentRequestId,
    ...(order.paymentId === null ? {} : { paymentId: order.paymentId }),
    acquirerId: parts.acquirerId,
  };
  if (paymentResult.resultStatus !== 'S' || order.asked === null) return named;
  const at = order.paidAt ?? parts.time.now();
  const pick = (what: string, below: number) => parts.names.pick(`${what} ${order.paymentRequestId}`, below);
  return {
    ...named,
    paymentAmount: { ...order.asked.amount },
    paymentTime: wireTime(parts.time, at),
    ...settlementFields(parts, order, at),
    pspId: PSP_ID,
    customerId: `10000000${pick('customer', 100_000_000_000).toString().padStart(11, '0')}`,
    walletBrandName: WALLETS[pick('wallet', WALLETS.length)] ?? WALLETS[0],
    mppPaymentId: `MPP${pick('mpp', 1_000_000_000_000).toString().padStart(12, '0')}`,
  };
}

/** Answers an inquiry from the book; `claimed` replaces the truth about the payment. */
export function inquiryAnswer(parts: AnswerParts, order: BookedOrder, claimed?: WireResult): WireObject {
  const amount: WireObject = order.asked === null ? {} : { paymentAmount: { ...order.asked.amount } };
  const later: WireObject[] = order.givenBack.map((entry) => transaction(parts, entry));
  return {
    result: { ...SUCCESS },
    ...paymentFields(parts, order, claimed ?? paymentResultOf(order)),
    ...amount,
    ...(later.length === 0 ? {} : { transactions: later }),
  };
}

/** A later operation as an inquiry lists it. */
export function transaction({ time }: AnswerParts, entry: GivenBack): WireObject {
  return {
    transactionResult: { ...SUCCESS },
    transactionId: entry.transactionId,
    transactionRequestId: entry.requestId,
    transactionType: entry.type,
    transactionStatus: 'SUCCESS',
    transactionAmount: { ...entry.amount },
    transactionTime: wireTime(time, entry.at),
  };
}

export function cancelDone({ acquirerId }: AnswerParts): WireObject {
  return { result: { ...SUCCESS }, acquirerId };
}

export function refundDone({ time, acquirerId }: AnswerParts, entry: GivenBack): WireObject {
  return {
    result: { ...SUCCESS },
    acquirerId,
    pspId: PSP_ID,
    refundId: entry.transactionId,
    refundTime: wireTime(time, entry.at),
    refundAmount: { ...entry.amount },
    settlementAmount: { ...entry.settlementAmount },
  };
}
