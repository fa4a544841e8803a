import assert from 'node:assert/strict';
import { addMs } from '#src/base/clock.js';
import { type Payment, STATES, type StateName } from '#src/payment/payment.js';
import { LaneJson, PaymentJson } from '#src/terminal/payment-schemas.js';
import { laneView, momentOf, paymentView } from '#src/terminal/payment-view.js';
import type { DisplayStatus } from '#src/terminal/terminal-ports.js';
import { SAMPLE_CODE, SAMPLE_START, samplePayment } from '../support/payment-samples.js';

const NEXTION: DisplayStatus = {
  driver: 'nextion',
  port: '/dev/ttyUSB0',
  health: 'ready',
  reason: null,
  state: 'showing',
  confirmation: 'verified',
  since: SAMPLE_START,
  paymentRequestId: 'SHOP114-AAAA',
};

function view(
  payment: Payment,
  wishes: { afterMs?: number; offsetMs?: number; displays?: DisplayStatus[]; codeShowable?: boolean } = {},
) {
  return paymentView({
    payment,
    displays: wishes.displays ?? [NEXTION],
    displayCanShow: true,
    at: momentOf(addMs(SAMPLE_START, wishes.afterMs ?? 1_000), wishes.offsetMs ?? 0),
    ...(wishes.codeShowable === undefined ? {} : { codeShowable: wishes.codeShowable }),
  });
}

