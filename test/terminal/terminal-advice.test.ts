import assert from 'node:assert/strict';
import { addMs } from '#src/base/clock.js';
import type { AlertKind, CancelReason, Failure, PaymentLife, StateName } from '#src/payment/payment.js';
import { STATES } from '#src/payment/payment.js';
import { momentOf } from '#src/terminal/payment-view.js';
import { type Advice, adviceFor, mayShowCode } from '#src/terminal/terminal-advice.js';
import type { DisplayState, DisplayStatus } from '#src/terminal/terminal-ports.js';
import { SAMPLE_START, samplePayment } from '../support/payment-samples.js';

interface Wishes {
  readonly life?: Partial<PaymentLife>;
  readonly display?: DisplayState;
  readonly canShow?: boolean;
  readonly afterMs?: number;
  readonly offsetMs?: number;
  readonly codeShowable?: boolean;
}

function advise(state: StateName, wishes: Wishes = {}): Advice {
  const payment = samplePayment(state, wishes.life === undefined ? {} : { life: wishes.life });
  const status = (shown: DisplayState): DisplayStatus => ({
    driver: 'nextion',
    port: 'COM7',
    health: 'ready',
    reason: null,
    state: shown,
    confirmation: null,
    since: SAMPLE_START,
    paymentRequestId: payment.paymentRequestId,
  });
  return adviceFor({
    payment,
    displays: wishes.display === undefined ? [] : [status(wishes.display)],
    displayCanShow: wishes.canShow ?? false,
    at: momentOf(addMs(SAMPLE_START, wishes.afterMs ?? 1_000), wishes.offsetMs ?? 0),
    codeShowable: wishes.codeShowable ?? true,
  });
}

const failure = (reason: Failure['reason'], advice: Failure['advice']): Partial<PaymentLife> => ({
  failure: { reason, resultCode: 'RISK_REJECT', advice },
});
const alert = (kind: AlertKind): Partial<PaymentLife> => ({ alerts: [{ kind, at: SAMPLE_START, paymentId: null }] });
const byBridge = (cancelReason: CancelReason): Partial<PaymentLife> => ({ cancelledBy: 'bridge', cancelReason });
const unsent: Partial<PaymentLife> = {
  sends: { ...samplePayment('submitting').life.sends, underWay: false, bytesMayHaveLeft: false },
};

