import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { BRIDGE_PRIVATE_PEM, UPSTREAM_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { ACQUIRER_ID, CLIENT_ID, NOTIFY_PATH, TILL_KEY } from '../support/bridge-harness.js';
import { freeNotifyPort } from '../support/harness-config.js';

/** Any part of a configuration; tests change it before it is written. */
export type Settings = ReturnType<typeof plainSettings> & Record<string, unknown>;

export interface CounterPcOptions {
  readonly simulatorUrl?: string;
  readonly lanes?: readonly string[];
  /** The displays of a lane; default one virtual glass. */
  readonly displays?: (laneId: string) => readonly Record<string, unknown>[];
  readonly timing?: Record<string, unknown>;
  /** Changes the settings before they are written. */
  readonly change?: (settings: Settings) => void;
}

/** A folder as a shop's PC has it: configuration, keys, and the books once the bridge has run. */
export interface CounterPc {
  readonly folder: string;
  /** The configuration file. */
  readonly file: string;
  /** The SQLite file; it exists after the first start. */
  readonly books: string;
  readonly ownKeyFile: string;
  /** Writes the configuration anew after a change. */
  rewrite(change: (settings: Settings) => void): void;
  remove(): void;
}

/** A TCP port of 127.0.0.1 that nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** SHA-256 as the configuration wants a terminal key's. */
export function keySha256(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function plainSettings(notifyPort: number, options: CounterPcOptions) {
  const lanes = options.lanes ?? ['lane-1'];
  return {
    instanceId: 'TEST1',
    listen: {
      terminal: { host: '127.0.0.1', port: 0 },
      upstream: { host: '127.0.0.1', port: notifyPort },
      backOffice: { host: '127.0.0.1', port: 0 },
    },
    database: { client: 'sqlite3', filename: './data/bridge.sqlite' },
    upstreams: [
      {
        id: 'alipayplus',
        dialect: 'alipayplus_order_code',
        baseUrl: options.simulatorUrl ?? 'http://127.0.0.1:9',
        clientId: CLIENT_ID,
        acquirerId: ACQUIRER_ID,
        privateKeyFile: './keys/own.pem',
        upstreamPublicKeyFiles: { '1': './keys/theirs.pem' },
        notifyUrl: `http://127.0.0.1:${notifyPort}${NOTIFY_PATH}`,
        userAgent: 'ExamplePOS/1.0',
        timing: options.timing ?? {},
      },
    ],
    merchants: [
      {
        id: 'shop-1',
        currencies: ['JPY'],
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
      upstream: 'alipayplus',
      displays: options.displays?.(id) ?? [{ driver: 'virtual' }],
    })),
    terminals: [{ id: 'T01', lanes: [...lanes], keySha256: [keySha256(TILL_KEY)], may: ['pay', 'cancel', 'refund'] }],
  };
}

/** Makes the folder under the system's temporary one, with the throw-away keys of the simulator. */
export async function createCounterPc(options: CounterPcOptions = {}): Promise<CounterPc> {
  // A blank in the path, as in C:\Program Files.
  const folder = mkdtempSync(join(tmpdir(), 'ocbridge pc '));
  mkdirSync(join(folder, 'keys'), { mode: 0o700 });
  const ownKeyFile = join(folder, 'keys', 'own.pem');
  writeFileSync(ownKeyFile, BRIDGE_PRIVATE_PEM, { mode: 0o600 });
  writeFileSync(join(folder, 'keys', 'theirs.pem'), UPSTREAM_PUBLIC_PEM);
  const settings: Settings = plainSettings(await freeNotifyPort(), options);
  const file = join(folder, 'bridge.yaml');
  const rewrite = (change: (settings: Settings) => void) => {
    change(settings);
    writeFileSync(file, stringify(settings));
  };
  rewrite(options.change ?? (() => undefined));
  return {
    folder,
    file,
    books: join(folder, 'data', 'bridge.sqlite'),
    ownKeyFile,
    rewrite,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
