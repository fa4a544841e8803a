import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type CounterPc, createCounterPc, type Settings } from '../process/counter-pc.js';
import { type Service, startService } from '../process/program.js';
import { createTill, type Till } from '../process/till.js';

/** What a process holds; nothing on systems that do not tell. */
export interface Vitals {
  readonly residentMiB: number;
  /** Open files and sockets. */
  readonly handles: number;
}

/** A bridge as it ships, in a process of its own, with the simulator behind it. */
export interface AttackRig {
  readonly simulator: UpstreamSimulator;
  readonly pc: CounterPc;
  readonly service: Service;
  readonly lanes: readonly string[];
  /** The folder for temporary files of the bridge, and of nobody else. */
  readonly temporary: string;
  port(listener: 'terminal' | 'upstream' | 'backOffice'): number;
  till(key?: string): Till;
  vitals(): Vitals | undefined;
  /** Ends the bridge in order and leaves the books; gives its exit code. */
  stop(): Promise<number | null>;
  /** Ends everything and removes it. */
  close(): Promise<void>;
}

export interface AttackRigOptions {
  readonly lanes?: number;
  readonly upstreamUrl?: string;
  readonly timing?: Record<string, unknown>;
  readonly env?: Readonly<Record<string, string>>;
  readonly change?: (settings: Settings) => void;
}

/** Limits that an attack does not meet, so that all of it reaches what stands behind them. */
export const NO_LIMITS = {
  connections: 2_000,
  wrongKeysPerMinute: 10_000,
  perTerminal: { callsPerSecond: 100_000, callsAtOnce: 1_000, streams: 100 },
  inAll: { callsPerSecond: 100_000, callsAtOnce: 1_000, streams: 100 },
};

/** Starts simulator and bridge. */
export async function openAttackRig(options: AttackRigOptions = {}): Promise<AttackRig> {
  const simulator = await createUpstreamSimulator({ clientPublicKeyPem: BRIDGE_PUBLIC_PEM, notificationPausesMs: [] });
  const lanes = Array.from({ length: options.lanes ?? 24 }, (_, i) => `lane-${i + 1}`);
  const pc = await createCounterPc({
    simulatorUrl: options.upstreamUrl ?? simulator.url,
    lanes,
    displays: () => [],
    ...(options.timing && { timing: options.timing }),
    ...(options.change && { change: options.change }),
  });
  const temporary = join(pc.folder, 'tmp');
  mkdirSync(temporary);
  const service = await startService(pc.file, { env: { ...options.env, TMPDIR: temporary } });
  return {
    simulator,
    pc,
    service,
    lanes,
    temporary,
    port: (listener) => Number(new URL(service[listener]).port),
    till: (key) => createTill(service.terminal, key),
    vitals: () => vitalsOf(service.pid),
    stop: async () => (await service.stop()).code,
    async close() {
      await service.stop();
      await simulator.stop();
      pc.remove();
    },
  };
}

function vitalsOf(pid: number): Vitals | undefined {
  if (process.platform !== 'linux') return undefined;
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { residentMiB: Math.round(kib / 1024), handles: readdirSync(`/proc/${pid}/fd`).length };
}
