import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openReconBench, textFile } from '../support/recon-bench.js';

/*
 * One process that takes the reports of a folder in and compares their day; prints what it took as JSON. Its memory is nobody else's.
 * Arguments: the books, the folder, the day.
 */

const [books = '', folder = '', day = ''] = process.argv.slice(2);
const bench = await openReconBench({ place: { client: 'sqlite3', filename: books }, remove: async () => {} });
const sources = await Promise.all(
  (await readdir(folder)).map(async (name) => {
    const path = join(folder, name);
    // The name does for the hash: nothing is in these books yet.
    return {
      ...textFile(name, name),
      size: (await stat(path)).size,
      open: () => createReadStream(path, { highWaterMark: 256 * 1024 }),
    };
  }),
);
const began = performance.now();
const imported = await bench.desk.import(sources);
const taken = performance.now();
const run = await bench.desk.run(day);
const compared = performance.now();
await bench.close();
if (imported.kind !== 'imported' || run === 'sealed') throw new Error(`the day was not compared: ${JSON.stringify(imported)}`);
const { matched, ours } = run.totals[0] ?? {};
const result = {
  importMs: taken - began,
  runMs: compared - taken,
  peakMb: process.resourceUsage().maxRSS / 1024,
  matched: matched?.count,
  ours: ours?.count,
  open: run.exceptions.open,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
