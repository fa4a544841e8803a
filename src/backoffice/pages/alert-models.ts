import type { AlertKind, Payment } from '../../payment/payment.js';
import { isUndone, leftToRefund, moneyBackOf, moneyThere } from '../../payment/refund.js';
import type { WordKey } from './words/words.js';

/** What an alert means now: what the bridge does about it by itself, what the person should do, and which acts there are. */
export interface AlertStory {
  readonly does: WordKey;
  readonly todo: WordKey;
  readonly may: { readonly undo: boolean; readonly refund: boolean };
}

/** Pure: whether somebody may have the money of a payment given back; also money that came after its end. */
export function mayUndo({ life, amount }: Payment): boolean {
  return moneyThere(life) !== null && moneyBackOf(life).undo === null && leftToRefund(amount, life) > 0n;
}

/** Pure: whether somebody may refund a part of a payment, or all that is left of it. */
export function mayRefund({ life, amount }: Payment): boolean {
  return life.state === 'paid' && !isUndone(life) && leftToRefund(amount, life) > 0n;
}

/** Pure: the story of an alert; `latePayment` is the configuration of its upstream. */
export function alertStory(kind: AlertKind, payment: Payment, latePayment: 'undo' | 'ask'): AlertStory {
  const { life } = payment;
  const { undo } = moneyBackOf(life);
  const may = { undo: mayUndo(payment), refund: mayRefund(payment) };
  if (undo !== null) return { does: `alert.does.undo.${undo.state}`, todo: `alert.todo.undo.${undo.state}`, may };
  if (kind === 'failed_after_paid' || kind === 'amount_differs') {
    const does = life.alertToConfirm ? 'alert.does.asking' : 'alert.does.asked';
    return { does, todo: `alert.todo.${kind}`, may };
  }
  if (moneyBackOf(life).late === null)
    return life.alertToConfirm
      ? { does: 'alert.does.asking', todo: 'alert.todo.wait', may }
      : { does: 'alert.does.notthere', todo: 'alert.todo.notthere', may };
  const isLeft = latePayment === 'ask';
  return { does: isLeft ? 'alert.does.ask' : 'alert.does.willundo', todo: isLeft ? 'alert.todo.ask' : 'alert.todo.wait', may };
}
