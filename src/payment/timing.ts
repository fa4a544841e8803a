import { addMs, type Instant } from '../base/clock.js';
import type { Moment, PaymentLife } from './payment.js';

/** The configurable part of the rules, ms (configuration keys `timing` and `latePayment`). */
export interface TimingRules {
  /** Pauses between sends of the same pay request; their number + 1 is the most sends there are, over restarts too. */
  readonly payPausesMs: readonly number[];
  readonly inquiryFirstAfterMs: number;
  /** During the first 30 s, and after. */
  readonly inquiryEveryMs: readonly [number, number];
  /** Pauses before the first inquiries, instead of both rhythms above as long as there are any. */
  readonly inquiryPausesMs?: readonly number[] | undefined;
  readonly graceAfterExpiryMs: number;
  readonly cancelEveryMs: number;
  readonly laneReleaseAfterMs: number;
  /** Money that comes after the end of a sale: `undo` gives it back, `ask` leaves it to a person. */
  readonly latePayment: 'undo' | 'ask';
  /** Since when this process has had the books open: what was done before may be missing in them, when an older copy was put back. */
  readonly booksSince: Instant;
}

/** A stored sale whose first send did not start within this time is never sent. */
export const FIRST_SEND_WITHIN_MS = 30_000;
/** A pay request is repeated only this long after its first send. */
export const REPEAT_WITHIN_MS = 60_000;
/** An attempt without an outcome after this time was lost with its process; no call may take as long. */
export const ATTEMPT_LEASE_MS = 120_000;
/** After a traffic limit each order is asked about at most once in this time. */
export const SLOWED_INQUIRY_MS = 10_000;
/** The denser inquiry rhythm lasts this long. */
export const DENSE_INQUIRIES_MS = 30_000;
/** A payment that needs attention is asked about after this time, then after twice, four times … */
export const ATTENTION_FIRST_MS = 30_000;
/** … but never rarer than this. Also the longest pause between repeated cancels. */
export const SLOWEST_MS = 300_000;
/** Cancels are repeated evenly this often before their pauses grow (order-code reference 1.4: 60 s of every 10 s). */
export const EVEN_CANCELS = 6;
/** A cancel without an answer for this long is raised as an alarm. */
export const CANCEL_ALARM_MS = 600_000;

/** When a call that is repeated until it is answered is due: at `first`, evenly for a while, then at growing pauses, for ever. */
export function repeatAt(
  first: Instant,
  { lastSentAt, tries }: { readonly lastSentAt: Instant | null; readonly tries: number },
  everyMs: number,
): Instant {
  if (lastSentAt === null) return first;
  const grown = everyMs * 2 ** Math.min(Math.max(0, tries - EVEN_CANCELS), 30);
  return addMs(lastSentAt, Math.max(everyMs, Math.min(grown, SLOWEST_MS)));
}

/** Upstream's clock minus ours, ms. */
export function offsetOf(at: Moment): number {
  return at.upstream - at.local;
}

/**
 * When the order ends by itself, on our clock: `expireTime` of the pay answer, else `paymentExpiryTime` of our bytes, else the
 * last send plus the dialect's default life. Null while nothing was sent.
 */
export function expiryOf(life: PaymentLife, offsetMs: number): Instant | null {
  if (life.code !== null) return addMs(life.code.expiresAt, -offsetMs);
  if (life.requestedExpiry !== null) return addMs(life.requestedExpiry, -offsetMs);
  if (life.sends.lastAt !== null) return addMs(life.sends.lastAt, life.defaultLifeMs);
  return null;
}

/** True from the moment of expiry on; false while no expiry is known. */
export function isExpired(life: PaymentLife, at: Moment): boolean {
  const expiry = expiryOf(life, offsetOf(at));
  return expiry !== null && at.local >= expiry;
}
