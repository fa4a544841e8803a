import type { Clock } from '../base/clock.js';
import type { TakenBack } from '../reconciliation/recon-ports.js';
import { recordAct } from './act-books.js';
import type { FileRow } from './clearing-files.js';
import { type Database, inTransaction } from './database-kind.js';
import { takeDay } from './day-books.js';

/**
 * One transaction: a file of a day that is not sealed counts no more, its lines go, its name and content are free, and the trail of acts says
 * who took it back and why, with its SHA-256.
 */
export function takeBackFile(
  { db, kind }: Database,
  clock: Clock,
  { name, by, reason }: { readonly name: string; readonly by: string; readonly reason: string },
): Promise<TakenBack> {
  return inTransaction(db, async (trx) => {
    await kind.takeTurns(trx, 'clearing files');
    const row = await trx<FileRow>('clearing_files').where({ name, state: 'arrived' }).first();
    const late = await trx<FileRow>('clearing_files').where({ name, state: 'late' }).first('id');
    if (row === undefined) return late === undefined ? 'unknown' : 'sealed';
    const { id, day, sha256 } = row;
    await takeDay(kind, trx, day);
    if ((await trx('clearing_days').where({ day }).whereNotNull('sealed_at').first('day')) !== undefined) return 'sealed';
    await trx('clearing_blocks').where('file_id', id).delete();
    await trx('clearing_files').where({ id }).delete();
    const act = { who: by, what: 'clearing.take_back', about: day, why: reason, detail: { file: name, sha256 } };
    await recordAct(kind, trx, act, clock.now());
    return { day };
  });
}
