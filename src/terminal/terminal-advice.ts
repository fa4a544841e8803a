import { isGivingBack } from '../payment/next-give-back.js';
import { isFinal, type Moment, type Payment, type StateName } from '../payment/payment.js';
import { moneyBackOf } from '../payment/refund.js';
import type { DisplayStatus } from './terminal-ports.js';

/** What a till should do next. */
export const NEXT_ACTIONS = [
  'wait',
  'wait_for_payer',
  'show_code_on_till',
  'hand_over_goods',
  'start_new_sale',
  'offer_other_means',
  'call_support',
  'ask_back_office',
] as const;
export type NextActionName = (typeof NEXT_ACTIONS)[number];

/** Whether the customer could pay this order at this moment. */
export type CustomerMayPay = 'yes' | 'no' | 'possible';

/** The bridge's advice beside the facts. */
export interface Advice {
  readonly customerMayPay: CustomerMayPay;
  readonly next: {
    readonly action: NextActionName;
    /** Charging this customer for these goods again cannot charge twice. */
    readonly newSaleAllowed: boolean;
    /** For a cashier: no codes, no reasons that are none of the till's business. */
    readonly message: string;
    /** When asking again makes sense, ms. */
    readonly pollAfterMs: number;
  };
}

/** What the advice is read from: the payment, the displays as far as they are about it, and both clocks. */
export interface AdviceFacts {
  readonly payment: Payment;
  readonly displays: readonly DisplayStatus[];
  readonly at: Moment;
  /** A ready display shows the code or is about to. */
  readonly displayCanShow: boolean;
  /** False when a newer state of the payment is known that forbids its code (replayed events). */
  readonly codeShowable: boolean;
}

const POLL_AFTER_MS: Readonly<Record<StateName, number>> = {
  received: 500,
  submitting: 500,
  awaiting_payer: 1_000,
  in_doubt: 2_000,
  cancelling: 1_000,
  needs_attention: 10_000,
  paid: 60_000,
  failed: 60_000,
  cancelled: 60_000,
};

/** The code may be shown now: the payment awaits its payer and the upstream's clock has not reached the expiry. */
export function mayShowCode(payment: Payment, at: Moment): boolean {
  const { state, code } = payment.life;
  return state === 'awaiting_payer' && code !== null && at.upstream < code.expiresAt;
}

/** Pure: what the till and its cashier should make of a payment (till API contract, `customerMayPay` and `next`). */
export function adviceFor(facts: AdviceFacts): Advice {
  const { life } = facts.payment;
  const action = actionFor(facts);
  return {
    customerMayPay: mayPay(facts),
    next: {
      action,
      newSaleAllowed: isOverWithoutMoney(facts.payment) && life.alerts.length === 0,
      message: messageFor(facts, action),
      pollAfterMs: pollAfterMs(facts.payment),
    },
  };
}

/** The customer has not paid, or has the money back. */
function isOverWithoutMoney({ life }: Payment): boolean {
  return life.state === 'failed' || life.state === 'cancelled' || (life.state === 'paid' && undoState(life) === 'done');
}

function pollAfterMs({ life }: Payment): number {
  if (life.alerts.length > 0) return POLL_AFTER_MS.needs_attention;
  return life.state === 'paid' && isGivingBack(life) ? POLL_AFTER_MS.cancelling : POLL_AFTER_MS[life.state];
}

function undoState(life: Payment['life']) {
  return moneyBackOf(life).undo?.state ?? null;
}

const ACTION_OF_UNDO = { pending: 'wait', done: 'start_new_sale', refused: 'ask_back_office' } as const;

function mayPay({ payment, at, codeShowable }: AdviceFacts): CustomerMayPay {
  const { state, sends } = payment.life;
  if (isFinal(state)) return 'no';
  if (codeShowable && mayShowCode(payment, at)) return 'yes';
  return sends.bytesMayHaveLeft || sends.underWay ? 'possible' : 'no';
}

function actionFor(facts: AdviceFacts): NextActionName {
  const { life } = facts.payment;
  if (life.alerts.length > 0) return 'ask_back_office';
  switch (life.state) {
    case 'received':
    case 'submitting':
    case 'in_doubt':
    case 'cancelling':
      return 'wait';
    case 'awaiting_payer':
      return mayPay(facts) === 'yes' && !onSomeDisplay(facts) ? 'show_code_on_till' : 'wait_for_payer';
    case 'needs_attention':
      return 'ask_back_office';
    case 'paid': {
      const undo = undoState(life);
      return undo === null ? 'hand_over_goods' : ACTION_OF_UNDO[undo];
    }
    case 'failed':
      return actionAfterFailure(life.failure?.advice ?? 'call_support');
    case 'cancelled':
      return 'start_new_sale';
  }
}

