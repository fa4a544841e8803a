import assert from 'node:assert/strict';

/** Fields that must not be sent in an order-code `pay` (order-code reference 3.2, "Do not send"). */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'order.env.cookieId',
  'order.env.clientIp',
  'order.env.deviceTokenId',
  'order.env.storeTerminalRequestTime',
  'order.env.storeTerminalId',
  'productCode',
  'merchantRegion',
  'paymentRedirectUrl',
]);

/** Every path that an order-code `pay` may carry, with the most characters it takes (order-code reference 3.1 and 3.2). */
const LONGEST: ReadonlyArray<readonly [RegExp, number]> = [
  [/^paymentRequestId$/, 64],
  [/^paymentAmount\.currency$|^order\.orderAmount\.currency$|\.goodsUnitAmount\.currency$/, 3],
  [/^paymentAmount\.value$|^order\.orderAmount\.value$|\.goodsUnitAmount\.value$/, 16],
  [/^paymentMethod\.paymentMethodType$/, 64],
  [/^paymentFactor\.(isInStorePayment|isCashierPayment|inStorePaymentScenario)$/, 16],
  [/^order\.referenceOrderId$/, 64],
  [/^order\.orderDescription$/, 256],
  [/^order\.merchant\.referenceMerchantId$/, 32],
  [/^order\.merchant\.merchantName$/, 256],
  [/^order\.merchant\.merchantDisplayName$/, 64],
  [/^order\.merchant\.merchantMCC$|^order\.merchant\.store\.storeMCC$/, 4],
  [/^order\.merchant\.merchantRegisterDate$/, 40],
  [/^order\.merchant\.(merchantAddress|store\.storeAddress)\.region$/, 2],
  [/^order\.merchant\.(merchantAddress|store\.storeAddress)\.state$/, 8],
  [/^order\.merchant\.(merchantAddress|store\.storeAddress)\.city$/, 32],
  [/^order\.merchant\.(merchantAddress|store\.storeAddress)\.address[12]$/, 256],
  [/^order\.merchant\.(merchantAddress|store\.storeAddress)\.zipCode$/, 32],
  [/^order\.merchant\.store\.storeName$/, 256],
  [/^order\.merchant\.store\.(referenceStoreId|storeDisplayName|storeTerminalId|storeOperatorId)$/, 64],
  [/^order\.merchant\.store\.storePhoneNo$/, 24],
  [/^order\.goods\[\d+\]\.referenceGoodsId$/, 64],
  [/^order\.goods\[\d+\]\.goodsName$/, 256],
  [/^order\.goods\[\d+\]\.goodsQuantity$/, 16],
  [/^order\.env\.userAgent$/, 256],
  [/^order\.env\.(terminalType|osType)$/, 16],
  [/^paymentExpiryTime$/, 40],
  [/^paymentNotifyUrl$/, 2048],
  [/^settlementStrategy\.settlementCurrency$/, 3],
  [/^splitSettlementId$/, 16],
];

/** Every scalar of a parsed message with its path, e.g. `order.goods[0].goodsName`; throws when a list or a group is empty. */
export function scalarsOf(value: unknown, path = ''): ReadonlyArray<readonly [string, unknown]> {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  const members: (readonly [string, unknown])[] = Array.isArray(value)
    ? value.map((item: unknown, index) => [`${path}[${index}]`, item])
    : Object.entries(value).map(([name, item]) => [path === '' ? name : `${path}.${name}`, item]);
  assert.ok(members.length > 0, `${path} is empty`);
  return members.flatMap(([at, item]) => scalarsOf(item, at));
}

/** Throws unless these are the bytes of a `pay` request that obeys order-code reference 2.3, 3.1 and 3.2. Returns the parsed body. */
export function assertLegalPayBody(bytes: Uint8Array): Record<string, unknown> {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const body = JSON.parse(text) as Record<string, unknown>;
  const scalars = scalarsOf(body);
  for (const [path, value] of scalars) {
    assert.equal(typeof value, 'string', `${path} must be text`);
    assert.notEqual(value, '', `${path} is empty`);
    assert.ok(!FORBIDDEN.has(path), `${path} must not be sent`);
    const rule = LONGEST.find(([pattern]) => pattern.test(path));
    assert.ok(rule !== undefined, `${path} is no field of the request`);
    assert.ok([...String(value)].length <= rule[1], `${path} is longer than ${rule[1]}`);
  }
  const has = new Map(scalars);
  for (const required of [
    'paymentRequestId',
    'paymentAmount.currency',
    'paymentAmount.value',
    'order.referenceOrderId',
    'order.orderDescription',
    'order.orderAmount.value',
    'order.merchant.referenceMerchantId',
    'order.merchant.merchantAddress.region',
    'order.env.userAgent',
    'paymentNotifyUrl',
  ]) {
    assert.ok(has.has(required), `${required} is missing`);
  }
  assert.equal(has.get('paymentMethod.paymentMethodType'), 'CONNECT_WALLET');
  assert.equal(has.get('paymentFactor.isInStorePayment'), 'true');
  assert.equal(has.get('paymentFactor.isCashierPayment'), 'true');
  assert.equal(has.get('paymentFactor.inStorePaymentScenario'), 'OrderCode');
  return body;
}
