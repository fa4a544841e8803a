import { createHash } from 'node:crypto';
import { createDoorbell, type Doorbell } from '#src/base/doorbell.js';
import { createLog } from '#src/base/log.js';
import { createKeyring, type Keyring } from '#src/http/access.js';
import { type Listener, type ListenerLimits, startListener } from '#src/http/listener.js';
import type { StateName } from '#src/payment/payment.js';
import { createTurns, type Turns } from '#src/payment/turns.js';
import { createTerminalApp, type TerminalAppParts } from '#src/terminal/terminal-app.js';
import type { TerminalLimits } from '#src/terminal/terminal-gate.js';
import type { DisplayStatus, LaneRules, TerminalKeyHolder } from '#src/terminal/terminal-ports.js';
import { createDeskStandIn, type DeskStandIn } from './desk-stand-in.js';
import { createManualClock, type ManualClock } from './manual-clock.js';
import { SAMPLE_START } from './payment-samples.js';

/** Keys of the sample shop, as tills hold them. */
export const KEYS = {
  /** lane-1; pay and cancel. */
  till: 'till-key-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  /** lane-1; pay only. */
  payOnly: 'payonly-key-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  /** lane-1 and lane-2; everything. */
  twoLanes: 'two-lanes-key-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  /** lane-1; no rights, reads only. */
  reader: 'reader-key-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  /** lane-9 of another shop. */
  foreign: 'foreign-key-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
} as const;

const HOLDERS: Readonly<Record<keyof typeof KEYS, TerminalKeyHolder>> = {
  till: { terminalId: 'T01', lanes: ['lane-1'], may: ['pay', 'cancel'] },
  payOnly: { terminalId: 'T02', lanes: ['lane-1'], may: ['pay'] },
  twoLanes: { terminalId: 'T03', lanes: ['lane-1', 'lane-2'], may: ['pay', 'cancel', 'refund'] },
  reader: { terminalId: 'T04', lanes: ['lane-1'], may: [] },
  foreign: { terminalId: 'T09', lanes: ['lane-9'], may: ['pay', 'cancel', 'refund'] },
};

/** Limits that no test meets by accident. */
export const ROOMY: TerminalLimits = {
  perTerminal: { callsPerSecond: 1000, callsAtOnce: 100, streams: 100 },
  inAll: { callsPerSecond: 1000, callsAtOnce: 100, streams: 100 },
  wrongKeysPerMinute: 1000,
};

/** SHA-256 of a key's text, as the configuration holds it. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

/** The `Authorization` header of a sample key. */
export function bearer(name: keyof typeof KEYS): { readonly Authorization: string } {
  return { Authorization: `Bearer ${KEYS[name]}` };
}

/** The terminal API on a loopback port over in-memory payments and a hand-turned clock. */
export interface TerminalServer {
  readonly url: string;
  readonly port: number;
  readonly clock: ManualClock;
  readonly doorbell: Doorbell;
  readonly desk: DeskStandIn;
  readonly keyring: Keyring<TerminalKeyHolder>;
  readonly turns: Turns;
  /** The displays of lane-1; a test changes them in place. */
  readonly displays: DisplayStatus[];
  readonly logged: string[];
  readonly listener: Listener;
  stopping: AbortController;
  close(): Promise<void>;
}

/** What a test may set up differently. */
export interface ServerWishes {
  readonly firstState?: StateName;
  readonly parts?: Partial<TerminalAppParts>;
  readonly limits?: Partial<ListenerLimits>;
  readonly rules?: LaneRules;
  readonly canShow?: boolean;
}

const RULES: LaneRules = {
  currencies: ['JPY', 'IDR'],
  takes: { expiresInSeconds: true, goodsAtMost: 100, buyer: false },
};

/** Starts it; close it after the test. */
export async function startTerminalServer(wishes: ServerWishes = {}): Promise<TerminalServer> {
  const clock = createManualClock({ start: SAMPLE_START });
  const doorbell = createDoorbell();
  const turns = createTurns({ atOnce: 100, waitMs: 1_000, clock });
  const desk = createDeskStandIn(clock, doorbell, wishes.firstState);
  const names = Object.keys(KEYS) as (keyof typeof KEYS)[];
  const keyring = createKeyring(names.map((name) => ({ keySha256: [keyHash(KEYS[name])], holder: HOLDERS[name] })));
  const displays: DisplayStatus[] = [];
  const logged: string[] = [];
  const log = createLog((line) => void logged.push(line));
  const stopping = new AbortController();
  const app = createTerminalApp({
    frontDoor: { allowedHosts: ['counter.example'], allowedOrigins: ['https://till.example'], secure: false },
    terminals: keyring,
    desk: desk.desk,
    reader: desk.reader,
    displays: { statuses: (laneId) => (laneId === 'lane-1' ? displays : []), canShow: () => wishes.canShow ?? false },
    upstreams: { offsetMs: () => 0 },
    codesMayShow: () => true,
    pictures: {
      svg: async (code) => `<svg xmlns="http://www.w3.org/2000/svg"><title>${code}</title></svg>`,
      png: async (code) => Buffer.from(code),
    },
    laneRules: () => wishes.rules ?? RULES,
    shopNames: () => ({ brand: 'Alipay+', merchantName: 'Example Shop', storeName: null, timeZone: 'UTC' }),
    doorbell,
    clock,
    log,
    stopping: stopping.signal,
    turns,
    limits: ROOMY,
    version: '0.1.0',
    ...wishes.parts,
  });
  const listener = await startListener({
    name: 'terminal',
    host: '127.0.0.1',
    port: 0,
    handler: app.callback(),
    clock,
    log,
    ...(wishes.limits === undefined ? {} : { limits: wishes.limits }),
  });
  return {
    url: listener.url,
    port: listener.port,
    clock,
    doorbell,
    desk,
    keyring,
    turns,
    displays,
    logged,
    listener,
    stopping,
    async close() {
      stopping.abort();
      await listener.stop(0);
    },
  };
}
