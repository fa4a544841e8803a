import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Instant, instant } from '#src/base/clock.js';
import type { Sale } from '#src/payment/payment.js';
import { alipayplusOrderCode } from '#src/upstream/dialects/alipayplus-order-code.js';
import { freezePayRequest } from '#src/upstream/frozen-body.js';
import type { ClientProfile, MerchantProfile } from '#src/upstream/shop-profile.js';
import { assertLegalPayBody } from '../support/legal-body.js';
import { placing, VECTOR_CLIENT, VECTOR_MERCHANT } from '../support/sales.js';
import { vectorBytes } from '../support/vectors.js';

const NOW = instant(Date.parse('2026-03-05T02:15:30.412Z'));

interface Wishes {
  readonly sale?: Partial<Sale>;
  readonly merchant?: Partial<MerchantProfile>;
  readonly client?: Partial<ClientProfile>;
  readonly now?: Instant;
}

function freeze({ sale = {}, merchant = {}, client = {}, now = NOW }: Wishes = {}) {
  return freezePayRequest(
    alipayplusOrderCode,
    placing(sale),
    { ...VECTOR_MERCHANT, ...merchant },
    { ...VECTOR_CLIENT, ...client },
    now,
  );
}

const bodyOf = (wishes: Wishes = {}) => assertLegalPayBody(freeze(wishes).body);
const textOf = (wishes: Wishes = {}) => Buffer.from(freeze(wishes).body).toString('utf8');

function at(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], body);
}

describe('frozen pay request', () => {
  it('has the golden bytes of the supplied vector, plus the terminal inside the store', () => {
    const text = textOf();
    assert.equal(at(JSON.parse(text), 'order.merchant.store.storeTerminalId'), 'T01');
    assert.equal(text.replace(',"storeTerminalId":"T01"', ''), vectorBytes('pay_request.body.json').toString('utf8'));
  });

  it('is stored with the SHA-256 of its bytes and the path of the call', () => {
    const frozen = freeze();
    assert.equal(frozen.bodySha256, createHash('sha256').update(frozen.body).digest('hex'));
    assert.equal(frozen.path, '/v1/payments/pay');
    assert.equal(frozen.expiresAt, null);
  });

  it('is the same, byte for byte, for the same sale', () => {
    assert.deepEqual(freeze({ now: NOW }).body, freeze({ now: instant(NOW + 60_000) }).body);
  });

  for (const [seconds, sent] of [
    [30, '2026-03-05T10:16:00+08:00'],
    [31, '2026-03-05T10:16:01+08:00'],
    [179, '2026-03-05T10:18:29+08:00'],
  ] as const) {
    it(`sends the end of ${seconds} s as whole seconds in UTC+8 on the upstream's clock`, () => {
      const frozen = freeze({ sale: { expiresInSeconds: seconds } });
      assert.equal(assertLegalPayBody(frozen.body)['paymentExpiryTime'], sent);
      assert.equal(frozen.expiresAt, Date.parse(sent));
    });
  }

  for (const seconds of [null, 180]) {
    it(`sends no end for ${seconds ?? 'no'} seconds, because the upstream's own is no later`, () => {
      const frozen = freeze({ sale: { expiresInSeconds: seconds } });
      assert.equal('paymentExpiryTime' in assertLegalPayBody(frozen.body), false);
      assert.equal(frozen.expiresAt, null);
    });
  }

  it('names the settlement currency only when it differs from the currency of the payment', () => {
    assert.deepEqual(bodyOf()['settlementStrategy'], { settlementCurrency: 'USD' });
    assert.equal('settlementStrategy' in bodyOf({ sale: { amount: { currency: 'USD', value: '1980' } } }), false);
    assert.equal('settlementStrategy' in bodyOf({ client: { settlementCurrency: undefined } }), false);
  });

  it('carries the goods as the till gave them, and none when there are none', () => {
    const goods = [
      { referenceGoodsId: 'G1', goodsName: 'Matcha', goodsQuantity: '2', goodsUnitAmount: { currency: 'JPY', value: '990' } },
      { referenceGoodsId: 'G2', goodsName: '紙袋' },
    ];
    assert.deepEqual(at(bodyOf({ sale: { goods } }), 'order.goods'), goods);
    assert.equal(at(bodyOf(), 'order.goods'), undefined);
  });

  it('carries everything that the configuration can name', () => {
    const body = bodyOf({
      merchant: {
        merchantDisplayName: 'Kanda',
        merchantRegisterDate: '2020-01-01T00:00:00+09:00',
        merchantAddress: { region: 'JP', state: '13', city: 'Tokyo', address1: '1-1', address2: '2F', zipCode: '100-0001' },
        store: {
          referenceStoreId: 'S001',
          storeName: 'Ekimae',
          storeDisplayName: 'Ekimae',
          storeOperatorId: 'OP-7',
          storePhoneNo: '+81-3-0000-0000',
          storeAddress: { region: 'JP', city: 'Tokyo' },
          storeTerminalId: 'OWN-9',
        },
      },
      client: { splitSettlementId: 'SPLIT-1', osType: 'ANDROID', extraBody: undefined },
    });
    assert.equal(body['splitSettlementId'], 'SPLIT-1');
    assert.equal(at(body, 'order.merchant.store.storeTerminalId'), 'OWN-9');
    assert.equal(at(body, 'order.merchant.merchantAddress.zipCode'), '100-0001');
    assert.equal(at(body, 'order.env.osType'), 'ANDROID');
  });

  it('leaves out the store when none is configured', () => {
    assert.equal(at(bodyOf({ merchant: { store: undefined } }), 'order.merchant.store'), undefined);
  });

  it('sends the description unchanged, whatever letters it has', () => {
    for (const description of ['Ünïcödé 抹茶 🍵', '"quotes" \\ and / slashes', ' blanks ', 'e\u0301']) {
      assert.equal(at(bodyOf({ sale: { description } }), 'order.orderDescription'), description);
    }
  });

  it('adds configured fields at any depth and lets them replace nothing', () => {
    const extraBody = {
      order: { indirectAcquirer: { referenceAcquirerId: 'IA-1' }, referenceOrderId: 'FORGED' },
      paymentRequestId: 'FORGED',
      paymentAmount: { value: '1' },
      customField: 'x',
    };
    const body = JSON.parse(textOf({ client: { extraBody } })) as Record<string, unknown>;
    assert.equal(at(body, 'order.indirectAcquirer.referenceAcquirerId'), 'IA-1');
    assert.equal(at(body, 'order.referenceOrderId'), 'SHOP42-7781');
    assert.equal(body['paymentRequestId'], 'PRQ-20260305-000001');
    assert.deepEqual(body['paymentAmount'], { currency: 'JPY', value: '1980' });
    assert.equal(body['customField'], 'x');
  });

  it('refuses to build a body with an empty text or a number in it', () => {
    assert.throws(() => freeze({ merchant: { merchantDisplayName: '' } }), /merchantDisplayName/);
    assert.throws(() => freeze({ client: { extraBody: { a: { b: 1 } } } }), /a\.b/);
  });
});
