import assert from 'node:assert/strict';
import { instant } from '#src/base/clock.js';
import type { Sale } from '#src/payment/payment.js';
import { withTokens } from '#src/upstream/agreement-token.js';
import type { Dialect } from '#src/upstream/dialect.js';
import { dialects } from '#src/upstream/dialects.js';
import { freezePayRequest } from '#src/upstream/frozen-body.js';
import { assertLegalPayBody } from '../support/legal-body.js';
import { assertLegalSiblingBody } from '../support/legal-sibling-body.js';
import { placing, VECTOR_CLIENT, VECTOR_MERCHANT } from '../support/sales.js';

const NOW = instant(Date.parse('2026-03-05T02:00:00.000Z'));
const AGREEMENTS = new Map([['M', { token: 't'.repeat(128), paymentMethodType: 'GCASH' }]]);
const CLIENT = {
  ...VECTOR_CLIENT,
  productCode: '51051000101000000011',
  cashierNotifyUrl: 'https://acq.example/hooks/rebell/cashier',
};

/** The longest sale that the till API lets through. */
const LONGEST: Partial<Sale> = {
  saleReference: 'S'.repeat(64),
  description: '抹'.repeat(256),
  goods: [
    { referenceGoodsId: 'G'.repeat(64), goodsName: '茶'.repeat(256) },
    { referenceGoodsId: 'G-2', goodsName: 'Tea' },
  ],
};

/** The bytes that leave: with the token in place of its stand-in. */
function sent(dialect: Dialect, sale: Partial<Sale>): Uint8Array {
  const { takes } = dialect;
  const buyer = takes.buyer ? { agreementReference: 'M' } : {};
  const goods = sale.goods === undefined || sale.goods === null ? {} : { goods: sale.goods.slice(0, takes.goodsAtMost) };
  const { body } = freezePayRequest(dialect, placing({ ...sale, ...goods, ...buyer }), VECTOR_MERCHANT, CLIENT, NOW, AGREEMENTS);
  const bytes = withTokens(body, AGREEMENTS);
  assert.ok(bytes !== undefined);
  return bytes;
}

function assertLegal({ id }: Dialect, bytes: Uint8Array): void {
  if (id === 'alipayplus_order_code') assertLegalPayBody(bytes);
  else assertLegalSiblingBody(id, bytes);
}

/** Smallest units go upstream whatever the number of decimals, at the edges too. */
const AMOUNTS = [
  ['KWD', '1250'],
  ['BHD', '1'],
  ['JPY', '1980'],
  ['KRW', '9999999999999999'],
] as const;

for (const dialect of dialects) {
  describe(`pay request of ${dialect.id}`, () => {
    it(`(${dialect.id}) carries only fields of its page, none too long and none missing, for a bare sale and for the longest`, () => {
      for (const sale of [{}, LONGEST]) assertLegal(dialect, sent(dialect, sale));
    });

    it(`(${dialect.id}) has the same bytes for the same sale, and others for another`, () => {
      assert.deepEqual(sent(dialect, LONGEST), sent(dialect, LONGEST));
      assert.notDeepEqual(sent(dialect, {}), sent(dialect, { amount: { currency: 'JPY', value: '1981' } }));
    });

    it(`(${dialect.id}) names currencies of no and of three decimals in their smallest units, as text`, () => {
      for (const [currency, value] of AMOUNTS) {
        const bytes = sent(dialect, { amount: { currency, value } });
        assertLegal(dialect, bytes);
        const body = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
        assert.deepEqual(body['paymentAmount'], { currency, value });
      }
    });
  });
}
