import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import knex from 'knex';

/** What a bridge left in its books when it ended or was killed, read from a copy: the next start finds everything untouched. */
export interface BooksAtDeath {
  /** The verdict of SQLite's own check: `ok`. */
  readonly integrity: string;
  readonly payments: readonly StoredPayment[];
  /** When each payment that had a code left `awaiting_payer`, epoch ms, by id. */
  readonly leftAwaitingAt: ReadonlyMap<string, number>;
  /** Notifications in the order they were stored. */
  readonly notifications: readonly { readonly body: string; readonly applied: boolean }[];
}

/** A payment's row, as far as a crash is judged by it. */
export interface StoredPayment {
  readonly id: string;
  readonly saleReference: string;
  readonly state: string;
  /** A pay request was on its way. */
  readonly underWay: boolean;
}

interface PaymentRow {
  readonly payment_request_id: string;
  readonly sale_reference: string;
  readonly state: string;
  readonly under_way: number;
}

/** Copies a dead bridge's books with their write-ahead log into a new folder under `folder`, and reads the copy. */
export async function readBooksAtDeath(books: string, folder: string): Promise<BooksAtDeath> {
  const copies = mkdtempSync(join(folder, 'at-death-'));
  const copy = join(copies, 'books.sqlite');
  copyFileSync(books, copy);
  if (existsSync(`${books}-wal`)) copyFileSync(`${books}-wal`, `${copy}-wal`);
  const db = knex({ client: 'sqlite3', connection: { filename: copy }, useNullAsDefault: true });
  try {
    const [check] = await db.raw<{ integrity_check: string }[]>('pragma integrity_check');
    const payments = await db<PaymentRow>('payments').select('payment_request_id', 'sale_reference', 'state', 'under_way');
    const notifications = await db<{ id: number; body: Buffer; applied: number }>('notifications').orderBy('id');
    const departures = await db<{ payment_request_id: string; at: number }>('journal')
      .where('from_state', 'awaiting_payer')
      .andWhereNot('to_state', 'awaiting_payer')
      .select('payment_request_id', 'at');
    return {
      integrity: check?.integrity_check ?? 'no answer',
      leftAwaitingAt: new Map(departures.map((row) => [row.payment_request_id, row.at])),
      payments: payments.map((row) => ({
        id: row.payment_request_id,
        saleReference: row.sale_reference,
        state: row.state,
        underWay: row.under_way === 1,
      })),
      notifications: notifications.map(({ body, applied }) => ({ body: body.toString('utf8'), applied: applied === 1 })),
    };
  } finally {
    await db.destroy();
    rmSync(copies, { recursive: true, force: true });
  }
}
