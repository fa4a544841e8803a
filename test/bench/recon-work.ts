import { readFileSync } from 'node:fs';
import { clearingSources } from '#src/clearing-sources.js';
import { openReconBench } from '../support/recon-bench.js';

/*
 * One process that takes the reports of a folder in and compares their day, as the commands do; prints what it took as JSON. Its memory
 * and its time on the processor are nobody else's. Arguments: the books, the folder, the day.
 */

/** MB. Linux hands the peak of whoever started a process down to it; the one of its own memory stands elsewhere. */
function peakMb(): number {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const own = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return (own === undefined ? process.resourceUsage().maxRSS : Number(own)) / 1024;
}

const [books = '', folder = '', day = ''] = process.argv.slice(2);
const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const bench = await openReconBench({ place: { client: 'sqlite3', filename: books }, remove: async () => {} });
const [began, processorBegan] = [performance.now(), processorMs()];
const imported = await bench.desk.import(await clearingSources([folder]));
const [taken, processorTaken] = [performance.now(), processorMs()];
const run = await bench.desk.run(day);
const [compared, processorCompared] = [performance.now(), processorMs()];
await bench.close();
if (imported.kind !== 'imported' || typeof run === 'string')
  throw new Error(`the day was not compared: ${JSON.stringify(imported)}`);
const { matched, ours } = run.totals[0] ?? {};
const result = {
  importMs: taken - began,
  runMs: compared - taken,
  importProcessorMs: processorTaken - processorBegan,
  runProcessorMs: processorCompared - processorTaken,
  /** From the first instruction of the process to its end. */
  processorMs: processorMs(),
  peakMb: peakMb(),
  matched: matched?.count,
  ours: ours?.count,
  open: run.exceptions.open,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
