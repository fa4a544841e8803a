import { existsSync } from 'node:fs';
import { BridgeError, type BridgeErrorCode } from './base/bridge-error.js';
import { absentBooks } from './books/absent.js';
import { type BooksHealth, createBooksHealth } from './books/books-health.js';
import { openBooks } from './books/database.js';
import { tryWrite } from './books/write-trial.js';
import { type BooksOpener, type BooksParts, joinBooks, type StoredBooks } from './bridge-books.js';
import type { BridgeConfig } from './config/bridge-config.js';

/** What passes by itself while a bridge runs, and so is waited for at a start, too. A server that is not there may be a wrong name. */
const PASSES: Readonly<Record<BridgeConfig['database']['client'], readonly BridgeErrorCode[]>> = {
  sqlite3: ['books.diskFull', 'books.readOnly', 'books.busy', 'books.unavailable'],
  pg: ['books.diskFull', 'books.busy'],
};

/** Whether there are books to wait for; ask before a start, which makes what is missing. A server's tables are there or are refused. */
export function booksAreThere({ database }: BridgeConfig): boolean {
  return database.client === 'pg' || existsSync(database.filename);
}

/** Whether a start that failed with this may wait for it to pass. */
export function passesByItself({ database }: BridgeConfig, error: unknown): error is BridgeError {
  return error instanceof BridgeError && PASSES[database.client].includes(error.code);
}

/** A bridge without its books. */
export interface Waiting {
  /** Gives books of which every verb fails with what is wrong at the time; what a start does with books it is spared. */
  readonly openBooks: BooksOpener;
  /** Resolves with null as soon as the real ones can be opened and written, or with the error that will not pass. */
  readonly over: Promise<unknown>;
}

/**
 * Stands in for books that cannot be opened, so that a bridge comes up in the same trouble that a running one may be in: it refuses sales
 * and notifications, shows no code, says why, and tries again by itself.
 */
export function waitForBooks(why: BridgeError): Waiting {
  let tell: (end: unknown) => void = () => {};
  const over = new Promise<unknown>((resolve) => {
    tell = resolve;
  });
  const openAbsent: BooksOpener = async (config, parts) => {
    let latest = why;
    const tryReal = async () => {
      try {
        await openAndWrite(config);
      } catch (error) {
        // While this process cannot take the lock, a command that looks at the books may have it for a moment.
        if (passesByItself(config, error) || isLocked(error)) latest = error;
        else tell(error);
        throw error;
      }
      tell(null);
    };
    const books = absentBooks(() => latest);
    const { health, watched } = healthOf(tryReal, books.kind, parts, () => latest);
    watched.heard(why);
    return sparedAtStart(joinBooks(config, books, health, parts));
  };
  return { openBooks: openAbsent, over };
}

function isLocked(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.code === 'books.locked';
}

/** Books that were there must not be made anew: their disk may just not be mounted. */
async function openAndWrite(config: BridgeConfig): Promise<void> {
  if (!booksAreThere(config)) throw new BridgeError('books.unavailable', GONE);
  const books = await openBooks(config.database);
  try {
    await tryWrite(books);
  } catch (error) {
    throw books.kind.troubleOf(error) ?? error;
  } finally {
    await books.close();
  }
}

const GONE =
  'The books are not where they were when the bridge started. Repair: mount their disk, or put the newest backup there.';

/** `health`: in trouble until the very end, for these books never become usable; `watched`: told when the real ones do. */
function healthOf(
  tryReal: () => Promise<void>,
  kind: ReturnType<typeof absentBooks>['kind'],
  { clock, log, doorbell }: BooksParts,
  latest: () => BridgeError,
): { readonly health: BooksHealth; readonly watched: BooksHealth } {
  const watched = createBooksHealth({ tryWrite: tryReal, kind, clock, log, changed: () => doorbell.ring('books') });
  const health: BooksHealth = {
    ...watched,
    trouble: () => watched.trouble() ?? latest(),
    heard: (error) => error,
    ask: async () => watched.trouble() ?? latest(),
  };
  return { health, watched };
}

/** What a start reads and writes waits for the start on the real books; a reload may not take the same way, so it is refused. */
function sparedAtStart(stored: StoredBooks): StoredBooks {
  let isStarting = true;
  return {
    ...stored,
    payments: { ...stored.payments, upstreamsWithWork: async () => [], makeUnfinishedDue: async () => {} },
    notifications: { ...stored.notifications, unapplied: async () => [] },
    clocks: { ...stored.clocks, known: async () => undefined },
    answers: { ...stored.answers, newest: async () => [] },
    accounts: { account: async () => undefined, rememberAccount: async () => {} },
    async writeShop(shop) {
      if (!isStarting) return stored.writeShop(shop);
      isStarting = false;
    },
  };
}
