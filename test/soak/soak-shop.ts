import { fileURLToPath } from 'node:url';
import type { ChaosWish } from '#src/simulator/chaos.js';
import { createEmulatedGlass } from '#src/simulator/glass-emulators/emulated-glass.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import type { TcpPlug } from '#src/simulator/glass-emulators/glass-plugs.js';
import { BRIDGE_PUBLIC_PEM } from '#src/simulator/throwaway-keys.js';
import { createUpstreamSimulator, type UpstreamSimulator } from '#src/simulator/upstream-simulator.js';
import type { Lifetime } from '../crash/judges.js';
import { type CounterPc, createCounterPc, keySha256 } from '../process/counter-pc.js';
import { type Service, startService } from '../process/program.js';
import { createTill, type Till } from '../process/till.js';
import type { EventReader, HeardEvent } from '../support/event-reader.js';
import type { Seeded } from '../support/seeded.js';

const PROGRAM_WITH_FIGURES = fileURLToPath(new URL('./soak-main.js', import.meta.url));
/** A lane of each kind in turn; null is a lane without a display. */
const DRIVERS = ['nextion', 'dgus2', 'mertech', 'qr-line', 'nextion', 'line2x20', 'dgus2', 'escpos', null] as const;
const LANES_PER_TILL = 4;

/** A lane of the soaked shop, with whoever stands at it. */
export interface SoakLane {
  readonly laneId: string;
  readonly till: Till;
  readonly glass: GlassEmulator | undefined;
  /** False for paper and for text-only displays: what stands there cannot be judged by the clock. */
  readonly showsCodes: boolean;
  /** When the line to its display was whole. */
  readonly up: Lifetime[];
  /** Everything a till heard on it, over all resumptions. */
  heard(): HeardEvent[];
  /** Closes the stream and resumes it behind the last event, as a till does whose line broke. */
  resume(): Promise<void>;
  /** Breaks the line, or the power, for so long. */
  trouble(how: DisplayTrouble, ms: number): Promise<void>;
  close(): Promise<void>;
}

export type DisplayTrouble = 'unplugged' | 'unpluggedInTheMiddle' | 'withoutPower';

export interface SoakShop {
  readonly simulator: UpstreamSimulator;
  readonly pc: CounterPc;
  readonly service: Service;
  readonly startedAt: number;
  readonly lanes: readonly SoakLane[];
  close(): Promise<void>;
}

export interface SoakShopOptions {
  readonly seed: number;
  readonly lanes: number;
  readonly chaos: ChaosWish;
  /** The command that does all this again. */
  readonly replay: string;
  readonly orderLifeMs: number;
  /** Of the upstream in the configuration; left out: as released. */
  readonly timing?: Record<string, unknown> | undefined;
}

interface Counter {
  readonly laneId: string;
  readonly driver: string | null;
  readonly glass: GlassEmulator | undefined;
  readonly plug: TcpPlug | undefined;
}

async function openCounter(index: number): Promise<Counter> {
  const laneId = `lane-${index + 1}`;
  const driver = DRIVERS[index % DRIVERS.length] ?? null;
  const glass = driver === null ? undefined : createEmulatedGlass(driver, { paced: false });
  return { laneId, driver, glass, plug: await glass?.listenTcp() };
}

const keyOf = (till: number) => `soak-till-key-${'A'.repeat(30)}-${till}`;
const tillOf = (laneIndex: number) => Math.floor(laneIndex / LANES_PER_TILL) + 1;

