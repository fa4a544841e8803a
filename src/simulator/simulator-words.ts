import type { Instant } from '../base/clock.js';

/** Whole smallest units as text, as on the wire (order-code reference 2.3). */
export interface Amount {
  readonly currency: string;
  readonly value: string;
}

/** `S` success, `F` failure, `U` unknown (order-code reference 3.3). */
export interface WireResult {
  readonly resultCode: string;
  readonly resultStatus: string;
  readonly resultMessage: string;
}

/** The upstream's calls that the simulator answers. */
export type CallName = 'pay' | 'inquiry' | 'cancel' | 'refund';

export const CALL_NAMES: readonly CallName[] = ['pay', 'inquiry', 'cancel', 'refund'];

/** One order as `GET /sim/orders` shows it. An order that was cancelled before it was created has no amount, code or paymentId. */
export interface SimOrder {
  readonly paymentRequestId: string;
  /** Who placed it. */
  readonly clientId: string;
  readonly paymentId: string | null;
  readonly state: 'open' | 'paid' | 'closed' | 'cancelled';
  readonly amount: Amount | null;
  readonly code: string | null;
  readonly expiresAt: string | null;
  readonly refunded: Amount | null;
  /** Why it is `closed`: `ORDER_IS_CLOSED` after expiry, else the code it was declined with. */
  readonly endCode: string | null;
  readonly paidAt: string | null;
  readonly merchantName: string | null;
  readonly description: string | null;
  /** Money taken from the payer minus what cancels and refunds gave back; `0` unless it was paid. */
  readonly kept: Amount | null;
  /** How often the payer was charged for this order: more than one would be the simulator's own fault. */
  readonly timesCharged: number;
}

/** An object without numbers or booleans, as the protocol wants it. */
export type WireObject = { readonly [name: string]: WireValue };
export type WireValue = string | null | WireObject | readonly WireValue[];

export function isWireObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function wireResult(resultCode: string, resultStatus: string, resultMessage = resultCode.toLowerCase()): WireResult {
  return { resultCode, resultStatus, resultMessage };
}

export const SUCCESS: WireResult = wireResult('SUCCESS', 'S', 'success');

/** Where the simulator gets its times: the clock it was given, and how far its own wall clock is off. */
export interface SimulatorTime {
  /** The instant by the clock that it was given. All stored instants are of this kind. */
  now(): Instant;
  /** A stored instant as the simulator's own, possibly wrong, clock would show it. */
  shown(at: Instant): Instant;
  /** The reverse of `shown`, for times that a client sends. */
  meant(shown: Instant): Instant;
}
