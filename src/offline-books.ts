import { type Clock, systemClock } from './base/clock.js';
import { openBooksToRead } from './books/database.js';
import { createReadingBooks } from './books/reading-books.js';
import { createUpstreamClockBooks } from './books/shop-books.js';
import type { BridgeConfig } from './config/bridge-config.js';
import type { Payment, PaymentRequestId } from './payment/payment.js';
import { type AdminAnswer, type AdminRequest, known } from './technician/admin-messages.js';
import { momentOf, paymentView } from './terminal/payment-view.js';

/**
 * Answers `payment.show` and `payment.timeline` from the books of a bridge that is stopped; a SQLite file under its single-instance lock.
 * Rejects with `BridgeError` when the books cannot be opened.
 */
export async function answerOffline(
  config: BridgeConfig,
  request: AdminRequest,
  clock: Clock = systemClock,
): Promise<AdminAnswer> {
  const books = await openBooksToRead(config.database);
  if (books === undefined) {
    const where = config.database.client === 'sqlite3' ? config.database.filename : 'database.connection';
    return { kind: 'refused', code: 'not_found', message: `there are no books yet at ${where}` };
  }
  try {
    const id = String(request.args['id']);
    const payment = await createReadingBooks(books).find(id as PaymentRequestId);
    if (payment === undefined) return known(undefined, id);
    const offset = (await createUpstreamClockBooks(books, clock).known(payment.upstreamId)) ?? 0;
    const view = viewOf(payment, clock, offset);
    if (request.verb === 'payment.show') return known(view, id);
    if (request.verb === 'payment.timeline')
      return known({ payment: view, timeline: await createReadingBooks(books).timeline(id) }, id);
    return { kind: 'refused', code: 'unknown_verb', message: `"${request.verb}" needs a running bridge` };
  } finally {
    await books.close();
  }
}

function viewOf(payment: Payment, clock: Clock, offsetMs: number) {
  return paymentView({ payment, displays: [], displayCanShow: false, at: momentOf(clock.now(), offsetMs) });
}