/** Opens a shop: the bridge in a process of its own, everybody else in this one. */
export async function openSoakShop(options: SoakShopOptions): Promise<SoakShop> {
  const simulator = await createUpstreamSimulator({
    clientPublicKeyPem: BRIDGE_PUBLIC_PEM,
    seed: String(options.seed),
    chaos: options.chaos,
    replay: options.replay,
    orderLifeMs: options.orderLifeMs,
    cancelWindow: 'open',
  });
  const counters = await Promise.all(Array.from({ length: options.lanes }, (_unused, index) => openCounter(index)));
  const tills = Array.from({ length: tillOf(options.lanes - 1) }, (_unused, index) => index + 1);
  const pc = await createCounterPc({
    simulatorUrl: simulator.url,
    lanes: counters.map(({ laneId }) => laneId),
    displays: (lane) => {
      const found = counters.find(({ laneId }) => laneId === lane);
      return found?.driver == null ? [] : [{ driver: found.driver, port: found.plug?.url, baudRate: 115_200 }];
    },
    ...(options.timing !== undefined && { timing: options.timing }),
    change(settings) {
      settings.merchants[0]?.currencies.push('USD');
      settings.terminals = tills.map((till) => ({
        id: `T0${till}`,
        lanes: counters.flatMap(({ laneId }, index) => (tillOf(index) === till ? [laneId] : [])),
        keySha256: [keySha256(keyOf(till))],
        may: ['pay', 'cancel', 'refund'],
      }));
    },
  });
  const startedAt = Date.now();
  const service = await startService(pc.file, { program: PROGRAM_WITH_FIGURES, channel: true });
  const lanes = await Promise.all(
    counters.map((counter, index) => openLane(counter, createTill(service.terminal, keyOf(tillOf(index))))),
  );
  return {
    simulator,
    pc,
    service,
    startedAt,
    lanes,
    async close() {
      for (const lane of lanes) await lane.close();
      await service.stop();
      await simulator.stop();
      pc.remove();
    },
  };
}

async function openLane({ laneId, driver, glass, plug }: Counter, till: Till): Promise<SoakLane> {
  const readers: EventReader[] = [];
  const heard = () => readers.flatMap(({ events }) => events);
  const up: Lifetime[] = [{ from: Date.now(), to: null }];
  let closed = false;

  async function listen(): Promise<void> {
    const last = heard().findLast(({ id }) => id !== null)?.id;
    const reader = await till.events(laneId, last ?? undefined);
    // A lane on which nothing ever happened has no place to go on from: what was heard so far was a snapshot of that.
    if (last == null) readers.length = 0;
    readers.push(reader);
    void reader.ended.then(() => {
      if (!closed && readers.at(-1) === reader) void listen().catch(() => undefined);
    });
  }

  async function down(
    cut: () => Promise<unknown> | undefined,
    ms: number,
    mend: () => Promise<unknown> | undefined,
  ): Promise<void> {
    const line = up.at(-1);
    // Somebody is at it already.
    if (line === undefined || line.to !== null) return;
    line.to = Date.now();
    await cut();
    await new Promise((resolve) => setTimeout(resolve, ms));
    await mend();
    up.push({ from: Date.now(), to: null });
  }

  await listen();
  return {
    laneId,
    till,
    glass,
    showsCodes: driver !== null && driver !== 'escpos' && driver !== 'line2x20',
    up,
    heard,
    async resume() {
      readers.at(-1)?.close();
    },
    trouble(how, ms) {
      switch (how) {
        case 'unplugged':
          return down(
            () => plug?.unplug(),
            ms,
            () => plug?.plug(),
          );
        case 'unpluggedInTheMiddle':
          return down(
            () => Promise.race([plug?.unplugAfter(40), later(ms)]).then(() => plug?.unplug()),
            ms,
            () => plug?.plug(),
          );
        case 'withoutPower':
          return down(
            async () => glass?.power(false),
            ms,
            async () => glass?.power(true),
          );
      }
    },
    async close() {
      closed = true;
      readers.at(-1)?.close();
      await glass?.stop();
    },
  };
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Something that happens to a display now and then. */
export function drawTrouble(random: Seeded): { readonly how: DisplayTrouble; readonly ms: number } {
  return { how: random.pick(['unplugged', 'unpluggedInTheMiddle', 'withoutPower']), ms: random.whole(500, 15_000) };
}