describe('the JSON of a payment', () => {
  it('is exactly that of the till API contract', () => {
    assert.deepEqual(view(samplePayment('awaiting_payer', { version: 4 })), {
      paymentRequestId: 'SHOP114-AAAA',
      saleReference: 'T01-0001',
      terminalId: 'T01',
      laneId: 'lane-1',
      upstreamId: 'alipayplus',
      state: 'awaiting_payer',
      failure: null,
      endedBy: null,
      cancelledBy: null,
      cancelReason: null,
      undo: null,
      alerts: [],
      amount: { currency: 'JPY', value: '1980' },
      refunded: { currency: 'JPY', value: '0' },
      paymentId: '20260305190741010007AAAA',
      pspId: null,
      walletBrandName: null,
      mppPaymentId: null,
      paidAt: null,
      settlement: null,
      orderCode: { value: SAMPLE_CODE, expiresAt: '2026-03-05T02:03:00.000Z' },
      display: [{ driver: 'nextion', state: 'showing', confirmation: 'verified', since: '2026-03-05T02:00:00.000Z' }],
      lastResult: {
        call: 'pay',
        at: '2026-03-05T02:00:00.000Z',
        verified: true,
        resultStatus: 'U',
        resultCode: 'PAYMENT_IN_PROCESS',
      },
      sends: 1,
      customerMayPay: 'yes',
      next: {
        action: 'wait_for_payer',
        newSaleAllowed: false,
        message: 'The code is on the customer display. Ask the customer to scan it and pay.',
        pollAfterMs: 1000,
      },
      createdAt: '2026-03-05T02:00:00.000Z',
      updatedAt: '2026-03-05T02:00:00.000Z',
      version: 4,
    });
  });

  for (const state of STATES) {
    it(`keeps its description in ${state}`, () => {
      const result = PaymentJson.safeParse(view(samplePayment(state)));
      assert.deepEqual(result.error?.issues ?? [], []);
    });

    it(`shows the code in ${state}: ${state === 'awaiting_payer' ? 'until it expires' : 'never'}`, () => {
      const payment = samplePayment(state, { life: { code: { text: SAMPLE_CODE, expiresAt: addMs(SAMPLE_START, 180_000) } } });
      assert.equal(view(payment).orderCode?.value, state === 'awaiting_payer' ? SAMPLE_CODE : undefined);
      assert.equal(view(payment, { afterMs: 180_000 }).orderCode, null);
      assert.equal(view(payment, { offsetMs: 179_000 }).orderCode, null);
      assert.equal(view(payment, { codeShowable: false }).orderCode, null);
    });
  }

  it('tells a till what the upstream said of a paid order, and nothing of the customer', () => {
    const json = view(samplePayment('paid'));
    assert.equal(json.pspId, '1022172000000000001');
    assert.equal(json.walletBrandName, 'Example Wallet');
    assert.equal(json.mppPaymentId, 'MPP-77');
    assert.equal(json.paidAt, '2026-03-05T02:00:20.000Z');
    assert.deepEqual(json.settlement, { amount: { currency: 'USD', value: '1325' }, quote: { quotePrice: '0.0066' } });
    assert.equal(json.endedBy, 'notification');
    assert.doesNotMatch(JSON.stringify(json), /customerId|customer-1/);
  });

  it('keeps the facts of late money out of a payment that did not end paid', () => {
    const paid = samplePayment('paid').life.paid;
    const json = view(
      samplePayment('cancelled', {
        life: { paid, alerts: [{ kind: 'paid_after_cancelled', at: SAMPLE_START, paymentId: 'P' }] },
      }),
    );
    assert.equal(json.paidAt, null);
    assert.equal(json.pspId, null);
    assert.deepEqual(json.alerts, [{ kind: 'paid_after_cancelled', at: '2026-03-05T02:00:00.000Z', paymentId: 'P' }]);
  });

  it('says why it failed and who cancelled', () => {
    assert.deepEqual(view(samplePayment('failed')).failure, {
      reason: 'expired',
      resultCode: 'ORDER_IS_CLOSED',
      advice: 'new_sale_may_work',
    });
    const cancelled = view(samplePayment('cancelled', { life: { cancelledBy: 'bridge', cancelReason: 'deadline' } }));
    assert.deepEqual([cancelled.cancelledBy, cancelled.cancelReason], ['bridge', 'deadline']);
  });

  it('shows nothing of a glass that is busy with another payment', () => {
    const json = view(samplePayment('paid', { id: 'SHOP114-OLD' }));
    assert.deepEqual(json.display, [{ driver: 'nextion', state: 'none', confirmation: null, since: '2026-03-05T02:00:00.000Z' }]);
  });

  it('says pending while a code waits and the glass has not looked yet', () => {
    const payment = samplePayment('awaiting_payer');
    for (const status of [
      { ...NEXTION, state: 'none' as const },
      { ...NEXTION, paymentRequestId: 'SHOP114-OLD' },
    ]) {
      assert.equal(view(payment, { displays: [status] }).display[0]?.state, 'pending');
    }
    assert.equal(view(payment, { displays: [{ ...NEXTION, state: 'unavailable' }] }).display[0]?.state, 'unavailable');
    assert.equal(view(payment, { afterMs: 180_000, displays: [{ ...NEXTION, state: 'none' }] }).display[0]?.state, 'none');
  });

  it('leaves out what a stored row carries beyond the contract', () => {
    const payment = samplePayment('failed', {
      life: { failure: { ...samplePayment('failed').life.failure, secret: 1 } as never },
    });
    assert.deepEqual(Object.keys(view(payment).failure ?? {}), ['reason', 'resultCode', 'advice']);
  });
});

describe('the JSON of a lane', () => {
  it('carries the open payment and each display', () => {
    const open = view(samplePayment('awaiting_payer'));
    const lane = laneView(samplePayment('received').laneId, open, [NEXTION]);
    assert.deepEqual(LaneJson.safeParse(lane).error?.issues ?? [], []);
    assert.deepEqual(lane, {
      laneId: 'lane-1',
      openPayment: open,
      displays: [
        {
          driver: 'nextion',
          port: '/dev/ttyUSB0',
          health: 'ready',
          reason: null,
          state: 'showing',
          confirmation: 'verified',
          since: '2026-03-05T02:00:00.000Z',
        },
      ],
    });
  });

  it('has no open payment when nothing holds the lane', () => {
    assert.equal(laneView(samplePayment('received' as StateName).laneId, null, []).openPayment, null);
  });
});
