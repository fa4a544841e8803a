import { type Instant, instant } from '#src/base/clock.js';
import type { Sale } from '#src/payment/payment.js';
import { withTokens } from '#src/upstream/agreement-token.js';
import type { Dialect } from '#src/upstream/dialect.js';
import { freezePayRequest } from '#src/upstream/frozen-body.js';
import type { ClientProfile } from '#src/upstream/shop-profile.js';
import { placing, VECTOR_CLIENT, VECTOR_MERCHANT } from './sales.js';

const NOW = instant(Date.parse('2026-03-05T02:00:00.000Z'));
const AGREEMENTS = new Map([['M', { token: 't'.repeat(128), paymentMethodType: 'GCASH' }]]);

/** The longest sale that the till API lets through. */
export const WIDEST_SALE: Partial<Sale> = {
  saleReference: 'S'.repeat(64),
  description: '抹'.repeat(256),
  goods: [
    { referenceGoodsId: 'G'.repeat(64), goodsName: '茶'.repeat(256) },
    { referenceGoodsId: 'G-2', goodsName: 'Tea' },
  ],
};

/** A pay request as it is stored and as it leaves, with the longest agreement where one is charged. */
export function sentBytes(
  dialect: Dialect,
  sale: Partial<Sale>,
  client: Partial<ClientProfile> = {},
): { readonly bytes: Uint8Array; readonly stored: Uint8Array; readonly expiresAt: Instant | null; readonly now: Instant } {
  const { takes } = dialect;
  const buyer = takes.buyer ? { agreementReference: 'M' } : {};
  const goods = sale.goods === undefined || sale.goods === null ? {} : { goods: sale.goods.slice(0, takes.goodsAtMost) };
  const wire = {
    ...VECTOR_CLIENT,
    productCode: '51051000101000000011',
    cashierNotifyUrl: 'https://acq.example/hooks/rebell/cashier',
    ...client,
  };
  const place = placing({ ...sale, ...goods, ...buyer });
  const { body, expiresAt } = freezePayRequest(dialect, place, VECTOR_MERCHANT, wire, NOW, AGREEMENTS);
  const bytes = withTokens(body, AGREEMENTS);
  if (bytes === undefined) throw new Error('the agreement is known');
  return { bytes, stored: body, expiresAt, now: NOW };
}