/** state, circumstances, customerMayPay, action, newSaleAllowed, words of the message. */
const TABLE: readonly [StateName, string, Wishes, Advice['customerMayPay'], Advice['next']['action'], boolean, RegExp][] = [
  ['received', 'stored', {}, 'no', 'wait', false, /being started/],
  ['submitting', 'a send under way', {}, 'possible', 'wait', false, /do not start a new sale/],
  ['submitting', 'every send failed before a connection stood', { life: unsent }, 'no', 'wait', false, /wait/],
  ['awaiting_payer', 'on the glass', { display: 'showing' }, 'yes', 'wait_for_payer', false, /on the customer display/],
  ['awaiting_payer', 'printed', { display: 'printed' }, 'yes', 'wait_for_payer', false, /on the customer display/],
  ['awaiting_payer', 'about to be shown', { display: 'pending', canShow: true }, 'yes', 'wait_for_payer', false, /scan/],
  ['awaiting_payer', 'the glass unplugged', { display: 'pending' }, 'yes', 'show_code_on_till', false, /on this screen/],
  ['awaiting_payer', 'too long for the glass', { display: 'unavailable' }, 'yes', 'show_code_on_till', false, /on this screen/],
  ['awaiting_payer', 'a text display', { display: 'none' }, 'yes', 'show_code_on_till', false, /on this screen/],
  ['awaiting_payer', 'no display', {}, 'yes', 'show_code_on_till', false, /on this screen/],
  ['awaiting_payer', 'expired', { afterMs: 180_000 }, 'possible', 'wait_for_payer', false, /run out/],
  ['awaiting_payer', "expired by the upstream's clock", { offsetMs: 180_000 }, 'possible', 'wait_for_payer', false, /run out/],
  [
    'awaiting_payer',
    'a replay of a payment that moved on',
    { codeShowable: false },
    'possible',
    'wait_for_payer',
    false,
    /not shown at the moment/,
  ],
  ['in_doubt', 'silence', {}, 'possible', 'wait', false, /not known yet/],
  ['in_doubt', 'a charge without a code', { life: { codeless: true } }, 'possible', 'wait', false, /has been charged/],
  ['cancelling', 'asked by the till', {}, 'possible', 'wait', false, /being cancelled/],
  ['needs_attention', 'out of moves', {}, 'possible', 'ask_back_office', false, /Call the back office/],
  ['paid', 'plain', {}, 'no', 'hand_over_goods', false, /^Paid\. Hand over the goods\.$/],
  ['paid', 'then reported failed', { life: alert('failed_after_paid') }, 'no', 'ask_back_office', false, /Call the back office/],
  ['paid', 'then another amount', { life: alert('amount_differs') }, 'no', 'ask_back_office', false, /another amount/],
  ['failed', 'closed unpaid', { life: failure('expired', 'new_sale_may_work') }, 'no', 'start_new_sale', true, /in time/],
  [
    'failed',
    'never sent',
    { life: failure('never_sent', 'new_sale_may_work') },
    'no',
    'start_new_sale',
    true,
    /could not be started/,
  ],
  ['failed', 'ruled', { life: failure('ruled', 'new_sale_may_work') }, 'no', 'start_new_sale', true, /back office decided/],
  ['failed', 'refused for now', { life: failure('refused', 'new_sale_may_work') }, 'no', 'start_new_sale', true, /new sale/],
  ['failed', 'refused', { life: failure('refused', 'other_means') }, 'no', 'offer_other_means', true, /another way to pay/],
  ['failed', 'our set-up', { life: failure('refused', 'call_support') }, 'no', 'call_support', true, /Call support/],
  ['failed', 'then paid', { life: alert('paid_after_failed') }, 'no', 'ask_back_office', false, /Do not charge/],
  ['cancelled', 'by the till', {}, 'no', 'start_new_sale', true, /is cancelled/],
  ['cancelled', 'by an operator', { life: { cancelledBy: 'operator' } }, 'no', 'start_new_sale', true, /back office cancelled/],
  ['cancelled', 'at the deadline', { life: byBridge('deadline') }, 'no', 'start_new_sale', true, /did not pay in time/],
  ['cancelled', 'for its code', { life: byBridge('code_foreign_host') }, 'no', 'start_new_sale', true, /code could not be used/],
  [
    'cancelled',
    'a charge nobody knew the end of',
    { life: { ...byBridge('deadline'), codeless: true } },
    'no',
    'start_new_sale',
    true,
    /whether the customer was charged/,
  ],
  ['cancelled', 'then paid', { life: alert('paid_after_cancelled') }, 'no', 'ask_back_office', false, /Do not charge/],
];

describe('advice to the till', () => {
  for (const [state, what, wishes, mayPay, action, newSale, words] of TABLE) {
    it(`for ${state}, ${what}: ${action}`, () => {
      const { customerMayPay, next } = advise(state, wishes);
      assert.equal(customerMayPay, mayPay);
      assert.equal(next.action, action);
      assert.equal(next.newSaleAllowed, newSale);
      assert.match(next.message, words);
    });
  }

  it('has a row for every state', () => {
    assert.deepEqual([...new Set(TABLE.map(([state]) => state))], [...STATES]);
  });

  it('never shows a cashier a code of the upstream or a word about risk', () => {
    for (const [state, , wishes] of TABLE) {
      const { message } = advise(state, wishes).next;
      assert.doesNotMatch(message, /[A-Z]{2,}_|risk|fraud|_/i);
    }
  });

  it('always says when to ask again', () => {
    for (const [state, , wishes] of TABLE) assert.ok(advise(state, wishes).next.pollAfterMs >= 500);
  });

  it('allows a code until the very instant of its expiry on the upstream clock', () => {
    const payment = samplePayment('awaiting_payer');
    assert.equal(mayShowCode(payment, momentOf(addMs(SAMPLE_START, 179_999), 0)), true);
    assert.equal(mayShowCode(payment, momentOf(addMs(SAMPLE_START, 180_000), 0)), false);
    assert.equal(mayShowCode(payment, momentOf(addMs(SAMPLE_START, 180_000), -1)), true);
  });
});
