import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instant } from '#src/base/clock.js';
import type { GoodsItem, LaneId, Sale } from '#src/payment/payment.js';
import { SaleIn } from '#src/terminal/sale-schemas.js';
import { alipayplusOrderCode } from '#src/upstream/dialects/alipayplus-order-code.js';
import { freezePayRequest } from '#src/upstream/frozen-body.js';
import { assertLegalPayBody } from '../support/legal-body.js';
import { placing, VECTOR_CLIENT, VECTOR_MERCHANT } from '../support/sales.js';
import { seededSuite } from '../support/seeded.js';

const plain = (longest: number) =>
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: longest })
    .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text) && [...text].length <= longest && text !== '');

const amount = fc.record(
  {
    currency: fc.constantFrom('JPY', 'USD', 'KRW', 'EUR'),
    value: fc.bigInt({ min: 1n, max: 9_999_999_999_999_999n }).map(String),
  },
  { noNullPrototype: true },
);

const goods: fc.Arbitrary<GoodsItem> = fc.record(
  {
    referenceGoodsId: plain(64),
    goodsName: plain(256),
    goodsQuantity: fc.nat(10_000).map(String),
    goodsUnitAmount: amount,
  },
  { requiredKeys: ['referenceGoodsId', 'goodsName'] },
);

const sale: fc.Arbitrary<Sale> = fc.record({
  saleReference: fc.string({ unit: fc.constantFrom(...'AZaz09_-'), minLength: 1, maxLength: 64 }),
  terminalId: fc.constantFrom('T01', 'till-2', 'X'.repeat(64)),
  laneId: fc.constant('lane-1' as LaneId),
  amount,
  description: plain(256),
  expiresInSeconds: fc.option(fc.integer({ min: 30, max: 180 })),
  goods: fc.option(fc.array(goods, { minLength: 1, maxLength: 5 })),
});

const moment = fc.integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2030-01-01T00:00:00Z') });

/** What a till would post for this sale. */
function posted({ terminalId: _terminal, expiresInSeconds, goods: items, ...rest }: Sale): unknown {
  return { ...rest, ...(expiresInSeconds !== null && { expiresInSeconds }), ...(items !== null && { goods: items }) };
}

describe('frozen pay request of any legal sale', () => {
  const seeded = seededSuite();
  const freeze = (wanted: Sale, now: number) =>
    freezePayRequest(alipayplusOrderCode, placing(wanted), VECTOR_MERCHANT, VECTOR_CLIENT, instant(now));

  it('is legal, says what the till said, and is always the same', () => {
    fc.assert(
      fc.property(sale, moment, (wanted, now) => {
        assert.ok(SaleIn.safeParse(posted(wanted)).success, 'the till may post it');
        const frozen = freeze(wanted, now);
        const body = assertLegalPayBody(frozen.body);
        const order = body['order'] as Record<string, unknown>;
        assert.deepEqual(body['paymentAmount'], wanted.amount);
        assert.deepEqual(order['orderAmount'], wanted.amount);
        assert.equal(order['orderDescription'], wanted.description);
        assert.equal(order['referenceOrderId'], wanted.saleReference);
        assert.deepEqual(order['goods'] ?? null, wanted.goods === null ? null : JSON.parse(JSON.stringify(wanted.goods)));
        assert.deepEqual(freeze(structuredClone(wanted), now).body, frozen.body);
      }),
      seeded.runs(300),
    );
  });

  it('ends no later than the till wished, less than a second earlier, and never in the past', () => {
    fc.assert(
      fc.property(sale, moment, (wanted, now) => {
        const frozen = freeze(wanted, now);
        const said = assertLegalPayBody(frozen.body)['paymentExpiryTime'];
        const seconds = wanted.expiresInSeconds;
        if (seconds === null || seconds >= 180) {
          assert.equal(said, undefined);
          return;
        }
        assert.match(String(said), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);
        const left = Date.parse(String(said)) - now;
        assert.ok(left <= seconds * 1000 && left > (seconds - 1) * 1000, `${left} of ${seconds} s`);
        assert.equal(frozen.expiresAt, Date.parse(String(said)));
      }),
      seeded.runs(300),
    );
  });
});
