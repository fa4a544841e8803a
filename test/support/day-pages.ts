import { parse } from 'csv-parse/sync';
import { clearingRoutes } from '#src/backoffice/clearing-routes.js';
import { dayPages } from '#src/backoffice/pages/day-pages.js';
import { createPageKit } from '#src/backoffice/pages/page-kit.js';
import { createPageRouter } from '#src/backoffice/pages/page-router.js';
import { uploadPage } from '#src/backoffice/pages/upload-page.js';
import { systemClock } from '#src/base/clock.js';
import { createLog } from '#src/base/log.js';
import { createHttpApp } from '#src/http/http-app.js';
import { startListener } from '#src/http/listener.js';
import type { DayTotals } from '#src/reconciliation/day-totals.js';
import type { DayLine } from '#src/reconciliation/recon-ports.js';
import type { ReconBench } from './recon-bench.js';

/** The pages and calls about clearing days over HTTP, for somebody who may everything. */
export interface DayPages {
  /** A page or answer as text; throws for anything but 200. */
  get(path: string, language?: string): Promise<string>;
  json<T>(path: string): Promise<T>;
  status(path: string): Promise<number>;
  address(path: string): string;
  close(): Promise<void>;
}

/** What the totals count of a line on a side, in smallest units. */
export function countedUnits(
  { counted }: Pick<DayLine, 'counted'>,
  basis: 'transaction' | 'settlement',
  side: 'ours' | 'theirs',
): bigint {
  const name = basis === 'transaction' ? side : (`${side}Settled` as const);
  return BigInt((counted[name] ?? ' 0').split(' ')[1]?.replace('.', '') ?? '');
}

/** Rows of an export by column. */
export function csvRows(text: string): readonly Readonly<Record<string, string>>[] {
  return parse(text, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[];
}

/** What the amounts of an export come to, in smallest units: by column and currency. */
export function csvSums(text: string): Readonly<Record<string, bigint>> {
  const sums: Record<string, bigint> = {};
  for (const row of csvRows(text))
    for (const name of ['ours', 'theirs', 'oursSettled', 'theirsSettled']) {
      const [amount = '', currency] = [row[name], row[`${name}Currency`]];
      if (amount === '') continue;
      if (!/^-?\d+(\.\d+)?$/.test(amount)) throw new Error(`no number: ${amount}`);
      sums[`${name} ${currency}`] = (sums[`${name} ${currency}`] ?? 0n) + BigInt(amount.replace('.', ''));
    }
  return sums;
}

/** The same of the totals of a day. */
export function totalSums(totals: readonly DayTotals[]): Readonly<Record<string, bigint>> {
  return Object.fromEntries(
    totals.flatMap(({ basis, currency, ours, theirs }) => {
      const settled = basis === 'settlement' ? 'Settled' : '';
      return [
        [`ours${settled} ${currency}`, BigInt(ours.value)],
        [`theirs${settled} ${currency}`, BigInt(theirs.value)],
      ];
    }),
  );
}

/** Sums that are there and not nothing. */
export function someSums(sums: Readonly<Record<string, bigint>>): Readonly<Record<string, bigint>> {
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n));
}

/** The token that a form with files has to carry. */
export const UPLOAD_TOKEN = 'of this session';

const CALLER = { person: { name: 'kim', role: 'approver', by: 'session' }, session: { csrfToken: UPLOAD_TOKEN } } as const;

/** Opens them on a bench. */
export async function openDayPages({ desk, clock }: ReconBench): Promise<DayPages> {
  const log = createLog(() => {});
  const admit = async () => CALLER;
  const gate = { admit, glance: admit, admitBeforeBody: admit } as unknown as Parameters<typeof createPageRouter>[0]['gate'];
  const kit = createPageKit({ clock, zone: 'Asia/Tokyo', nav: [] });
  const pages = createPageRouter({ gate, kit, log });
  dayPages({ recon: desk, pages, kit, clock, site: { shop: 'Example <Shop>', instanceId: 'SHOP1' } });
  uploadPage({ recon: desk, pages, clock: systemClock });
  const app = createHttpApp({
    listener: 'backOffice',
    frontDoor: { allowedHosts: [], allowedOrigins: [], secure: false },
    cors: { methods: ['GET'], requestHeaders: ['Authorization'], exposedHeaders: [], credentials: false },
    log,
    routers: [clearingRoutes({ desk, gate, clock: systemClock, log }), pages.router],
  });
  const listener = await startListener({
    name: 'backOffice',
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    handler: app.callback(),
    clock: systemClock,
    log,
  });
  const ask = (path: string, language = 'en') => fetch(`${listener.url}${path}`, { headers: { 'Accept-Language': language } });
  const get = async (path: string, language?: string) => {
    const answer = await ask(path, language);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text.slice(0, 500)}`);
    return text;
  };
  return {
    get,
    json: async <T>(path: string) => JSON.parse(await get(path)) as T,
    address: (path) => `${listener.url}${path}`,
    status: async (path) => (await ask(path)).status,
    close: () => listener.stop(0),
  };
}
