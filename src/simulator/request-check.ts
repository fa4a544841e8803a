import { createHash } from 'node:crypto';
import { parseIsoTime } from '../base/clock.js';
import type { AskedOrder, OrderName } from './order-book.js';
import { type Amount, isWireObject, type WireObject, type WireValue } from './simulator-words.js';

/** What is wrong with a request, as a sentence that names the field. */
export interface Illegal {
  readonly illegal: string;
}

/** What a field of a request has to be. */
export interface FieldRule {
  /** Dotted path. A needed field of an object that may be absent is needed only when that object is there. */
  readonly at: string;
  readonly kind: 'text' | 'object' | 'amount' | 'list';
  readonly needed?: boolean;
  readonly max?: number;
  readonly like?: RegExp;
}

const CURRENCY = /^[A-Z]{3}$/;
const VALUE = /^[1-9][0-9]{0,15}$/;

export const needed = (at: string, max?: number, like?: RegExp): FieldRule => ({
  at,
  kind: 'text',
  needed: true,
  ...(max === undefined ? {} : { max }),
  ...(like === undefined ? {} : { like }),
});
export const optional = (at: string, max: number): FieldRule => ({ at, kind: 'text', max });
export const object = (at: string, isNeeded: boolean): FieldRule => ({ at, kind: 'object', needed: isNeeded });

