import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { OpenBooks } from '#src/books/database-kind.js';
import type { Teller } from '../support/long-run.js';
import { INSTANCE, openReconBench } from '../support/recon-bench.js';
import { cycleFiles, reportName } from '../support/report-files.js';
import type { Benchmark, Figure } from './benchmark.js';

const LINES = 1_000_000;
const DAY = '2026-03-05';
const AFTER = '2026-03-06';
const CHUNK = 10_000;
const GOAL = { ratio: 3, peakMb: 256 } as const;
const WORK = fileURLToPath(new URL('./recon-work.js', import.meta.url));
const run = promisify(execFile);

interface Sale {
  readonly id: string;
  readonly paymentId: string;
  readonly value: number;
  readonly settled: number;
}

/** The sale of a number; ids are spread as random ones are. */
function sale(n: number): Sale {
  const id = `${INSTANCE}-${createHash('md5').update(String(n)).digest('hex').slice(0, 24)}`;
  return {
    id,
    paymentId: `20260305194010800100188${String(n).padStart(16, '0')}`,
    value: 1000 + (n % 9000),
    settled: 700 + (n % 6000),
  };
}

/** What `insert … select` makes whole payments of. */
async function insertPayments(open: OpenBooks, sales: readonly Sale[]): Promise<void> {
  const rows = JSON.stringify(sales.map(({ id, paymentId, value, settled }) => [id, paymentId, String(value), String(settled)]));
  await open.db.raw(
    `insert into payments (payment_request_id, lane_id, terminal_id, sale_reference, upstream_id, merchant_id, currency, value, sale,
       request_path, request_body, request_sha256, state, holds_lane, under_way, life, version, revision, created_at, updated_at,
       clearing_standing, clearing_day, upstream_payment_id, settled_currency, settled_value)
     select value ->> 0, 'lane-1', 'T01', value ->> 0, 'u', 'm', 'JPY', value ->> 2, '{}', '/pay', x'7b7d', '0', 'paid', 0, 0,
       '{"state":"paid"}', 1, 1, 0, 0, 'completed', '${DAY}', value ->> 1, 'USD', value ->> 3
     from json_each(?)`,
    [rows],
  );
}

function lineOf({ id, paymentId, value, settled }: Sale): string {
  return `PAYMENT,${id},${paymentId},,,${DAY}T10:16:07+08:00,${value},JPY,${settled},USD,C\n`;
}

async function written(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (!stream.write(text)) await new Promise((resolve) => stream.once('drain', resolve));
}

/** Books with a million payments, the reports about them, and the payments as a file for `sort`. */
async function prepare(folder: string, tell: Teller, stop: AbortSignal): Promise<void> {
  await mkdir(join(folder, 'reports'));
  const bench = await openReconBench({
    place: { client: 'sqlite3', filename: join(folder, 'books.sqlite') },
    remove: async () => {},
  });
  const items = createWriteStream(join(folder, 'reports', reportName('transactionItems', DAY)));
  const ours = createWriteStream(join(folder, 'ours.csv'));
  const [summary, header] = (cycleFiles(DAY, []).get(reportName('transactionItems', DAY)) ?? '').split('\n0,0,USD,D\n');
  let net = 0;
  for (let n = 0; n < LINES; n += 1) net += sale(n).settled;
  await written(items, `${summary}\n${LINES},${net},USD,C\n${header}`);
  for (let at = 0; at < LINES && !stop.aborted; at += CHUNK) {
    const sales = Array.from({ length: CHUNK }, (_unused, n) => sale(at + n));
    await insertPayments(bench.open, sales);
    const text = sales.map(lineOf).join('');
    await written(items, text);
    // Another order than the report has, as books and reports have.
    await written(ours, sales.toReversed().map(lineOf).join(''));
    tell.progress(`preparing ${at} of ${LINES} payments`);
  }
  await Promise.all([items, ours].map((stream) => new Promise((resolve) => stream.end(resolve))));
  const fees = cycleFiles(DAY, []).get(reportName('feeItems', DAY)) ?? '';
  await writeFile(join(folder, 'reports', reportName('feeItems', DAY)), fees);
  const total = `clearingBatchId,summaryType,totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection\n${DAY.replaceAll('-', '')}00000101,NET,${LINES},${net},USD,C\n`;
  await writeFile(join(folder, 'reports', reportName('summary', DAY)), total);
  for (const [name, text] of cycleFiles(AFTER, [])) await writeFile(join(folder, 'reports', name), text);
  await bench.close();
}

async function sortAndJoin(folder: string): Promise<number> {
  const report = join('reports', reportName('transactionItems', DAY));
  const began = performance.now();
  const script = `export LC_ALL=C; sort -t, -k2,2 ours.csv > a; tail -n +4 ${report} | sort -t, -k2,2 > b; join -t, -1 2 -2 2 a b | wc -l`;
  const { stdout } = await run('sh', ['-c', script], { cwd: folder });
  if (Number(stdout) !== LINES) throw new Error(`join found ${stdout.trim()} of ${LINES} lines`);
  return performance.now() - began;
}

interface Worked {
  readonly importMs: number;
  readonly runMs: number;
  readonly peakMb: number;
  readonly matched: number;
  readonly open: number;
}

async function measure(folder: string, tell: Teller): Promise<readonly Figure[]> {
  tell.progress('sort and join');
  const floor = await sortAndJoin(folder);
  tell.progress('import and comparison');
  const { stdout } = await run(process.execPath, [WORK, join(folder, 'books.sqlite'), join(folder, 'reports'), DAY]);
  const { importMs, runMs, peakMb, matched, open } = JSON.parse(stdout) as Worked;
  if (matched !== LINES || open !== 0) throw new Error(`${matched} of ${LINES} lines matched, ${open} exceptions`);
  const rate = (ms: number) => Math.round(LINES / (ms / 1000));
  const time = (what: string, ms: number): Figure => ({
    what,
    measured: ms,
    floor,
    unit: 'ms',
    goal: `<= ${GOAL.ratio}x sort + join`,
    met: ms <= GOAL.ratio * floor,
    facts: { lines: LINES, linesPerSecond: rate(ms) },
  });
  return [
    time('import of 1 M lines', importMs),
    time('comparison of 1 M lines with 1 M payments', runMs),
    time('both', importMs + runMs),
    { what: 'peak memory', measured: peakMb, floor: null, unit: 'MB', goal: `<= ${GOAL.peakMb} MB`, met: peakMb <= GOAL.peakMb },
  ];
}

/** `npm run bench -- recon`. */
export const reconBenchmark: Benchmark = {
  about: 'a clearing day of a million lines, beside sort and join of the same files',
  async run(tell, stop) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-recon-'));
    try {
      await prepare(folder, tell, stop);
      return stop.aborted ? [] : await measure(folder, tell);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
