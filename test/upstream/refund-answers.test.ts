import assert from 'node:assert/strict';
import type { PaymentRequestId } from '#src/payment/payment.js';
import type { Refund, RefundRequestId } from '#src/payment/refund.js';
import { classifyRefundAnswer } from '#src/upstream/classify-refund.js';
import { alipayplusOrderCode } from '#src/upstream/dialects/alipayplus-order-code.js';
import { freezeRefundRequest } from '#src/upstream/frozen-body.js';
import { RefundAnswer } from '#src/upstream/message-fields.js';
import { SAMPLE_START, samplePayment } from '../support/payment-samples.js';

const PAYMENT = samplePayment('paid');
const REFUND: Refund = {
  refundRequestId: 'SHOP114-refund' as RefundRequestId,
  paymentRequestId: 'SHOP114-AAAA' as PaymentRequestId,
  refundReference: 'R-1',
  isUndo: false,
  amount: { currency: 'JPY', value: '500' },
  reason: null,
  askedBy: { kind: 'terminal', id: 'T01' },
  request: { path: '/v1/payments/refund', body: new Uint8Array(), bodySha256: '' },
  state: 'pending',
  refundId: null,
  refundedAt: null,
  settlement: null,
  lastResult: null,
  createdAt: SAMPLE_START,
  updatedAt: SAMPLE_START,
  version: 1,
};

function classified(resultStatus: string, resultCode: string, rest: Record<string, unknown> = {}) {
  const answer = RefundAnswer.parse({ result: { resultStatus, resultCode }, ...rest });
  const context = {
    dialect: alipayplusOrderCode,
    payment: PAYMENT,
    acquirerId: '102',
    offsetMs: () => 0,
    codeRules: { hosts: new Set<string>(), allowPostAsGet: false },
    lateCode: false,
  };
  return classifyRefundAnswer(context, REFUND, answer);
}

/** Order-code reference 5.3, row by row: what has to be checked by an inquiry, and what is our own set-up's fault. */
const REFUSALS: readonly (readonly [code: string, toCheck: boolean, operations: boolean])[] = [
  ['REFUND_AMOUNT_EXCEED', false, false],
  ['REFUND_WINDOW_EXCEED', false, false],
  ['USER_NOT_EXIST', false, false],
  ['USER_STATUS_ABNORMAL', false, false],
  ['ORDER_NOT_EXIST', true, true],
  ['REPEAT_REQ_INCONSISTENT', true, true],
  ['BUSINESS_NOT_SUPPORT', false, true],
  ['INVALID_CONTRACT', false, true],
  ['ACCESS_DENIED', false, true],
  ['PARAM_ILLEGAL', false, true],
  ['INVALID_SIGNATURE', false, true],
  ['KEY_NOT_FOUND', false, true],
  ['PROCESS_FAIL', false, true],
  ['SOMETHING_NEW', false, true],
];

describe('the answer to a refund', () => {
  for (const [code, toCheck, operations] of REFUSALS) {
    it(`F ${code} is a refusal${toCheck ? ' that an inquiry has to confirm' : ''}`, () => {
      assert.deepEqual(classified('F', code), { kind: 'refused', code, toCheck, operations });
    });
    it(`U ${code} settles nothing`, () => {
      assert.deepEqual(classified('U', code), { kind: 'underWay' });
    });
  }

  it('REQUEST_TRAFFIC_EXCEED_LIMIT settles nothing, whatever its letter', () => {
    for (const status of ['U', 'F']) assert.equal(classified(status, 'REQUEST_TRAFFIC_EXCEED_LIMIT').kind, 'underWay');
  });

  it('S is refunded, with the id, the time and the settlement as they were said', () => {
    const quote = { quoteId: 'QT1', quotePrice: '0.0067' };
    const said = {
      acquirerId: '102',
      refundId: 'RF-1',
      refundTime: '2026-03-05T21:05:00+08:00',
      refundAmount: { currency: 'JPY', value: '500' },
      settlementAmount: { currency: 'USD', value: '335' },
      settlementQuote: quote,
    };
    assert.deepEqual(classified('S', 'SUCCESS', said), {
      kind: 'refunded',
      facts: {
        refundId: 'RF-1',
        refundedAt: Date.parse('2026-03-05T13:05:00Z'),
        settlement: { amount: { currency: 'USD', value: '335' }, quote },
      },
    });
    assert.equal(classified('S', 'ANYTHING').kind, 'refunded', 'the letter decides');
  });

  it('S with another amount is never refunded', () => {
    for (const refundAmount of [
      { currency: 'JPY', value: '501' },
      { currency: 'USD', value: '500' },
    ])
      assert.deepEqual(classified('S', 'SUCCESS', { refundAmount }), { kind: 'odd', why: 'amount' });
  });

  it('about another refund, payment or acquirer says nothing about this one', () => {
    for (const rest of [{ refundRequestId: 'SHOP114-other' }, { paymentRequestId: 'SHOP114-other' }, { acquirerId: '999' }]) {
      for (const status of ['S', 'F']) assert.equal(classified(status, 'SUCCESS', rest).kind, 'noAnswer', JSON.stringify(rest));
    }
  });

  it('comes to bytes that are the same for the same refund, without a reason that was not given', () => {
    const fields = (reason: string | null) =>
      alipayplusOrderCode.refundBody?.({
        payment: PAYMENT,
        refundRequestId: REFUND.refundRequestId,
        amount: REFUND.amount,
        reason,
      });
    const frozen = freezeRefundRequest('/v1/payments/refund', fields(null) ?? {});
    assert.equal(
      Buffer.from(frozen.body).toString(),
      '{"paymentRequestId":"SHOP114-AAAA","refundRequestId":"SHOP114-refund","refundAmount":{"currency":"JPY","value":"500"}}',
    );
    assert.equal(frozen.bodySha256, freezeRefundRequest('/v1/payments/refund', fields(null) ?? {}).bodySha256);
    assert.match(Buffer.from(freezeRefundRequest('/x', fields('返品') ?? {}).body).toString(), /"refundReason":"返品"/);
  });
});
