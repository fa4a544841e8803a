import { createSessionDesk } from './backoffice/session-desk.js';
import { systemClock } from './base/clock.js';
import { silentLog } from './base/log.js';
import { createClearingBooks } from './books/clearing-books.js';
import { openBooks } from './books/database.js';
import { createDayBooks } from './books/day-books.js';
import { createOurRows } from './books/our-rows.js';
import { createPeopleBooks } from './books/people-books.js';
import { clearedUpstreams } from './bridge-books.js';
import { reconDesk, reportDesk } from './bridge-recon.js';
import type { BridgeConfig } from './config/bridge-config.js';
import { reconVerbs, sealerCheck } from './recon-verbs.js';
import type { AdminAnswer, AdminRequest } from './technician/admin-messages.js';
import type { OfflineRecon } from './technician/cli-parts.js';

/**
 * The clearing days of a bridge that is stopped: opens the books, a SQLite file under its single-instance lock, and keeps them until
 * `close`. Nobody is asked there: a payment that has no end is inquired about when the bridge runs again. Rejects with `BridgeError` when
 * the books cannot be opened.
 */
export async function openOfflineRecon(config: BridgeConfig): Promise<OfflineRecon> {
  const { close, ...database } = await openBooks(config.database);
  const clock = systemClock;
  const books = {
    clearing: createClearingBooks(database, clock),
    days: createDayBooks(database, clock),
    ourRows: createOurRows(database, clearedUpstreams(config)),
  };
  const desk = reconDesk(config, books, { clock, inquire: async () => {} });
  const verbs = reconVerbs(
    desk,
    // The answer tells everything that a log would.
    reportDesk(config, desk, { books, clock, log: silentLog }),
    sealerCheck(createSessionDesk(createPeopleBooks(database), clock).checkPassword),
  );
  return {
    async ask({ verb, args }: AdminRequest): Promise<AdminAnswer> {
      const handler = verbs[verb];
      if (handler === undefined) return { kind: 'refused', code: 'unknown_verb', message: `"${verb}" is not known here` };
      return handler(args).catch((error: unknown) => {
        throw database.kind.troubleOf(error) ?? error;
      });
    },
    close,
  };
}
