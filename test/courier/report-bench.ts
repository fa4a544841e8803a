import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#src/base/clock.js';
import { createLog } from '#src/base/log.js';
import { createClearingBooks } from '#src/books/clearing-books.js';
import type { ReportPlace } from '#src/courier/fetch-reports.js';
import { createReportDesk, type ReportDesk } from '#src/courier/report-desk.js';
import { lineOf, paidRow } from '../reconciliation/recon-samples.js';
import { PLACES } from '../support/books-places.js';
import type { ManualClock } from '../support/manual-clock.js';
import { openReconBench, type ReconBench, SET } from '../support/recon-bench.js';
import { cycleFiles } from '../support/report-files.js';
import { type SftpServer, startSftpServer } from '../support/sftp-server.js';

/** Where the reports of a clearing day lie on the server, by the day on which they are produced. */
export function cycleFolder(producedOn: string): string {
  return `/v1/settlements/clearing/${SET.participantId}/${producedOn.replaceAll('-', '')}`;
}

/** The three reports of a day with some payments. */
export function reportsOf(day: string, payments = 2): ReadonlyMap<string, string> {
  return cycleFiles(
    day,
    Array.from({ length: payments }, (_unused, n) => lineOf(paidRow(n + 1, { day }), n + 4)),
  );
}

/** Real books, a real server, and a desk between them whose pauses end at once and whose time-outs wait for the hand-turned clock. */
export interface ReportBench {
  readonly recon: ReconBench;
  readonly server: SftpServer;
  readonly clock: ManualClock;
  readonly place: ReportPlace;
  readonly logLines: readonly string[];
  /** Pauses that were made, ms. */
  readonly pauses: readonly number[];
  readonly keyFile: string;
  desk(change?: Partial<ReportPlace>): ReportDesk;
  put(producedOn: string, files: ReadonlyMap<string, string>): void;
  close(): Promise<void>;
}

/** Time-outs of a connection and of an answer. */
const TIME_OUTS: ReadonlySet<number> = new Set([20_000, 30_000]);

export async function openReportBench(suite: Mocha.Context): Promise<ReportBench> {
  const [sqlite] = PLACES;
  if (sqlite === undefined) throw new Error('SQLite is always there');
  const books = await sqlite.make(suite);
  const recon = await openReconBench(books);
  const server = await startSftpServer();
  const folder = mkdtempSync(join(tmpdir(), 'ocbridge-courier-'));
  const keyFile = join(folder, 'sftp_key');
  writeFileSync(keyFile, server.clientKey, { mode: 0o600 });
  const { port, hostKeySha256 } = server;
  const { participantId } = SET;
  const login = { host: '127.0.0.1', port, user: 'acqp', privateKeyFile: keyFile, hostKeySha256 };
  const place: ReportPlace = { ...login, root: '/v1/settlements', participantId };
  const logLines: string[] = [];
  const pauses: number[] = [];
  const clock: Clock = {
    ...recon.clock,
    sleep(ms, stop) {
      if (TIME_OUTS.has(ms)) return recon.clock.sleep(ms, stop);
      pauses.push(ms);
      return recon.clock.sleep(0, stop);
    },
  };
  return {
    ...{ recon, server, place, logLines, pauses, keyFile, clock: recon.clock },
    desk: (change = {}) =>
      createReportDesk({
        places: [{ ...place, ...change }],
        desk: recon.desk,
        books: createClearingBooks(recon.open, recon.clock),
        clock,
        log: createLog((line) => logLines.push(line)),
      }),
    put(producedOn, files) {
      for (const [name, text] of files) server.put(`${cycleFolder(producedOn)}/${name}`, text);
    },
    async close() {
      await server.close();
      await recon.close();
      await books.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