function actionAfterFailure(advice: 'new_sale_may_work' | 'other_means' | 'call_support'): NextActionName {
  switch (advice) {
    case 'new_sale_may_work':
      return 'start_new_sale';
    case 'other_means':
      return 'offer_other_means';
    case 'call_support':
      return 'call_support';
  }
}

function onSomeDisplay({ displays, displayCanShow }: AdviceFacts): boolean {
  return displayCanShow || displays.some(({ state }) => state === 'showing' || state === 'printed');
}

function messageFor(facts: AdviceFacts, action: NextActionName): string {
  const { life } = facts.payment;
  if (life.alerts.length > 0) return alertMessage(facts.payment);
  switch (life.state) {
    case 'received':
      return 'The payment is being started. Please wait.';
    case 'submitting':
      return life.codeless
        ? 'The customer is being charged without a code. Please wait; do not start a new sale.'
        : 'The code is being fetched. Please wait; do not start a new sale.';
    case 'awaiting_payer':
      if (!facts.codeShowable && mayShowCode(facts.payment, facts.at))
        return 'The code is not shown at the moment. Please wait; do not start a new sale.';
      if (mayPay(facts) !== 'yes') return 'The code has run out. Checking whether the customer has paid; please wait.';
      return action === 'show_code_on_till'
        ? 'The customer display does not show the code. Show it on this screen and ask the customer to scan it.'
        : 'The code is on the customer display. Ask the customer to scan it and pay.';
    case 'in_doubt':
      return life.codeless
        ? 'It is not known yet whether the customer has been charged. Please wait; do not start a new sale.'
        : 'It is not known yet whether the customer has paid. Please wait; do not start a new sale.';
    case 'cancelling':
      return 'The payment is being cancelled. Please wait: it may still turn out to be paid.';
    case 'needs_attention':
      return 'It is not clear whether the customer has paid. Call the back office. Do not charge this customer again for these goods. Other customers can be served.';
    case 'paid':
      return paidMessage(facts.payment);
    case 'failed':
      return failureMessage(facts.payment);
    case 'cancelled':
      return cancelledMessage(facts.payment);
  }
}

function alertMessage(payment: Payment): string {
  const amount = payment.life.alerts.some(({ kind }) => kind === 'amount_differs');
  if (payment.life.state === 'paid') {
    return amount
      ? 'The payment was reported with another amount. Call the back office.'
      : 'There are two different reports about this payment. Call the back office.';
  }
  return 'A payment was reported after this sale had ended. Call the back office. Do not charge this customer again for these goods.';
}

function paidMessage({ amount, life }: Payment): string {
  const { undo, refunded, asked } = moneyBackOf(life);
  switch (undo?.state) {
    case 'pending':
      return 'The payment is being undone. Please wait; do not hand over the goods.';
    case 'done':
      return 'The payment is undone: the customer gets the money back. You may start a new sale.';
    case 'refused':
      return 'The payment could not be undone. Call the back office.';
    case undefined:
      break;
  }
  if (refunded === amount.value) return 'Paid, and refunded in full.';
  if (refunded !== '0') return 'Paid. A part was refunded.';
  return asked === '0' ? 'Paid. Hand over the goods.' : 'Paid. A refund is under way.';
}

function failureMessage(payment: Payment): string {
  const failure = payment.life.failure;
  switch (failure?.reason) {
    case 'expired':
      return payment.life.codeless
        ? 'The customer was not charged in time. You may start a new sale.'
        : 'The customer did not pay in time. You may start a new sale.';
    case 'never_sent':
      return 'The payment could not be started. You may start a new sale.';
    case 'ruled':
      return 'The back office decided that this payment did not take place. You may start a new sale.';
    case 'refused':
    case undefined:
      break;
  }
  switch (failure?.advice) {
    case 'new_sale_may_work':
      return 'The payment was not completed. You may start a new sale.';
    case 'other_means':
      return 'The payment was not completed. Ask the customer for another way to pay.';
    case 'call_support':
    case undefined:
      return 'This way of paying does not work at the moment. Call support and ask the customer for another way to pay.';
  }
}

function cancelledMessage({ life }: Payment): string {
  if (life.cancelledBy === 'bridge' && life.codeless) {
    return 'It could not be made out in time whether the customer was charged, so the payment was cancelled. You may start a new sale.';
  }
  if (life.cancelledBy === 'bridge') {
    return life.cancelReason === 'deadline'
      ? 'The customer did not pay in time, so the payment was cancelled. You may start a new sale.'
      : 'The code could not be used, so the payment was cancelled. You may start a new sale.';
  }
  return life.cancelledBy === 'operator'
    ? 'The back office cancelled this payment. You may start a new sale.'
    : 'The payment is cancelled. You may start a new sale.';
}
