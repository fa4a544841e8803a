import { type Instant, instant } from '../base/clock.js';
import type { Payment } from '../payment/payment.js';

/** The place in a list after which the next page begins. */
export interface ListPlace {
  readonly createdAt: Instant;
  readonly paymentRequestId: string;
}

/** The place of a payment as opaque text for `nextCursor`. */
export function cursorOf(payment: Payment): string {
  return Buffer.from(`${payment.life.createdAt}:${payment.paymentRequestId}`, 'utf8').toString('base64url');
}

/** Reads a cursor back; `undefined` for anything this bridge did not write. */
export function readCursor(cursor: string): ListPlace | undefined {
  const found = /^([0-9]{1,15}):([A-Za-z0-9_-]{1,128})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (found?.[1] === undefined || found[2] === undefined) return undefined;
  return { createdAt: instant(Number(found[1])), paymentRequestId: found[2] };
}
