import assert from 'node:assert/strict';
import type { Clock } from '#src/base/clock.js';
import type { DisplayDriver } from '#src/display/display-driver.js';
import type { GlassEmulator } from '#src/simulator/glass-emulators/glass-body.js';
import { createEmulatedPort } from '../support/emulated-port.js';
import { createLaneBench, type LaneBench } from './lane-bench.js';
import { createWire, type Wire } from './wire.js';

/** One surface with the device behind it. */
export interface LaneSurfaceUnderTest<Glass extends GlassEmulator = GlassEmulator> {
  readonly driver: DisplayDriver;
  /** How long the device takes to start, ms. */
  readonly bootMs: number;
  glass(clock: Clock): Glass;
  /** Given: the line has this speed; else bytes pass at once. */
  readonly baudRate?: number;
}

export interface OnLane<Glass extends GlassEmulator = GlassEmulator> {
  readonly bench: LaneBench;
  readonly glass: Glass;
  /** Without effect on a line with a speed. */
  readonly wire: Wire;
}

/** A lane whose only display is this one, in memory, ready and idle. */
export async function onLane<Glass extends GlassEmulator>(one: LaneSurfaceUnderTest<Glass>): Promise<OnLane<Glass>> {
  const { driver, bootMs, baudRate } = one;
  let held: { glass: Glass; wire: Wire } | undefined;
  const bench = createLaneBench({
    panels: [],
    extra(clock) {
      const glass = one.glass(clock);
      const wire = createWire((bytes) => glass.receive(bytes));
      if (baudRate === undefined) glass.onBytes((bytes) => wire.toHost(bytes));
      held = { glass, wire };
      const open = baudRate === undefined ? wire.open : createEmulatedPort(glass).openAt(baudRate);
      return [{ driver, port: 'wire', bootDelayMs: bootMs, open }];
    },
  });
  assert.ok(held !== undefined);
  bench.lane.start();
  await bench.clock.advanceUntil(() => bench.status().health === 'ready', 'the display is ready');
  return { bench, ...held };
}

export async function stopLane({ lane, clock }: LaneBench): Promise<void> {
  const stopped = lane.stop();
  await clock.advance(600);
  await stopped;
}
