import { stretchOf, timelineJson } from './backoffice/timeline-json.js';
import { createUserDesk } from './backoffice/user-desk.js';
import { type Clock, systemClock } from './base/clock.js';
import { createActBooks } from './books/act-books.js';
import { openBooks, openBooksToRead } from './books/database.js';
import { createPeopleBooks } from './books/people-books.js';
import { createReadingBooks } from './books/reading-books.js';
import { createUpstreamClockBooks } from './books/shop-books.js';
import { createTimelineBooks } from './books/timeline-books.js';
import type { BridgeConfig } from './config/bridge-config.js';
import type { Payment, PaymentRequestId } from './payment/payment.js';
import { type AdminAnswer, type AdminRequest, done, known } from './technician/admin-messages.js';
import { momentOf, paymentView } from './terminal/payment-view.js';
import { userVerbs } from './user-verbs.js';

/**
 * Answers the verbs about payments, users and the trail of acts from the books of a bridge that is stopped; a SQLite file under its single-instance lock.
 * Rejects with `BridgeError` when the books cannot be opened.
 */
export async function answerOffline(
  config: BridgeConfig,
  request: AdminRequest,
  clock: Clock = systemClock,
): Promise<AdminAnswer> {
  if (request.verb.startsWith('user.') && request.verb !== 'user.list') return changeUsers(config, request, clock);
  const books = await openBooksToRead(config.database);
  // Whoever has no books has let nobody in.
  if (books === undefined && request.verb === 'user.list') return done([]);
  if (books === undefined) {
    const where = config.database.client === 'sqlite3' ? config.database.filename : 'database.connection';
    return { kind: 'refused', code: 'not_found', message: `there are no books yet at ${where}` };
  }
  try {
    if (request.verb === 'user.list') return done(await createUserDesk(createPeopleBooks(books), clock).list());
    if (request.verb === 'audit.verify') return done(await createActBooks(books).verify());
    const id = String(request.args['id']);
    const payment = await createReadingBooks(books).find(id as PaymentRequestId);
    if (payment === undefined) return known(undefined, id);
    const offset = (await createUpstreamClockBooks(books, clock).known(payment.upstreamId)) ?? 0;
    const view = viewOf(payment, clock, offset);
    if (request.verb === 'payment.show') return known(view, id);
    if (request.verb === 'payment.timeline')
      return known(timelineJson(view, await createTimelineBooks(books).timelinePage(id, stretchOf(request.args['cursor']))), id);
    return { kind: 'refused', code: 'unknown_verb', message: `"${request.verb}" needs a running bridge` };
  } finally {
    await books.close();
  }
}

/** People are often the first thing that comes into new books: they are made where there are none. */
async function changeUsers(config: BridgeConfig, request: AdminRequest, clock: Clock): Promise<AdminAnswer> {
  const books = await openBooks(config.database);
  try {
    const verb = userVerbs(createUserDesk(createPeopleBooks(books), clock))[request.verb];
    return verb === undefined
      ? { kind: 'refused', code: 'unknown_verb', message: `"${request.verb}" needs a running bridge` }
      : await verb(request.args);
  } finally {
    await books.close();
  }
}

function viewOf(payment: Payment, clock: Clock, offsetMs: number) {
  return paymentView({ payment, displays: [], displayCanShow: false, at: momentOf(clock.now(), offsetMs) });
}
