import { isBooksTrouble } from './base/bridge-error.js';
import type { Clock } from './base/clock.js';
import type { Doorbell } from './base/doorbell.js';
import { errorText, type Log } from './base/log.js';
import { type ActBooks, createActBooks } from './books/act-books.js';
import { type AlertBooks, createAlertBooks } from './books/alert-books.js';
import { type AnswerBooks, createAnswerBooks } from './books/attempt-books.js';
import { watchedBooks } from './books/books-errors.js';
import { type BooksHealth, createBooksHealth } from './books/books-health.js';
import { createClearingBooks } from './books/clearing-books.js';
import { openBooks } from './books/database.js';
import type { OpenBooks } from './books/database-kind.js';
import { createDayBooks } from './books/day-books.js';
import { createLaneEventBooks, type LaneEventBooks } from './books/lane-event-books.js';
import { createMessageBooks, type MessageBooks } from './books/message-books.js';
import { createNeedsBooks, type NeedsBooks } from './books/needs-books.js';
import { createNotificationBooks, type NotificationBooks } from './books/notification-books.js';
import { createOurRows } from './books/our-rows.js';
import { createPaymentBooks, type StoredPaymentBooks } from './books/payment-books.js';
import { createPeopleBooks, type PeopleBooks } from './books/people-books.js';
import { createQuarantineBooks, type QuarantineBooks } from './books/quarantine-books.js';
import { createReadingBooks, type ReadingBooks } from './books/reading-books.js';
import { createRulingBooks } from './books/ruling-books.js';
import { createSalesBooks, type SalesBooks } from './books/sales-books.js';
import { createSearchBooks, type SearchBooks } from './books/search-books.js';
import {
  type ConfiguredShop,
  createUpstreamAccountBooks,
  createUpstreamClockBooks,
  type UpstreamAccountBooks,
  type UpstreamClockBooks,
  writeShop,
} from './books/shop-books.js';
import { createTimelineBooks, type TimelineBooks } from './books/timeline-books.js';
import { tryWrite } from './books/write-trial.js';
import type { BridgeConfig } from './config/bridge-config.js';
import type { PaymentClaims } from './payment/books-port.js';
import type { RulingBooks } from './payment/ruling.js';
import type { ClearingBooks, DayBooks, OurRows } from './reconciliation/recon-ports.js';

/** All books on one database; whatever the driver throws comes out of them as a `BridgeError` of area `books`. */
export interface StoredBooks {
  readonly payments: StoredPaymentBooks;
  readonly claims: PaymentClaims;
  /** Rings here and in every other process on these books. */
  readonly doorbell: Doorbell;
  readonly reading: ReadingBooks;
  /** What happened to a payment. */
  readonly history: TimelineBooks & MessageBooks;
  readonly events: LaneEventBooks;
  readonly notifications: NotificationBooks;
  readonly clocks: UpstreamClockBooks;
  readonly accounts: UpstreamAccountBooks;
  readonly answers: AnswerBooks;
  readonly clearing: ClearingBooks;
  readonly days: DayBooks;
  readonly ourRows: OurRows;
  readonly search: SearchBooks;
  readonly sales: SalesBooks;
  readonly needs: NeedsBooks;
  readonly rulings: RulingBooks;
  readonly people: PeopleBooks;
  readonly acts: ActBooks;
  readonly quarantine: QuarantineBooks;
  readonly alerts: AlertBooks;
  /** Brings lanes and terminals in line with the configuration. */
  writeShop(shop: ConfiguredShop): Promise<void>;
  /** Whether they can be written, and what is wrong when they cannot. */
  readonly health: BooksHealth;
  /** Looks for damage in the whole file, beside the running work; what is found is known to `health`. Never rejects. */
  lookForDamage(): Promise<void>;
  close(): Promise<void>;
}

/** What the stored books are joined to. */
export interface BooksParts {
  readonly clock: Clock;
  readonly doorbell: Doorbell;
  readonly log: Log;
}

/** Opens the books of a configuration. */
export type BooksOpener = (config: BridgeConfig, parts: BooksParts) => Promise<StoredBooks>;

/** Opens the configured books; a SQLite file under its single-instance lock. Throws `BridgeError` of area `books`, or `config.wrong`. */
export const openStoredBooks: BooksOpener = async (config, parts) => {
  const books = await openBooks(config.database);
  const health = createBooksHealth({
    tryWrite: () => tryWrite(books),
    kind: books.kind,
    clock: parts.clock,
    log: parts.log,
    changed: () => parts.doorbell.ring('books'),
  });
  return joinBooks(config, books, health, parts);
};

