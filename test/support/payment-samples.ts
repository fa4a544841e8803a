import { addMs, type Instant, instant } from '#src/base/clock.js';
import type { LaneId, Payment, PaymentLife, PaymentRequestId, StateName } from '#src/payment/payment.js';

/** When the sample payments were made: 2026-03-05T02:00:00.000Z, 10:00 at the counter. */
export const SAMPLE_START: Instant = instant(Date.parse('2026-03-05T02:00:00.000Z'));
export const SAMPLE_CODE = 'https://code.example/281012020262467128';

const BLANK_LIFE: PaymentLife = {
  state: 'received',
  stateSince: SAMPLE_START,
  createdAt: SAMPLE_START,
  sends: {
    count: 0,
    firstAt: null,
    lastAt: null,
    lastEndedAt: null,
    underWay: false,
    bytesMayHaveLeft: false,
    unclear: false,
    slowed: false,
  },
  defaultLifeMs: 180_000,
  requestedExpiry: null,
  paymentId: null,
  code: null,
  doubt: null,
  cancelBecause: null,
  cancel: null,
  inquiredAt: null,
  inquiriesHere: 0,
  askNow: false,
  alertToConfirm: false,
  paid: null,
  failure: null,
  cancelledBy: null,
  cancelReason: null,
  endedBy: null,
  oddMoney: null,
  alerts: [],
  lastResult: null,
};

const SENT: Partial<PaymentLife> = {
  sends: {
    ...BLANK_LIFE.sends,
    count: 1,
    firstAt: SAMPLE_START,
    lastAt: SAMPLE_START,
    lastEndedAt: SAMPLE_START,
    bytesMayHaveLeft: true,
  },
};

const ORDERED: Partial<PaymentLife> = {
  ...SENT,
  paymentId: '20260305190741010007AAAA',
  code: { text: SAMPLE_CODE, expiresAt: addMs(SAMPLE_START, 180_000) },
  lastResult: { call: 'pay', at: SAMPLE_START, verified: true, resultStatus: 'U', resultCode: 'PAYMENT_IN_PROCESS' },
};

const TYPICAL: Readonly<Record<StateName, Partial<PaymentLife>>> = {
  received: {},
  submitting: { sends: { ...BLANK_LIFE.sends, ...SENT.sends, underWay: true, lastEndedAt: null } },
  awaiting_payer: ORDERED,
  in_doubt: { ...SENT, doubt: 'silence' },
  cancelling: {
    ...ORDERED,
    cancel: {
      by: { kind: 'terminal', id: 'T01' },
      askedAt: SAMPLE_START,
      inquired: true,
      firstSentAt: SAMPLE_START,
      lastSentAt: SAMPLE_START,
      tries: 1,
      verdict: null,
    },
  },
  needs_attention: ORDERED,
  paid: {
    ...ORDERED,
    endedBy: 'notification',
    paid: {
      paymentId: '20260305190741010007AAAA',
      paidAt: addMs(SAMPLE_START, 20_000),
      pspId: '1022172000000000001',
      walletBrandName: 'Example Wallet',
      mppPaymentId: 'MPP-77',
      customerId: 'customer-1',
      settlement: { amount: { currency: 'USD', value: '1325' }, quote: { quotePrice: '0.0066' } },
    },
  },
  failed: {
    ...ORDERED,
    endedBy: 'inquiry',
    failure: { reason: 'expired', resultCode: 'ORDER_IS_CLOSED', advice: 'new_sale_may_work' },
  },
  cancelled: { ...ORDERED, endedBy: 'cancel_answer', cancelledBy: 'terminal' },
};

/** What a test wants to be different from the typical payment. */
export interface SampleWishes {
  readonly id?: string;
  readonly laneId?: string;
  readonly terminalId?: string;
  readonly saleReference?: string;
  readonly life?: Partial<PaymentLife>;
  readonly version?: number;
}

/** A payment of JPY 1980 as it typically stands in `state`. */
export function samplePayment(state: StateName, wishes: SampleWishes = {}): Payment {
  return {
    paymentRequestId: (wishes.id ?? 'SHOP114-AAAA') as PaymentRequestId,
    laneId: (wishes.laneId ?? 'lane-1') as LaneId,
    terminalId: wishes.terminalId ?? 'T01',
    saleReference: wishes.saleReference ?? 'T01-0001',
    upstreamId: 'alipayplus',
    merchantId: 'shop-114',
    amount: { currency: 'JPY', value: '1980' },
    request: { path: '/aps/api/v1/payments/pay', body: new Uint8Array(), bodySha256: '', expiresAt: null },
    life: { ...BLANK_LIFE, ...TYPICAL[state], state, ...wishes.life },
    version: wishes.version ?? 1,
    revision: 1,
    updatedAt: SAMPLE_START,
    dueAt: null,
  };
}
