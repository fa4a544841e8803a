import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKey } from '../http/access.js';
import { BRIDGE_PRIVATE_PEM, UPSTREAM_PUBLIC_PEM } from '../simulator/throwaway-keys.js';

/** The one lane of the demo. */
export const DEMO_LANE = 'lane-1';
/** The one till of the demo. */
export const DEMO_TERMINAL = 'T01';
export const DEMO_ACQUIRER_ID = '1020000000000000001';
export const DEMO_CLIENT_ID = 'SANDBOX_DEMO0000000000001';
/** Where the shop sells: yen have no decimal places, so what is typed is what is charged. */
export const DEMO_CURRENCY = 'JPY';

/** What the demo's bridge is joined to. Ports are on 127.0.0.1. */
export interface DemoSurroundings {
  /** A folder that only this account may enter. */
  readonly folder: string;
  readonly upstreamPort: number;
  /** Where the upstream's notifications arrive. */
  readonly notifyPort: number;
  readonly displayPort: number;
}

/** The written configuration. */
export interface DemoConfiguration {
  readonly file: string;
  /** The till's key; it protects a throw-away bridge on loopback. */
  readonly terminalKey: string;
  /** Holds the till's `Authorization` header, for `curl --header @file`. */
  readonly headerFile: string;
}

/** Writes keys, configuration and a file with the till's header, all as a shop would have them, into the folder. */
export async function writeDemoConfiguration(around: DemoSurroundings): Promise<DemoConfiguration> {
  const { folder } = around;
  const { key: terminalKey, keySha256 } = newKey();
  await mkdir(join(folder, 'keys'), { mode: 0o700 });
  await writeFile(join(folder, 'keys', 'acqp_private.pem'), BRIDGE_PRIVATE_PEM, { mode: 0o600 });
  await writeFile(join(folder, 'keys', 'alipayplus_public.pem'), UPSTREAM_PUBLIC_PEM, { mode: 0o600 });
  const headerFile = join(folder, 'till-header.txt');
  await writeFile(headerFile, `Authorization: Bearer ${terminalKey}\n`, { mode: 0o600 });
  const file = join(folder, 'bridge.yaml');
  await writeFile(file, configurationText(around, keySha256), { mode: 0o600 });
  return { file, terminalKey, headerFile };
}

function configurationText({ upstreamPort, notifyPort, displayPort }: DemoSurroundings, keySha256: string): string {
  return `instanceId: DEMO
listen:
  terminal: { host: 127.0.0.1, port: 0 }
  upstream: { host: 127.0.0.1, port: 0 }
  backOffice: { host: 127.0.0.1, port: 0 }
database: { client: sqlite3, filename: ./data/bridge.sqlite }
upstreams:
  - id: alipayplus
    dialect: alipayplus_order_code
    baseUrl: http://127.0.0.1:${upstreamPort}
    clientId: ${DEMO_CLIENT_ID}
    acquirerId: "${DEMO_ACQUIRER_ID}"
    privateKeyFile: ./keys/acqp_private.pem
    upstreamPublicKeyFiles: { "1": ./keys/alipayplus_public.pem }
    notifyUrl: http://127.0.0.1:${notifyPort}/hooks/alipayplus/notifyPayment
    userAgent: OrderCodeBridgeDemo/1.0
    # Shorter than a shop would wait: whoever watches should not have to look at the clock.
    timing:
      answerTimeoutMs: { pay: 3000, inquiry: 3000, cancel: 3000 }
      payPausesMs: [1000, 1000]
      inquiryFirstAfterMs: 2000
      inquiryEveryMs: [2000, 5000]
      cancelEveryMs: 5000
merchants:
  - id: shop
    currencies: [${DEMO_CURRENCY}]
    referenceMerchantId: M-DEMO
    merchantName: Example Trading KK
    merchantDisplayName: Example Tea Shop
    merchantMCC: "5814"
    merchantAddress: { region: JP, city: Tokyo }
    store: { referenceStoreId: S-1, storeName: Example Tea Shop Ginza }
lanes:
  - id: ${DEMO_LANE}
    merchant: shop
    upstream: alipayplus
    displays:
      - { driver: nextion, port: "tcp://127.0.0.1:${displayPort}", baudRate: 9600 }
terminals:
  - { id: ${DEMO_TERMINAL}, lanes: [${DEMO_LANE}], keySha256: ["${keySha256}"], may: [pay, cancel, refund] }
`;
}
