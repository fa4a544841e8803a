import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenBooks } from '#src/books/database-kind.js';
import type { Teller } from '../support/long-run.js';
import { samplePayment } from '../support/payment-samples.js';
import { INSTANCE, openReconBench } from '../support/recon-bench.js';
import { cycleFiles, reportName } from '../support/report-files.js';

export const DAY = '2026-03-05';
const AFTER = '2026-03-06';
const CHUNK = 10_000;
const PAID_LIFE = JSON.stringify(samplePayment('paid').life);

interface Sale {
  readonly id: string;
  readonly paymentId: string;
  readonly value: number;
  readonly settled: number;
}

const settledOf = (n: number) => 700 + (n % 6000);

/** The sale of a number; ids are spread as random ones are. */
function sale(n: number): Sale {
  const id = `${INSTANCE}-${createHash('md5').update(String(n)).digest('hex').slice(0, 24)}`;
  return {
    id,
    paymentId: `20260305194010800100188${String(n).padStart(16, '0')}`,
    value: 1000 + (n % 9000),
    settled: settledOf(n),
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
       ?, 1, 1, 0, 0, 'completed', '${DAY}', value ->> 1, 'USD', value ->> 3
     from json_each(?)`,
    [PAID_LIFE, rows],
  );
}

function lineOf({ id, paymentId, value, settled }: Sale): string {
  return `PAYMENT,${id},${paymentId},,,${DAY}T10:16:07+08:00,${value},JPY,${settled},USD,C\n`;
}

async function written(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (!stream.write(text)) await new Promise((resolve) => stream.once('drain', resolve));
}

/** Books with as many payments, the reports about them, and the payments as a file for `sort`, in a folder. */
export async function prepare(folder: string, lines: number, tell: Teller, stop: AbortSignal): Promise<void> {
  await mkdir(join(folder, 'reports'));
  const bench = await openReconBench({
    place: { client: 'sqlite3', filename: join(folder, 'books.sqlite') },
    remove: async () => {},
  });
  // These books are thrown away: what a power cut would do to them while they are made is of no interest.
  await bench.open.db.raw('PRAGMA synchronous=OFF');
  await bench.open.db.raw('PRAGMA cache_size=-1000000');
  const items = createWriteStream(join(folder, 'reports', reportName('transactionItems', DAY)));
  const ours = createWriteStream(join(folder, 'ours.csv'));
  const [summary, header] = (cycleFiles(DAY, []).get(reportName('transactionItems', DAY)) ?? '').split('\n0,0,USD,D\n');
  let net = 0;
  for (let n = 0; n < lines; n += 1) net += settledOf(n);
  await written(items, `${summary}\n${lines},${net},USD,C\n${header}`);
  for (let at = 0; at < lines && !stop.aborted; at += CHUNK) {
    const sales = Array.from({ length: Math.min(CHUNK, lines - at) }, (_unused, n) => sale(at + n));
    await insertPayments(bench.open, sales);
    const text = sales.map(lineOf).join('');
    await written(items, text);
    // Another order than the report has, as books and reports have.
    await written(ours, sales.toReversed().map(lineOf).join(''));
    tell.progress(`preparing ${at} of ${lines} payments`);
  }
  await Promise.all([items, ours].map((stream) => new Promise((resolve) => stream.end(resolve))));
  const fees = cycleFiles(DAY, []).get(reportName('feeItems', DAY)) ?? '';
  await writeFile(join(folder, 'reports', reportName('feeItems', DAY)), fees);
  const total = `clearingBatchId,summaryType,totalCount,settlementAmountValue,settlementAmountCurrency,fundDirection\n${DAY.replaceAll('-', '')}00000101,NET,${lines},${net},USD,C\n`;
  await writeFile(join(folder, 'reports', reportName('summary', DAY)), total);
  for (const [name, text] of cycleFiles(AFTER, [])) await writeFile(join(folder, 'reports', name), text);
  await bench.close();
}
