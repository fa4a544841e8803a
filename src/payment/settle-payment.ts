import type { Clock } from '../base/clock.js';
import { type Doorbell, nextRing } from '../base/doorbell.js';
import type { PaymentBooks } from './books-port.js';
import type { Payment, PaymentRequestId } from './payment.js';

/** A lost ring costs a waiting till at most this much. */
const LOOK_EVERY_MS = 1_000;

/** Resolves with the payment once `settled` holds, or as it stands when the time is up or the asker is gone. */
export async function settlePayment(
  { books, clock, doorbell }: { readonly books: PaymentBooks; readonly clock: Clock; readonly doorbell: Doorbell },
  id: PaymentRequestId,
  settled: (payment: Payment) => boolean,
  waitMs: number,
  stop: AbortSignal,
): Promise<Payment | undefined> {
  const over = new AbortController();
  const forward = () => over.abort();
  stop.addEventListener('abort', forward);
  if (stop.aborted) over.abort();
  void clock.sleep(waitMs, over.signal).then(forward);
  try {
    for (;;) {
      const look = new AbortController();
      const either = AbortSignal.any([over.signal, look.signal]);
      const rung = nextRing(doorbell, (topic) => topic === id, either);
      const payment = await books.find(id);
      if (payment === undefined || settled(payment) || over.signal.aborted) return payment;
      await Promise.race([rung, clock.sleep(LOOK_EVERY_MS, either)]);
      look.abort();
    }
  } finally {
    over.abort();
    stop.removeEventListener('abort', forward);
  }
}
