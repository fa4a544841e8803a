import assert from 'node:assert/strict';
import { createNextionGlass, type NextionGlass } from '#src/simulator/glass-emulators/nextion-glass.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import { type CounterPc, createCounterPc } from '../process/counter-pc.js';
import { type Service, startService } from '../process/program.js';
import { createTill, type Till } from '../process/till.js';
import type { EventReader, HeardEvent } from '../support/event-reader.js';
import { type BooksAtDeath, readBooksAtDeath } from './books-at-death.js';

/** From when to when a bridge process lived, epoch ms. */
export interface Lifetime {
  readonly from: number;
  to: number | null;
}

/** A shop whose bridge dies again and again; simulator, glasses and tills live on. */
export interface CrashRig {
  readonly simulator: UpstreamSimulator;
  readonly lanes: readonly string[];
  readonly glasses: ReadonlyMap<string, NextionGlass>;
  readonly pc: CounterPc;
  till(): Till;
  service(): Service;
  /** Kills the bridge with SIGKILL and reads the books it left. */
  kill(): Promise<BooksAtDeath>;
  /** Starts the bridge anew on the same books; every event stream is resumed where it broke off. */
  restart(): Promise<void>;
  lifetimes(): readonly Lifetime[];
  /** Everything a till heard on a lane, over all restarts. */
  heard(laneId: string): readonly HeardEvent[];
  close(): Promise<void>;
}

/** Short, so that everything happens within a few hundred milliseconds. */
const TIMING = {
  answerTimeoutMs: { pay: 700, inquiry: 400, cancel: 500 },
  payPausesMs: Array.from({ length: 8 }, () => 150),
  inquiryFirstAfterMs: 300,
  inquiryEveryMs: [300, 500],
  graceAfterExpiryMs: 2000,
  cancelEveryMs: 300,
};

/** Opens simulator, glasses and bridge; each lane has a Nextion behind a serial device server. */
export async function openCrashRig(lanes: readonly string[]): Promise<CrashRig> {
  const simulator = await createUpstreamSimulator({
    clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
    notificationPausesMs: [],
    ackTimeoutMs: 2000,
    cancelWindow: 'open',
  });
  const glasses = new Map(lanes.map((lane) => [lane, createNextionGlass({ paced: false })]));
  const ports = new Map<string, string>();
  for (const [lane, glass] of glasses) ports.set(lane, (await glass.listenTcp()).url);
  const pc = await createCounterPc({
    simulatorUrl: simulator.url,
    lanes,
    displays: (lane) => [{ driver: 'nextion', port: ports.get(lane), baudRate: 9600 }],
    timing: TIMING,
  });
  const readers = new Map<string, EventReader[]>(lanes.map((lane) => [lane, []]));
  const heard = (lane: string) => readers.get(lane)?.flatMap(({ events }) => events) ?? [];
  const lifetimes: Lifetime[] = [];
  let service: Service;
  let till: Till;

  async function restart(): Promise<void> {
    service = await startService(pc.file);
    lifetimes.push({ from: Date.now(), to: null });
    till = createTill(service.terminal);
    for (const lane of lanes) {
      const last = heard(lane).findLast(({ id }) => id !== null)?.id;
      const reader = await till.events(lane, last ?? undefined);
      assert.equal(reader.status, 200);
      readers.get(lane)?.push(reader);
    }
  }

  await restart();
  return {
    simulator,
    lanes,
    glasses,
    pc,
    till: () => till,
    service: () => service,
    async kill() {
      service.signal('SIGKILL');
      const last = lifetimes.at(-1);
      if (last !== undefined) last.to ??= Date.now();
      const { signal } = await service.ended;
      assert.equal(signal, 'SIGKILL', 'the bridge lived until it was killed');
      return readBooksAtDeath(pc.books, pc.folder);
    },
    restart,
    lifetimes: () => lifetimes,
    heard,
    async close() {
      await service.stop();
      for (const reader of [...readers.values()].flat()) reader.close();
      for (const glass of glasses.values()) await glass.stop();
      await simulator.stop();
      pc.remove();
    },
  };
}
