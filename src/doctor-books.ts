import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isBooksTrouble } from './base/bridge-error.js';
import { systemClock } from './base/clock.js';
import { openBooksToRead } from './books/database.js';
import type { OpenBooks } from './books/database-kind.js';
import { createReadingBooks } from './books/reading-books.js';
import { tryWrite } from './books/write-trial.js';
import type { BridgeConfig } from './config/bridge-config.js';
import { nearestFolder } from './technician/doctor-local.js';
import { type CheckLine, causeOf, linesOf } from './technician/doctor-report.js';

const { ok, warn, fail, failed } = linesOf('books');

/** The books of a stopped bridge: opened under the single-instance lock, written to, read as a whole. Never rejects. */
export async function examineBooks({ database }: BridgeConfig): Promise<readonly CheckLine[]> {
  const about = database.client === 'sqlite3' ? database.filename : 'PostgreSQL';
  try {
    const books = await openBooksToRead(database);
    if (books === undefined) return [await notYet(about)];
    try {
      return await examineOpen(books, about);
    } finally {
      await books.close();
    }
  } catch (error) {
    return [failed(about, causeOf(error))];
  }
}

async function notYet(file: string): Promise<CheckLine> {
  const folder = await nearestFolder(dirname(file));
  return access(folder, constants.W_OK).then(
    () => ok(file, 'not there yet; the first start makes them'),
    () => fail(file, `not there yet, and ${folder} may not be written in`, 'give that folder to the account of the bridge'),
  );
}

async function examineOpen(books: OpenBooks, about: string): Promise<readonly CheckLine[]> {
  const since = systemClock.elapsedMs();
  try {
    await tryWrite(books);
    const wroteMs = Math.round(systemClock.elapsedMs() - since);
    const damage = await books.kind.damage();
    if (damage !== null) return [failed(about, damage)];
    const blocked = await createReadingBooks(books).blockedLanes();
    return [
      ok(about, `a write took ${wroteMs} ms; everything was read and hangs together`),
      ...(wroteMs > SLOW_WRITE_MS
        ? [warn(about, `a write took ${wroteMs} ms`, 'look at the disk: each payment waits for several')]
        : []),
      ...blocked.map((lane) =>
        fail(
          lane,
          'a payment that cannot be read holds it',
          'stop the bridge and put your newest copy of the books in place; see books.unreadableRow and backups in the runbook',
        ),
      ),
    ];
  } catch (error) {
    const trouble = books.kind.troubleOf(error);
    return [failed(about, causeOf(trouble !== undefined && isBooksTrouble(trouble) ? trouble : error))];
  }
}

const SLOW_WRITE_MS = 500;
