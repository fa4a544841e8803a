import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aloneOf, CORPUS, judgeDay, mixedDay, seedOf } from '../reconciliation/planted-corpus.js';
import type { NewPlace } from '../support/books-places.js';
import { textTable } from '../support/long-run.js';
import { type Soak, soakCommand } from './soak-run.js';

const USUAL_COUNT = 50;
const USUAL_SEED = 1;

function newPlace(): NewPlace {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-'));
  return {
    place: { client: 'sqlite3', filename: join(folder, 'bridge.sqlite') },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** One day; what is wrong with what was found, or null. */
async function judge(kind: string, seed: number): Promise<string | null> {
  const place = newPlace();
  try {
    await judgeDay(kind === 'mixed' ? mixedDay(seed) : aloneOf(kind, seed), place, kind === 'late_file');
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await place.remove();
  }
}

/** The run of `npm run soak -- corpus`: every kind of exception, planted by the account book, found and nothing else found. */
export const corpusSoak: Soak = {
  about: 'clearing days with planted differences of every kind, judged by the account book that planted them',
  options: { count: `days for each kind, usually ${USUAL_COUNT}`, seed: 'for the same days again' },
  async run(options, tell, stop) {
    const count = options.count('count', USUAL_COUNT);
    const seed = options.count('seed', USUAL_SEED);
    tell.line(`again: ${soakCommand('corpus', { count, seed })}`);
    const rows: string[][] = [];
    let isHeld = true;
    for (const kind of [...Object.keys(CORPUS), 'mixed']) {
      const wrong: string[] = [];
      let done = 0;
      for (; done < count && !stop.aborted; done += 1) {
        const told = await judge(
          kind,
          seedOf({ seed }, kind === 'mixed' ? 'late_file' : kind, (kind === 'mixed' ? 50_000 : 0) + done),
        );
        if (told !== null) wrong.push(told);
        tell.progress(`${kind}: ${done + 1} of ${count} days`);
      }
      if (wrong[0] !== undefined) tell.line(`${kind}: ${wrong[0]}`);
      isHeld &&= wrong.length === 0;
      rows.push([kind, String(done), String(done - wrong.length)]);
    }
    tell.line(textTable([['planted', 'days', 'found, and nothing else'], ...rows]));
    return isHeld;
  },
};
