import type { Clock } from './base/clock.js';
import type { Doorbell } from './base/doorbell.js';
import { errorText, type Log } from './base/log.js';
import { withBooksErrors } from './books/books-errors.js';
import { watchQueue } from './books/books-queue.js';
import { openBooks } from './books/database.js';
import { createLaneEventBooks, type LaneEventBooks } from './books/lane-event-books.js';
import { createNotificationBooks, type NotificationBooks } from './books/notification-books.js';
import { createPaymentBooks, type StoredPaymentBooks } from './books/payment-books.js';
import { createReadingBooks, type ReadingBooks } from './books/reading-books.js';
import { type ConfiguredShop, createUpstreamClockBooks, type UpstreamClockBooks, writeShop } from './books/shop-books.js';
import type { BridgeConfig } from './config/bridge-config.js';

/** All books on one database; whatever the driver throws comes out of them as a `BridgeError` of area `books`. */
export interface StoredBooks {
  readonly payments: StoredPaymentBooks;
  readonly reading: ReadingBooks;
  readonly events: LaneEventBooks;
  readonly notifications: NotificationBooks;
  readonly clocks: UpstreamClockBooks;
  /** Brings lanes and terminals in line with the configuration. */
  writeShop(shop: ConfiguredShop): Promise<void>;
  /** Whether the database answers at this moment. */
  answer(): Promise<boolean>;
  /** How long the foremost has been waiting for the database at this moment, ms. */
  waitMs(): number;
  close(): Promise<void>;
}

/** Opens the configured books; a SQLite file under its single-instance lock. Throws `BridgeError` of area `books`, or `config.wrong`. */
export async function openStoredBooks(config: BridgeConfig, clock: Clock, doorbell: Doorbell): Promise<StoredBooks> {
  const { close, ...database } = await openBooks(config.database);
  const { kind } = database;
  return {
    payments: withBooksErrors(kind, createPaymentBooks({ database, clock, doorbell })),
    reading: withBooksErrors(kind, createReadingBooks(database)),
    events: withBooksErrors(kind, createLaneEventBooks(database)),
    notifications: withBooksErrors(kind, createNotificationBooks(database, clock)),
    clocks: withBooksErrors(kind, createUpstreamClockBooks(database, clock)),
    writeShop: (shop) => writeShop(database, clock, shop),
    answer: () =>
      database.db.raw('select 1').then(
        () => true,
        () => false,
      ),
    waitMs: watchQueue(database.db, clock),
    close,
  };
}

const HOUSEKEEPING_EVERY_MS = 60_000;

export interface HousekeepingParts {
  readonly events: LaneEventBooks;
  /** Applies notifications that were stored and, for a failure of the books, not applied. */
  readonly applyLeftOver: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Throws old lane events away and applies what was left over, now and every minute, until `stop`. Never rejects. */
export async function keepHouse({ events, applyLeftOver, clock, log }: HousekeepingParts, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await events
      .prune(clock.now())
      .then(applyLeftOver)
      .catch((error: unknown) => log.error('housekeeping in the books failed', { error: errorText(error) }));
    await clock.sleep(HOUSEKEEPING_EVERY_MS, stop);
  }
}