/** All books on one open database, watched by `health`. */
export function joinBooks(
  config: BridgeConfig,
  { close, ...database }: OpenBooks,
  health: BooksHealth,
  { clock, doorbell }: Pick<BooksParts, 'clock' | 'doorbell'>,
): StoredBooks {
  const { db, kind } = database;
  const bell = kind.bell(clock, (topic) => doorbell.ring(topic));
  const everywhere: Doorbell = {
    listen: doorbell.listen,
    ring(topic) {
      doorbell.ring(topic);
      bell.tell(topic);
    },
  };
  const claims = kind.claims(db, { clock, longestCallMs: longestCallMs(config) });
  const shop = { writeShop: (lanes: ConfiguredShop) => writeShop(database, clock, lanes) };
  const payments = createPaymentBooks({ database, claims, clock, doorbell: everywhere });
  return {
    payments: watchedBooks(health, payments, ['open', 'openRefund', 'record', 'recordWith', 'reschedule', 'makeUnfinishedDue']),
    claims: { ...watchedBooks(health, { take: claims.take, release: claims.release }, []), stillHas: claims.stillHas },
    doorbell: everywhere,
    reading: watchedBooks(health, createReadingBooks(database), []),
    history: watchedBooks(health, { ...createTimelineBooks(database), ...createMessageBooks(database) }, []),
    events: watchedBooks(health, createLaneEventBooks(database), ['recordDisplay', 'prune']),
    notifications: watchedBooks(health, createNotificationBooks(database, clock), ['store', 'quarantine']),
    clocks: watchedBooks(health, createUpstreamClockBooks(database, clock), ['remember']),
    accounts: watchedBooks(health, createUpstreamAccountBooks(database, clock), ['rememberAccount']),
    answers: watchedBooks(health, createAnswerBooks(database), []),
    clearing: watchedBooks(health, createClearingBooks(database, clock), ['stage', 'addRun', 'finish', 'admit', 'noteRefused']),
    days: watchedBooks(health, createDayBooks(database, clock), [
      'beginRun',
      'addExceptions',
      'addLines',
      'putInForce',
      'resolve',
      'seal',
    ]),
    ourRows: watchedBooks(health, createOurRows(database, clearedUpstreams(config)), []),
    search: watchedBooks(health, createSearchBooks(database), []),
    sales: watchedBooks(health, createSalesBooks(database), []),
    needs: watchedBooks(health, createNeedsBooks(database), []),
    rulings: watchedBooks(health, createRulingBooks(database, payments), ['propose', 'confirm', 'reject']),
    people: watchedBooks(health, createPeopleBooks(database), [
      'addUser',
      'disableUser',
      'openSession',
      'sessionSeen',
      'endSession',
    ]),
    acts: watchedBooks(health, createActBooks(database), ['record']),
    quarantine: watchedBooks(health, createQuarantineBooks(database), ['dealWith']),
    alerts: watchedBooks(health, createAlertBooks(database), ['dealWith']),
    writeShop: watchedBooks(health, shop, ['writeShop']).writeShop,
    health,
    async lookForDamage() {
      const found = await kind.damage().catch((error: unknown) => error);
      if (found !== null) health.heard(found);
    },
    async close() {
      // What cannot be given back runs out by itself, and a server that says nothing is not waited for.
      const closing = claims
        .releaseAll()
        .catch(() => undefined)
        .then(bell.close)
        .then(close);
      await Promise.race([closing, clock.sleep(CLOSED_WITHIN_MS)]);
    },
  };
}

const CLOSED_WITHIN_MS = 2000;

/** The upstreams whose payments are expected in reports; none: all. */
export function clearedUpstreams({ reconciliation }: BridgeConfig): readonly string[] {
  return [...new Set(reconciliation.map(({ upstream }) => upstream))];
}

function longestCallMs(config: BridgeConfig): number {
  return Math.max(...config.upstreams.flatMap(({ timing }) => Object.values(timing.answerTimeoutMs)));
}

const HOUSEKEEPING_EVERY_MS = 60_000;
/** The whole file is read the first time when whatever the start found due has had its turn. */
const FIRST_LOOK_AFTER_MS = 30_000;
const LOOK_EVERY_MS = 24 * 3_600_000;

export interface HousekeepingParts {
  readonly stored: StoredBooks;
  /** Applies notifications that were stored and, for a failure of the books, not applied. */
  readonly applyLeftOver: () => Promise<void>;
  /** Throws away sessions of people that have ended. */
  readonly pruneSessions: () => Promise<void>;
  /** Looks after the clearing reports. */
  readonly reportWatch: { watch(stop: AbortSignal): Promise<void> };
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Until `stop`: throws old lane events away and applies what was left over, every minute; watches the books' health; looks for damage
 * soon after the start and once a day; looks after clearing reports. Never rejects.
 */
export async function keepHouse(parts: HousekeepingParts, stop: AbortSignal): Promise<void> {
  await Promise.all([
    tidyUp(parts, stop),
    parts.stored.health.watch(stop),
    lookForDamage(parts, stop),
    parts.reportWatch.watch(stop),
  ]);
}

async function tidyUp({ stored, applyLeftOver, pruneSessions, clock, log }: HousekeepingParts, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await stored.events
      .prune(clock.now())
      .then(applyLeftOver)
      .then(pruneSessions)
      .catch((error: unknown) => {
        if (!isBooksTrouble(error)) log.error('housekeeping in the books failed', { error: errorText(error) });
      });
    await clock.sleep(HOUSEKEEPING_EVERY_MS, stop);
  }
}

async function lookForDamage({ stored, clock }: HousekeepingParts, stop: AbortSignal): Promise<void> {
  await clock.sleep(FIRST_LOOK_AFTER_MS, stop);
  while (!stop.aborted) {
    await stored.lookForDamage();
    await clock.sleep(LOOK_EVERY_MS, stop);
  }
}
