import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKey } from '../http/access.js';
import { BRIDGE_PRIVATE_PEM, UPSTREAM_PUBLIC_PEM } from '../simulator/throwaway-keys.js';
import { DEMO_CUSTOMERS, DEMO_DESKS, type DemoDesk } from './demo-desks.js';

/** Where the shop sells: yen have no decimal places, so what is typed is what is charged. */
export const DEMO_CURRENCY = 'JPY';

/** What the demo's bridge is joined to. Ports are on 127.0.0.1. */
export interface DemoSurroundings {
  /** A folder that only this account may enter. */
  readonly folder: string;
  readonly upstreamPort: number;
  /** Where the upstreams' notifications arrive. */
  readonly notifyPort: number;
  /** Of the display of this lane. */
  readonly displayPort: (laneId: string) => number;
}

/** How a till of the demo shows that it is one. */
export interface DemoTill {
  /** The till's key; it protects a throw-away bridge on loopback. */
  readonly terminalKey: string;
  /** Holds the till's `Authorization` header, for `curl --header @file`. */
  readonly headerFile: string;
}

/** The written configuration. */
export interface DemoConfiguration {
  readonly file: string;
  till(terminalId: string): DemoTill;
}

interface MadeTill extends DemoTill {
  readonly desk: DemoDesk;
  readonly keySha256: string;
}

/** Writes keys, agreements, configuration and files with the tills' headers, all as a shop would have them, into the folder. */
export async function writeDemoConfiguration(around: DemoSurroundings): Promise<DemoConfiguration> {
  const { folder } = around;
  await mkdir(join(folder, 'keys'), { mode: 0o700 });
  const keep = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });
  await keep('keys/own_private.pem', BRIDGE_PRIVATE_PEM);
  await keep('keys/upstream_public.pem', UPSTREAM_PUBLIC_PEM);
  await keep('agreements.yaml', agreementsText());
  const tills: MadeTill[] = [];
  for (const desk of DEMO_DESKS) {
    const { key: terminalKey, keySha256 } = newKey();
    const name = desk === DEMO_DESKS[0] ? 'till-header.txt' : `till-header-${desk.terminalId}.txt`;
    await keep(name, `Authorization: Bearer ${terminalKey}\n`);
    tills.push({ desk, terminalKey, keySha256, headerFile: join(folder, name) });
  }
  await keep('bridge.yaml', configurationText(around, tills));
  return {
    file: join(folder, 'bridge.yaml'),
    till(terminalId) {
      const till = tills.find(({ desk }) => desk.terminalId === terminalId);
      if (till === undefined) throw new Error(`the demo has no till ${terminalId}`);
      return till;
    },
  };
}

function agreementsText(): string {
  const lines = DEMO_CUSTOMERS.map(({ reference, token }) => `${reference}: { token: ${token}, paymentMethodType: GCASH }\n`);
  return lines.join('');
}

function configurationText(around: DemoSurroundings, tills: readonly MadeTill[]): string {
  return `instanceId: DEMO
listen:
  terminal: { host: 127.0.0.1, port: 0 }
  upstream: { host: 127.0.0.1, port: 0 }
  backOffice: { host: 127.0.0.1, port: 0 }
database: { client: sqlite3, filename: ./data/bridge.sqlite }
upstreams:
${DEMO_DESKS.map((desk) => upstreamText(desk, around)).join('')}merchants:
  - id: shop
    currencies: [${DEMO_CURRENCY}]
    referenceMerchantId: M-DEMO
    merchantName: Example Trading KK
    merchantDisplayName: Example Tea Shop
    merchantMCC: "5814"
    merchantAddress: { region: JP, city: Tokyo }
    store: { referenceStoreId: S-1, storeName: Example Tea Shop Ginza }
lanes:
${DEMO_DESKS.map((desk) => laneText(desk, around)).join('')}terminals:
${tills.map(tillText).join('')}`;
}

function upstreamText({ upstreamId, dialect, clientId, settings }: DemoDesk, { upstreamPort, notifyPort }: DemoSurroundings) {
  return `  - id: ${upstreamId}
    dialect: ${dialect}
    baseUrl: http://127.0.0.1:${upstreamPort}
    clientId: ${clientId}
    privateKeyFile: ./keys/own_private.pem
    upstreamPublicKeyFiles: { "1": ./keys/upstream_public.pem }
    notifyUrl: http://127.0.0.1:${notifyPort}/hooks/${upstreamId}/notifyPayment
    userAgent: OrderCodeBridgeDemo/1.0
${settings(notifyPort)
  .map((line) => `    ${line}\n`)
  .join('')}    # Shorter than a shop would wait: whoever watches should not have to look at the clock.
    timing:
      answerTimeoutMs: { pay: 3000, inquiry: 3000, cancel: 3000 }
      payPausesMs: [1000, 1000]
      inquiryFirstAfterMs: 2000
      inquiryEveryMs: [2000, 5000]
      cancelEveryMs: 5000
`;
}

function laneText({ laneId, upstreamId }: DemoDesk, { displayPort }: DemoSurroundings): string {
  return `  - id: ${laneId}
    merchant: shop
    upstream: ${upstreamId}
    displays:
      - { driver: nextion, port: "tcp://127.0.0.1:${displayPort(laneId)}", baudRate: 9600 }
`;
}

function tillText({ desk, keySha256 }: MadeTill): string {
  return `  - { id: ${desk.terminalId}, lanes: [${desk.laneId}], keySha256: ["${keySha256}"], may: [pay, cancel, refund] }\n`;
}
