import { type Instant, instant } from '../base/clock.js';
import { type Act, recordAct } from './act-books.js';
import { type Database, inTransaction } from './database-kind.js';

/** Who dealt with something that waited for a person, when and how. */
export interface DealtWith {
  readonly by: string;
  readonly at: Instant;
  readonly why: string;
}

/** The columns of whatever can be dealt with; all null or all set. */
export interface DealtColumns {
  readonly dealt_by: string | null;
  readonly dealt_at: number | null;
  readonly dealt_why: string | null;
}

export function dealtFrom(row: DealtColumns): DealtWith | null {
  if (row.dealt_by === null || row.dealt_at === null) return null;
  return { by: row.dealt_by, at: instant(row.dealt_at), why: row.dealt_why ?? '' };
}

/** What of a list is wanted: waiting or over (null: both), after the id `after` in the direction of the list. */
export interface ListWish {
  readonly open: boolean | null;
  readonly after: string | null;
  readonly limit: number;
  readonly oldestFirst?: boolean;
}

/** Says of a row that it was dealt with, together with the act; false when somebody was quicker, or there is none. */
export function dealWith(
  { db, kind }: Database,
  table: 'alerts' | 'notifications',
  id: string,
  dealt: DealtWith,
  act: Omit<Act, 'who' | 'why'>,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const changed = await trx(table)
      .where('id', Number(id))
      .whereNull('dealt_at')
      .update({ dealt_by: dealt.by, dealt_at: dealt.at, dealt_why: dealt.why });
    if (changed !== 1) return false;
    await recordAct(kind, trx, { ...act, who: dealt.by, why: dealt.why }, dealt.at);
    return true;
  });
}
