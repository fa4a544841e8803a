import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { BRIDGE_PRIVATE_PEM, UPSTREAM_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';

/** The names and keys that the tests and the configuration share. */
export interface ShopNames {
  /** Till T01 may do everything. */
  readonly tillKey: string;
  /** Till T02, on the same lanes, may not cancel. */
  readonly secondTillKey: string;
  readonly clientId: string;
  readonly acquirerId: string;
  readonly notifyPath: string;
}

/** What a test wants of the shop. */
export interface ShopWishes {
  /** `pg` takes its connection string from `DATABASE_URL`. */
  readonly books?: 'sqlite3' | 'pg';
  readonly displays?: readonly Record<string, unknown>[];
  readonly timing?: Record<string, unknown>;
  readonly lanes?: readonly string[];
  readonly upstream?: Record<string, unknown>;
  /** Zone of pages and receipts, and that of the merchant where it has its own. */
  readonly timeZone?: string;
  readonly merchantZone?: string;
  /** What the merchant takes; default JPY and USD. */
  readonly currencies?: readonly string[];
  /** Where late cashier addresses may come; left out, the bridge asks for none. */
  readonly cashierNotifyPath?: string;
  /** A second upstream of the same dialect, and which of the lanes are with it. */
  readonly otherUpstream?: { readonly baseUrl: string; readonly lanes: readonly string[] };
  /** Written as `agreements.yaml` beside the configuration. */
  readonly agreements?: Record<string, unknown>;
}

/**
 * The notify URL has to name its port before the listener opens: one below the range that outgoing connections take theirs from. Test
 * files that run side by side have process ids next to each other: each gets five hundred ports of its own.
 */
let nextNotifyPort = 15_000 + (process.pid % 30) * 500;

/** A port that is free now and that no outgoing connection takes. */
export async function freeNotifyPort(): Promise<number> {
  for (;;) {
    nextNotifyPort += 1;
    const port = nextNotifyPort;
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** Writes keys and configuration into `folder`; returns the configuration file. */
export async function writeShopConfig(
  folder: string,
  simulatorUrl: string,
  options: ShopWishes,
  names: ShopNames,
): Promise<string> {
  const notifyPort = await freeNotifyPort();
  mkdirSync(join(folder, 'keys'), { mode: 0o700 });
  writeFileSync(join(folder, 'keys', 'own.pem'), BRIDGE_PRIVATE_PEM, { mode: 0o600 });
  writeFileSync(join(folder, 'keys', 'theirs.pem'), UPSTREAM_PUBLIC_PEM);
  if (options.agreements !== undefined)
    writeFileSync(join(folder, 'agreements.yaml'), stringify(options.agreements), { mode: 0o600 });
  const lanes = options.lanes ?? ['lane-1'];
  const { otherUpstream } = options;
  const upstream = (id: string, baseUrl: string, notifyPath: string) => ({
    id,
    dialect: 'alipayplus_order_code',
    baseUrl,
    clientId: names.clientId,
    acquirerId: names.acquirerId,
    privateKeyFile: './keys/own.pem',
    upstreamPublicKeyFiles: { '1': './keys/theirs.pem' },
    notifyUrl: `http://127.0.0.1:${notifyPort}${notifyPath}`,
    userAgent: 'ExamplePOS/1.0',
    ...(options.cashierNotifyPath && { cashierNotifyUrl: `http://127.0.0.1:${notifyPort}${options.cashierNotifyPath}` }),
    ...(options.timing && { timing: options.timing }),
    ...options.upstream,
  });
  const config = {
    instanceId: 'TEST1',
    ...(options.timeZone && { timeZone: options.timeZone }),
    listen: {
      terminal: { host: '127.0.0.1', port: 0 },
      upstream: { host: '127.0.0.1', port: notifyPort },
      backOffice: { host: '127.0.0.1', port: 0 },
    },
    database:
      options.books === 'pg'
        ? { client: 'pg', connection: `\${DATABASE_URL}` }
        : { client: 'sqlite3', filename: './data/bridge.sqlite' },
    upstreams: [
      upstream('alipayplus', simulatorUrl, names.notifyPath),
      ...(otherUpstream === undefined ? [] : [upstream('other', otherUpstream.baseUrl, `${names.notifyPath}/other`)]),
    ],
    merchants: [
      {
        id: 'shop-1',
        ...(options.merchantZone && { timeZone: options.merchantZone }),
        currencies: options.currencies ?? ['JPY', 'USD'],
        referenceMerchantId: 'M0042',
        merchantName: 'Kanda Tea Stand',
        merchantMCC: '5814',
        merchantAddress: { region: 'JP', city: 'Tokyo' },
        store: { referenceStoreId: 'S001', storeName: 'Kanda Tea Stand Ekimae' },
      },
    ],
    lanes: lanes.map((id) => ({
      id,
      merchant: 'shop-1',
      upstream: otherUpstream?.lanes.includes(id) ? 'other' : 'alipayplus',
      displays: options.displays ?? [{ driver: 'virtual' }],
    })),
    terminals: [
      {
        id: 'T01',
        lanes,
        keySha256: [createHash('sha256').update(names.tillKey).digest('hex')],
        may: ['pay', 'cancel', 'refund'],
      },
      { id: 'T02', lanes, keySha256: [createHash('sha256').update(names.secondTillKey).digest('hex')], may: ['pay'] },
    ],
  };
  const file = join(folder, 'bridge.yaml');
  writeFileSync(file, stringify(config));
  return file;
}
