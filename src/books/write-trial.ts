import { randomBytes } from 'node:crypto';
import { type Database, inTransaction } from './database-kind.js';

/** More than the rows of a sale, so that what passes for this passes for that. */
const TRIAL_BYTES = 64 * 1024;

/** Writes a block to the disk, in fresh pages and with a commit of its own, and throws the one before away. Rejects when that fails. */
export async function tryWrite({ db, kind }: Database): Promise<void> {
  await inTransaction(db, async (trx) => {
    await kind.takeTurns(trx, 'write trial');
    const before = await trx<{ id: number; ballast: Buffer }>('write_trials').orderBy('id', 'desc').first('id');
    const id = (before?.id ?? 0) + 1;
    await trx('write_trials').insert({ id, ballast: randomBytes(TRIAL_BYTES) });
    await trx('write_trials').where('id', '<', id).delete();
  });
}