/** Order-code reference 3.1 and 3.2. */
const PAY_RULES: readonly FieldRule[] = [
  needed('paymentRequestId', 64),
  { at: 'paymentAmount', kind: 'amount', needed: true },
  object('paymentMethod', true),
  needed('paymentMethod.paymentMethodType', 64, /^CONNECT_WALLET$/),
  object('paymentFactor', true),
  needed('paymentFactor.isInStorePayment', 5, /^true$/),
  needed('paymentFactor.isCashierPayment', 5, /^true$/),
  needed('paymentFactor.inStorePaymentScenario', 64, /^OrderCode$/),
  optional('paymentExpiryTime', 64),
  needed('paymentNotifyUrl', 2048, /^https?:\/\//),
  optional('paymentRedirectUrl', 2048),
  object('settlementStrategy', false),
  needed('settlementStrategy.settlementCurrency', 3, CURRENCY),
  optional('splitSettlementId', 16),
  object('order', true),
  needed('order.referenceOrderId', 64),
  needed('order.orderDescription', 256),
  { at: 'order.orderAmount', kind: 'amount', needed: true },
  object('order.merchant', true),
  needed('order.merchant.referenceMerchantId', 64),
  needed('order.merchant.merchantName', 256),
  needed('order.merchant.merchantMCC', 4, /^[0-9]{4}$/),
  optional('order.merchant.merchantDisplayName', 64),
  object('order.merchant.merchantAddress', false),
  needed('order.merchant.merchantAddress.region', 2, /^[A-Z]{2}$/),
  optional('order.merchant.merchantAddress.city', 32),
  object('order.merchant.store', false),
  needed('order.merchant.store.referenceStoreId', 64),
  needed('order.merchant.store.storeName', 256),
  optional('order.merchant.store.storeMCC', 4),
  optional('order.merchant.store.storeTerminalId', 64),
  { at: 'order.goods', kind: 'list', max: 100 },
  object('order.env', true),
  needed('order.env.userAgent'),
];

const NAME_RULES: readonly FieldRule[] = [optional('paymentRequestId', 64), optional('paymentId', 64)];
const REFUND_RULES: readonly FieldRule[] = [
  ...NAME_RULES,
  needed('refundRequestId', 64),
  { at: 'refundAmount', kind: 'amount', needed: true },
  optional('refundReason', 256),
];

/** Fields that are not to be sent for an order code (order-code reference 3.2); sending them is remarked, not refused. */
const NOT_TO_BE_SENT: readonly string[] = [
  'order.env.cookieId',
  'order.env.clientIp',
  'order.env.deviceTokenId',
  'order.env.storeTerminalRequestTime',
  'order.env.storeTerminalId',
  'productCode',
  'merchantRegion',
  'merchantAccountId',
];

/** Reads a body: JSON, an object, every scalar a string and none of them empty (order-code reference 2.3). */
export function readBody(raw: Uint8Array): WireObject | Illegal {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch {
    return { illegal: 'the body is not JSON in UTF-8' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { illegal: 'the body is not an object' };
  const wrong = wrongScalar(value, '');
  return wrong === undefined ? (value as WireObject) : { illegal: wrong };
}

function wrongScalar(value: unknown, path: string): string | undefined {
  if (value === null) return undefined;
  if (value === '') return `${path} is empty; leave it out instead`;
  if (typeof value === 'string') return undefined;
  if (typeof value !== 'object') return `${path} is a ${typeof value}; every scalar is a string`;
  for (const [name, child] of Object.entries(value)) {
    const wrong = wrongScalar(child, path === '' ? name : `${path}.${name}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

export function isIllegal(value: object): value is Illegal {
  return 'illegal' in value && typeof value.illegal === 'string' && Object.keys(value).length === 1;
}

/** The value at a dotted path; `null` counts as absent. */
export function fieldAt(body: WireObject, path: string): WireValue | undefined {
  let value: WireValue | undefined = body;
  for (const name of path.split('.')) value = isWireObject(value) ? value[name] : undefined;
  return value === null ? undefined : value;
}

/** The first rule that a body breaks, as a sentence that names the field. */
export function firstBreach(rules: readonly FieldRule[], body: WireObject): string | undefined {
  for (const rule of rules) {
    const value = fieldAt(body, rule.at);
    if (value === undefined) {
      const parent = rule.at.includes('.') ? fieldAt(body, rule.at.slice(0, rule.at.lastIndexOf('.'))) : body;
      if (rule.needed && parent !== undefined) return `${rule.at} is missing`;
      continue;
    }
    const wrong = breach(rule, value);
    if (wrong !== undefined) return `${rule.at} ${wrong}`;
  }
  return undefined;
}

function breach(rule: FieldRule, value: WireValue): string | undefined {
  switch (rule.kind) {
    case 'object':
      return isWireObject(value) ? undefined : 'is not an object';
    case 'list':
      if (!Array.isArray(value)) return 'is not an array';
      return value.length > (rule.max ?? value.length) ? `has more than ${rule.max} items` : undefined;
    case 'amount':
      return amountOf(value) === undefined ? 'is not an amount: currency of 3 capitals, value of 1 to 16 digits' : undefined;
    case 'text':
      if (typeof value !== 'string') return 'is not a string';
      if ([...value].length > (rule.max ?? Number.POSITIVE_INFINITY)) return `is longer than ${rule.max} characters`;
      return rule.like === undefined || rule.like.test(value) ? undefined : 'has another value than allowed';
  }
}

export function amountOf(value: WireValue | undefined): Amount | undefined {
  if (!isWireObject(value)) return undefined;
  const { currency, value: number } = value;
  if (typeof currency !== 'string' || !CURRENCY.test(currency)) return undefined;
  if (typeof number !== 'string' || !VALUE.test(number)) return undefined;
  if (currency === 'IDR' && !number.endsWith('00')) return undefined;
  return { currency, value: number };
}

export function textAt(body: WireObject, path: string): string | undefined {
  const value = fieldAt(body, path);
  return typeof value === 'string' ? value : undefined;
}

/** JSON with sorted names, so that equal values are equal texts. */
export function canonical(value: WireValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isWireObject(value)) return JSON.stringify(value ?? null);
  const names = Object.keys(value)
    .filter((name) => value[name] !== null)
    .sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

/** Checks a `pay` request. `remarks` name fields that are accepted but should not have been sent. */
export function readPay(body: WireObject): { asked: Omit<AskedOrder, 'face'>; remarks: string[] } | Illegal {
  const wrong = firstBreach(PAY_RULES, body);
  if (wrong !== undefined) return { illegal: wrong };
  const expiryText = textAt(body, 'paymentExpiryTime');
  const shownExpiry = expiryText === undefined ? undefined : parseIsoTime(expiryText);
  if (expiryText !== undefined && shownExpiry === undefined) return { illegal: 'paymentExpiryTime is not ISO 8601 with offset' };
  const amount = amountOf(fieldAt(body, 'paymentAmount'));
  const notifyUrl = textAt(body, 'paymentNotifyUrl') ?? '';
  if (amount === undefined || !URL.canParse(notifyUrl)) return { illegal: 'paymentNotifyUrl is not a URL' };
  const keyFields = [
    'paymentAmount',
    'paymentFactor',
    'settlementStrategy',
    'paymentMethod.paymentMethodType',
    'order.orderAmount',
  ];
  return {
    asked: {
      paymentRequestId: textAt(body, 'paymentRequestId') ?? '',
      amount,
      settlementCurrency: textAt(body, 'settlementStrategy.settlementCurrency') ?? amount.currency,
      notifyUrl,
      cashierNotifyUrl: undefined,
      token: undefined,
      shownExpiry,
      keyValues: createHash('sha256')
        .update(keyFields.map((path) => canonical(fieldAt(body, path))).join('\n'))
        .digest('base64url'),
      merchantName: textAt(body, 'order.merchant.merchantDisplayName') ?? textAt(body, 'order.merchant.merchantName') ?? null,
      description: textAt(body, 'order.orderDescription') ?? null,
    },
    remarks: NOT_TO_BE_SENT.filter((path) => fieldAt(body, path) !== undefined).map((path) => `${path} is not to be sent`),
  };
}

/** Checks an inquiry or a cancel: one of the two names. */
export function readOrderName(body: WireObject): OrderName | Illegal {
  const wrong = firstBreach(NAME_RULES, body);
  if (wrong !== undefined) return { illegal: wrong };
  const name = { paymentRequestId: textAt(body, 'paymentRequestId'), paymentId: textAt(body, 'paymentId') };
  if (name.paymentRequestId === undefined && name.paymentId === undefined) {
    return { illegal: 'paymentRequestId or paymentId is missing' };
  }
  return name;
}

/** Checks a refund (order-code reference 5.3). */
export function readRefund(body: WireObject): { name: OrderName; refundRequestId: string; amount: Amount } | Illegal {
  const wrong = firstBreach(REFUND_RULES, body);
  if (wrong !== undefined) return { illegal: wrong };
  const name = readOrderName(body);
  if (isIllegal(name)) return name;
  const amount = amountOf(fieldAt(body, 'refundAmount'));
  const refundRequestId = textAt(body, 'refundRequestId');
  if (amount === undefined || refundRequestId === undefined) return { illegal: 'refundAmount is missing' };
  return { name, refundRequestId, amount };
}
