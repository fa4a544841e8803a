import assert from 'node:assert/strict';
import { scalarsOf } from './legal-body.js';

/** What a sibling's page lets a pay request carry: each path with the most characters it takes, and what must not be missing. */
interface LegalFields {
  readonly longest: Readonly<Record<string, number>>;
  readonly required: readonly string[];
}

const AMOUNT = { 'paymentAmount.currency': 3, 'paymentAmount.value': 16 };
const ORDER = {
  'order.referenceOrderId': 64,
  'order.orderDescription': 256,
  'order.orderAmount.currency': 3,
  'order.orderAmount.value': 16,
  'order.merchant.referenceMerchantId': 64,
  'order.merchant.merchantMCC': 4,
  'order.merchant.merchantName': 256,
  'order.merchant.merchantDisplayName': 64,
  'order.merchant.merchantAddress.region': 2,
  'order.merchant.merchantAddress.city': 32,
  'order.env.terminalType': 16,
};
const ALWAYS = ['productCode', 'paymentRequestId', 'paymentAmount.currency', 'paymentAmount.value'];
const ORDER_ALWAYS = ['order.referenceOrderId', 'order.orderDescription', 'order.orderAmount.value'];

/** Sibling reference 1.3 */
const REBELL = {
  productCode: 32,
  paymentRequestId: 64,
  ...AMOUNT,
  paymentExpiryTime: 64,
  paymentNotifyUrl: 1024,
  cashierNotifyUrl: 1024,
  'order.orderDescription': 256,
  'order.merchant.store.externalStoreId': 64,
};

const LEGAL: Readonly<Record<string, LegalFields>> = {
  rebell_cashier: { longest: REBELL, required: [...ALWAYS, 'paymentExpiryTime'] },
  rebell_agreement: {
    longest: { ...REBELL, paymentAuthCode: 128 },
    required: [...ALWAYS, 'paymentAuthCode', 'paymentExpiryTime'],
  },
  /** Sibling reference 2.3: one goods, as an object. */
  mini_program_cashier: {
    longest: {
      productCode: 32,
      paymentRequestId: 64,
      ...AMOUNT,
      paymentExpiryTime: 64,
      paymentNotifyUrl: 1024,
      ...ORDER,
      'order.goods.referenceGoodsId': 64,
      'order.goods.goodsName': 256,
    },
    required: [...ALWAYS, ...ORDER_ALWAYS, 'paymentExpiryTime'],
  },
  /** Sibling reference 3.3: a list of goods, and no time of ours. */
  antom_auto_debit: {
    longest: {
      productCode: 32,
      paymentRequestId: 64,
      ...AMOUNT,
      'paymentMethod.paymentMethodType': 64,
      'paymentMethod.paymentMethodId': 128,
      paymentNotifyUrl: 2048,
      'settlementStrategy.settlementCurrency': 3,
      ...ORDER,
      'order.merchant.store.referenceStoreId': 64,
      'order.merchant.store.storeName': 256,
      'order.merchant.store.storeMCC': 4,
      'order.merchant.store.storeTerminalId': 64,
      'order.goods[].referenceGoodsId': 64,
      'order.goods[].goodsName': 256,
      'order.goods[].goodsQuantity': 16,
    },
    required: [...ALWAYS, ...ORDER_ALWAYS, 'paymentMethod.paymentMethodType', 'paymentMethod.paymentMethodId'],
  },
};

/** Throws unless these are the bytes of a pay request that obeys the page of this sibling. */
export function assertLegalSiblingBody(dialect: string, bytes: Uint8Array): void {
  const legal = LEGAL[dialect];
  assert.ok(legal !== undefined, `no page of ${dialect}`);
  const scalars = scalarsOf(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  for (const [at, value] of scalars) {
    const path = at.replace(/\[\d+\]/g, '[]');
    assert.equal(typeof value, 'string', `${dialect}: ${path} must be text`);
    assert.notEqual(value, '', `${dialect}: ${path} is empty`);
    const longest = legal.longest[path];
    assert.ok(longest !== undefined, `${dialect}: ${path} is no field of the request`);
    assert.ok([...String(value)].length <= longest, `${dialect}: ${path} is longer than ${longest}`);
  }
  const has = new Set(scalars.map(([path]) => path));
  for (const path of legal.required) assert.ok(has.has(path), `${dialect}: ${path} is missing`);
}
