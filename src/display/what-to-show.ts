import { addMs, type Instant } from '../base/clock.js';
import type { Money } from '../payment/money.js';
import type { ScanCode, StateName } from '../payment/payment.js';
import type { Frame } from './display-driver.js';

/** What the glass needs to know of a payment; every `Payment` is one. The code's expiry is on the upstream's clock. */
export interface DisplayedPayment {
  readonly paymentRequestId: string;
  readonly saleReference?: string;
  /** As in the frame. */
  readonly scanWith?: string | null;
  readonly amount: Money;
  readonly life: {
    readonly state: StateName;
    readonly stateSince: Instant;
    readonly code: ScanCode | null;
    readonly codeless?: boolean;
  };
}

/** A frame and when it stops being right by the clock alone; null: only an event changes it. Times are on our clock. */
export interface Wanted {
  readonly frame: Frame;
  readonly until: Instant | null;
}

/** How long an ending stays on the glass, ms. */
const SHOWN_AFTER_END_MS = { paid: 10_000, failed: 10_000, cancelled: 5_000 } as const;

/** Nothing to show, for as long as nothing happens. */
export const IDLE: Wanted = { frame: { kind: 'idle' }, until: null };

function ending(frame: Frame, since: Instant, ms: number, now: Instant): Wanted {
  const until = addMs(since, ms);
  // An end that lies in the future is a wall clock that was put back: nothing to celebrate for hours.
  return now < until && until - now <= ms ? { frame, until } : IDLE;
}

function codeExpiry(payment: DisplayedPayment, offsetMs: number): Instant | null {
  return payment.life.code === null ? null : addMs(payment.life.code.expiresAt, -offsetMs);
}

/**
 * What the lane's glass should show now: a pure reading of its newest payment and the clock. A code stands only while its payment awaits
 * the payer and its own time is not up; every other unfinished state asks the payer to wait until that time, and shows nothing after it.
 * `offsetMs`: the upstream's clock minus ours.
 */
export function whatToShow(payment: DisplayedPayment | null, now: Instant, offsetMs: number): Wanted {
  if (payment === null) return IDLE;
  const { amount, life } = payment;
  const expiresAt = codeExpiry(payment, offsetMs);
  const isOver = expiresAt !== null && now >= expiresAt;
  const waiting = (kind: 'pleaseWait' | 'paying' | 'cancelling'): Wanted =>
    isOver ? IDLE : { frame: { kind, amount }, until: expiresAt };
  switch (life.state) {
    case 'awaiting_payer':
      if (life.code === null || expiresAt === null || isOver) return waiting('pleaseWait');
      return {
        frame: {
          kind: 'scan',
          codeText: life.code.text,
          amount,
          expiresAt,
          reference: payment.saleReference,
          scanWith: payment.scanWith,
        },
        until: expiresAt,
      };
    case 'received':
    case 'submitting':
    case 'in_doubt':
      return waiting(life.codeless ? 'paying' : 'pleaseWait');
    case 'cancelling':
      return waiting('cancelling');
    case 'needs_attention':
      return IDLE;
    case 'paid':
      return ending({ kind: 'thanks', amount }, life.stateSince, SHOWN_AFTER_END_MS.paid, now);
    case 'failed':
      return ending({ kind: 'notPaid' }, life.stateSince, SHOWN_AFTER_END_MS.failed, now);
    case 'cancelled':
      return ending({ kind: 'cancelled' }, life.stateSince, SHOWN_AFTER_END_MS.cancelled, now);
  }
}

/** Equal for frames that look the same on the glass; the expiry is not part of the picture. */
export function frameKey(frame: Frame): string {
  const amount = 'amount' in frame ? `${frame.amount.currency} ${frame.amount.value}` : '';
  return [frame.kind, amount, frame.kind === 'scan' ? frame.codeText : ''].join('|');
}
