import { clearingDayOf } from '../payment/clearing-day.js';
import { type Money, moneyText } from '../payment/money.js';
import type { PaymentLife } from '../payment/payment.js';
import { goneElsewhere, isUndone, moneyBackOf } from '../payment/refund.js';
import type { ActKey, Cause } from './exception-sentences.js';

/** A refund that is done, and the clearing day (UTC+8) in whose reports it stands. */
export interface DoneRefund {
  readonly id: string;
  readonly day: string;
}

/** Money that came after a sale had ended unpaid here, and that an inquiry confirmed: what became of it. */
export interface LateMoney {
  /**
   * `cancelled`: undone by a cancel. `refunded`: all of it went back. `underWay`: it goes back at this moment. `refused`: giving it back was
   * refused, people have to. `left`: nobody has given it back, as with `latePayment: ask`.
   */
  readonly became: 'cancelled' | 'refunded' | 'underWay' | 'refused' | 'left';
  readonly refunds: readonly DoneRefund[];
  /** What went back and stands in no refund of these books; null: nothing did. */
  readonly elsewhere: Money | null;
  /** What has not gone back; null: nothing is left. */
  readonly left: Money | null;
  /** Clearing day on which the cancel left that undid it; null: none did. */
  readonly cancelledOn: string | null;
}

/** Pure: what became of the late money of a payment of `amount`; undefined when none was confirmed. */
export function lateMoneyOf(life: PaymentLife, amount: Money, refunds: readonly DoneRefund[]): LateMoney | undefined {
  const { late, undo, refunded, open } = moneyBackOf(life);
  if (life.state === 'paid' || late === null) return undefined;
  const isCancelled = undo?.by === 'cancel' && undo.state === 'done';
  const money = (value: bigint): Money | null => (value > 0n ? { currency: amount.currency, value: String(value) } : null);
  const elsewhere = goneElsewhere(life);
  const left = BigInt(amount.value) - BigInt(refunded) - elsewhere;
  const became = () => {
    if (isCancelled) return 'cancelled';
    if (left <= 0n) return 'refunded';
    if (open.length > 0 || (isUndone(life) && undo?.state === 'pending')) return 'underWay';
    return undo?.state === 'refused' ? 'refused' : 'left';
  };
  return {
    became: became(),
    refunds,
    elsewhere: money(elsewhere),
    left: isCancelled ? null : money(left),
    cancelledOn: isCancelled ? clearingDayOf(undo.cancel?.lastSentAt ?? undo.at) : null,
  };
}

/** Whether late money counts as a payment: what a cancel undid is in no clearing file. */
export function isLateMoneyThere(row: { readonly late?: LateMoney }): boolean {
  return row.late !== undefined && row.late.became !== 'cancelled';
}

/** What is told of late money behind the sentence that names its line, and what to do about it. */
export function lateWords({ became, refunds, elsewhere, left, cancelledOn }: LateMoney): {
  readonly cause: readonly Cause[];
  readonly act: ActKey;
} {
  const cause: Cause[] = [['cause.late_money', {}]];
  if (became === 'cancelled') cause.push(['cause.late_money.cancelled', { day: String(cancelledOn) }]);
  const list = refunds.map(({ id, day }) => `${id} (${day})`).join(', ');
  if (list !== '') cause.push(['cause.late_money.refunded', { refunds: list }]);
  if (elsewhere !== null) cause.push(['cause.late_money.elsewhere', { amount: moneyText(elsewhere) }]);
  if (left !== null && became !== 'cancelled' && became !== 'refunded')
    cause.push([`cause.late_money.${became}`, { amount: moneyText(left) }]);
  return { cause, act: `act.late_money.${became}` };
}
