import { BridgeError } from '../base/bridge-error.js';
import type { Clock } from '../base/clock.js';
import { errorText, type Log } from '../base/log.js';
import type { PaymentRequestId } from './payment.js';

/** A payment that cannot be worked on is tried again after this time, then after twice, four times … */
const FIRST_REST_MS = 1000;
/** … but never rarer than this. */
const LONGEST_REST_MS = 300_000;

/** Payments that could not be worked on (a row that cannot be read, a broken promise): their neighbours have their turn meanwhile. */
export interface RestingPayments {
  /** One more try failed; the first failure is told as an alarm. */
  failed(id: PaymentRequestId, error: unknown): void;
  worked(id: PaymentRequestId): void;
  /** How long it should still be left alone, ms; 0 or less: not at all. */
  leftMs(id: PaymentRequestId): number;
  /** Those that still rest, with how long, ms. */
  left(): ReadonlyMap<PaymentRequestId, number>;
}

export function createRestingPayments(clock: Clock, log: Log): RestingPayments {
  const resting = new Map<PaymentRequestId, { readonly fails: number; readonly until: number }>();
  const leftMs = (id: PaymentRequestId) => (resting.get(id)?.until ?? 0) - clock.elapsedMs();
  return {
    failed(id, error) {
      const fails = (resting.get(id)?.fails ?? 0) + 1;
      const pauseMs = Math.min(FIRST_REST_MS * 2 ** Math.min(fails - 1, 20), LONGEST_REST_MS);
      resting.set(id, { fails, until: clock.elapsedMs() + pauseMs });
      if (fails > 1) return;
      const errorCode = error instanceof BridgeError ? { errorCode: error.code } : {};
      log.alarm('a payment cannot be worked on', { paymentRequestId: id, ...errorCode, why: errorText(error) });
    },
    worked(id) {
      if (resting.delete(id)) log.info('a payment can be worked on again', { paymentRequestId: id });
    },
    leftMs,
    left: () => new Map([...resting.keys()].map((id) => [id, leftMs(id)] as const).filter(([, ms]) => ms > 0)),
  };
}
