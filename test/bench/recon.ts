import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Teller } from '../support/long-run.js';
import { reportName } from '../support/report-files.js';
import type { Benchmark, Figure } from './benchmark.js';
import { DAY, prepare } from './recon-files.js';

/** Fewer make a quick look: `RECON_LINES=200000 npm run bench -- recon`. */
const LINES = Number(process.env['RECON_LINES'] ?? 1_000_000);
const GOAL = { ratio: 3, peakMb: 256 } as const;
const WORK = fileURLToPath(new URL('./recon-work.js', import.meta.url));
const run = promisify(execFile);

/** What something took: on the wall, and on the processor, user and system. */
interface Taken {
  readonly ms: number;
  readonly processorMs: number;
}

/** `1m2.345s` as the shell writes it, ms. */
function shellMs(text: string): number {
  const [, minutes = '0', seconds = '0'] = /^(\d+)m([\d.]+)s$/.exec(text) ?? [];
  return Number(minutes) * 60_000 + Number(seconds) * 1000;
}

/** Both sides sorted by our id, and joined; what comes of it stands in a file, as what the bridge finds stands in its books. */
async function sortAndJoin(folder: string): Promise<Taken> {
  const report = join('reports', reportName('transactionItems', DAY));
  const script = [
    'export LC_ALL=C',
    'sort -t, -k2,2 ours.csv > a',
    `tail -n +4 ${report} | sort -t, -k2,2 > b`,
    'join -t, -1 2 -2 2 a b > c',
    // Of the shell, and in the second line of what it started.
    'times',
    'wc -l < c',
  ].join('; ');
  const began = performance.now();
  const { stdout } = await run('sh', ['-c', script], { cwd: folder });
  const ms = performance.now() - began;
  const [, children = '', joined] = stdout.trim().split('\n');
  if (Number(joined) !== LINES) throw new Error(`join found ${joined} of ${LINES} lines`);
  return { ms, processorMs: children.split(' ').reduce((sum, text) => sum + shellMs(text), 0) };
}

interface Worked {
  readonly importMs: number;
  readonly runMs: number;
  readonly importProcessorMs: number;
  readonly runProcessorMs: number;
  readonly processorMs: number;
  readonly peakMb: number;
  readonly matched: number;
  readonly open: number;
}

async function measure(folder: string, tell: Teller): Promise<readonly Figure[]> {
  tell.progress('sort and join');
  const floor = await sortAndJoin(folder);
  tell.progress('import and comparison');
  const { stdout } = await run(process.execPath, [WORK, join(folder, 'books.sqlite'), join(folder, 'reports'), DAY]);
  const worked = JSON.parse(stdout) as Worked;
  if (worked.matched !== LINES || worked.open !== 0)
    throw new Error(`${worked.matched} of ${LINES} lines matched, ${worked.open} exceptions`);
  const time = (what: string, ms: number, processorMs: number): readonly Figure[] => [
    {
      what,
      measured: ms,
      floor: floor.ms,
      unit: 'ms',
      goal: `<= ${GOAL.ratio}x sort + join`,
      met: ms <= GOAL.ratio * floor.ms,
      facts: { lines: LINES, linesPerSecond: Math.round(LINES / (ms / 1000)) },
    },
    // A busy machine stretches wall times; this says what the work itself costs.
    { what: `${what}, processor`, measured: processorMs, floor: floor.processorMs, unit: 'ms', goal: '-', met: true },
  ];
  const { importMs, runMs, importProcessorMs, runProcessorMs, processorMs, peakMb } = worked;
  return [
    ...time(`import of ${LINES} lines`, importMs, importProcessorMs),
    ...time('comparison with as many payments', runMs, runProcessorMs),
    ...time('both', importMs + runMs, processorMs),
    { what: 'peak memory', measured: peakMb, floor: null, unit: 'MB', goal: `<= ${GOAL.peakMb} MB`, met: peakMb <= GOAL.peakMb },
  ];
}

/** `npm run bench -- recon`. */
export const reconBenchmark: Benchmark = {
  about: `a clearing day of ${LINES} lines (RECON_LINES=N: so many), beside sort and join of the same files`,
  async run(tell, stop) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-recon-'));
    try {
      await prepare(folder, LINES, tell, stop);
      return stop.aborted ? [] : await measure(folder, tell);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
